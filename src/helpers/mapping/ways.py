"""The ways in which a column of the contract is made of one's own."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from ..contract.columns import expected
from ..contract.ties import UNITS_OF_TIME
from ..published import Column
from . import decoding
from .decoding import DoubtError, Reader
from .findings import NOTHING, Faults, Found, is_doubt
from .sheets import Cell, shown
from .sources import Source
from .vocabulary import OwnColumn, OwnFlag, Words

COMPUTED = "computed"


class WayError(ValueError):
    """What a mapping says of a column cannot be done; the message says why."""


class Ways:
    """How columns of one table are made.

    Parameters
    ----------
    name : str
        Of the table.
    source : Source
    faults : Faults
        Where what is wrong with cells is kept.
    """

    def __init__(self, name: str, source: Source, faults: Faults) -> None:
        self._name, self._source, self._faults, self._rows = name, source, faults, source.rows
        self._decimal = source.said.decimal

    def made(self, column: str, about: Column, said: OwnColumn) -> Found | None:
        """A column, or None where the mapping names what is not there.

        Parameters
        ----------
        column : str
            Of the contract.
        about : Column
        said : OwnColumn

        Raises
        ------
        WayError
            When that is no way to make this column.
        """
        if said.value:
            found: Found | None = self._constant(about, said.value)
        elif said.filled:
            found = self._filled(column, about, said)
        elif said.start:
            found = self._between(column, about, said)
        elif about.type == "date":
            found = self._dates(column, said.source)
        else:
            found = self._from(column, about, said)
        if found is not None and said.only is not None:
            self._keep_only(column, said.only, found)
        return found

    def cells(self, column: str, names: Words, one: bool = True) -> Found | None:
        """The cells of one's own, unread; where one is meant, two that differ are a fault."""
        given = self._source.first_filled(f"{self._name}, {column}", names)
        if given is None:
            return None
        cells = [cell for _, cell, _ in given]
        told = " or ".join(names)
        found = Found(
            list(cells), [name for name, *_ in given], [*map(shown, cells)], f"from {told}"
        )
        for at, (own, _, differs) in enumerate(given) if one else ():
            if differs:
                wanted = f"one value in {told}"
                found.made[at] = self._faults.add(own, self._rows[at], "two", wanted, "several")
        return found

    def texts(self, column: str, names: Words) -> Found | None:
        """The cells of one's own as text, as identifiers are taken."""
        found = self.cells(column, names)
        if found is not None:
            found.made = [
                cell if is_doubt(cell) else raw or None
                for cell, raw in zip(found.made, found.raw, strict=True)
            ]
        return found

    def _constant(self, about: Column, value: str) -> Found:
        try:
            read = _decoder(about, OwnColumn(), Reader(order="year-month-day"))(value)
        except DoubtError:
            read = None
        if read is None or is_beyond(read, about):
            raise WayError(f"{expected(about)} was expected as value, found {value!r}")
        found = Found.same(read, len(self._rows), f"{value} in every row")
        return found

    def _filled(self, column: str, about: Column, said: OwnColumn) -> Found | None:
        if about.type != "flag":
            raise WayError("filled gives 0 and 1, which only a flag can be")
        found = self.cells(column, said.filled, one=False)
        if found is not None:
            found.made = [int(cell is not None) for cell in found.made]
            found.how = f"1 where {' or '.join(said.filled)} is filled, and else 0"
        return found

    def _between(self, column: str, about: Column, said: OwnColumn) -> Found | None:
        if about.unit not in UNITS_OF_TIME:
            raise WayError("start and end give a time, which this column is not")
        start, end = (self._dates(column, names, one=False) for names in (said.start, said.end))
        if start is None or end is None:
            return None
        whole = about.type == "integer" and about.unit == "years"
        made: list[Any] = []
        for at, (first, last) in enumerate(zip(start.made, end.made, strict=True)):
            if is_doubt(first) or is_doubt(last):
                made.append(first if is_doubt(first) else last)
            elif first is None or last is None:
                made.append(None)
                if first is None and last is not None:
                    end.own[at] = start.own[at]
            elif last < first:
                wanted = f"a date not before {start.own[at]} ({first})"
                kind = f"before {start.own[at]}"
                made.append(
                    self._faults.add(end.own[at], self._rows[at], kind, wanted, end.raw[at])
                )
            else:
                made.append(decoding.between(first, last, about.unit, whole))
        which = f"{' or '.join(said.start)} to {' or '.join(said.end)}"
        how = f"complete years from {which}" if whole else f"{COMPUTED} from {which}"
        own = [
            end.own[at] if value is None or is_doubt(value) else f"{start.own[at]} to {end.own[at]}"
            for at, value in enumerate(made)
        ]
        return Found(made, own, [""] * len(made), how)

    def _dates(self, column: str, names: Words, one: bool = True) -> Found | None:
        found = self.cells(column, names, one)
        if found is None:
            return None
        orders = {own: self._source.order_of(own) for own in set(found.own)}
        self._faults.decode(
            self._rows, found, lambda cell, own: Reader(order=orders[own]).date(cell)
        )
        self._hold_one_order(found, {own for own, order in orders.items() if order is None})
        return found

    def _hold_one_order(self, found: Found, columns: set[str]) -> None:
        """A fault where dates, each of which can be read, are in no order that all of a column have."""
        common = {own: set(decoding.ORDERS) for own in columns}
        for at, (value, own) in enumerate(zip(found.made, found.own, strict=True)):
            dated = own in columns and isinstance(value, datetime.date)
            possible = decoding.orders(found.raw[at]) if dated else set()
            if possible and not common[own] & possible:
                wanted = f"a date as {' or '.join(sorted(common[own]))}, as in rows before,"
                self._faults.add(own, self._rows[at], "another order", wanted, found.raw[at])
            elif possible:
                common[own] &= possible

    def _from(self, column: str, about: Column, said: OwnColumn) -> Found | None:
        found = self.cells(column, said.source)
        if found is None:
            return None
        if said.unit and said.unit != about.unit:
            try:
                decoding.converted(1.0, said.unit, about.unit)
            except DoubtError as doubt:
                raise WayError(f"{doubt} was expected, found {said.unit!r}") from None
            found.how = f"{COMPUTED} {found.how}, {said.unit} as {about.unit}"
        if about.type in ("category", "flag"):
            _hold_words(about, said.values)
        if said.values:
            told = ", ".join(f"{own or NOTHING} is {word}" for own, word in said.values.items())
            found.how += f": {told}"
        if said.whole:
            found.how += f", made whole: {said.whole}"
        if "" in said.values:
            found.made = ["" if cell is None else cell for cell in found.made]
        how = _decoder(about, said, Reader(self._decimal))
        self._faults.decode(self._rows, found, lambda cell, _: how(cell))
        return found

    def _keep_only(self, column: str, only: OwnFlag, found: Found) -> None:
        """Nothing where a flag is 0; where it is 1 something has to be there."""
        asked = self.cells(column, only.source)
        if asked is None:
            return
        _hold_words(_FLAG, only.values)
        if "" in only.values:
            asked.made = ["" if cell is None else cell for cell in asked.made]
        self._faults.decode(self._rows, asked, lambda cell, _: _word(cell, _FLAG, only.values))
        for at, happened in enumerate(asked.made):
            row = self._rows[at]
            if happened is None:
                wanted = f"one of {', '.join(map(repr, only.values)) or '0, 1'}"
                self._faults.add(asked.own[at], row, NOTHING, wanted, "")
            elif happened == 0:
                found.made[at] = None
            elif happened == 1 and found.made[at] is None:
                wanted = f"something, since {asked.own[at]} is {asked.raw[at]!r},"
                self._faults.add(found.own[at], row, NOTHING, wanted, "")
        found.how += f", where {' or '.join(only.source)} says so"


