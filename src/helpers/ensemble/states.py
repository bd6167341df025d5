"""Hazard ratio of a state that patients may enter later, in every cohort, and whether it changes.

One covariate that is 0 or 1 at each death: the partial likelihood then needs only how many were at risk
in either state. lifelines' `CoxTimeVaryingFitter` fits one cohort a call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .observed import Observed

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]
_STEPS = 60
_FLAT = 1e-10
"""Below this the likelihood has no curvature to speak of."""


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
    at = _at_deaths(time, died, entered, member & (time > max(start, 0.0)), at_risk)
    least = (at.dies & (at.out <= 0) & (at.within > 0)).sum(axis=1)
    most = (at.dies & (at.within > 0)).sum(axis=1)
    count = at.count
    finite = (count > least) & (count < most)
    beta = np.zeros(len(time))
    information = np.ones(len(time))
    for _ in range(_STEPS):
        share = at.share(beta[:, None])
        score = count - share.sum(axis=1)
        information = (share * (1 - share)).sum(axis=1)
        step = np.divide(score, information, out=np.zeros_like(score), where=finite)
        beta += np.clip(step, -1.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = 1 / np.sqrt(information)
    return HazardRatio(np.where(finite, beta, np.nan), np.where(finite, se, np.nan))


@dataclass(frozen=True)
class _AtDeaths:
    """Who was at risk at the death of each patient; (cohorts, patients) but for the count."""

    dies: _Bools
    own: _Bools
    """Who is in the state at her own time."""
    out: _Floats
    within: _Floats
    """At risk out of the state and in it; of tied deaths Efron's share. 1 and 0 where nobody dies."""

    @property
    def count(self) -> _Floats:
        """Deaths in the state."""
        return (self.dies & self.own).sum(axis=1).astype(float)

    def share(self, log_ratio: _Floats) -> _Floats:
        """Expected share of each death that falls into the state; 0 where nobody dies."""
        weight = self.within * np.exp(log_ratio)
        return np.asarray(weight / (weight + self.out))


def _at_deaths(
    time: _Floats,
    died: _Bools,
    entered: _Floats,
    member: _Bools,
    at_risk: _Floats | _Bools | None = None,
) -> _AtDeaths:
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
    return _AtDeaths(dies, own, out, within)


@dataclass(frozen=True)
class ChangingRatio:
    """Log hazard ratio level + slope · log t; an element a cohort, NaN without a finite maximum."""

    level: _Floats
    slope: _Floats

    @property
    def ratio(self) -> _Floats:
        """The hazard ratio at a time of 1."""
        return np.exp(self.level)


def log_time_ratio(time: _Floats, died: _Bools, entered: _Floats, member: _Bools) -> ChangingRatio:
    """Cox model of a state whose log ratio goes with the logarithm of time, as R's `tt()`.

    Parameters
    ----------
    time, died, entered, member
        See `hazard_ratio`. In the unit in which the ratio at a time of 1 is asked for.

    Returns
    -------
    ChangingRatio
    """
    at = _at_deaths(time, died, entered, member & (time > 0))
    logs = np.log(np.where(at.dies, time, 1.0))
    seen = at.dies & at.own
    beta, gap = np.zeros((len(time), 2)), np.full((len(time), 2), np.inf)
    x = np.stack([np.ones_like(logs), logs], axis=-1)
    usable = np.ones(len(time), bool)
    for _ in range(_STEPS):
        share = at.share((x * beta[:, None, :]).sum(axis=-1))
        score = ((seen - share)[..., None] * x).sum(axis=1)
        weight = (share * (1 - share))[..., None]
        information = np.einsum("cpk,cpl->ckl", weight * x, x)
        usable = np.linalg.det(information) > _FLAT
        information[~usable] = np.eye(2)
        gap = np.linalg.solve(information, score[..., None])[..., 0]
        beta += np.where(usable[:, None], np.clip(gap, -1.0, 1.0), 0.0)
    settled = usable & (np.abs(gap) < 1e-8).all(axis=1)
    level, slope = np.where(settled[:, None], beta, np.nan).T
    return ChangingRatio(level, slope)


def proportional_p(time: _Floats, died: _Bools, entered: _Floats, member: _Bools) -> _Floats:
    """Score test of whether the log ratio of a state goes with one minus the Kaplan–Meier estimate.

    Parameters
    ----------
    time, died, entered, member
        See `hazard_ratio`.

    Returns
    -------
    array, shape (cohorts,)
        p values; NaN where there is no finite ratio, or no two times of death.

    References
    ----------
    `cox.zph` of R's package survival; Grambsch and Therneau 1994, doi 10.1093/biomet/81.3.515.
    """
    log = hazard_ratio(time, died, entered, member).log
    at = _at_deaths(time, died, entered, member & (time > 0))
    everybody = Observed(time, died, member)
    fallen = 1 - everybody.curve_before_own_time()
    deaths = at.dies.sum(axis=1)
    with np.errstate(all="ignore"):
        middle = np.where(at.dies, fallen, 0.0).sum(axis=1) / deaths
        g = np.where(at.dies, fallen - middle[:, None], 0.0)
        share = at.share(np.nan_to_num(log)[:, None])
        score = (g * ((at.dies & at.own) - share)).sum(axis=1)
        spread = share * (1 - share)
        with_level = (g * spread).sum(axis=1)
        left = (g**2 * spread).sum(axis=1) - with_level**2 / spread.sum(axis=1)
        p = 2 * ndtr(-np.abs(score) / np.sqrt(left))
    return np.where(np.isfinite(log) & (left > _FLAT), p, np.nan)
