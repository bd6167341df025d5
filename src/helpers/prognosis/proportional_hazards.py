"""The score test of proportional hazards as R's `cox.zph` gives it since survival 3.0.

lifelines' `proportional_hazard_test` takes the older approximation, in which the information about
a coefficient is the same at every event; statsmodels and scikit-survival have no such test. The
score test adds for each covariate x the term x·g(t), with g a transform of time, and tests that its
coefficient is 0, with the information that belongs to it. greenwood, which is younger, agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from numpy.typing import NDArray
from scipy.stats import chi2, rankdata

Transform: TypeAlias = Literal["km", "identity", "rank", "log"]
_Floats: TypeAlias = NDArray[np.float64]

_SINGULAR = 1e12
"""Condition number beyond which the information cannot be inverted."""

GLOBAL = "GLOBAL"
"""Name of the test of all covariates together."""


@dataclass(frozen=True)
class ProportionalHazardsTest:
    """Test of proportional hazards.

    Attributes
    ----------
    table : DataFrame
        `term`, `chisq`, `df`, `p`; a row a covariate, and `GLOBAL` for all together. NaN where the
        events are too few to tell.
    transform : str
        Transform of time.
    residuals : DataFrame
        A row an event, in order of time: `time`, `transformed_time`, and a column a covariate with
        its scaled Schoenfeld residual plus the coefficient. A smooth line through them estimates
        how the coefficient changes with time.
    """

    table: pd.DataFrame
    transform: str
    residuals: pd.DataFrame


def proportional_hazards_test(
    fitter: CoxPHFitter, training: pd.DataFrame, transform: Transform = "km"
) -> ProportionalHazardsTest:
    """Exact score test of proportional hazards, for Efron's ties.

    Parameters
    ----------
    fitter : CoxPHFitter
        Fitted without penalty, strata, weights, clusters or delayed entry, and tightly converged
        (`fit_options={"precision": 1e-16, "r_precision": 1e-16}` for R's digits).
    training : DataFrame
        What it was fitted on: durations, events and covariates.
    transform : {"km", "identity", "rank", "log"}
        Transform of time: one minus the Kaplan–Meier estimate just before (R's default), time
        itself, its rank among all times, or its logarithm.

    Returns
    -------
    ProportionalHazardsTest

    Raises
    ------
    ValueError
        When the fit uses what this does not cover, for an unknown transform, for the logarithm
        when a time is 0, or when all events come at one time.

    References
    ----------
    Grambsch and Therneau 1994, doi 10.1093/biomet/81.3.515; `cox.zph` of R's package survival.
    """
    _check(fitter)
    terms = list(fitter.params_.index)
    time = training[fitter.duration_col].to_numpy(float)
    event = training[fitter.event_col].to_numpy(float) == 1
    x = training[terms].to_numpy(float)
    x = x - x.mean(axis=0)
    beta = fitter.params_.to_numpy(float)
    g = _transformed(time, event, transform)
    g = g - g[event].mean()
    if np.ptp(g[event]) == 0:
        raise ValueError("all events come at one time: nothing can change with time")

    p = len(terms)
    score, information = np.zeros(p), np.zeros((2 * p, 2 * p))
    parts, used = [], []
    weight = np.exp(x @ beta)
    for now in np.unique(time[event]):
        dying = event & (time == now)
        mean, variance = _at_event_time(x, weight, time >= now, dying)
        parts.append(x[dying] - mean.mean(axis=0))
        used.append(np.flatnonzero(dying))
        here = g[dying][0]
        score += here * (x[dying].sum(axis=0) - mean.sum(axis=0))
        information += np.kron([[1, here], [here, here**2]], variance)

    tests = [_statistic(score, information, [j]) for j in range(p)]
    tests.append(_statistic(score, information, list(range(p))))
    table = pd.DataFrame({"term": [*terms, GLOBAL], "chisq": tests, "df": [1] * p + [p]})
    table["p"] = chi2.sf(table["chisq"], table["df"])

    # Scaled by the inverse of the mean information of an event, which is what gives them the
    # coefficient's unit.
    scaled = np.vstack(parts) @ np.linalg.inv(information[:p, :p]) * event.sum() + beta
    rows = np.concatenate(used)
    residuals = pd.DataFrame(scaled, columns=terms)
    residuals.insert(0, "time", time[rows])
    residuals.insert(1, "transformed_time", _transformed(time, event, transform)[rows])
    return ProportionalHazardsTest(table, transform, residuals)


def _check(fitter: CoxPHFitter) -> None:
    if not hasattr(fitter, "params_"):
        raise ValueError("the Cox model is not fitted")
    if fitter.strata is not None or fitter.entry_col is not None or fitter.cluster_col is not None:
        raise ValueError("strata, delayed entry and clusters are not covered")
    if fitter.weights_col is not None or np.any(np.asarray(fitter.penalizer) != 0):
        raise ValueError("weights and penalties are not covered")
    if fitter.event_col is None:
        raise ValueError("a column of events was expected")


def _transformed(time: _Floats, event: NDArray[np.bool_], transform: Transform) -> _Floats:
    if transform == "identity":
        return time
    if transform == "rank":
        return np.asarray(rankdata(time), dtype=float)
    if transform == "log":
        if (time <= 0).any():
            raise ValueError("transform log: times above 0 were expected")
        return np.log(time)
    if transform == "km":
        curve = KaplanMeierFitter().fit(time, event).survival_function_.iloc[:, 0]
        before = np.searchsorted(curve.index.to_numpy(float), time, side="left") - 1
        heights = np.where(before < 0, 1.0, curve.to_numpy(float)[np.maximum(before, 0)])
        return 1 - heights
    raise ValueError(f"transform: km, identity, rank or log was expected, found {transform!r}")


def _at_event_time(
    x: _Floats, weight: _Floats, at_risk: NDArray[np.bool_], dying: NDArray[np.bool_]
) -> tuple[_Floats, _Floats]:
    """Weighted means, one an event, and the sum of the weighted variances, over those at risk.

    Efron: for the k-th of d tied events, those dying count with the share 1 − k/d.
    """
    d = int(dying.sum())
    p = x.shape[1]
    means, total = np.zeros((d, p)), np.zeros((p, p))
    for k in range(d):
        w = np.where(dying, weight * (1 - k / d), weight) * at_risk
        w = w / w.sum()
        means[k] = w @ x
        centred = x - means[k]
        total += (centred * w[:, None]).T @ centred
    return means, total


def _statistic(score: _Floats, information: _Floats, which: list[int]) -> float:
    """Score statistic for some of the added terms, all coefficients themselves in the model."""
    p = len(score)
    rows = [*range(p), *(p + j for j in which)]
    matrix, u = information[np.ix_(rows, rows)], np.concatenate([np.zeros(p), score[which]])
    size = np.sqrt(np.diag(matrix))
    if not (size > 0).all():
        return nan
    matrix, u = matrix / np.outer(size, size), u / size
    if np.linalg.cond(matrix) > _SINGULAR:
        return nan
    return float(u @ np.linalg.solve(matrix, u))
