"""Exercises of "Python and R side by side"."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

from .. import survival
from ..cohort import Cohort
from .answers import Exercise, Mistake

_HAZARD = 1 / 8 + 2 / 7 + 1 / 4
"""Eight invented patients: one of eight dies, then two of seven, then one of four."""


def _lower(kind: str) -> Callable[[Cohort], float]:
    """Lower limit of survival at two years."""

    def limit(cohort: Cohort) -> float:
        patients = cohort.patients
        found = survival.survival_at(
            patients["follow_up_months"],
            patients["died"],
            24,
            interval=kind,  # type: ignore[arg-type]
        )
        return found.lower

    return limit


def _upper(cohort: Cohort) -> float:
    patients = cohort.patients
    return survival.survival_at(
        patients["follow_up_months"], patients["died"], 24, interval="log"
    ).upper


EXERCISES = (
    Exercise(
        "nelson-aalen-by-hand",
        right=_HAZARD,
        unit="number",
        within=0.0005,
        mistakes=(
            Mistake(
                -log((1 - 1 / 8) * (1 - 2 / 7) * (1 - 1 / 4)),
                "That is minus the logarithm of the Kaplan–Meier estimate; add up shares instead.",
            ),
            Mistake(
                1 / 8 + 1 / 7 + 1 / 6 + 1 / 4,
                "The two deaths of one month were taken one after the other.",
            ),
            Mistake(
                1 / 7 + 2 / 5 + 1 / 3,
                "The patients at risk were counted after the deaths; count them just before.",
            ),
            Mistake(exp(-_HAZARD), "This is survival; the cumulative hazard was asked for."),
            Mistake(
                1 / 8 + 1 / 7 + 1 / 4, "In one month two patients died; this counts one of them."
            ),
        ),
        why="Each month with deaths adds their share of those at risk just before.",
        hint="Write a line for each month with a death: deaths, at risk just before, their ratio.",
    ),
    Exercise(
        "median-at-half",
        right=10.0,
        unit="months",
        within=0.01,
        mistakes=(
            Mistake(8.0, "That is where the level stretch begins; other programs take it."),
            Mistake(12.0, "That is where the level stretch ends, as statsmodels has it."),
            Mistake((3 + 5 + 8 + 12 + 15 + 20) / 6, "This is the mean of the times."),
        ),
        why="R takes the middle of the stretch on which the curve is at one half.",
        hint="Draw the curve: between which two deaths does it stand at one half?",
    ),
    Exercise(
        "log-interval",
        right=_lower("log"),
        unit="proportion",
        within=0.0005,
        mistakes=(
            Mistake(_lower("log-log"), "That is the log-log limit, the default of lifelines."),
            Mistake(_lower("plain"), "That is the plain limit, on the scale of survival itself."),
            Mistake(_upper, "That is the upper limit."),
        ),
        why="R's default interval is made on the scale of the logarithm of survival.",
        hint="Survival and its standard error at two years go into `interval`, with one of its kinds.",
    ),
    Exercise(
        "zph-reviewer",
        right="convention",
        unit="choice",
        mistakes=(
            Mistake(
                "mistake",
                "Neither is a slip: both tests are published, and one approximates the other.",
            ),
            Mistake("rounding", "The two differ by far more than rounding can."),
        ),
        why="One is the approximation of 1994, the other the exact score test.",
        hint="Which information does each of the two tests use?",
    ),
)
