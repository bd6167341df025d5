"""The switch that hides all code of a page, and only in the browser of who pressed it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import books
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

CHAPTER = f"notebooks/{books.chapter('overall-survival')}.html"
OTHER = "notebooks/" + books.chapter("local-control") + ".html"
TABS = f"notebooks/{books.chapter('python-and-r-side-by-side')}.html"
CODE = "div.cell > .cell_input, div.cell > details.hide"
SEEN = "all => all.filter(one => one.checkVisibility()).length"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def seen(page: Page, what: str = CODE) -> int:
    return page.locator(f"article :is({what})").evaluate_all(SEEN)


def test_code_is_hidden_and_shown_again_by_keyboard(page: Page, site: str) -> None:
    page.goto(site + CHAPTER)
    code, outputs = seen(page), seen(page, ".cell_output")
    assert code > 15
    assert outputs > 15
    switch = page.get_by_role("button", name="Hide all code")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert (seen(page), seen(page, ".cell_output")) == (0, outputs)
    page.emulate_media(media="print")
    assert seen(page) == code, "on paper nothing is hidden"
    page.emulate_media(media="screen")
    switch.press("Enter")
    assert (seen(page), seen(page, ".cell_output")) == (code, outputs)
    assert page.evaluate("Object.entries(localStorage)").count(["report-code", "shown"]) == 1


def test_the_choice_is_kept_for_other_pages_and_known_before_they_are_drawn(
    page: Page, site: str
) -> None:
    page.goto(site + CHAPTER)
    assert page.evaluate("localStorage.getItem('report-code')") is None
    page.get_by_role("button", name="Hide all code").click()
    page.route("**/code-switch.js*", lambda route: route.abort())
    page.goto(site + OTHER)
    assert seen(page, ".cell_output") > 10
    assert seen(page) == 0, "hidden without the script"
    page.unroute("**/code-switch.js*")
    page.goto(site + TABS)
    assert seen(page, ".sd-tab-content .cell_input") > 3, "two languages are there to be compared"
    assert seen(page, "div.cell:not(.sd-tab-content *) > .cell_input") == 0


def test_the_switch_is_accessible(page: Page, site: str) -> None:
    page.goto(site + CHAPTER)
    page.get_by_role("button", name="Hide all code").click()
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        report = Axe().run(page, context={"include": [".article-header-buttons"]})
        assert not report.response["violations"]


def test_only_pages_with_code_have_the_switch(shipped: books.Built) -> None:
    found = 0
    for path in sorted(shipped.folder.rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        switches = len(re.findall(r"<button [^>]*\bbtn-code-switch\b", page))
        assert switches == bool(re.search(r'<div class="cell_input\b', page)), path.name
        found += switches
    assert found >= 20
