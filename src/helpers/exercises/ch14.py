"""Exercises of "Reading a p value against its curves"."""

from __future__ import annotations

from .. import forced
from .answers import Exercise, Mistake

_HALF = forced.rate("50.000000", 10)
"""Ten patients of whom exactly half survive."""

EXERCISES = (
    Exercise(
        "deaths-for-doubled",
        right=1 / 2**2,
        unit="number",
        within=0.005,
        mistakes=(
            Mistake(
                1 / 2, "The number goes with the square of the log ratio, not with the log ratio."
            ),
            Mistake(2.0**2, "This is upside down: a larger effect needs fewer deaths."),
            Mistake(2.0, "A larger effect needs fewer deaths, and the square of it counts."),
        ),
        why="The statistic grows with the log ratio and with the root of the deaths.",
        hint="Solve the formula for the number of deaths, and see how the log ratio enters.",
    ),
    Exercise(
        "least-of-ten",
        right=float(forced.least_greenwood(_HALF)),
        unit="number",
        within=0.0005,
        mistakes=(
            Mistake(
                float(10 * forced.least_greenwood(_HALF)),
                "The bound has the number of patients under it; it was left out.",
            ),
            Mistake(
                float(max(map(forced.greenwood, _HALF.sets()))),
                "That is the most: a death with few at risk adds much. The least was asked for.",
            ),
        ),
        why="With nobody censored the terms are differences of neighbours, and all but two cancel.",
        hint="Write each term as a difference, and let the deaths come while most are at risk.",
    ),
    Exercise(
        "site-no-factor",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake("supported", "No significant effect in a small study is no sign of no effect."),
            Mistake(
                "contradicted", "Its p value alone does not rule out that size explains it all."
            ),
        ),
        why="Beside size nothing could be shown for site, and little could have been.",
        hint="Look at the interval of the hazard ratio of site beside size.",
    ),
)
