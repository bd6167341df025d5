"""Scan by scan: when the metastasis of each woman is found, at which diameter, and by what.

A scan of a woman has random numbers that depend on her and on its date alone, and not on the scans
before. So if all dates of one schedule are dates of another, no lesion is found later under the
second: this holds woman by woman, not only on average. The numbers come from SplitMix64 (Steele, Lea
and Flood 2014, doi 10.1145/2660193.2660195).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf, log
from pathlib import Path as Folder

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..compiled import forget_stale
from ._kernels import compiled
from .courses import Courses
from .paths import Reals, in_plain_python, log_diameter
from .sensitivity import Sensitivity

_ODD = np.uint64(0x9E3779B97F4A7C15)
_REST, _UNIT = np.uint64(11), 1.0 / 9007199254740992.0
"""Of 64 random bits 53 make a number from 0 to 1."""
_TO_DATE = 1000
"""Dates are told apart to this part of a month."""


@dataclass(frozen=True)
class Watched:
    """Women under a schedule; an element a woman.

    Attributes
    ----------
    courses : Courses
    found_months : array
        When the lesion is found: at a scan, or when it is felt.
    diameter_mm : array
        Its diameter then, mm.
    by_scan : array of bool
        Whether a scan found it.
    scans : array of int
        Scans that she had until then.
    clear_months : array
        The last of them that showed nothing; 0 is the scan at the beginning.
    """

    courses: Courses
    found_months: Reals
    diameter_mm: Reals
    by_scan: NDArray[np.bool_]
    scans: NDArray[np.int64]
    clear_months: Reals

    @cached_property
    def lead_months(self) -> Reals:
        """By how many months a scan was ahead of feeling; 0 where the lesion was felt."""
        return np.where(self.by_scan, self.courses.felt_months - self.found_months, 0.0)


def watch(
    courses: Courses,
    scans: ArrayLike,
    sensitivity: Sensitivity,
    *,
    adherence: float = 1.0,
    seed: int = 1,
    plain: bool = False,
) -> Watched:
    """Go through the scans of all women.

    Parameters
    ----------
    courses : Courses
    scans : (n,) array-like
        Months of the scans, rising; none is possible.
    sensitivity : Sensitivity
    adherence : float
        Probability with which a woman comes to a scan, to each anew.
    seed : int
        Of the scans' random numbers.
    plain : bool
        Whether to go by numpy, a scan at a time, and not by compiled code. The results are the same;
        this is how it goes where there is no numba.

    Returns
    -------
    Watched
        A scan on the day on which a lesion is felt counts as before.

    Raises
    ------
    ValueError
        For dates that do not rise, and for an adherence that is no share.
    """
    at = np.asarray(scans, float)
    if at.ndim != 1 or (np.diff(at) <= 0).any():
        raise ValueError("scans: months that rise were expected")
    if not 0 <= adherence <= 1:
        raise ValueError("adherence: a share from 0 to 1 was expected")
    n = len(courses)
    found, size = courses.felt_months.copy(), np.empty(n)
    by_scan, had, clear = np.zeros(n, np.bool_), np.zeros(n, np.int64), np.zeros(n)
    dates = np.round(at * _TO_DATE).astype(np.int64).astype(np.uint64)
    women = _mixed_plain(courses.number * _ODD + np.uint64(seed))
    keys = [_mixed_plain(dates * _ODD + np.uint64(salt)) for salt in (1, 2)]
    about = (courses.path.code, *courses.path.constants)
    how = (log(sensitivity.half_mm), sensitivity.steepness, sensitivity.most, adherence)
    through: Callable[..., None] = _through_plain
    if not plain and hasattr(_through, "py_func"):
        forget_stale(Folder(__file__).parent)
        through = _through
    through(
        women, courses.visible_months, courses.window_months, courses.felt_months, about,
        at, *keys, how, found, size, by_scan, had, clear,
    )  # fmt: skip
    felt = ~by_scan
    clock = (found[felt] - courses.visible_months[felt]) / courses.window_months[felt]
    size[felt] = in_plain_python(*about, clock)
    return Watched(courses, found, np.exp(size), by_scan, had, clear)


def drawn_for(number: NDArray[np.uint64], salt: int) -> Reals:
    """A random number from 0 to 1 of each woman, the same for the same number and salt."""
    salts = np.full(1, salt, np.uint64)  # numbers of an array may overflow without a warning
    return (_mixed_plain(_mixed_plain(number * _ODD) + salts * _ODD) >> _REST) * _UNIT


@compiled
def _mixed(z):  # type: ignore[no-untyped-def]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


_mixed_plain = getattr(_mixed, "py_func", _mixed)


@compiled
def _through(  # type: ignore[no-untyped-def]
    women, visible, window, felt, about, at, comes, sees, how, found, size, by_scan, had, clear
):
    code, one, two, three = about
    log_half, steepness, most, adherence = how
    for i in range(len(visible)):
        for j in range(len(at)):
            if at[j] > felt[i]:
                break
            if adherence < 1.0:
                drawn = _mixed(women[i] ^ comes[j]) >> _REST
                if drawn * _UNIT >= adherence:
                    continue
            had[i] += 1
            log_mm = log_diameter(code, one, two, three, (at[j] - visible[i]) / window[i])
            over = log_mm - log_half
            if steepness == np.inf:
                chance = most if over >= 0.0 else 0.0
            else:
                chance = most / (1.0 + np.exp(-steepness * over))
            drawn = _mixed(women[i] ^ sees[j]) >> _REST
            if drawn * _UNIT < chance:
                found[i], size[i], by_scan[i] = at[j], log_mm, True
                break
            clear[i] = at[j]


def _through_plain(
    women: NDArray[np.uint64],
    visible: Reals,
    window: Reals,
    felt: Reals,
    about: tuple[int, float, float, float],
    at: Reals,
    comes: NDArray[np.uint64],
    sees: NDArray[np.uint64],
    how: tuple[float, float, float, float],
    found: Reals,
    size: Reals,
    by_scan: NDArray[np.bool_],
    had: NDArray[np.int64],
    clear: Reals,
) -> None:
    """As `_through`, a scan of all women at a time."""
    log_half, steepness, most, adherence = how
    left = np.arange(len(visible))
    for month, come, see in zip(at, comes, sees, strict=True):
        left = left[month <= felt[left]]
        there = left
        if adherence < 1.0:
            there = left[(_mixed_plain(women[left] ^ come) >> _REST) * _UNIT < adherence]
        had[there] += 1
        with np.errstate(divide="ignore", over="ignore"):
            log_mm = in_plain_python(*about, (month - visible[there]) / window[there])
            over = log_mm - log_half
            if steepness == inf:
                chance = np.where(over >= 0.0, most, 0.0)
            else:
                chance = most / (1.0 + np.exp(-steepness * over))
        seen = (_mixed_plain(women[there] ^ see) >> _REST) * _UNIT < chance
        hit = there[seen]
        found[hit], size[hit], by_scan[hit] = month, log_mm[seen], True
        clear[there[~seen]] = month
        left = left[~by_scan[left]]
