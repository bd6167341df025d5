/* A reader's own progress: sections that were ticked and questions that were answered.

   It is off until a reader asks for it, and then stands in the storage of this browser alone; nothing is
   sent to anybody. `data-key` names the book, its version and its data, so that no two of them mix. Of a
   question it keeps whether the first choice was the right one, and not which it was. */

(() => {
  "use strict";

  const KEY = document.currentScript.dataset.key;
  const ROOT = new URL(document.documentElement.dataset.content_root ?? "./", location.href);

  const nameOf = (address) => {
    const { pathname } = new URL(address, location.href);
    const inside = pathname.startsWith(ROOT.pathname) ? pathname.slice(ROOT.pathname.length) : "";
    return decodeURIComponent(inside).replace(/\.html$/, "");
  };

  const PAGE = nameOf(location.href);
  const headings = [...document.querySelectorAll(".bd-article section[id] > h2")];
  const questions = [...document.querySelectorAll(".bd-article .quiz > li")];
  const isChapter = questions.length > 0;

  /* What is kept, by page; null while it is off. */
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY));
    } catch {
      return null; // not allowed here, or not ours
    }
  };

  const keep = (all) => {
    try {
      if (all) localStorage.setItem(KEY, JSON.stringify(all));
      else localStorage.removeItem(KEY);
      return true;
    } catch {
      return false;
    }
  };

  const ofPage = (all, page = PAGE) => ({ read: [], answered: {}, ...all?.[page] });

  const note = (edit) => {
    const all = kept();
    if (!all) return;
    const page = ofPage(all);
    edit(page);
    all[PAGE] = { ...page, sections: headings.length };
    keep(all);
    refresh();
  };

  const element = (name, attributes = {}, ...parts) => {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...parts);
    return made;
  };

  /* A tick under each heading of a section, while progress is kept. */
  let ticks = [];

  const tickFor = (heading) => {
    const { id } = heading.parentElement;
    const title = heading.cloneNode(true);
    title.querySelectorAll(".headerlink").forEach((link) => link.remove());
    const box = element("input", { type: "checkbox", value: id });
    box.addEventListener("change", () =>
      note((page) => {
        page.read = page.read.filter((other) => other !== id);
        if (box.checked) page.read.push(id);
      }),
    );
    const words = element("span", { class: "visually-hidden" }, `: ${title.textContent}`);
    heading.after(element("label", { class: "reading-tick d-print-none" }, box, "Read", words));
    return box;
  };

  const showTicks = (all) => {
    if (!all) ticks.splice(0).forEach((box) => box.parentElement.remove());
    else if (!ticks.length) ticks = headings.map(tickFor);
    const { read } = ofPage(all);
    for (const box of ticks) box.checked = read.includes(box.value);
  };

  const mark = (place, words) => {
    place?.querySelector(".reading-mark")?.remove();
    if (words) place?.append(element("span", { class: "reading-mark d-print-none" }, words));
  };

  const showAnswers = (all) => {
    const { answered } = ofPage(all);
    questions.forEach((question, i) => {
      const how = { right: "✓ right at first", tried: "answered" }[answered[i + 1]];
      mark(question.querySelector("p"), all && how);
    });
  };

  /* How far each chapter was read, beside its name in the list of chapters. */
  const showChapters = (all) => {
    document.querySelectorAll(".bd-links a.internal").forEach((link) => {
      const { read, sections } = ofPage(all, nameOf(link.href));
      mark(link, read.length && (read.length < sections ? `${read.length} of ${sections}` : "✓ read"));
    });
  };

  const status = element("p", { role: "status" });
  const start = element("button", { type: "button" }, "Keep my progress");
  const forget = element("button", { type: "button" }, "Forget all my progress");

  const summary = (all) => {
    if (!all) return "Sections that you tick and your first answers, in this browser only. Nothing is sent.";
    const { read, answered } = ofPage(all);
    const right = Object.values(answered).filter((how) => how === "right").length;
    return (
      `${read.length} of ${headings.length} sections read, ` +
      `${Object.keys(answered).length} of ${questions.length} questions answered, ${right} right at the first choice.`
    );
  };

  const refresh = () => {
    const all = kept();
    showChapters(all);
    if (!isChapter) return;
    showTicks(all);
    showAnswers(all);
    start.hidden = Boolean(all);
    forget.hidden = !all;
    status.textContent = summary(all);
  };

  if (isChapter) {
    const group = { class: "reading d-print-none", role: "group", "aria-label": "Your progress" };
    document.querySelector(".bd-article").append(element("div", group, start, forget, status));
    start.addEventListener("click", () => {
      const done = keep({});
      refresh();
      if (done) forget.focus();
      else status.textContent = "This browser keeps nothing for this page, so there is no progress to keep.";
    });
    forget.addEventListener("click", () => {
      keep(null);
      refresh();
      start.focus();
    });
    /* A click, by pointer or keyboard: what is opened for print or by a search is no answer. */
    document.addEventListener("click", ({ target }) => {
      const choice = target.closest?.("summary")?.parentElement;
      const number = questions.indexOf(choice?.closest(".quiz > li")) + 1;
      if (!number || choice.open) return;
      note((page) => {
        page.answered[number] ??= choice.matches(".right") ? "right" : "tried";
      });
    });
  }

  addEventListener("storage", refresh);
  addEventListener("pageshow", refresh);
  refresh();
})();
