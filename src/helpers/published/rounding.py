"""Which values print as a number: the one rule, exact, for every place that asks.

A printed number is so many decimals and a relation. `limits` gives the values for which it stands,
`text` writes a value, and both agree: with the relation "=", `text(x, d) == text(v, d)` if and only
if `x in limits(v, d)`.

    limits(93.5, 1)                           # from 93.45, which counts, to 93.55, which does not
    limits(0.001, 3, "<").high                # Fraction(1, 1000), which does not count
    limits(55.2, 1, habits=("up", "even"))    # what prints as 55.2 by either habit
    text(-0.04, 1)                            # 0.0

Two habits of rounding a half are known: "up", away from zero, as people do and as this project
writes its numbers, and "even", to the even neighbour, as R, numpy and Python's `round` do.

A float is taken at its first twelve digits, so that 0.5 computed as 0.49999999999999994 is a half;
whole numbers, decimals and fractions are taken as they are, and a date as its day. What is printed
is taken as it is written. `decimal` has both habits, and `round` of a fraction has the second: but
neither gives the limits, and a Kaplan–Meier estimate is a fraction that no decimal holds.

Some abstracts cut decimals off: 86.96 is printed as 86.9. That is a third habit, "cut", alone.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Rational
from typing import Literal, get_args

Relation = Literal["=", "<", "<=", ">", ">="]
Habit = Literal["up", "even", "cut"]
Number = int | float | Decimal | Fraction
RELATIONS: tuple[Relation, ...] = get_args(Relation)
HABITS: tuple[Habit, ...] = ("up", "even")
"""Those of rounding. To cut off what follows the last decimal is another, where an entry says so."""

DIGITS = 12
"""Digits of a float that count; a printed number has no more."""
_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Limits:
    """The values for which a printed number stands.

    Attributes
    ----------
    low, high : Fraction or None
        The ends; None where there is none.
    low_counts, high_counts : bool
        Whether the end itself is among the values; False where there is none.
    """

    low: Fraction | None
    high: Fraction | None
    low_counts: bool
    high_counts: bool

    def __contains__(self, value: Number | datetime.date) -> bool:
        """Whether a value is among them; what is not finite never is."""
        if not isinstance(value, (Rational, datetime.date)) and not math.isfinite(value):
            return False
        number = exact(value)
        above = self.low is None or number > self.low or (self.low_counts and number == self.low)
        below = (
            self.high is None or number < self.high or (self.high_counts and number == self.high)
        )
        return above and below


def exact(value: Number | datetime.date) -> Fraction:
    """A value as a fraction: a float at its first twelve digits, a date as its day.

    Raises
    ------
    ValueError
        When it is not finite.
    """
    if isinstance(value, datetime.date):
        return Fraction(value.toordinal())
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))  # numpy's would overflow
    if not math.isfinite(value):
        raise ValueError(f"a finite number was expected, found {value}")
    return Fraction(value if isinstance(value, Decimal) else f"{value:.{DIGITS}g}")


def written(value: Number, decimals: int) -> Fraction:
    """A printed number as it is written, in decimals.

    Raises
    ------
    ValueError
        When it has more decimals than were printed, or more digits than a float is taken at.
    """
    number = Fraction(repr(float(value))) if isinstance(value, float) else exact(value)
    if (number * 10**decimals).denominator != 1:
        raise ValueError(f"{value} has more than {decimals} decimals")
    if abs(number) * 10**decimals >= 10**DIGITS:
        raise ValueError(f"at most {DIGITS} digits were expected, found {value}")
    return number


def units(value: Number, decimals: int, habit: Habit = "up") -> int:
    """A value in units of the last decimal, rounded: 935 for 93.46 with one decimal."""
    scaled = exact(value) * 10**decimals
    if habit == "even":
        return round(scaled)
    if habit == "cut":
        return math.trunc(scaled)
    away = math.floor(abs(scaled) + _HALF)
    return away if scaled > 0 else -away


def text(value: Number, decimals: int, habit: Habit = "up") -> str:
    """A value with its decimals; zero never with a sign, infinity as its own.

    Parameters
    ----------
    value : number
    decimals : int
        At least 0.
    habit : {"up", "even", "cut"}

    Raises
    ------
    ValueError
        When it is NaN.
    """
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "-∞"
    number = units(value, decimals, habit)
    digits = f"{abs(number):0{decimals + 1}d}"
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return f"{'-' if number < 0 else ''}{whole}{'.' if part else ''}{part}"


@lru_cache(maxsize=1024)
def limits(
    value: Number | datetime.date,
    decimals: int = 0,
    relation: Relation = "=",
    habits: tuple[Habit, ...] = ("up",),
) -> Limits:
    """The values for which a printed number stands.

    Parameters
    ----------
    value : number or date
        As printed; a date stands for its day alone.
    decimals : int
        Decimals printed.
    relation : {"=", "<", "<=", ">", ">="}
        How a value has to stand to the printed one. Only "=" knows of rounding: what is compared
        with a limit is the value, not what is printed of it.
    habits : tuple of {"up", "even"}
        A value counts if it prints so by one of them.

    Returns
    -------
    Limits

    Raises
    ------
    ValueError
        When the printed number has more decimals or digits than it may; see `written`.
    """
    if isinstance(value, datetime.date):
        number, half, ends = exact(value), Fraction(0), (True, True)
    else:
        if habits == ("cut",) and relation == "=":
            return _cut(written(value, decimals), decimals)
        number, half = written(value, decimals), _HALF / 10**decimals
        ends = (
            any(_rounds_to(number, number - half, decimals, habit) for habit in habits),
            any(_rounds_to(number, number + half, decimals, habit) for habit in habits),
        )
    match relation:
        case "=":
            return Limits(number - half, number + half, *ends)
        case "<" | "<=":
            return Limits(None, number, False, relation == "<=")
        case ">" | ">=":
            return Limits(number, None, relation == ">=", False)


def _cut(number: Fraction, decimals: int) -> Limits:
    """The values that print as a number where decimals are cut off: away from zero up to the next."""
    unit = Fraction(1, 10**decimals)
    low, high = number - unit * (number <= 0), number + unit * (number >= 0)
    return Limits(low, high, number > 0, number < 0)


def _rounds_to(number: Fraction, end: Fraction, decimals: int, habit: Habit) -> bool:
    return units(end, decimals, habit) == number * 10**decimals
