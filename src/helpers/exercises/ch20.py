"""Exercises of "Small samples"."""

from __future__ import annotations

from math import exp, log

from scipy.optimize import brentq
from scipy.stats import norm

from .answers import Exercise, Mistake

_LARGE, _SMALL, _DIED_LARGE = (4, 3, 2, 2), (4, 4, 3, 2), (1, 1, 0, 1)
"""At each death of the eight invented patients: at risk with a large tumour and with a small one, and
whether the one who died had a large one."""


def _shares(ratio: float) -> list[float]:
    """Share of the tickets that large tumours hold at each death."""
    pairs = zip(_LARGE, _SMALL, strict=True)
    return [large * ratio / (large * ratio + small) for large, small in pairs]


def _ratio(penalised: bool) -> float:
    """Hazard ratio with the highest likelihood, with Firth's penalty or without."""

    def slope(beta: float) -> float:
        shares = _shares(exp(beta))
        found = sum(_DIED_LARGE) - sum(shares)
        if penalised:
            bends = [q * (1 - q) * (1 - 2 * q) for q in shares]
            found += sum(bends) / sum(q * (1 - q) for q in shares) / 2
        return found

    return exp(brentq(slope, -9, 9))


_LEVEL, _POWER = float(norm.isf(0.025)), float(norm.isf(0.2))
_INFORMATION = 0.25 * log(2) ** 2

EXERCISES = (
    Exercise(
        "not-separated",
        right=_ratio(penalised=False),
        unit="ratio",
        within=0.02,
        mistakes=(
            Mistake(
                _ratio(penalised=True),
                "That is Firth's estimate; the one without a penalty was asked for.",
            ),
            Mistake(
                (3 / 4) / (1 / 4),
                "This compares the shares who died. It leaves out when they did and who was at risk.",
            ),
        ),
        why="With a death in each group the likelihood has a top again.",
        hint="Add a row to the table and fit it; the ratio is in `hazard_ratios_`.",
    ),
    Exercise(
        "smallest-p",
        right=2 / 20,
        unit="p",
        within=0.002,
        mistakes=(
            Mistake(
                1 / 20,
                "The statistic is a square: a choice and its mirror image are equally extreme.",
            ),
            Mistake(
                2 / 720,
                "These are orders of patients; order within a group changes nothing.",
            ),
            Mistake(2 / 64, "This tosses a coin for every patient; the group sizes are to stay."),
        ),
        why="Of all ways to choose the group, only this one and its mirror image are so extreme.",
        hint="In how many ways can the group be chosen, and how many of them are as extreme?",
    ),
    Exercise(
        "deaths-needed",
        right=65.7,  # with its tolerance from 65.3, what the formula gives, to 66 whole deaths
        unit="count",
        within=0.5,
        mistakes=(
            Mistake(
                (_LEVEL + _POWER) ** 2 / log(2) ** 2,
                "The shares of the two groups are missing: divide by their product.",
            ),
            Mistake(
                _LEVEL**2 / _INFORMATION, "This has a power of one half: a quantile is missing."
            ),
            Mistake(
                (float(norm.isf(0.05)) + _POWER) ** 2 / _INFORMATION,
                "This is for a one-sided test.",
            ),
            Mistake(
                (_LEVEL + _POWER) ** 2 / 0.25, "Take the logarithm of the ratio before squaring."
            ),
        ),
        why="Both quantiles squared, over the product of the shares times the squared log ratio.",
        hint="Set what stands inside the power's function equal to the second quantile.",
    ),
    Exercise(
        "planned-from-a-winner",
        right="too-small",
        unit="choice",
        mistakes=(
            Mistake(
                "about-right",
                "That would need an estimate that is right on average, also once it is significant.",
            ),
            Mistake(
                "too-large", "A larger ratio asks for fewer deaths; which way does the filter work?"
            ),
        ),
        why="Significant ratios exaggerate, and an exaggerated ratio asks for too few deaths.",
        hint="What does significance do to the ratios that get printed?",
    ),
)
