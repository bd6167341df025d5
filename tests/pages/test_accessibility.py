"""For every reader: words for pictures, names of what folds, and everything by keyboard.

axe-core, which `test_every_page.py` runs on each page, sees what a rule can see. That alternative text states a finding, and that each figure's
numbers are there as a table, is tested here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import books
import pytest
import site_under_test
from playwright.sync_api import Browser, BrowserContext, Page

from helpers import markup, tables

PAGES = site_under_test.measure.sources(books.ROOT)
CHAPTERS = [name for name in PAGES if name.startswith("notebooks/")]
WITHOUT_A_PICTURE = ("scorecard", "what-all-numbers-force", "book/index")


@pytest.mark.parametrize("name", PAGES)
def test_language_and_headings_are_right(shipped: books.Built, name: str):
    page = shipped.soup(name)
    assert page.html["lang"] == "en"
    article = page.find("article")
    levels = [int(head.name[1]) for head in article.find_all(re.compile(r"^h[1-6]$"))]
    assert levels.count(1) == 1, "a page has one title"
    assert levels[0] == 1
    jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
    assert not jumps, f"headings jump: {jumps}"


@pytest.mark.parametrize("name", ["book/index", *CHAPTERS])
def test_a_figure_says_what_it_shows_and_has_its_numbers(shipped: books.Built, name: str):
    page = shipped.soup(name)
    pictures = page.find("article").find_all("img")
    assert pictures or name.endswith(WITHOUT_A_PICTURE)
    for picture in pictures:
        words = picture["alt"]
        assert len(words.split()) >= 10, words
        assert re.search(r"\d", words), f"no finding in numbers: {words}"
        under = picture.find_next(class_=[markup.NUMBERS, markup.DOWNLOADS])
        assert under is not None, words
        if markup.NUMBERS in under["class"]:
            assert len(under.find_all("tr")) > 1, words
        else:  # too many for a table
            assert "The numbers in this figure" in under.text, f"no numbers under: {words}"
            assert under.find("a", download=re.compile(r"\.csv$")), words


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_can_be_taken_away(shipped: books.Built, name: str):
    """Notebook, script, each figure as SVG and PNG, each long table as CSV; and the files are right."""
    page, folder = shipped.soup(name), (shipped.folder / name).parent
    links = {a["href"]: a for a in page.find_all("a", href=True)}
    stem = Path(name).name
    notebook, script = (
        next((folder / href for href in links if href.endswith(f"{stem}{ending}")), None)
        for ending in (".ipynb", ".py")
    )
    assert notebook is not None, "no notebook is offered"
    assert notebook.exists()
    assert script is not None, "no script is offered"
    compile(script.read_text(encoding="utf-8").replace("%pip", "# %pip"), script, "exec")
    offered = [a["href"] for a in page.select("p.downloads a")]
    for href in offered:
        content = (folder / href).read_bytes()
        start = {".svg": b"<svg ", ".png": b"\x89PNG", ".csv": b""}[Path(href).suffix]
        assert content, href
        assert content.startswith(start), href
    kinds = [Path(href).suffix for href in offered]
    figures = len(page.select("article figure img")) + len(page.select("article .explorer"))
    long = [
        table
        for table in page.select("article .report-scroll")
        if not table.find_parent(class_="figure-numbers")
        and len(table.select("tbody tr:not(.table-section)")) >= tables.WORTH_A_FILE
    ]
    assert kinds.count(".svg") == kinds.count(".png") == figures
    offers = [offer.get_text(" ", strip=True) for offer in page.select("p.downloads")]
    assert offers.count("This table as CSV") == len(long)
    known = ("This figure as", "This table as", "The numbers in this figure")
    others = [offer for offer in offers if not offer.startswith(known)]
    turned = [
        pages.find_next(class_=[markup.NUMBERS, markup.DOWNLOADS])
        for pages in page.select("article .flip-book")
    ]
    files = [numbers for numbers in turned if markup.NUMBERS not in numbers["class"]]
    assert kinds.count(".csv") == figures + len(files) + len(long) + len(others)
    assert not page.find_all("a", href=re.compile("^data:"))


@contextmanager
def _opened(window: BrowserContext, site: str) -> Iterator[Page]:
    """A chapter in a wide window."""
    page = window.new_page()
    page.goto(f"{site}notebooks/{books.chapter('overall-survival')}.html", wait_until="load")
    yield page
    page.close()


@pytest.fixture
def page(window: BrowserContext, site: str) -> Iterator[Page]:
    with _opened(window, site) as page:
        yield page


@pytest.fixture(scope="module")
def chapter(window: BrowserContext, site: str) -> Iterator[Page]:
    """One for all tests that leave it as it was."""
    with _opened(window, site) as page:
        yield page


class TestKeyboard:
    def test_the_first_key_offers_to_skip_the_menus(self, page: Page):
        page.keyboard.press("Tab")
        assert _focused(page)["text"] == "Skip to main content"
        page.keyboard.press("Enter")
        assert page.url.endswith("#main-content")

    def test_all_that_can_be_pressed_is_reached_and_seen(self, page: Page):
        """Every visible control of the article gets the focus by Tab, and shows that it has it."""
        wanted = page.evaluate(
            """() => { let n = 0;
              for (const e of document.querySelectorAll(
                   'article a[href], article button, article summary, article [tabindex="0"]')) {
                if (e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length) {
                  e.dataset.wanted = n++; } }
              return n; }"""
        )
        reached, unseen = set(), []
        for _ in range(wanted + 120):
            page.keyboard.press("Tab")
            at = _focused(page)
            if at["wanted"] is not None:
                reached.add(at["wanted"])
                if not at["ring"]:
                    unseen.append(at["html"])
            if len(reached) == wanted:
                break
        assert len(reached) == wanted, f"{wanted - len(reached)} of {wanted} were not reached"
        assert not unseen, f"no sign of the focus: {unseen[:3]}"

    def test_folds_open_by_key(self, page: Page):
        fold = page.locator("details.figure-numbers summary").first
        fold.focus()
        page.keyboard.press("Enter")
        assert page.locator("details.figure-numbers table").first.is_visible()
        solution = page.locator(".solution button.toggle-button").first
        solution.focus()
        page.keyboard.press("Enter")
        assert page.locator(".solution p").nth(1).is_visible()

    def test_what_folds_is_called_as_it_reads(self, chapter: Page):
        """The name for a screen reader or for speech has the words that are seen."""
        named = chapter.evaluate(
            """() => [...document.querySelectorAll('article summary, article .toggle-button')]
              .filter(e => e.getClientRects().length)
              .map(e => [(e.matches('summary') ? e : e.parentElement).innerText.trim(),
                         e.getAttribute('aria-label'),
                         document.getElementById(e.getAttribute('aria-labelledby'))?.innerText.trim()])"""
        )
        assert len(named) > 20
        wrong = [
            (seen, label, other)
            for seen, label, other in named
            if not seen or (label and seen not in label) or (other and seen not in other)
        ]
        assert not wrong, wrong
        number = books.number("overall-survival")
        buttons = chapter.get_by_role(
            "button", name=re.compile(rf"^Solution to Exercise {number}\.\d")
        )
        assert buttons.count() == chapter.locator(".solution").count() >= 3
        assert chapter.get_by_label("Toggle hidden content").count() == 0

    def test_the_title_of_a_solution_opens_it(self, page: Page):
        title = page.locator(".solution > .admonition-title").first
        address = page.url
        title.click(position={"x": 30, "y": 12})
        assert page.locator(".solution p").nth(1).is_visible()
        assert page.url == address, "it led elsewhere"

    def test_dotted_numbers_are_one_stop_a_section_and_all_are_reached_by_arrows(self, page: Page):
        stops = page.evaluate(
            """() => {
              const sections = new Map();
              for (const one of document.querySelectorAll('article abbr.printed')) {
                const own = one.closest('section');
                sections.set(own, [...(sections.get(own) ?? []), one]);
              }
              return [...sections.values()].map(
                (own) => [own.length, own.filter((one) => one.tabIndex === 0).length]);
            }"""
        )
        assert {stop for _, stop in stops} == {1}
        assert max(number for number, _ in stops) > 1
        for number in range(stops[0][0]):
            if number:
                page.keyboard.press("ArrowRight")
            else:
                page.locator("article abbr.printed").first.focus()
            page.wait_for_selector("#preview:not([hidden])")
            place = page.evaluate(
                "[...document.querySelectorAll('article abbr.printed')].indexOf(document.activeElement)"
            )
            assert place == number
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        place = page.evaluate(
            "[...document.querySelectorAll('article abbr.printed')].indexOf(document.activeElement)"
        )
        assert place == stops[0][0] - 1, "Tab comes back to where the arrows were"

    def test_search_opens_and_answers_by_key(self, page: Page):
        page.keyboard.press("Control+k")
        page.keyboard.type("number at risk")
        page.keyboard.press("Enter")
        page.wait_for_selector("#search-results li a")
        assert "search.html" in page.url

    def test_the_colour_mode_changes_by_key(self, page: Page):
        mode = page.evaluate("document.documentElement.dataset.mode")
        page.locator("button.theme-switch-button").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.documentElement.dataset.mode") != mode


@pytest.mark.parametrize(
    ("drawer", "opens"), [("primary", ".primary-toggle"), ("secondary", ".secondary-toggle")]
)
def test_a_drawer_on_a_phone_can_be_closed(browser: Browser, site: str, drawer: str, opens: str):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site}{CHAPTERS[5]}.html", wait_until="networkidle")
    dialog = page.locator(f"#pst-{drawer}-sidebar-modal")
    assert not dialog.is_visible()
    page.locator(opens).first.click()
    close = dialog.get_by_role("button", name="Close")
    assert close.is_visible()
    assert close.bounding_box()["height"] >= 44
    close.click()
    page.wait_for_selector(f"#pst-{drawer}-sidebar-modal", state="hidden")
    page.close()


class TestPreviews:
    @pytest.fixture
    def page(self, chapter: Page) -> Page:
        """The chapter, with nothing under the pointer and nothing in focus."""
        chapter.mouse.move(5, 5)
        chapter.evaluate("document.activeElement.blur()")
        return chapter

    @pytest.mark.parametrize(
        ("link", "words"),
        [
            ("a[href*='#term-']", "step-shaped estimate"),
            ("a[href*='references.html#']:text('Brookmeyer')", "doi:10.2307/2530286"),
            ("a.internal[href='#fig-os-site']", "Overall survival by site"),
            ("abbr.printed", "Printed:"),
        ],
        ids=["term", "citation", "figure", "printed number"],
    )
    @pytest.mark.parametrize("how", ["pointer", "keyboard"])
    def test_a_link_shows_what_it_leads_to(self, page: Page, link: str, words: str, how: str):
        target = page.locator(f"article {link}").first
        target.hover() if how == "pointer" else target.focus()
        page.wait_for_selector("#preview:not([hidden])")
        assert words in page.inner_text("#preview")
        assert target.get_attribute("aria-describedby") == "preview"
        page.keyboard.press("Escape")
        assert page.locator("#preview").is_hidden()
        assert target.get_attribute("aria-describedby") is None

    def test_it_stays_while_the_pointer_is_on_it(self, page: Page):
        page.locator("article a[href*='#term-']").first.hover()
        page.wait_for_selector("#preview:not([hidden])")
        page.locator("#preview").hover()
        page.wait_for_timeout(600)
        assert page.locator("#preview").is_visible()
        page.mouse.move(5, 5)
        page.wait_for_selector("#preview", state="hidden")


def _focused(page: Page) -> dict[str, Any]:
    """What has the focus, and whether one can see that it has."""
    return page.evaluate(
        """() => { const e = document.activeElement, s = getComputedStyle(e);
          return { text: e.innerText, html: e.outerHTML.slice(0, 100),
                   wanted: e.dataset.wanted ?? null,
                   ring: s.outlineStyle !== 'none' || s.boxShadow !== 'none' }; }"""
    )
