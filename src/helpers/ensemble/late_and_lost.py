"""Late entry, and what became of those lost to follow-up, in every cohort."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .observed import Observed

_Floats = NDArray[np.float64]


def delayed_survival(of: Observed, entered: _Floats, time: float) -> _Floats:
    """Kaplan–Meier estimate of patients who come under observation late.

    Parameters
    ----------
    of : Observed
        Times on the clock on which patients enter.
    entered : array, shape (cohorts, patients)
        From after then on a patient is at risk.
    time : float

    Returns
    -------
    array, shape (cohorts,)
        NaN beyond the last time, and where the curve falls to 0 while others have still to enter.
    """
    dies = of.event & of.member
    there = (of.time[:, None, :] >= of.time[:, :, None]) & of.member[:, None, :]
    at_risk = (there & (entered[:, None, :] < of.time[:, :, None])).sum(axis=2)
    tied = ((of.time[:, None, :] == of.time[:, :, None]) & dies[:, None, :]).sum(axis=2)
    inside = dies & (of.time <= time)
    with np.errstate(divide="ignore"):
        logs = np.log1p(-tied[inside] / at_risk[inside]) / tied[inside]
    terms = np.zeros(of.time.shape)
    terms[inside] = logs
    found = np.exp(terms.sum(axis=1))
    return np.where((of.at_risk(time) > 0) & (found > 0), found, np.nan)


def if_censored_differ(of: Observed, time: float, factor: _Floats) -> _Floats:
    """Survival at a time if hazards were multiplied from censoring on.

    Parameters
    ----------
    of : Observed
    time : float
    factor : array, shape (cohorts,)

    Returns
    -------
    array, shape (cohorts,)
        As `helpers.survival.if_censored_differ`.
    """
    lost = of.member & ~of.event & (of.time <= time)
    with np.errstate(divide="ignore", invalid="ignore"):
        lived = np.minimum(of.survival(time)[:, None] / of.curve_at_own_time(), 1.0)
    share = np.where(lost, lived ** factor[:, None], 0.0)
    seen = (of.member & (of.time > time)).sum(axis=1)
    return (seen + share.sum(axis=1)) / of.member.sum(axis=1)


def tipping_point(better: Observed, worse: Observed, time: float, most: float = 1000.0) -> _Floats:
    """By what the hazard of the lost in one group has to grow for its survival to fall to that of the other.

    Parameters
    ----------
    better, worse : Observed
    time : float
    most : float
        The largest factor that is tried.

    Returns
    -------
    array, shape (cohorts,)
        NaN where the first group is not better; infinite where it stays so.
    """
    target = worse.survival(time)
    low, high = np.zeros(len(target)), np.full(len(target), np.log(most))
    one = np.ones(len(target))
    is_better = if_censored_differ(better, time, one) > target
    stays = if_censored_differ(better, time, most * one) >= target
    for _ in range(60):
        middle = (low + high) / 2
        above = if_censored_differ(better, time, np.exp(middle)) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    found = np.where(stays, np.inf, np.exp(low))
    return np.where(is_better, found, np.nan)
