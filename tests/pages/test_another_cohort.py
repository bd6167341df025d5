"""Every chapter runs on another cohort, without a complaint; `test_build` builds that whole book."""

from __future__ import annotations

import books
import pytest
import without_sphinx

NOTEBOOKS = sorted((books.ROOT / "notebooks").glob("[0-9]*.ipynb"))
PATIENTS = 31


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, without_sphinx.Ran]:
    folder = tmp_path_factory.mktemp("other")
    cohort = books.other_cohort(folder / "ward-seven", PATIENTS)
    ran = without_sphinx.execute(NOTEBOOKS, folder, COHORT=str(cohort))
    return {one.chapter: one for one in ran}


def test_every_chapter_runs_and_complains_of_nothing(ran: dict[str, without_sphinx.Ran]):
    assert list(ran) == [path.stem for path in NOTEBOOKS]
    assert {name: one.problem for name, one in ran.items() if one.problem} == {}
    assert {name: one.complained for name, one in ran.items() if one.complained} == {}


def test_the_other_scorecard_compares(ran: dict[str, without_sphinx.Ran]):
    shown = ran[next(name for name in ran if name.endswith("-scorecard"))].shown
    assert "differs" in shown
    assert str(PATIENTS) in shown
