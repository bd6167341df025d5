"""An ensemble reconstructed from an abstract alone, beside the cohort that printed it.

The members are taken so far apart that they are nearly independent: the chains go on until their
draws are worth enough (see `ensemble.series`), by the quantities that are compared. Only then is the
cohort one more draw among them, and its rank among them uniform.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..ensemble.series import BURN_IN, Series, largest_r_hat, least_size
from ..ensemble.shards import Shard
from ..published import Study
from ..reconstruct import UnsatisfiedError
from ..reconstruct.chain import Chain, chain
from .quantities import PARAMETER, QUANTITIES, focus, quantities_of
from .ranks import MIXED

PILOT, GAP = 40, 5
"""Draws of each chain in its first segment, and looks between them: few, since many truths differ."""
MOST = 60_000_000
"""Moves of an ensemble after which its chains end, whatever they are worth."""
FOUND, NOT_MIXED, NOT_FOUND = "found", "did not mix", "not found"
"""What can become of an ensemble."""


@dataclass(frozen=True)
class Size:
    """How large an ensemble is: chains, and members taken of each.

    With M independent members the range of all holds a truth in (M - 1) of (M + 1) cases; 39 are
    the fewest that have an interval of 95%.
    """

    chains: int
    members: int


class _Spaced(Series):
    """A series that is long enough when its draws are worth enough.

    Whether the few that are taken are worth enough cannot be told from them.
    """

    @property
    def draws(self) -> list[pd.DataFrame]:
        """Of each chain, what is compared of its draws."""
        return self.values

    def _good(self) -> bool:
        return True


def against(
    study: Study,
    tables: dict[str, pd.DataFrame],
    assumed: str,
    size: Size,
    seed: Sequence[int],
    log_ratio: float | None = None,
) -> pd.DataFrame:
    """Reconstruct an ensemble from an abstract, and put the cohort that printed it beside.

    Parameters
    ----------
    study : Study
        Its entries are the abstract.
    tables : dict of DataFrames
        The cohort; the ensemble is not shown it.
    assumed : str
        The reference measure of the ensemble.
    size : Size
    seed : sequence of int
    log_ratio : float, optional
        The log hazard ratio from which the cohort was drawn, where it was.

    Returns
    -------
    DataFrame
        A row a cohort, the truth first: `assumed`; `outcome`, of `FOUND`, `NOT_MIXED` and
        `NOT_FOUND`; `r_hat`, the largest, and `worth`, the least effective size of all draws, by
        the quantities that vary; `moves`, in millions; `member`, 0 for the truth; and the
        quantities (see `quantities`), rounded. Without an ensemble there is the truth alone.
    """
    truth = quantities_of(study, [tables])
    truth[PARAMETER] = np.nan if log_ratio is None else log_ratio
    rows = [truth]
    key = [*seed, zlib.crc32(assumed.encode())]
    outcome, agree, worth, moves = NOT_FOUND, np.nan, np.nan, 0
    try:
        series, moves = _drawn(study, assumed, size, key)
        used = [draws.iloc[len(draws) // BURN_IN :] for draws in series.draws]
        agree, worth = largest_r_hat(used), least_size(used)
        outcome = FOUND if agree <= MIXED else NOT_MIXED
        rows += [values.iloc[at] for values, at in zip(series.values, series.taken(), strict=True)]
    except UnsatisfiedError:
        pass
    found = pd.concat(rows, ignore_index=True)[[*QUANTITIES, PARAMETER]].round(4)
    about = pd.DataFrame(
        {
            "assumed": assumed,
            "outcome": outcome,
            "r_hat": round(agree, 3),
            "worth": round(worth, 1),
            "moves": round(moves / 1e6, 1),
            "member": np.arange(len(found)),
        }
    )
    return about.join(found)


def _drawn(study: Study, assumed: str, size: Size, key: list[int]) -> tuple[_Spaced, int]:
    """The chains of an ensemble, drawn until they are worth enough, and their moves."""
    shards = [Shard(number, assumed, size.members) for number in range(1, size.chains + 1)]
    series = _Spaced(shards, gap=GAP, more=PILOT)
    moves = 0
    while not series.done:
        drawn = [
            chain(
                study,
                assumed,
                [*key, segment.shard.number],
                segment.draws,
                gap=segment.gap,
                after=segment.after,
            )
            for segment in series.next()
        ]
        last = sum(int(one.record["moves"].sum()) for one in drawn)
        moves += last
        each = last / series.more / series.gap
        series.take([_quantities(study, one) for one in drawn], [one.after for one in drawn])
        if series.done:
            break
        left = int((MOST - moves) / (each * series.gap))
        if left < 1 and len(series.draws[0]) >= size.members:
            break
        # No more than there are, as the first estimates of what draws are worth are rough.
        series.more = min(series.more, len(series.draws[0]), max(left, size.members))
    return series, moves


def _quantities(study: Study, drawn: Chain) -> pd.DataFrame:
    """The quantities of each draw, and the log hazard ratio of the measure itself, if it has one."""
    found = quantities_of(study, drawn.members)
    about = focus(study)
    group = study.models[about.model].covariates[about.term].group
    name = f"log hazard ratio of {group}"
    found[PARAMETER] = drawn.record[name].to_numpy() if name in drawn.record else np.nan
    return found.drop(columns="standard_error")
