"""A band for a whole survival curve, and life tables: against R, at the edges, and as often right as promised.

`tests/reference/bands.R` wrote the values, by the packages km.ci and KMsurv and by an integral of its own.
"""

from __future__ import annotations

import hashlib
import json
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.utils import survival_table_from_events
from scipy.stats import kstwobign
from statsmodels.duration.survfunc import SurvfuncRight

from helpers import survival
from helpers.survival.bands import critical_value

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
FROZEN = json.loads((FOLDER / "bands.json").read_text(encoding="utf-8"))
SETS = list(FROZEN["bands"])
COLUMNS = ["survival", "lower", "upper", "lower_at_one_time", "upper_at_one_time"]
OF = {"aml": ("time", "relapsed"), "lung": ("time", "died"), "mgus2": ("months", "cause")}


def close(expected, absolute=1e-9):
    return pytest.approx(np.asarray(expected, dtype=float), rel=1e-9, abs=absolute, nan_ok=True)


def arrays(name):
    if name in OF:
        rows = pd.read_csv(FOLDER / f"{name}.csv")
        time, event = OF[name]
        return rows[time].to_numpy(float), (rows[event] > 0).to_numpy(int)
    rows = pd.read_csv(FOLDER / "edges.csv").query("set == @name")
    return rows["time"].to_numpy(float), rows["event"].to_numpy(int)


