"""Known truths: draw a cohort, print its abstract, reconstruct from that alone, and look."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..published import PublishedError, Study
from .against import Size, against
from .kept import together
from .quantities import focus
from .truths import draw


@dataclass(frozen=True)
class Plan:
    """What to simulate.

    Attributes
    ----------
    truths : tuple of str
        The measures from which known cohorts are drawn.
    assumed : tuple of str
        The measures with which each is reconstructed.
    replicates : int
        Known cohorts from each measure.
    size : Size
        Of each ensemble.
    seed : int
    """

    truths: tuple[str, ...]
    assumed: tuple[str, ...]
    replicates: int
    size: Size
    seed: int


def simulate(
    study: Study,
    plan: Plan,
    folder: Path,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Simulate what a plan says, or what is left of it.

    A replicate is one known cohort with an ensemble for each assumed measure. It has a seed of its
    own and is kept when done, so that the result depends neither on the number of processes nor on
    interruptions, and more replicates leave the earlier ones as they are.

    Parameters
    ----------
    study : Study
        Its form, priors and measures are used, and of its printed numbers that of the patients.
    plan : Plan
    folder : Path
        Where replicates are kept.
    jobs : int
        Processes.
    progress : callable, optional
        Called with the number of replicates that are done.

    Returns
    -------
    DataFrame
        A row for each replicate, assumed measure and quantity: `truth_from`, `replicate`, `drawn`
        (cohorts drawn until one could print such an abstract), and the columns of `against`.

    Raises
    ------
    PublishedError
        When the study has no such measure, or prints no p value to look at.
    UndrawableError
        When a measure gives no cohort that could print such an abstract.
    OSError
        When the folder cannot be written.
    """
    for name in (*plan.truths, *plan.assumed):
        if name not in study.measures:
            known = ", ".join(study.measures)
            raise PublishedError(f"measures: one of {known} was expected, found {name!r}")
    focus(study)
    pieces = {
        f"{measure}-{number:05d}": partial(_replicate, study, plan, measure, number)
        for number in range(plan.replicates)
        for measure in plan.truths
    }
    depends_on = repr((study.model_dump_json(), plan.assumed, plan.size, plan.seed))
    return together(pieces, depends_on, folder, jobs, progress)


def _replicate(study: Study, plan: Plan, measure: str, number: int) -> pd.DataFrame:
    """One known cohort, against an ensemble for each assumed measure."""
    seed = [plan.seed, zlib.crc32(measure.encode()), number]
    truth = draw(study, measure, np.random.default_rng(seed))
    about = focus(study)
    group = study.models[about.model].covariates[about.term].group
    known = truth.log_ratios.get(group or "")
    rows = [
        row
        for assumed in plan.assumed
        for row in against(truth.study, truth.cohort.tables, assumed, plan.size, seed, known)
    ]
    found = pd.DataFrame(rows)
    found.insert(0, "truth_from", measure)
    found.insert(1, "replicate", number)
    found.insert(2, "drawn", truth.drawn)
    return found
