"""Shards of an ensemble: the chains of reference measures, each drawn in segments."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..published import Study
from ..reconstruct import UnsatisfiedError
from ..reconstruct.chain import chain
from . import store
from .store import EnsembleError

CHAINS = 4
"""Chains of a measure. R-hat falls below 1.02 where each half of a chain has some 50 effective draws;
few long chains get there with fewer draws than many short ones, and cool down less often."""


@dataclass(frozen=True)
class Shard:
    """One chain: `members` cohorts of a measure."""

    number: int
    measure: str
    members: int


@dataclass(frozen=True)
class Segment:
    """A part of a chain: so many `draws`, and so many looks at which all holds from one to the next.

    The first goes on from nothing; `after` is where the one before it ended.
    """

    shard: Shard
    number: int
    draws: int
    gap: int
    after: bytes | None = field(default=None, repr=False)

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"shard-{self.shard.number:04d}-{self.number:02d}-{self.draws}-{self.gap}.parquet"


def draw_segment(study: Study, seed: int, segment: Segment) -> bytes:
    """Draw one segment; wherever it runs, the same arguments give the same bytes.

    The seed of a chain comes from that of the ensemble and the number of the shard.

    Raises
    ------
    EnsembleError
        Where no cohort is found.
    """
    shard = segment.shard
    try:
        drawn = chain(
            study,
            shard.measure,
            (seed, shard.number),
            segment.draws,
            gap=segment.gap,
            after=segment.after,
        )
    except UnsatisfiedError as error:
        raise EnsembleError(f"shard {shard.number}, measure {shard.measure}: {error}") from None
    record = drawn.record.reset_index(drop=True).rename(columns=str)
    record.insert(0, "measure", shard.measure)
    record.insert(1, "shard", shard.number)
    flat = store.flatten(study, drawn.tables, record)
    return store.to_bytes(study, flat, drawn.after)
