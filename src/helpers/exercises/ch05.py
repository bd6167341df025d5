"""Exercises of "Overall survival"."""

from __future__ import annotations

from math import sqrt

from ..cohort import Cohort
from .answers import Exercise, Mistake

_EIGHT = ((2, 1), (4, 0), (5, 1), (5, 1), (7, 0), (9, 1), (12, 0), (14, 0))
"""Month in which each of eight invented patients left, and whether she died."""
_AT = 10


def _product(
    patients: tuple[tuple[int, int], ...], *, before: bool = True, ties: bool = True
) -> float:
    """Survival at ten months, as a product over deaths."""
    survival = 1.0
    for month in sorted({month for month, died in patients if died and month <= _AT}):
        at_risk = sum(other >= month for other, _ in patients)
        deaths = sum(other == month for other, died in patients if died)
        if not before:
            at_risk = sum(other > month for other, _ in patients) or 1
        survival *= 1 - (deaths if ties else 1) / at_risk
    return survival


_YEARS = ((4, 6), (2, 4))
"""Deaths and patients lost in each of two years, of twenty invented patients."""


def _life_table(*, lost_count: float = 0.5, dead_count: float = 1.0) -> float:
    """Survival after two years, if those lost, and the dead, are at risk for a part of their year."""
    survival, entering = 1.0, 20
    for deaths, lost in _YEARS:
        exposed = entering - (1 - lost_count) * lost - (1 - dead_count) * deaths
        survival *= 1 - deaths / exposed
        entering -= deaths + lost
    return survival


def _band_end(patients: int = 50, share: float = 0.5, sign: int = -1, scale: float = 1.0) -> float:
    """An end of the band of Hall and Wellner at one month of invented patients."""
    return share * (1 + sign * 1.358 * (1 + patients * scale * 0.03) / sqrt(patients))


def _lived(worst: bool):  # type: ignore[no-untyped-def]
    """Shares alive at three years by site, if those lost before had all died or all lived."""

    def shares(cohort: Cohort) -> list[float]:
        found = []
        for _, group in cohort.patients.groupby("site_group", observed=True):
            early = group["follow_up_months"] < 36
            dead = (group["died"] == 1) & (group["follow_up_months"] <= 36)
            found.append(1 - float((dead | early if worst else dead).mean()))
        return found

    return shares


def _without_the_lost(cohort: Cohort) -> list[float]:
    found = []
    for _, group in cohort.patients.groupby("site_group", observed=True):
        dead = (group["died"] == 1) & (group["follow_up_months"] <= 36)
        known = dead | (group["follow_up_months"] >= 36)
        found.append(1 - float(dead[known].mean()))
    return found


EXERCISES = (
    Exercise(
        "km-by-hand",
        right=_product(_EIGHT),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(
                _product(tuple((month, 1) for month, _ in _EIGHT)),
                "That is what comes out when the patients last seen alive count as deaths.",
            ),
            Mistake(
                _product(_EIGHT, before=False),
                "The patients at risk were counted after the death; count them just before it.",
            ),
            Mistake(
                _product(_EIGHT, ties=False),
                "In one month two patients died; this counts one death there.",
            ),
            Mistake(
                1 - 4 / 8,
                "This divides by everybody, as if those last seen earlier had been watched to the end.",
            ),
            Mistake(
                1 - 4 / 6,
                "The patients lost before ten months were left out; they count until they leave.",
            ),
        ),
        why="Each death divides by those still watched just before it.",
        hint="Write a line for each month with a death: at risk just before, deaths, share surviving.",
    ),
    Exercise(
        "os-bounds",
        right=_lived(worst=True),
        unit="proportion",
        within=0.0006,
        mistakes=(
            Mistake(
                _lived(worst=False), "These are the upper ends: those who were lost all lived."
            ),
            Mistake(
                _without_the_lost,
                "The patients lost before three years were left out; in the worst case they died.",
            ),
        ),
        why="Whoever was not seen alive at three years counts as dead.",
        hint="Give one proportion a group, in the order of the groups, those lost early counted as dead.",
    ),
    Exercise(
        "os-life-table",
        right=_life_table(),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(
                _life_table(lost_count=1.0),
                "The patients lost in a year were counted as watched to its end.",
            ),
            Mistake(
                _life_table(lost_count=0.0),
                "The patients lost in a year were left out of it; each was watched for a part of it.",
            ),
            Mistake(
                _life_table(dead_count=0.5),
                "The dead were counted half, as those lost are; a death counts in full.",
            ),
            Mistake(
                1 - 2 / 8, "This is the share that survives the second year, of those who enter it."
            ),
        ),
        why="Of those who enter a year, those lost in it count half.",
        hint="For each year: who enters, less half of those lost; the deaths among them; then the product.",
    ),
    Exercise(
        "os-band",
        right=_band_end(),
        unit="proportion",
        within=0.0006,
        mistakes=(
            Mistake(
                0.5 * (1 - 1.96 * sqrt(0.03)),
                "This is the plain interval at one time; it promises nothing for the other months.",
            ),
            Mistake(
                _band_end(patients=12),
                "The patients at risk stand where the formula has all patients.",
            ),
            Mistake(
                _band_end(scale=0.5**2),
                "The variance of the estimate was put in; the formula has the sum alone.",
            ),
            Mistake(_band_end(sign=1), "This is the upper end."),
        ),
        why="The margin has the number of all patients, and the sum without the squared estimate.",
        hint="Work out the product of patients and sum first, then the margin, then the end below.",
    ),
    Exercise(
        "significant-at-three-years",
        right="contradicted",
        unit="choice",
        mistakes=(
            Mistake("supported", "The p value in the bracket cannot be one of these two rates."),
            Mistake(
                "unsupported",
                "The rates and the numbers of patients are reported; how small can the p value of a "
                "comparison at three years be?",
            ),
        ),
        why="No comparison of these two rates in so few patients can be significant.",
        hint="What does a comparison of these two rates, in groups of these sizes, give at least?",
    ),
)
