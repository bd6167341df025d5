"""Exercises of "Time as a trap"."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd

from .. import survival
from ..cohort import Cohort
from .answers import Exercise, Mistake

_SIX = ((0, 10, 1), (0, 30, 0), (14, 20, 1), (12, 36, 0), (15, 33, 1), (22, 40, 0))
"""Months since first diagnosis in which six invented patients enter and leave, and who died."""
_AT = 24


def _product(patients: tuple[tuple[int, int, int], ...], *, before: bool = True) -> float:
    """Survival at 24 months, as a product over deaths of those who have entered."""
    product = 1.0
    for month in sorted({stop for _, stop, died in patients if died and stop <= _AT}):
        there = sum(
            entry < month and (stop >= month if before else stop > month)
            for entry, stop, _ in patients
        )
        product *= max(1 - 1 / there, 0.0)
    return product


def _two_years(given: float, until: float) -> Callable[[Cohort], list[float]]:
    """Survival to a month of those alive at another, by site."""

    def shares(cohort: Cohort) -> list[float]:
        found = []
        for _, group in cohort.patients.groupby("site_group", observed=True):
            left = group[group["follow_up_months"] > given]
            found.append(_estimate(left["follow_up_months"], left["died"], until))
        return found

    return shares


def _estimate(durations: pd.Series[float], died: pd.Series[int], month: float) -> float:
    """The Kaplan–Meier estimate at a month, NaN where nobody was seen for so long."""
    return survival.survival_at(durations, died, month).estimate if len(durations) else np.nan


def _of_all_there(cohort: Cohort) -> list[float]:
    """Shares seen alive at three years, of all who were there at one."""
    found = []
    for _, group in cohort.patients.groupby("site_group", observed=True):
        left = (group["follow_up_months"] > 12).sum()
        found.append((group["follow_up_months"] > 36).sum() / left if left else np.nan)
    return found


def _difference(other: float, first: float) -> Callable[[Cohort], float]:
    """Points between the sites at three years, with a factor for the censored of each."""

    def points(cohort: Cohort) -> float:
        heights = []
        one_site, other_sites = cohort.patients["site_group"].cat.categories
        for label, factor in ((other_sites, other), (one_site, first)):
            group = cohort.patients[cohort.patients["site_group"] == label]
            if not group["follow_up_months"].max() >= 36:
                return np.nan
            heights += list(
                survival.if_censored_differ(group["follow_up_months"], group["died"], 36, factor)
            )
        return float(100 * (heights[0] - heights[1]))

    return points


def _window(visible: float, gap: float) -> list[float]:
    """Share found and mean months ahead, by the mean over evenly spread beginnings."""
    edges = np.linspace(0, gap, 24001)
    starts = np.array([(a + b) / 2 for a, b in pairwise(edges)])
    ahead = starts + visible - gap
    return [float((ahead > 0).mean()), float(ahead[ahead > 0].mean())]


EXERCISES = (
    Exercise(
        "which-time-trap",
        right="left-truncation",
        unit="choice",
        mistakes=(
            Mistake(
                "lead-time",
                "That needs a disease found before its symptoms; nothing of the kind is said here.",
            ),
            Mistake(
                "length-bias", "That prefers slow disease under scans; no scan is mentioned here."
            ),
            Mistake(
                "informative-censoring",
                "That is about leaving observation; look at how patients come under it.",
            ),
        ),
        why="To be in the registry each had to live until her metastasis.",
        hint="Who cannot be in this registry?",
    ),
    Exercise(
        "delayed-entry-by-hand",
        right=_product(_SIX),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(
                _product(tuple((-1, stop, died) for _, stop, died in _SIX)),
                "Everybody counts as at risk from the start here, also before she had entered.",
            ),
            Mistake(
                _product(tuple((-1, stop - entry, died) for entry, stop, died in _SIX)),
                "Here the clock starts at entry; the question counts from the first diagnosis.",
            ),
            Mistake(
                _product(_SIX, before=False),
                "The patients at risk were counted after the death; count them just before it.",
            ),
        ),
        why="At each death only those count who had entered before it and had not left.",
        hint="For each death up to then, list who had entered and who was still there.",
    ),
    Exercise(
        "two-years-after-one",
        right=_two_years(12, 36),
        unit="proportion",
        within=0.0006,
        mistakes=(
            Mistake(
                _two_years(-1, 36), "That is survival at three years of all, from treatment on."
            ),
            Mistake(_two_years(-1, 24), "That is survival at two years of all, from treatment on."),
            Mistake(_two_years(12, 24), "That is one further year; two were asked for."),
            Mistake(
                _of_all_there,
                "Those lost between one and three years count as dead here.",
            ),
        ),
        why="Of those left after a year, the estimate at three years is the ratio of two heights.",
        hint="Divide survival at three years by survival at one, in each group.",
    ),
    Exercise(
        "scan-window",
        right=[4 / 6, 2.0],
        unit="number",
        within=0.01,
        mistakes=(
            Mistake(
                [4 / 6, 4.0],
                "The share is right; but a scan does not always fall on the first day of the window.",
            ),
            Mistake([1.0, 3.0], "Some tumours become visible and are felt between two scans."),
            Mistake(
                [4 / 6, 3.0],
                "The share is right; the lead is spread over the window, not over the gap.",
            ),
            Mistake(
                [4 / 6, 4 / 3],
                "The share is right; the mean was asked over those that a scan finds, not over all.",
            ),
        ),
        why="A scan falls into the window by its share of the gap, and anywhere within it alike.",
        hint="Draw two scans and let the window begin on each day between them.",
    ),
    Exercise(
        "if-the-lost-fare-worse",
        right=_difference(2, 1),
        unit="number",
        within=0.06,
        mistakes=(
            Mistake(_difference(1, 1), "Nothing is doubled yet; this is the difference as it was."),
            Mistake(_difference(2, 2), "Here the hazard is doubled in both groups."),
            Mistake(_difference(1, 2), "Here it is doubled in the supraclavicular group."),
            Mistake(
                lambda cohort: -_difference(2, 1)(cohort),
                "The sites have changed places: other sites less supraclavicular.",
            ),
            Mistake(
                lambda cohort: _difference(2, 1)(cohort) / 100,
                "This is a difference of proportions; percentage points were asked for.",
            ),
        ),
        why="Only the patients who were lost, and only those at other sites, fare differently.",
        hint="Call `at_36` for one group with 2, for the other with 1.",
    ),
    Exercise(
        "found-on-a-scan",
        right="not-shown",
        unit="choice",
        mistakes=(
            Mistake("shown", "Which difference would there be if scans did nothing at all?"),
            Mistake("refuted", "A biased comparison does not show that scans are useless either."),
        ),
        why="Lead time and length bias give such a difference without any benefit.",
        hint="From when is survival counted, and which tumours does a scan find?",
    ),
)
