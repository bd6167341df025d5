"""The table of what falls away without a column is what chapters say when they run without it."""

from __future__ import annotations

import re
from pathlib import Path

import books
import pytest
import test_unusual_cohorts
import unusual
import without_sphinx
from report import needed

from helpers import published

STUDY = published.load()
OPTIONAL = {
    (table, name)
    for table, spec in STUDY.tables.items()
    for name, column in spec.columns.items()
    if not column.needed
}
TOGETHER = (
    {("patients", "months_to_oligometastasis"), ("lesions", "local_recurrence_months")},
    {("patients", "progression_months"), ("lesions", "months_since_negative_ct")},
    {
        ("patients", name)
        for name in (
            "treatment_date",
            "treatment",
            "systemic_therapy",
            "regional_recurrence",
            "age_years",
            "histology",
            "figo_stage",
        )
    }
    | {("lesions", "site")},
)
"""Columns that are left out of one cohort, so that few are enough: no cell needs two of them."""


def without(folder: Path, columns: set[tuple[str, str]]) -> Path:
    """A cohort that lacks columns and would otherwise let every analysis run."""
    frames = dict(zip(("patients", "lesions"), unusual.drawn(60, 5), strict=True))
    for table, name in columns:
        frames[table] = frames[table].drop(columns=name)
    return unusual.write((frames["patients"], frames["lesions"]), folder)


def said(
    folder: Path, columns: set[tuple[str, str]], chapters: tuple[str, ...]
) -> set[tuple[str, str, str, str]]:
    """Table, column, chapter and section, where chapters say that the cohort has no such column."""
    cohort = without(folder / "ward", columns)
    notebooks = [books.ROOT / "notebooks" / f"{books.chapter(name)}.ipynb" for name in chapters]
    found = set()
    for ran in without_sphinx.execute(notebooks, folder, COHORT=str(cohort), ROWS="1"):
        assert not ran.problem + ran.complained, f"{ran.chapter}: {ran.problem}{ran.complained}"
        assert not ran.unkept, f"{ran.chapter} quotes {ran.unkept}"
        found |= {
            (table, column, ran.chapter[3:], section) for table, column, section in ran.lacked
        }
    return found


def declared(columns: set[tuple[str, str]], chapters: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {
        (table, column, chapter, section)
        for (table, column), by_chapter in needed.falls_away().items()
        for chapter, sections in by_chapter.items()
        for section in sections
        if (table, column) in columns and chapter in chapters
    }


def test_every_column_that_may_be_missing_is_left_out_once():
    assert sorted(column for columns in TOGETHER for column in columns) == sorted(OPTIONAL)


def test_the_sections_that_fall_away_are_there():
    for chapter in {name for chapters in needed.falls_away().values() for name in chapters}:
        text = (books.ROOT / "notebooks" / f"{books.chapter(chapter)}.md").read_text()
        for chapters in needed.falls_away().values():
            for section in chapters.get(chapter, ()):
                assert f"# {section}\n" in text, f"{chapter}: {section}"


def test_a_chapter_says_what_the_table_says_of_it(tmp_path: Path):
    chapters, column = ("tumour-growth",), ("lesions", "months_since_negative_ct")
    assert said(tmp_path, {column}, chapters) == declared({column}, chapters)


@pytest.mark.full
@pytest.mark.parametrize("columns", TOGETHER)
def test_all_chapters_say_what_the_table_says_of_them(
    columns: set[tuple[str, str]], tmp_path: Path
):
    chapters = test_unusual_cohorts.ANALYSE
    assert said(tmp_path, columns, chapters) == declared(columns, chapters)


_ON_THE_SHIPPED_COHORT = "python-and-r-side-by-side"
_OF_THE_STUDY_ALONE = (
    *(target.words for target in STUDY.targets),
    *(f"{group.label}: nobody is in this group" for group in STUDY.groups.values()),
    "Where the text says",
    "This cohort has no site",
    "lung metastases that grew",
)
"""What speaks of the published study, or of a series that it cites."""


def _of_another_disease(shown: str) -> list[str]:
    """Pieces of what is shown of a cohort that name what is the study's own."""
    pieces = {piece.strip(" -!") for piece in re.split(r'[<>"\n]', shown)}
    return sorted(
        piece
        for piece in pieces
        if re.search(
            unusual.OF_THE_STUDY if "synthetic cohort" in piece else unusual.LEVELS_OF_THE_STUDY,
            piece,
            re.IGNORECASE,
        )
        and not any(told in piece or piece in told for told in _OF_THE_STUDY_ALONE)
    )


@pytest.mark.full
def test_chapters_run_on_another_disease_and_call_its_sites_by_their_names(tmp_path: Path):
    cohort = unusual.another_disease(tmp_path / "ward")
    notebooks = [
        books.ROOT / "notebooks" / f"{books.chapter(name)}.ipynb"
        for name in test_unusual_cohorts.ANALYSE
    ]
    for ran in without_sphinx.execute(notebooks, tmp_path, COHORT=str(cohort), ROWS="1"):
        assert not ran.problem + ran.complained, f"{ran.chapter}: {ran.problem}{ran.complained}"
        if not ran.chapter.endswith(_ON_THE_SHIPPED_COHORT):
            assert not _of_another_disease(ran.shown), ran.chapter
