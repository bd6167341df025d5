"""Exercises of "All the cohorts that fit"."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from ..published import DATA
from .answers import Exercise, Mistake


def _expected(weighted: bool) -> float:
    """Deaths among five exits that print one half, a death having a chance of one fifth."""
    deaths, weights = [], []
    for one in product((0, 1), repeat=5):
        survival = 1.0
        for at_risk, died in zip(range(5, 0, -1), one, strict=True):
            survival *= 1 - died / at_risk
        if abs(survival - 0.5) < 1e-9:
            deaths.append(sum(one))
            weights.append(0.2 ** sum(one) * 0.8 ** (5 - sum(one)) if weighted else 1.0)
    return float(np.average(deaths, weights=weights))


def _changes(within: bool) -> float:
    """Share of steps between draws at which the value changes, within chains or over all rows."""
    table = pd.read_csv(DATA / "trace.csv")
    changed = table["value"].diff().ne(0)[1:]
    inside = table["draw"].gt(1)[1:]
    return float(changed[inside].mean() if within else changed.mean())


EXERCISES = (
    Exercise(
        "five-exits",
        right=_expected(weighted=True),
        unit="number",
        within=0.02,
        mistakes=(
            Mistake(
                _expected(weighted=False),
                "Each sequence counts the same here; they are not equally probable when deaths are rare.",
            ),
            Mistake(
                1.0, "This is the expectation before anything was printed, or the commonest number."
            ),
            Mistake(2.0, "This is the largest number that is possible, not the expected one."),
        ),
        why="The weights of the sequences that print the half are made to add to one again.",
        hint="List the sequences that print one half; weight each by its probability; divide by the sum.",
    ),
    Exercise(
        "near-moves",
        right=lambda _: _changes(within=True),
        unit="proportion",
        within=0.0004,
        mistakes=(
            Mistake(
                lambda _: 1 - _changes(within=True),
                "In so many steps the number stays as it is; asked is in how many it changes.",
            ),
            Mistake(
                lambda _: _changes(within=False),
                "From the last draw of a chain to the first of the next there is no step.",
            ),
        ),
        why="So seldom does a chain go anywhere that can be seen in this number.",
        hint="Compare near[:, 1:] with near[:, :-1].",
    ),
    Exercise(
        "ensemble-claim",
        right="sampling error",
        unit="choice",
        mistakes=(
            Mistake(
                "rounding",
                "Every cohort of the ensemble prints the rounded numbers; that is allowed for.",
            ),
            Mistake(
                "burn-in",
                "Whether the chain has forgotten its start is a question to the diagnostics.",
            ),
        ),
        why="The ensemble holds estimates; the ratio of all patients like these differs from them by chance.",
        hint="What would still be unknown if the patients' data were on the table?",
    ),
)
