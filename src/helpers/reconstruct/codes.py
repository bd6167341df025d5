"""The statistics of the search in numbers: one code for each class of `published.Estimand`."""

from __future__ import annotations

from functools import singledispatch
from math import inf
from statistics import NormalDist
from typing import NamedTuple

from ..published import (
    AtRisk,
    ChiSquare,
    Count,
    CoxLimit,
    CoxOnly,
    CoxTerm,
    Definition,
    Fisher,
    Incidence,
    KaplanMeier,
    KaplanMeierError,
    KaplanMeierLimit,
    KaplanMeierMean,
    KaplanMeierMedian,
    KaplanMeierMedianError,
    KaplanMeierMedianLimit,
    KaplanMeierOfRows,
    KaplanMeierQuantile,
    LogRank,
    Moment,
    MonthsToSize,
    Quantile,
    Share,
    StratifiedLogRank,
    Summary,
    unknown,
)
from . import priors
from .layout import Places
from .limits import SCALES
from .normal import CORRECTED, ERROR, VALUE

COUNT, SHARE, MEDIAN, MINIMUM, MAXIMUM, MEAN, SD, QUANTILE, FISHER, CHI_SQUARE = range(10)
AT_RISK, ORDER, KM, KM_MEDIAN, GROWTH, LOGRANK = range(10, 16)
KM_OF_ROWS, KM_LIMIT, KM_MEDIAN_LIMIT, KM_QUANTILE = range(16, 20)
INCIDENCE, KM_SYMMETRIC, KM_MEAN, STRATIFIED = range(20, 24)
COX_P, HAZARD_RATIO, HAZARD_LIMIT, COX_ONLY = range(24, 28)
"""Cheap ones first; from `COX_P` on those that need a model fitted."""
OF_CURVES = (
    KM, KM_MEDIAN, KM_LIMIT, KM_MEDIAN_LIMIT, KM_QUANTILE, INCIDENCE, KM_SYMMETRIC, KM_MEAN,
)  # fmt: skip
"""Those that are read from one curve."""
OF_TWO_CURVES = (LOGRANK, STRATIFIED)
"""Tests of two curves."""
AS_POWERS = (*OF_TWO_CURVES, FISHER, CHI_SQUARE, COX_P, HAZARD_RATIO, HAZARD_LIMIT)
"""p values and ratios, which the search takes as powers of ten."""
WITH_A_TIME = (KM_MEDIAN, KM_MEDIAN_LIMIT, KM_QUANTILE)
"""Times, of which the search asks two heights of a curve."""


class What(NamedTuple):
    """A statistic and what it is of: a row of `Programme.what`.

    A count is of a group, a share of two; order of two columns, whether the first is of the second
    table, and whether it is strict. A model's statistic is of the model and a term. What else there
    is is of a group and a column; times also of the event or the size, and of a second group.

    A limit has the number of its scale in the fourth place, an incidence the column of its own event,
    a mean of a curve or what is symmetric about a median which of its numbers is meant. A curve of rows
    of the second table has the column of their onsets in the second place, or -1.
    A test of two groups by a third has that one in the second place; a quantile its rule in the third.
    """

    kind: int
    first: int
    second: int = 0
    third: int = 0
    fourth: int = 0


class Code(NamedTuple):
    """A statistic in numbers: its kind and what it is of, as `Programme.what` has them.

    The parameter is a time, a target, a share, a level, or by how many standard errors a limit is
    off; `errors` is the same of a limit that has a time besides.
    """

    what: What
    parameter: float = 0.0
    errors: float = 0.0


@singledispatch
def code(estimand: object, places: Places) -> Code | None:
    """The code of an estimand, by its class; None where the search has no hand in it."""
    raise unknown(estimand, "helpers.reconstruct.codes.code")


@code.register
def _(estimand: Definition, places: Places) -> Code | None:
    return None


@code.register
def _(estimand: Count, places: Places) -> Code | None:
    return Code(What(COUNT, places.group(estimand.group)))


@code.register
def _(estimand: Share, places: Places) -> Code | None:
    return Code(What(SHARE, places.group(estimand.group), places.group(estimand.of)))


@code.register
def _(estimand: Summary, places: Places) -> Code | None:
    table = places.study.groups[estimand.group].table
    column = places.study.tables[table].columns.get(estimand.column)
    if column is not None and priors.filled_later(column):
        return None
    kind = {"median": MEDIAN, "minimum": MINIMUM, "maximum": MAXIMUM}[estimand.statistic]
    return Code(What(kind, places.group(estimand.group), places.column(table, estimand.column)))


