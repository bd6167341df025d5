"""Figures of "The cut-point": what they show is what was computed, and what cannot be shown is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from helpers import figures

MONTHS = np.array([2.0, 4, 5, 5, 7, 9, 12, 14])
DIED = np.array([1, 0, 1, 1, 0, 1, 0, 0])
diameters = np.array([9, 12, 12, 20, 20, 20, 31, 31])


def searched() -> pd.DataFrame:
    rows = []
    for cut, p in ((9, 0.3), (12, 0.01), (20, 0.2)):
        below = diameters <= cut
        rows.append(
            {
                "cut": float(cut),
                "p": p,
                "searched": cut > 9,
                "patients_below": below.sum(),
                "deaths_below": DIED[below].sum(),
                "patients_above": (~below).sum(),
                "deaths_above": DIED[~below].sum(),
            }
        )
    return pd.DataFrame(rows)


def fits() -> dict[float, list[KaplanMeierFitter]]:
    return {
        float(cut): [
            KaplanMeierFitter().fit(MONTHS[side], DIED[side])
            for side in (diameters <= cut, diameters > cut)
        ]
        for cut in (9, 12, 20)
    }


def test_the_explorer_has_a_position_a_cut_and_the_same_corrected_p():
    one = figures.cut_explorer(searched(), fits(), corrected=0.06, predict="Where?", start=13)
    assert [state.at for state in one.states] == ["9 mm", "12 mm", "20 mm"]
    assert one.states[one.start].at == "12 mm", "the nearest to the one asked for"
    middle = one.states[1].readings
    assert middle["At most"] == "3 patients, 2 deaths"
    assert middle["Larger"] == "5 patients, 2 deaths"
    assert middle["Log-rank test"] == "p = 0.01"
    assert {s.readings["Best cut, corrected for the search"] for s in one.states} == {"p = 0.06"}
    times, survival = one.states[1].paths["below"]
    assert list(times) == [0, 2, 4, 5]
    assert survival == pytest.approx([1, 2 / 3, 2 / 3, 0])


def test_the_best_cut_is_the_best_of_those_that_were_tried():
    rows = searched()
    rows.loc[0, "p"] = 0.0001  # smaller, but with too few patients on a side
    one = figures.p_by_cut(rows, corrected=0.06)
    assert "smallest at 12 mm (p = 0.01), and there p = 0.06" in one.alt
    assert "at 2 of them it is at most 0.05" in one.alt
    assert list(one.table.columns) == ["cut", "p", "searched"]


def test_shares_of_cuts_leave_out_draws_without_one():
    one = figures.cuts_found({"a": [15, 15, 20, np.nan], "b": [np.nan]}, mark=15)
    assert one.table.to_dict("list") == {
        "draws": ["a", "a"],
        "cut": [15.0, 20.0],
        "share": pytest.approx([2 / 3, 1 / 3]),
    }
    assert "most often 15 mm (66.7%)" in one.alt


def test_forms_are_shown_as_ratios():
    curve = pd.DataFrame({"value": [9.0, 31.0], "log_hazard_ratio": [0.0, np.log(4)]})
    band = curve.assign(lower=[0.0, 0.0], upper=[0.0, np.log(16)])
    one = figures.functional_forms({"spline": band, "straight line": curve}, diameters)
    assert one.table["hazard_ratio"].tolist() == pytest.approx([1, 4, 1, 4])
    assert one.table["upper"].tolist()[:2] == pytest.approx([1, 16])
    assert one.table["upper"].isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    "figure",
    [
        lambda: figures.p_by_cut(searched().assign(searched=False), corrected=1),
        lambda: figures.p_by_cut(searched().iloc[:0], corrected=1),
        lambda: figures.cuts_found({"a": [np.nan]}, mark=15),
        lambda: figures.functional_forms({}, diameters),
        lambda: figures.residuals_by_covariate(diameters, DIED * 0, [], DIED * 0),
    ],
)
def test_what_cannot_be_shown_is_said(figure):
    assert figure().alt.startswith("Empty figure: no")
