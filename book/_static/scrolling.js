/* What scrolls can be scrolled by keyboard: it takes the focus, as long as it is wider than its place.
   The theme does this once, on loading, and misses what is folded then. */

(() => {
  "use strict";

  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const wide = "article pre, article .report-scroll, article table, article .cell_output > *";
    document.querySelectorAll(wide).forEach((part) => {
      if (getComputedStyle(part).overflowX === "auto") observer.observe(part);
    });
  });
})();
