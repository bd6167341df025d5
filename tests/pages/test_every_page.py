"""Every page of the built book in a browser, which opens it once wide, and some as on a phone too.

To open a page takes longer than to look at it. So a tab goes from page to page, another on a phone, and
what is seen of a page is asked for together: `selection.BY_PAGE` keeps the tests of a page on one worker.
With ALL=1 every page is opened on the phone as well; daily the wide window becomes as narrow.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urldefrag, urljoin

import books
import looks
import pytest
import selection
import site_under_test
from playwright.sync_api import Browser, Page, Request

PAGES = site_under_test.measure.sources(books.ROOT)
CHAPTERS = [name for name in PAGES if name.startswith("notebooks/")]
WRITTEN = ["search", "genindex"]
"""By Sphinx, and not by anybody."""
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
AT_400_PERCENT = 320  # pixels that are left of 1280: reflow, WCAG 1.4.10
NODES = 8000
"""Of a page, as a browser counts them."""
# A chapter, the cover, what has the most tables, and the search: each kind of page, daily on a phone, with
# axe-core and with its colours, which come from style sheets that all pages share.
DAILY = (CHAPTERS[5], "book/index", "book/data-dictionary", "search")
# Colours do not depend on the width of the window, and measuring them takes most of the time.
NO_COLOURS = {"color-contrast": {"enabled": False}}
UNFOLD = "document.querySelectorAll('details').forEach(d => d.open = true)"

all_pages = pytest.mark.parametrize("name", [*PAGES, *WRITTEN], indirect=True, scope="module")
read_pages = pytest.mark.parametrize("name", PAGES, indirect=True, scope="module")
chapters = pytest.mark.parametrize("name", CHAPTERS, indirect=True, scope="module")


def _some_daily(names: list[str]) -> pytest.MarkDecorator:
    cases = [pytest.param(one, marks=[] if one in DAILY else [pytest.mark.full]) for one in names]
    return pytest.mark.parametrize("name", cases, indirect=True, scope="module")


some_pages_daily = _some_daily([*PAGES, *WRITTEN])
some_chapters_daily = _some_daily(CHAPTERS)


class Watched:
    """What a tab asks for, and what goes wrong in it."""

    def __init__(self, page: Page, site: str) -> None:
        self.wrong: list[str] = []
        page.on("request", lambda request: self._asked(request.url, site))
        page.on("requestfailed", self._failed)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: (
                self.wrong.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        page.on(
            "response",
            lambda got: (
                self.wrong.append(f"{got.status}: {got.url}") if got.status >= 400 else None
            ),
        )

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # of a page that was left
            self.wrong.append(f"failed: {request.url}")

    def _asked(self, url: str, site: str) -> None:
        if not url.startswith((site, "data:", "blob:")):
            self.wrong.append(f"asked another host: {url}")


@dataclass(frozen=True)
class Visit:
    """A page that stands open in a tab, and what was seen of it before anybody touched it."""

    tab: Page
    address: str
    wrong: list[str]
    first: dict[str, Any] | None
    names: set[str]
    links: set[str]

    @contextmanager
    def dark(self) -> Iterator[Page]:
        """The page as in the dark."""
        self._is("dark")
        yield self.tab
        self._is("light")

    def _is(self, scheme: Literal["dark", "light"]) -> None:
        self.tab.emulate_media(color_scheme=scheme)
        self.tab.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")


class Tab:
    """A tab that goes from page to page and lets nothing out of this machine."""

    def __init__(self, browser: Browser, site: str, **window: Any) -> None:
        self._context = browser.new_context(reduced_motion="reduce", **window)
        self._page = self._context.new_page()
        self._site = site
        self._window = window["viewport"]
        self._watched = Watched(self._page, site)

    def visit(self, name: str) -> Visit:
        """Open a page of the book."""
        page = self._page
        self._watched.wrong = []
        page.set_viewport_size(self._window)
        page.goto(f"{self._site}{name}.html", wait_until="load")
        first = page.evaluate(looks.FIRST_SCREEN) if name in CHAPTERS else None
        page.wait_for_load_state("networkidle")
        names = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        links = page.evaluate("[...document.links].map(a => a.getAttribute('href'))")
        wrong = self._watched.wrong
        return Visit(page, f"{self._site}{name}.html", wrong, first, set(names), set(links))

    def close(self) -> None:
        """Close the window too."""
        self._context.close()


@pytest.fixture(scope="module")
def wide_tab(browser: Browser, site: str) -> Iterator[Tab]:
    tab = Tab(browser, site, viewport=WIDE)
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def phone_tab(browser: Browser, site: str) -> Iterator[Tab]:
    """A narrow window with a dense screen."""
    tab = Tab(browser, site, viewport=PHONE, device_scale_factor=3, has_touch=True)
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def wide(wide_tab: Tab, name: str) -> Visit:
    return wide_tab.visit(name)


@pytest.fixture(scope="module")
def phone(phone_tab: Tab, name: str) -> Visit:
    return phone_tab.visit(name)


@pytest.fixture(scope="module")
def narrow(request: pytest.FixtureRequest, name: str) -> Visit:
    return request.getfixturevalue("phone" if selection.ALL or name in DAILY else "wide")


def test_every_page_is_tested(shipped: books.Built):
    assert site_under_test.pages(shipped.folder) == PAGES
    assert set(DAILY) <= {*PAGES, *WRITTEN}


@all_pages
def test_a_page_asks_no_other_host_and_misses_nothing(wide: Visit):
    pictures = wide.tab.evaluate(
        "[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)"
    )
    assert not wide.wrong, "\n".join(wide.wrong)
    assert not pictures, f"pictures that do not show: {pictures}"


def test_the_cover_at_the_top_of_the_site_misses_nothing(wide_tab: Tab):
    top = wide_tab.visit("index")
    assert not top.wrong, "\n".join(top.wrong)
    assert top.tab.url == top.address, "no page leads on to it"


@functools.cache
def _names(page: Path) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8")))


@all_pages
def test_its_links_inside_the_book_lead_somewhere(wide: Visit, shipped: books.Built, site: str):
    """As the browser has the page, after its scripts: buttons and menus too."""
    dead, followed = [], 0
    for link in sorted(wide.links):
        address, fragment = urldefrag(urljoin(wide.address, link))
        if not address.startswith(site):
            continue
        followed += 1
        address = address.partition("?")[0]
        file = shipped.folder / unquote(address.removeprefix(site))
        if address == wide.address:
            there = not fragment or fragment in wide.names
        else:
            there = file.is_file()
            if there and fragment and file.suffix == ".html":
                there = fragment in _names(file)
        if not there:
            dead.append(link)
    assert followed > 20
    assert not dead, "\n".join(dead)


@chapters
def test_the_question_is_on_the_first_screen(wide: Visit):
    assert wide.first is not None
    assert wide.first["bottom"] <= WIDE["height"], "the first sentence of the question"
    assert wide.first["goals"], "the goals are in sight"
    assert wide.first["lines"] < 1.5, "the banner is one line"


def _assert_no_violation(page: Page, **rules: Any) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(looks.AXE)
    page.evaluate(UNFOLD)
    site_under_test.drawn(page)
    found = page.evaluate("asked => axe.run(asked)", looks.ASKED | {"rules": rules})
    told = [
        f"{violation['id']}: {node['html'][:120]}\n    {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    assert not told, f"{len(told)} violations, the first of them:\n" + "\n".join(told[:5])


@some_pages_daily
def test_no_violation_of_wcag_by_day(wide: Visit):
    _assert_no_violation(wide.tab)


@some_pages_daily
def test_no_violation_of_wcag_in_the_dark(wide: Visit):
    with wide.dark() as tab:
        _assert_no_violation(tab)


@some_chapters_daily
def test_no_part_of_a_dark_page_is_pale(wide: Visit):
    with wide.dark() as tab:
        measured = tab.evaluate(looks.DARK, looks.PARTS | looks.SOMEWHERE)
    assert measured["dark"], measured["page"]
    missing = [part for part in looks.PARTS if not measured["found"][part]]
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


@chapters
def test_a_wide_page_cuts_no_code_and_is_light(wide: Visit):
    found = wide.tab.evaluate(looks.WIDE)  # which opens what is folded, for good
    assert found["seen"] > 10
    assert not found["cut"], found["cut"]
    assert found["nodes"] < NODES


@some_chapters_daily
def test_on_a_phone_the_question_begins_on_the_first_screen(phone: Visit):
    assert phone.first is not None
    assert phone.first["top"] < PHONE["height"]
    assert not phone.first["goals"], "the goals are folded"


@some_pages_daily
def test_no_violation_of_wcag_on_a_phone(phone: Visit):
    _assert_no_violation(phone.tab, **NO_COLOURS)


@read_pages
def test_nothing_is_wider_than_a_phone(narrow: Visit):
    window = narrow.tab.viewport_size
    narrow.tab.evaluate(UNFOLD)
    found = {}
    for width in (PHONE["width"], AT_400_PERCENT):
        narrow.tab.set_viewport_size(PHONE | {"width": width})
        found[width] = narrow.tab.evaluate("document.documentElement.scrollWidth")
    narrow.tab.set_viewport_size(window)
    assert all(wide <= width for width, wide in found.items()), found


def test_axe_finds_what_is_wrong(browser: Browser):
    """The check above can fail."""
    page = browser.new_page()
    page.set_content("<html lang='en'><title>T</title><main><h1>T</h1><img src='x.png'></main>")
    with pytest.raises(AssertionError, match="image-alt"):
        _assert_no_violation(page)
    page.close()


def test_a_pale_part_is_seen(browser: Browser):
    page = browser.new_page(color_scheme="dark")
    page.set_content(
        "<style>body {background: #121212; color: #ddd} .quiz {background: rgb(206, 214, 221)}</style>"
        "<article><div class='quiz'><details>Words</details></div></article>"
    )
    (one,) = page.evaluate(looks.DARK, {"quiz": ".quiz details"})["found"]["quiz"]
    page.close()
    assert one["ground"] == "rgb(206,214,221)"
    assert one["page"] > 2
    assert one["text"] < 4.5


def test_explorers_and_flip_books_are_among_the_chapters(shipped: books.Built):
    for mark in ('class="explorer"', 'class="flip-book"'):
        assert any(mark in shipped.page(name) for name in CHAPTERS), mark
