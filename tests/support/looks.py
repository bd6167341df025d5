"""What the tests ask a browser about a page, as scripts that it runs there."""

from pathlib import Path

from axe_playwright_python.base import AXE_FILE_PATH

ASKED = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
"""What axe-core is asked for."""

PARTS = {
    "banner": ".cohort-banner",
    "goals": ".book-goals",
    "code": ".cell_input pre",
    "table": ".report-scroll td",
    "quiz": ".quiz details",
    "feedback": ".feedback",
    "output": ".cell_output .text_html",
    "exercise": ".exercise p",
    "solution": ".solution p",
}
SOMEWHERE = {"explorer": ".explorer label", "flip-book": ".flip-book legend"}
"""What only some chapters have."""
DARK = """parts => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const mixed = (colours) => {  // as they lie upon each other
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const ground = (node) => {
    const below = [];
    for (let at = node; at; at = at.parentElement) below.unshift(getComputedStyle(at).backgroundColor);
    return mixed(below);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [high, low] = [luminance(one), luminance(two)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const page = ground(document.body);
  const found = {};
  for (const [name, selector] of Object.entries(parts)) {
    found[name] = [...document.querySelectorAll(`article ${selector}`)].map((node) => {
      const own = ground(node);
      const text = mixed([`rgb(${own})`, getComputedStyle(node).color]);
      return {page: contrast(own, page), text: contrast(text, own), ground: `rgb(${own})`};
    });
  }
  return {page: `rgb(${page})`, dark: luminance(page) < 0.1, found};
}"""
"""How the parts of a dark page differ from it, and their text from them."""
FIRST_SCREEN = """() => {
  const box = (node) => node.getBoundingClientRect();
  const question = document.querySelector("#the-question > p");
  const walker = document.createTreeWalker(question, NodeFilter.SHOW_TEXT);
  const sentence = document.createRange();
  sentence.setStart(question, 0);
  for (let text; (text = walker.nextNode()); ) {
    const end = text.data.search(/[.?!](?=["”]?(\\s|$))/);
    sentence.setEnd(text, end < 0 ? text.length : end + 1);
    if (end >= 0) break;
  }
  const banner = document.querySelector(".cohort-banner");
  const goals = document.querySelector(".book-goals");
  return { top: box(question).top, bottom: box(sentence).bottom, banner: box(banner),
    lines: box(banner.querySelector("p")).height / parseFloat(getComputedStyle(banner).lineHeight),
    goals: goals.open };
}"""
"""Where the question and what stands before it are."""
WIDE = """() => {
  const open = 'article :is(details, .toggle-hidden, .sd-tab-content), article .toggle-hidden > *';
  for (const fold of document.querySelectorAll(open)) {
    fold.open = true;
    fold.classList.remove('toggle-hidden');
    fold.style.display = 'block';
  }
  const code = [...document.querySelectorAll('article pre')];
  return {
    seen: code.filter(pre => pre.clientWidth).length,
    cut: code.filter(pre => pre.scrollWidth > pre.clientWidth).map(pre => pre.textContent.slice(0, 200)),
    nodes: document.querySelectorAll('*').length,
  };
}"""
"""Code that is cut at its right end, with all folds open, and how many elements the page has."""
