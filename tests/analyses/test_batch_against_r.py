"""Statistics of many cohorts at once against R, from frozen results; `make reference` computes them.

`tests/reference/batch.R` wrote the JSON file. All cases are analysed in one batch, filled up to one
width, so that what belongs to one cohort is seen not to reach another.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import batch

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
FROZEN = json.loads((FOLDER / "batch.json").read_text(encoding="utf-8"))
CASES, CURVES = list(FROZEN["cases"]), list(FROZEN["curves"])
TIES = ("efron", "breslow")


def close(expected, relative=1e-9):
    return pytest.approx(expected, rel=relative, abs=1e-12)


@cache
def rows(name, case):
    frame = pd.read_csv(FOLDER / f"{name}.csv")
    return frame[frame[frame.columns[0]] == case]


class Padded:
    """Cohorts of unequal sizes in arrays of one width; what fills them up is nonsense."""

    def __init__(self, name, cases, covariates=0):
        frames = [rows(name, case) for case in cases]
        self.shape = (len(frames), max(map(len, frames)))
        included = np.arange(self.shape[1]) < np.array([[len(frame)] for frame in frames])
        self.batch = batch.cohorts(
            self.filled(frames, "time", 7.5), self.filled(frames, "event", 1), included
        )
        self.group = self.filled(frames, "group", 1) if "group" in frames[0] else None
        self.x = np.stack(
            [self.filled(frames, f"x{j + 1}", -3) for j in range(covariates)] or [[]], axis=-1
        )

    def filled(self, frames, column, by):
        out = np.full(self.shape, float(by))
        for c, frame in enumerate(frames):
            out[c, : len(frame)] = frame[column]
        return out


@cache
def everything():
    return Padded("batch", CASES)


def with_covariates(case):
    """The cases that have as many covariates as one, and which of them it is."""
    count = len(FROZEN["cases"][case]["concordance"])
    alike = [one for one in CASES if len(FROZEN["cases"][one]["concordance"]) == count]
    return fits_of(tuple(alike), count), alike.index(case)


@cache
def fits_of(cases, count):
    return Padded("batch", cases, count)


def test_references_belong_to_these_bytes():
    provenance = FROZEN["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed batch.json: make reference"
    assert provenance["inputs"]
    assert set(provenance["packages"]) == {"survival", "maxstat", "exactRankTests", "jsonlite"}


@pytest.mark.parametrize(
    ("name", "case"), [("batch", case) for case in CASES] + [("edges", case) for case in CURVES]
)
def test_curve(name, case):
    many = Padded(name, CASES if name == "batch" else CURVES).batch
    c = (CASES if name == "batch" else CURVES).index(case)
    theirs = FROZEN["cases"][case]["curve"] if name == "batch" else FROZEN["curves"][case]
    for at in theirs["at"]:
        mine = batch.survival_at(many, at["time"])
        assert mine.at_risk[c] == at["at_risk"]
        assert mine.events[c] == at["events"]
        if at["survival"] is None:
            assert np.isnan(mine.survival[c])
        else:
            assert mine.survival[c] == close(at["survival"])
    median = inf if theirs["median"] is None else theirs["median"]
    assert batch.median(many)[c] == close(median)


@pytest.mark.parametrize("case", CASES)
def test_log_rank(case):
    mine, c = batch.log_rank(everything().batch, everything().group), CASES.index(case)
    theirs = FROZEN["cases"][case]["group"]
    for name, expected in theirs.items():
        assert getattr(mine, name)[c] == close(expected), name
    one_step = (theirs["observed"] - theirs["expected"]) / theirs["variance"]
    assert mine.log_hazard_ratio[c] == close(one_step)
    assert mine.se[c] == close(theirs["variance"] ** -0.5)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES)
def test_cox(case, ties):
    many, c = with_covariates(case)
    mine, theirs = batch.cox(many.batch, many.x, ties), FROZEN["cases"][case]["cox"][ties]
    null, final = theirs["log_likelihood"]
    assert mine.log_likelihood_null[c] == close(null)
    if theirs["infinite"]:
        assert mine.status[c] == batch.Status.INFINITE
        # R stops somewhere on the way up.
        assert mine.log_likelihood[c] == close(final, 1e-6)
        assert mine.log_likelihood[c] >= final - 1e-9
        assert mine.coef[c, 0] == inf
        assert np.isnan(mine.se[c]).all()
        return
    assert mine.status[c] == batch.Status.CONVERGED
    assert mine.log_likelihood[c] == close(final)
    assert mine.coef[c].tolist() == close(theirs["coef"])
    assert mine.se[c].tolist() == close(theirs["se"])
    assert mine.covariance[c].ravel().tolist() == close(np.ravel(theirs["covariance"]).tolist())
    assert mine.p[c].tolist() == close(theirs["p"])
    assert mine.score_chi2[c] == close(theirs["score"])
    assert mine.score_p[c] == close(theirs["score_p"])
    assert mine.lr_chi2[c] == close(theirs["lr"])
    assert mine.lr_p[c] == close(theirs["lr_p"])


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES)
def test_firth(case, ties):
    """R's gradient of the penalty is by differences, and good to about seven digits."""
    many, c = with_covariates(case)
    mine, theirs = batch.firth(many.batch, many.x, ties), FROZEN["cases"][case]["firth"][ties]
    assert mine.status[c] == batch.Status.CONVERGED
    assert mine.coef[c].tolist() == close(theirs["coef"], 1e-7)
    assert mine.se[c].tolist() == close(theirs["se"], 1e-7)
    assert mine.lr_chi2[c].tolist() == close(theirs["chisq"], 1e-7)
    assert mine.p[c].tolist() == close(theirs["p"], 1e-7)


