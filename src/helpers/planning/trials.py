"""Studies that are simulated as they are planned, and how often each finds what is there.

Patients enter evenly and are followed to one date; hazards are constant up to a change and after it.
The log-rank test and Cox's model are those of `helpers.batch`, which computes thousands at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import batch
from .enrolment import Enrolment
from .needed import PlanError, check_share
from .worlds import World

_Floats = NDArray[np.float64]
_AT_ONCE = 400_000
"""Simulated patients that are in memory at one time."""


@dataclass(frozen=True)
class Simulated:
    """How often simulated studies found what is there.

    Attributes
    ----------
    power : float
        Share of the studies whose test was significant, in either direction.
    error : float
        Its Monte Carlo standard error.
    events : float
        Mean number of events in a study.
    patients, studies : int
    """

    power: float
    error: float
    events: float
    patients: int
    studies: int


def simulated_power(
    truth: World,
    share: float,
    patients: int,
    enrolment: Enrolment,
    studies: int = 2000,
    alpha: float = 0.05,
    seed: int = 2023,
) -> Simulated:
    """Power of the log-rank test in studies as planned.

    Parameters
    ----------
    truth : World
    share : float
        Of the patients in the group with the ratios; as near as whole patients allow.
    patients, studies : int
    enrolment : Enrolment
    alpha : float
        Two-sided level.
    seed : int

    Returns
    -------
    Simulated
        A study in which nothing can be compared counts as one that found nothing.

    Raises
    ------
    PlanError
        When a group would be empty.
    """
    group = _group(patients, share)
    rng = np.random.default_rng(seed)
    found, events = [], []
    for many in _parts(studies, patients):
        exposure = rng.exponential(size=(many, patients))
        cohorts = _seen(truth.times(exposure, group), enrolment, rng)
        p = batch.log_rank(cohorts, group).p
        found.append(np.nan_to_num(p, nan=1.0) < alpha)
        events.append(_events(cohorts))
    return _told(np.concatenate(found), np.concatenate(events), patients)


def simulated_interaction(
    rates: Sequence[float],
    divided: Sequence[float],
    patients: int,
    enrolment: Enrolment,
    studies: int = 1000,
    alpha: float = 0.05,
    seed: int = 2023,
) -> Simulated:
    """Power of Wald's test of the product of treatment and marker in Cox's model.

    Parameters
    ----------
    rates : sequence of float, length 4
        Constant hazards a month of the cells, in the order of `events.cells`.
    divided : sequence of float, length 4
        Shares of the patients in them.
    patients, studies : int
    enrolment : Enrolment
    alpha : float
    seed : int

    Returns
    -------
    Simulated
        A study without a finite fit counts as one that found nothing.

    Raises
    ------
    PlanError
        When a cell would be empty.
    """
    ends = np.rint(np.cumsum(divided) * patients).astype(int)
    cell = np.searchsorted(ends, np.arange(patients), side="right")
    if len(np.unique(cell)) < 4:
        raise PlanError(f"patients: some in each of four cells were expected, found {patients}")
    treated, marked = cell % 2, cell // 2
    design = np.column_stack([treated, marked, treated * marked]).astype(float)
    rng = np.random.default_rng(seed)
    found, events = [], []
    for many in _parts(studies, patients):
        times = rng.exponential(1 / np.asarray(rates)[cell], (many, patients))
        cohorts = _seen(times, enrolment, rng)
        fit = batch.cox(cohorts, design)
        fitted = fit.status == batch.Status.CONVERGED
        found.append(fitted & (np.nan_to_num(fit.p[:, 2], nan=1.0) < alpha))
        events.append(_events(cohorts))
    return _told(np.concatenate(found), np.concatenate(events), patients)


def _group(patients: int, share: float) -> NDArray[np.bool_]:
    check_share(share, "share")
    members = round(share * patients)
    if not 0 < members < patients:
        raise PlanError(f"patients: some in each group were expected, found {patients} in all")
    return np.arange(patients) < members


def _parts(studies: int, patients: int) -> list[int]:
    """How many studies are simulated at a time."""
    if studies < 1:
        raise PlanError(f"studies: at least 1 was expected, found {studies}")
    most = max(1, _AT_ONCE // patients)
    return [min(most, studies - start) for start in range(0, studies, most)]


def _seen(times: _Floats, enrolment: Enrolment, rng: np.random.Generator) -> batch.Batch:
    """What a study sees of times to the event."""
    until = enrolment.follow_up + enrolment.accrual * rng.random(times.shape)
    if enrolment.lost:
        until = np.minimum(until, rng.exponential(1 / enrolment.hazard_of_loss, times.shape))
    return batch.cohorts(np.minimum(times, until), times <= until)


def _events(cohorts: batch.Batch) -> _Floats:
    return cohorts.event_observed.sum(axis=1).astype(float)


def _told(found: NDArray[np.bool_], events: _Floats, patients: int) -> Simulated:
    power = float(found.mean())
    error = float(np.sqrt(power * (1 - power) / len(found)))
    return Simulated(power, error, float(events.mean()), patients, len(found))
