"""Exercises of "A diameter without a limit"."""

from __future__ import annotations

from math import exp, log

from .answers import Exercise, Mistake

EXERCISES = (
    Exercise(
        "dilution-by-hand",
        right=exp(0.8 * log(1.5)),
        unit="ratio",
        within=0.006,
        mistakes=(
            Mistake(
                exp(8 / 12 * log(1.5)),
                "This takes the share of the standard deviations; variances add up, not deviations.",
            ),
            Mistake(0.8 * 1.5, "The ratio itself was shrunk; it is its logarithm that shrinks."),
            Mistake(
                1 + 0.8 * 0.5,
                "The excess over one was shrunk; it is the logarithm of the ratio that shrinks.",
            ),
            Mistake(
                exp(log(1.5) / 0.8),
                "This makes the effect larger; a random error in a covariate makes it smaller.",
            ),
        ),
        why="The log hazard ratio shrinks to a share of itself: the share of the variance that is real.",
        hint="Find the share of the variance that is real, and multiply the logarithm of the ratio by it.",
    ),
    Exercise(
        "step-or-line",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "The AIC counts one coefficient for the step, and nothing for the search that chose it.",
            ),
            Mistake("contradicted", "A jump is not ruled out; it has only not been shown."),
        ),
        why="The search had its choice among many steps, and the AIC was not told.",
        hint="How many steps were there to choose from, and how many coefficients does the AIC count?",
    ),
)
