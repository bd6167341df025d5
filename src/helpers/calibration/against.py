"""An ensemble reconstructed from an abstract alone, held against the cohort that printed it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..published import Study
from ..reconstruct import UnsatisfiedError
from ..reconstruct.chain import chain
from .coverage import place
from .quantities import QUANTITIES, quantities_of

QUANTILES = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Size:
    """How large an ensemble is: chains, and cohorts a chain.

    Cohorts of one chain are alike. With one a chain the draws are independent, and then the place of
    a truth among them is exact, however few they are; with more, a truth can fall between chains that
    each have not moved far.
    """

    chains: int
    members: int


def against(
    study: Study,
    tables: dict[str, pd.DataFrame],
    assumed: str,
    size: Size,
    seed: Sequence[int],
    log_ratio: float | None = None,
) -> Iterator[Mapping[str, object]]:
    """Reconstruct an ensemble from an abstract and compare the cohort that printed it.

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

    Yields
    ------
    mapping
        A row for each quantity: `assumed`, `quantity`, `truth`, `place` (see `coverage.place`),
        `members`, and quantiles of the ensemble such as `q0.025`. `parameter` compares
        `log_ratio` with the hazard ratios of the members, to each of which its sampling error is
        added; `parameter_naive` leaves that out. Where a chain found no cohort, `members` is 0.
    """
    truth = quantities_of(study, [tables]).iloc[0]
    key = [*seed, zlib.crc32(assumed.encode())]
    found = _ensemble(study, assumed, size, key)
    rng = np.random.default_rng([*key, 0])
    pairs = {name: (float(truth[name]), found[name]) for name in QUANTITIES}
    if log_ratio is not None:
        noise = rng.standard_normal(len(found)) * found["standard_error"]
        pairs["parameter"] = log_ratio, found["log_hazard_ratio"] + noise
        pairs["parameter_naive"] = log_ratio, found["log_hazard_ratio"]
    for name, (true, draws) in pairs.items():
        values = draws.dropna().to_numpy(float)
        row = {
            "assumed": assumed,
            "quantity": name,
            "truth": round(true, 4),
            "place": round(place(true, values, rng), 4),
            "members": values.size,
        }
        for level in QUANTILES:  # values that occur, since numbers of patients are whole
            at = np.quantile(values, level, method="inverted_cdf") if values.size else np.nan
            row[f"q{level:g}"] = round(float(at), 4)
        yield row


def _ensemble(study: Study, assumed: str, size: Size, key: list[int]) -> pd.DataFrame:
    """The quantities of all members of all chains; no rows when a chain found no cohort."""
    members = []
    for number in range(1, size.chains + 1):
        try:
            members += chain(study, assumed, [*key, number], size.members).members
        except UnsatisfiedError:
            return pd.DataFrame(columns=[*QUANTITIES, "standard_error"], dtype=float)
    return quantities_of(study, members)
