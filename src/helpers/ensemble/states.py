"""Hazard ratio of a state that patients may enter later, in every cohort.

One covariate that is 0 or 1 at each death: the partial likelihood then needs only how many were at risk
in either state. lifelines' `CoxTimeVaryingFitter` fits one cohort a call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class HazardRatio:
    """Log hazard ratio of being in the state, and its standard error; an element a cohort.

    NaN where the likelihood has no finite maximum.
    """

    log: _Floats
    se: _Floats

    @property
    def ratio(self) -> _Floats:
        """The hazard ratio."""
        return np.exp(self.log)

    @property
    def p(self) -> _Floats:
        """Two-sided, by Wald's test."""
        return 2 * ndtr(-np.abs(self.log / self.se))


def hazard_ratio(
    time: _Floats,
    died: _Bools,
    entered: _Floats,
    member: _Bools,
    start: float = 0.0,
    at_risk: _Floats | _Bools | None = None,
) -> HazardRatio:
    """Cox model of a state that begins in the course of follow-up, Efron's ties.

    Parameters
    ----------
    time : array, shape (cohorts, patients)
        Months to death or last contact.
    died : array of bool, the same shape
    entered : array, the same shape
        Months to the state, which counts from after then on; infinite without it, and minus infinity
        for a state that is known from the beginning.
    member : array of bool, the same shape
    start : float
        Who leaves by then is not watched, such as before a landmark.
    at_risk : array, shape (cohorts, patients, patients), optional
        How much each patient, on the last axis, counts at the time of each; who died there counts as
        one. Without it, members with a time at least as long count one.

    Returns
    -------
    HazardRatio
    """
    member = member & (time > max(start, 0.0))
    dies = died & member
    if at_risk is None:
        at_risk = member[:, None, :] & (time[:, None, :] >= time[:, :, None])
    same = (time[:, None, :] == time[:, :, None]) & (at_risk > 0)
    inside = entered[:, None, :] < time[:, :, None]  # in the state at the time of each patient
    of = [(at_risk * (inside == state)).sum(axis=2) for state in (False, True)]
    tied = [(dies[:, None, :] & same & (inside == state)).sum(axis=2) for state in (False, True)]
    all_tied = np.maximum(tied[0] + tied[1], 1)
    places = np.arange(time.shape[1])
    before = (dies[:, None, :] & same & (places < places[:, None])).sum(axis=2) / all_tied
    out, within = (risk - before * ties for risk, ties in zip(of, tied, strict=True))
    out, within = np.where(dies, out, 1.0), np.where(dies, within, 0.0)
    own = entered < time
    count = (dies & own).sum(axis=1).astype(float)
    least = (dies & (out <= 0) & (within > 0)).sum(axis=1)
    most = (dies & (within > 0)).sum(axis=1)
    finite = (count > least) & (count < most)
    beta = np.zeros(len(time))
    information = np.ones(len(time))
    for _ in range(60):
        share = within * np.exp(beta)[:, None]
        share = share / (share + out)
        score = count - share.sum(axis=1)
        information = (share * (1 - share)).sum(axis=1)
        step = np.divide(score, information, out=np.zeros_like(score), where=finite)
        beta += np.clip(step, -1.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = 1 / np.sqrt(information)
    return HazardRatio(np.where(finite, beta, np.nan), np.where(finite, se, np.nan))
