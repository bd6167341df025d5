"""Exercises of "Lesions of one patient"."""

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
    Exercise(
        "rows-or-patients",
        right="too-small",
        unit="choice",
        mistakes=(
            Mistake("right", "The test takes the rows for independent; some share a patient."),
            Mistake("too-large", "That can be where lesions of the same patient are compared."),
        ),
        why="Patients are compared, and there are fewer of them than rows.",
        hint="Does histology differ between the lesions of one patient?",
    ),
)
