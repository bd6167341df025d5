"""Cohorts from a reference measure, given every printed number: one annealed Markov chain.

The chain starts from an independent draw of the measure and is cooled to the temperature at which it
works. There its distribution is the measure times exp(-V / T), with V the violation of what the
chain itself looks at. Where V is 0, and what needs a Cox model holds as well, that is the measure
conditioned on every constraint, whatever T: the looks at which this is so, taken alone, are again a
Markov chain, see `retention`. Every so many of these looks the state is kept, after as many have
been let pass as a burn-in. To keep the first that turns up after so many moves would not be the
same: it favours states on the border of the set.

A chain that after cooling is far from meeting the constraints, or meets no state in which all of
them hold, starts afresh from a new draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..compiled import forget_stale
from ..published import Study
from .sampler import Sampler, Snapshot

GAP = 25
"""Looks at which every constraint holds from one kept to the next."""


@dataclass(frozen=True)
class Chain:
    """Cohorts that a chain kept.

    Attributes
    ----------
    tables : dict of DataFrames
        The complete tables of all, one below the other: `cohort`, its number from 0, and every
        column of the contract.
    record : DataFrame
        A row a cohort: the `moves` since the one before, each the evaluation of a cohort; the
        share `accepted` of them; the share `met` of looks at which every constraint held;
        `burn_in`, the moves before the first of all, and `starts`, how often the chain was begun;
        and the parameters of the measure.
    after : bytes
        Where it stood at the end, see `chain`.
    """

    tables: dict[str, pd.DataFrame]
    record: pd.DataFrame
    after: bytes

    @property
    def members(self) -> list[dict[str, pd.DataFrame]]:
        """The complete tables of each cohort."""
        parts = {
            name: [
                part.reset_index(drop=True)
                for _, part in frame.drop(columns="cohort").groupby(frame["cohort"])
            ]
            for name, frame in self.tables.items()
        }
        return [
            {name: part[number] for name, part in parts.items()}
            for number in range(len(self.record))
        ]


def chain(
    study: Study,
    measure: str,
    seed: int | Sequence[int],
    members: int,
    progress: Callable[[int], None] | None = None,
    gap: int = GAP,
    after: bytes | None = None,
) -> Chain:
    """Draw cohorts from a reference measure, given every printed number.

    Parameters
    ----------
    study : Study
    measure : str
        One of the measures that the study declares.
    seed : int or sequence of int
        The same seed gives the same cohorts.
    members : int
        Cohorts to keep.
    progress : callable, optional
        Called with the cohorts kept so far.
    gap : int
        Looks at which every constraint holds from one kept to the next; how many are needed for
        draws that are nearly independent depends on study and measure.
    after : bytes, optional
        Where a chain of the same study, measure and seed stood at its end: go on from there, by
        the same moves as if it had not ended.

    Returns
    -------
    Chain

    Raises
    ------
    UnsatisfiedError
        When no start leads to a cohort that meets every constraint.
    PublishedError
        When the study cannot be searched, or has no measure of that name.
    """
    forget_stale(Path(__file__).parent)
    sampler = Sampler(study, measure, np.random.default_rng(seed))
    if after is None:
        sampler.start()
    else:
        sampler.resume(after)
    kept: list[Snapshot] = []
    record = []
    while len(kept) < members:
        row = sampler.advance(gap)
        if sampler.evaluated()[0] > 0.0:
            continue  # beyond a border by less than the precision of the chain's own fits
        kept.append(sampler.snapshot())
        burn_in = {"burn_in": sampler.burn_in, "starts": sampler.starts}
        record.append({**row, **burn_in, **sampler.theta()})
        if progress is not None:
            progress(len(kept))
    return Chain(sampler.written(kept), pd.DataFrame(record), sampler.checkpoint())
