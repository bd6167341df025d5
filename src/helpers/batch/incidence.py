"""Cumulative incidence with competing events, for many cohorts at once.

lifelines' `AalenJohansenFitter` moves tied times apart at random; statsmodels takes one cohort a call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._compiled import kernel
from .cohorts import Batch, Floats


def incidence_at(batch: Batch, of_cause: ArrayLike, time: float) -> Floats:
    """Cumulative incidence of one of the events at a time, by Aalen and Johansen.

    Parameters
    ----------
    batch : Batch
        Whose events are all that end the time, competing ones among them.
    of_cause : array-like of bool, shape (cohorts, patients) or (patients,)
        Whose event, if there is one, is that of the cause; in the order in which patients were given.
    time : float
        In the unit of the durations.

    Returns
    -------
    array, shape (cohorts,)
        NaN where nobody was followed so long, unless everybody had an event.

    References
    ----------
    Aalen and Johansen 1978, https://www.jstor.org/stable/4615704.
    """
    cause = batch.flags(of_cause, "of_cause")
    return _incidence(
        batch.durations, batch.event_observed, batch.order, batch.size, cause, float(time)
    )


@kernel
def _incidence(durations, event_observed, order, size, cause, at):
    cohorts = size.size
    found = np.full(cohorts, np.nan)
    for c in range(cohorts):
        n, k, free, total = size[c], 0, 1.0, 0.0
        while k < n and durations[c, k] <= at:
            first, events, causes = k, 0, 0
            now = durations[c, k]
            while k < n and durations[c, k] == now:
                if event_observed[c, k]:
                    events += 1
                    causes += cause[c, order[c, k]]
                k += 1
            total += free * causes / (n - first)
            free *= (n - first - events) / (n - first)
        if n > 0 and (durations[c, n - 1] >= at or free <= 0.0):
            found[c] = total
    return found
