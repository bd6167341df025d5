"""Exercises of "Small samples"."""

from __future__ import annotations

from math import exp, log

from scipy.optimize import brentq
from scipy.stats import norm

from .answers import Exercise, Mistake

_LARGE, _SMALL, _DIED_LARGE = (4, 3, 2, 2), (4, 4, 3, 2), (1, 1, 0, 1)
"""At each death of the eight invented patients: at risk with a large tumour and with a small one, and
whether the one who died had a large one."""

_CHANCES, _LEFT = (0.2, 0.7, 0.6, 0.8, 0.9), ("died", "lost", "died", "alive", "alive")
"""Predicted chance of each of five invented patients to be alive, and what became of her."""


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


def _brier(weights: tuple[float, ...], *, lost: float = 0.0, square: bool = True) -> float:
    """Weighted mean of squared errors, the lost counted as alive (1) or dead (0)."""
    alive = {"died": 0.0, "lost": lost, "alive": 1.0}
    misses = [abs(alive[left] - p) for left, p in zip(_LEFT, _CHANCES, strict=True)]
    terms = [w * (miss**2 if square else miss) for w, miss in zip(weights, misses, strict=True)]
    return sum(terms) / sum(weights)


_WATCHED = (1.0, 0.0, 4 / 3, 4 / 3, 4 / 3)
_EVEN = (1.0,) * 5
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
        "brier-by-hand",
        right=_brier(_WATCHED),
        unit="number",
        within=0.0005,
        mistakes=(
            Mistake(
                _brier((1.0, 0.0, 1.0, 1.0, 1.0)),
                "The lost patient was dropped, but nobody took over her weight.",
            ),
            Mistake(_brier(_EVEN, lost=1.0), "The lost patient was counted as alive."),
            Mistake(_brier(_EVEN), "The lost patient was counted as dead."),
            Mistake(_brier(_WATCHED, square=False), "The distances have to be squared."),
            Mistake(
                _brier((1.0, 0.0, 5 / 4, 5 / 4, 5 / 4)),
                "The one who had died was counted among those who could be lost.",
            ),
        ),
        why="Those watched longer than the lost patient share her weight.",
        hint="Weight each known patient with one over the chance of having been watched so long.",
    ),
    Exercise(
        "deaths-needed",
        right=65.7,
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
