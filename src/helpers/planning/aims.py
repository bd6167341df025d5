"""What is asked of a study, and of whom: ranges of what is not known, and the points within them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

from .enrolment import Enrolment
from .needed import check_positive, check_share
from .told import Span

_STEPS = 5
"""Points of a range at which a need is computed; needs bend gently between them."""
Point = tuple[float, float, Enrolment]
"""Share of the group, survival of all and enrolment: one way in which what is not known can be."""


@dataclass(frozen=True)
class Aim:
    """The test behind a plan.

    Attributes
    ----------
    power, alpha : float
        Shares; the level is two-sided.
    """

    power: float = 0.8
    alpha: float = 0.05


@dataclass(frozen=True)
class Setting:
    """Who is studied, and how: what is known as a range is one.

    Attributes
    ----------
    larger : (float, float)
        Share of the patients in the group with the higher hazard.
    survival : (float, float)
        Share of all patients that is alive at `months`.
    months : float
    enrolment : Enrolment
    lost : (float, float), optional
        Share lost a year, in place of that of `enrolment`.

    Raises
    ------
    PlanError
        For a share of none or of all.
    """

    larger: Span
    survival: Span
    months: float
    enrolment: Enrolment
    lost: Span | None = None

    def __post_init__(self) -> None:
        for name, ends in (("larger", self.larger), ("survival", self.survival)):
            for end in ends:
                check_share(end, name)
        check_positive(self.months, "months")

    def enrolments(self) -> list[Enrolment]:
        """One for each end of what is lost."""
        if self.lost is None:
            return [self.enrolment]
        return [replace(self.enrolment, lost=one) for one in dict.fromkeys(self.lost)]

    def points(self) -> Iterator[Point]:
        """All that can be together, over the ranges."""
        yield from product(_steps(self.larger), _steps(self.survival), self.enrolments())


def span_of(values: list[float]) -> Span:
    """The least and the greatest of some numbers."""
    return min(values), max(values)


def whole_span(values: list[float]) -> tuple[int, int]:
    """The ends in whole numbers, upwards but for errors of rounding."""
    low, high = (ceil(value - 1e-9) for value in span_of(values))
    return low, high


def _steps(over: Span) -> list[float]:
    low, high = over
    if low == high:
        return [low]
    return [low + (high - low) * step / (_STEPS - 1) for step in range(_STEPS)]
