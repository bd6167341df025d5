"""Telling whether an answer is right, and otherwise what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from .. import cohort as cohorts
from ..cohort import Cohort
from .answers import Answer, numbers
from .registry import exercise


@dataclass(frozen=True)
class Feedback:
    """What is said of an answer.

    Attributes
    ----------
    right : bool
    says : str
        Why it is right; which mistake it looks like; or where to look.
    named : bool
        Whether a wrong answer was recognised.
    """

    right: bool
    says: str
    named: bool = False

    def __repr__(self) -> str:
        return f"{'Right.' if self.right else 'Not yet.'} {self.says}"

    def _repr_html_(self) -> str:
        kind = "right" if self.right else "not-yet"
        colour = "#15803d" if self.right else "#b45309"
        lead, _, rest = repr(self).partition(". ")
        return (
            f'<p class="feedback {kind}" role="status" style="border-left: 0.3rem solid {colour}; '
            f'padding: 0.3rem 0.9rem"><strong>{lead}.</strong> {escape(rest)}</p>'
        )


def check(id: str, answer: Answer, cohort: Cohort | None = None) -> Feedback:
    """Say whether an answer to an exercise is right.

    Parameters
    ----------
    id : str
        Name of the exercise.
    answer : number, sequence of numbers, or str
        What the exercise asks for.
    cohort : Cohort, optional
        The cohort that it was computed on; the one that the book shows unless given.

    Returns
    -------
    Feedback
        Shows itself in a notebook. The right answer is not in it.

    Raises
    ------
    ExerciseError
        When there is no such exercise.
    """
    asked = exercise(id)
    if answer is Ellipsis:
        return Feedback(False, "Put your answer in place of the dots.")
    cohort = cohort or cohorts.load()
    right = asked.answer(cohort)
    if asked.unit == "choice":
        wrong = list(asked.wrong(cohort))
        given: Answer = str(answer).strip().lower()
        words = sorted({right, *(word for word, _ in wrong)})
        if given not in words:
            return Feedback(False, f"One of these words was expected: {', '.join(words)}.")
    else:
        try:
            given = numbers(answer)
        except (TypeError, ValueError):
            return Feedback(False, f"{_expected(right)} expected, found {answer!r}.")
        if given.shape != right.shape:
            found = "one number" if given.ndim == 0 else f"{given.size} numbers"
            return Feedback(False, f"{_expected(right)} expected, found {found}.")
    if asked.unit != "choice" and np.isnan(right).any():
        return Feedback(False, "On this cohort it cannot be computed.")
    if asked.same(given, right):
        return Feedback(True, asked.why)
    for other, says in asked.wrong(cohort):
        if asked.same(given, other):
            return Feedback(False, says, named=True)
    return Feedback(False, asked.hint)


def _expected(right: Answer) -> str:
    return "A number was" if right.ndim == 0 else f"{right.size} numbers in order were"
