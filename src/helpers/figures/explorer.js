/* Puts the paths and numbers of a slider's position in place; helpers.figures.explorer computed them. */
(() => {
  "use strict";
  for (const root of document.querySelectorAll(".explorer:not([data-ready])")) {
    root.dataset.ready = "";
    const states = JSON.parse(root.querySelector("script[type='application/json']").textContent);
    const slider = root.querySelector("input");
    const at = root.querySelector("output");
    const readings = root.querySelectorAll("dd");
    const move = () => {
      const state = states[slider.value];
      at.textContent = state.at;
      slider.setAttribute("aria-valuetext", state.at);
      for (const [name, path] of Object.entries(state.paths)) {
        root.querySelector(`.moving-${name} path`).setAttribute("d", path);
      }
      state.readings.forEach((text, i) => { readings[i].textContent = text; });
    };
    slider.addEventListener("input", move);
    move();
  }
})();
