"""Confidence limits of Kaplan–Meier estimates and of their medians, for many cohorts at once.

lifelines has the log-log scale alone, and one cohort a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import ndtri

from ._compiled import kernel, past_a_time
from .cohorts import Batch, Floats

IntervalType: TypeAlias = Literal["plain", "log", "log-log", "arcsin"]
_TOLERANCE = float(np.sqrt(np.finfo(float).eps))
"""How near to one half counts as one half; that of R's `survfit`."""


@dataclass(frozen=True)
class Limits:
    """An estimate or a median between its limits; an element a cohort.

    Attributes
    ----------
    lower, upper : array
        Limits of an estimate are NaN where there is none; those of a median infinite where the limit
        of the curve stays above one half, and NaN without patients.
    """

    lower: Floats
    upper: Floats


def limits_at(batch: Batch, time: float, interval: IntervalType, level: float = 0.95) -> Limits:
    """Limits of the Kaplan–Meier estimate at a time, by Greenwood's variance.

    Parameters
    ----------
    batch : Batch
    time : float
        In the unit of the durations.
    interval : {"plain", "log", "log-log", "arcsin"}
        The scale on which the estimate is taken for normal.
    level : float
        Of confidence, between 0 and 1.

    Returns
    -------
    Limits
        From 0 to 1. None (NaN) where nobody was followed so long or the estimate is 0; of an estimate
        of 1 itself by the plain and log scales, and none by the others. As `survfit` of R's package
        survival.
    """
    return _limits(*_at(batch, time), interval, level)


def standard_error_at(batch: Batch, time: float) -> Floats:
    """Greenwood's standard error of the Kaplan–Meier estimate at a time.

    Returns
    -------
    array, shape (cohorts,)
        NaN where nobody was followed so long or the estimate is 0.
    """
    survival, sums = _at(batch, time)
    return np.where(survival > 0, survival * np.sqrt(sums), np.nan)


def median_limits(batch: Batch, interval: IntervalType, level: float = 0.95) -> Limits:
    """Limits of the median: the first times at which the limits of the curve are at most one half.

    Parameters
    ----------
    batch : Batch
    interval : {"plain", "log", "log-log", "arcsin"}
        The scale on which the curve is taken for normal.
    level : float
        Of confidence, between 0 and 1.

    References
    ----------
    Brookmeyer and Crowley 1982, doi 10.2307/2530286.
    """
    survival, sums = _along(batch.durations, batch.event_observed, batch.size)
    curve = _limits(survival, sums, interval, level)
    found = []
    for heights in (curve.lower, curve.upper):
        below = heights < 0.5 + _TOLERANCE  # False where there is none
        first = np.take_along_axis(batch.durations, below.argmax(axis=1)[:, None], axis=1)[:, 0]
        found.append(np.where(batch.size > 0, np.where(below.any(axis=1), first, np.inf), np.nan))
    return Limits(*found)


def _limits(survival: Floats, sums: Floats, interval: IntervalType, level: float) -> Limits:
    """Limits of estimates, given Greenwood's sums: the variances of their logarithms."""
    if not 0 < level < 1:
        raise ValueError(f"level: a number between 0 and 1 was expected, found {level!r}")
    off = ndtri((1 + level) / 2) * np.sqrt(sums)
    with np.errstate(all="ignore"):
        if interval in ("plain", "log"):
            ends = (
                (survival * (1 - off), survival * (1 + off))
                if interval == "plain"
                else (survival * np.exp(-off), survival * np.exp(off))
            )
        elif interval == "log-log":
            of_hazard = np.log(-np.log(survival))
            by = off / np.log(survival)
            ends = (np.exp(-np.exp(of_hazard - by)), np.exp(-np.exp(of_hazard + by)))
        elif interval == "arcsin":
            angle = np.arcsin(np.sqrt(survival))
            by = off / 2 * np.sqrt(survival / (1 - survival))
            ends = (
                np.sin(np.clip(angle - by, 0, np.pi / 2)) ** 2,
                np.sin(np.clip(angle + by, 0, np.pi / 2)) ** 2,
            )
        else:
            raise ValueError(f"interval: plain, log, log-log or arcsin, found {interval!r}")
        known = (survival > 0) & ((survival < 1) | (interval in ("plain", "log")))
    lower, upper = (np.where(known, np.clip(end, 0, 1), np.nan) for end in ends)
    return Limits(lower, upper)


def _at(batch: Batch, time: float) -> tuple[Floats, Floats]:
    """Estimate and Greenwood's sum at a time; NaN where nobody was followed so long, also of 0."""
    survival, sums = _along(batch.durations, batch.event_observed, batch.size)
    inside = np.arange(batch.patients) < batch.size[:, None]
    before = (inside & (batch.durations <= time)).sum(axis=1)  # who come first
    rows, last = np.arange(len(batch)), np.maximum(before - 1, 0)
    followed = (inside & (batch.durations >= time)).any(axis=1)
    estimate = np.where(before > 0, survival[rows, last], 1.0)
    return np.where(followed, estimate, np.nan), np.where(before > 0, sums[rows, last], 0.0)


@kernel
def _along(durations, event_observed, size):
    survival, sums = np.full(durations.shape, np.nan), np.zeros(durations.shape)
    for c in range(size.size):
        n, k, estimate, total = size[c], 0, 1.0, 0.0
        while k < n:
            first = k
            k, deaths = past_a_time(durations[c], event_observed[c], k, n)
            left = n - first - deaths
            estimate *= left / (n - first)
            total += deaths / ((n - first) * left) if left > 0 else 0.0
            survival[c, first:k], sums[c, first:k] = estimate, total
    return survival, sums
