"""What `validate` understood, and what it points at though it meets the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
import unusual

from helpers import cohort, published
from helpers.contract import understood


def _odd(folder: Path, **columns: object) -> list[str]:
    patients, lesions = unusual.drawn(40, 11)
    lesions = lesions.assign(local_recurrence_months=None)
    patients = patients.assign(progression_months=None, **columns)
    found = cohort.load(unusual.write((patients, lesions), folder))
    return understood.odd(found.study, found.tables)


def _said(sentences: list[str], words: str) -> bool:
    return any(words in sentence for sentence in sentences)


def test_what_was_understood_has_events_follow_up_dates_and_sizes():
    shipped = cohort.load(published.DATA / "cohort")
    lines = understood.facts(shipped.study, shipped.tables)
    frame = shipped.patients
    died, months = frame["died"] == 1, frame["follow_up_months"]
    assert lines[0] == (
        f"overall survival: died is 1 in {died.sum()} (median {months[died].median():g}) and 0 in "
        f"{(~died).sum()} (median {months[~died].median():g}); follow_up_months median "
        f"{months.median():g} months ({months.min():g} to {months.max():g})"
    )
    dates = frame["treatment_date"].dt.date
    assert f"treatment_date: {dates.min()} to {dates.max()}" in lines
    small = (frame["size_group"] == "≤15 mm").sum()
    assert any(
        line.startswith("groups of patients: ") and f"≤15 mm {small}" in line for line in lines
    )


@pytest.mark.parametrize("name", ["cohort", "alternatives/1", "alternatives/2"])
def test_nothing_is_odd_about_the_shipped_cohorts(name):
    shipped = cohort.load(published.DATA / name)
    assert understood.odd(shipped.study, shipped.tables) == []


def test_a_flag_with_0_and_1_exchanged_is_pointed_at(tmp_path):
    months = [float(month) for month in range(1, 41)]
    first_die = [1] * 10 + [0] * 30
    right = _odd(tmp_path / "a", follow_up_months=months, died=first_die)
    assert right == []
    exchanged = [1 - flag for flag in first_die]
    sentences = _odd(tmp_path / "b", follow_up_months=months, died=exchanged)
    assert _said(sentences, "died is 1 in 30 of 40 rows, more often than not")
    assert _said(sentences, "no row with died 1 is among the shortest 25% of follow_up_months")
    assert _said(sentences, "are 0 and 1 exchanged?")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"follow_up_months": 0.0}, "follow_up_months is 0 in every row"),
        ({"follow_up_months": [0.0] * 8 + [30.0] * 32}, "follow_up_months is 0 in 8 of 40 rows"),
        ({"follow_up_months": [0.5, 8.25] * 20}, "beyond 8.25: are these months?"),
        ({"died": 0}, "died is 0 in every row"),
        ({"died": 1}, "died is 1 in every row"),
        ({"age_years": 50}, "patients.csv: one value in all rows of age_years"),
    ],
)
def test_what_looks_odd_is_said(columns, words, tmp_path):
    assert _said(_odd(tmp_path / "c", **columns), words)


def test_a_pattern_in_a_handful_is_none(tmp_path):
    found = cohort.load(unusual.COHORTS["one patient"](tmp_path / "c"))
    assert (
        understood.odd(found.study, {"patients": found.patients, "lesions": found.lesions.head(1)})
        == []
    )


def test_a_column_that_is_empty_throughout_is_not_odd(tmp_path):
    assert not _said(_odd(tmp_path / "c"), "progression_months")
