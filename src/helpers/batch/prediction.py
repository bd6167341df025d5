"""Predicted survival and how far off it is, for many cohorts at once.

lifelines predicts from one fit a call and has no Brier score; scikit-survival scores one cohort a
call and is no dependency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ._compiled import kernel
from .cohorts import Batch, Floats, spread
from .cox import efron
from .curves import survival_at


@dataclass(frozen=True)
class Brier:
    """Mean squared errors of predicted survival at a time; an element a cohort.

    Attributes
    ----------
    score : array
        Of the prediction; NaN where nobody was followed so long, unless all had the event before.
    reference : array
        Of the Kaplan–Meier estimate, which predicts the same for everybody.
    """

    score: Floats
    reference: Floats

    @property
    def skill(self) -> Floats:
        """Share of the reference that the prediction saves; below 0 it is worse than none."""
        return np.divide(
            self.reference - self.score,
            self.reference,
            out=np.full(len(self.score), np.nan),
            where=self.reference > 0,
        )


def baseline(batch: Batch, risk: ArrayLike, time: float, ties: str = "breslow") -> Floats:
    """Cumulative hazard at a time of a patient whose log relative hazard is 0.

    Survival of a patient with the log relative hazard r is exp(−baseline · exp(r)).

    Parameters
    ----------
    batch : Batch
    risk : array-like, shape (cohorts, patients) or (patients,)
        Log relative hazards, in the order in which the patients were given.
    time : float
        In the unit of the durations.
    ties : {"breslow", "efron"}
        Whether those who have the event together all count as at risk at each of these events.

    Returns
    -------
    array, shape (cohorts,)
        NaN where nobody was followed so long, unless all had the event before.

    References
    ----------
    Breslow 1972, in the discussion of Cox 1972; Efron 1977, doi 10.1080/01621459.1977.10480613.
    Checked against `basehaz` and `survfit` of R's package survival.
    """
    scores = batch.scores(risk, "risk")
    given = (batch.durations, batch.event_observed, batch.order, batch.size, scores)
    found = _baseline(*given, float(time), efron(ties))
    return np.where(np.isnan(survival_at(batch, time).survival), np.nan, found)


def brier(batch: Batch, predicted: ArrayLike, time: float) -> Brier:
    """Brier score of predicted survival, weighted for censoring.

    Who was censored before the time counts as nothing; those who were followed stand in for him or
    her, with the inverse of the chance of not having been censored before.

    Parameters
    ----------
    batch : Batch
    predicted : array-like, shape (cohorts, patients) or (patients,)
        Predicted chance to be free of the event at the time, in the order in which the patients
        were given.
    time : float
        In the unit of the durations. An event at it has happened; who is censored at it, or at the
        time of an event, outlives it.

    Returns
    -------
    Brier

    References
    ----------
    Graf et al. 1999, doi 10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5.
    Weights sum to one as in `brier` of R's package survival, against which it is checked.
    """
    chances = batch.scores(predicted, "predicted")
    at = survival_at(batch, time).survival
    alike = spread(np.nan_to_num(at)[:, None], (len(batch), batch.patients))
    given = (batch.durations, batch.event_observed, batch.order, batch.size)
    scores = (_brier(*given, values, float(time)) for values in (chances, alike))
    return Brier(*(np.where(np.isnan(at), np.nan, score) for score in scores))


@kernel
def _baseline(durations, event_observed, order, size, risk, at, efron):
    cohorts = size.size
    found = np.zeros(cohorts)
    for c in range(cohorts):
        k, total = size[c] - 1, 0.0
        while k >= 0:
            now, deaths, dying = durations[c, k], 0, 0.0
            while k >= 0 and durations[c, k] == now:
                weight = np.exp(risk[c, order[c, k]])
                total += weight
                if event_observed[c, k]:
                    deaths += 1
                    dying += weight
                k -= 1
            if now <= at:
                for before in range(deaths):
                    gone = dying * before / deaths if efron else 0.0
                    found[c] += 1.0 / (total - gone)
    return found


@kernel
def _brier(durations, event_observed, order, size, predicted, at):
    cohorts = size.size
    found = np.full(cohorts, np.nan)
    for c in range(cohorts):
        n, k = size[c], 0
        kept, weights, errors = 1.0, 0.0, 0.0  # kept: not censored before
        while k < n and durations[c, k] <= at:
            first, now, deaths = k, durations[c, k], 0
            while k < n and durations[c, k] == now:
                if event_observed[c, k]:
                    deaths += 1
                    weights += 1.0 / kept
                    errors += predicted[c, order[c, k]] ** 2 / kept
                k += 1
            if now == at:  # censored at the time itself: alive then
                for m in range(first, k):
                    if not event_observed[c, m]:
                        weights += 1.0 / kept
                        errors += (1.0 - predicted[c, order[c, m]]) ** 2 / kept
            else:
                censored = k - first - deaths
                if censored:
                    # Events come before censorings of the same time, and are no longer at risk of one.
                    kept *= 1.0 - censored / (n - first - deaths)
        for m in range(k, n):
            weights += 1.0 / kept
            errors += (1.0 - predicted[c, order[c, m]]) ** 2 / kept
        if weights > 0.0:
            found[c] = errors / weights
    return found
