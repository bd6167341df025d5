"""Kaplan–Meier, restricted means and cumulative incidences of a group in every cohort.

Sums over pairs of patients, for all cohorts in one array. `helpers.batch` has compiled kernels for
what the search and its verification need; these are the statistics that only the chapters quote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .cohorts import Ensemble

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]
SOME = 200
"""About so many cohorts of an ensemble, evenly spaced in it, are asked for what takes long."""


@dataclass(frozen=True)
class Observed:
    """Times and events of a group, a row a cohort.

    Attributes
    ----------
    time : array, shape (cohorts, patients)
    event : array of bool, the same shape
        Any of the events that end the time.
    member : array of bool, the same shape
        Who counts.
    """

    time: _Floats
    event: _Bools
    member: _Bools

    @cached_property
    def _hit(self) -> _Bools:
        return self.event & self.member

    @cached_property
    def _at_risk(self) -> _Floats:
        """At the time of each patient."""
        later = self.time[:, None, :] >= self.time[:, :, None]
        return (later & self.member[:, None, :]).sum(axis=2).astype(float)

    @cached_property
    def _tied(self) -> _Floats:
        """Events at the time of each patient."""
        same = self.time[:, None, :] == self.time[:, :, None]
        return (same & self._hit[:, None, :]).sum(axis=2).astype(float)

    @cached_property
    def _logs(self) -> _Floats:
        """What each event adds to the logarithm of the curve; tied events share theirs."""
        found = np.zeros(self.time.shape)
        with np.errstate(divide="ignore"):
            step = np.log1p(-self._tied[self._hit] / self._at_risk[self._hit])
        found[self._hit] = step / self._tied[self._hit]
        return found

    @cached_property
    def _terms(self) -> _Floats:
        """What each event adds to Greenwood's sum."""
        found = np.zeros(self.time.shape)
        n, d = self._at_risk[self._hit], self._tied[self._hit]
        with np.errstate(divide="ignore"):
            found[self._hit] = 1 / (n * (n - d))
        return found

    @cached_property
    def _before(self) -> _Floats:
        """The curve just before the time of each patient."""
        earlier = self.time[:, None, :] < self.time[:, :, None]
        return np.exp(np.where(earlier, self._logs[:, None, :], 0.0).sum(axis=2))

    def at_risk(self, time: float) -> _Floats:
        """Those with a time of at least this one."""
        return (self.member & (self.time >= time)).sum(axis=1).astype(float)

    def events(self, time: float = np.inf) -> _Floats:
        """Events up to a time, that time included."""
        return (self._hit & (self.time <= time)).sum(axis=1).astype(float)

    def survival(self, time: float) -> _Floats:
        """Kaplan–Meier; NaN beyond the last time of a cohort, unless the curve is at 0."""
        found = np.exp(np.where(self.time <= time, self._logs, 0.0).sum(axis=1))
        return np.where((self.at_risk(time) > 0) | (self._any & (found <= 0)), found, np.nan)

    def curve_at_own_time(self) -> _Floats:
        """Kaplan–Meier at the time of each patient; shape (cohorts, patients)."""
        so_far = self.time[:, None, :] <= self.time[:, :, None]
        return np.exp(np.where(so_far, self._logs[:, None, :], 0.0).sum(axis=2))

    def curve_before_own_time(self) -> _Floats:
        """Kaplan–Meier just before the time of each patient; shape (cohorts, patients)."""
        return self._before

    def greenwood(self, time: float) -> _Floats:
        """Greenwood's sum up to a time: the variance of the logarithm of the curve."""
        return np.where(self.time <= time, self._terms, 0.0).sum(axis=1)

    def log_log(self, time: float, z: float) -> tuple[_Floats, _Floats]:
        """Ends of the log-log interval of the survival at a time; NaN where that is 0 or 1."""
        estimate = self.survival(time)
        inside = (estimate > 0) & (estimate < 1)
        known = np.where(inside, estimate, np.nan)
        factor = np.exp(z * np.sqrt(self.greenwood(time)) / np.abs(np.log(known)))
        return known**factor, known ** (1 / factor)

    def restricted_mean(self, horizon: float) -> tuple[_Floats, _Floats]:
        """Area under the curve up to a horizon, and its standard error."""
        inside = self._hit & (self.time < horizon)
        left = np.clip(horizon - self.time, 0, None)
        drop = np.where(inside, self._before / np.maximum(self._at_risk, 1), 0.0)
        area = horizon - (drop * left).sum(axis=1)
        later = self.time[:, None, :] > self.time[:, :, None]
        after = self._before * np.exp(self._logs * self._tied)  # the curve after each time
        lost = np.where(later, (drop * left)[:, None, :], 0.0).sum(axis=2)
        right = np.clip(after * left - lost, 0, None)
        terms = np.where(inside & (right > 1e-12), self._terms, 0.0)
        variance = (right**2 * terms).sum(axis=1)
        known = ~np.isnan(self.survival(horizon))
        return np.where(known, area, np.nan), np.where(known, np.sqrt(variance), np.nan)

    def still_watched(self, until: _Floats) -> _Floats:
        """Kaplan–Meier of not being lost just before a time of each patient; events come before losses.

        Parameters
        ----------
        until : array, shape (cohorts, patients)

        Returns
        -------
        array, the same shape
        """
        lost = self.member & ~self.event
        later = self.time[:, None, :] > self.time[:, :, None]
        same = (self.time[:, None, :] == self.time[:, :, None]) & lost[:, None, :]
        there = ((later & self.member[:, None, :]) | same).sum(axis=2)
        tied = np.where(lost, same.sum(axis=2), 1)
        with np.errstate(divide="ignore"):
            logs = np.where(lost, np.log1p(-tied / np.maximum(there, 1)) / tied, 0.0)
        before = self.time[:, None, :] < until[:, :, None]
        return np.asarray(np.exp(np.where(before, logs[:, None, :], 0.0).sum(axis=2)))

    def incidence(self, cause: _Bools, time: float) -> _Floats:
        """Cumulative incidence of one of the events; NaN beyond the last time, unless all had one."""
        of_cause = self._hit & cause & (self.time <= time)
        added = np.where(of_cause, self._before / np.maximum(self._at_risk, 1), 0.0)
        ended = self._any & ~(self.member & ~self.event).any(axis=1)
        known = (self.at_risk(time) > 0) | ended
        return np.where(known, added.sum(axis=1), np.nan)

    @cached_property
    def _any(self) -> _Bools:
        return np.asarray(self.member.any(axis=1))


def observed(ensemble: Ensemble, endpoint: str, group: str = "everyone") -> Observed:
    """Times and events of an endpoint of the study in a group."""
    spec = ensemble.study.endpoints[endpoint]
    return Observed(
        ensemble.grid(ensemble.first[spec.time].to_numpy(float)),
        ensemble.grid(ensemble.first[spec.event].to_numpy(bool)),
        ensemble.grid(ensemble.members(group)),
    )


def in_some(of: Observed, compute: Callable[[int, _Bools], Sequence[float]]) -> _Floats:
    """Numbers of some cohorts, from who counts in each: shape (numbers, cohorts), NaN in the others."""
    count = len(of.member)
    step = max(1, count // SOME)
    values = np.array([compute(cohort, of.member[cohort]) for cohort in range(0, count, step)])
    found = np.full((values.shape[1], count), np.nan)
    found[:, ::step] = values.T
    return found
