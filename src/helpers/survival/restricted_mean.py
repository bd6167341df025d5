"""Restricted mean survival time with its standard error.

lifelines' `restricted_mean_survival_time` gives the area rightly; the variance that it returns is
that of one patient's restricted time, not of the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from .steps import greenwood_terms, steps


@dataclass(frozen=True)
class RestrictedMean:
    """Mean survival time up to a horizon.

    Attributes
    ----------
    estimate : float
        Area under the Kaplan–Meier curve, in the unit of the durations.
    se : float
        Standard error.
    """

    estimate: float
    se: float


@dataclass(frozen=True)
class RestrictedMeanDifference:
    """Difference of two restricted means, first minus second.

    Attributes
    ----------
    estimate, se, lower, upper : float
        In the unit of the durations; a normal interval.
    p_value : float
        Two-sided, of no difference.
    """

    estimate: float
    se: float
    lower: float
    upper: float
    p_value: float


def rmst(durations: ArrayLike, event_observed: ArrayLike, horizon: float) -> RestrictedMean:
    """Restricted mean survival time.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    horizon : float
        In the unit of the durations.

    Returns
    -------
    RestrictedMean
        NaN when the curve is above 0 and ends before the horizon: the area beyond is not known.

    Raises
    ------
    ValueError
        When the horizon is not above 0.

    References
    ----------
    Royston and Parmar 2013, doi 10.1186/1471-2288-13-152. The variance is the sum over event times
    of (area to the right)² d / (a (a − d)), as in `print(survfit, rmean=)` of R's package survival.
    """
    if not horizon > 0:
        raise ValueError(f"horizon: a number above 0 was expected, found {horizon!r}")
    curve = steps(durations, event_observed)
    if curve.empty or (curve.index[-1] < horizon and curve["survival"].iloc[-1] > 0):
        return RestrictedMean(nan, nan)
    curve = curve.loc[:horizon]
    edges = np.concatenate([[0.0], curve.index.to_numpy(float), [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve["survival"].to_numpy(float)])
    right = np.cumsum(areas[::-1])[::-1][1:]
    terms = greenwood_terms(curve).to_numpy(float)
    variance = np.sum(right[right > 0] ** 2 * terms[right > 0])  # no area to the right, no term
    return RestrictedMean(float(areas.sum()), sqrt(variance))


def rmst_difference(
    first_durations: ArrayLike,
    first_events: ArrayLike,
    second_durations: ArrayLike,
    second_events: ArrayLike,
    horizon: float,
    alpha: float = 0.05,
) -> RestrictedMeanDifference:
    """Difference of two restricted mean survival times, first minus second.

    Parameters
    ----------
    first_durations, first_events, second_durations, second_events : array-like
    horizon : float
    alpha : float
        One minus the confidence level.

    Returns
    -------
    RestrictedMeanDifference
        NaN where `rmst` is, and no interval or p value without any event.

    References
    ----------
    Royston and Parmar 2013, doi 10.1186/1471-2288-13-152.
    """
    first = rmst(first_durations, first_events, horizon)
    second = rmst(second_durations, second_events, horizon)
    estimate, se = first.estimate - second.estimate, sqrt(first.se**2 + second.se**2)
    if not se > 0:
        return RestrictedMeanDifference(estimate, se, nan, nan, nan)
    margin = float(norm.ppf(1 - alpha / 2)) * se
    return RestrictedMeanDifference(
        estimate, se, estimate - margin, estimate + margin, float(2 * norm.sf(abs(estimate) / se))
    )
