"""Survival that a Cox model predicts for one patient, with R's interval.

lifelines' `predict_survival_function` has no interval, draws straight lines between the times of
deaths, where the estimate has steps, and takes tied deaths by Breslow's formula also where the
coefficients were fitted by Efron's. statsmodels' baseline is Breslow's as well.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from numpy.typing import ArrayLike
from scipy.stats import norm


def predicted_survival(
    fitter: CoxPHFitter,
    training: pd.DataFrame,
    profiles: pd.DataFrame,
    times: ArrayLike,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Predicted survival of patients at given times.

    Parameters
    ----------
    fitter : CoxPHFitter
        Fitted to columns, not by a formula, without weights, strata, penalty and delayed entry.
    training : DataFrame
        What it was fitted on.
    profiles : DataFrame
        A row a patient, with the columns of the covariates.
    times : array-like, shape (m,)
        At least 0.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    DataFrame
        A row for each patient and time: `patient` (the index of the profile), `time`,
        `cumulative_hazard`, `se` (of that), `survival`, `lower`, `upper` (log-log). The interval is
        missing before the first death; all are after the last time of the training rows.

    Raises
    ------
    ValueError
        When the model is not fitted or uses what this does not cover, or a time is below 0.

    References
    ----------
    Tsiatis 1981, doi 10.1214/aos/1176345320, for the variance; Efron's form of both as `survfit` of
    a `coxph` in R's package survival, against which it is checked.
    """
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if (at < 0).any():
        raise ValueError("times: numbers of at least 0 were expected")
    if not hasattr(fitter, "params_"):
        raise ValueError("the Cox model is not fitted")
    columns = (fitter.strata, fitter.entry_col, fitter.weights_col, fitter.cluster_col)
    if any(column is not None for column in columns) or np.any(np.asarray(fitter.penalizer) != 0):
        raise ValueError("weights, strata, clusters, penalties and delayed entry are not covered")
    terms = list(fitter.params_.index)
    beta = fitter.params_.to_numpy(float)
    mean = training[terms].to_numpy(float).mean(axis=0)
    x = training[terms].to_numpy(float) - mean
    z = profiles[terms].to_numpy(float) - mean
    time = training[fitter.duration_col].to_numpy(float)
    event = training[fitter.event_col].to_numpy(float) == 1
    steps = np.array(
        [
            [now, *step]
            for now in np.unique(time[event])
            for step in _steps(x, np.exp(x @ beta), time >= now, event & (time == now))
        ]
    ).reshape(-1, 3 + len(terms))
    place = np.searchsorted(steps[:, 0], at, side="right")
    sums = np.vstack([np.zeros(steps.shape[1]), np.cumsum(steps, axis=0)])[place]
    baseline, spread, centre = sums[:, 1], sums[:, 2], sums[:, 3:]
    ratio = np.exp(z @ beta)[:, None]
    hazard = ratio * baseline
    away = z[:, None, :] * baseline[:, None] - centre
    model = fitter.variance_matrix_.to_numpy(float)
    se = ratio * np.sqrt(spread + np.einsum("pti,ij,ptj->pt", away, model, away))
    known = at <= time.max(initial=0.0)
    hazard, se = np.where(known, hazard, np.nan), np.where(known, se, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = np.exp(norm.isf(alpha / 2) * np.where(hazard > 0, se / hazard, np.nan))
    return pd.DataFrame(
        {
            "patient": np.repeat(profiles.index.to_numpy(), len(at)),
            "time": np.tile(at, len(profiles)),
            "cumulative_hazard": hazard.ravel(),
            "se": se.ravel(),
            "survival": np.exp(-hazard).ravel(),
            "lower": np.exp(-hazard * reach).ravel(),
            "upper": np.exp(-hazard / reach).ravel(),
        }
    )


def _steps(x, risk, at_risk, dying):  # type: ignore[no-untyped-def]
    """Of each of the tied deaths: baseline hazard, its square, and the hazard times the mean."""
    for tied in range(dying.sum()):
        # Efron: of those who die together, the part that has not died yet.
        share = risk * np.where(dying, 1 - tied / dying.sum(), 1.0) * at_risk
        hazard = 1 / share.sum()
        yield [hazard, hazard**2, *(share @ x * hazard**2)]
