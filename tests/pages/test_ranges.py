"""Sentences that are put together from words and quoted numbers are sentences."""

from __future__ import annotations

import re

import books
import pytest
import site_under_test

_NUMBER = r"[−+]?\d+(?:[.,]\d+)*(?:%| percent| mm| months| years)?"
_BROKEN = re.compile(
    rf"\bbetween {_NUMBER} (?:to|–) {_NUMBER}|\bfrom {_NUMBER} and {_NUMBER}|\bfrom between\b",
    re.IGNORECASE,
)


def broken(text: str) -> list[str]:
    """Ranges in a text that are put together wrongly."""
    return [match[0] for match in _BROKEN.finditer(re.sub(r"\s+", " ", text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Deaths lie between 22 to 35.", ["between 22 to 35"]),
        ("between 48.4% to 51.2%", ["between 48.4% to 51.2%"]),
        ("from 22 and 35", ["from 22 and 35"]),
        ("between 22 and 35, from 22 to 35, 18 to 26", []),
        ("between the sites by −54 to 76 points", []),
    ],
)
def test_a_broken_range_is_found(text: str, expected: list[str]):
    assert broken(text) == expected


def test_ranges_of_the_book_are_sentences(shipped: books.Built):
    pages = site_under_test.pages(shipped.folder)
    assert len(pages) > 25
    for name in pages:
        for paragraph in shipped.soup(name).select("article :is(p, li, td, dd, figcaption)"):
            assert broken(paragraph.get_text()) == [], f"{name}: {paragraph.get_text()}"
