"""How many rows a group can have: from counts, from what is part of what, and from shares.

Everything here follows from the file alone. A group is what its conditions allow of each column;
whether one is part of another, or shares no row with it, is read from these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, inf

from ..published import Condition, Count, Entry, Share, Study, rounding
from . import stands


@dataclass(frozen=True)
class Allowed:
    """What conditions allow of a column: values of a list, or numbers between two ends.

    Attributes
    ----------
    values : frozenset or None
        The values; None where a number may be any between the ends.
    low, high : Fraction or float
    low_counts : bool
        Whether the lower end itself is allowed; the upper always is.
    """

    values: frozenset[int | str] | None = None
    low: Fraction | float = -inf
    high: Fraction | float = inf
    low_counts: bool = True

    def __contains__(self, value: int | str) -> bool:
        if self.values is not None and value not in self.values:
            return False
        if isinstance(value, str):
            return self.low == -inf and self.high == inf
        number = Fraction(value)
        above = number > self.low or (self.low_counts and number == self.low)
        return above and number <= self.high

    def within(self, other: Allowed) -> bool:
        """Whether everything allowed here is allowed there."""
        if self.values is not None:
            return all(value in other for value in self.values if value in self)
        if other.values is not None:
            return False
        starts = self.low > other.low or (
            self.low == other.low and (other.low_counts or not self.low_counts)
        )
        return starts and self.high <= other.high

    def apart(self, other: Allowed) -> bool:
        """Whether nothing is allowed by both."""
        if self.values is not None:
            return not any(value in self and value in other for value in self.values)
        if other.values is not None:
            return other.apart(self)
        for one, two in ((self, other), (other, self)):
            if one.high < two.low or (one.high == two.low and not two.low_counts):
                return True
        return False


@dataclass(frozen=True)
class Size:
    """How many rows a group can have, and which entries say so."""

    low: int = 0
    high: int | None = None
    low_from: tuple[str, ...] = ()
    high_from: tuple[str, ...] = ()

    @property
    def exact(self) -> int | None:
        """The number, where there is only one."""
        return self.low if self.low == self.high else None


class Sizes:
    """The sizes of all groups of a study."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.conditions = {name: self._allowed(name) for name in study.groups}
        self.tables = self._of_tables()
        self.counted: dict[str, list[Entry]] = {}
        for entry in study.targets:
            if isinstance(entry.estimand, Count):
                self.counted.setdefault(entry.estimand.group, []).append(entry)
        self._sizes = {name: self._first(name) for name in study.groups}
        self._settle(shares=False)
        self.plain = dict(self._sizes)
        """Without what follows from shares."""
        self._settle(shares=True)

    def __getitem__(self, group: str) -> Size:
        return self._sizes[group]

    def is_part(self, group: str, of: str) -> bool:
        """Whether every row of a group is in another."""
        if self.study.groups[group].table != self.study.groups[of].table:
            return False
        mine = self.conditions[group]
        return all(
            column in mine and mine[column].within(allowed)
            for column, allowed in self.conditions[of].items()
        )

    def is_whole(self, group: str) -> bool:
        """Whether a group is all rows of its table."""
        return not self.conditions[group]

    def describe(self, group: str) -> str:
        """How many rows a group has, with the entries that say so, for a sentence."""
        size = self._sizes[group]
        ids = ", ".join(dict.fromkeys((*size.low_from, *size.high_from)))
        number = size.exact if size.exact is not None else f"at most {size.high}"
        return f"{number} ({ids})" if ids else str(number)

    def _allowed(self, name: str) -> dict[str, Allowed]:
        group = self.study.groups[name]
        found: dict[str, Allowed] = {}
        for condition in group.where:
            one = self._of_condition(group.table, condition)
            other = found.get(condition.column)
            found[condition.column] = one if other is None else _both(one, other)
        return found

    def _of_condition(self, table: str, condition: Condition) -> Allowed:
        column = self.study.tables[table].columns.get(condition.column)
        flags = frozenset({0, 1}) if column is not None and column.type == "flag" else None
        if condition.one_of is not None:
            return Allowed(frozenset(condition.one_of))
        if condition.at_most is not None:
            return Allowed(flags, high=rounding.exact(condition.at_most))
        if condition.above is not None:
            return Allowed(flags, low=rounding.exact(condition.above), low_counts=False)
        return Allowed(flags, low=rounding.exact(condition.at_least or 0))

    def _of_tables(self) -> dict[str, Size]:
        found: dict[str, Size] = {}
        for name, table in self.study.tables.items():
            if table.rows is not None:
                entry = self.study.entries[table.rows]
                rows = int(entry.value) if isinstance(entry.value, (int, float)) else 0
                found[name] = Size(rows, rows, (entry.id,), (entry.id,))
            elif table.of in found and table.per_row:
                owner = found[table.of]
                least, most = min(table.per_row), max(table.per_row)
                high = None if owner.high is None else most * owner.high
                found[name] = Size(least * owner.low, high, owner.low_from, owner.high_from)
        return found

    def _first(self, group: str) -> Size:
        table = self.tables.get(self.study.groups[group].table, Size())
        size = table if self.is_whole(group) else replace(table, low=0, low_from=())
        for entry in self.counted.get(group, []):
            limits = stands.limits(entry)
            if limits.low is not None and not self.is_whole(group):
                low = floor(limits.low) + 1 if not limits.low_counts else ceil(limits.low)
                size = _raised(size, max(low, 0), (entry.id,))
            if limits.high is not None:
                high = ceil(limits.high) - 1 if not limits.high_counts else floor(limits.high)
                size = _lowered(size, high, (entry.id,))
        return size

    def _settle(self, shares: bool) -> None:
        for _ in range(5):  # each round goes a step further; what it misses is only not known
            before = dict(self._sizes)
            self._by_parts()
            if shares:
                self._by_shares()
            if self._sizes == before:
                break

    def _by_parts(self) -> None:
        for part in self.study.groups:
            for whole in self.study.groups:
                if part != whole and self.is_part(part, whole):
                    mine, theirs = self._sizes[part], self._sizes[whole]
                    if theirs.high is not None:
                        self._sizes[part] = _lowered(mine, theirs.high, theirs.high_from)
                    self._sizes[whole] = _raised(theirs, mine.low, mine.low_from)

    def _by_shares(self) -> None:
        for entry in self.study.targets:
            estimand = entry.estimand
            if not isinstance(estimand, Share) or not isinstance(entry.value, (int, float)):
                continue
            if not self.is_part(estimand.group, estimand.of):
                continue
            limits = stands.limits(entry)
            whole = self._sizes[estimand.of]
            if limits.high is not None and whole.high is not None:
                most = floor(limits.high * whole.high / 100)
                ids = (*whole.high_from, entry.id)
                self._sizes[estimand.group] = _lowered(self._sizes[estimand.group], most, ids)
            if limits.low is not None:
                least = ceil(limits.low * whole.low / 100)
                ids = (*whole.low_from, entry.id)
                self._sizes[estimand.group] = _raised(self._sizes[estimand.group], least, ids)


def _raised(size: Size, low: int, ids: tuple[str, ...]) -> Size:
    return replace(size, low=low, low_from=ids) if low > size.low else size


def _lowered(size: Size, high: int, ids: tuple[str, ...]) -> Size:
    if size.high is not None and size.high <= high:
        return size
    return replace(size, high=high, high_from=ids)


def _both(one: Allowed, other: Allowed) -> Allowed:
    values = one.values if other.values is None else other.values
    if one.values is not None and other.values is not None:
        values = one.values & other.values
    low, low_counts = max((one.low, not one.low_counts), (other.low, not other.low_counts))
    return Allowed(values, low, min(one.high, other.high), not low_counts)
