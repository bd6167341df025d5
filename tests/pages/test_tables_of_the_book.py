"""Tables of the built book are tables for people."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import books
import pytest
import site_under_test
from bs4 import Tag
from playwright.sync_api import Browser
from report import pairing

from helpers import headings, markup, published, verdicts

_PLAIN = re.compile(r"[A-Za-z][a-z0-9]*( [a-z0-9]+)*")
"""What a column's name in Python can turn into."""
_EXACT = ("by lifelines", "R gives", "Difference", "Kaplan–Meier", "By lifelines, clustered")
"""Headings of tables that show digits, since these are what they are about."""


def unnamed(headings_found: list[str]) -> list[str]:
    """Headings that are names in code, or not those of the book."""
    return [
        text
        for text in headings_found
        if "_" in text or (_PLAIN.fullmatch(text) and text not in headings.HEADINGS)
    ]


def too_exact(table: Tag) -> list[str]:
    """Computed numbers in a table with more than four digits."""
    heads = [head.get_text() for head in table.select("thead th")]
    if any(head.lower() in {exact.lower() for exact in _EXACT} for head in heads):
        return []
    cells = [cell.get_text() for cell in table.select(f"td.{markup.NUMBER}")]
    return [
        text
        for text in cells
        if "." in text and len(re.sub(r"\D", "", text).lstrip("0")) > (5 if "%" in text else 4)
    ]


@functools.cache
def _tables(shipped: books.Built) -> list[tuple[str, Tag]]:
    """Every table and the page that it stands on."""
    return [
        (Path(name).stem, table)
        for name in site_under_test.pages(shipped.folder)
        for table in shipped.soup(name).select(f"table.{markup.TABLE}")
    ]


def test_a_name_in_code_is_found_and_words_are_not():
    assert unnamed(["At risk", "Below 0 05", "below 0 05", "r hat", "Follow-up (months)"]) == [
        "Below 0 05",
        "below 0 05",
        "r hat",
    ]
    assert unnamed(["R-hat", "R hat", "share_kept", "2.5%", "≤15 mm"]) == ["R hat", "share_kept"]


def test_headings_are_words(shipped: books.Built):
    found = _tables(shipped)
    assert len(found) > 200
    for name, table in found:
        heads = [head.get_text() for head in table.select("thead th")]
        assert unnamed(heads) == [], f"{name}: {table.caption}"


def test_numbers_have_no_more_digits_than_they_bear(shipped: books.Built):
    for name, table in _tables(shipped):
        assert too_exact(table) == [], f"{name}: {table.caption}"
        for cell in table.select("td"):
            text = cell.get_text()
            assert not re.fullmatch(r"True|False|nan|NaT|inf|[\d.]+e[-−]\d+", text) or (
                "Difference" in table.thead.get_text()
            ), f"{name}: {table.caption}: {text}"


def test_p_values_are_written_in_one_way(shipped: books.Built):
    seen = 0
    for name, table in _tables(shipped):
        heads = [head.get_text() for head in table.select("thead th")]
        for row in table.select("tbody tr"):
            for head, cell in zip(heads, row.select("td"), strict=False):
                if head == "p value" and cell.get_text():
                    seen += 1
                    assert re.fullmatch(
                        r"< 0\.001|> 0\.99|0\.00\d|0\.010|0\.\d\d|not computable", cell.get_text()
                    ), f"{name}: {cell.get_text()}"
    assert seen > 100


def test_a_measure_has_one_name(shipped: books.Built):
    """Those of the study, under one heading, and no name that only the code has."""
    labels = {measure.label for measure in published.load().measures.values()}
    seen = 0
    for name, table in _tables(shipped):
        heads = [head.get_text() for head in table.select("thead th")]
        for row in table.select("tbody tr"):
            for head, cell in zip(heads, row.select("td"), strict=False):
                text = cell.get_text()
                assert text not in ("exchangeable", "proportional-hazards", "piecewise"), name
                if text in labels and head != "Convention":  # one is about proportional hazards
                    seen += 1
                    assert head in ("Reference measure", "Reference measures", "Row"), name
    assert seen > 100


@pytest.mark.parametrize(
    "chapter",
    [
        "what-a-printed-rate-forces",
        "what-all-numbers-force",
        "all-the-cohorts-that-fit",
        "reading-a-p-value",
        "what-one-more-number-would-have-told",
        "is-the-ensemble-right",
    ],
)
def test_what_is_not_printed_gets_one_of_three_verdicts(shipped: books.Built, chapter: str):
    """And none is called bounded, forced or free that is only witnessed or sampled."""
    seen = 0
    for name, table in _tables(shipped):
        heads = [head.get_text() for head in table.select("thead th")]
        if name != books.chapter(chapter):
            continue
        seen += bool(table.caption) and verdicts.PROVED in table.caption.get_text()
        if not {"Verdict", "Evidence"} <= set(heads):
            continue
        for row in table.select("tbody tr"):
            cells = dict(zip(heads, (cell.get_text() for cell in row.select("td")), strict=True))
            assert cells["Verdict"] in verdicts.VERDICTS, (table.caption, cells)
            assert cells["Verdict"] == verdicts.PROVED or "Kind" not in cells, cells
            seen += 1
    assert seen


def test_a_heading_says_what_is_counted():
    """And a quantile is called one."""
    assert not headings.HEADINGS & {"Number", "N", "Count"}
    assert headings.heading("n") == "Patients"
    assert headings.heading("2.5%_quantile") == "2.5% quantile"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_row_under_the_pointer_is_told_apart_quietly(browser: Browser, site: str, scheme: str):
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{site}notebooks/{books.chapter('scorecard')}.html")
    row = page.locator(f"table.{markup.TABLE} tbody tr:not(.{markup.SECTION})").first
    row.hover()
    red, green, blue = map(
        int, re.findall(r"\d+", row.evaluate("row => getComputedStyle(row).backgroundColor"))[:3]
    )
    assert max(red, green, blue) - min(red, green, blue) <= 24, "a loud colour"
    page.close()


_ROLE_OR_CODE = re.compile(r"(\{[\w:]+\})?`([^`]+)`")


def columns_named(text: str) -> list[str]:
    """Names that columns have in code, in the prose of a chapter."""
    prose = [cell.source for cell in pairing.from_text(text).cells if cell.cell_type == "markdown"]
    return [
        name
        for role, name in _ROLE_OR_CODE.findall("\n".join(prose))
        if not role and "_" in name and headings.heading(name) in headings.HEADINGS
    ]


@pytest.mark.parametrize(
    "path", sorted((books.ROOT / "notebooks").glob("[0-9]*.md")), ids=lambda path: path.stem
)
def test_prose_calls_a_column_by_its_heading(path: Path):
    assert columns_named(path.read_text(encoding="utf-8")) == []


def test_a_column_in_prose_is_seen():
    text = "`at_risk` falls, {printed}`os_36` is printed, `fit_options` is no column.\n"
    assert columns_named(text) == ["at_risk"]
