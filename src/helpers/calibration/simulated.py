"""Known truths: draw a cohort, print its abstract, reconstruct from that alone, and look."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from .. import kept
from ..published import PublishedError, Study
from .against import Size, against
from .quantities import focus
from .truths import draw


@dataclass(frozen=True)
class Plan:
    """What to simulate.

    Attributes
    ----------
    measures : tuple of str
        The measures from which known cohorts are drawn, each reconstructed with its own.
    replicates : int
        Known cohorts from each measure.
    size : Size
        Of each ensemble.
    seed : int
    """

    measures: tuple[str, ...]
    replicates: int
    size: Size
    seed: int

    @property
    def truths(self) -> list[tuple[str, int]]:
        """Measure and replicate of each known cohort, measures in turn: a part is balanced, too."""
        return [(name, number) for number in range(self.replicates) for name in self.measures]


def simulate(
    study: Study,
    plan: Plan,
    folder: Path,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Simulate what a plan says, or what is left of it.

    Every comparison has a seed of its own and is kept when done. So the result depends neither on the
    number of processes nor on interruptions, and a larger plan leaves the earlier ones as they are.

    Parameters
    ----------
    study : Study
        Its form, priors and measures are used, and of its printed numbers that of the patients.
    plan : Plan
    folder : Path
        Where comparisons are kept.
    jobs : int
        Processes.
    progress : callable, optional
        Called with the number of comparisons that are done.

    Returns
    -------
    DataFrame
        A row a cohort, known ones and members: `replicate`, `drawn` (cohorts drawn until one
        could print such an abstract), and the columns of `against`.

    Raises
    ------
    PublishedError
        When the study has no such measure, or prints no p value to look at.
    UndrawableError
        When a measure gives no cohort that could print such an abstract.
    KeptError
        When workers are killed again and again.
    OSError
        When the folder cannot be written.
    """
    for name in plan.measures:
        if name not in study.measures:
            known = ", ".join(study.measures)
            raise PublishedError(f"measures: one of {known} was expected, found {name!r}")
    focus(study)
    pieces = {
        f"{measure}-{number:05d}": partial(_compared, study, plan, measure, number)
        for measure, number in plan.truths
    }
    depends_on = repr((study.model_dump_json(), plan.size, plan.seed))
    return kept.tables(pieces, _compared, depends_on, folder, jobs, progress)


def _compared(study: Study, plan: Plan, measure: str, number: int) -> pd.DataFrame:
    """One known cohort and its ensemble."""
    seed = [plan.seed, zlib.crc32(measure.encode()), number]
    truth = draw(study, measure, np.random.default_rng(seed))
    about = focus(study)
    group = study.models[about.model].covariates[about.term].group
    known = truth.log_ratios.get(group or "")
    found = against(truth.study, truth.cohort.tables, measure, plan.size, seed, known)
    found.insert(0, "replicate", number)
    found.insert(1, "drawn", truth.drawn)
    return found
