"""The code of the chapters on cohorts that meet the contract and that an analysis hardly expects.

As strict as a build: an error, or a word on standard error, is a failure. `tests/support/unusual.py`
makes the cohorts; the table says which chapters one of them has ever stopped, and these run on it, with
its single patients, since a book of aggregates has other times.
With ALL=1 the worst of them run every chapter that analyses the cohort, and cohorts that nobody chose,
with levels of their own and without some columns, run a share of the chapters each.
"""

from __future__ import annotations

from pathlib import Path

import books
import pytest
import unusual
import without_sphinx

ANALYSE = (
    "the-cohort",
    "when-oligometastases-appear",
    "overall-survival",
    "local-control",
    "new-progression",
    "prognostic-factors",
    "tumour-growth",
    "scorecard",
    "the-cut-point",
    "a-diameter-without-a-limit",
    "judging-a-prediction",
    "missing-values",
    "time-as-a-trap",
    "when-hazards-are-not-proportional",
    "a-ratio-that-changes",
    "what-one-ratio-estimates",
    "competing-events",
    "lesions-of-one-patient",
    "how-often-to-scan",
    "python-and-r-side-by-side",
)
STOPPED = {
    "one patient": (
        "overall-survival",
        "the-cut-point",
        "judging-a-prediction",
        "what-one-ratio-estimates",
    ),
    "eight at random": ("prognostic-factors", "judging-a-prediction"),
    "ties everywhere": ("the-cohort", "the-cut-point"),
    "all died at once": ("what-one-ratio-estimates",),
    "all on day 0": ("overall-survival", "time-as-a-trap"),
    "nothing happened": ("overall-survival", "what-one-ratio-estimates"),
    "names": ("new-progression",),
    "three progressed early": ("new-progression",),
    "day 0": ("new-progression", "when-hazards-are-not-proportional", "a-ratio-that-changes"),
}
"""Chapters that a cohort once stopped."""
DAILY = ("one patient",)
WORST = (
    ("one patient", "1"),
    ("five at random", ""),
    ("eight at random", ""),
    ("eight at random", "1"),
)
"""With its single patients (1), or as aggregates, which a cohort of fewer than five has not."""
SEEDS = 4
"""Of cohorts at random, which share the chapters. Many more were run once, on all of them."""


def _complaints(cohort: str, chapters: tuple[str, ...], folder: Path, rows: str) -> list[str]:
    return _said(unusual.COHORTS[cohort](folder / "ward"), chapters, folder, rows)


def _said(made: Path, chapters: tuple[str, ...], folder: Path, rows: str) -> list[str]:
    notebooks = [books.ROOT / "notebooks" / f"{books.chapter(name)}.ipynb" for name in chapters]
    return [
        f"{ran.chapter}: {ran.problem}{ran.complained}"
        for ran in without_sphinx.execute(notebooks, folder, COHORT=str(made), ROWS=rows)
        if ran.problem or ran.complained
    ]


@pytest.mark.parametrize(
    "cohort",
    [
        pytest.param(cohort, marks=[] if cohort in DAILY else [pytest.mark.full])
        for cohort in STOPPED
    ],
)
def test_a_chapter_that_a_cohort_once_stopped_runs_on_it(cohort: str, tmp_path: Path):
    assert not _complaints(cohort, STOPPED[cohort], tmp_path, rows="1")


@pytest.mark.full
@pytest.mark.parametrize(("cohort", "rows"), WORST)
def test_every_analysis_runs_on_the_worst_cohorts(cohort: str, rows: str, tmp_path: Path):
    assert not _complaints(cohort, ANALYSE, tmp_path, rows)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(SEEDS))
def test_chapters_run_on_a_cohort_that_nobody_chose(seed: int, tmp_path: Path):
    made = unusual.any_other(tmp_path / "ward", seed)
    assert not _said(made, ANALYSE[seed::SEEDS], tmp_path, rows="1" if seed % 2 else "")


@pytest.mark.parametrize("seed", range(40))
def test_a_cohort_at_random_meets_the_contract(seed: int, tmp_path: Path):
    from helpers import cohort as door

    found = door.load(unusual.any_other(tmp_path / "ward", seed))
    assert len(found.patients) in unusual.SIZES


@pytest.mark.parametrize("cohort", unusual.COHORTS)
def test_every_unusual_cohort_meets_the_contract_and_is_written_the_same_each_time(
    cohort: str, tmp_path: Path
):
    from helpers import cohort as door

    first, second = (unusual.COHORTS[cohort](tmp_path / name) for name in ("a", "b"))
    assert len(door.load(first).patients) > 0
    for name in ("patients.csv", "lesions.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
