"""Medians and ranges of columns: in their order, within what the columns allow, with their decimals."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from ..published import Column, Entry, Study, Summary, rounding
from .found import Contradiction, named, registered
from .sizes import Sizes
from .stands import limits

_ORDER = {"minimum": 0, "median": 1, "maximum": 2}


@registered(turn=6)
def numbers(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Medians and ends of ranges that their columns cannot have."""
    entries = [
        (entry, entry.estimand)
        for entry in study.targets
        if isinstance(entry.estimand, Summary) and not isinstance(entry.value, str)
    ]
    for entry, estimand in entries:
        column = study.tables[study.groups[estimand.group].table].columns.get(estimand.column)
        if column is not None:
            yield from _column(entry, estimand, column)
        yield from _conditions(sizes, entry, estimand)
        yield from _grid(study, entry, estimand)
    for first, low in entries:
        for second, high in entries:
            if first.id != second.id and low.column == high.column:
                yield from _order(sizes, first, low, second, high)


def _column(entry: Entry, estimand: Summary, column: Column) -> Iterator[Contradiction]:
    """Outside the limits of its column."""
    allowed = limits(entry)
    for end, outside in (
        (column.minimum, lambda at: allowed.high is not None and allowed.high < at),
        (column.maximum, lambda at: allowed.low is not None and allowed.low > at),
    ):
        if end is not None and outside(rounding.exact(end)):
            yield Contradiction(
                (entry.id,),
                f"{named(entry)}: column {estimand.column} has values from {column.minimum} to "
                f"{column.maximum}.",
                "With other limits of the column it could be.",
            )


def _conditions(sizes: Sizes, entry: Entry, estimand: Summary) -> Iterator[Contradiction]:
    """Outside what the group's own condition allows of the column."""
    allowed, of = limits(entry), sizes.conditions[estimand.group].get(estimand.column)
    if of is None or of.values is not None or isinstance(entry.value, datetime.date):
        return
    if (allowed.high is not None and allowed.high < of.low) or (
        allowed.low is not None and allowed.low > of.high
    ):
        yield Contradiction(
            (entry.id,),
            f"{named(entry)}: the group {estimand.group} has no such values of {estimand.column}.",
        )


def _grid(study: Study, entry: Entry, estimand: Summary) -> Iterator[Contradiction]:
    """Between two values that a column of so many decimals can have."""
    allowed, decimals = limits(entry), _decimals(study, estimand)
    if entry.relation != "=" or decimals is None or isinstance(entry.value, datetime.date):
        return
    assert allowed.low is not None
    assert allowed.high is not None
    unit = Fraction(1, 10**decimals)
    if estimand.statistic == "median":
        unit /= 2  # between two values
    steps = range(floor(allowed.low / unit), ceil(allowed.high / unit) + 1)
    if not any(step * unit in allowed for step in steps):
        halves = " or halfway between two" if estimand.statistic == "median" else ""
        yield Contradiction(
            (entry.id,),
            f"{named(entry)}: values of {estimand.column} have {decimals} "
            f"decimal{'s' * (decimals != 1)}, so it is none of them{halves}.",
            f"With {entry.decimals} decimals in the column it could be.",
        )


def _decimals(study: Study, estimand: Summary) -> int | None:
    """Decimals of a column, or of the one that it is the largest or smallest of."""
    table, name = study.groups[estimand.group].table, estimand.column
    column = study.tables[table].columns.get(name)
    derived = study.derived.get(name)
    if column is None and derived is not None and derived.table == table:
        if derived.how == "count":
            return 0
        column = study.tables[derived.child].columns.get(derived.column or "")
    if column is None:
        return None
    return {"integer": 0, "flag": 0, "number": column.decimals}.get(column.type)


def _order(
    sizes: Sizes, first: Entry, low: Summary, second: Entry, high: Summary
) -> Iterator[Contradiction]:
    """A minimum above a median or a maximum, or the like in a part of the group."""
    one, two = limits(first), limits(second)
    if one.low is None or two.high is None or one.low <= two.high:
        return
    same = low.group == high.group
    wrong = (
        (same and _ORDER[low.statistic] < _ORDER[high.statistic])
        # of a part the minimum is no smaller, and the maximum no larger
        or (low.statistic == "minimum" and sizes.is_part(high.group, low.group))
        or (high.statistic == "maximum" and sizes.is_part(low.group, high.group))
        or (low.statistic == high.statistic and same)
    )
    if wrong:
        yield Contradiction(
            (first.id, second.id),
            f"{named(first)} cannot be above {named(second)}: they are the {low.statistic} and the "
            f"{high.statistic} of the same column{'' if same else ', one in a part of the other'}.",
        )
