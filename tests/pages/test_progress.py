"""A reader's own progress: off until asked for, kept in this browser alone, and forgotten by one button."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import books
import pytest
import site_under_test
from looks import ASKED, AXE
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from report import progress

CHAPTER = f"notebooks/{books.chapter('overall-survival')}"
OTHER = "notebooks/" + books.chapter("local-control")
_KEPT = "Object.entries(localStorage).filter(([key]) => key.startsWith('progress:'))"


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never seen the book."""
    opened = browser.new_context(reduced_motion="reduce")
    yield opened
    opened.close()


def kept(page: Page) -> dict[str, object]:
    """What the browser keeps of progress, by page; there is at most one book."""
    found = page.evaluate(_KEPT)
    assert len(found) <= 1
    return json.loads(found[0][1]) if found else {}


def tick(page: Page, title: str):
    return page.get_by_label(f"Read: {title}", exact=True)


def begin(page: Page, address: str) -> Page:
    page.goto(address)
    page.get_by_role("button", name="Keep my progress").click()
    return page


def test_nothing_is_kept_until_it_is_asked_for(window: BrowserContext, site: str):
    page = window.new_page()
    page.goto(f"{site}{CHAPTER}.html")
    start = page.get_by_role("button", name="Keep my progress")
    expect(start).to_be_visible()
    page.locator(".quiz summary").first.click()
    assert page.evaluate(_KEPT) == []
    assert page.locator(".reading-tick, .reading-mark").count() == 0
    expect(page.locator(".reading [role=status]")).to_contain_text("Nothing is sent")
    expect(page.get_by_role("button", name="Forget all my progress")).to_be_hidden()


def test_what_is_ticked_is_there_after_a_reload_and_in_the_list_of_chapters(
    window: BrowserContext, site: str
):
    page = begin(window.new_page(), f"{site}{CHAPTER}.html")
    sections = page.locator(".bd-article section[id] > h2").count()
    assert page.get_by_role("checkbox").count() == sections > 5
    tick(page, "The question").check()
    tick(page, "Check yourself").check()
    page.reload()
    expect(tick(page, "The question")).to_be_checked()
    expect(tick(page, "Check yourself")).to_be_checked()
    assert page.locator(".reading-tick input:checked").count() == 2
    expect(page.locator(".reading [role=status]")).to_contain_text(f"2 of {sections} sections read")
    page.goto(f"{site}{OTHER}.html")
    beside = page.locator(f".bd-links a[href$='{CHAPTER.split('/')[1]}.html'] .reading-mark")
    expect(beside).to_have_text(f"2 of {sections}")
    assert page.locator(".reading-tick input:checked").count() == 0
    page.go_back()
    for box in page.locator(".reading-tick input").all():
        box.check()
    expect(page.locator(".bd-links a.current .reading-mark")).to_have_text("✓ read")
    tick(page, "The question").uncheck()
    expect(page.locator(".bd-links a.current .reading-mark")).to_have_text(
        f"{sections - 1} of {sections}"
    )


def test_of_the_first_answer_it_is_kept_whether_it_was_right(window: BrowserContext, site: str):
    page = begin(window.new_page(), f"{site}{CHAPTER}.html")
    first, second, *rest = page.locator(".quiz > li").all()
    assert rest
    first.locator("details.right summary").click()
    expect(first.locator(".reading-mark")).to_have_text("✓ right at first")
    first.locator("details.wrong summary").first.click()
    second.locator("details.wrong summary").first.focus()
    page.keyboard.press("Enter")
    expect(second.locator(".reading-mark")).to_have_text("answered")
    second.locator("details.right summary").click()
    expect(second.locator(".reading-mark")).to_have_text("answered")
    assert kept(page)[CHAPTER]["answered"] == {"1": "right", "2": "tried"}
    assert set(kept(page)[CHAPTER]) == {"answered", "read", "sections"}
    page.reload()
    expect(first.locator(".reading-mark")).to_have_text("✓ right at first")
    expect(page.locator(".reading [role=status]")).to_contain_text(
        f"2 of {2 + len(rest)} questions answered, 1 right at the first choice"
    )


@pytest.mark.full
def test_what_a_print_or_a_search_opens_is_no_answer(window: BrowserContext, site: str):
    page = begin(window.new_page(), f"{site}{CHAPTER}.html")
    page.evaluate("document.querySelectorAll('.quiz details').forEach(d => d.open = true)")
    site_under_test.drawn(page)
    assert kept(page) == {}
    page.emulate_media(media="print")
    for part in page.locator(".reading, .reading-tick, .reading-mark").all():
        expect(part).to_be_hidden()


