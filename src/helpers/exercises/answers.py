"""What an exercise asks for: the right answer, and the wrong ones that tell a misconception."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cohort import Cohort

UNITS = ("proportion", "percent", "points", "count", "months", "ratio", "p", "number", "choice")
"""What an answer may be; `choice` is a word, all others are numbers, and points are of a percentage."""

Answer = Any
"""A number, a sequence of numbers, a word, or a function of the cohort that returns one."""


class ExerciseError(ValueError):
    """An exercise that is not there, or that is not well made."""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer with a name.

    Attributes
    ----------
    answer : number, sequence of numbers, str, or function of a Cohort
    says : str
        What it looks like, in a sentence that does not tell the right answer.
    """

    answer: Answer
    says: str


@dataclass(frozen=True)
class Exercise:
    """An exercise whose answer can be checked.

    Attributes
    ----------
    id : str
        Unique in the book.
    right : number, sequence of numbers, str, or function of a Cohort
    unit : str
        One of `UNITS`.
    mistakes : tuple of Mistake
        At least one.
    why : str
        Shown with a right answer.
    hint : str
        Shown with a wrong one that has no name.
    within : float
        Absolute tolerance of numbers.

    Raises
    ------
    ExerciseError
        For a unit that is not known, and without a mistake that has a name.
    """

    id: str
    right: Answer
    unit: str
    mistakes: tuple[Mistake, ...]
    why: str
    hint: str
    within: float = 0.0

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ExerciseError(f"{self.id}: a unit of {', '.join(UNITS)} was expected")
        if not self.mistakes:
            raise ExerciseError(f"{self.id}: no mistake has a name")
        if (self.within > 0.0) == (self.unit == "choice"):
            raise ExerciseError(f"{self.id}: numbers are right within something, words are not")

    def answer(self, cohort: Cohort) -> Answer:
        """The right answer on a cohort: a word, or an array of numbers."""
        return self._value(self.right, cohort)

    def wrong(self, cohort: Cohort) -> Iterator[tuple[Answer, str]]:
        """Wrong answers with what they look like: the exercise's own, then those of its unit."""
        for mistake in self.mistakes:
            yield self._value(mistake.answer, cohort), mistake.says
        if self.unit != "choice":
            yield from _of_unit(self.unit, self.answer(cohort))

    def same(self, one: Answer, other: Answer) -> bool:
        """Whether two answers agree, numbers within the tolerance."""
        if self.unit == "choice":
            return bool(one == other)
        if np.shape(one) != np.shape(other):
            return False
        return bool(np.allclose(one, other, rtol=0.0, atol=self.within))

    def _value(self, answer: Answer, cohort: Cohort) -> Answer:
        value = answer(cohort) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        return str(value).strip().lower() if self.unit == "choice" else numbers(value)


def numbers(value: object) -> NDArray[np.float64]:
    """A number or a sequence of numbers as an array.

    Raises
    ------
    TypeError, ValueError, OverflowError
        For anything else: also for what numpy would turn into numbers, such as dates, truth values
        and texts, and for numbers that are too large for it.
    """
    found = np.asarray(value)
    if found.dtype.kind == "O" and all(
        isinstance(one, Real | Decimal) and not isinstance(one, bool) for one in found.flat
    ):
        return found.astype(float)
    if found.dtype.kind not in "iuf" or np.ma.is_masked(value):
        raise TypeError("no number")
    return found.astype(float)


def _of_unit(unit: str, right: NDArray[np.float64]) -> Iterator[tuple[Answer, str]]:
    """What goes wrong with any answer of a unit."""
    if unit == "proportion":
        yield 100.0 * right, "This is a percentage; a proportion, from 0 to 1, was asked for."
    if unit == "percent":
        yield right / 100.0, "This is a proportion; a percentage, from 0 to 100, was asked for."
    if unit == "points":
        yield (
            right / 100.0,
            "This is a difference of proportions; points of a percentage were asked for.",
        )
    if unit in ("proportion", "percent"):
        whole = 100.0 if unit == "percent" else 1.0
        yield whole - right, "This is the complement: the share of the others."
    if unit == "p":
        yield 1.0 - right, "This is one minus the p value."
    if unit == "ratio" and np.all(right > 0.0):
        yield (
            1.0 / right,
            "This is the ratio upside down: what belongs above the line stands below it.",
        )
        yield np.log(right), "This is the logarithm of the ratio; take the exponential."
