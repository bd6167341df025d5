"""What predicted chances at a time are worth: whether they rank patients, and whether to act on them.

scikit-survival has the first (`cumulative_dynamic_auc`), for times within those of another sample,
and is no dependency. dcurves has the second, by a Kaplan–Meier estimate among those above the
threshold; here both rest on the weights that the Brier score has.
"""

from __future__ import annotations

import numpy as np
from lifelines import KaplanMeierFitter
from numpy.typing import ArrayLike, NDArray

_AFTER = 1e-9
"""Whoever is lost at the time of an event was still there at it; as a share of the longest time."""


def watched_weights(
    durations: ArrayLike, event_observed: ArrayLike, time: float
) -> NDArray[np.float64]:
    """What each patient counts at a time, when those who were lost before it count nothing.

    Parameters
    ----------
    durations, event_observed : array-like, shape (patients,)
    time : float
        In the unit of the durations. Who is censored at it outlives it.

    Returns
    -------
    array, shape (patients,)
        One over the chance of having been watched until the event, or until the time.

    References
    ----------
    Graf et al. 1999. Checked against `rttright` of R's package survival.
    """
    months, event = np.asarray(durations, float), np.asarray(event_observed).astype(bool)
    later = months + _AFTER * months.max() * ~event
    lost = KaplanMeierFitter().fit(later, ~event)
    watched = lost.predict(np.minimum(months, time)).to_numpy()
    known = (event & (months <= time)) | (months >= time)
    return np.divide(1.0, watched, out=np.zeros(len(months)), where=known)


def area_under_curve(
    durations: ArrayLike, event_observed: ArrayLike, risk: ArrayLike, time: float
) -> float:
    """Area under the ROC curve at a time: how often who has had the event had the higher risk.

    Parameters
    ----------
    durations, event_observed, risk : array-like, shape (patients,)
    time : float

    Returns
    -------
    float
        The cumulative and dynamic area: cases are those with the event by the time, controls those
        who outlive it; equal risks count one half. NaN without either.

    References
    ----------
    Hung and Chiang 2010; Uno et al. 2007. Checked against R's `rttright` with `concordance`.
    """
    dead, weight = _dead(durations, event_observed, time)
    scores = np.asarray(risk, float)
    higher = (scores[:, None] > scores) + 0.5 * (scores[:, None] == scores)
    pairs = np.outer(weight * dead, weight * ~dead)
    return float(np.sum(pairs * higher) / pairs.sum()) if pairs.any() else np.nan


def net_benefit(
    durations: ArrayLike,
    event_observed: ArrayLike,
    chance: ArrayLike,
    threshold: float,
    time: float,
) -> float:
    """Net benefit of acting on a predicted chance of the event of at least a threshold.

    Parameters
    ----------
    durations, event_observed : array-like, shape (patients,)
    chance : array-like, shape (patients,)
        Predicted chance of the event by the time; all ones to act on everybody.
    threshold : float
        Between 0 and 1. At it, acting in vain is as bad as the odds make it.
    time : float

    Returns
    -------
    float
        Share of patients with the event who are acted on, less that of the others times the odds.

    References
    ----------
    Vickers and Elkin 2006, doi 10.1177/0272989X06295361. Checked against R's `rttright`.
    """
    dead, weight = _dead(durations, event_observed, time)
    acted = weight * (np.asarray(chance, float) >= threshold) / weight.sum()
    return float(acted[dead].sum() - acted[~dead].sum() * threshold / (1 - threshold))


def _dead(
    durations: ArrayLike, event_observed: ArrayLike, time: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Who has had the event by a time, and what each counts."""
    event = np.asarray(event_observed).astype(bool)
    return event & (np.asarray(durations, float) <= time), watched_weights(
        durations, event_observed, time
    )
