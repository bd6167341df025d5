"""What was made of a column, and what is wrong with it: the first place of each kind, and how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contract.faults import Fault, place
from .decoding import DoubtError
from .sheets import Cell

NOTHING = "nothing"
_WAYS = 5
"""How many kinds of one column are told one by one."""


@dataclass
class Found:
    """A column of the contract as it was made.

    Attributes
    ----------
    made : list
        A value for each row: a number, a date, a word, nothing, or the doubt that stands against it.
    own : list of str
        Of which column of one's own each was made.
    raw : list of str
        What stands there.
    how : str
        How they were made; empty where the column was left empty.
    """

    made: list[Any]
    own: list[str]
    raw: list[str]
    how: str = ""

    @classmethod
    def same(cls, value: Any, count: int, how: str = "") -> Found:
        """One value in every row, made of no column."""
        return cls(
            [value] * count, [""] * count, ["" if value is None else str(value)] * count, how
        )


class Faults:
    """What is wrong with a table: by column and kind, the first place and how many there are.

    Parameters
    ----------
    path : Path
        The file, for messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kinds: dict[tuple[str, str], tuple[str, set[int]]] = {}

    def add(self, own: str, row: int, kind: str, wanted: str, found: str) -> DoubtError:
        """One more of a kind, which is told by its first place; the doubt to keep in its stead."""
        key = (own, kind)
        if key not in self._kinds and sum(name == own for name, _ in self._kinds) >= _WAYS:
            key = (own, "others")
        told = repr(found) if found else NOTHING
        sentence = f"{place(self._path, own, row)}: {wanted} was expected, found {told}"
        self._kinds.setdefault(key, (sentence, set()))[1].add(row)  # a cell can be read twice
        return DoubtError(wanted)

    def decode(self, rows: list[int], found: Found, how: Callable[[Cell, str], Any]) -> None:
        """Values in place of cells, by these and their columns; what cannot be read is a fault."""
        made: list[Any] = []
        for row, own, raw, cell in zip(rows, found.own, found.raw, found.made, strict=True):
            try:
                made.append(cell if cell is None or is_doubt(cell) else how(cell, own))
            except DoubtError as doubt:
                made.append(self.add(own, row, doubt.kind, str(doubt), raw))
        found.made = made

    def __iter__(self) -> Iterator[Fault]:
        for sentence, rows in self._kinds.values():
            yield Fault(sentence, len(rows))


def is_doubt(value: Any) -> bool:
    """Whether a fault was told in place of a value."""
    return isinstance(value, DoubtError)
