"""Exercises of "Is the ensemble right?"."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, norm

from .answers import Exercise, Mistake

_SIX, _MEMBERS, _TRUTHS = 6, 39, 20
_SPREAD_AS_SHOULD, _HALF, _LESS = 1.0, 0.5, 0.7


def _outside(spread: float) -> float:
    """Share of normal truths outside all members, which are so much as spread out as they should be."""
    z = np.linspace(-8, 8, 16_001)
    below_truth = norm.cdf(z / spread) ** _MEMBERS
    return float(2 * np.average(below_truth, weights=norm.pdf(z)))


def _seen(spread: float) -> float:
    """Chance that a test at 5% finds more truths outside than there should be."""
    least = binom.isf(0.05, _TRUTHS, _outside(_SPREAD_AS_SHOULD)) + 1
    return float(binom.sf(least - 1, _TRUTHS, _outside(spread)))


EXERCISES = (
    Exercise(
        "outside-all-six",
        right=2 / (_SIX + 1),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(0.05, "A 95% interval leaves out that much; six members do not have one."),
            Mistake(1 / (_SIX + 1), "This is one end only; it can be below all, too."),
            Mistake(2 / _SIX, "The known cohort has a place of its own beside the members."),
        ),
        why="Seven cohorts that nothing tells apart, and two of the places are outside.",
        hint="How many places are there for the known cohort, and which of them are outside?",
    ),
    Exercise(
        "too-sure",
        right=_outside(_HALF),
        unit="proportion",
        within=0.025,
        mistakes=(
            Mistake(_outside(_SPREAD_AS_SHOULD), "This is what a sound ensemble would show."),
            Mistake(
                float(2 * norm.sf(_HALF * norm.isf(0.025))),
                "This is for two known quantiles; the range of so many members is a little wider.",
            ),
        ),
        why="Beyond the range of members that are too close together lie many truths.",
        hint="Count the truths that are smaller than all members, or larger than all.",
    ),
    Exercise(
        "twenty-truths",
        right=_seen(_LESS),
        unit="proportion",
        within=0.02,
        mistakes=(
            Mistake(
                _outside(_LESS),
                "This is the share of truths outside, not yet the chance that a test finds it.",
            ),
            Mistake(
                1 - (1 - _outside(_LESS)) ** _TRUTHS,
                "This is the chance that any of them lies outside; one alone contradicts nothing.",
            ),
        ),
        why="So few truths find it in a minority of cases.",
        hint="First the share outside, then how often so many of them are more than chance allows.",
    ),
    Exercise(
        "calibration-claim",
        right="suggests",
        unit="choice",
        mistakes=(
            Mistake(
                "proves",
                "Members that are a little too close together would have passed as well.",
            ),
            Mistake(
                "says nothing",
                "Look up what a gross misfit would have had as its chance to be seen.",
            ),
        ),
        why="A check that would have seen a gross misfit, and did not, is evidence of that much.",
        hint="What would the ranks look like if the members were too close together?",
    ),
)
