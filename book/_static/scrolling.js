/* What scrolls can be scrolled by keyboard: it takes the focus, as long as it is larger than its place.
   The theme does this once, on loading, and misses what is folded then. */

(() => {
  "use strict";

  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = target;
      if (scrollWidth > clientWidth || scrollHeight > clientHeight + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const wide = "article pre, article .report-scroll, article .drawing, article table, article .cell_output > *";
    document.querySelectorAll(wide).forEach((part) => {
      if (getComputedStyle(part).overflowX === "auto") observer.observe(part);
    });
  });
})();
