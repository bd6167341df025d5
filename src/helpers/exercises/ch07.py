"""Exercises of "New progression"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .answers import Exercise, Mistake

_NEW, _DIED, _SEEN = "new metastasis", "died", "last seen"
_Patients = Sequence[tuple[int, str]]

_SEVEN = ((2, _NEW), (4, _DIED), (6, _NEW), (7, _SEEN), (10, _DIED), (12, _NEW), (15, _SEEN))
_EIGHT = (
    *((3, _DIED), (5, _NEW), (6, _DIED), (8, _NEW)),
    *((9, _SEEN), (11, _DIED), (14, _NEW), (20, _SEEN)),
)
_SWAPPED = ((3, _NEW), *_EIGHT[1:])
"""Invented patients: the month of what came first, and what it was; no two in one month."""


def _incidence(patients: _Patients, *, before: bool = True) -> float:
    """Aalen and Johansen's sum at the end, with the share free of both events before or after."""
    free, sum_ = 1.0, 0.0
    for place, (_, what) in enumerate(patients):
        at_risk = len(patients) - place
        after = free * (1 - (what != _SEEN) / at_risk)
        if what == _NEW:
            sum_ += (free if before else after) / at_risk
        free = after
    return sum_


def _one_minus(patients: _Patients, events: Sequence[str] = (_NEW,)) -> float:
    """One minus the Kaplan–Meier product over some events, all others taken as censored."""
    product = 1.0
    for place, (_, what) in enumerate(patients):
        product *= 1 - (what in events) / (len(patients) - place)
    return 1 - product


def _both(patients: _Patients) -> list[float]:
    return [_incidence(patients), _one_minus(patients)]


_TREATED, _SCAN, _DEATH = date(2020, 2, 3), date(2020, 8, 3), date(2022, 2, 3)
"""Of an invented patient."""


def _months(end: date) -> float:
    return (end - _TREATED).days / 30.4375


EXERCISES = (
    Exercise(
        "two-endpoints",
        right=[_months(_SCAN), _months(_DEATH)],
        unit="months",
        within=0.02,
        mistakes=(
            Mistake(
                [_months(_SCAN), _months(_DEATH) - _months(_SCAN)],
                "The second was counted from progression; both start with the treatment.",
            ),
            Mistake(
                [_months(_DEATH)] * 2,
                "Progression comes first, and ends the first of the two.",
            ),
            Mistake(
                [_months(_SCAN)] * 2,
                "Overall survival does not end with progression.",
            ),
            Mistake(
                [(_SCAN - _TREATED).days / 30, (_DEATH - _TREATED).days / 30],
                "These months have thirty days; the mean month has a little more.",
            ),
        ),
        why="One start, and for each endpoint the first day on which it can be said to have failed.",
        hint="Count the days from treatment to the event that ends each, and divide.",
    ),
    Exercise(
        "progression-by-hand",
        right=_incidence(_SEVEN),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(
                _one_minus(_SEVEN),
                "This is one minus Kaplan–Meier: the dead are taken for lost to follow-up.",
            ),
            Mistake(
                _one_minus([one for one in _SEVEN if one[1] != _DIED]),
                "The patients who died were left out altogether; they were at risk until then.",
            ),
            Mistake(
                _one_minus(_SEVEN, (_NEW, _DIED)),
                "This is the chance of either event; count the steps of new metastases alone.",
            ),
            Mistake(
                3 / 7,
                "This is the plain share; it counts in full a patient who was lost to follow-up.",
            ),
            Mistake(
                _incidence(_SEVEN, before=False),
                "The share free of both was taken after the month; take it just before.",
            ),
            Mistake(
                1 / 7 + 1 / 5 + 1 / 2,
                "Nobody has to get there in this sum; each chance is times the share still free.",
            ),
        ),
        why="Each step is the share still free of both events, times the chance among those at risk.",
        hint="A line a month: at risk, free of both just before, new metastases; then add up the steps.",
    ),
    Exercise(
        "incidence-swapped",
        right=_both(_SWAPPED),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(_both(_EIGHT), "These are the two numbers before the swap."),
            Mistake(
                _both(_SWAPPED)[::-1], "The two have changed places: the incidence comes first."
            ),
            Mistake(
                [_one_minus(_SWAPPED)] * 2,
                "Both numbers are one minus Kaplan–Meier; the incidence needs the share free of both events.",
            ),
        ),
        why="The one step more comes before any death, so it is the same in both.",
        hint="Give the last line of the two columns, the incidence first.",
    ),
    Exercise(
        "fewer-metastases",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "Fewer patients had one. Look at how many were left to have one.",
            ),
            Mistake(
                "contradicted",
                "The rates are equal, but so few metastases leave room for a drug that prevents many.",
            ),
        ),
        why="Fewer were left to get one, which explains the fall; the rates neither show prevention nor exclude it.",
        hint="Which of the numbers is about patients who could still have had one?",
    ),
)
