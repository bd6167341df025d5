"""Exercises of "Missing values"."""

from __future__ import annotations

from math import sqrt
from statistics import pvariance, variance

from .answers import Exercise, Mistake

_FOUND = (0.5, 0.7, 0.9)
_WITHIN = 0.04
"""Log hazard ratios of three completed tables, and the variance of each."""

EXERCISES = (
    Exercise(
        "rubin-by-hand",
        right=sqrt(_WITHIN + (1 + 1 / 3) * variance(_FOUND)),
        unit="number",
        within=0.002,
        mistakes=(
            Mistake(
                sqrt(_WITHIN),
                "This is what one completed table claims; the spread between the tables is missing.",
            ),
            Mistake(
                sqrt(_WITHIN + variance(_FOUND)),
                "One over the number of tables is missing: few tables leave an error of their own.",
            ),
            Mistake(
                sqrt(_WITHIN + (1 + 1 / 3) * pvariance(_FOUND)),
                "The squares were divided by the number of tables; divide by one less.",
            ),
            Mistake(
                _WITHIN + (1 + 1 / 3) * variance(_FOUND),
                "That is the variance; the standard error is its root.",
            ),
        ),
        why="The spread between the tables adds to the variance within each.",
        hint="Add to the mean variance the spread between the estimates, by the formula, and take the root.",
    ),
    Exercise(
        "gaps-at-random",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported", "Age and site were compared; survival and the lost diameters were not."
            ),
            Mistake("contradicted", "Nothing shows a bias either; it was not looked for."),
        ),
        why="What no comparison of recorded columns can show was claimed.",
        hint="With what must gaps have nothing to do, for complete cases to be right?",
    ),
)
