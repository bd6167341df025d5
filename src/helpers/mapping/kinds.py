"""What a column of one's own can be by its cells, and what its words are likely to mean."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cached_property

from ..published import Column
from .likeness import alike, words
from .openings import looks_like_dates
from .sheets import Cell, shown

_MOST = 0.8
_LEVELS = 20
"""More words than these are no category, and may tell who somebody is."""
_WORDS = {
    "1": "1 yes y true ja j oui pos positive present dead deceased died death event",
    "0": "0 no n false nein non neg negative absent alive living censored none",
}
_MEANT = {word: flag for flag, told in _WORDS.items() for word in told.split()}
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


@dataclass(frozen=True)
class OwnCells:
    """One's own column, and what its cells can be.

    Attributes
    ----------
    name, label : str
    cells : tuple
        Those in which something stands.
    rows : int
        How many there are with those in which nothing does.
    """

    name: str
    label: str
    cells: tuple[Cell, ...]
    rows: int

    @cached_property
    def texts(self) -> list[str]:
        """The cells as text."""
        return [shown(cell) for cell in self.cells]

    @cached_property
    def distinct(self) -> list[str]:
        """Each text once."""
        return sorted(dict.fromkeys(self.texts))

    @cached_property
    def dates(self) -> bool:
        """Whether most are dates."""
        typed = [isinstance(cell, datetime.date) for cell in self.cells]
        return bool(typed) and (
            sum(typed) >= _MOST * len(typed) or looks_like_dates(map(str, self.texts))
        )

    @cached_property
    def numbers(self) -> bool:
        """Whether most are numbers."""
        plain = [
            isinstance(cell, float)
            or bool(re.fullmatch(r"[-+]?(\d+[.,]?\d*|[.,]\d+)", shown(cell)))
            for cell in self.cells
        ]
        return bool(plain) and sum(plain) >= _MOST * len(plain)

    def likeness(self, of: frozenset[str], dates: bool = False) -> float:
        """How much its name or its label is like some words."""
        return max(alike(of, words(name, dates)) for name in (self.name, self.label or self.name))


def is_of_kind(own: OwnCells, about: Column) -> bool:
    """Whether the cells of a column can be what a column of the contract holds."""
    if not own.cells:
        return False
    if about.type == "date":
        return own.dates
    if about.type in ("number", "integer"):
        return own.numbers and not own.dates
    if about.type == "flag":
        return len(own.distinct) <= 3 and not own.dates
    if about.type == "category":
        most = min(_LEVELS, max(3, len(about.levels), len(own.cells) // 2))
        return len(own.distinct) <= most and not own.dates
    return True


def meant(text: str, about: Column) -> str:
    """The word of the contract that a word is likely to mean; empty where none is, or two are."""
    plain = text.casefold().strip(" .")
    if about.type == "flag":
        return _MEANT.get(plain, "")
    if text in about.levels:
        return text
    same = [level for level in about.levels if level.casefold() == plain]
    if same:
        return same[0]
    if set(about.levels) <= set(_ROMAN.values()):
        begun = re.match(r"(?:stage |figo )?(iv|i{1,3}|[1-4])(?![ivx])", plain)
        roman = _ROMAN.get(begun[1], begun[1].upper()) if begun else ""
        return roman if roman in about.levels else ""
    begun_by = [
        level for level in about.levels if len(level) > 2 and plain.startswith(level.casefold())
    ]
    begins = [
        level for level in about.levels if len(plain) > 2 and level.casefold().startswith(plain)
    ]
    some = begun_by or begins
    return some[0] if len(some) == 1 else ""
