"""Exercises of "The cut-point at 15 mm"."""

from __future__ import annotations

from math import log, log10, nan

import numpy as np
from numpy.typing import NDArray

from .. import batch
from ..cohort import Cohort
from .answers import Exercise, Mistake

_REPORTED = 0.02
_CUTS = 10
"""For the mistake of one who multiplies by a number of cuts, say the deciles."""


def _cut_at(choose: str) -> object:
    """The log-rank p value at a cut that a rule gives."""

    def p(cohort: Cohort) -> float:
        patients = cohort.patients
        mm = patients["max_diameter_mm"].to_numpy(float)
        many = batch.cohorts(patients["follow_up_months"], patients["died"])
        larger: NDArray[np.bool_] = {
            "median": mm > np.median(mm),
            "middle": mm > (mm.min() + mm.max()) / 2,
            "best": mm > batch.maximally_selected(many, mm).cut[0],
        }[choose]
        return float(batch.log_rank(many, larger).p[0]) if larger.any() else nan

    return p


EXERCISES = (
    Exercise(
        "cut-corrected",
        right=-1.63 * _REPORTED * (1 + 2.35 * log(_REPORTED)),
        unit="p",
        within=0.003,
        mistakes=(
            Mistake(
                -1.63 * _REPORTED * (1 + 2.35 * log10(_REPORTED)),
                "This takes the logarithm to base ten; the formula wants the natural one.",
            ),
            Mistake(
                -1.63 * (1 + 2.35 * log(_REPORTED)) * _REPORTED**2,
                "The p value was multiplied in twice.",
            ),
            Mistake(
                1.63 * _REPORTED * (1 - 2.35 * log(_REPORTED)),
                "The minus sign in front applies to the whole bracket, and so to its first term too.",
            ),
            Mistake(
                _CUTS * _REPORTED,
                "This multiplies by a number of cuts, as if neighbouring cuts were independent tests.",
            ),
        ),
        why="A search over most of the range makes the p value more than ten times as large.",
        hint="Put the reported p value into the short formula twice: in front, and in the logarithm.",
    ),
    Exercise(
        "cut-at-the-median",
        right=_cut_at("median"),
        unit="p",
        within=0.0003,
        mistakes=(
            Mistake(
                _cut_at("best"),
                "That is about the p value of the best cut, which was chosen by looking at the deaths.",
            ),
            Mistake(
                _cut_at("middle"),
                "That is the middle between the smallest and the largest diameter.",
            ),
        ),
        why="The rule knows the diameters alone, so nothing has to be corrected.",
        hint="Those at the median count as small; compare the two groups with logrank_test.",
    ),
    Exercise(
        "cut-confirmed",
        right="circular",
        unit="choice",
        mistakes=(
            Mistake("confirmed", "The deaths that chose the cut are the ones that judge it."),
            Mistake("refuted", "Nothing speaks against the cut; it has only not been tested."),
        ),
        why="What was chosen to differ does differ; that tests nothing.",
        hint="Which patients chose the cut, and which patients test it?",
    ),
)
