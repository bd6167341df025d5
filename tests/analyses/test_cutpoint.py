"""The statistics of "The cut-point" against R: searched cut-points, splines, and null martingale residuals.

`tests/reference/cutpoint.R` wrote the JSON file. The formula and the calls of the libraries are
those of the chapter.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, NelsonAalenFitter
from scipy.stats import chi2

from helpers import batch, prognosis

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
FROZEN = json.loads((FOLDER / "cutpoint.json").read_text(encoding="utf-8"))
CASES = {"lung": ("time", "died"), "rossi": ("week", "arrest")}
PRECISE = {"precision": 1e-14}


def close(expected, relative=1e-8):
    return pytest.approx(expected, rel=relative, abs=1e-10)


@cache
def frame(case):
    time, event = CASES[case]
    rows = pd.read_csv(FOLDER / f"{case}.csv")
    return pd.DataFrame(
        {"months": rows[time], "died": rows[event], "mm": rows["age"].astype(float)}
    )


@cache
def fitted(case, form):
    return CoxPHFitter().fit(frame(case), "months", "died", formula=form, fit_options=PRECISE)


def curved(case):
    knots = FROZEN["cases"][case]["shape"]["knots"]
    return fitted(case, f"cr(mm, knots={knots}, constraints='center')")


def test_references_belong_to_these_bytes():
    provenance = FROZEN["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed cutpoint.json: make reference"
    assert set(FROZEN["cases"]) == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_the_searched_cut_and_its_corrected_p_values(case):
    rows, theirs = frame(case), FROZEN["cases"][case]["searched"]
    many = batch.cohorts(rows["months"], rows["died"])
    mine = batch.maximally_selected(many, rows["mm"], permutations=4000)
    assert mine.cut[0] == theirs["cut"]
    assert mine.statistic[0] == close(theirs["statistic"])
    assert mine.p_1992[0] == close(theirs["p_1992"])
    assert mine.p_1994[0] == close(theirs["p_1994"])
    # Two draws of permutations, theirs and ours: four standard errors of their difference.
    drawn = theirs["permutations"]
    p = max(theirs["p_permutation"], 1 / drawn)
    assert abs(mine.p_permutation[0] - p) < 4 * sqrt(p * (1 - p) * (1 / 4000 + 1 / drawn))


@pytest.mark.parametrize("case", CASES)
def test_a_spline_of_lifelines_is_that_of_r(case):
    theirs, mine = FROZEN["cases"][case]["shape"], curved(case)
    assert mine.log_likelihood_ == close(theirs["log_likelihood"])
    straight = fitted(case, "mm")
    assert straight.log_likelihood_ == close(theirs["log_likelihood_straight"])
    statistic = 2 * (mine.log_likelihood_ - straight.log_likelihood_)
    freedom = len(mine.params_) - len(straight.params_)
    assert freedom == theirs["df"]
    assert statistic == close(theirs["chi2"], 1e-6)  # a small difference of large numbers
    assert chi2.sf(statistic, freedom) == close(theirs["p"], 1e-6)


@pytest.mark.parametrize("case", CASES)
def test_relative_hazard_against_r(case):
    theirs = FROZEN["cases"][case]["shape"]["curve"]
    at = pd.DataFrame({"mm": theirs["at"]}, dtype=float)
    reference = pd.DataFrame({"mm": [float(theirs["reference"])]})
    mine = prognosis.relative_hazard(curved(case), at, reference)
    assert mine["log_hazard_ratio"].tolist() == close(theirs["log_hazard_ratio"], 1e-7)
    assert mine["se"].tolist() == close(theirs["se"], 1e-7)
    half = (mine["upper"] - mine["lower"]) / 2
    assert half.tolist() == close((1.959963984540054 * mine["se"]).tolist())


def test_relative_hazard_of_one_covariate_is_its_coefficient():
    fit = CoxPHFitter().fit(frame("lung"), "months", "died")  # without a formula
    mine = prognosis.relative_hazard(
        fit, pd.DataFrame({"mm": [60.0, 70.0]}), pd.DataFrame({"mm": [60.0]})
    )
    assert mine.loc[0, ["log_hazard_ratio", "se", "lower", "upper"]].tolist() == [0, 0, 0, 0]
    assert mine.loc[1, "log_hazard_ratio"] == close(10 * fit.params_["mm"])
    assert mine.loc[1, "se"] == close(10 * fit.standard_errors_["mm"])


def test_relative_hazard_refuses():
    one, two = pd.DataFrame({"mm": [60.0]}), pd.DataFrame({"mm": [60.0, 61.0]})
    with pytest.raises(ValueError, match="not fitted"):
        prognosis.relative_hazard(CoxPHFitter(), two, one)
    with pytest.raises(ValueError, match="one row was expected, found 2"):
        prognosis.relative_hazard(fitted("lung", "mm"), one, two)


@pytest.mark.parametrize("case", CASES)
def test_null_martingale_residuals_by_nelson_and_aalen(case):
    rows = frame(case)
    gathered = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(rows["months"], rows["died"])
    mine = rows["died"].to_numpy() - gathered.predict(rows["months"]).to_numpy()
    assert mine.tolist() == close(FROZEN["cases"][case]["martingale"])
    assert mine.sum() == pytest.approx(0, abs=1e-9)
    assert np.all(mine <= 1)


def test_a_cut_at_the_median_keeps_two_thirds_of_the_information():
    """Without censoring, small effects of a normal covariate: the known share is 2 / pi."""
    rng = np.random.default_rng(15)
    x = rng.normal(size=(400, 500))
    many = batch.cohorts(rng.exponential(np.exp(-0.15 * x)), np.ones(x.shape, int))
    whole = batch.cox(many, x[..., None])
    halves = batch.log_rank(many, x > np.median(x, axis=1, keepdims=True))
    kept = (halves.chi2.mean() - 1) / (np.mean(whole.score_chi2) - 1)
    assert kept == pytest.approx(2 / np.pi, abs=0.03)
