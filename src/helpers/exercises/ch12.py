"""Exercises of "What all the numbers force together"."""

from __future__ import annotations

from math import exp, sqrt

from scipy.stats import norm

from .. import forced
from ..cohort import Cohort
from .answers import Exercise, Mistake


def _deaths(cohort: Cohort) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Possible deaths by three years, with supraclavicular disease and with other sites."""
    study = cohort.study
    first = int(study["n-supraclavicular"].value)  # type: ignore[arg-type]
    second = int(study["n-patients"].value) - first  # type: ignore[arg-type]
    return (
        forced.rate(study["os-36-scf"].text, n=first).deaths,
        forced.rate(study["os-36-other"].text, n=second).deaths,
    )


def _patients(cohort: Cohort) -> int:
    return int(cohort.study["n-patients"].value)  # type: ignore[arg-type]


def _least_ratio(cohort: Cohort, tails: int = 2, times: float = 2.0) -> float:
    """The ratio that the printed p forces when half of the patients died."""
    study = cohort.study
    p = float(study["os-size-p"].value)  # type: ignore[arg-type]
    deaths = float(study["n-patients"].value) / 2  # type: ignore[arg-type]
    return exp(times * float(norm.isf(p / tails)) / sqrt(deaths))


EXERCISES = (
    Exercise(
        "fewest-not-dead",
        right=lambda cohort: _patients(cohort) - sum(max(deaths) for deaths in _deaths(cohort)),
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(
                lambda cohort: _patients(cohort) - sum(min(deaths) for deaths in _deaths(cohort)),
                "This is the most; where most died, fewest are left.",
            ),
            Mistake(
                lambda cohort: sum(max(deaths) for deaths in _deaths(cohort)),
                "These are the deaths; the others are asked for.",
            ),
        ),
        why="Every patient has one of the two sites, so the deaths add up.",
        hint="Take the largest number of deaths from each of the two tables, and see who is left.",
    ),
    Exercise(
        "least-ratio-of-half",
        right=_least_ratio,
        unit="ratio",
        within=0.02,
        mistakes=(
            Mistake(
                lambda cohort: _least_ratio(cohort, tails=1),
                "This takes the p value as one-sided; it is shared by both tails.",
            ),
            Mistake(
                lambda cohort: _least_ratio(cohort, times=1.0),
                "The variance of a variable that is 0 or 1 is at most a quarter, not at most one.",
            ),
        ),
        why="With fewer deaths there is less information, so the ratio has to be larger.",
        hint="Put half of the patients into the formula as the deaths, and take the exponential.",
    ),
    Exercise(
        "fewest-deaths-claim",
        right="witnessed",
        unit="choice",
        mistakes=(
            Mistake(
                "proved",
                "Look at the evidence for the low end: has everything below it been excluded?",
            ),
            Mistake("sampled", "No cohort was drawn for this table; it asks what is possible."),
        ),
        why="A cohort attains it, and cohorts with a few deaths less were neither found nor excluded.",
        hint="The last column of the table says of each end how it is known.",
    ),
)