_FLAG = Column.model_construct(type="flag", levels=(), minimum=None, maximum=None, optional=False)


def _decoder(about: Column, said: OwnColumn, reader: Reader) -> Callable[[Cell], Any]:
    """How a cell becomes a value of a column."""
    if about.type in ("category", "flag"):
        return lambda cell: _word(cell, about, said.values)
    if about.type == "date":
        return reader.date

    def number(cell: Cell) -> float:
        found = reader.number(cell)
        if said.unit and said.unit != about.unit:
            found = decoding.converted(found, said.unit, about.unit)
        return decoding.made_whole(found, said.whole)

    return number


def _words(about: Column) -> tuple[str, ...]:
    return ("0", "1") if about.type == "flag" else about.levels


def _hold_words(about: Column, given: dict[str, str]) -> None:
    """Refuse words of one's own behind which stands no word of the contract."""
    known = _words(about)
    if off := [own for own, word in given.items() if word not in known]:
        told = ", ".join(map(repr, off))
        found = ", ".join(repr(given[own]) if given[own] else NOTHING for own in off)
        raise WayError(f"{expected(about)} was expected behind {told}, found {found}")


def _word(cell: Cell, about: Column, values: dict[str, str]) -> str | int:
    """A word of the contract for a word of one's own."""
    text = shown(cell)
    word = values.get(text) if values else text
    if word is None or word not in _words(about):
        own = f"one of {', '.join(map(repr, values))}" if values else expected(about)
        raise DoubtError(own, kind=f"word {text}")
    return int(word) if about.type == "flag" else word


def is_beyond(value: Any, about: Column) -> bool:
    """Whether a value is not what its column allows."""
    if about.type == "category":
        return value not in about.levels
    if about.type == "flag":
        return value not in (0, 1)
    if about.type == "integer" and value % 1:
        return True
    low, high = about.minimum, about.maximum
    return (low is not None and value < low) or (high is not None and value > high)
