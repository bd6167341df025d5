"""The first screen of a chapter holds the chapter: what it answers, its goals, and the question."""

from __future__ import annotations

import re
from collections.abc import Iterator

import books
import pytest
import site_under_test
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext

CHAPTERS = [
    name for name in site_under_test.measure.sources(books.ROOT) if name.startswith("notebooks/")
]
WINDOWS = {"wide": (1440, 900), "phone": (390, 844)}
_SEEN = """() => {
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


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    opened = {
        name: browser.new_context(viewport={"width": width, "height": height})
        for name, (width, height) in WINDOWS.items()
    }
    yield opened
    for context in opened.values():
        context.close()


def seen(context: BrowserContext, address: str) -> dict:
    page = context.new_page()
    page.goto(address, wait_until="load")
    found = page.evaluate(_SEEN)
    page.close()
    return found


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_question_is_on_the_first_screen(
    windows: dict[str, BrowserContext], site: str, name: str
):
    wide = seen(windows["wide"], f"{site}{name}.html")
    assert wide["bottom"] <= WINDOWS["wide"][1], "the first sentence of the question"
    assert wide["goals"], "the goals are in sight"
    assert wide["lines"] < 1.5, "the banner is one line"
    phone = seen(windows["phone"], f"{site}{name}.html")
    assert phone["top"] < WINDOWS["phone"][1]
    assert not phone["goals"], "on a phone the goals are folded"


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_head_tells_time_and_needs_and_the_contents_tell_minutes(
    shipped: books.Built, name: str
):
    page = BeautifulSoup(shipped.page(name), "html.parser")
    line = page.select_one("article .book-pace").get_text()
    told = re.fullmatch(r"About (\d+) min \((\d+) of them exercises\) · needs .+", line)
    assert told, line
    minutes = [
        int(re.search(r"\d+", part.get_text())[0])
        for part in page.select(".page-toc .book-minutes")
    ]
    headings = page.select("article > section > section > h2")
    assert len(minutes) == len(headings) >= 8
    assert abs(sum(minutes) - int(told[1])) <= 10
    assert int(told[2]) in minutes
    assert not page.select("article .book-goals a[href*='#ex-']")
    assert not page.select("article section section .book-minutes"), "not in the text"


def test_the_cover_says_what_the_book_is_before_its_data(shipped: books.Built):
    page = BeautifulSoup(shipped.page("book/index"), "html.parser")
    banner = page.select_one("article .cohort-banner")
    before = [part for part in banner.find_previous_siblings("p") if part.get_text(strip=True)]
    assert len(before) >= 2
    assert banner.find_next(class_="ways-in"), "the banner stands above the ways in"
