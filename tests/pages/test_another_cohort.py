"""Another cohort, without a complaint: the scorecard, and with ALL=1 analyses of cohorts that hardly allow them.

`test_build` builds the whole book on one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import books
import pandas as pd
import pytest
import without_sphinx

PATIENTS = 31


def nine_patients(folder: Path) -> Path:
    return books.other_cohort(folder, patients=9, seed=3)


def lesions_of_one_size(folder: Path) -> Path:
    cohort = books.other_cohort(folder)
    lesions = pd.read_csv(cohort / "lesions.csv")
    lesions.assign(diameter_mm=12).to_csv(cohort / "lesions.csv", index=False)
    return cohort


def test_the_scorecard_of_another_cohort_compares_and_complains_of_nothing(tmp_path: Path):
    cohort = books.other_cohort(tmp_path / "ward-seven", PATIENTS)
    notebook = books.ROOT / "notebooks" / f"{books.chapter('scorecard')}.ipynb"
    (ran,) = without_sphinx.execute([notebook], tmp_path, COHORT=str(cohort))
    assert ran.problem == ""
    assert ran.complained == ""
    assert "differs" in ran.shown
    assert str(PATIENTS) in ran.shown


@pytest.mark.full
@pytest.mark.parametrize(
    ("chapter", "made", "said"),
    [
        ("prognostic-factors", nine_patients, "No penalised model: too few patients"),
        ("tumour-growth", lesions_of_one_size, "There is no growing curve"),
    ],
)
def test_what_a_cohort_does_not_allow_is_said_in_a_sentence(
    chapter: str, made: Callable[[Path], Path], said: str, tmp_path: Path
):
    notebook = books.ROOT / "notebooks" / f"{books.chapter(chapter)}.ipynb"
    cohort = made(tmp_path / "ward-nine")
    (ran,) = without_sphinx.execute([notebook], tmp_path, COHORT=str(cohort))
    assert ran.problem == ""
    assert ran.complained == ""
    assert said in ran.shown