def test_one_button_forgets_all_of_it(window: BrowserContext, site: str):
    page = begin(window.new_page(), f"{site}{CHAPTER}.html")
    tick(page, "The question").check()
    page.locator(".quiz summary").first.click()
    assert kept(page)
    page.get_by_role("button", name="Forget all my progress").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep my progress")).to_be_focused()
    assert page.evaluate(_KEPT) == []
    assert page.locator(".reading-tick, .reading-mark").count() == 0
    page.reload()
    assert page.locator(".reading-tick, .reading-mark").count() == 0


@pytest.mark.full
def test_nobody_is_asked_for_anything(window: BrowserContext, site: str):
    page = begin(window.new_page(), f"{site}{CHAPTER}.html")
    page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    tick(page, "The question").check()
    page.locator(".quiz summary").first.click()
    page.get_by_role("button", name="Forget all my progress").click()
    page.get_by_role("button", name="Keep my progress").click()
    site_under_test.drawn(page)
    assert asked == []


@pytest.mark.full
def test_another_window_sees_it_too(window: BrowserContext, site: str):
    one, two = (window.new_page() for _ in range(2))
    two.goto(f"{site}{CHAPTER}.html")
    begin(one, f"{site}{CHAPTER}.html")
    tick(one, "The question").check()
    expect(tick(two, "The question")).to_be_checked()


def test_the_name_tells_books_versions_and_data_apart(shipped: books.Built):
    told = [
        ("A", "1.0", "a"),
        ("A", "1.1", "a"),
        ("A", "1.0", "b"),
        ("B", "1.0", "a"),
        ("A1", ".0", "a"),
    ]
    assert len({progress.key(*those) for those in told}) == len(told)
    assert re.search(r'data-key="progress:[0-9a-f]{16}"', shipped.page(CHAPTER))


@pytest.mark.full
def test_versions_and_cohorts_do_not_mix(window: BrowserContext, site: str):
    """A page of another version has another name, and finds nothing under it."""
    page = begin(window.new_page(), f"{site}{CHAPTER}.html")
    tick(page, "The question").check()

    def of_another_version(route: Route):
        html = route.fetch().text()
        route.fulfill(body=re.sub(r'data-key="progress:\w+"', 'data-key="progress:0"', html))

    page.route("**/*.html", of_another_version)
    page.reload()
    expect(page.get_by_role("button", name="Keep my progress")).to_be_visible()
    assert page.locator(".reading-tick, .reading-mark").count() == 0


@pytest.mark.full
def test_it_works_from_a_folder(window: BrowserContext, shipped: books.Built):
    page = begin(window.new_page(), (shipped.folder / f"{CHAPTER}.html").as_uri())
    tick(page, "The question").check()
    page.reload()
    expect(tick(page, "The question")).to_be_checked()
    page.goto((shipped.folder / f"{OTHER}.html").as_uri())
    expect(page.locator(".bd-links .reading-mark")).to_have_count(1)


@pytest.mark.full
@pytest.mark.parametrize("broken", ["not allowed", "of something else"])
def test_a_browser_that_keeps_nothing_says_so_and_shows_the_page(
    window: BrowserContext, site: str, broken: str
):
    page = window.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(error.message))
    if broken == "not allowed":
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
        )
        page.goto(f"{site}{CHAPTER}.html")
        page.get_by_role("button", name="Keep my progress").click()
        expect(page.locator(".reading [role=status]")).to_contain_text("keeps nothing")
    else:
        page.goto(f"{site}{CHAPTER}.html")
        page.evaluate("localStorage.setItem(document.querySelector('[data-key]').dataset.key, '{')")
        page.reload()
        expect(page.get_by_role("button", name="Keep my progress")).to_be_visible()
        assert not faults


@pytest.mark.full
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_everybody(browser: Browser, site: str, scheme: str):
    window = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 700})
    page = begin(window.new_page(), f"{site}{CHAPTER}.html")
    tick(page, "The question").focus()
    page.keyboard.press("Space")
    expect(tick(page, "The question")).to_be_checked()
    expect(tick(page, "The question")).to_be_focused()
    page.locator(".quiz summary").first.click()
    page.evaluate(AXE)
    found = page.evaluate("asked => axe.run(asked)", ASKED)
    told = [
        f"{violation['id']}: {node['html'][:120]}\n    {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    assert not told, "\n".join(told)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    window.close()


@pytest.mark.full
def test_only_chapters_offer_it(window: BrowserContext, site: str):
    page = window.new_page()
    page.goto(f"{site}book/glossary.html")
    assert page.locator(".reading").count() == 0
