"""One quantity along chains that are looked at too often: what chains do when they hardly move.

What an ensemble keeps lies far apart along its chains, by the rule of `series`. These are the same
chains at their beginning, looked at again and again before they have gone anywhere.
"""

from __future__ import annotations

import pandas as pd

from ..published import Study
from ..reconstruct import UnsatisfiedError
from ..reconstruct.chain import chain
from . import leeway, store
from .cohorts import Ensemble, of_flat
from .shards import CHAINS
from .store import EnsembleError

DRAWS = 166
"""Of each chain: as many as a chain of 2,000 cohorts under three measures has."""


def trace(study: Study, measure: str, quantity: str, seed: int) -> pd.DataFrame:
    """Follow a quantity along the chains of a measure, at every look at which all constraints hold.

    Parameters
    ----------
    study : Study
    measure : str
        One of the measures that the study declares.
    quantity : str
        A main quantity, as `quantities` lists them.
    seed : int

    Returns
    -------
    DataFrame
        A row a draw, chain after chain: `chain` and `draw`, from 1, `moves` since the one before,
        and the quantity, as `value`.

    Raises
    ------
    EnsembleError
        Where no cohort is found, and for a quantity or a measure that the study has not.
    """
    listed = leeway.quantities(Ensemble(study, {}, pd.DataFrame(), "none"))
    known = {"measure": list(study.measures), "quantity": list(listed.index[listed["main"]])}
    for what, asked in (("measure", measure), ("quantity", quantity)):
        if asked not in known[what]:
            raise EnsembleError(f"{what} {asked!r}: one of {', '.join(known[what])} was expected")
    parts = []
    for number in range(CHAINS):
        try:
            drawn = chain(study, measure, (seed, number), DRAWS, gap=1)
        except UnsatisfiedError as error:
            raise EnsembleError(f"chain {number}, measure {measure}: {error}") from None
        record = drawn.record.reset_index(drop=True).rename(columns=str)
        moves = record["moves"].to_numpy(int)
        record.insert(0, "measure", measure)
        record.insert(1, "shard", number)
        flat = store.flatten(study, drawn.tables, record)
        values = leeway.main(of_flat(flat, study, "trace"))
        parts.append(
            pd.DataFrame(
                {"chain": number + 1, "draw": range(1, DRAWS + 1), "moves": moves,
                 "value": values[quantity].to_numpy()}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)
