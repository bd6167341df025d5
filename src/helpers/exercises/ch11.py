"""Exercises of "What a printed rate forces"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import prod

from ..cohort import Cohort
from .answers import Exercise, Mistake

_FOLLOWED = 6


_PRINTED = (Fraction("0.795"), Fraction("0.805"))
"""What 80% stands for."""


def _walk_from(low: Fraction, high: Fraction) -> int:
    """The first number at risk from which on no step jumps over what lies between."""
    return next(a for a in range(2, 1000) if Fraction(a * a, a * a - 1) <= high / low)


def _rate(at_risk: tuple[int, ...]) -> Fraction:
    """Survival after a death at each of these numbers at risk."""
    return prod((Fraction(a - 1, a) for a in at_risk), start=Fraction(1))


def _rates(n: int, least: int) -> set[Fraction]:
    numbers = range(n, least - 1, -1)
    return {_rate(one) for k in range(n) for one in combinations(numbers, k)}


def _deaths(cohort: Cohort, followed: int) -> Iterator[int]:
    """Numbers of deaths behind the printed rate of the supraclavicular group, set by set."""
    study = cohort.study
    n = int(study["n-supraclavicular"].value)  # type: ignore[arg-type]
    printed = Fraction(str(study["os-36-scf"].value))
    numbers = range(n, followed, -1)
    for k in range(len(numbers) + 1):
        if any(
            2 * abs(100 * _rate(one) - printed) <= Fraction(1, 10)
            for one in combinations(numbers, k)
        ):
            yield k


EXERCISES = (
    Exercise(
        "rates-of-four",
        right=len(_rates(4, 2)),
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(8, "These are the sets; two of them give the same rate."),
            Mistake(4, "This counts numbers of deaths; a death changes the rate by its place too."),
            Mistake(5, "This counts shares of four patients; censoring makes others possible."),
        ),
        why="Eight sets, of which two print one half.",
        hint="Write down every set of the numbers four, three and two, with its product.",
    ),
    Exercise(
        "walk-from",
        right=_walk_from(*_PRINTED),
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(8, "From here a step still jumps over; the root is rounded up."),
            Mistake(81, "This is the square: the root is missing."),
            Mistake(80.5, "This is the square: the root is missing."),
            Mistake(29, "This is for a rate with one decimal, which lies between closer limits."),
        ),
        why="The root of 80.5 lies just below.",
        hint="Divide the upper limit by the difference of the limits, and take the root.",
    ),
    Exercise(
        "deaths-when-followed",
        right=lambda cohort: min(_deaths(cohort, _FOLLOWED)),
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(
                lambda cohort: max(_deaths(cohort, _FOLLOWED)),
                "This is the largest number of deaths.",
            ),
            Mistake(
                lambda cohort: min(_deaths(cohort, 1)),
                "This asks for no more than one patient who is still followed.",
            ),
        ),
        why="Whoever is still followed was not censored, which leaves less room for other products.",
        hint="Use the argument `followed` and take the smallest of the deaths found.",
    ),
    Exercise(
        "one-of-twelve",
        right="possible",
        unit="choice",
        mistakes=(
            Mistake("forced", "Only in a group of twelve; the size of the group is not printed."),
            Mistake("impossible", "A group of twelve with a single death prints just this rate."),
        ),
        why="It is so in the smallest group that prints the rate, and need not be so in larger ones.",
        hint="In how many group sizes can the rate be printed, and with how many deaths in each?",
    ),
)
