/* In the caption of each numbered figure and table a button that shows how to cite it, and a link to it.

   The words are those of the foot of the page, which citing.py writes; a place on this computer is
   no place to cite. */

(() => {
  "use strict";

  const make = (tag, contents = [], attributes = {}) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...[contents].flat());
    return element;
  };

  const pattern = document.querySelector(".page-about")?.dataset.citePiece;
  const canonical = document.querySelector("link[rel=canonical]")?.href;
  let card, title, citation, link, said;

  const copy = async (element, text) => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(element);
      said.textContent = "It is selected: copy it with your keyboard or menu.";
    }
  };

  const line = (words, element) => [
    element,
    make("button", words, {
      type: "button", className: "cite-copy", onclick: () => copy(element, element.textContent),
    }),
  ];

  const build = () => {
    title = make("p", [], { className: "cite-title", id: "cite-title" });
    citation = make("p", [], { className: "cite-words" });
    link = make("a");
    said = make("p", [], { className: "cite-said", role: "status" });
    card = make("dialog", [
      title,
      ...line("Copy the citation", citation),
      ...line("Copy the link", make("p", link, { className: "cite-words" })),
      said,
      make("form", make("button", "Close"), { method: "dialog" }),
    ], { className: "cite-card d-print-none" });
    card.setAttribute("aria-labelledby", title.id);
    card.addEventListener("click", (event) => {
      if (event.target === card || event.target === link) card.close();
    });
    document.body.append(card);
  };

  const show = (button) => {
    if (!card) build();
    const { name, anchor } = button.dataset;
    title.textContent = `Cite ${name}`;
    citation.textContent = pattern.replace("{name}", name).replace("{anchor}", anchor);
    link.href = `${canonical ?? location.href.replace(/#.*/, "")}#${anchor}`;
    link.textContent = link.href;
    said.textContent = "";
    card.showModal();
  };

  const add = () => {
    for (const number of document.querySelectorAll("article .caption-number")) {
      const caption = number.closest("figcaption, caption");
      const anchor = caption?.querySelector(".headerlink");
      if (!anchor) continue;
      const name = number.textContent.trim().replace(/^Fig\./, "Figure");
      const button = make("button", "Cite", { type: "button", className: "cite-this d-print-none" });
      button.ariaLabel = `Cite ${name}`;
      button.dataset.name = name;
      button.dataset.anchor = decodeURIComponent(anchor.hash.slice(1));
      anchor.after(" ", button);
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (!pattern) return;
    add();
    // Live pages write captions anew.
    document.addEventListener("click", ({ target }) => {
      const button = target.closest?.(".cite-this");
      if (button) show(button);
    });
  });
})();