@pytest.mark.parametrize("name", ["lung", "rossi", "aml"])
def test_public_data(name):
    """The references of `tests/analyses/test_against_r.py`, up to seven covariates and 432 patients."""
    (theirs,) = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))[
        "analyses"
    ].values()
    spec, frame = theirs["spec"], pd.read_csv(FOLDER / f"{name}.csv")
    many = batch.cohorts(frame[spec["time"]], frame[spec["event"]])
    x = frame[spec["covariates"]].to_numpy()
    cox, penalised = batch.cox(many, x), batch.firth(many, x, ties="breslow")
    assert cox.coef[0].tolist() == close(theirs["cox"]["coef"])
    assert cox.se[0].tolist() == close(theirs["cox"]["se"])
    assert cox.log_likelihood[0] == close(theirs["cox"]["loglik"][1])
    assert batch.concordance(many, cox.risk(x)).index[0] == close(theirs["cox"]["concordance"])
    assert penalised.coef[0].tolist() == close(theirs["firth"]["coef"], 1e-7)
    assert penalised.p[0].tolist() == close(theirs["firth"]["p"], 1e-7)
    group = frame[spec["group"]]
    assert batch.log_rank(many, group).chi2[0] == close(theirs["logrank"]["chisq"])


@pytest.mark.parametrize("case", CASES)
def test_concordance(case):
    many, c = with_covariates(case)
    for j, theirs in enumerate(FROZEN["cases"][case]["concordance"]):
        mine = batch.concordance(many.batch, many.x[..., j])
        for name, expected in theirs.items():
            assert getattr(mine, name)[c] == close(expected), f"covariate {j}, {name}"


@pytest.mark.parametrize("case", [c for c in CASES if FROZEN["cases"][c]["cutpoint"]])
def test_maximally_selected_log_rank(case):
    many, c = with_covariates(case)
    for theirs in FROZEN["cases"][case]["cutpoint"]:
        mine = batch.maximally_selected(many.batch, many.x[..., theirs["covariate"]])
        for name in ("cut", "statistic", "p_1992", "p_1994"):
            # R lets the approximation of 1994 go beyond 1.
            expected = min(theirs[name], 1) if name == "p_1994" else theirs[name]
            assert getattr(mine, name)[c] == close(expected), name
