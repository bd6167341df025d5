"""A shard of an ensemble: one chain, up to `MEMBERS` cohorts of one reference measure."""

from __future__ import annotations

from dataclasses import dataclass

from ..published import Study
from ..reconstruct import UnsatisfiedError
from ..reconstruct.chain import chain
from . import store
from .store import EnsembleError

MEMBERS = 25
"""Cohorts of a shard."""


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


def draw_shard(study: Study, seed: int, shard: Shard) -> bytes:
    """Draw one shard; wherever it runs, the same arguments give the same bytes.

    Its seed comes from that of the ensemble and the number of the shard.

    Raises
    ------
    EnsembleError
        Where no cohort is found.
    """
    try:
        drawn = chain(study, shard.measure, (seed, shard.number), shard.members)
    except UnsatisfiedError as error:
        raise EnsembleError(f"shard {shard.number}, measure {shard.measure}: {error}") from None
    record = drawn.record.reset_index(drop=True).rename(columns=str)
    record.insert(0, "measure", shard.measure)
    record.insert(1, "shard", shard.number)
    flat = store.flatten(study, store.stacked(study, drawn.members), record)
    return store.to_bytes(study, flat)
