"""Exercises of "Local control"."""

from __future__ import annotations

from collections.abc import Callable

from .answers import Exercise, Mistake

_EIGHT = (
    (3, "death"),
    (5, "recurrence"),
    (8, "death"),
    (10, "lost"),
    (14, "recurrence"),
    (18, "death"),
    (22, "recurrence"),
    (30, "lost"),
)
"""Month and way in which each of eight invented patients left, first to leave first."""
_AT = 24
_NONE_OF = 10


def _incidence() -> float:
    """Cumulative incidence of recurrence."""
    free, found = 1.0, 0.0
    for left, (month, how) in enumerate(_EIGHT):
        at_risk = len(_EIGHT) - left
        if how == "recurrence" and month <= _AT:
            found += free / at_risk
        if how != "lost":
            free -= free / at_risk
    return found


def _one_minus(event: Callable[[str], bool], *, without: str = "") -> float:
    """One minus Kaplan–Meier for the ways of leaving that count as the event."""
    kept, patients = 1.0, [one for one in _EIGHT if one[1] != without]
    for left, (month, how) in enumerate(patients):
        if event(how) and month <= _AT:
            kept *= 1 - 1 / (len(patients) - left)
    return 1 - kept


EXERCISES = (
    Exercise(
        "none-of-ten",
        right=0.025 ** (1 / _NONE_OF),
        unit="proportion",
        within=0.002,
        mistakes=(
            Mistake(
                0.05 ** (1 / _NONE_OF),
                "This spends all of alpha on one side; the interval asked for has two.",
            ),
            Mistake(
                1 - 3 / _NONE_OF,
                "This is the rule of three, an approximation to a bound with one side.",
            ),
            Mistake(
                1.0,
                "That is what Greenwood's formula says; not to have seen a recurrence is no certainty.",
            ),
            Mistake(
                0.975 ** (1 / _NONE_OF),
                "The wrong tail: what was seen would happen almost always at this rate.",
            ),
        ),
        why="At any lower rate, ten patients without a recurrence would be rarer than alpha halves.",
        hint="At which rate is the probability that none of ten has a recurrence alpha halves?",
    ),
    Exercise(
        "incidence-by-hand",
        right=_incidence(),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(
                _one_minus(lambda how: how == "recurrence"),
                "This is one minus Kaplan–Meier: the dead are taken to recur as the others do.",
            ),
            Mistake(
                _one_minus(lambda how: how == "recurrence", without="death"),
                "The patients who died were left out; they count until their death, and after it.",
            ),
            Mistake(
                _one_minus(lambda how: how != "lost"),
                "Deaths were counted too; this is the share with either event.",
            ),
            Mistake(
                _one_minus(lambda how: how == "death"),
                "This follows the deaths; recurrence was asked for.",
            ),
            Mistake(
                3 / 8,
                "This divides by everybody, as if the patient lost from sight had been watched on.",
            ),
            Mistake(
                3 / 7,
                "The patient lost from sight was left out; she counts until she leaves.",
            ),
        ),
        why="A recurrence adds only what share is still alive and free, times its share of those at risk.",
        hint="Keep two columns: the share alive and free just before, and what each recurrence adds.",
    ),
    Exercise(
        "alive-without-recurrence",
        right="contradicted",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "The two rates are printed, but of whom do they speak? Patients who died were censored.",
            ),
            Mistake(
                "unsupported",
                "The first half is; but what the second half says of the neck another printed number rules out.",
            ),
        ),
        why="No more can be alive without a recurrence than are alive.",
        hint="Set the first rate beside the survival of the same patients.",
    ),
)
