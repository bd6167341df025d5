"""Exercises of "Local control"."""

from __future__ import annotations

from .answers import Exercise, Mistake

_NONE_OF = 10

EXERCISES = (
    Exercise(
        "none-of-ten",
        right=0.025 ** (1 / _NONE_OF),
        unit="proportion",
        within=0.002,
        mistakes=(
            Mistake(
                0.05 ** (1 / _NONE_OF),
                "This spends all of alpha on one side; the interval asked for has two.",
            ),
            Mistake(
                1 - 3 / _NONE_OF,
                "This is the rule of three, an approximation to a bound with one side.",
            ),
            Mistake(
                1.0,
                "That is what Greenwood's formula says; not to have seen a recurrence is no certainty.",
            ),
            Mistake(
                0.975 ** (1 / _NONE_OF),
                "The wrong tail: what was seen would happen almost always at this rate.",
            ),
        ),
        why="At any lower rate, ten patients without a recurrence would be rarer than alpha halves.",
        hint="At which rate is the probability that none of ten has a recurrence alpha halves?",
    ),
    Exercise(
        "alive-without-recurrence",
        right="contradicted",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "The two rates are printed, but of whom do they speak? Patients who died were censored.",
            ),
            Mistake(
                "unsupported",
                "The first half is; but what the second half says of the neck another printed number rules out.",
            ),
        ),
        why="No more can be alive without a recurrence than are alive.",
        hint="Set the first rate beside the survival of the same patients.",
    ),
)
