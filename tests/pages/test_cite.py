"""Under each figure and table: how to cite it, and a link to it, to be copied."""

from __future__ import annotations

import json
from collections.abc import Iterator

import books
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, Page
from report import citing

CHAPTER = f"notebooks/{books.chapter('overall-survival')}"
NUMBER = books.number("overall-survival")


@pytest.fixture(scope="module")
def clipboard(browser: Browser) -> Iterator[BrowserContext]:
    """A window whose pages may copy."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def page(clipboard: BrowserContext, site: str) -> Iterator[Page]:
    page = clipboard.new_page()
    page.goto(f"{site}{CHAPTER}.html")
    yield page
    page.close()


@pytest.fixture(scope="module")
def chapter(clipboard: BrowserContext, site: str) -> Iterator[Page]:
    """One for all tests that leave it as it was."""
    page = clipboard.new_page()
    page.goto(f"{site}{CHAPTER}.html")
    yield page
    page.close()


def _numbered(page: Page) -> list[str]:
    numbers = page.locator("article :is(figcaption, caption) .caption-number").all_text_contents()
    return [number.strip().replace("Fig.", "Figure") for number in numbers]


def test_each_figure_and_table_has_one_named_by_its_number(chapter: Page):
    names = chapter.locator("article .cite-this").evaluate_all(
        "all => all.map(e => e.getAttribute('aria-label'))"
    )
    assert names == [f"Cite {number}" for number in _numbered(chapter)]
    assert len({name.split()[1] for name in names}) == 2, "figures and tables"


def test_by_keyboard_it_is_opened_copied_and_left(page: Page):
    button = page.get_by_role("button", name=f"Cite Figure {NUMBER}.1", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("dialog", name=f"Cite Figure {NUMBER}.1")
    assert card.is_visible()
    pattern = page.locator(".page-about").get_attribute("data-cite-piece")
    words = card.locator(".cite-words").first.inner_text()
    assert pattern
    assert words == pattern.replace("{name}", f"Figure {NUMBER}.1")
    assert f"Figure {NUMBER}.1, “Overall survival”. In: A study rebuilt" in words
    assert "http" not in words, "this server is no place to cite"
    card.get_by_role("button", name="Copy the citation").press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == words
    assert card.get_by_role("status").inner_text() == "Copied."
    card.get_by_role("button", name="Copy the link").press("Enter")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{page.url}#fig-os-by-exit"
    page.keyboard.press("Escape")
    assert not card.is_visible()
    assert (
        page.evaluate("document.activeElement.getAttribute('aria-label')")
        == f"Cite Figure {NUMBER}.1"
    )
    page.goto(link)
    assert page.locator("#fig-os-by-exit").is_visible()


def test_what_cannot_be_copied_is_selected(page: Page):
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.get_by_role("button", name=f"Cite Table {NUMBER}.1", exact=True).click()
    card = page.get_by_role("dialog")
    card.get_by_role("button", name="Copy the citation").click()
    assert "selected" in card.get_by_role("status").inner_text()
    words = card.locator(".cite-words").first.inner_text()
    assert page.evaluate("getSelection().toString()").strip() == words


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.full)])
def test_axe_finds_nothing_wrong_with_it(page: Page, scheme: str):
    page.evaluate("scheme => { document.documentElement.dataset.theme = scheme }", scheme)
    page.add_script_tag(path=AXE_FILE_PATH)
    page.get_by_role("button", name=f"Cite Table {NUMBER}.1", exact=True).click()
    _assert_accessible(page, ".cite-card")
    page.keyboard.press("Escape")
    _assert_accessible(page, "article :has(> .cite-this)")


def _assert_accessible(page: Page, part: str) -> None:
    found = page.evaluate("part => axe.run(part)", part)
    assert found["passes"], part
    assert not found["violations"], json.dumps(found["violations"], indent=1)


def test_on_paper_there_is_none(chapter: Page):
    chapter.emulate_media(media="print")
    buttons = chapter.locator(".cite-this")
    assert buttons.count() > 5
    assert not [n for n in range(buttons.count()) if buttons.nth(n).is_visible()]
    chapter.emulate_media(media="screen")


def test_a_preview_of_a_figure_has_none(chapter: Page):
    link = chapter.locator("article p a.internal[href^='#fig-']").first
    link.hover()
    card = chapter.locator(".preview")
    card.wait_for()
    assert card.locator("figcaption").count()
    assert not card.locator(".cite-this").count()


def test_a_figure_is_cited_by_page_book_and_place():
    book = citing.Book(
        title="A book: of something",
        authors=(citing.Author("The authors of this book", person=False),),
        version="1.2.3", released="2026-01-31", commit="", committed="", doi="", address="",
    )  # fmt: skip
    assert book.piece("Table 6.2", "What is it?", 6, "https://a.org/6.html#tab") == (
        "The authors of this book (2026). Table 6.2, “What is it?”. In: A book: of something, "
        "version 1.2.3, chapter 6. https://a.org/6.html#tab"
    )
    assert book.piece("Figure 1", "Words", None, "").endswith("something, version 1.2.3.")
