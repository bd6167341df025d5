"""A cohort that prints the numbers of a study: drawn from priors, searched for, written out.

The search is a chain of `chain` that is cooled down, and ends at the first cohort that meets every
constraint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd

from ..compiled import forget_stale
from ..published import Study
from .misses import UnsatisfiedError, unsatisfied
from .sampler import COLD, COOLING, HOT, Sampler
from .temperature import COLDEST

__all__ = ["Reconstruction", "UnsatisfiedError", "reconstruct"]

_CHUNK = 5_000
"""Cohorts from one row of the trace to the next."""
_CYCLE = 3
"""Times the moves of the cooling after which the search starts afresh, and ends colder."""
_COLDER = 0.6
"""Of the last temperature, the next time."""


@dataclass(frozen=True)
class Reconstruction:
    """Tables that meet the constraints of a study, and how the search went.

    Attributes
    ----------
    tables : dict of DataFrames
        Every column of the data contract, in its order.
    trace : DataFrame
        The total violation, and that of each constraint, as the search went on.
    evaluations : int
        Cohorts that were evaluated.
    """

    tables: dict[str, pd.DataFrame]
    trace: pd.DataFrame
    evaluations: int


def reconstruct(
    study: Study,
    seed: int,
    evaluations: int = 2_000_000,
    progress: Callable[[int, float], None] | None = None,
) -> Reconstruction:
    """Find a cohort that prints what a study printed.

    Parameters
    ----------
    study : Study
    seed : int
        The same seed gives the same cohort.
    evaluations : int
        Cohorts to evaluate at most.
    progress : callable, optional
        Called with the evaluations so far and the smallest total violation.

    Returns
    -------
    Reconstruction

    Raises
    ------
    UnsatisfiedError
        When no cohort is found.
    PublishedError
        When the study cannot be searched.
    """
    forget_stale(Path(__file__).parent)
    sampler = Sampler(study, None, np.random.default_rng(seed))
    cooling = min(COOLING, evaluations)
    trace: list[tuple[float, ...]] = []
    nearest, message = inf, ""
    done = begun = 0
    coldest = COLD
    while done < evaluations:
        if done == begun:
            sampler.begin()
            total, _, violations = sampler.evaluated()
            trace.append((done, HOT, total, *violations))
        hot, cold = (
            HOT * (coldest / HOT) ** min(1.0, moves / cooling)
            for moves in (done - begun, done - begun + _CHUNK)
        )
        taken, found, _ = sampler.run(min(_CHUNK, evaluations - done), hot, cold, gap=1)
        done += taken
        if done - begun >= _CYCLE * cooling:
            begun = done  # from other rows others are reached
            coldest = max(COLDEST, coldest * _COLDER)
        total, values, violations = sampler.evaluated()
        trace.append((done, cold, total, *violations))
        if total < nearest:
            nearest = total
            message = unsatisfied(study, sampler.layout, values, violations, evaluations)
        if progress is not None:
            progress(done, nearest)
        if found and total == 0.0:
            names = ["evaluations", "temperature", "violation", *sampler.layout.labels]
            return Reconstruction(sampler.tables(), pd.DataFrame(trace, columns=names), done)
    raise UnsatisfiedError(message)
