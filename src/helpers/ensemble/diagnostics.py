"""How an ensemble came about: acceptance, distinctness, agreement of chains."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..published import (
    KaplanMeier,
    KaplanMeierError,
    KaplanMeierLimit,
    KaplanMeierMean,
    KaplanMeierMedian,
    KaplanMeierMedianError,
    KaplanMeierMedianLimit,
    KaplanMeierQuantile,
    LogRank,
    StratifiedLogRank,
)
from .assumptions import FEWEST
from .cohorts import Ensemble
from .leeway import main
from .mixing import effective_size, r_hat, tail_effective_size
from .store import EnsembleError

_TESTS = (LogRank, StratifiedLogRank)
_OF_CURVES = (
    KaplanMeier, KaplanMeierMedian, KaplanMeierLimit, KaplanMeierError, KaplanMeierQuantile,
    KaplanMeierMedianLimit, KaplanMeierMedianError, KaplanMeierMean, *_TESTS,
)  # fmt: skip
AGREE = 1.05
"""R-hat beyond which chains are said not to agree; some 1.02 can be noise with few cohorts."""


def acceptance(ensemble: Ensemble) -> pd.DataFrame:
    """How the chains of each measure went.

    Returns
    -------
    DataFrame
        A row a measure: `chains`, `cohorts`, and the means of what the chains recorded.
    """
    by = ensemble.record.groupby("measure", sort=False, observed=True)
    sizes = by.agg(chains=("shard", "nunique"), cohorts=("shard", "size"))
    recorded = by.mean(numeric_only=True).drop(columns=["cohort", "shard"])
    return sizes.join(recorded)


def distinctness(ensemble: Ensemble) -> pd.DataFrame:
    """How far each cohort is from the one most like it, by the order of exits.

    The order of exits is, from first to last, whether the patient had the event or was censored,
    and in which of the groups that survival is compared by, for the endpoint of which most is
    printed. The distance of two cohorts is the
    number of places at which their orders differ.

    Parameters
    ----------
    ensemble : Ensemble
        Of a study that prints a survival rate or a log-rank test.

    Returns
    -------
    DataFrame
        A row a cohort: `nearest`, the number of the cohort most like it, `distance` to it, and
        `same_chain`, whether both are from one chain. With a single cohort the distance is NaN.
    """
    orders = exits(ensemble)
    count = len(orders)
    nearest, distance = np.full(count, -1), np.full(count, np.nan)
    if count > 1:
        for number, order in enumerate(orders):
            apart = np.count_nonzero(orders != order, axis=1)
            apart[number] = orders.shape[1] + 1
            nearest[number] = apart.argmin()
            distance[number] = apart[nearest[number]]
    shard = ensemble.record["shard"].to_numpy()
    return pd.DataFrame(
        {"nearest": nearest, "distance": distance,
         "same_chain": (shard == shard[nearest]) & (nearest >= 0)},
        index=pd.RangeIndex(count, name="cohort"),
    )  # fmt: skip


def exits(ensemble: Ensemble) -> NDArray[np.int64]:
    """The order of exits of each cohort, as codes; shape (cohorts, most rows of a cohort).

    A code is even for a censoring and odd for an event; its further bits are memberships of groups.
    Exits at one time are sorted by code. Places beyond a cohort's size hold -1.

    Raises
    ------
    EnsembleError
        For a study that prints no survival rate and no log-rank test.
    """
    study = ensemble.study
    used = [e.estimand for e in study.targets if isinstance(e.estimand, _OF_CURVES)]
    if not used:
        raise EnsembleError(
            "the study compares no survival, so that exits have no order to compare"
        )
    ((name, _),) = Counter(one.endpoint for one in used).most_common(1)
    endpoint = study.endpoints[name]
    groups: dict[str, None] = {}
    for one in used:
        if one.endpoint == name:
            groups |= dict.fromkeys(one.groups if isinstance(one, _TESTS) else [one.group])
    codes = ensemble.first[endpoint.event].to_numpy(np.int64)
    for bit, group in enumerate(groups, start=1):
        codes = codes + (ensemble.members(group).astype(np.int64) << bit)
    time = ensemble.grid(ensemble.first[endpoint.time].to_numpy(float), np.inf)
    grid = ensemble.grid(codes, -1)
    return np.take_along_axis(grid, np.lexsort((grid, time), axis=1), axis=1)


def agreement(ensemble: Ensemble) -> pd.DataFrame:
    """Whether the chains of a measure agree on what no printed number fixes.

    Only chains of full length count; where some have one cohort more, that is left out.

    Returns
    -------
    DataFrame
        A row a measure and main quantity: `chains`, `draws` of each, `r_hat`, `effective_size` and
        `tail_effective_size` (see `mixing`); NaN where a quantity does not vary.
    """
    values = main(ensemble)
    rows = []
    for measure, record in ensemble.record.groupby("measure", sort=False, observed=True):
        chains = record.groupby("shard")["cohort"].apply(np.array)
        long = [one for one in chains if len(one) >= chains.map(len).max() - 1]
        draws = min(map(len, long))
        whole = np.stack([one[:draws] for one in long])
        for name, column in values.items():
            found = column.to_numpy()[whole]
            sizes = effective_size(found), tail_effective_size(found)
            rows.append((measure, name, len(whole), draws, r_hat(found), *sizes))
    sizes_of = ["effective_size", "tail_effective_size"]
    columns = ["measure", "quantity", "chains", "draws", "r_hat", *sizes_of]
    return pd.DataFrame(rows, columns=columns)


class Worst(NamedTuple):
    """What the chains of a measure agree on least; None where too few cohorts were drawn to tell."""

    measure: str
    cohorts: int
    r_hat: float | None
    effective_size: float | None
    quantity: str

    @property
    def enough(self) -> bool:
        """Whether chains agree and are worth an interval of 95%."""
        if self.r_hat is None or self.effective_size is None:
            return False
        return self.r_hat <= AGREE and self.effective_size >= FEWEST

    @property
    def sentence(self) -> str:
        """The same in words, with what is not enough."""
        if self.r_hat is None or self.effective_size is None:
            return f"{self.measure}: {self.cohorts:,} cohorts are too few to tell R-hat and effective size"
        told = (
            f"{self.measure}: R-hat up to {self.r_hat:.2f} ({self.quantity}), effective size at least "
            f"{self.effective_size:.0f} of {self.cohorts:,}"
        )
        lacks = ["the chains do not agree"] * (self.r_hat > AGREE)
        lacks += [f"an interval of 95% needs {FEWEST}"] * (self.effective_size < FEWEST)
        return told + (f"; not enough: {' and '.join(lacks)}" if lacks else "")


def worst(ensemble: Ensemble) -> list[Worst]:
    """Of each measure the largest R-hat and the least effective size of the main quantities."""
    found = []
    sizes = ensemble.record["measure"].value_counts(sort=False)
    for measure, table in agreement(ensemble).groupby("measure", sort=False, observed=True):
        name, cohorts = str(measure), int(sizes[measure])
        least = table[["effective_size", "tail_effective_size"]].min(axis=1)
        told = table[least.notna() & table["r_hat"].notna()]
        if told.empty or int(told["chains"].iloc[0]) < 2:
            found.append(Worst(name, cohorts, None, None, ""))
            continue
        place = told["r_hat"].idxmax()
        r_hat, of = float(told["r_hat"][place]), str(told["quantity"][place])
        found.append(Worst(name, cohorts, round(r_hat, 3), round(float(least.min()), 1), of))
    return found
