"""A cohort that prints the numbers of a study: drawn from priors, searched for, written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..compiled import forget_stale
from ..published import Study
from .search import UnsatisfiedError, search
from .writing import written_out

__all__ = ["Reconstruction", "UnsatisfiedError", "reconstruct"]


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
    rng = np.random.default_rng(seed)
    found = search(study, rng, evaluations, progress)
    tables = written_out(study, found.tables, found.owner, rng)
    return Reconstruction(tables, found.trace, found.evaluations)
