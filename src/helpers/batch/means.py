"""Means and medians of Kaplan–Meier estimates with their standard errors, for many cohorts at once.

lifelines gives the area under one curve a call, and no standard error of either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._compiled import kernel, past_a_time
from .cohorts import Batch, Floats

_DIGITS = 4e-13
"""How near to a height counts as that height: less than the twelfth digit."""


@dataclass(frozen=True)
class WithError:
    """An estimate and its standard error; an element a cohort, NaN where there is none."""

    estimate: Floats
    se: Floats


def median_with_error(batch: Batch) -> WithError:
    """First time at which the curve is at most one half, and its error by how steeply it falls there.

    Returns
    -------
    WithError
        How steeply is taken from the last event time at which the curve is at least 55% to the first
        at which it is at most 45%. Where one of them is missing there is neither number, and where
        the curve is 0 at its median no error.

    References
    ----------
    As `survival.median_standard_error`. Klein and Moeschberger 2003, doi 10.1007/b97377, have such an
    estimate as a practical note.
    """
    return WithError(*_median_with_error(batch.durations, batch.event_observed, batch.size))


def mean(batch: Batch, until: float | None = None, corrected: bool = False) -> WithError:
    """Area under the curve until a time, or until the last of a cohort.

    Parameters
    ----------
    batch : Batch
    until : float, optional
        In the unit of the durations.
    corrected : bool
        Whether the variance is m / (m − 1) times as large, with m events.

    Returns
    -------
    WithError
        NaN where a curve ends before and is above 0; a corrected error needs two events.

    References
    ----------
    `print(survfit, rmean=)` of R's package survival; corrected, `LIFETEST` of SAS.
    """
    end = np.inf if until is None else float(until)
    return WithError(*_mean(batch.durations, batch.event_observed, batch.size, end, corrected))


@kernel
def _median_with_error(durations, event_observed, size):
    medians, errors = np.full(size.size, np.nan), np.full(size.size, np.nan)
    for c in range(size.size):
        n, k, estimate, total = size[c], 0, 1.0, 0.0
        since, high = np.nan, np.nan  # the last time and height of at least 55%
        median, at_median, until_median = np.nan, np.nan, np.nan
        while k < n:
            first, now = k, durations[c, k]
            k, deaths = past_a_time(durations[c], event_observed[c], k, n)
            if not deaths:
                continue
            left = n - first - deaths
            estimate *= left / (n - first)
            total += deaths / ((n - first) * left) if left > 0 else np.nan
            if estimate >= 0.55 - _DIGITS:
                since, high = now, estimate
            if np.isnan(median) and estimate <= 0.5 + _DIGITS:
                median, at_median, until_median = now, estimate, total
            if estimate <= 0.45 + _DIGITS:
                if not np.isnan(since):
                    medians[c] = median
                    steepness = (high - estimate) / (now - since)
                    errors[c] = at_median * np.sqrt(until_median) / steepness
                break
    return medians, errors


@kernel
def _mean(durations, event_observed, size, until, corrected):
    means, errors = np.full(size.size, np.nan), np.full(size.size, np.nan)
    for c in range(size.size):
        n = size[c]
        if n == 0:
            continue
        end = durations[c, n - 1] if until == np.inf else until
        times, heights = np.zeros(n), np.zeros(n)
        at_risk, deaths = np.zeros(n), np.zeros(n)
        k, found, estimate, events = 0, 0, 1.0, 0.0
        while k < n and durations[c, k] <= end:
            first, now = k, durations[c, k]
            k, deaths[found] = past_a_time(durations[c], event_observed[c], k, n)
            if deaths[found] > 0:
                times[found], at_risk[found] = now, n - first
                estimate *= 1.0 - deaths[found] / at_risk[found]
                heights[found] = estimate
                events += deaths[found]
                found += 1
        if durations[c, n - 1] < end and estimate > 0.0:
            continue
        area, variance, begins = 0.0, 0.0, end
        for step in range(found - 1, -1, -1):  # from the end to the beginning
            area += heights[step] * (begins - times[step])
            begins = times[step]
            left = at_risk[step] - deaths[step]
            if left > 0:
                variance += area**2 * deaths[step] / (at_risk[step] * left)
        means[c] = area + begins
        if corrected:
            variance *= events / (events - 1.0) if events > 1 else np.nan
        errors[c] = np.sqrt(variance)
    return means, errors
