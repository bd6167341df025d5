"""Exercises of "Competing events and clustered lesions"."""

from __future__ import annotations

from ..cohort import Cohort
from .answers import Exercise, Mistake


def _number(cohort: Cohort, id: str) -> float:
    """A printed number of the study."""
    value = cohort.study[id].value
    assert isinstance(value, int | float)
    return value


def _printed(cohort: Cohort) -> float:
    return _number(cohort, "lrf-36-other") / 100


def _most(cohort: Cohort) -> float:
    return _number(cohort, "lesions-max")


EXERCISES = (
    Exercise(
        "two-hazards",
        right=(1 / 3, 1 / 6),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake((1 / 6, 1 / 3), "The two have changed places: the dead stay in the second."),
            Mistake(
                (1 / 2, 1 / 5),
                "The patients at risk were counted after the event; she who has it counts as well.",
            ),
            Mistake((1 / 3, 1 / 3), "The dead were left out of both risk sets."),
            Mistake(
                (1 / 8, 1 / 8), "This divides by everybody, also those who have had the event."
            ),
            Mistake(
                (1 / 3, 1 / 8),
                "In the second set stay those who died, but not those who had the event before.",
            ),
        ),
        why="Of those alive and free one has it; with the dead, twice as many are in the set.",
        hint="List who is in each risk set just before the month: once without the dead, once with.",
    ),
    Exercise(
        "fine-gray-weight",
        right=7 / 8 * 3 / 4,
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(1.0, "This keeps her whole; but had she lived, she might have been lost."),
            Mistake(0.0, "This takes her out, as the cause-specific hazard does."),
            Mistake(1 - 1 / 8 - 1 / 4, "The shares were subtracted; they have to be multiplied."),
            Mistake(7 / 8, "There was a second censoring before month twelve."),
            Mistake(3 / 4, "There was an earlier censoring after her death."),
        ),
        why="Each censoring after her death leaves of her the share that it leaves of the others.",
        hint="Which share of those watched stays after each censoring between her death and then?",
    ),
    Exercise(
        "drug-prevents",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "The ratio says that fewer had the event. There are two ways for that to happen.",
            ),
            Mistake(
                "contradicted",
                "Nothing that is reported speaks against it; something is missing that would tell.",
            ),
        ),
        why="Fewer metastases may come from fewer metastases on their way, or from earlier deaths.",
        hint="What happens to this ratio if a drug does nothing but shorten life?",
    ),
    Exercise(
        "effective-lesions",
        right=96.0,
        unit="count",
        within=0.5,
        mistakes=(
            Mistake(120.0, "This counts all lesions as if they knew nothing of each other."),
            Mistake(60.0, "This counts patients, as if a second lesion told nothing new."),
            Mistake(90.0, "The correlation was taken off; the design effect divides."),
            Mistake(
                150.0, "This multiplies by the design effect; correlation cannot add knowledge."
            ),
            Mistake(80.0, "The correlation counts once for each other lesion of the patient."),
        ),
        why="A second lesion of the same patient tells something, but not as much as the first.",
        hint="Divide the number of lesions by one plus the correlation for each other lesion.",
    ),
    Exercise(
        "three-lesions",
        right=lambda cohort: (_printed(cohort) ** _most(cohort), _printed(cohort)),
        unit="proportion",
        within=0.002,
        mistakes=(
            Mistake(
                lambda cohort: (_printed(cohort), _printed(cohort) ** _most(cohort)),
                "The two have changed places; independent lesions come first.",
            ),
            Mistake(
                lambda cohort: (1 - _most(cohort) * (1 - _printed(cohort)), _printed(cohort)),
                "The chances of recurrence were added; some patients have more than one.",
            ),
            Mistake(
                lambda cohort: (_printed(cohort) ** (1 / _most(cohort)), _printed(cohort)),
                "This goes from patients to lesions; the question goes the other way.",
            ),
            Mistake(
                lambda cohort: (
                    _printed(cohort) ** _most(cohort),
                    _printed(cohort) ** (1 / _most(cohort)),
                ),
                "If lesions stand and fall together, a patient fails as often as a lesion does.",
            ),
        ),
        why="Independent lesions have to be controlled one and all; together they are like one.",
        hint="With independent lesions, multiply the chances that each is controlled.",
    ),
)
