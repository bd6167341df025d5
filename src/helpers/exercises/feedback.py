"""Telling whether an answer is right, and otherwise what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from .. import cohort as cohorts
from .. import markup
from ..cohort import Cohort
from .answers import Answer, Exercise, ExerciseError, numbers
from .handing_in import note
from .registry import exercise

_LONGEST = 60  # of what is repeated of an answer


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
        kind = markup.RIGHT if self.right else markup.NOT_YET
        colour = "#15803d" if self.right else "#b45309"
        lead, _, rest = repr(self).partition(". ")
        return (
            f'<p class="{markup.FEEDBACK} {kind}" role="status" style="border-left: 0.3rem solid {colour}; '
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

    Notes
    -----
    That an answer was checked, and whether it was right, is remembered until the kernel ends, for
    `report`; the answer itself is not.

    Raises
    ------
    ExerciseError
        When there is no such exercise, and when something else than a cohort stands in the third
        place.
    """
    asked = exercise(id)
    if not isinstance(cohort, Cohort | None):
        raise ExerciseError(
            f"a cohort was expected in the third place, found {_shown(cohort)}; "
            "several numbers are one answer, as in [1, 2]"
        )
    if answer is Ellipsis:
        return Feedback(False, "Put your answer in place of the dots.")
    cohort = cohort or cohorts.load()
    said = _said(asked, answer, cohort)
    note(asked.id, said.right, cohort.name)
    return said


def _said(asked: Exercise, answer: Answer, cohort: Cohort) -> Feedback:
    right = asked.answer(cohort)
    given = _word(asked, answer, cohort) if asked.unit == "choice" else _numbers(answer, right)
    if isinstance(given, Feedback):
        return given
    if asked.same(given, right):
        return Feedback(True, asked.why)
    for other, says in asked.wrong(cohort):
        if asked.same(given, other):
            return Feedback(False, says, named=True)
    return Feedback(False, asked.hint)


def _word(asked: Exercise, answer: Answer, cohort: Cohort) -> str | Feedback:
    """An answer as one of the words of an exercise, or why it is none."""
    given = str(answer).strip().lower()
    words = sorted({asked.answer(cohort), *(word for word, _ in asked.wrong(cohort))})
    if given not in words:
        return Feedback(False, f"One of these words was expected: {', '.join(words)}.")
    return given


def _numbers(answer: Answer, right: NDArray[np.float64]) -> NDArray[np.float64] | Feedback:
    """An answer as numbers in the shape of the right ones, or why it is none."""
    try:
        given = numbers(answer)
    except (TypeError, ValueError, OverflowError):
        return Feedback(False, f"{_expected(right)} expected, found {_shown(answer)}.")
    if given.size == right.size == max((1, *given.shape)):  # also a column, or a list of one
        given = given.reshape(right.shape)
    if given.shape != right.shape:
        return Feedback(False, f"{_expected(right)} expected, found {_counted(given)}.")
    if np.isnan(right).any():
        return Feedback(False, "On this cohort it cannot be computed.")
    if np.isnan(given).any():
        return Feedback(False, "NaN is no number: something in your answer was missing.")
    return given


def _expected(right: Answer) -> str:
    return "A number was" if right.ndim == 0 else f"{_counted(right)} in order were"


def _counted(given: Answer) -> str:
    if given.size == 1:
        return "one number"
    if given.size == max(given.shape):
        return f"{given.size} numbers"
    return f"a table of {' × '.join(map(str, given.shape))}"


def _shown(answer: object) -> str:
    """What was given, on one line and not at length."""
    what = "the text " if isinstance(answer, str) else ""
    text = " ".join(repr(answer).split())
    return what + (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
