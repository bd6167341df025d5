"""The scorecard on another cohort, without a complaint; with ALL=1 `test_build` builds the whole book on one."""

from __future__ import annotations

from pathlib import Path

import books
import without_sphinx

PATIENTS = 31


def test_the_scorecard_of_another_cohort_compares_and_complains_of_nothing(tmp_path: Path):
    cohort = books.other_cohort(tmp_path / "ward-seven", PATIENTS)
    notebook = books.ROOT / "notebooks" / f"{books.chapter('scorecard')}.ipynb"
    (ran,) = without_sphinx.execute([notebook], tmp_path, COHORT=str(cohort))
    assert ran.problem == ""
    assert ran.complained == ""
    assert "differs" in ran.shown
    assert str(PATIENTS) in ran.shown
