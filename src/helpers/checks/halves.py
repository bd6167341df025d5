"""Kaplan–Meier medians against the rates of the same curve, and against how long anybody was followed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..published import NOT_REACHED, Entry, KaplanMeierMedian, Limits, Study
from .found import Contradiction, named, registered
from .printed import Curve, curves, time_of
from .sizes import Sizes
from .stands import limits

_HALF = Fraction(50)
_OF_THE_DEAD = "If it is the median of the times of those who died, it could be."


@registered(turn=7)
def halves(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Rates on the wrong side of one half, before a median or after it.

    Where a curve runs level at exactly one half, some programs print the beginning of the stretch and
    some its middle; nothing here depends on which.
    """
    known = {(curve.endpoint, curve.group): curve for curve in curves(study)}
    for entry in study.targets:
        told = entry.estimand
        if isinstance(told, KaplanMeierMedian) and not told.reverse:
            curve = known.get((told.endpoint, told.group))
            if curve is not None:
                yield from _against(curve, entry)


def _against(curve: Curve, median: Entry) -> Iterator[Contradiction]:
    reached = median.value != NOT_REACHED
    allowed = limits(median) if reached else Limits(None, None, False, False)
    for rate in curve.rates:
        percent, time = limits(rate), time_of(rate)
        before = not reached or (allowed.low is not None and time < allowed.low)
        after = allowed.high is not None and time >= allowed.high
        if before and _under(percent):
            law = (
                "is at least one half before its median" if reached else "never fell below one half"
            )
            yield Contradiction(
                (rate.id, median.id),
                f"{named(rate)} is below 50%, and {named(median)}: a Kaplan-Meier estimate {law}.",
                _OF_THE_DEAD if reached else "",
            )
        elif after and _over(percent):
            yield Contradiction(
                (rate.id, median.id),
                f"{named(rate)} is above 50%, and {named(median)}: a Kaplan-Meier estimate is at most "
                "one half from its median on.",
                _OF_THE_DEAD,
            )
    most = curve.summaries.get("maximum")
    if most is not None and allowed.low is not None:
        last = limits(most).high
        if last is not None and allowed.low > last:
            yield Contradiction(
                (median.id, most.id),
                f"{named(median)}: nobody was followed for so long, since the longest was "
                f"{named(most)}.",
            )


def _under(percent: Limits) -> bool:
    high = percent.high
    return high is not None and (high < _HALF or (high == _HALF and not percent.high_counts))


def _over(percent: Limits) -> bool:
    low = percent.low
    return low is not None and (low > _HALF or (low == _HALF and not percent.low_counts))
