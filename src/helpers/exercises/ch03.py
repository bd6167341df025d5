"""Exercises of "The cohort"."""

from __future__ import annotations

from math import sqrt

from ..cohort import Cohort
from .answers import Exercise, Mistake

_ONE, _TWO = (44, 50, 52, 58), (47, 55, 57, 65)
"""Ages of two groups of four invented patients."""
_SEVEN = ((5, 1), (8, 0), (14, 1), (18, 1), (25, 0), (33, 0), (40, 1))
"""Month in which each of seven invented patients left, and whether she died; first to leave first."""


def _variance(ages: tuple[int, ...], *, lost: int = 1) -> float:
    mean = sum(ages) / len(ages)
    return sum((age - mean) ** 2 for age in ages) / (len(ages) - lost)


_DIFFERENCE = sum(_TWO) / len(_TWO) - sum(_ONE) / len(_ONE)
_SUM = _variance(_ONE) + _variance(_TWO)


def _middle(*, event: int) -> float:
    """First month at which the product over one kind of exit is one half or less."""
    kept = 1.0
    for left, (month, died) in enumerate(_SEVEN):
        if died == event:
            kept *= 1 - 1 / (len(_SEVEN) - left)
        if kept <= 0.5:
            return month
    return float("nan")


def _share_larger(cohort: Cohort) -> float:
    """Share of lesions that are larger than the cut-point."""
    cut = float(cohort.study["cut-point"].value)  # type: ignore[arg-type]
    larger = cohort.lesions["diameter_mm"] > cut
    return float(larger.mean()) if len(larger) else float("nan")


EXERCISES = (
    Exercise(
        "difference-by-hand",
        right=_DIFFERENCE / sqrt(_SUM / 2),
        unit="number",
        within=0.006,
        mistakes=(
            Mistake(
                -_DIFFERENCE / sqrt(_SUM / 2),
                "The groups have changed places: it is the second minus the first.",
            ),
            Mistake(
                _DIFFERENCE,
                "This is the difference in years; divide it by the spread within a group.",
            ),
            Mistake(
                _DIFFERENCE / sqrt(_SUM / 4),
                "This divides by the standard error, as a test does, so it would grow with the groups.",
            ),
            Mistake(
                _DIFFERENCE / sqrt((_variance(_ONE, lost=0) + _variance(_TWO, lost=0)) / 2),
                "The variances divide by the number of patients; divide by one less.",
            ),
            Mistake(
                _DIFFERENCE / sqrt(_SUM),
                "The two variances were added up; take their mean.",
            ),
            Mistake(
                _DIFFERENCE / (_SUM / 2),
                "This divides by a variance, which is in squared years; take its root.",
            ),
        ),
        why="It says by how many typical spreads the groups are apart, whatever their size.",
        hint="Two means, two variances with one less below the line, the root of the mean variance.",
    ),
    Exercise(
        "reverse-by-hand",
        right=_middle(event=0),
        unit="months",
        within=0.1,
        mistakes=(
            Mistake(18, "This is the simple median: it takes a death for the end of follow-up."),
            Mistake(
                25,
                "This is the median of those still alive; the dead were followed too, until they died.",
            ),
            Mistake(_middle(event=1), "This is the median survival: the roles were not exchanged."),
        ),
        why="The end of observation is the event, and a death only takes a patient out of the count.",
        hint="Write a line for each bar without a mark: still followed just before it, share kept.",
    ),
    Exercise(
        "largest-of-three",
        right=lambda cohort: [1 - (1 - _share_larger(cohort)) ** lesions for lesions in (1, 2, 3)],
        unit="proportion",
        within=0.015,
        mistakes=(
            Mistake(
                lambda cohort: [_share_larger(cohort) ** lesions for lesions in (1, 2, 3)],
                "This asks that all of her lesions be larger; one is enough.",
            ),
            Mistake(
                lambda cohort: [_share_larger(cohort) * lesions for lesions in (1, 2, 3)],
                "The shares were added up, so a patient with two larger lesions counts twice.",
            ),
            Mistake(
                lambda cohort: [_share_larger(cohort)] * 3,
                "This is the share of lesions; the question is about patients.",
            ),
        ),
        why="The more lesions are drawn, the less often all of them stay below the cut-point.",
        hint="Give three proportions of patients, for one, two and three lesions, from many draws.",
    ),
    Exercise(
        "no-difference-in-age",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "A large p value is no proof of balance; in small groups a large imbalance gives one too.",
            ),
            Mistake(
                "contradicted",
                "The p value does not show an imbalance either; it says next to nothing of its size.",
            ),
        ),
        why="What matters is how large the imbalance is and what age does to survival.",
        hint="What would the p value have been with the same ages in a much larger study?",
    ),
)
