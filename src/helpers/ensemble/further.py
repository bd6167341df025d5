"""Values in every cohort: means and quantiles, limits of estimates, incidences, tests of tables.

More of what `values` has, registered there.
"""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from .. import batch
from ..published import (
    ChiSquare,
    Fisher,
    Incidence,
    KaplanMeierError,
    KaplanMeierLimit,
    KaplanMeierMean,
    KaplanMeierMedianError,
    KaplanMeierMedianLimit,
    KaplanMeierOfRows,
    KaplanMeierQuantile,
    Moment,
    Quantile,
    StratifiedLogRank,
)
from .cohorts import Ensemble
from .values import or_not_reached, side_by_side, values


@values.register
def _(estimand: Moment, ensemble: Ensemble) -> NDArray[Any]:
    by = _present(estimand, ensemble)
    found = by.mean() if estimand.statistic == "mean" else by.std()
    return found.reindex(range(len(ensemble))).to_numpy(float)


@values.register
def _(estimand: Quantile, ensemble: Ensemble) -> NDArray[Any]:
    found = np.full(len(ensemble), np.nan)
    for cohort, column in _present(estimand, ensemble):
        found[cohort] = _quantile(np.sort(column.to_numpy()), estimand.share, estimand.rule)
    return found


def _present(estimand: Moment | Quantile, ensemble: Ensemble) -> Any:
    """The values of a column that are there, by cohort."""
    frame = ensemble.tables[ensemble.study.groups[estimand.group].table]
    rows = frame[ensemble.members(estimand.group)].dropna(subset=[estimand.column])
    return rows[estimand.column].astype(float).groupby(rows["cohort"])


_PLACES = {4: (0, 1), 5: (0.5, 0.5), 6: (0, 0), 7: (1, 1), 8: (1 / 3, 1 / 3), 9: (3 / 8, 3 / 8)}
"""Of the rules that go between two values: Hyndman and Fan's alpha and beta."""


def _quantile(ordered: NDArray[np.float64], share: float, rule: int) -> float:
    """A quantile of values in order, by one of R's nine rules."""
    n = len(ordered)
    if rule in _PLACES:
        alpha, beta = _PLACES[rule]
        place = alpha + share * (n + 1 - alpha - beta)
        below = floor(place + 1e-12)
        part = max(place - below, 0.0)
    else:
        place = n * share - (0.5 if rule == 3 else 0.0)
        below = floor(place + 1e-12)
        exactly = place - below < 1e-12
        part = {1: 1.0 - exactly, 2: 1.0 - exactly / 2, 3: 1.0 - (exactly and below % 2 == 0)}[rule]
    low, high = (ordered[min(max(k, 1), n) - 1] for k in (below, below + 1))
    return float((1 - part) * low + part * high)


