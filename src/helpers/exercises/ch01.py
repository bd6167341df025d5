"""Exercises of "The study"."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from ..cohort import Cohort
from .answers import Exercise, Mistake

_PRINTED = (125, 208, 362, 542, 617, 708, 792)
"""Percentages of an invented report, in tenths."""
_PATIENTS = 24
_RATES, _GROUPS = (0.5, 0.8), (20, 20)
"""Survival of two invented groups, and their sizes."""


def _cannot(tenths: Callable[[int], float]) -> int:
    """How many of the percentages no count gives, if shares are turned into tenths in this way."""
    possible = {tenths(count) for count in range(_PATIENTS + 1)}
    return sum(printed not in possible for printed in _PRINTED)


def _value(cohort: Cohort, id: str) -> float:
    return float(cohort.study[id].value)  # type: ignore[arg-type]


def _small(cohort: Cohort, *, weighted: bool = True) -> float:
    """Patients with small tumours if nobody was censored, so that rates average by size."""
    everybody = _value(cohort, "n-patients")
    neck = _value(cohort, "n-supraclavicular") if weighted else everybody / 2
    alive = (
        neck * _value(cohort, "os-36-scf") + (everybody - neck) * _value(cohort, "os-36-other")
    ) / everybody
    large = _value(cohort, "os-36-large")
    return everybody * (alive - large) / (_value(cohort, "os-36-small") - large)


def _lower(error: float, errors: float = 1.96) -> float:
    """Lower limit of the difference of the invented groups, in points."""
    return 100 * (_RATES[1] - _RATES[0] - errors * error)


_SQUARES = [rate * (1 - rate) / size for rate, size in zip(_RATES, _GROUPS, strict=True)]
_ERROR = sqrt(sum(_SQUARES))


EXERCISES = (
    Exercise(
        "percentages-by-hand",
        right=_cannot(lambda count: (2000 * count + _PATIENTS) // (2 * _PATIENTS)),
        unit="count",
        within=0.1,
        mistakes=(
            Mistake(
                _cannot(lambda count: 1000 * count // _PATIENTS),
                "The further decimals were cut off; a percentage is rounded, and so some come out one tenth larger.",
            ),
            Mistake(
                _cannot(lambda count: 1000 * count / _PATIENTS),
                "The shares were compared before they were rounded; hardly any has just one decimal.",
            ),
            Mistake(
                len(_PRINTED) - _cannot(lambda count: round(1000 * count / _PATIENTS)),
                "These are the percentages that can be printed; count the others.",
            ),
        ),
        why="No count of patients, divided by all and rounded, gives those.",
        hint="For each percentage find the two nearest counts, and compare both.",
    ),
    Exercise(
        "small-from-print",
        right=_small,
        unit="count",
        within=0.6,
        mistakes=(
            Mistake(
                lambda cohort: _small(cohort, weighted=False),
                "The two rates by site were averaged as if both groups were of one size.",
            ),
            Mistake(
                lambda cohort: _value(cohort, "n-patients") - _small(cohort),
                "These are the patients with large tumours.",
            ),
            Mistake(
                lambda cohort: _value(cohort, "n-patients") / 2,
                "The two groups by size need not be equal; let the rates say how large each is.",
            ),
        ),
        why="Both splits have to give the same survival of all, and only one size of the group does.",
        hint="Average the rates by site, by size of group; then ask which mixture by diameter gives it.",
    ),
    Exercise(
        "narrowest-interval",
        right=_lower(_ERROR),
        unit="points",
        within=0.6,
        mistakes=(
            Mistake(_lower(_ERROR, -1.96), "This is the upper limit."),
            Mistake(
                _lower(sum(map(sqrt, _SQUARES))),
                "The two standard errors were added; their squares add up.",
            ),
            Mistake(
                _lower(_ERROR, 1),
                "One standard error was taken off; a 95% interval takes off about two.",
            ),
            Mistake(
                _lower(sqrt(sum(rate * (1 - rate) for rate in _RATES) / sum(_GROUPS))),
                "Both groups were thrown together; each has a standard error of its own size.",
            ),
        ),
        why="A plain share has the smallest standard error that such a rate can have; censoring only adds to it.",
        hint="Square the two standard errors of the shares, add, take the root, and go twice as far down.",
    ),
    Exercise(
        "kept-alive",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "The rate is printed, but who kept them alive is not: nobody was left untreated to compare.",
            ),
            Mistake(
                "contradicted",
                "Nothing that is printed says that the treatment did not help; it was not compared.",
            ),
        ),
        why="A rate without a comparison describes; it does not say what brought it about.",
        hint="One word of the sentence claims a cause. What would the study have needed to show it?",
    ),
)
