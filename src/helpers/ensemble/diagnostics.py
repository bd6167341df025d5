"""How an ensemble came about: acceptance, distinctness, agreement of chains, weight of measures."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..published import KaplanMeier, LogRank
from .cohorts import Ensemble
from .leeway import quantities, unprinted
from .mixing import effective_size, r_hat
from .store import EnsembleError


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
    used = [e.estimand for e in study.targets if isinstance(e.estimand, (KaplanMeier, LogRank))]
    if not used:
        raise EnsembleError(
            "the study compares no survival, so that exits have no order to compare"
        )
    ((name, _),) = Counter(one.endpoint for one in used).most_common(1)
    endpoint = study.endpoints[name]
    groups: dict[str, None] = {}
    for one in used:
        if one.endpoint == name:
            groups |= dict.fromkeys([one.group] if isinstance(one, KaplanMeier) else one.groups)
    codes = ensemble.first[endpoint.event].to_numpy(np.int64)
    for bit, group in enumerate(groups, start=1):
        codes = codes + (ensemble.members(group).astype(np.int64) << bit)
    time = ensemble.grid(ensemble.first[endpoint.time].to_numpy(float), np.inf)
    grid = ensemble.grid(codes, -1)
    return np.take_along_axis(grid, np.lexsort((grid, time), axis=1), axis=1)


def agreement(ensemble: Ensemble) -> pd.DataFrame:
    """Whether the chains of a measure agree on what no printed number fixes.

    Only chains of full length count.

    Returns
    -------
    DataFrame
        A row a measure and main quantity: `chains`, `draws` of each, `r_hat` (see `mixing`) and
        `effective_size`; NaN where a quantity does not vary.
    """
    values = _main(ensemble)
    rows = []
    for measure, record in ensemble.record.groupby("measure", sort=False, observed=True):
        chains = record.groupby("shard")["cohort"].apply(np.array)
        draws = int(chains.map(len).max())
        whole = np.stack([one for one in chains if len(one) == draws])
        for name, column in values.items():
            found = column.to_numpy()[whole]
            rows.append((measure, name, len(whole), draws, r_hat(found), effective_size(found)))
    columns = ["measure", "quantity", "chains", "draws", "r_hat", "effective_size"]
    return pd.DataFrame(rows, columns=columns)


def spread(ensemble: Ensemble, level: float = 0.95) -> pd.DataFrame:
    """What each measure says of each main quantity, and how much of the spread is between measures.

    Parameters
    ----------
    ensemble : Ensemble
    level : float
        Coverage of the central interval.

    Returns
    -------
    DataFrame
        A row a quantity and measure, with one for all of them together (`all`): `lower`, `median`
        and `upper`; and `between`, the share of the variance of ranks that lies between measures,
        the same in all rows of a quantity.
    """
    values = _main(ensemble)
    measure = ensemble.record["measure"].astype(str)
    probabilities = [(1 - level) / 2, 0.5, (1 + level) / 2]
    rows = []
    for name, column in values.items():
        ranks = column.rank()
        means = ranks.groupby(measure).transform("mean")
        variance = ranks.var(ddof=0)
        between = means.var(ddof=0) / variance if variance > 0 else np.nan
        parts = [("all", column), *column.groupby(measure, sort=False)]
        for part, found in parts:
            limits = _quantiles(found, probabilities)
            rows.append((name, part, *limits, between))
    columns = ["quantity", "measure", "lower", "median", "upper", "between"]
    return pd.DataFrame(rows, columns=columns)


def _main(ensemble: Ensemble) -> pd.DataFrame:
    main = quantities(ensemble)["main"]
    return unprinted(ensemble)[main.index[main]]


def _quantiles(values: pd.Series, probabilities: list[float]) -> NDArray[np.float64]:
    """Quantiles that are values themselves, so that infinite ones do no harm."""
    known = values.dropna().to_numpy(float)
    if not len(known):
        return np.full(len(probabilities), np.nan)
    return np.quantile(known, probabilities, method="inverted_cdf")
