"""Drawing an ensemble: shards by joblib on one machine, or by the same call on a Dask cluster.

A shard is one chain: up to `MEMBERS` cohorts of one reference measure. Its seed comes from that of
the ensemble and the number of the shard, so that no order of work and no number of workers shows
in the result. Every shard is kept as a file as soon as it is there; a later run goes on from those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import joblib
import numba
import numpy as np
import pandas as pd

from .. import package, published, reconstruct
from ..published import Study
from ..reconstruct.chain import chain
from . import store
from .cohorts import Ensemble, of_flat
from .engines import engine
from .store import EnsembleError

MEMBERS = 40
"""Cohorts of a shard."""
_ATTEMPTS = 3
"""How often work goes on after a worker was killed without any shard having been finished."""


@dataclass(frozen=True)
class Shard:
    """One chain: `members` cohorts of a measure."""

    number: int
    measure: str
    members: int

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"shard-{self.number:04d}-{self.members}.parquet"


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
        parts = [self.study.model_dump_json(), repr((self.seed, self.measures)), sources()]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def sources() -> str:
    """A digest of the code and the libraries that a shard is drawn with."""
    found = hashlib.sha256(f"{np.__version__} {numba.__version__}".encode())
    files = [Path(store.__file__), Path(__file__)]
    for module in (published, reconstruct):
        files += sorted(Path(module.__file__ or "").parent.glob("*.py"))
    for path in files:
        found.update(path.read_bytes())
    return found.hexdigest()


def shard(study: Study, seed: int, one: Shard, version: str) -> tuple[int, bytes]:
    """Draw one shard; wherever it runs, the same arguments give the same bytes.

    Returns
    -------
    (int, bytes)
        Its number, and its file.

    Raises
    ------
    EnsembleError
        Where no cohort is found, and where this machine has another version of the sampler than
        asked for.
    """
    if sources() != version:
        raise EnsembleError("a worker has another version of helpers, numpy or numba than this run")
    try:
        drawn = chain(study, one.measure, (seed, one.number), one.members)
    except reconstruct.UnsatisfiedError as error:
        raise EnsembleError(f"shard {one.number}, measure {one.measure}: {error}") from None
    record = drawn.record.reset_index(drop=True).rename(columns=str)
    record.insert(0, "measure", one.measure)
    record.insert(1, "shard", one.number)
    flat = store.flatten(study, store.stacked(study, drawn.members), record)
    return one.number, store.to_bytes(study, flat)


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
    folder = work / plan.digest
    waiting = {one.number: one for one in plan.shards if not _readable(folder / one.file)}

    def report() -> None:
        if progress is not None:
            progress(plan.n - sum(one.members for one in waiting.values()))

    report()
    version = sources()
    failures = 0
    while waiting:
        before = len(waiting)
        try:
            with engine(workers, scheduler):
                calls = [
                    joblib.delayed(shard)(plan.study, plan.seed, one, version)
                    for one in waiting.values()
                ]
                found = joblib.Parallel(return_as="generator_unordered", batch_size=1)(calls)
                for number, content in found:
                    package.write(folder, {waiting[number].file: content})
                    del waiting[number]
                    report()
        except BrokenProcessPool:
            failures = failures + 1 if len(waiting) == before else 1
            if failures == _ATTEMPTS:
                raise EnsembleError(
                    f"workers were killed {_ATTEMPTS} times before any finished a shard; "
                    "is there enough memory for that many?"
                ) from None
    return of_flat(_joined(plan, folder), plan.study, "ensemble")


def _readable(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        store.from_bytes(path.read_bytes(), path)
    except EnsembleError:
        return False
    return True


def _joined(plan: Plan, folder: Path) -> pd.DataFrame:
    """All shards, cohorts numbered through."""
    frames, first = [], 0
    for one in plan.shards:
        path = folder / one.file
        frame = store.from_bytes(path.read_bytes(), path)
        frame["cohort"] += first
        first += one.members
        frames.append(frame)
    joined = pd.concat(frames, ignore_index=True)
    tables = store.columns(plan.study)
    return joined[[*(name for name in joined if name not in tables), *tables]]
