"""Estimates outside their own confidence intervals, and intervals that end before they begin."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..published import (
    NOT_REACHED,
    CoxLimit,
    CoxTerm,
    Entry,
    KaplanMeier,
    KaplanMeierLimit,
    KaplanMeierMean,
    KaplanMeierMedian,
    KaplanMeierMedianLimit,
    Study,
)
from .found import Contradiction, named, registered
from .sizes import Sizes
from .stands import limits

_OTHER = "If they are of different patients, endpoints or times, or one is a misprint, it could be."


@dataclass
class _Around:
    """An estimate, and the limits that are printed of it, by what else they depend on."""

    estimates: list[Entry] = field(default_factory=list)
    lower: dict[object, Entry] = field(default_factory=dict)
    upper: dict[object, Entry] = field(default_factory=dict)


@registered(turn=10)
def around(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Estimates above their upper limit or below their lower one."""
    for one in _intervals(study).values():
        pairs = [(low, estimate) for low in one.lower.values() for estimate in one.estimates]
        pairs += [(estimate, high) for high in one.upper.values() for estimate in one.estimates]
        pairs += [(low, one.upper[by]) for by, low in one.lower.items() if by in one.upper]
        for first, second in pairs:
            if _is_above(first, second):
                yield Contradiction(
                    (first.id, second.id),
                    f"{named(first)} cannot be above {named(second)}: they are "
                    f"{_called(first)} and {_called(second)} of one interval.",
                    _OTHER,
                )


def _intervals(study: Study) -> dict[object, _Around]:
    found: dict[object, _Around] = {}
    for entry in study.targets:
        told = entry.estimand
        match told:
            case KaplanMeier() | KaplanMeierLimit():
                key: object = "rate", told.endpoint, told.group, told.time
            case KaplanMeierMedian() if not told.reverse:
                key = "median", told.endpoint, told.group
            case KaplanMeierMedianLimit():
                key = "median", told.endpoint, told.group
            case KaplanMeierMean() if not told.statistic.endswith("se"):
                key = "mean", told.endpoint, told.group, told.until
            case CoxTerm() if told.statistic == "hazard-ratio":
                key = "ratio", told.model, told.term
            case CoxLimit():
                key = "ratio", told.model, told.term
            case _:
                continue
        of = found.setdefault(key, _Around())
        by = getattr(told, "interval", ""), getattr(told, "level", 0)
        if told.statistic.endswith("-lower"):
            of.lower.setdefault(by, entry)
        elif told.statistic.endswith("-upper"):
            of.upper.setdefault(by, entry)
        else:
            of.estimates.append(entry)
    return found


def _is_above(first: Entry, second: Entry) -> bool:
    """Whether one is certainly above another that it should not be above.

    A lower limit that is not reached says nothing: a curve has no limit where it is 0%.
    """
    if isinstance(second.value, (str, datetime.date)):
        return False
    high = limits(second).high
    if first.value == NOT_REACHED:
        return high is not None and not first.estimand.statistic.endswith("-lower")
    if isinstance(first.value, (str, datetime.date)):
        return False
    low = limits(first).low
    return low is not None and high is not None and low > high


def _called(entry: Entry) -> str:
    for end in ("lower", "upper"):
        if entry.estimand.statistic.endswith(f"-{end}"):
            return f"the {end} limit"
    return "the estimate"
