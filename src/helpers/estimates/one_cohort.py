"""The place of every statistic in a cohort, and those of columns and of tables, by pandas and scipy."""

from __future__ import annotations

import datetime
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, fisher_exact

from .. import growth
from ..cohort import Cohort
from ..contract import declared
from ..published import (
    ChiSquare,
    Count,
    Definition,
    Estimand,
    Fisher,
    Moment,
    MonthsToSize,
    Quantile,
    Share,
    Summary,
    Value,
    unknown,
)


class NotEstimable(ValueError):
    """An estimand that a cohort cannot give; the message says why."""


def estimate(cohort: Cohort, estimand: Estimand) -> Value:
    """Compute an estimand in a cohort.

    Parameters
    ----------
    cohort : Cohort
    estimand : Estimand
        Of an entry or a requirement of the cohort's study.

    Returns
    -------
    int, float, date or str
        Percent for rates, months for times, a term's name for the only significant covariate.

    Raises
    ------
    NotEstimable
        When a group is empty, nobody was followed for long enough, a model has no maximum, or the
        cohort lacks a column.
    """
    try:
        return value(estimand, cohort)
    except KeyError as error:
        if (why := declared.reason(error, cohort.lacking)) is None:
            raise
        raise NotEstimable(why) from None


@singledispatch
def value(estimand: object, cohort: Cohort) -> Value:
    """The value of an estimand in a cohort, by the function of its class; see `estimate`."""
    raise unknown(estimand, "helpers.estimates.one_cohort.value")


@value.register
def _(estimand: Definition, cohort: Cohort) -> Value:
    raise NotEstimable("a definition, which no cohort can contradict")


@value.register
def _(estimand: Count, cohort: Cohort) -> Value:
    return int(cohort.members(estimand.group).sum())


@value.register
def _(estimand: Share, cohort: Cohort) -> Value:
    whole = len(rows(cohort, estimand.of))
    return 100 * int(cohort.members(estimand.group).sum()) / whole


@value.register
def _(estimand: Summary, cohort: Cohort) -> Value:
    values = _present(estimand, cohort)
    how = {"median": "median", "minimum": "min", "maximum": "max"}[estimand.statistic]
    summary = getattr(values, how)()
    return summary.date() if isinstance(summary, datetime.datetime) else float(summary)


@value.register
def _(estimand: Moment, cohort: Cohort) -> Value:
    values = _present(estimand, cohort)
    if estimand.statistic == "mean":
        return float(values.mean())
    if len(values) < 2:
        raise NotEstimable(f"{estimand.column}: one value has no standard deviation")
    return float(values.std())


@value.register
def _(estimand: Quantile, cohort: Cohort) -> Value:
    values = _present(estimand, cohort).to_numpy(float)
    return float(np.quantile(values, estimand.share, method=_RULES[estimand.rule]))


_RULES: dict[int, Any] = {
    1: "inverted_cdf",
    2: "averaged_inverted_cdf",
    3: "closest_observation",
    4: "interpolated_inverted_cdf",
    5: "hazen",
    6: "weibull",
    7: "linear",
    8: "median_unbiased",
    9: "normal_unbiased",
}
"""numpy's names of the nine rules for quantiles, by R's numbers."""


@value.register
def _(estimand: Fisher, cohort: Cohort) -> Value:
    return float(fisher_exact(_table(estimand, cohort)).pvalue)


@value.register
def _(estimand: ChiSquare, cohort: Cohort) -> Value:
    table = _table(estimand, cohort)
    if not table.sum(axis=0).all():
        raise NotEstimable(
            f"{label(cohort, estimand.group)}: everybody or nobody of both groups is in it"
        )
    return float(chi2_contingency(table, correction=estimand.corrected).pvalue)


def _table(estimand: Fisher | ChiSquare, cohort: Cohort) -> NDArray[np.int64]:
    """Who of two groups, in rows, is in a third, and who is not."""
    inside = cohort.members(estimand.group)
    for group in estimand.groups:
        rows(cohort, group)
    members = [cohort.members(group) for group in estimand.groups]
    return np.array([[int((m & inside).sum()), int((m & ~inside).sum())] for m in members])


@value.register
def _(estimand: MonthsToSize, cohort: Cohort) -> Value:
    measured = rows(cohort, estimand.group)
    try:
        return growth.months_to_diameter(measured, estimand.time, estimand.size, estimand.target)
    except growth.GrowthError as error:
        raise NotEstimable(str(error)) from None


def _present(estimand: Summary | Moment | Quantile, cohort: Cohort) -> pd.Series[Any]:
    values = rows(cohort, estimand.group)[estimand.column].dropna()
    if values.empty:
        raise NotEstimable(f"{estimand.column}: no value is there")
    return values


def rows(cohort: Cohort, group: str) -> pd.DataFrame:
    """The rows of a group.

    Raises
    ------
    NotEstimable
        Where it has none.
    """
    frame = cohort.table_of_group(group)
    if frame.empty:
        raise NotEstimable(f"{label(cohort, group)}: nobody is in this group")
    return frame


def label(cohort: Cohort, group: str) -> str:
    """What a group is called."""
    return cohort.study.groups[group].label
