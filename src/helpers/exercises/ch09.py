"""Exercises of "Tumour growth"."""

from __future__ import annotations

from collections.abc import Callable
from math import log, log2, log10, nan

from .. import growth
from ..cohort import Cohort
from .answers import Exercise, Mistake

_FIRST, _SECOND, _BETWEEN = 8.0, 12.0, 6.0
"""Diameters in mm of an invented lesion, and the months between its two scans."""
_DOUBLINGS = 3 * log2(_SECOND / _FIRST)


def _curve(read: Callable[[float, float], float]) -> Callable[[Cohort], float]:
    """Something read from start and rate of the exponential curve; NaN where it does not grow."""

    def value(cohort: Cohort) -> float:
        try:
            at = growth.fit(cohort.lesions).estimates
        except growth.GrowthError:
            return nan
        return read(at["d0"], at["k"]) if at["d0"] > 0 and at["k"] > 0 else nan

    return value


def _recent(read: Callable[[growth.Interval], float]) -> Callable[[Cohort], float]:
    """Something read from the interval of the time to the cut-point, by the recent lesions alone."""

    def value(cohort: Cohort) -> float:
        try:
            fitted = growth.fit(cohort.table_of_group("recent-ct"))
            return read(growth.interval_to(fitted, 15, resamples=0))
        except growth.GrowthError:
            return nan

    return value


EXERCISES = (
    Exercise(
        "volume-doubling-by-hand",
        right=_BETWEEN / _DOUBLINGS,
        unit="months",
        within=0.06,
        mistakes=(
            Mistake(
                _BETWEEN / log2(_SECOND / _FIRST),
                "In that time the diameter doubles; the volume was asked for.",
            ),
            Mistake(
                3 * _BETWEEN / log2(_SECOND / _FIRST),
                "The factor of three is on the wrong side: a volume doubles sooner than a diameter.",
            ),
            Mistake(
                _BETWEEN / (_SECOND / _FIRST) ** 3,
                "The volume grows by that factor, but doublings are counted by logarithms.",
            ),
            Mistake(
                _BETWEEN / ((_SECOND / _FIRST) ** 3 - 1),
                "This lets the volume grow by equal amounts; exponential growth is by equal factors.",
            ),
            Mistake(
                _BETWEEN * _FIRST / (_SECOND - _FIRST),
                "This lets the diameter grow by equal millimetres, and it is the diameter's doubling.",
            ),
            Mistake(
                _BETWEEN * log10(2) / log(_SECOND / _FIRST) / 3,
                "Two kinds of logarithm were mixed; the same is needed above and below.",
            ),
        ),
        why="The volume goes with the third power, so it doubles three times for one of the diameter.",
        hint="By which factor does the volume grow from scan to scan, and how many doublings is that?",
    ),
    Exercise(
        "recent-lower-end",
        right=_recent(lambda time: time.profile.lower),
        unit="months",
        within=0.06,
        mistakes=(
            Mistake(
                _recent(lambda time: time.delta.lower),
                "This is the delta method's end, and its interval is symmetric whatever the lesions say.",
            ),
            Mistake(
                _recent(lambda time: time.estimate),
                "This is the estimate itself.",
            ),
        ),
        why="Any faster growth would have made more of these lesions large.",
        hint="Fit the curve to `recent`, ask growth.interval_to, and read the lower end of the profile.",
    ),
    Exercise(
        "months-to-30-mm",
        right=_curve(lambda d0, k: log(30 / d0) / k),
        unit="months",
        within=0.06,
        mistakes=(
            Mistake(
                _curve(lambda d0, k: 2 * log(15 / d0) / k),
                "This is twice the time to half of it; time goes with the logarithm of the diameter.",
            ),
            Mistake(
                _curve(lambda d0, k: log(2) / k),
                "This is one doubling time; it has to be added to the time to half the diameter.",
            ),
            Mistake(
                _curve(lambda d0, k: log(30 / d0) / (3 * k)),
                "This rate is that of the volume; the curve is one of diameters.",
            ),
            Mistake(
                _curve(lambda d0, k: log(30) / k),
                "The start was left out: the lesion does not begin at one millimetre.",
            ),
            Mistake(_curve(lambda d0, k: log(15 / d0) / k), "This is the time to the cut-point."),
        ),
        why="It is the time to the cut-point and one doubling time more.",
        hint="Ask growth.interval_to for the diameter, or solve the curve for the time.",
    ),
    Exercise(
        "half-year-schedule",
        right="contradicted",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "The curve runs through the middle of the lesions. Where do those above it lie?",
            ),
            Mistake(
                "unsupported",
                "The curve does speak of lesions found at that month: it runs through their middle.",
            ),
        ),
        why="About half of the lesions found at the month of the curve are larger than it says.",
        hint="At the month at which the curve passes the cut-point, what share lies above it?",
    ),
)
