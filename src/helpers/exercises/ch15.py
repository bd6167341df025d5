"""Exercises of "What one more number would have told"."""

from __future__ import annotations

import numpy as np

from .answers import Exercise, Mistake

_BY_DEATHS = ((1.0, 2.0, 3.0), (3.0, 4.0, 5.0))
"""Log hazard ratios of six invented cohorts, in two groups by their deaths."""


def _closed() -> float:
    means = [np.mean(group) for group in _BY_DEATHS]
    return float(np.var(means) / np.var(np.ravel(_BY_DEATHS)))


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
            Mistake(
                0.5,
                "This divides by one less than the number, as for a sample, or compares ranges.",
            ),
            Mistake(
                float(np.var([np.mean(group) for group in _BY_DEATHS])),
                "This is the variance between the means, not yet its share of the whole.",
            ),
        ),
        why="The variance between the two means, as a share of the variance of all six.",
        hint="Take the mean of each three, the variance of the two means, and the variance of all six.",
    ),
    Exercise(
        "worth-claim",
        right="suggests",
        unit="choice",
        mistakes=(
            Mistake(
                "proves",
                "One abstract, and measures that we chose, cannot settle what holds for others.",
            ),
            Mistake(
                "says nothing",
                "The order was the same under each of the measures, and it could have been another.",
            ),
        ),
        why="It is so for this abstract and this question, under measures that differ.",
        hint="How many abstracts were looked at, and for how many questions?",
    ),
)
