"""Many cohorts of patients at once: checked where they enter, and sorted once for all statistics.

lifelines and scikit-survival take one cohort a call and sort it again in every call.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..compiled import forget_stale
from ._compiled import kernel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Cohorts with their patients in order of time; `cohorts` makes it.

    Attributes
    ----------
    durations : array, shape (cohorts, patients)
        Ascending in each row; beyond a cohort's size, the rows hold what is left out.
    event_observed : array of bool, shape (cohorts, patients)
        In the same order.
    order : array of int, shape (cohorts, patients)
        Where each of them stands in what was given.
    size : array of int, shape (cohorts,)
        Patients that count, which come first in each row.
    """

    durations: Floats
    event_observed: Bools
    order: Integers
    size: Integers

    def __len__(self) -> int:
        return len(self.size)

    def __getitem__(self, rows: ArrayLike | slice) -> Batch:
        """Some of the cohorts, by number or by a flag each; a batch again, also of one."""
        chosen = np.arange(len(self))[rows if isinstance(rows, slice) else np.asarray(rows)]
        kept = np.atleast_1d(chosen)
        return Batch(
            self.durations[kept], self.event_observed[kept], self.order[kept], self.size[kept]
        )

    @property
    def patients(self) -> int:
        """Patients of a row as given, those left out among them."""
        return self.durations.shape[1]

    def subset(self, member: ArrayLike) -> Batch:
        """The same cohorts with some of their patients, without sorting again.

        Parameters
        ----------
        member : array-like of bool, shape (cohorts, patients) or (patients,)
            In the order in which the patients were given.

        Returns
        -------
        Batch
            In which covariates and groups keep their shape: all patients, as given.
        """
        chosen = self.flags(member, "member")
        return Batch(*_kept(self.durations, self.event_observed, self.order, self.size, chosen))

    def flags(self, values: ArrayLike, name: str) -> Bools:
        """A yes or no for each patient, as an array of the shape of the batch.

        Raises
        ------
        ValueError
            For another shape, or other values than 0 and 1.
        """
        found = np.asarray(values)
        if found.shape not in (self.order.shape, self.order.shape[1:]):
            raise ValueError(
                f"{name}: {_shape(self.order.shape)} was expected, found {found.shape}"
            )
        if found.dtype != bool and not np.isin(found, (0, 1)).all():
            raise ValueError(f"{name}: 0 and 1 were expected, found other values")
        return spread(found.astype(bool), self.order.shape)

    def scores(self, values: ArrayLike, name: str) -> Floats:
        """A number for each patient, as an array of the shape of the batch.

        Raises
        ------
        ValueError
            For another shape, and for numbers that are not finite.
        """
        found = np.asarray(values, dtype=float)
        if found.shape not in (self.order.shape, self.order.shape[1:]):
            raise ValueError(
                f"{name}: {_shape(self.order.shape)} was expected, found {found.shape}"
            )
        _finite(found, name)
        return spread(found, self.order.shape)

    def covariates(self, values: ArrayLike, name: str = "covariates") -> Floats:
        """Covariates of each patient, as an array of shape (cohorts, patients, p).

        Raises
        ------
        ValueError
            For another shape, for no covariate, and for numbers that are not finite.
        """
        found = np.asarray(values, dtype=float)
        shape = self.order.shape
        if found.ndim not in (2, 3) or found.shape[:-1] not in (shape, shape[1:]):
            wanted = f"{_shape(shape)} and a last axis of covariates"
            raise ValueError(f"{name}: {wanted} was expected, found {found.shape}")
        if found.shape[-1] == 0:
            raise ValueError(f"{name}: at least one was expected, found none")
        _finite(found, name)
        return spread(found, (*shape, found.shape[-1]))


def spread(values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The same values for all of a shape, as an array of its own.

    One that numpy lends is read-only, which to numba is another type: every kernel would be compiled
    once more for it.
    """
    return np.broadcast_to(values, shape).copy()


def cohorts(
    durations: ArrayLike, event_observed: ArrayLike, included: ArrayLike | None = None
) -> Batch:
    """Cohorts for the statistics of this package.

    Parameters
    ----------
    durations : array-like, shape (cohorts, patients)
        Time from entry to event or censoring; one cohort may be given as shape (patients,).
    event_observed : array-like of 0 and 1, the same shape
    included : array-like of bool, the same shape, optional
        Patients that count; for cohorts of unequal sizes, which are filled up to one width. What
        the others hold does not matter as long as it is finite.

    Returns
    -------
    Batch

    Raises
    ------
    ValueError
        When shapes differ, a duration is negative or not finite, or an event is neither 0 nor 1.
    """
    forget_stale(Path(__file__).parent)
    time = np.atleast_2d(np.asarray(durations, dtype=float))
    if time.ndim != 2 or time.shape[1] == 0:
        raise ValueError(
            f"durations: shape (cohorts, patients) was expected, found {np.shape(durations)}"
        )
    if not np.isfinite(time).all() or (time < 0).any():
        raise ValueError("durations: numbers of at least 0 were expected, found others")
    order = np.argsort(time, axis=1, kind="stable")
    sorted_time = np.take_along_axis(time, order, axis=1)
    size = np.full(len(time), time.shape[1])
    everyone = Batch(sorted_time, np.zeros(time.shape, bool), order, size)
    event = everyone.flags(np.atleast_2d(event_observed), "event_observed")
    batch = Batch(sorted_time, np.take_along_axis(event, order, axis=1), order, size)
    return batch if included is None else batch.subset(np.atleast_2d(included))


def _finite(values: Floats, name: str) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: finite numbers were expected, found NaN or infinity")


def _shape(shape: tuple[int, ...]) -> str:
    return f"shape {shape} or {shape[1:]}"


@kernel
def _kept(durations, event_observed, order, size, chosen):
    """Those chosen first, then the others, both in order of time."""
    time, event = np.empty_like(durations), np.empty_like(event_observed)
    place, kept = np.empty_like(order), np.zeros_like(size)
    cohorts, patients = durations.shape
    for c in range(cohorts):
        front = 0
        for k in range(size[c]):
            front += chosen[c, order[c, k]]
        kept[c] = front
        here, there = 0, front
        for k in range(patients):
            if k < size[c] and chosen[c, order[c, k]]:
                at = here
                here += 1
            else:
                at = there
                there += 1
            time[c, at], event[c, at] = durations[c, k], event_observed[c, k]
            place[c, at] = order[c, k]
    return time, event, place, kept
