"""The head of a chapter and of the cover; what stands on a first screen is in `test_every_page.py`."""

from __future__ import annotations

import re

import books
import pytest
import site_under_test

CHAPTERS = [
    name for name in site_under_test.measure.sources(books.ROOT) if name.startswith("notebooks/")
]


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_head_tells_time_and_needs_and_the_contents_tell_minutes(
    shipped: books.Built, name: str
):
    page = shipped.soup(name)
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
    page = shipped.soup("book/index")
    banner = page.select_one("article .cohort-banner")
    before = [part for part in banner.find_previous_siblings("p") if part.get_text(strip=True)]
    assert len(before) >= 2
    assert banner.find_next(class_="ways-in"), "the banner stands above the ways in"
