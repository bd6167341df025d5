"""Columns and groups of a short form: categories, flags, numbers, and who belongs to what."""

from __future__ import annotations

import difflib
import re
from typing import Any

from . import likely, texts
from .lines import Line
from .names import nearest, slug

_CUT = re.compile(r"(?P<label>.+?)\s*(?P<sign><=|≤|>|above|up to)\s*(?P<number>\d+(?:\.\d+)?)")


class Groups:
    """The groups of a study, and the columns that they are made of.

    Attributes
    ----------
    all : dict
        Groups by their id.
    """

    def __init__(self, table: str, rows: int, columns: dict[str, Any]) -> None:
        self.table, self.rows, self.columns = table, rows, columns
        self.all: dict[str, dict[str, Any]] = {}
        self._by_label: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._new("everyone", "all patients", [])

    def category(self, name: str, levels: list[Line]) -> None:
        """A column of levels that exclude each other, and a group for each."""
        column = self._column(name, levels[0]) if levels else slug(name, "_")
        weights: dict[str, float] = {}
        for line in levels:
            count, share = _counted(line)
            weights[line.key] = count if count is not None else self.rows * (share or 0) / 100
        total = sum(weights.values())
        counted = all(_counted(line)[0] is not None for line in levels)
        if counted and total > self.rows:
            raise levels[-1].refused(
                f"the levels of {name!r} count {total:g}, more than {self.rows}; levels that "
                "a patient can have besides each other stand under counts"
            )
        if (left := self.rows - total) >= 1:
            weights["not stated"] = left
        self.columns[column] = {
            "type": "category",
            "levels": list(weights),
            "status": "printed",
            "description": f"{name[:1].upper()}{name[1:]}.",
            "prior": {
                "choice": {level: round(float(weight), 3) for level, weight in weights.items()}
            },
        }
        for line in levels:
            self._new(line.key, line.key, [{"column": column, "one_of": [line.key]}])

    def flag(self, line: Line, label: str) -> str:
        """A column that is 0 or 1, and its group."""
        if label.lower() in self._by_label:
            return self._by_label[label.lower()]
        count, share = _counted(line)
        likely_share = count / self.rows if count is not None else (share or 0) / 100
        column = self._column(label, line)
        self.columns[column] = {
            "type": "flag",
            "status": "printed",
            "description": f"{label[:1].upper()}{label[1:]}.",
            "prior": {"flag": round(min(max(likely_share, 0.01), 0.99), 3)},
        }
        return self._new(label, label, [{"column": column, "one_of": [1]}])

    def number(
        self,
        line: Line,
        column: str,
        label: str,
        unit: str,
        decimals: int,
        printed: dict[str, float],
    ) -> None:
        """A column of numbers by what is printed of it: `median` or `mean`, and so on."""
        if column in self.columns:
            return  # summarised in another group already
        middle = next(iter(printed.values()))
        low, high = printed.get("minimum"), printed.get("maximum")
        least = min(0.0, low if low is not None else middle)
        most = 10 * max(abs(middle), abs(high or 0), 1)
        spec: dict[str, Any] = {"type": "number" if decimals else "integer"}
        if unit:
            spec["unit"] = unit
        if decimals:
            spec["decimals"] = decimals
        prior: dict[str, Any] = dict(likely.of_column(printed))
        if low is not None and high is not None:
            prior["within"] = [low, high]
        self.columns[column] = {
            **spec,
            "minimum": least,
            "maximum": most,
            "status": "printed",
            "description": f"{label[:1].upper()}{label[1:]}.",
            "prior": prior,
        }
        self._numbers[label.lower()] = column

    def find(self, line: Line, name: str) -> str:
        """The id of a group by its label, or by a cut such as `size > 15`.

        Raises
        ------
        ShortError
            When there is none; the nearest label is told.
        """
        if name.lower() in self._by_label:
            return self._by_label[name.lower()]
        cut = _CUT.fullmatch(name)
        if cut and cut["label"].lower() in self._numbers:
            column = self._numbers[cut["label"].lower()]
            test = "above" if cut["sign"] in (">", "above") else "at_most"
            return self._new(name, name, [{"column": column, test: float(cut["number"])}])
        known = [self.all[id]["label"] for id in self._by_label.values()]
        raise line.refused(f"no group is called {name!r}; {nearest(name, known)}")

    def within(self, line: Line) -> tuple[str, str | None]:
        """The label of a line and the group behind ` in `, where that is one: not `35 Gy in 5`.

        Raises
        ------
        ShortError
            When it is nearly the name of a group.
        """
        label, found, group = line.key.rpartition(" in ")
        if not found:
            return line.key, None
        cut = _CUT.fullmatch(group)
        if group.lower() in self._by_label or (cut and cut["label"].lower() in self._numbers):
            return label, group
        if len(group) > 3 and difflib.get_close_matches(group.lower(), self._by_label, 1, 0.8):
            self.find(line, group)
        return line.key, None

    def levels(self, name: str) -> list[str]:
        """Ids of the groups of a category by its name, or of those with and without a flag."""
        column = slug(name, "_")
        spec = self.columns.get(column, {})
        if spec.get("type") == "flag":
            without = f"no {name}"
            if without.lower() not in self._by_label:
                self._new(without, without, [{"column": column, "one_of": [0]}])
            return [self._by_label[name.lower()], self._by_label[without.lower()]]
        return [self._by_label[level.lower()] for level in spec.get("levels", ())
                if level.lower() in self._by_label]  # fmt: skip

    def living(self, died: str) -> str:
        """The group of those who are alive at last contact, by the flag of a death."""
        label = "the living"
        if label not in self._by_label:
            self._new("living", label, [{"column": died, "one_of": [0]}])
        return self._by_label[label]

    def are_everybody(self, pair: list[str]) -> bool:
        """Whether two groups are those with and without a flag, or the only levels of a category."""
        where = [self.all[id]["where"] for id in pair]
        if any(len(one) != 1 or "one_of" not in one[0] for one in where):
            return False
        columns = {one[0]["column"] for one in where}
        named = {level for one in where for level in one[0]["one_of"]}
        spec = self.columns[next(iter(columns))]
        return len(columns) == 1 and named == set(spec.get("levels", (0, 1)))

    def share(self, id: str) -> float:
        """About how many of all rows a group has; for weights of points of a prior."""
        where = self.all[id]["where"]
        if not where:
            return 1.0
        prior = self.columns[where[0]["column"]]["prior"]
        if "choice" in prior:
            return float(prior["choice"][where[0]["one_of"][0]]) / self.rows
        if "flag" in prior:
            return abs(float(prior["flag"]) - (where[0]["one_of"] == [0]))
        return 0.5

    def _column(self, name: str, line: Line) -> str:
        column = slug(name, "_") or f"column_{len(self.columns)}"
        if column[0].isdigit():
            column = f"x_{column}"
        if column in self.columns:
            raise line.refused(f"another line has the name {name!r} already")
        return column

    def _new(self, name: str, label: str, where: list[dict[str, Any]]) -> str:
        id, k = slug(name) or f"group-{len(self.all)}", 2
        while id in self.all:
            id, k = f"{slug(name) or 'group'}-{k}", k + 1
        self.all[id] = {"table": self.table, "label": label, "where": where}
        self._by_label.setdefault(label.lower(), id)
        return id


def _counted(line: Line) -> tuple[int | None, float | None]:
    count, share = line.read(texts.as_count)
    return (
        None if count is None else int(count.value),
        None if share is None else float(share.value),
    )
