"""The columns of times that endpoints are made of, with priors through what is printed of their curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

from ..published import rounding
from . import likely
from .groups import Groups
from .names import PER_MONTH, Known
from .texts import Number

FOLLOW_UP, DIED = "follow_up", "died"
OVERALL = "overall-survival"
_LONGEST = 600
"""Months that a follow-up has at most, where none is printed."""


@dataclass
class Curve:
    """What is printed of one endpoint.

    Attributes
    ----------
    known : Known
    onset : str
        Its column of onsets; empty for overall survival.
    per_lesion : bool
    inside : tuple of str
        Onsets of other endpoints that are events of this one too.
    rates : list of (time, Number, group)
        As they are printed.
    points : list of (time, share, weight)
        Of rates and medians, with the share of rows that each is of.
    """

    known: Known
    onset: str
    per_lesion: bool = False
    inside: tuple[str, ...] = ()
    rates: list[tuple[float, Number, str]] = field(default_factory=list)
    points: list[tuple[float, float, float]] = field(default_factory=list)

    def pooled(self) -> list[tuple[float, float]]:
        """One point a time: groups weighted by their size."""
        times = sorted({time for time, _, _ in self.points})
        found = []
        for time in times:
            here = [(share, weight or 1e-9) for at, share, weight in self.points if at == time]
            total = sum(weight for _, weight in here)
            found.append((time, sum(share * weight for share, weight in here) / total))
        return found


@dataclass(frozen=True)
class Columns:
    """Columns of times by their names, of patients and of lesions, and onsets that are the first of lesions."""

    patients: dict[str, dict[str, Any]]
    lesions: dict[str, dict[str, Any]]
    first: tuple[str, ...]


def columns(
    curves: dict[str, Curve],
    unit: str,
    follow_up: tuple[float, float | None, float | None, int] | None,
) -> Columns:
    """The columns of times.

    Parameters
    ----------
    curves : dict of str to Curve
        By endpoint.
    unit : str
        Of all times.
    follow_up : tuple, optional
        Median, shortest and longest follow-up, and their decimals.
    """
    month = PER_MONTH[unit]
    median, low, high, decimals = follow_up or (None, None, None, 1)
    latest = max([time for curve in curves.values() for time, _, _ in curve.points], default=0)
    usual = median or latest or 24 * month
    death = likely.weibull(curves[OVERALL].pooled(), 1.5 * usual)
    lost = likely.censoring(death, median, latest)
    longest = high or max(3 * usual, 1.5 * latest)
    limit = max(_LONGEST * month, 2 * longest)
    time = {
        "type": "number",
        "unit": unit,
        "decimals": max(1, decimals),
        "minimum": 0,
        "maximum": limit,
    }
    patients: dict[str, Any] = {
        FOLLOW_UP: {
            **time,
            "status": "printed" if follow_up else "assumed",
            "description": "From the beginning of follow-up to death or last contact.",
            "prior": {
                "earlier_of": {"death": {"weibull": death}, "censoring": {"weibull": lost}},
                "within": [low or 0.1 * month, longest],
            },
        },
        DIED: {
            "type": "flag",
            "status": "derived",
            "description": "Died (1) or alive at last contact (0).",
            "prior": {"happened": {"column": FOLLOW_UP, "cause": "death"}},
        },
    }
    lesions: dict[str, Any] = {}
    of_lesions = {curve.onset for curve in curves.values() if curve.per_lesion}
    needed = {name for curve in curves.values() for name in (curve.onset, *curve.inside)
              if not curve.per_lesion}  # fmt: skip
    first = tuple(sorted(of_lesions & needed))
    free: dict[str, likely.Onset] = {}
    # Of what an endpoint is made of besides, more is known before it.
    for id, curve in sorted(curves.items(), key=lambda one: len(one[1].inside)):
        if id == OVERALL or (not curve.per_lesion and curve.onset in of_lesions):
            continue
        others = [free[name] for name in curve.inside if name in free]
        points = curve.pooled()
        if curve.known.deaths or others:
            deaths = [likely.Onset(death, 0.0)] * curve.known.deaths
            points = [(t, likely.without(t, s, [*deaths, *others])) for t, s in points]
        found = likely.onset(points, usual)
        free[curve.onset] = found
        (lesions if curve.per_lesion else patients)[curve.onset] = {
            **time,
            "optional": True,
            "status": "derived",
            "description": f"To the first event of {curve.known.label}{_other_than(curve, curves)}; empty "
            "where there was none.",
            "prior": {
                "weibull": found.weibull,
                "absent": found.absent,
                "within": [0.1 * month, longest],
            },
        }
    return Columns(patients, lesions, first)


def _other_than(curve: Curve, curves: dict[str, Curve]) -> str:
    """What else is an event of an endpoint, and has a column of its own."""
    others = dict.fromkeys(
        one.known.label for one in curves.values() if one.onset in curve.inside and one.onset
    )
    death = ["death"] * curve.known.deaths
    words = [*death, *(f"an event of {label}" for label in others)]
    return f" other than {' or '.join(words)}" if words else ""


@dataclass(frozen=True)
class Followed:
    """How many of a group were at risk at a time, at least, and what says so."""

    endpoint: str
    group: str
    time: float
    fewest: int
    why: str


def followed(curves: dict[str, Curve], groups: Groups) -> Iterator[Followed]:
    """Who has to have been at risk, where rates say that it was most of a group.

    Of `a` at risk an event leaves the share 1 - 1/a of a curve, or less. So a curve that falls between
    two times, and by little, had many at risk when it did, and they were at risk at the first time.
    """
    for id, curve in curves.items():
        for group in dict.fromkeys(group for _, _, group in curve.rates):
            rates = sorted(
                ((t, n) for t, n, of in curve.rates if of == group), key=lambda one: one[0]
            )
            for (begin, first), (end, second) in pairwise(rates):
                if first.relation != "=" or second.relation != "=" or begin == end:
                    continue
                (low, before), (least, most) = _stands_for(first), _stands_for(second)
                if most >= low:  # it need not fall
                    continue
                fewest = _fewest(least, before)
                if 2 * fewest > groups.share(group) * groups.rows:
                    why = (
                        f"A curve that falls by so little from {begin:g} to {end:g}, and does fall, "
                        "has so many at risk."
                    )
                    yield Followed(id, group, begin, fewest, why)


def _fewest(least: Fraction, before: Fraction) -> int:
    """Fewest at risk where a curve falls, from this percent or less, to this percent or more."""
    return ceil(1 / (1 - max(least, Fraction(0)) / min(before, Fraction(100))))


def _stands_for(rate: Number) -> tuple[Fraction, Fraction]:
    """Least and most that a printed rate stands for, however it was rounded."""
    ends = rounding.limits(rate.value, rate.decimals)
    assert ends.low is not None  # of a number that is printed as equal to something
    assert ends.high is not None
    return ends.low, ends.high
