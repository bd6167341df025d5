"""Exercises of "What a printed rate forces"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import prod

from ..cohort import Cohort
from .answers import Exercise, Mistake

_FOLLOWED = 6


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
