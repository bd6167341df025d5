"""Rates that rise, numbers at risk that do, and rates at times to which nobody, or everybody, was followed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..published import Entry, Study, Summary, rounding
from .found import Contradiction, named, registered
from .printed import Curve, curves, time_of
from .sizes import Sizes
from .stands import limits


@registered(turn=4)
def times(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Curves that go the wrong way, or on where there is nobody."""
    for curve in curves(study):
        yield from _rising(curve.rates, "no Kaplan-Meier estimate ever rises")
        yield from _rising(curve.at_risk, "no number at risk ever rises")
        yield from _ends(curve, _of_larger(study, sizes, curve))
        yield from _beyond(study, curve)
        for entry in curve.at_risk:
            size, low = sizes[curve.group], limits(entry).low
            if size.high is not None and low is not None and low > size.high:
                yield Contradiction(
                    (entry.id, *size.high_from),
                    f"{named(entry)}: more are at risk than the "
                    f"{sizes.describe(curve.group)} there are.",
                )


def _beyond(study: Study, curve: Curve) -> Iterator[Contradiction]:
    """Rates at times that the column of times does not reach."""
    if curve.of_rows:
        return
    name = study.endpoints[curve.endpoint].time
    column = study.tables[study.first].columns.get(name)
    if column is None or not isinstance(column.maximum, (int, float)):
        return
    for entry in curve.rates:
        if 0 not in limits(entry) and time_of(entry) > rounding.exact(column.maximum):
            yield Contradiction(
                (entry.id,),
                f"{named(entry)}: nobody can be followed for {time_of(entry)}, since column {name} "
                f"has values up to {column.maximum:g}.",
                "With another limit of the column it could be.",
            )


def _rising(entries: list[Entry], law: str) -> Iterator[Contradiction]:
    for first, second in pairwise(entries):
        high, low = limits(first).high, limits(second).low
        if high is not None and low is not None and low > high:
            if time_of(first) == time_of(second):
                continue  # of which the other check speaks, or none can
            yield Contradiction(
                (first.id, second.id),
                f"{named(second)} is above the earlier {named(first)}: {law}.",
            )


def _of_larger(study: Study, sizes: Sizes, curve: Curve) -> dict[str, Entry]:
    """Extremes of the endpoint's own time in groups that this one is a part of, where it has none."""
    time = study.endpoints[curve.endpoint].time
    column = study.tables[study.first].columns.get(time)
    if curve.of_rows or column is None or column.optional:
        return {}
    return {
        entry.estimand.statistic: entry
        for entry in study.targets
        if isinstance(entry.estimand, Summary)
        and entry.estimand.column == time
        and entry.relation == "="
        and sizes.is_part(curve.group, entry.estimand.group)
    }


def _ends(curve: Curve, larger: dict[str, Entry]) -> Iterator[Contradiction]:
    """Rates before anybody left that are not 100%, and rates after all had left."""
    least, most = (curve.summaries.get(end, larger.get(end)) for end in ("minimum", "maximum"))
    for entry in curve.rates:
        allowed, time = limits(entry), time_of(entry)
        if least is not None and 100 not in allowed:
            first = limits(least).low
            if first is not None and time < first:
                yield Contradiction(
                    (entry.id, least.id),
                    f"{named(entry)}: nobody died or was lost before {named(least)}, so it is 100%.",
                    "It could be the follow-up of the living.",
                )
        if most is not None and 0 not in allowed:
            last = limits(most).high
            if last is not None and time > last:
                yield Contradiction(
                    (entry.id, most.id),
                    f"{named(entry)}: nobody was followed for {time_of(entry)}, since the longest "
                    f"was {named(most)}.",
                    "It could be the estimate at the end, carried on, or the follow-up of others.",
                )
