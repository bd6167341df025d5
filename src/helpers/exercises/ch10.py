"""Exercises of "Scorecard"."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import numpy as np
import pandas as pd

from ..cohort import Cohort
from .answers import Exercise, Mistake

_WHOLE, _PRINTED = 250, 12
"""Patients of an invented study, and a share of them printed in whole percent."""


def _counts(low: float, high: float) -> list[int]:
    """Least and largest count whose percentage is at least `low` and below `high`."""
    inside = [k for k in range(_WHOLE + 1) if low <= 100 * k / _WHOLE < high]
    return [inside[0], inside[-1]]


def _rate(patients: pd.DataFrame) -> float:
    """Survival at three years in percent, as a product over deaths."""
    months, died = patients["follow_up_months"].to_numpy(), patients["died"].to_numpy()
    at, deaths = np.unique(months[(died == 1) & (months <= 36)], return_counts=True)
    at_risk = len(months) - np.searchsorted(np.sort(months), at, side="left")
    return 100.0 * float(np.prod(1 - deaths / at_risk))


def _alive(patients: pd.DataFrame) -> float:
    """Share not known to have died by three years, in percent."""
    dead = (patients["died"] == 1) & (patients["follow_up_months"] <= 36)
    return 100 * (1 - float(dead.mean()))


def _largest(
    group: str,
    rate: Callable[[pd.DataFrame], float] = _rate,
    of: Callable[[list[float]], float] = lambda shifts: max(map(abs, shifts)),
) -> Callable[[Cohort], float]:
    """How far the rate of a group moves at most when one patient is left out."""

    def shift(cohort: Cohort) -> float:
        rows = cohort.patients[cohort.patients["size_group"] == cohort.study.groups[group].label]
        if len(rows) < 2:
            return nan
        whole = rate(rows)
        kinds = list(zip(rows["follow_up_months"], rows["died"], strict=True))
        shifts: dict[tuple[float, int], float] = {}
        for one, kind in zip(rows.index, kinds, strict=True):
            if kind not in shifts:  # who left in the same month, and alike, moves it as far
                shifts[kind] = rate(rows.drop(index=one)) - whole
        return of([shifts[kind] for kind in kinds])

    return shift


EXERCISES = (
    Exercise(
        "counts-behind-a-share",
        right=_counts(_PRINTED - 0.5, _PRINTED + 0.5),
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(
                [_PRINTED * _WHOLE // 100] * 2,
                "This takes the printed share for exact; a printed number is a rounded one.",
            ),
            Mistake(
                _counts(_PRINTED, _PRINTED + 1),
                "This cuts the decimals off; a percentage is rounded to the nearest.",
            ),
            Mistake(
                _counts(_PRINTED - 1, _PRINTED + 1),
                "This allows a whole point to each side; rounding allows half of one.",
            ),
            Mistake([_PRINTED] * 2, "This is the percentage; counts of patients were asked for."),
        ),
        why="A printed share stands for all values within half a unit of its last digit.",
        hint="Which shares are printed so? Turn the ends of that range into counts.",
    ),
    Exercise(
        "could-have-differed",
        right=[0, 1, 1, 0],
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(
                [1, 1, 1, 1],
                "Not every agreement is news. Which of them was made, and which cannot fail?",
            ),
            Mistake(
                [1, 1, 1, 0],
                "The program kept the cohort because these rates agreed; no other was kept.",
            ),
            Mistake(
                [0, 0, 1, 0],
                "The second compares two programs, and an error in one of them could have shown.",
            ),
            Mistake(
                [0, 1, 0, 0],
                "Nobody made the authors' own patients to fit; there a row might differ.",
            ),
            Mistake(
                [0, 1, 1, 1],
                "A definition cannot be contradicted by any patient.",
            ),
            Mistake([1, 0, 0, 1], "Zero and one have changed places."),
        ),
        why="Two of them could have failed: one is between two programs, the other between patients and publication.",
        hint="Ask of each: was it made to agree, or could nothing contradict it? Then write zero.",
    ),
    Exercise(
        "largest-shift",
        right=_largest("large"),
        unit="points",
        within=0.06,
        mistakes=(
            Mistake(
                _largest("small"),
                "This is the shift among the small tumours.",
            ),
            Mistake(
                _largest("large", of=lambda shifts: float(np.mean(np.abs(shifts)))),
                "This is the mean of the shifts; the largest was asked for.",
            ),
            Mistake(
                _largest("large", _alive),
                "This divides by everybody, as if the censored had been watched to the end.",
            ),
        ),
        why="One patient moves the rate by many times what its printed decimal suggests.",
        hint="Fit the curve without each patient in turn, and take the largest change, without its sign.",
    ),
    Exercise(
        "still-open",
        right="effect",
        unit="choice",
        mistakes=(
            Mistake("possible", "These patients exist, so their numbers are possible together."),
            Mistake("fit", "All rows agree on one table of patients, so they fit each other."),
            Mistake(
                "code",
                "The code found on their table what they printed; that touches it, though it is no proof.",
            ),
        ),
        why="No row compares treated patients with untreated ones, and no row can.",
        hint="Which of the four would need patients who are not in the table?",
    ),
)
