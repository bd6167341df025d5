"""The ridge of growth, and the share found small under a slider."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers import figures, surveillance

GAPS, THRESHOLDS = (2, 6), (2, 10)
DAYS = np.geomspace(8, 400, 30)


def explorer() -> figures.Explorer:
    lines, marks, told = [], [], []
    for gap in GAPS:
        for mm in THRESHOLDS:
            stays = 3 * DAYS / 30.4375 * np.log2(15 / mm)
            share = surveillance.steady(gap, stays).share_small
            about = {"every": gap, "threshold_mm": mm}
            lines.append(pd.DataFrame({**about, "doubling_days": DAYS, "share_small": share}))
            on = float(surveillance.steady(gap, 3.0).share_small)
            marks.append({**about, "doubling_days": 10.0 * mm, "share_small": on})
        told.append({"every": gap, "Small": f"{on:.0%}"})
    return figures.small_share_explorer(
        pd.concat(lines), pd.DataFrame(marks), pd.DataFrame(told), predict="Which?", start=1
    )


def test_the_explorer_has_a_position_a_schedule_and_a_line_a_threshold():
    one = explorer()
    assert list(one.table["Interval between scans"]) == ["2 months", "6 months"]
    assert list(one.table["Small"]) == ["100%", "50%"]
    assert one.start == 1
    for state in one.states:
        assert set(state.paths) == {"line-0", "line-1", "ridge"}
        assert len(state.paths["ridge"][0]) == len(THRESHOLDS)
        np.testing.assert_allclose(state.paths["line-0"][0], DAYS)
    first = one.states[1].paths["line-1"][1]
    np.testing.assert_allclose(first, np.minimum(3 * DAYS / 30.4375 * np.log2(1.5) / 6, 1))
    assert "100.0% with scans every 2 months and 50.0% with scans every 6" in one.alt


def test_the_ridge_is_told_at_whole_millimetres():
    starts = np.linspace(1, 3, 9)
    curves = pd.DataFrame({"law": "exponential", "start_mm": starts, "doubling_days": 10 * starts})
    series = pd.DataFrame(
        [{"series": "nodules", "mean_days": 118, "least_days": 22, "most_days": 930}]
    )
    one = figures.growth_ridge(curves, series)
    np.testing.assert_allclose(one.table["start_mm"], [1, 2, 3])
    np.testing.assert_allclose(one.table["exponential"], [10, 20, 30])
    assert "10 days from 1 mm to 30 days from 3 mm" in one.alt
    assert "nodules with a mean of 118 days, from 22 to 930" in one.alt
