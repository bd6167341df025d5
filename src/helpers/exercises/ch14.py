"""Exercises of "What one more number would have told"."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from .answers import Exercise, Mistake

_BY_DEATHS = ((1.0, 2.0, 3.0), (3.0, 4.0, 5.0))
"""Log hazard ratios of six invented cohorts, in two groups by their deaths."""


def _closed() -> float:
    means = [np.mean(group) for group in _BY_DEATHS]
    return float(np.var(means) / np.var(np.ravel(_BY_DEATHS)))


def _held(spread: float) -> float:
    """How often a 95% interval holds a truth when the draws are so much as spread out."""
    return float(2 * norm.cdf(1.959964 * spread) - 1)


EXERCISES = (
    Exercise(
        "variance-closed",
        right=_closed(),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(
                _closed() ** 0.5,
                "This is a share of standard deviations; variances add, these do not.",
            ),
            Mistake(0.5, "This compares ranges; the share is one of variances."),
            Mistake(
                float(np.var([np.mean(group) for group in _BY_DEATHS])),
                "This is the variance between the means, not yet its share of the whole.",
            ),
        ),
        why="The variance between the two means, as a share of the variance of all six.",
        hint="Take the mean of each three, the variance of the two means, and the variance of all six.",
    ),
    Exercise(
        "too-sure",
        right=_held(0.5),
        unit="proportion",
        within=0.05,
        mistakes=(
            Mistake(0.95, "This is what the interval promises; its draws are too close together."),
            Mistake(
                0.95 / 2,
                "Half as wide does not hold the truth half as often: most truths are near.",
            ),
        ),
        why="An interval of half the width misses about a third of the truths.",
        hint="Count how many truths lie between the 2.5% and the 97.5% quantile of their draws.",
    ),
    Exercise(
        "calibration-claim",
        right="suggests",
        unit="choice",
        mistakes=(
            Mistake(
                "proves",
                "So few truths would miss an interval that holds a few percent too seldom.",
            ),
            Mistake("says nothing", "Gross errors would have shown; the check could have failed."),
        ),
        why="A check that could have failed and did not is evidence, as much as its size allows.",
        hint="What would the table look like if the intervals held somewhat too seldom?",
    ),
)
