"""A printed percentage, read from its text: the shares that round to it, by both habits.

The rule is that of `published.rounding`; a Kaplan–Meier estimate is a fraction, and nothing is
rounded at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from ..published import rounding
from ..published.rounding import HABITS, Habit, Limits

MOST_DECIMALS = 6
"""Most decimals of a printed percentage; `products` relies on it."""


class ForcedError(ValueError):
    """A question about a printed number that cannot be asked, or not be answered here; it says why."""


@dataclass(frozen=True)
class Percentage:
    """A percentage as printed.

    Between `lower` and `upper` every share prints as it. A share at a limit is a half: rounded
    half up, `lower` prints as it and `upper` does not; rounded half to even, both do or neither.

    Attributes
    ----------
    units : int
        The number without its decimal point: 935 for 93.5.
    decimals : int
    """

    units: int
    decimals: int

    @property
    def text(self) -> str:
        """As printed, without the sign."""
        return rounding.text(self._value, self.decimals)

    @property
    def lower(self) -> Fraction:
        """The lower limit, a share; negative for 0%."""
        return self._ends[0]

    @property
    def upper(self) -> Fraction:
        """The upper limit, a share."""
        return self._ends[1]

    def limits(self, *habits: Habit) -> Limits:
        """The shares that print as it by one of these habits of rounding, or by either."""
        found = rounding.limits(self._value, self.decimals, habits=habits or HABITS)
        return _shares(found)

    @property
    def truncated(self) -> Limits:
        """The shares that print as it when further decimals are cut off instead."""
        unit = Fraction(1, 10**self.decimals)
        return _shares(Limits(self._value, self._value + unit, True, False))

    @property
    def is_even(self) -> bool:
        """Whether a half is rounded to it when halves are rounded to even."""
        return self._even.high_counts

    def half_up(self, share: Fraction) -> bool:
        """Whether a share prints as it when halves are rounded up."""
        return 100 * share in self._up

    def half_even(self, share: Fraction) -> bool:
        """Whether a share prints as it when halves are rounded to the even neighbour."""
        return 100 * share in self._even

    def prints(self, share: Fraction) -> bool:
        """Whether a share prints as it by either habit."""
        return self.half_up(share) or self.half_even(share)

    @property
    def _value(self) -> Fraction:
        return Fraction(self.units, 10**self.decimals)

    @cached_property
    def _ends(self) -> tuple[Fraction, Fraction]:
        low, high = self._up.low, self._up.high
        assert low is not None and high is not None  # noqa: PT018
        return low / 100, high / 100

    @cached_property
    def _up(self) -> Limits:
        return rounding.limits(self._value, self.decimals, habits=("up",))

    @cached_property
    def _even(self) -> Limits:
        return rounding.limits(self._value, self.decimals, habits=("even",))


def _shares(percent: Limits) -> Limits:
    assert percent.low is not None and percent.high is not None  # noqa: PT018
    return replace(percent, low=percent.low / 100, high=percent.high / 100)


def percentage(rate: str | float, decimals: int | None = None) -> Percentage:
    """Read a printed percentage.

    Parameters
    ----------
    rate : str or number
        As printed, such as `"93.5"` or `"93.5%"`. A number that is no text does not tell how many
        decimals were printed, so it needs `decimals`.
    decimals : int, optional
        Decimals printed, where they are more than the text has.

    Returns
    -------
    Percentage

    Raises
    ------
    ForcedError
        When it is no number from 0 to 100, or has more decimals than it may.
    """
    if decimals is not None and not 0 <= decimals <= MOST_DECIMALS:
        raise ForcedError(f"decimals: 0 to {MOST_DECIMALS} were expected, found {decimals}")
    if not isinstance(rate, str) and decimals is None:
        raise ForcedError(
            f"rate: a text such as '93.5' was expected, or a number with its decimals, found {rate!r}"
        )
    text = rate if isinstance(rate, str) else repr(rate)
    number = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?\s*%?", text.strip())
    if number is None:
        raise ForcedError(
            f"rate: a percentage from 0 to 100 such as 93.5 was expected, found {text!r}"
        )
    whole, part = number[1], number[2] or ""
    if not isinstance(rate, str):
        part = part.rstrip("0")
    places = len(part) if decimals is None else decimals
    if len(part) > places:
        raise ForcedError(f"rate: {text} has more than {places} decimals")
    if places > MOST_DECIMALS:
        raise ForcedError(f"rate: at most {MOST_DECIMALS} decimals were expected, found {text!r}")
    found = Percentage(int(whole + part.ljust(places, "0")), places)
    if found.units > 100 * 10**places:
        raise ForcedError(
            f"rate: a percentage from 0 to 100 such as 93.5 was expected, found {text!r}"
        )
    return found