@code.register
def _(estimand: KaplanMeier, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    return Code(What(KM, *place), estimand.time)


@code.register
def _(estimand: Moment, places: Places) -> Code | None:
    return _of_numbers(MEAN if estimand.statistic == "mean" else SD, estimand, places)


@code.register
def _(estimand: Quantile, places: Places) -> Code | None:
    found = _of_numbers(QUANTILE, estimand, places)
    return Code(found.what._replace(third=estimand.rule), estimand.share)


def _of_numbers(kind: int, estimand: Moment | Quantile, places: Places) -> Code:
    table = places.study.groups[estimand.group].table
    return Code(What(kind, places.group(estimand.group), places.column(table, estimand.column)))


@code.register
def _(estimand: KaplanMeierLimit, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    return Code(
        What(KM_LIMIT, *place, SCALES.index(estimand.interval)), estimand.time, _errors(estimand)
    )


@code.register
def _(estimand: KaplanMeierError, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    return Code(What(KM_LIMIT, *place, len(SCALES)), estimand.time)


@code.register
def _(estimand: KaplanMeierMedian, places: Places) -> Code | None:
    curve = places.reversed if estimand.reverse else places.endpoint
    return Code(What(KM_MEDIAN, places.group(estimand.group), *curve(estimand.endpoint)))


@code.register
def _(estimand: KaplanMeierQuantile, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    return Code(What(KM_QUANTILE, *place), 100.0 * (1.0 - estimand.share))


@code.register
def _(estimand: KaplanMeierMedianLimit, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    errors = _errors(estimand)
    if estimand.interval == "symmetric":
        return Code(What(KM_SYMMETRIC, *place, VALUE), errors=errors)
    return Code(What(KM_MEDIAN_LIMIT, *place, SCALES.index(estimand.interval)), errors)


@code.register
def _(estimand: KaplanMeierMedianError, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    return Code(What(KM_SYMMETRIC, *place, ERROR))


@code.register
def _(estimand: KaplanMeierMean, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    number = ERROR if estimand.statistic.endswith("se") else VALUE
    errors = _errors(estimand) if estimand.statistic.endswith("er") else 0.0
    until = inf if estimand.until is None else estimand.until
    return Code(What(KM_MEAN, *place, number + CORRECTED * estimand.corrected), until, errors)


@code.register
def _(estimand: KaplanMeierOfRows, places: Places) -> Code | None:
    group = places.group(estimand.group)
    table = places.study.groups[estimand.group].table
    onset = -1 if estimand.onset is None else places.column(table, estimand.onset)
    time, event = places.endpoint(estimand.endpoint)
    return Code(What(KM_OF_ROWS, group, onset, time, event), estimand.time)


def _errors(
    estimand: KaplanMeierLimit | KaplanMeierMedianLimit | KaplanMeierMean | CoxLimit,
) -> float:
    """By how many standard errors a limit is off, downwards below 0."""
    way = -1 if estimand.statistic.endswith("lower") else 1
    return way * NormalDist().inv_cdf((1 + estimand.level) / 2)


@code.register
def _(estimand: Incidence, places: Places) -> Code | None:
    columns = places.first_of_two(estimand.endpoint, estimand.competing)
    return Code(What(INCIDENCE, places.group(estimand.group), *columns), estimand.time)


@code.register
def _(estimand: StratifiedLogRank, places: Places) -> Code | None:
    first, second = (places.group(name) for name in estimand.groups)
    what = What(STRATIFIED, first, *places.endpoint(estimand.endpoint), second)
    return Code(what, places.strata_of(estimand.strata))


@code.register
def _(estimand: Fisher, places: Places) -> Code | None:
    first, second = (places.group(name) for name in estimand.groups)
    return Code(What(FISHER, first, places.group(estimand.group), 0, second))


@code.register
def _(estimand: ChiSquare, places: Places) -> Code | None:
    first, second = (places.group(name) for name in estimand.groups)
    corrected = int(estimand.corrected)
    return Code(What(CHI_SQUARE, first, places.group(estimand.group), corrected, second))


@code.register
def _(estimand: AtRisk, places: Places) -> Code | None:
    place = places.group(estimand.group), *places.endpoint(estimand.endpoint)
    return Code(What(AT_RISK, *place), estimand.time)


@code.register
def _(estimand: LogRank, places: Places) -> Code | None:
    first, second = (places.group(name) for name in estimand.groups)
    return Code(What(LOGRANK, first, *places.endpoint(estimand.endpoint), second))


@code.register
def _(estimand: MonthsToSize, places: Places) -> Code | None:
    table = places.study.groups[estimand.group].table
    months, size = places.column(table, estimand.time), places.column(table, estimand.size)
    return Code(What(GROWTH, places.group(estimand.group), months, size), estimand.target)


@code.register
def _(estimand: CoxTerm, places: Places) -> Code | None:
    kind = COX_P if estimand.statistic == "cox-p" else HAZARD_RATIO
    return Code(What(kind, *places.term(estimand.model, estimand.term)))


@code.register
def _(estimand: CoxLimit, places: Places) -> Code | None:
    term = places.term(estimand.model, estimand.term)
    return Code(What(HAZARD_LIMIT, *term), _errors(estimand))


@code.register
def _(estimand: CoxOnly, places: Places) -> Code | None:
    return Code(What(COX_ONLY, *places.term(estimand.model, estimand.term)), estimand.level)
