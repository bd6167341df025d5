"""The built book in a real browser: nothing from elsewhere, nothing missing, light, fast, readable."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import books
import pytest
import selection
import site_under_test
from playwright.sync_api import Browser, BrowserContext, Page

PAGES = site_under_test.measure.sources(books.ROOT)
CHAPTERS = [name for name in PAGES if name.startswith("notebooks/")]
MOST_KILOBYTES = 700
MOST_REQUESTS = 60


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A new tab that lets nothing out of this machine."""
    page = window.new_page()
    yield page
    page.close()


def test_no_page_names_a_host_that_it_would_load_from(shipped: books.Built):
    paths = list(shipped.folder.rglob("*.html"))
    assert len(paths) > len(PAGES)
    for path in paths:
        for host in ("unpkg.com", "jsdelivr", "cloudflare", "googleapis", "polyfill"):
            assert host not in path.read_text(encoding="utf-8"), f"{path.name} names {host}"


def test_the_book_shows_what_every_page_weighed():
    written = json.loads(site_under_test.measure.TARGET.read_text(encoding="utf-8"))
    assert list(written["pages"]) == PAGES, "run `make measure`"
    assert all(page["seconds_to_execute"] > 0 for page in map(written["pages"].get, CHAPTERS))
    assert written["machine"]["Processor"]


@pytest.fixture(scope="module")
def weighed(browser: Browser, site: str) -> dict[str, site_under_test.measure.Page]:
    """What each page weighs at a first look; daily, one page in fifteen."""
    names = PAGES if selection.ALL else PAGES[::15]
    return {name: site_under_test.measure.weigh(browser, f"{site}{name}.html") for name in names}


class TestWeight:
    def test_a_first_look_is_light(self, weighed: dict[str, site_under_test.measure.Page]):
        """What a reader waits for is what is sent; how long that takes, `make measure` tells."""
        heavy = {n: p.kilobytes for n, p in weighed.items() if p.kilobytes >= MOST_KILOBYTES}
        assert not heavy, f"over {MOST_KILOBYTES} kB: {heavy}"
        many = {n: p.requests for n, p in weighed.items() if p.requests > MOST_REQUESTS}
        assert not many, f"over {MOST_REQUESTS} requests: {many}"


def test_lines_are_of_a_length_that_reads_well(page: Page, site: str):
    page.set_viewport_size({"width": 1920, "height": 1000})
    page.goto(f"{site}notebooks/{books.chapter('overall-survival')}.html")
    longest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll('article > section > p, article section > p')]
          .map(p => {
            const range = document.createRange(); range.selectNodeContents(p);
            const lines = new Set([...range.getClientRects()].map(r => Math.round(r.bottom / 8)));
            return p.innerText.length / Math.max(1, lines.size);
          }))"""
    )
    assert longest < 100, f"{longest:.0f} characters a line"


def test_figures_are_drawn_as_lines_and_stay_sharp(shipped: books.Built):
    """An SVG has no pixels to run out of on a dense screen."""
    drawn = 0
    for name in CHAPTERS:
        html = shipped.page(name)
        for figure in re.findall(r"<figure.*?</figure>", html, re.DOTALL):
            for source in re.findall(r'<img[^>]*\ssrc="([^"]*)"', figure):
                drawn += 1
                assert source.endswith(".svg"), f"{name}: {source}"
    assert drawn > len(CHAPTERS)


def test_a_figure_is_legible_in_the_dark(browser: Browser, site: str):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{site}notebooks/{books.chapter('overall-survival')}.html", wait_until="networkidle")
    grounds = page.evaluate(
        """[...document.querySelectorAll('article figure img')].map(i => {
          const style = getComputedStyle(i); return [style.backgroundColor, style.filter]; })"""
    )
    context.close()
    assert grounds
    assert all(ground == ["rgb(255, 255, 255)", "none"] for ground in grounds), grounds


def test_on_paper_there_is_text_and_no_furniture(page: Page, site: str):
    page.goto(f"{site}notebooks/{books.chapter('overall-survival')}.html", wait_until="networkidle")
    page.emulate_media(media="print")
    for furniture in ("#pst-primary-sidebar", ".bd-header-article", ".prev-next-footer"):
        parts = page.locator(furniture).all()
        assert parts, f"{furniture} is on no page; what is not to be printed has another name"
        for part in parts:
            assert not part.is_visible(), f"{furniture} would be printed"
    assert page.get_by_role("heading", name="Overall survival").first.is_visible()


if os.environ.get("SCREENSHOTS"):  # for looking at every page: `SCREENSHOTS=folder make test`

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("name", PAGES)
    def test_take_screenshots(browser: Browser, site: str, name: str, width: int, scheme: str):
        target = Path(os.environ["SCREENSHOTS"]) / f"{name.replace('/', '-')}-{width}-{scheme}.png"
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{site}{name}.html", wait_until="networkidle")
        page.screenshot(path=target, full_page=True)
        context.close()
