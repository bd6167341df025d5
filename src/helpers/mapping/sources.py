"""One's own table as a mapping has it: the rows that count, and cells by the names in the mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ..short.names import nearest
from .sheets import Cell, Sheet, shown, without
from .vocabulary import Order, OwnTable, Words

STAR = "*"
"""What stands in a name for each of several marks."""


class Source:
    """One's own table as a mapping has it.

    Parameters
    ----------
    sheet : Sheet
    said : OwnTable
    where : Path
        The mapping, for messages.

    Attributes
    ----------
    path : Path
    rows : list of int
        The row of the file of each row that counts; of one there can be several.
    passed_over : int
        How many rows do not count.
    unknown : list of str
        A sentence for each column that the mapping names and the table has not.
    """

    def __init__(self, sheet: Sheet, said: OwnTable, where: Path) -> None:
        self.path, self.said, self.where, self._all = sheet.path, said, where, sheet.cells
        self.unknown: list[str] = []
        self._used: set[str] = set()
        frame = sheet.cells
        for name, words in said.rows.items():
            if self._knows("rows", name):
                frame = frame[frame[name].map(shown).isin(words or ("",))]
        self._frame, self._marks = frame, [""] * len(frame)
        self.passed_over = len(sheet.cells) - len(frame)
        if said.each:
            self._repeat()
        self.rows = [int(row) for row in self._frame.index]

    @property
    def left_out(self) -> list[str]:
        """Names of the columns that nothing was made of."""
        return [str(name) for name in self._all if str(name) not in self._used]

    def order_of(self, own: str) -> Order | None:
        """The order of dates in a column, where one is said."""
        dates = self.said.dates
        return dates.get(own) if isinstance(dates, dict) else dates

    def first_filled(self, column: str, names: Words) -> list[tuple[str, Cell, bool]] | None:
        """Name and cell of the first of some columns that is filled, and whether another differs.

        For each row; None where a column is unknown.

        Parameters
        ----------
        column : str
            Of the contract, for a message.
        names : tuple of str
        """
        if not all([self._knows(column, name) for name in names]):
            return None
        found: list[tuple[str, Cell, bool]] = []
        of_names = [self._frame[name].tolist() for name in names]
        for mark, *cells in zip(self._marks, *of_names, strict=True):
            first = next((n for n, cell in enumerate(cells) if cell is not None), 0)
            differs = any(cell not in (None, cells[first]) for cell in cells)
            found.append((names[first].replace(STAR, mark), cells[first], differs))
        return found

    def _knows(self, column: str, name: str) -> bool:
        """Whether there is such a column; a sentence is kept where there is none."""
        names = [name.replace(STAR, mark) for mark in self.said.each if STAR in name] or [name]
        for one in names:
            if one not in self._all:
                known = [str(other) for other in self._all]
                self.unknown.append(
                    f"{self.where}: {column}: no column {one!r} is in {self.path}; "
                    f"{nearest(one, known)}"
                )
                return False
        self._used.update(names)
        return True

    def _repeat(self) -> None:
        """A row for each mark, but where nothing stands in its columns."""
        starred = {
            name
            for column in self.said.columns.values()
            for name in (*column.source, *column.start, *column.end, *column.filled)
            if STAR in name
        }
        rows: list[int] = []
        cells: list[dict[Any, Any]] = []
        self._marks = []
        for row, there in zip(self._frame.index, self._frame.to_dict("records"), strict=True):
            for mark in self.said.each:
                own = {name: there.get(name.replace(STAR, mark)) for name in starred}
                if any(cell is not None for cell in own.values()):
                    rows.append(int(row))
                    cells.append({**there, **own})
                    self._marks.append(mark)
        names = [*self._frame.columns, *sorted(starred)]
        frame = pd.DataFrame(cells, index=rows, columns=names, dtype=object)
        self._frame = without(frame, ())
