"""Means of Kaplan–Meier estimates against the rates of the same curve: the area that these enclose."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from ..published import Entry, KaplanMeierMean, Study, rounding
from .found import Contradiction, named, registered
from .printed import Curve, curves, time_of
from .sizes import Sizes
from .stands import limits


@registered(turn=11)
def areas(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Means below the area that rates leave under their curve, or above it.

    Up to each rate the curve is at least as high as it is there, and from it on at most that. A mean
    that has no end of its own goes to the last of the group, of whom no rate above 0 is printed.
    """
    known = {(curve.endpoint, curve.group): curve for curve in curves(study) if not curve.of_rows}
    for entry in study.targets:
        told = entry.estimand
        if not isinstance(told, KaplanMeierMean) or told.statistic != "kaplan-meier-mean":
            continue
        curve = known.get((told.endpoint, told.group))
        if curve is not None and not isinstance(entry.value, str):
            yield from _against(curve, entry, told.until)


def _against(curve: Curve, mean: Entry, until: float | None) -> Iterator[Contradiction]:
    allowed = limits(mean)
    end = None if until is None else rounding.exact(until)
    rates = [rate for rate in curve.rates if end is None or time_of(rate) <= end]
    points = [(time_of(rate), limits(rate)) for rate in rates]
    start = (Fraction(0), Fraction(100))
    least = _area([start, *((time, one.low) for time, one in points)], by_end=True)
    if allowed.high is not None and least > allowed.high:
        yield _said(mean, rates, f"the area under the curve is at least {float(least):.4g}")
    if end is None or allowed.low is None:
        return
    most = _area([start, *((time, one.high) for time, one in points), (end, None)], by_end=False)
    if most < allowed.low:
        words = f"the area under the curve up to {float(end):g} is at most {float(most):.4g}"
        yield _said(mean, rates, words)


def _said(mean: Entry, rates: list[Entry], words: str) -> Contradiction:
    by = f"by {', '.join(map(named, rates))} " if rates else ""
    return Contradiction(
        (mean.id, *(rate.id for rate in rates)),
        f"{named(mean)}: {by}{words}.",
        "If it is the mean time of those who had the event, or the rates are of others, it could be.",
    )


def _area(heights: list[tuple[Fraction, Fraction | None]], by_end: bool) -> Fraction:
    """The area of steps, each as high as where it ends, or as where it begins; None tells nothing."""
    area, known = Fraction(0), Fraction(100)
    for (start, height), (end, after) in pairwise(heights):
        known = known if height is None else min(known, height)
        area += (end - start) * (max(after or Fraction(0), Fraction(0)) if by_end else known) / 100
    return area
