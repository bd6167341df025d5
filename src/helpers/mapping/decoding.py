"""Reading single cells of one's own: numbers, dates, yes and no; what is ambiguous is refused.

dateutil and pandas read 03/04/2015 as one of two days without a word, and 15 as 2015.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from math import floor

from ..contract.relations import DAYS_PER_MONTH
from ..published import rounding
from .sheets import Cell, shown
from .vocabulary import Order

DECIMALS = 3
"""Of what is computed: a thousandth of a month is three quarters of an hour, so days stay apart."""

_DAYS = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": 12 * DAYS_PER_MONTH}
_MILLIMETRES = {"mm": 1.0, "cm": 10.0}
_KINDS = (_DAYS, _MILLIMETRES)
UNITS = tuple(unit for kind in _KINDS for unit in kind)
"""Units that are turned into each other, where they measure the same."""

_NUMBERS = {".": r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", ",": r"[-+]?(?:\d+,?\d*|,\d+)"}
_MARKS = {".": "point", ",": "comma"}
_PARTS = re.compile(r"(\d{1,4}|[^\W\d]{3,9}\.?)[-/. ]+(\d{1,2}|[^\W\d]{3,9}\.?),?[-/. ]+(\d{1,4})")
_TIME_OF_DAY = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d*)?)?\s*(Z|[ap]m)?$", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ORDERS: dict[Order, str] = {
    "day-month-year": "dmy",
    "month-day-year": "mdy",
    "year-month-day": "ymd",
}


class DoubtError(ValueError):
    """A cell that is not read: what was expected, and what kind of failure this is."""

    def __init__(self, expected: str, kind: str = "") -> None:
        super().__init__(expected)
        self.kind = kind or expected


@dataclass(frozen=True)
class Reader:
    """How the cells of a table are read.

    Attributes
    ----------
    decimal : str
        The decimal mark, a point or a comma.
    order : str or None
        The order of dates that are text.
    """

    decimal: str = "."
    order: Order | None = None

    def number(self, cell: Cell) -> float:
        """A number.

        Raises
        ------
        DoubtError
            When it is none, or has the other decimal mark.
        """
        if isinstance(cell, float):
            return cell
        text = shown(cell)
        if re.fullmatch(_NUMBERS[self.decimal], text, re.ASCII):
            return float(text.replace(",", "."))
        other = "," if self.decimal == "." else "."
        if re.fullmatch(_NUMBERS[other], text, re.ASCII):
            raise DoubtError(f"a number with a decimal {_MARKS[self.decimal]}")
        raise DoubtError("a number")

    def date(self, cell: Cell) -> datetime.date:
        """A date.

        Raises
        ------
        DoubtError
            When it is none, has a year of two digits, or could be two without an order.
        """
        if isinstance(cell, datetime.date):
            return cell
        text = shown(cell)
        if self.order is None:
            possible = {order: day for order in ORDERS if (day := _day(text, order)) is not None}
            if len(set(possible.values())) == 1:
                return next(iter(possible.values()))
            if len(possible) > 1:
                raise DoubtError(
                    f"a date of which day and month are known ({' or '.join(possible)}; say it as "
                    "dates in the mapping)"
                )
            raise DoubtError(_why_no_date(text))
        found = _day(text, self.order)
        if found is None:
            raise DoubtError(_why_no_date(text, f"a date as {self.order}"))
        return found


def _why_no_date(text: str, expected: str = "a date") -> str:
    parts = _PARTS.fullmatch(_TIME_OF_DAY.sub("", text))
    if parts and not any(len(part) == 4 and part.isdigit() for part in parts.groups()):
        return f"{expected} with a year of four digits"
    if re.fullmatch(r"[34]\d{4}(\.0)?", text):
        return f"{expected} (this is the number of a day, as spreadsheets count them)"
    return expected


@lru_cache(maxsize=2**16)
def _day(text: str, order: Order) -> datetime.date | None:
    """The day of a text in an order; None where it is none."""
    text = _TIME_OF_DAY.sub("", text)
    compact = _COMPACT.fullmatch(text)
    found = compact or _PARTS.fullmatch(text)
    if found is None or (compact and order != "year-month-day"):
        return None
    parts = dict(zip(ORDERS[order], found.groups(), strict=True))
    month = parts["m"].rstrip(".").lower()
    if not month.isdigit():
        named = [n for n, name in enumerate(_MONTHS, 1) if month.startswith(name)]
        month = str(named[0]) if named else ""
    if not (month and parts["d"].isdigit() and len(parts["d"]) <= 2 and len(month) <= 2):
        return None
    if not (parts["y"].isdigit() and len(parts["y"]) == 4):
        return None
    try:
        return datetime.date(int(parts["y"]), int(month), int(parts["d"]))
    except ValueError:
        return None


def orders(text: str) -> set[Order]:
    """The orders in which a text is a date."""
    return {order for order in ORDERS if _day(text, order) is not None}


def between(start: datetime.date, end: datetime.date, unit: str, whole: bool) -> float:
    """The time between two dates in a unit: days by the mean length of the unit, to three decimals.

    Parameters
    ----------
    start, end : date
    unit : str
        Of time.
    whole : bool
        Whether whole years are counted, as an age is: by birthdays, and not by their mean length.
    """
    if whole and unit == "years":
        return float(end.year - start.year - ((end.month, end.day) < (start.month, start.day)))
    return rounded((end - start).days / _DAYS[unit])


def converted(number: float, given: str, wanted: str) -> float:
    """A number in another unit.

    Raises
    ------
    DoubtError
        When one of the units is unknown, or they do not measure the same.
    """
    if given == wanted:
        return number
    for kind in _KINDS:
        if given in kind and wanted in kind:
            return rounded(number * kind[given] / kind[wanted])
    raise DoubtError(f"a unit that can be turned into {wanted or 'a number without unit'}")


def rounded(number: float) -> float:
    """To as many decimals as what is computed has."""
    return round(number, DECIMALS) + 0.0


def made_whole(number: float, how: str) -> float:
    """A whole number: the nearest, halves away from 0, or the one below; as it is without a way."""
    if not how:
        return number
    return float(floor(number) if how == "down" else rounding.units(number, 0))
