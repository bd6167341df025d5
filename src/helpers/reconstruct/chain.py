"""Cohorts from a reference measure, given every printed number: one Markov chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..published import PublishedError, Study
from . import reconstruct


@dataclass(frozen=True)
class Chain:
    """Cohorts that a chain kept.

    Attributes
    ----------
    members : list of dicts of DataFrames
        The complete tables of each, every column of the contract.
    record : DataFrame
        A row a member.
    """

    members: list[dict[str, pd.DataFrame]]
    record: pd.DataFrame


def chain(
    study: Study,
    measure: str,
    seed: int | Sequence[int],
    members: int,
    progress: Callable[[int], None] | None = None,
) -> Chain:
    """Draw cohorts (for now: each by a search of its own, whatever the measure)."""
    if measure not in study.measures:
        raise PublishedError(f"measures: none is named {measure!r}")
    kept, record = [], []
    for number, child in enumerate(np.random.SeedSequence(seed).spawn(members)):
        found = reconstruct(study, child.generate_state(1)[0])
        kept.append(found.tables)
        record.append({"evaluations": found.evaluations})
        if progress is not None:
            progress(number + 1)
    return Chain(kept, pd.DataFrame(record))
