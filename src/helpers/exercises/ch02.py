"""Exercises of "From an abstract to a cohort"."""

from __future__ import annotations

from itertools import combinations
from math import prod
from statistics import median

from ..cohort import Cohort
from .answers import Exercise, Mistake

_SIX = ((8, 1), (15, 0), (20, 1), (33, 1), (41, 0), (52, 0))
"""Month in which each of six invented patients left, and whether she died; first to leave first."""
_DEMANDED = (53, 24, 60)
"""Survival at three years in percent, median and longest follow-up in months; no decimals."""
_SURVIVAL = 100 * (1 - 1 / 6) * (1 - 1 / 4) * (1 - 1 / 3)
_MIDDLE, _LONGEST = median(month for month, _ in _SIX), max(month for month, _ in _SIX)


def _violation(survival: float, *, slack: float = 0.5) -> float:
    found = (survival, _MIDDLE, _LONGEST)
    return sum(max(0.0, abs(f - d) - slack) for f, d in zip(found, _DEMANDED, strict=True))


def _fewest(cohort: Cohort) -> list[float]:
    """Numbers at risk at the deaths, first death first, in the smallest set that prints the rate."""
    rate = cohort.study["os-36-scf"]
    size = int(cohort.study["n-supraclavicular"].value)  # type: ignore[arg-type]
    for deaths in range(1, size):
        for at_risk in combinations(range(size, 1, -1), deaths):
            if rate.agrees(100 * prod(1 - 1 / a for a in at_risk)):
                return list(at_risk)
    return [float("nan")]


def _earliest(cohort: Cohort) -> list[float]:
    size = int(cohort.study["n-supraclavicular"].value)  # type: ignore[arg-type]
    return [size - death for death in range(len(_fewest(cohort)))]


EXERCISES = (
    Exercise(
        "violation-by-hand",
        right=_violation(_SURVIVAL),
        unit="number",
        within=0.05,
        mistakes=(
            Mistake(
                _violation(_SURVIVAL, slack=0.0),
                "Rounding was forgotten: whatever prints the same is not off at all.",
            ),
            Mistake(
                _violation(100 * 3 / 6),
                "Survival was taken as a plain share; one patient left alive before the last two deaths.",
            ),
            Mistake(
                _violation(100 * 2 / 6),
                "The patient who left alive before three years was counted as dead.",
            ),
            Mistake(
                abs(_SURVIVAL - _DEMANDED[0]) - 0.5,
                "This is the distance of survival alone; the follow-up has demands too.",
            ),
            Mistake(
                _violation(_SURVIVAL) - 2 * max(0.0, abs(_MIDDLE - _DEMANDED[1]) - 0.5),
                "A distance has no sign: too long a median does not make up for the rest.",
            ),
        ),
        why="Each distance counts from the edge of what would round to the demanded number, and all add up.",
        hint="Compute survival, median and longest follow-up, then one distance for each.",
    ),
    Exercise(
        "fewest-deaths",
        right=_fewest,
        unit="count",
        within=0.1,
        mistakes=(
            Mistake(
                lambda cohort: _fewest(cohort)[::-1],
                "Deaths go forward in time and numbers at risk go down; these go up.",
            ),
            Mistake(
                _earliest,
                "These are deaths at the very start, where each takes the least from the rate.",
            ),
        ),
        why="A death takes more from the rate the fewer patients it falls on.",
        hint="Try all sets of so many numbers at risk, and keep what prints the rate.",
    ),
    Exercise(
        "two-searches",
        right="first",
        unit="choice",
        mistakes=(
            Mistake(
                "second",
                "It is the other way round: one thing that is found proves more than many that are not.",
            ),
            Mistake(
                "both",
                "A search that fails has seen a tiny part of all cohorts; not found is not the same as not there.",
            ),
            Mistake(
                "neither",
                "That its patients are invented does not matter: to be possible, an example is enough.",
            ),
        ),
        why="A search can prove that a cohort exists, never that none does.",
        hint="For each sentence: what would have to be looked at before one may write it?",
    ),
)
