"""Drawing an ensemble: shards by joblib on one machine, or by the same call on a Dask cluster.

The seed of a shard comes from that of the ensemble and the number of the shard, and how long its
chain is, from what all chains of its measure have drawn (see `series`), so that no order of work and
no number of workers shows in the result. Every segment of a chain is kept as a file as soon as it is
there; a later run goes on from those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import kept
from ..published import Study
from . import leeway, shards, store
from .cohorts import Ensemble, of_flat
from .engines import engine
from .series import Series
from .shards import CHAINS, Shard
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
        """The shards in their order, measures in turn; their sizes differ by one at most."""
        count = min(self.n, CHAINS * len(self.measures))
        each, over = divmod(self.n, count)
        return [
            Shard(number, self.measures[number % len(self.measures)], each + (number < over))
            for number in range(count)
        ]

    @cached_property
    def digest(self) -> str:
        """What the contents of a shard depend on, in 16 characters."""
        values = self.study.model_dump_json(), repr((self.n, self.seed, self.measures))
        return kept.digest(shards.draw_segment, *values)


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
    every = [
        Series([shard for shard in plan.shards if shard.measure == measure])
        for measure in dict.fromkeys(shard.measure for shard in plan.shards)
    ]
    told = 0

    def report(_: Collection[str] = ()) -> None:
        nonlocal told
        told = max(told, int(sum(one.share * one.members for one in every)))
        if progress is not None:
            progress(told)

    folder = work / plan.digest
    files: dict[int, list[Path]] = {shard.number: [] for shard in plan.shards}
    report()
    while left := [one for one in every if not one.done]:
        segments = [segment for one in left for segment in one.next()]
        long_first = sorted(segments, key=lambda one: one.draws * one.gap, reverse=True)
        try:
            # Read as they come, while others are drawn.
            main = kept.together(
                {
                    segment.file: partial(shards.draw_segment, plan.study, plan.seed, segment)
                    for segment in long_first
                },
                shards.draw_segment,
                folder,
                partial(_main, plan.study),
                partial(engine, workers, scheduler),
            )
        except kept.KeptError as error:
            raise EnsembleError(str(error)) from None
        of = {segment.file: values for segment, values in zip(long_first, main, strict=True)}
        for segment in segments:
            files[segment.shard.number].append(folder / segment.file)
        for one in left:
            paths = [files[shard.number][-1] for shard in one.shards]
            one.take([of[path.name] for path in paths], [_after(path) for path in paths])
        report()
    return of_flat(_joined(plan, every, files), plan.study, "ensemble")


def _main(study: Study, path: Path) -> pd.DataFrame:
    """The main quantities of a segment; the cohorts that are taken are checked at the end."""
    flat = store.from_bytes(path.read_bytes(), path)
    return leeway.main(of_flat(flat, study, str(path), checked_before=True))


def _after(path: Path) -> bytes:
    return store.after(path.read_bytes())


def _joined(plan: Plan, every: list[Series], files: dict[int, list[Path]]) -> pd.DataFrame:
    """The cohorts that are taken of all shards, numbered through."""
    chosen = {
        shard.number: numbers
        for one in every
        for shard, numbers in zip(one.shards, one.chosen(), strict=True)
    }
    first = 0
    frames = []
    for shard in plan.shards:
        frame = _taken(files[shard.number], chosen[shard.number])
        frame["cohort"] += first
        first += shard.members
        frames.append(frame)
    joined = pd.concat(frames, ignore_index=True)
    tables = store.columns(plan.study)
    return joined[[*(name for name in joined if name not in tables), *tables]]


def _taken(files: list[Path], numbers: NDArray[np.int64]) -> pd.DataFrame:
    """Some of the cohorts of a chain, whose record is then of all moves between them."""
    before = 0
    frames = []
    for path in files:
        frame = store.from_bytes(path.read_bytes(), path)
        frame["cohort"] += before
        before = int(frame["cohort"].max()) + 1
        frames.append(frame)
    flat = pd.concat(frames, ignore_index=True)
    record = flat[["cohort", "moves", "accepted", "met", "burn_in"]].drop_duplicates("cohort")
    moves = record["moves"].to_numpy(float)
    ends = moves.cumsum()[numbers]
    starts = np.concatenate([[0.0], ends[:-1]])
    if len(numbers) > 1:  # what comes before the first, beyond one spacing, is burn-in as well
        starts[0] = max(0.0, ends[0] - np.diff(ends).mean().round())
    found = pd.DataFrame({"moves": ends - starts}, index=numbers)
    for name in ("accepted", "met"):
        total = np.concatenate([[0.0], (record[name] * moves).cumsum()])
        at = np.interp([starts, ends], np.concatenate([[0.0], moves.cumsum()]), total)
        found[name] = (at[1] - at[0]) / found["moves"]
    found["burn_in"] = record["burn_in"].iloc[0] + starts[0]
    flat = flat[flat["cohort"].isin(numbers)].reset_index(drop=True)
    rows = found.loc[flat["cohort"]].reset_index(drop=True)
    for name in ("moves", "accepted", "met", "burn_in"):
        flat[name] = rows[name]
    flat["cohort"] = np.searchsorted(numbers, flat["cohort"])
    return flat
