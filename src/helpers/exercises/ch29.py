"""Exercises of "How often to scan"."""

from __future__ import annotations

from statistics import mean, median

from ..cohort import Cohort
from .answers import Exercise, Mistake

_MONTHS = (2, 3, 5, 8, 13)
"""How long five invented patients were followed."""


def _share_who_died(cohort: Cohort) -> float:
    return float(cohort.patients["died"].mean())


def _deaths(cohort: Cohort) -> int:
    return int(cohort.patients["died"].sum())


EXERCISES = (
    Exercise(
        "how-often-to-scan-by-hand",
        right=float(median(_MONTHS)),
        unit="months",
        within=0.05,
        mistakes=(Mistake(mean(_MONTHS), "That is the mean; the longest time draws it upwards."),),
        why="As many were followed for longer as for a shorter time.",
        hint="Put the times in order and take the one in the middle.",
    ),
    Exercise(
        "how-often-to-scan-share",
        right=_share_who_died,
        unit="proportion",
        within=0.0006,
        mistakes=(Mistake(_deaths, "That is how many died; a share of all patients was asked for."),),
        why="The mean of a column of 0 and 1 is the share of the ones.",
        hint="Take the mean of the column died.",
    ),
)
