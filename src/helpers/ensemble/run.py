"""Drawing an ensemble: shards by joblib on one machine, or by the same call on a Dask cluster.

The seed of a shard comes from that of the ensemble and the number of the shard, so that no order of
work and no number of workers shows in the result. Every shard is kept as a file as soon as it is
there; a later run goes on from those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import pandas as pd

from .. import kept
from ..published import Study
from . import shards, store
from .cohorts import Ensemble, of_flat
from .engines import engine
from .shards import MEMBERS, Shard
from .store import EnsembleError


@dataclass(frozen=True)
class Plan:
    """What is to be drawn: `n` cohorts, measures in turn over the shards.

    Attributes
    ----------
    study : Study
    n, seed : int
    measures : tuple of str
        Names of reference measures of the study.

    Raises
    ------
    EnsembleError
        Without cohorts, without measures, or for a measure that the study has not.
    """

    study: Study
    n: int
    seed: int
    measures: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.n < 1:
            raise EnsembleError(f"n: at least 1 cohort was expected, found {self.n}")
        if not self.measures:
            raise EnsembleError("measures: at least one was expected, found none")
        for name in self.measures:
            if name not in self.study.measures:
                known = ", ".join(self.study.measures)
                raise EnsembleError(f"measure {name!r}: one of {known} was expected")

    @cached_property
    def shards(self) -> list[Shard]:
        """The shards in their order."""
        return [
            Shard(
                number,
                self.measures[number % len(self.measures)],
                min(MEMBERS, self.n - number * MEMBERS),
            )
            for number in range(-(-self.n // MEMBERS))
        ]

    @cached_property
    def digest(self) -> str:
        """What the contents of a shard depend on, in 16 characters."""
        values = self.study.model_dump_json(), repr((self.seed, self.measures))
        return kept.digest(shards.draw_shard, *values)


def draw(
    plan: Plan,
    work: Path,
    workers: int = -1,
    scheduler: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Ensemble:
    """Draw the shards that are not there yet, and join all of them.

    Parameters
    ----------
    plan : Plan
    work : Path
        Folder for the files of shards; each plan has its own within.
    workers : int
        Processes on this machine; -1 for one a core.
    scheduler : str, optional
        Address of a Dask scheduler, such as `tcp://10.0.0.1:8786`: its workers draw instead.
    progress : callable, optional
        Called with the cohorts that are there.

    Returns
    -------
    Ensemble

    Raises
    ------
    EnsembleError
        When no cohort is found, when the scheduler is not there or is lost, when it has no workers
        to begin with or workers of other versions, and when workers are killed again and again.
    PublishedError
        When the study cannot be searched.
    OSError
        When the folder cannot be written.
    """
    members = {shard.file: shard.members for shard in plan.shards}

    def report(files: Collection[str]) -> None:
        if progress is not None:
            progress(sum(members[file] for file in files))

    try:
        frames = kept.together(
            {
                shard.file: partial(shards.draw_shard, plan.study, plan.seed, shard)
                for shard in plan.shards
            },
            shards.draw_shard,
            work / plan.digest,
            lambda path: store.from_bytes(path.read_bytes(), path),
            partial(engine, workers, scheduler),
            report,
        )
    except kept.KeptError as error:
        raise EnsembleError(str(error)) from None
    return of_flat(_joined(plan, frames), plan.study, "ensemble")


def _joined(plan: Plan, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """All shards, cohorts numbered through."""
    first = 0
    for shard, frame in zip(plan.shards, frames, strict=True):
        frame["cohort"] += first
        first += shard.members
    joined = pd.concat(frames, ignore_index=True)
    tables = store.columns(plan.study)
    return joined[[*(name for name in joined if name not in tables), *tables]]
