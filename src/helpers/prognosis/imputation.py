"""One answer from several completed data sets, by Rubin's rules.

statsmodels' `MICE` pools only the models that it fits itself, none of them lifelines', and takes the
normal distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t


@dataclass(frozen=True)
class Pooled:
    """An estimate over several imputations.

    Attributes
    ----------
    estimate : float
        Mean of the estimates.
    se : float
        Its standard error, of sampling and of what is missing together.
    lower, upper : float
        Interval by the t distribution.
    within, between : float
        Mean of the variances, and variance of the estimates.
    df : float
        Degrees of freedom, infinite where the imputations agree.
    missing : float
        Share of the variance that comes from what is missing.
    """

    estimate: float
    se: float
    lower: float
    upper: float
    within: float
    between: float
    df: float
    missing: float


def pool(estimates: ArrayLike, variances: ArrayLike, alpha: float = 0.05) -> Pooled:
    """Pool an estimate over imputations.

    Parameters
    ----------
    estimates, variances : array-like, shape (imputations,)
        On a scale on which the estimate is about normal, as the log hazard ratio is; the variances
        are squared standard errors.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    Pooled
        NaN all through if any estimate or variance is.

    Raises
    ------
    ValueError
        With fewer than two imputations, unequal numbers, or a variance below 0.

    References
    ----------
    Rubin 1987, doi 10.1002/9780470316696, with his degrees of freedom for large samples. Checked
    against the same formulas in R.
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if q.ndim != 1 or q.shape != u.shape or len(q) < 2:
        raise ValueError(
            f"two or more estimates with their variances were expected, found {q.shape}, {u.shape}"
        )
    if (u < 0).any():
        raise ValueError("variances: numbers of at least 0 were expected")
    if not (np.isfinite(q).all() and np.isfinite(u).all()):
        return Pooled(*[nan] * 8)
    within, between = float(u.mean()), float(q.var(ddof=1))
    extra = (1 + 1 / len(q)) * between
    total = within + extra
    missing = extra / total if total else 0.0
    df = (len(q) - 1) / missing**2 if missing else inf
    estimate, se = float(q.mean()), sqrt(total)
    half = se * float(t.isf(alpha / 2, df))
    return Pooled(estimate, se, estimate - half, estimate + half, within, between, df, missing)