@values.register
def _(estimand: KaplanMeierLimit, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    found = batch.limits_at(chosen, estimand.time, estimand.interval, estimand.level)
    return 100 * (found.lower if estimand.statistic == "kaplan-meier-lower" else found.upper)


@values.register
def _(estimand: KaplanMeierError, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    return 100 * batch.standard_error_at(chosen, estimand.time)


@values.register
def _(estimand: KaplanMeierMedianLimit, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    if estimand.interval == "symmetric":
        median = batch.median_with_error(chosen)
        return median.estimate + _errors(estimand) * median.se
    found = batch.median_limits(chosen, estimand.interval, estimand.level)
    lower = estimand.statistic == "kaplan-meier-median-lower"
    return or_not_reached(found.lower if lower else found.upper)


@values.register
def _(estimand: KaplanMeierQuantile, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    return or_not_reached(batch.quantile(chosen, estimand.share))


@values.register
def _(estimand: KaplanMeierMedianError, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    return batch.median_with_error(chosen).se


@values.register
def _(estimand: KaplanMeierMean, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    found = batch.mean(chosen, estimand.until, estimand.corrected)
    if estimand.statistic == "kaplan-meier-mean":
        return found.estimate
    if estimand.statistic == "kaplan-meier-mean-se":
        return found.se
    return found.estimate + _errors(estimand) * found.se


def _errors(estimand: KaplanMeierMedianLimit | KaplanMeierMean) -> float:
    """By how many standard errors a limit is off, downwards below 0."""
    return float(
        ndtri((1 + (-1 if estimand.statistic.endswith("lower") else 1) * estimand.level) / 2)
    )


@values.register
def _(estimand: KaplanMeierOfRows, ensemble: Ensemble) -> NDArray[Any]:
    study = ensemble.study
    endpoint, table = study.endpoints[estimand.endpoint], study.groups[estimand.group].table
    frame = ensemble.tables[table][ensemble.members(estimand.group)]
    owner = frame[["cohort", study.tables[table].parent]].merge(
        ensemble.first[["cohort", study.tables[study.first].key, endpoint.time, endpoint.event]],
        how="left",
        left_on=["cohort", study.tables[table].parent],
        right_on=["cohort", study.tables[study.first].key],
    )
    time, event = (owner[name].to_numpy(float) for name in (endpoint.time, endpoint.event))
    if estimand.onset is not None:
        onset = frame[estimand.onset].to_numpy(float, na_value=np.nan)
        time, event = np.fmin(onset, time), onset <= time
    number = frame["cohort"].to_numpy(np.intp)
    sizes = np.bincount(number, minlength=len(ensemble))
    inside = np.arange(max(1, sizes.max(initial=0))) < sizes[:, None]
    times, events = np.zeros(inside.shape), np.zeros(inside.shape, bool)
    order = np.argsort(number, kind="stable")
    times[inside], events[inside] = time[order], event[order].astype(bool)
    found = batch.survival_at(batch.cohorts(times, events, inside), estimand.time).survival
    return np.where(sizes > 0, 100 * found, np.nan)


@values.register
def _(estimand: Incidence, ensemble: Ensemble) -> NDArray[Any]:
    one, other = (
        ensemble.study.endpoints[name] for name in (estimand.endpoint, estimand.competing)
    )
    times = [ensemble.grid(ensemble.first[end.time].to_numpy(float)) for end in (one, other)]
    events = [ensemble.grid(ensemble.first[end.event].to_numpy(bool)) for end in (one, other)]
    member = ensemble.grid(ensemble.members(estimand.group))
    came, competed = (
        event & (time <= np.minimum(*times)) for time, event in zip(times, events, strict=True)
    )
    both = batch.cohorts(np.minimum(*times), came | competed, member)
    return 100 * batch.incidence_at(both, came, estimand.time)


@values.register
def _(estimand: StratifiedLogRank, ensemble: Ensemble) -> NDArray[Any]:
    pair = side_by_side(ensemble, estimand.endpoint, *estimand.groups)
    strata = [ensemble.grid(ensemble.members(name)) for name in estimand.strata]
    test = batch.stratified_log_rank(
        pair.both, pair.group, [np.hstack([stratum, stratum]) for stratum in strata]
    )
    inside = np.any(strata, axis=0)
    first, second = (members & inside for members in pair.members)
    observed = (pair.event & (first | second)).any(axis=1)
    comparable = observed & first.any(axis=1) & second.any(axis=1)
    return np.where(comparable & (test.variance == 0), 1.0, test.p)


@values.register
def _(estimand: Fisher, ensemble: Ensemble) -> NDArray[Any]:
    return batch.fisher(_tables(estimand, ensemble))


@values.register
def _(estimand: ChiSquare, ensemble: Ensemble) -> NDArray[Any]:
    return batch.chi_square(_tables(estimand, ensemble), estimand.corrected)


def _tables(estimand: Fisher | ChiSquare, ensemble: Ensemble) -> NDArray[np.int64]:
    """Who of two groups, in rows, is in a third, and who is not; a table a cohort."""
    frame: pd.DataFrame = ensemble.tables[ensemble.study.groups[estimand.group].table]
    inside = ensemble.members(estimand.group)
    cells = [
        np.bincount(
            frame["cohort"][ensemble.members(group) & which].to_numpy(np.intp),
            minlength=len(ensemble),
        )
        for group in estimand.groups
        for which in (inside, ~inside)
    ]
    return np.stack(cells, axis=1).reshape(-1, 2, 2)
