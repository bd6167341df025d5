"""Robust standard errors of a Cox model, summed over clusters, exact with Efron's ties.

lifelines' `CoxPHFitter` has them (`cluster_col`), but its own notes say that tied events are not
handled, and it forgets `entry_col` when it computes them: each row counts as at risk from 0.
`CoxTimeVaryingFitter(robust=True)` is not implemented. statsmodels' `PHReg` has none in its
results. So lifelines gives the coefficients, and this module R's errors for them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, CoxTimeVaryingFitter
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

_Floats = NDArray[np.float64]


def robust_errors(
    fitter: CoxPHFitter | CoxTimeVaryingFitter,
    training: pd.DataFrame,
    clusters: ArrayLike,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Standard errors that let the rows of a cluster depend on each other in any way.

    Each row has an influence on the coefficients: about what they would change by if it were left
    out. Influences are summed within clusters, and their squares are summed over clusters.

    Parameters
    ----------
    fitter : CoxPHFitter or CoxTimeVaryingFitter
        Fitted with Efron's ties, without penalty and strata; with weights and entry times or not.
    training : DataFrame
        What it was fitted on.
    clusters : array-like, shape (n,)
        To which cluster, such as a patient, each row belongs.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    DataFrame
        A row a coefficient: `term`, `hazard_ratio`, `lower`, `upper`, `p` by the robust error,
        `coefficient`, `robust_se`, and `model_se`, which takes rows for independent.

    Raises
    ------
    ValueError
        When the fit has strata or a penalty, or clusters are not one a row.

    References
    ----------
    Lin and Wei 1989, doi 10.1080/01621459.1989.10478874. Checked against `coxph(cluster=)` of R's
    package survival.
    """
    if fitter.strata is not None or np.any(np.asarray(fitter.penalizer) != 0):
        raise ValueError("a model without strata and penalty was expected")
    labels = np.asarray(clusters)
    if labels.shape != (len(training),):
        raise ValueError(f"clusters: {len(training)} labels were expected, found {labels.shape}")
    terms = list(fitter.params_.index)
    coefficient = fitter.params_.to_numpy(float)
    score, information = _influences(fitter, training[terms].to_numpy(float), training)
    model = np.linalg.inv(information)
    member = pd.factorize(labels)[0]
    summed = np.zeros((member.max() + 1, len(terms)))
    np.add.at(summed, member, score @ model)
    errors = np.sqrt((summed**2).sum(axis=0))
    margin = norm.isf(alpha / 2) * errors
    return pd.DataFrame(
        {
            "term": terms,
            "hazard_ratio": np.exp(coefficient),
            "lower": np.exp(coefficient - margin),
            "upper": np.exp(coefficient + margin),
            "p": 2 * norm.sf(np.abs(coefficient) / errors),
            "coefficient": coefficient,
            "robust_se": errors,
            "model_se": np.sqrt(np.diag(model)),
        }
    )


def _influences(
    fitter: CoxPHFitter | CoxTimeVaryingFitter, x: _Floats, rows: pd.DataFrame
) -> tuple[_Floats, _Floats]:
    """Weighted score residuals of the rows, and the information."""
    varying = isinstance(fitter, CoxTimeVaryingFitter)
    stop = rows[fitter.stop_col if varying else fitter.duration_col].to_numpy(float)
    entry = fitter.start_col if varying else fitter.entry_col
    # Without entry times a row is at risk from before the first event on.
    start = np.full(len(rows), -np.inf) if entry is None else rows[entry].to_numpy(float)
    weight = (
        np.ones(len(rows))
        if fitter.weights_col is None
        else rows[fitter.weights_col].to_numpy(float)
    )
    event = rows[fitter.event_col].to_numpy(float) == 1
    x = x - x.mean(axis=0)
    risk = np.exp(x @ fitter.params_.to_numpy(float))
    residuals, information = np.zeros_like(x), np.zeros((x.shape[1], x.shape[1]))
    for now in np.unique(stop[event]):
        present = np.flatnonzero((start < now) & (stop >= now))
        dying = event[present] & (stop[present] == now)
        z, r, w = x[present], risk[present], weight[present]
        deaths = int(dying.sum())
        mean_weight = w[dying].mean()
        for tied in range(deaths):
            # Efron: of those who die together, the part that has not died yet.
            part = np.where(dying, 1 - tied / deaths, 1.0)
            share = w * r * part
            centre = share @ z / share.sum()
            from_centre = z - centre
            hazard = mean_weight / share.sum()
            residuals[present] -= from_centre * (r * part * hazard)[:, None]
            residuals[present[dying]] += from_centre[dying] / deaths
            information += mean_weight * (from_centre.T * (share / share.sum())) @ from_centre
    return residuals * weight[:, None], information
