"""The chapters that rebuild the study run on another cohort, without a complaint.

They are some of those up to the scorecard; with ALL=1 `test_build` builds the whole book on such a cohort.
"""

from __future__ import annotations

import books
import pytest
import without_sphinx

NOTEBOOKS = sorted((books.ROOT / "notebooks").glob("[0-9]*.ipynb"))
SCORECARD = next(path.stem for path in NOTEBOOKS if path.stem.endswith("-scorecard"))
SOME = ("local-control", "prognostic-factors", "scorecard")
CHOSEN = [path for path in NOTEBOOKS if path.stem.endswith(SOME)]
PATIENTS = 31


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, without_sphinx.Ran]:
    folder = tmp_path_factory.mktemp("other")
    cohort = books.other_cohort(folder / "ward-seven", PATIENTS)
    ran = without_sphinx.execute(CHOSEN, folder, COHORT=str(cohort))
    return {one.chapter: one for one in ran}


def test_every_chapter_that_rebuilds_the_study_runs_and_complains_of_nothing(
    ran: dict[str, without_sphinx.Ran],
):
    assert list(ran) == [path.stem for path in CHOSEN]
    assert len(ran) == len(SOME)
    assert {name: one.problem for name, one in ran.items() if one.problem} == {}
    assert {name: one.complained for name, one in ran.items() if one.complained} == {}


def test_the_other_scorecard_compares(ran: dict[str, without_sphinx.Ran]):
    shown = ran[SCORECARD].shown
    assert "differs" in shown
    assert str(PATIENTS) in shown
