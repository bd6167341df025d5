/* The button that opens a solution is called as its title reads; sphinx-togglebutton calls all of them
   alike, and has no setting for it. */

(() => {
  "use strict";

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".admonition-title > .toggle-button").forEach((button) => {
      button.parentElement.id ||= `title-${button.id}`;
      button.removeAttribute("aria-label");
      button.setAttribute("aria-labelledby", button.parentElement.id);
    });
  });
})();
