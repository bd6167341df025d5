"""Figures are read on a phone, and are not blown up on a wide screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import books
import pytest
from playwright.sync_api import Browser, Page

from helpers import figures

LEAST = 11
"""Pixels of the smallest text."""
MOST = 1.5
"""How much larger than drawn a figure may be shown."""
_PIXELS = 4 / 3  # of a point, as browsers have it
_DAILY = [books.chapter(name) for name in ("overall-survival", "scorecard")]
_ALL = sorted(path.stem for path in (books.ROOT / "notebooks").glob("[0-9][0-9]-*.md"))
_MEASURE = r"""async () => {
  const found = [];
  for (const shown of document.querySelectorAll("article :is(img[src$='.svg'], .drawing > svg)")) {
    const text = shown.localName === "svg"
      ? shown.outerHTML : await (await fetch(shown.src)).text();
    const style = getComputedStyle(shown);
    const width = shown.getBoundingClientRect().width
      - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const drawn = Number(/viewBox="0 0 ([\\d.]+)/.exec(text)[1]);
    const sizes = [...text.matchAll(/scale\\(([\\d.]+) -[\\d.]+\\)/g)].map((m) => 100 * m[1]);
    const within = [...text.matchAll(/<use [^>]*scale\\(([\\d.]+)\\)/g)].map((m) => Number(m[1]));
    found.push({
      what: (shown.alt || shown.getAttribute("aria-label")).slice(0, 60),
      smallest: Math.min(...sizes) * Math.min(1, ...within) * width / drawn,
      points: Math.min(...sizes) * Math.min(1, ...within),
      larger: width / drawn,
    });
  }
  return found;
}""".replace("\\\\", "\\")


def _measured(page: Page, address: str) -> list[dict[str, Any]]:
    page.goto(address)
    found = page.evaluate(_MEASURE)
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), "the page scrolls, and not the figure"
    return found


@pytest.fixture(scope="module", params=[390, 320, 1440])
def window(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 844})
    yield context.new_page()
    context.close()


def _assert_legible(window: Page, site: str, name: str) -> int:
    found = _measured(window, f"{site}notebooks/{name}.html")
    for figure in found:
        assert figure["smallest"] >= LEAST, figure
        assert figure["larger"] <= MOST * _PIXELS, figure
        assert figure["points"] >= figures.SMALLEST, figure
    return len(found)


@pytest.mark.parametrize("name", _DAILY)
def test_text_in_figures_is_large_enough(window: Page, site: str, name: str):
    assert _assert_legible(window, site, name) >= 1


@pytest.mark.full
def test_text_in_all_figures_is_large_enough(window: Page, site: str):
    counted = sum(_assert_legible(window, site, name) for name in _ALL)
    assert counted >= 55


def test_a_figure_that_scrolls_takes_the_focus(browser: Browser, site: str):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site}notebooks/{_DAILY[0]}.html")
    drawing = page.locator(".drawing").nth(1)
    drawing.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('.drawing')[1].tabIndex === 0")
    page.set_viewport_size({"width": 1200, "height": 844})
    page.wait_for_function("document.querySelectorAll('.drawing')[1].tabIndex === -1")
    page.close()


@pytest.mark.parametrize("width", [320, 1440])
def test_pages_to_turn_stand_twelve_to_a_row_with_their_numbers(
    browser: Browser, site: str, width: int
):
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{site}notebooks/{books.chapter('all-the-cohorts-that-fit')}.html")
    labels = page.locator(".flip-book label")
    assert labels.all_inner_texts() == [str(number + 1) for number in range(labels.count())]
    places = [label.bounding_box() for label in labels.all()]
    assert all(places)
    assert len({place["y"] for place in places if place}) == -(-len(places) // 12)
    legend = page.locator(".flip-book legend").bounding_box()
    assert legend is not None
    assert legend["height"] < 60, "squeezed among the buttons"
    page.close()
