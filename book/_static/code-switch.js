// The switch that hides all code of a page: its button is in the head, what it does is in report.css.
// The choice is kept in this browser only, for every page of the book.
(() => {
  const KEY = "report-code";
  const root = document.documentElement;
  const button = document.querySelector("button.btn-code-switch");
  const tell = () => button.setAttribute("aria-pressed", String(root.dataset.code === "hidden"));

  window.switchCode = () => {
    root.dataset.code = root.dataset.code === "hidden" ? "shown" : "hidden";
    try {
      localStorage[KEY] = root.dataset.code;
    } catch {
      // a browser that keeps nothing
    }
    tell();
  };
  button.setAttribute("aria-label", "Hide all code");
  tell();
})();
