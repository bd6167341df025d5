/* A preview of what a link inside the book leads to: a term, a work, a figure, a section.

   It opens when the pointer rests on the link or the keyboard reaches it, stays while the pointer is
   on it, and closes with Escape. Nothing is fetched but pages of this book. sphinx-hoverxref asks
   Read the Docs for its contents; sphinx-tippy loads its library from another host. */

(() => {
  "use strict";

  const WAIT = 250; // milliseconds
  const pages = new Map([[location.pathname, Promise.resolve(document)]]);
  let card, shownFor, timer;

  const page = (url) => {
    if (!pages.has(url.pathname)) {
      const parsed = fetch(url.pathname).then((answer) => {
        if (!answer.ok) throw new Error(`${url.pathname}: ${answer.status}`);
        return answer.text().then((html) => new DOMParser().parseFromString(html, "text/html"));
      });
      pages.set(url.pathname, parsed);
    }
    return pages.get(url.pathname);
  };

  /* What to show of a target: the words of a term, a citation, a figure, an exercise, or the first
     paragraph under a heading. */
  const excerpt = (target) => {
    if (target.matches("dt")) return [target.nextElementSibling];
    if (target.matches(".citation, figure, .exercise, table")) return [target];
    const section = target.closest("section") ?? target.parentElement?.querySelector("section");
    const heading = section?.querySelector("h1, h2, h3, h4");
    const first = section?.querySelector(":scope > p");
    return [heading, first].filter(Boolean);
  };

  const copyOf = (element, url) => {
    const copy = document.importNode(element, true);
    copy.querySelectorAll(".headerlink, .cite-this, .label, script, .solution").forEach((part) => part.remove());
    copy.querySelectorAll("[src]").forEach((part) => {
      part.src = new URL(part.getAttribute("src"), url);
    });
    copy.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes));
    for (const part of [copy, ...copy.querySelectorAll("[id]")]) part.removeAttribute("id");
    if (/^H\d$/.test(copy.tagName)) {
      const title = document.createElement("strong");
      title.append(...copy.childNodes);
      return title;
    }
    return copy;
  };

  const contents = async (link) => {
    if (link.matches("abbr")) return [document.createTextNode(link.dataset.words)];
    const url = new URL(link.href);
    const there = await page(url);
    const target = there.getElementById(decodeURIComponent(url.hash.slice(1)));
    return target ? excerpt(target).map((element) => copyOf(element, url)) : [];
  };

  const close = () => {
    clearTimeout(timer);
    if (!shownFor) return;
    card.hidden = true;
    shownFor.removeAttribute("aria-describedby");
    shownFor = undefined;
  };

  const closeSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(close, WAIT);
  };

  const place = (link) => {
    const at = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    const left = Math.max(8, Math.min(at.left, room));
    const above = at.bottom + card.offsetHeight + 8 > innerHeight && at.top > card.offsetHeight + 8;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${(above ? at.top - card.offsetHeight - 6 : at.bottom + 6) + scrollY}px`;
  };

  const open = async (link) => {
    const parts = await contents(link).catch(() => []); // a page that cannot be had has no preview
    if (!parts.length || !(link.matches(":hover") || link === document.activeElement)) return;
    close();
    card.replaceChildren(...parts);
    card.hidden = false;
    shownFor = link;
    link.setAttribute("aria-describedby", card.id);
    place(link);
  };

  const openSoon = (link) => {
    clearTimeout(timer);
    if (link !== shownFor) timer = setTimeout(() => open(link), WAIT);
  };

  /* The dotted numbers of a section are one stop of the Tab key; the arrow keys go from one to the next. */
  const printedNumbers = () => {
    const all = [...document.querySelectorAll("article abbr.printed[title]")];
    const sections = Map.groupBy?.(all, (one) => one.closest("section")) ?? new Map([[null, all]]);
    for (const numbers of sections.values()) {
      numbers.forEach((printed, i) => {
        printed.dataset.words = printed.title;
        printed.tabIndex = i ? -1 : 0;
        printed.addEventListener("keydown", (event) => {
          const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          const next = step && numbers[i + step];
          if (!next) return;
          event.preventDefault();
          printed.tabIndex = -1;
          next.tabIndex = 0;
          next.focus();
        });
      });
    }
    return all;
  };

  const start = () => {
    card = document.createElement("div");
    Object.assign(card, { id: "preview", className: "preview", role: "tooltip", hidden: true });
    document.body.append(card);
    card.addEventListener("pointerenter", () => clearTimeout(timer));
    card.addEventListener("pointerleave", closeSoon);
    document.addEventListener("keydown", (event) => event.key === "Escape" && close());

    const links = [...document.querySelectorAll("article a.internal[href*='#']")].filter(
      (link) => !link.matches(".headerlink, .download") && link.origin === location.origin,
    );
    links.push(...printedNumbers());
    for (const link of links) {
      link.removeAttribute("title"); // or the browser would show a second one
      link.addEventListener("pointerenter", () => openSoon(link));
      link.addEventListener("pointerleave", closeSoon);
      link.addEventListener("focus", () => openSoon(link));
      link.addEventListener("blur", closeSoon);
    }
  };

  document.addEventListener("DOMContentLoaded", start);
})();