def test_references_belong_to_these_bytes():
    provenance = FROZEN["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed bands.json: make reference"
    assert provenance["inputs"]
    assert provenance["scripts"]


class TestCriticalValue:
    @pytest.mark.parametrize("one", FROZEN["critical"], ids=lambda one: str(one["a"]))
    def test_agrees_with_an_integral(self, one):
        found = [critical_value(one["a"], alpha) for alpha in (0.1, 0.05, 0.01)]
        assert found == close(one["values"])

    @pytest.mark.parametrize("alpha", ["0.1", "0.05", "0.01"])
    def test_agrees_with_printed_tables(self, alpha):
        """Four decimals of the tables that km.ci has; they begin at 0.1."""
        theirs = FROZEN["km_ci_tables"][alpha]
        shares = np.minimum(0.1 + 0.02 * np.arange(len(theirs)), 1)
        found = [critical_value(share, float(alpha)) for share in shares]
        assert found == pytest.approx(theirs, abs=1e-4)

    def test_over_the_whole_way_is_that_of_kolmogorov(self):
        for alpha in (0.2, 0.05, 0.001):
            assert critical_value(1, alpha) == pytest.approx(kstwobign.isf(alpha), rel=1e-9)

    def test_grows_with_the_way(self):
        found = [critical_value(share) for share in (1e-9, 1e-3, 0.1, 0.3, 0.6, 0.9, 1)]
        assert (np.diff(found) > 0).all()

    @pytest.mark.parametrize("wrong", [(0, 0.05), (1.1, 0.05), (0.5, 0), (0.5, 1), (np.nan, 0.05)])
    def test_refuses(self, wrong):
        with pytest.raises(ValueError, match="was expected"):
            critical_value(*wrong)


@pytest.mark.parametrize("name", SETS)
def test_band_agrees_with_survfit(name):
    theirs = FROZEN["bands"][name]
    mine = survival.simultaneous_band(*arrays(name))
    assert mine.index.to_list() == theirs["time"]
    for column in COLUMNS:
        assert mine[column].to_numpy() == close(theirs.get(column, []))


@pytest.mark.parametrize("name", OF)
def test_band_agrees_with_km_ci(name):
    """Their margin is ours at every time, but for a critical value read off a table between its entries."""
    theirs = FROZEN["bands"][name]
    mine = survival.simultaneous_band(*arrays(name))
    inside = ((mine["lower"] > 0) & (mine["upper"] < 1)).to_numpy()
    assert inside.any()
    ratio = np.subtract(theirs["km_ci"]["upper"], theirs["km_ci"]["lower"]) / (
        mine["upper"] - mine["lower"]
    )
    assert ratio[inside].to_numpy() == close(np.full(inside.sum(), ratio[inside].mean()))
    assert ratio[inside].mean() == pytest.approx(1, abs=0.005)


def test_sets_of_every_kind_were_compared():
    assert set(OF) == {name for name in SETS if "km_ci" in FROZEN["bands"][name]}
    assert len(SETS) == 10


def test_the_band_of_statsmodels_is_another():
    """It puts the number at risk where the formula has the number of patients: why this one is written here."""
    time, event = arrays("lung")
    curve = SurvfuncRight(time, event)
    lower, upper = curve.simultaneous_cb(transform="arcsin")
    sums = (curve.surv_prob_se / curve.surv_prob) ** 2
    inside = (lower > 0) & (upper < 1) & (curve.surv_prob > 0)
    theirs = np.arcsin(np.sqrt(upper)) - np.arcsin(np.sqrt(lower))

    def width(n):
        odds = curve.surv_prob / (1 - curve.surv_prob)
        return (critical_value(1) * (1 + n * sums) / np.sqrt(n) * np.sqrt(odds))[inside]

    assert theirs[inside] == pytest.approx(width(curve.n_risk), rel=1e-4)
    wider = theirs[inside] > width(len(time))
    assert wider[5]
    assert not wider[-1]


class TestEdges:
    @pytest.mark.parametrize(
        ("time", "event"),
        [
            ([], []),
            ([3], [0]),
            ([3], [1]),
            ([1, 2, 3], [0, 0, 0]),
            ([2, 2, 2], [1, 1, 1]),
            ([0, 0], [1, 1]),
        ],
        ids=["nobody", "one censored", "one dies", "all censored", "all at once", "all on day 0"],
    )
    def test_no_band(self, time, event):
        found = survival.simultaneous_band(time, event)
        assert found.empty
        assert found.columns.to_list() == COLUMNS

    def test_all_die(self):
        found = survival.simultaneous_band([1, 2, 3, 4], [1, 1, 1, 1])
        assert found.index.to_list() == [1, 2, 3]
        assert found["survival"].to_numpy() == close([0.75, 0.5, 0.25])

    def test_ties_and_day_0(self):
        found = survival.simultaneous_band([0, 0, 5, 5, 5, 9], [1, 0, 1, 1, 0, 0])
        assert found.index.to_list() == [0, 5]
        assert found["survival"].to_numpy() == close([5 / 6, 5 / 12])
        assert ((found["lower"] >= 0) & (found["upper"] <= 1)).all()

    def test_the_order_of_patients_is_of_no_account(self):
        time, event = arrays("aml")
        turned = survival.simultaneous_band(time[::-1], event[::-1])
        pd.testing.assert_frame_equal(turned, survival.simultaneous_band(time, event))

    @pytest.mark.parametrize("alpha", [0, 1, -0.1])
    def test_a_wrong_level_is_refused(self, alpha):
        with pytest.raises(ValueError, match="alpha"):
            survival.simultaneous_band([1, 2, 3], [1, 0, 1], alpha)

    @pytest.mark.parametrize("name", ["aml", "lung", "mgus2"])
    def test_holds_the_curve_and_narrows_with_alpha(self, name):
        wide = survival.simultaneous_band(*arrays(name), 0.01)
        narrow = survival.simultaneous_band(*arrays(name), 0.2)
        assert (wide["lower"] <= narrow["lower"]).all()
        assert (narrow["lower"] < narrow["survival"]).all()
        assert (narrow["survival"] < narrow["upper"]).all()
        assert (narrow["upper"] <= wide["upper"]).all()


STUDIES = 2000
ERROR = np.sqrt(0.05 * 0.95 / STUDIES)
"""Monte Carlo standard error of a share near 5%: half a percentage point."""


class TestCoverage:
    @pytest.mark.parametrize("patients", [27, 56, 200])
    def test_the_whole_curve_leaves_the_band_about_as_often_as_promised(self, patients):
        """In 5 to 8 of 100, within four standard errors: the theory is for many patients."""
        found = survival.left_somewhere(
            patients, 0.02, 0.02, studies=STUDIES, rng=np.random.default_rng(11)
        )
        assert found.studies == STUDIES
        assert 0.05 - 4 * ERROR < found.band < 0.08 + 4 * ERROR
        assert found.pointwise > 0.4

    def test_the_band_that_is_counted_is_the_band_that_is_shown(self):
        """The same count, from the table and with the true curve looked at on a fine grid of times."""
        rng = np.random.default_rng(3)
        studies, patients, outside = 150, 40, {"": 0, "_at_one_time": 0}
        for _ in range(studies):
            dies, leaves = rng.exponential(36, patients), rng.exponential(60, patients)
            band = survival.simultaneous_band(np.minimum(dies, leaves), dies <= leaves)
            times = np.linspace(band.index[0], band.index[-1], 3000)
            shown = band.iloc[np.searchsorted(band.index, times, side="right") - 1]
            true = np.exp(-times / 36)
            for kind in outside:
                outside[kind] += int(
                    (true < shown[f"lower{kind}"] - 1e-3).any()
                    or (true > shown[f"upper{kind}"] + 1e-3).any()
                )
        counted = survival.left_somewhere(
            patients, 1 / 36, 1 / 60, studies=STUDIES, rng=np.random.default_rng(4)
        )
        for kind, theirs in (("", counted.band), ("_at_one_time", counted.pointwise)):
            error = np.sqrt(theirs * (1 - theirs) * (1 / studies + 1 / STUDIES))
            assert abs(outside[kind] / studies - theirs) < 4 * error

    def test_draws_that_are_seeded_come_again(self):
        one, other = (
            survival.left_somewhere(20, 0.1, 0.1, studies=50, rng=np.random.default_rng(8))
            for _ in range(2)
        )
        assert one == other

    @pytest.mark.parametrize("rates", [(0, 0.1), (0, 0)])
    def test_without_deaths_nothing_can_be_said(self, rates):
        found = survival.left_somewhere(9, *rates, studies=20, rng=np.random.default_rng(1))
        assert found.studies == 0
        assert isnan(found.pointwise)
        assert isnan(found.band)

    def test_one_patient_has_no_curve_with_limits(self):
        found = survival.left_somewhere(1, 0.1, 0.1, studies=20, rng=np.random.default_rng(1))
        assert found.studies == 0

    def test_nobody_leaves_but_by_death(self):
        found = survival.left_somewhere(30, 0.1, 0, studies=200, rng=np.random.default_rng(2))
        assert found.studies == 200


def life_table(time, event, edges):
    """As the chapter does it."""
    life = survival_table_from_events(time, event, intervals=edges)
    exposed = life["at_risk"] - life["censored"] / 2
    return life.assign(exposed=exposed, survival=(1 - life["observed"] / exposed).cumprod())


class TestLifeTable:
    @pytest.mark.parametrize("name", SETS)
    def test_agrees_with_kmsurv(self, name):
        theirs = FROZEN["life_tables"][name]
        mine = life_table(*arrays(name), theirs["edges"])
        assert mine["at_risk"].to_list() == theirs["entering"]
        assert mine["observed"].to_list() == theirs["deaths"]
        assert mine["censored"].to_list() == theirs["lost"]
        assert mine["exposed"].to_numpy() == close(theirs["exposed"])
        assert mine["survival"].to_numpy() == close(theirs["survival"])

    def test_intervals_have_to_reach_the_last_patient(self):
        """Where they do not, lifelines counts nobody at risk in empty ones at their end."""
        time, event = [5.0, 70.0], [1, 1]
        assert life_table(time, event, range(0, 73, 12))["at_risk"].to_list() == [2, *[1] * 5]
        assert life_table(time, event, range(0, 61, 12))["at_risk"].to_list() == [2, *[0] * 4]

    def test_nobody_lost_gives_kaplan_meier(self):
        time = np.array([2.0, 7, 7, 13, 20, 30])
        mine = life_table(time, np.ones(6), [0, 12, 24, 36])
        found = [survival.survival_at(time, np.ones(6), t).estimate for t in (12, 24, 36)]
        assert mine["survival"].to_numpy() == close(found)

    @pytest.mark.parametrize(("leaves", "sign"), [(1.0, 1), (11.0, -1)], ids=["before", "after"])
    def test_is_too_high_where_the_lost_leave_before_the_deaths(self, leaves, sign):
        """And too low where they leave after them, as the chapter says."""
        time = np.array([leaves] * 4 + [6.0] * 3 + [15.0] * 3)
        event = np.array([0] * 4 + [1] * 3 + [0] * 3)
        table = life_table(time, event, [0, 12])["survival"].iloc[0]
        exact = survival.survival_at(time, event, 12).estimate
        assert sign * (table - exact) > 0.02
