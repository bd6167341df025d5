"""One table of the contract, made of one's own: its rows, its columns, and an account of them."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd

from ..contract.columns import expected
from ..contract.faults import Fault
from ..published import Column, Study
from ..short.names import nearest
from .findings import NOTHING, Faults, Found, is_doubt
from .sheets import shown
from .sources import Source
from .vocabulary import OwnColumn
from .ways import COMPUTED, WayError, Ways, is_beyond

_STRAY = "one that is not among them"
"""In place of an identifier that has no running number, so that none is told."""


class TableReader:
    """A table of the contract, made of one's own.

    Parameters
    ----------
    study : Study
    name : str
        Of the table.
    source : Source
    owner : TableReader or None
        The table that this one is of.
    without : tuple of str
        Columns of the contract that may be missing, and are.

    Attributes
    ----------
    rows : list of int
        The row of one's own file of each row.
    """

    def __init__(
        self,
        study: Study,
        name: str,
        source: Source,
        owner: TableReader | None,
        without: tuple[str, ...] = (),
    ) -> None:
        self.name, self.spec, self._source, self._owner = name, study.tables[name], source, owner
        self._without = without
        self.path, self.rows = source.path, source.rows
        self._faults = Faults(source.path)
        self._of_mapping: list[str] = []
        self._unsaid: list[str] = []
        self._ways = Ways(name, source, self._faults)
        self._found: dict[str, Found] = {}
        self._numbers: dict[str, str] = {}
        said = source.said.columns
        known = [*self.spec.columns, *without]
        for column in said:
            if column not in known:
                self._wrong(column, f"the contract has no such column; {nearest(column, known)}")
        if not self.rows:
            self._of_mapping.append(f"{source.where}: {name}: no row of {self.path} is left")
        later = [name for name in said if said[name].owner]  # which need to know whose row it is
        for column in [*(one for one in self.spec.columns if one not in later), *later]:
            if column in self.spec.columns:
                self._read(column, self.spec.columns[column], said.get(column, OwnColumn()))
        if source.said.once:
            self._fold()
        for column, found in self._found.items():
            self._check(column, self.spec.columns[column], found)

    def faults(self) -> list[Fault]:
        """Everything that is wrong, in the mapping and in the table."""
        told = dict.fromkeys([*self._of_mapping, *self._source.unknown])
        found = [Fault(sentence) for sentence in told]
        if self._unsaid:
            it = "it is" if len(self._unsaid) == 1 else "they are"
            sentence = (
                f"{self._source.where}: {self.name}, {', '.join(self._unsaid)}: say of what {it} made, "
                "such as from, start and end, or value"
            )
            found.append(Fault(sentence, len(self._unsaid), ""))
        return [*found, *self._faults]

    def table(self) -> pd.DataFrame:
        """The table as it is written."""
        cells = {}
        for column, about in self.spec.columns.items():
            numbers = {"id": self._numbers, "parent": self._owner and self._owner._numbers}
            new = numbers.get(about.type) or {}
            cells[column] = [
                _written(new.get(one, _STRAY) if new and one is not None else one)
                for one in self._found[column].made
            ]
        return pd.DataFrame(cells, index=self.rows, dtype=object)

    def account(self) -> list[str]:
        """What was done: a line for each column of the contract, and one for those that are missing."""
        count = len(self.rows)
        passed = self._source.passed_over
        lines = [
            f"{self.name}.csv: {count} row{'s' * (count != 1)} from {self.origin}"
            + (f", {passed} passed over as rows says" if passed else "")
        ]
        width = max(map(len, self.spec.columns))
        for column in self.spec.columns:
            lines.append(f"  {column:<{width}}  {self._found[column].how or 'left empty'}")
        if self._without:
            lines.append(f"  left out: {', '.join(self._without)}")
        return lines

    @property
    def left_out(self) -> list[str]:
        """Columns of one's own of which nothing was made."""
        return self._source.left_out

    @property
    def origin(self) -> str:
        """What one's own table is called."""
        sheet = self._source.said.sheet
        return f"{self.path}, sheet {sheet}" if sheet else str(self.path)

    @property
    def computes(self) -> bool:
        """Whether a time or a length was computed."""
        return any(COMPUTED in found.how for found in self._found.values())

    def _wrong(self, column: str, sentence: str) -> None:
        self._of_mapping.append(f"{self._source.where}: {self.name}, {column}: {sentence}")

    def _read(self, column: str, about: Column, said: OwnColumn) -> None:
        try:
            found = self._made(column, about, said)
        except WayError as error:
            self._wrong(column, str(error))
            return
        if found is not None:
            self._found[column] = found

    def _made(self, column: str, about: Column, said: OwnColumn) -> Found | None:
        if not said.is_said:
            if not about.optional:
                self._unsaid.append(column)
                return None
            return Found.same(None, len(self.rows))
        if about.type == "id":
            return self._identifier(column, about, said)
        if about.type == "parent":
            return self._parent(column, said)
        if said.numbered:
            raise WayError("only identifiers of rows are numbered")
        return self._of_owner(said.owner) if said.owner else self._ways.made(column, about, said)

    def _identifier(self, column: str, about: Column, said: OwnColumn) -> Found | None:
        if said.source:
            found = self._ways.texts(column, said.source)
        elif said.numbered:
            count = len(self.rows)
            texts = [str(number) for number in range(1, count + 1)]
            found = Found(list(texts), [""] * count, texts)
        else:
            raise WayError("say from which column of yours, or numbered: true")
        if found is not None and said.numbered:
            known = [one for one in dict.fromkeys(found.made) if one is not None]
            width = len(str(len(known)))
            self._numbers = {
                one: f"{about.prefix}{number:0{width}}" for number, one in enumerate(known, 1)
            }
            found.how += f"{', ' if found.how else ''}replaced by running numbers" if said.source else "running numbers"  # fmt: skip
        return found

    def _parent(self, column: str, said: OwnColumn) -> Found | None:
        if said.source:
            return self._ways.texts(column, said.source)
        if not said.numbered or self._owner is None or self._owner.origin != self.origin:
            raise WayError(
                "say from which column of yours; numbered: true is for rows of one table of yours"
            )
        keys = self._owner._found.get(self._owner.spec.key)
        if keys is None:
            return None  # which is told where it arises
        of_row = dict(zip(self._owner.rows, keys.made, strict=True))
        found = Found.same(None, len(self.rows), "the same row's")
        found.made = [of_row.get(row) for row in self.rows]
        return found

    def _of_owner(self, column: str) -> Found | None:
        if self._owner is None or column not in self._owner.spec.columns:
            raise WayError("owner names a column of the table that this one is of")
        there = self._owner._found
        keys, of, parents = there.get(self._owner.spec.key), there.get(column), self._found.get(self.spec.parent)  # fmt: skip
        if keys is None or of is None or parents is None:
            return None  # which is told where it arises
        known = dict(zip(keys.made, of.made, strict=True))
        made = [known.get(one) for one in parents.made]
        return Found(made, parents.own, parents.raw, f"{column} of {self.spec.of}.csv")

    def _fold(self) -> None:
        """Rows of one identifier as one; a cell that is empty in one of them yields to the other."""
        key = self._found.get(self.spec.key)
        if key is None:
            return
        firsts: dict[Any, int] = {}
        for at, one in enumerate(key.made):
            first = firsts.setdefault(one, at)
            for found in self._found.values() if first != at else ():
                self._agree(found, first, at)
        kept = sorted(firsts.values())
        for found in self._found.values():
            found.made = [found.made[at] for at in kept]
            found.own = [found.own[at] for at in kept]
            found.raw = [found.raw[at] for at in kept]
        self.rows = [self.rows[at] for at in kept]

    def _agree(self, found: Found, first: int, at: int) -> None:
        here, there = found.made[at], found.made[first]
        if here is None or is_doubt(here) or is_doubt(there):
            return
        if there is None:
            found.made[first], found.raw[first] = here, found.raw[at]
        elif here != there:
            wanted = f"the same as in row {self.rows[first]}, of the same {self.spec.key},"
            self._faults.add(found.own[at], self.rows[at], "another", wanted, found.raw[at])

    def _check(self, column: str, about: Column, found: Found) -> None:
        """A fault for each value that the contract does not allow, and each identifier a second time."""
        if not found.how:
            return
        seen: dict[Any, int] = {}
        for row, own, raw, value in zip(self.rows, found.own, found.raw, found.made, strict=True):
            if is_doubt(value):
                continue
            if value is None:
                if not about.optional:
                    wanted = f"{expected(about)}, for {column},"
                    self._faults.add(own, row, f"{column} {NOTHING}", wanted, raw)
            elif about.type == "id":
                if value in seen:
                    wanted = f"an identifier that stands once (it stands in row {seen[value]})"
                    told = "" if self._numbers else raw
                    self._faults.add(own, row, "twice", wanted, told or "one that does not")
                seen.setdefault(value, row)
            elif about.type != "parent" and is_beyond(value, about):
                self._faults.add(own, row, f"{column} beyond", *_beyond(column, about, value, raw))


def _beyond(column: str, about: Column, value: Any, raw: str) -> tuple[str, str]:
    """What was expected, and what was found, where a value is not allowed."""
    wanted = f"{expected(about)}, for {column},"
    if about.type == "integer" and value % 1:
        wanted = f"{expected(about)} (say `whole: nearest` or `whole: down`), for {column},"
    if isinstance(value, float) and shown(value) != raw:
        unit = f" {about.unit}" if about.unit else ""
        return wanted, f"{raw} ({shown(value)}{unit})" if raw else f"{shown(value)}{unit}"
    return wanted, raw


def _written(value: Any) -> Any:
    """A value as text of a file."""
    if value is None:
        return ""
    return shown(value) if isinstance(value, float | datetime.date) else str(value)
