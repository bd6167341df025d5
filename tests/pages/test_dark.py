"""On a dark page nothing stands on a pale slab: colours as the browser computes them, in all chapters."""

from __future__ import annotations

from collections.abc import Iterator

import books
import pytest
import site_under_test
from playwright.sync_api import Browser, BrowserContext

CHAPTERS = [
    name for name in site_under_test.measure.sources(books.ROOT) if name.startswith("notebooks/")
]
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
_MEASURE = """parts => {
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


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(color_scheme="dark", viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_part_of_a_dark_page_is_pale(window: BrowserContext, site: str, name: str):
    page = window.new_page()
    page.goto(f"{site}{name}.html", wait_until="load")
    measured = page.evaluate(_MEASURE, PARTS | SOMEWHERE)
    page.close()
    assert measured["dark"], measured["page"]
    missing = [part for part in PARTS if not measured["found"][part]]
    assert not missing, f"nothing was looked at: {missing}"
    pale = {
        f"{part}: {one['ground']}"
        for part, those in measured["found"].items()
        for one in those
        if one["page"] > 2
    }
    assert not pale, f"on a page of {measured['page']}: {sorted(pale)}"
    faint = {
        part for part, those in measured["found"].items() for one in those if one["text"] < 4.5
    }
    assert not faint, "text that cannot be read"


def test_explorers_and_flip_books_are_among_the_chapters(shipped: books.Built):
    for mark in ('class="explorer"', 'class="flip-book"'):
        assert any(mark in shipped.page(name) for name in CHAPTERS), mark


def test_a_pale_part_is_seen(window: BrowserContext):
    page = window.new_page()
    page.set_content(
        "<style>body {background: #121212; color: #ddd} .quiz {background: rgb(206, 214, 221)}</style>"
        "<article><div class='quiz'><details>Words</details></div></article>"
    )
    (one,) = page.evaluate(_MEASURE, {"quiz": ".quiz details"})["found"]["quiz"]
    page.close()
    assert one["ground"] == "rgb(206,214,221)"
    assert one["page"] > 2
    assert one["text"] < 4.5
