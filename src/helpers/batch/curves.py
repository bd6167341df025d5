"""Kaplan–Meier estimates at a time and their medians, for many cohorts at once.

lifelines and scikit-survival fit the whole curve of one cohort, with its intervals, before either
number can be read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ._compiled import kernel, past_a_time
from .cohorts import Batch, Floats, Integers

_TOLERANCE = float(np.sqrt(np.finfo(float).eps))
"""How near to one half counts as one half; that of R's `survfit`."""
_DIGITS = 4e-13
"""How near to another height counts as that height: less than the twelfth digit."""


@dataclass(frozen=True)
class SurvivalAt:
    """Survival at a time; an element a cohort.

    Attributes
    ----------
    survival : array
        NaN where nobody was followed so long, unless the curve has come down to 0.
    at_risk : array of int
        Patients with a duration of at least the time.
    events : array of int
        Events up to the time, events at it included.
    """

    survival: Floats
    at_risk: Integers
    events: Integers


def survival_at(batch: Batch, time: float) -> SurvivalAt:
    """Kaplan–Meier estimate at a time, and the patients then at risk.

    Parameters
    ----------
    batch : Batch
    time : float
        In the unit of the durations.

    Returns
    -------
    SurvivalAt

    References
    ----------
    Kaplan and Meier 1958, doi 10.1080/01621459.1958.10501452.
    """
    return SurvivalAt(*_survival_at(batch.durations, batch.event_observed, batch.size, float(time)))


def median(batch: Batch, at_half: Literal["middle", "first"] = "middle") -> Floats:
    """Median survival.

    For the median follow-up, give `cohorts` the censorings as events.

    Parameters
    ----------
    batch : Batch
    at_half : {"middle", "first"}
        Of a stretch where the curve is one half, its middle, as R has it, or where it begins.

    Returns
    -------
    array, shape (cohorts,)
        Infinite where the curve stays above one half, NaN without patients.

    References
    ----------
    Brookmeyer and Crowley 1982, doi 10.2307/2530286; `survfit` of R's package survival.
    """
    return _median(batch.durations, batch.event_observed, batch.size, at_half == "first")


def quantile(batch: Batch, share: float) -> Floats:
    """First time by which a share of a cohort had the event, by the Kaplan–Meier estimate.

    Returns
    -------
    array, shape (cohorts,)
        Infinite where the curve stays above, NaN without patients.
    """
    return _quantile(batch.durations, batch.event_observed, batch.size, 1.0 - share)


@kernel
def _survival_at(durations, event_observed, size, at):
    cohorts = size.size
    survival, at_risk = np.ones(cohorts), np.zeros(cohorts, np.int64)
    events = np.zeros(cohorts, np.int64)
    for c in range(cohorts):
        n, k, estimate = size[c], 0, 1.0
        while k < n and durations[c, k] <= at:
            first, now = k, durations[c, k]
            k, deaths = past_a_time(durations[c], event_observed[c], k, n)
            if deaths:
                estimate *= 1.0 - deaths / (n - first)
                events[c] += deaths
            if now == at:
                at_risk[c] = n - first
        if k == 0 or durations[c, k - 1] != at:
            at_risk[c] = n - k
        followed = n > 0 and durations[c, n - 1] >= at
        survival[c] = estimate if followed or (n > 0 and estimate <= 0.0) else np.nan
    return survival, at_risk, events


@kernel
def _median(durations, event_observed, size, first_of_it):
    cohorts = size.size
    found = np.full(cohorts, np.inf)
    for c in range(cohorts):
        n, k, estimate = size[c], 0, 1.0
        if n == 0:
            found[c] = np.nan
        while k < n:
            first, now = k, durations[c, k]
            k, deaths = past_a_time(durations[c], event_observed[c], k, n)
            if not deaths:
                continue
            estimate *= 1.0 - deaths / (n - first)
            if found[c] < np.inf:  # the curve stood at one half, and here that stretch ends
                found[c] = (found[c] + now) / 2.0
                break
            if estimate < 0.5 + _TOLERANCE:
                found[c] = now
                if first_of_it or estimate <= 0.5 - _TOLERANCE:
                    break
    return found


@kernel
def _quantile(durations, event_observed, size, height):
    found = np.full(size.size, np.inf)
    for c in range(size.size):
        n, k, estimate = size[c], 0, 1.0
        if n == 0:
            found[c] = np.nan
        while k < n and estimate > height + _DIGITS:
            first, now = k, durations[c, k]
            k, deaths = past_a_time(durations[c], event_observed[c], k, n)
            if deaths:
                estimate *= 1.0 - deaths / (n - first)
                if estimate <= height + _DIGITS:
                    found[c] = now
    return found
