"""The statistics of the search in numbers: one code for each class of `published.Estimand`."""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

from ..published import (
    AtRisk,
    Count,
    CoxOnly,
    CoxTerm,
    Definition,
    KaplanMeier,
    KaplanMeierMedian,
    LogRank,
    MonthsToSize,
    Share,
    Summary,
    unknown,
)
from . import priors
from .layout import Places

COUNT, SHARE, MEDIAN, MINIMUM, MAXIMUM, AT_RISK, ORDER, KM, KM_MEDIAN, GROWTH, LOGRANK = range(11)
COX_P, HAZARD_RATIO, COX_ONLY = range(11, 14)
OF_CURVES = (KM, KM_MEDIAN)
"""Those that are read from one Kaplan–Meier curve."""


class What(NamedTuple):
    """A statistic and what it is of: a row of `Programme.what`.

    A count is of a group, a share of two; order of two columns, whether the first is of the second
    table, and whether it is strict. A model's statistic is of the model and a term. What else there
    is is of a group and a column; times also of the event or the size, and of a second group.
    """

    kind: int
    first: int
    second: int = 0
    third: int = 0
    fourth: int = 0


class Code(NamedTuple):
    """A statistic in numbers: its kind and what it is of, as `Programme.what` has them."""

    what: What
    parameter: float = 0.0


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
def _(estimand: KaplanMeierMedian, places: Places) -> Code | None:
    return Code(What(KM_MEDIAN, places.group(estimand.group), *places.endpoint(estimand.endpoint)))


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
def _(estimand: CoxOnly, places: Places) -> Code | None:
    return Code(What(COX_ONLY, *places.term(estimand.model, estimand.term)), estimand.level)
