"""The page of concepts: every concept that has to be taught has a row, and every row leads to a section."""

from __future__ import annotations

import re

import pytest
from books import ROOT
from mdit_py_plugins.anchors.index import slugify

PAGE = ROOT / "book" / "concepts.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = {
    cells[0].strip(): cells[1:]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| Concept ")
    for cells in [line.strip("|").split("|")]
}
_LINK = re.compile(r"\[(\d+): ([^\]]+)\]\(\.\./notebooks/(\d\d)(-[\w-]+)\.ipynb#([^)]+)\)")
WANTED = """
Right censoring, Interval censoring, Left truncation, Informative censoring,
Follow-up and reverse Kaplan–Meier, Immortal time and landmarks, Missing values,
Kaplan–Meier estimate, Greenwood's variance, Kinds of interval, Medians and quantiles,
Nelson–Aalen estimate, Restricted mean survival time, Conditional survival,
Log-rank test, Weighted log-rank tests, Hazard and partial likelihood, Ties,
Proportional hazards, Schoenfeld residuals, Martingale residuals, Functional form and splines,
Stratification, Covariates that change in time, Effects that change in time,
Robust variance and clusters, Exponential and Weibull, Accelerated failure time, Cure fraction,
Cumulative incidence and Aalen–Johansen, Cause-specific hazards and Fine–Gray,
C-index, Brier score, Calibration, Optimism and the bootstrap, Estimands
"""
VIGNETTES = {"survival", "timedep", "compete", "concordance", "splines"}


@pytest.mark.parametrize("concept", [" ".join(one.split()) for one in WANTED.split(",")])
def test_every_concept_has_a_row(concept):
    assert concept in ROWS


@pytest.mark.parametrize("concept", ROWS)
def test_a_row_leads_to_sections_that_are_there(concept):
    cell = ROWS[concept][0]
    links = _LINK.findall(cell)
    assert links
    assert len(links) == cell.count("]("), f"a link of another form: {cell}"
    for shown, words, number, rest, anchor in links:
        assert int(shown) == int(number), cell
        path = ROOT / "notebooks" / f"{number}{rest}.md"
        assert path.is_file(), f"{path.name} is no chapter"
        text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        headings = re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE)
        assert words in headings, f"{path.name} has no section {words!r}"
        assert anchor == slugify(words), f"{words!r} stands under #{slugify(words)}"
        assert sum(slugify(heading) == anchor for heading in headings) == 1


@pytest.mark.parametrize("concept", ROWS)
def test_sources_are_named_in_their_form(concept):
    series, vignette, chapter, zabor = (cell.strip() for cell in ROWS[concept][1:])
    assert series in {"", "I", "II", "III", "IV"}
    assert vignette.strip("`") in {"", *VIGNETTES}
    assert re.fullmatch(r"(ch\. \d+)?", chapter)
    assert zabor in {"", "yes"}


def test_no_concept_has_two_rows():
    lines = [line for line in TEXT.splitlines() if line.startswith("| ")]
    heads = sum(line.startswith("| Concept ") for line in lines)
    assert len(ROWS) == len(lines) - heads


def test_the_map_and_how_to_read_stand_before_the_chapters():
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    files = re.findall(r"file: (\S+)", toc)
    assert files[:2] == ["book/how-to-use", "book/concepts"]
    assert files[2].startswith("notebooks/01-")
