"""Exercises of "What the next study needs"."""

from __future__ import annotations

from math import ceil, exp, floor, log

from scipy.optimize import brentq
from scipy.stats import norm

from .answers import Exercise, Mistake

_Z = float(norm.isf(0.025) + norm.isf(0.2))
_RATIO, _SHARE = 3, 0.75
_SCHOENFELD = _Z**2 / (_SHARE * (1 - _SHARE) * log(_RATIO) ** 2)
_ODDS = _SHARE / (1 - _SHARE)
_FREEDMAN = ceil(_Z**2 * (1 + _ODDS * _RATIO) ** 2 / (_ODDS * (_RATIO - 1) ** 2))


def _alive(hazard: float) -> float:
    """Share of both groups alive at three years."""
    return (1 - _SHARE) * exp(-36 * hazard) + _SHARE * exp(-36 * hazard * _RATIO)


_HAZARD = float(brentq(lambda hazard: _alive(hazard) - 0.5, 1e-6, 1))


def _seen(hazard: float, accrual: float = 60, follow_up: float = 3) -> float:
    """Share of a group seen to die, its patients entering evenly."""
    last = exp(-hazard * follow_up)
    return 1 - last * (1 - exp(-hazard * accrual)) / (hazard * accrual)


_P_DEATH = (1 - _SHARE) * _seen(_HAZARD) + _SHARE * _seen(_HAZARD * _RATIO)


def _stricter(alpha: float) -> float:
    """How many times the deaths a test of that level needs."""
    return float((norm.isf(alpha / 2) + norm.isf(0.2)) / _Z) ** 2


_MAIN = 66
_CELLS = 2 / 0.1 + 2 / 0.4
"""One over the share of each of the four cells."""

EXERCISES = (
    Exercise(
        "three-to-one",
        right=(_SCHOENFELD + ceil(_SCHOENFELD))
        / 2,  # with its tolerance, before and after rounding
        unit="count",
        within=(ceil(_SCHOENFELD) - _SCHOENFELD) / 2 + 0.11,  # and with quantiles of two decimals
        mistakes=(
            Mistake(
                float(floor(_SCHOENFELD)),
                "That is rounded down: so many deaths have slightly less than the power. Round up.",
            ),
            Mistake(
                _Z**2 / (0.25 * log(_RATIO) ** 2),
                "This divides the women in halves; the product of their two shares is smaller.",
            ),
            Mistake(
                _Z**2 / (_SHARE * (1 - _SHARE) * log(_RATIO)),
                "The logarithm of the ratio has to be squared, as the quantiles are.",
            ),
            Mistake(
                float(norm.isf(0.025)) ** 2 / (_SHARE * (1 - _SHARE) * log(_RATIO) ** 2),
                "This has a power of one half: the second quantile is missing.",
            ),
            Mistake(
                float(_FREEDMAN),
                "That is what Freedman's formula asks for, and Schoenfeld's was to be used.",
            ),
            Mistake(
                _Z**2 / (_SHARE * log(_RATIO) ** 2),
                "The share of the other group is missing from the product.",
            ),
        ),
        why="Both quantiles squared, over the product of the shares times the squared log ratio.",
        hint="Put the shares of three and of one in four into the formula, and the natural logarithm of the ratio.",
    ),
    Exercise(
        "women-for-deaths",
        right=ceil(_FREEDMAN / _P_DEATH),
        unit="count",
        within=2.4,  # and with deaths that are not rounded
        mistakes=(
            Mistake(
                _FREEDMAN / 0.5,
                "This takes everybody for followed to three years; the last one is followed for three months.",
            ),
            Mistake(
                _FREEDMAN / (1 - 0.5 ** (3 / 36)),
                "This follows everybody for three months; who entered early is followed for longer.",
            ),
            Mistake(
                _FREEDMAN / (1 - 0.5 ** (33 / 36)),
                "This follows everybody for the mean time; who is followed for twice as long is not twice as likely to die.",
            ),
            Mistake(
                ceil(_SCHOENFELD) / _P_DEATH,
                "These are the women for the deaths by Schoenfeld's formula.",
            ),
            Mistake(
                _FREEDMAN / _seen(_HAZARD * _RATIO),
                "This is the chance of those with larger tumours; a quarter of the women die less often.",
            ),
            Mistake(float(_FREEDMAN), "These are the deaths. Not every woman is seen to die."),
        ),
        why="Deaths over the chance that one is seen, averaged over both groups.",
        hint="Make the hazards of both groups from survival of all, then ask for the chance under this accrual.",
    ),
    Exercise(
        "unequal-cells",
        right=_MAIN * _CELLS / 4,
        unit="count",
        within=5.0,
        mistakes=(
            Mistake(
                4 * _MAIN,
                "That is for four equal cells; here two of the four have few deaths.",
            ),
            Mistake(
                _MAIN / (0.2 * 0.8) / 4,
                "This compares the two groups by size; the treatment divides each of them once more.",
            ),
            Mistake(
                16 * _MAIN,
                "The variance has sixteen over all deaths in place of four, and is not sixteen times as large.",
            ),
            Mistake(
                _MAIN * (2 / 0.2 + 2 / 0.8) / 4,
                "Each of these shares is of both treatments together; half of it is in a cell.",
            ),
        ),
        why="The sum of one over the shares of four cells, where two equal groups have four.",
        hint="Which share of the deaths is in each of the four cells? Add up one over each, and compare with two equal groups.",
    ),
    Exercise(
        "six-deaths",
        right="ratio",
        unit="choice",
        mistakes=(
            Mistake(
                "power",
                "A power of 90% would ask for a third as many deaths again, which does not mend the plan.",
            ),
            Mistake(
                "level",
                f"The level is the usual one. One of 1% would ask for {_stricter(0.01):.1f} times the deaths, "
                f"one of 0.1% for {_stricter(0.001):.1f} times: less than the ratio does.",
            ),
            Mistake(
                "share",
                "Equal groups need the fewest deaths, but unequal ones would not need many times more.",
            ),
        ),
        why="An estimate that was significant is too large on average, and its interval reaches down to a ratio that needs many times the deaths.",
        hint="Which of the four could be wrong by a factor, and comes in by the square of its logarithm?",
    ),
)
