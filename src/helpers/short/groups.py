"""Columns and groups of a short form: categories, flags, numbers, and who belongs to what."""

from __future__ import annotations

import difflib
import re
from typing import Any

from . import likely, texts
from .lines import Line
from .names import capital, nearest, slug

_CUT = re.compile(r"(?P<label>.+?)\s*(?P<sign><=|≤|>|above|up to)\s*(?P<number>\d+(?:\.\d+)?)")


class Groups:
    """The groups of a study, and the columns that they are made of.

    Attributes
    ----------
    all : dict
        Groups by their id.
    said : list of str
        Of categories whose levels leave some out.
    """

    def __init__(
        self, table: str, rows: int, columns: dict[str, Any], others: Groups | None = None
    ) -> None:
        self.table, self.rows, self.columns = table, rows, columns
        self.all: dict[str, dict[str, Any]] = {} if others is None else others.all
        self._by_label: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self.said: list[str] = []
        label = f"all {table}"
        self.everyone = self._new("everyone" if others is None else label, label, [])

    def category(self, name: str, levels: list[Line]) -> None:
        """A column of levels that exclude each other, and a group for each."""
        column = self._column(name, levels[0]) if levels else slug(name, "_")
        weights: dict[str, float] = {}
        for line in levels:
            count, share = _counted(line)
            weights[line.key] = count if count is not None else self.rows * (share or 0) / 100
        unknown = [line.key for line in levels if _counted(line) == (None, None)]
        for key in unknown:  # what is left, evenly
            weights[key] = max(self.rows - sum(weights.values()), 1) / len(unknown)
        total = sum(weights.values())
        counted = all(_counted(line)[0] is not None for line in levels)
        if counted and total > self.rows:
            raise levels[-1].refused(
                f"the levels of {name!r} count {total:g}, more than {self.rows}; where a patient "
                "can have several of them, they stand under counts"
            )
        if (left := self.rows - total) >= 1 and not unknown:
            weights["not stated"] = left
            self.said.append(
                f"{name}: {total:.0f} of {self.rows}; {left:.0f} {'is' if round(left) == 1 else 'are'} "
                "not stated"
            )
        self.columns[column] = {
            "type": "category",
            "levels": list(weights),
            "status": "printed",
            "description": f"{capital(name)}.",
            "prior": {
                "choice": {level: round(float(weight), 3) for level, weight in weights.items()}
            },
        }
        for line in levels:
            self._new(line.key, line.key, [{"column": column, "one_of": [line.key]}])

    def flag(self, line: Line, label: str) -> str:
        """A column that is 0 or 1, and its group."""
        if (known := self.known(label)) is not None:
            return known
        count, share = _counted(line)
        likely_share = count / self.rows if count is not None else (share or 50) / 100
        column = self._column(label, line)
        self.columns[column] = {
            "type": "flag",
            "status": "printed",
            "description": f"{capital(label)}.",
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
            "description": f"{capital(label)}.",
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
        if (id := self.known(name)) is not None:
            return id
        labels = [self.all[id]["label"] for id in self._by_label.values()]
        raise line.refused(f"no group is called {name!r}; {nearest(name, labels)}")

    def known(self, name: str) -> str | None:
        """The id of a group by its label, by `no ` before one, by a cut, or by levels with ` or ` between."""
        if name.lower() in self._by_label:
            return self._by_label[name.lower()]
        if name.lower().startswith("no ") and (one := self._by_label.get(name[3:].lower())):
            return self.others(one)
        cut = _CUT.fullmatch(name)
        if cut and cut["label"].lower() in self._numbers:
            column = self._numbers[cut["label"].lower()]
            test = "above" if cut["sign"] in (">", "above") else "at_most"
            return self._new(name, name, [{"column": column, test: float(cut["number"])}])
        parts = [self._by_label.get(part.strip().lower()) for part in name.split(" or ")]
        named = [self.all[id]["where"] for id in parts if id is not None]
        if len(named) < 2 or len(named) < len(parts) or any(len(one) != 1 for one in named):
            return None
        if len({one[0]["column"] for one in named}) > 1 or any(
            "one_of" not in one[0] for one in named
        ):
            return None
        levels = [level for one in named for level in one[0]["one_of"]]
        return self._new(name, name, [{"column": named[0][0]["column"], "one_of": levels}])

    def both(self, one: str, other: str) -> str:
        """The id of the group of those who are in two groups."""
        label = f"{self.all[one]['label']} in {self.all[other]['label']}"
        if label.lower() in self._by_label:
            return self._by_label[label.lower()]
        return self._new(label, label, [*self.all[one]["where"], *self.all[other]["where"]])

    def others(self, id: str) -> str | None:
        """The id of the group of those who have another level, not a flag, or are beyond a cut.

        None where a group is none of these, or everybody.
        """
        where, label = self.all[id]["where"], f"no {self.all[id]['label']}"
        if label.lower() in self._by_label:
            return self._by_label[label.lower()]
        if len(where) != 1:
            return None
        column, named = where[0]["column"], where[0].get("one_of")
        if named is None:
            test = "at_most" if "above" in where[0] else "above"
            other: dict[str, Any] = {test: where[0].get("above", where[0].get("at_most"))}
        else:
            other = {
                "one_of": [
                    one
                    for one in self.columns.get(column, {}).get("levels", (0, 1))
                    if one not in named
                ]
            }
            if not other["one_of"]:
                return None
        return self._new(label, label, [{"column": column, **other}])

    def within(self, line: Line, certain: bool = False) -> tuple[str, str | None]:
        """The label of a line, and the id of the group behind ` in ` where that is one: not `35 Gy in 5`.

        Parameters
        ----------
        line : Line
        certain : bool
            Whether what stands behind ` in ` has to be a group.

        Raises
        ------
        ShortError
            When it has to be one and is not, or is nearly the name of one.
        """
        label, found, group = line.key.rpartition(" in ")
        if not found:
            return line.key, None
        if certain or self.known(group) is not None:
            return label.strip(), self.find(line, group.strip())
        if len(group) > 3 and difflib.get_close_matches(group.lower(), self._by_label, 1, 0.8):
            self.find(line, group)
        return line.key, None

    def levels(self, name: str) -> list[str]:
        """Ids of the groups of a category by its name, or of those inside and outside of a group."""
        if (one := self.known(name)) is not None:
            others = self.others(one)
            return [one] if others is None else [one, others]
        levels = self.columns.get(slug(name, "_"), {}).get("levels", ())
        return [
            self._by_label[level.lower()] for level in levels if level.lower() in self._by_label
        ]

    def living(self, died: str, name: str = "") -> str:
        """The group of those who are alive at last contact, by the flag of a death; `name` finds it later."""
        return self._by_fate(died, 0, "living", name)

    def dead(self, died: str, name: str = "") -> str:
        """The group of those who died."""
        return self._by_fate(died, 1, "dead", name)

    def _by_fate(self, died: str, value: int, id: str, name: str) -> str:
        label = f"the {id}"
        if label not in self._by_label:
            self._new(id, label, [{"column": died, "one_of": [value]}])
        if name:
            self._by_label.setdefault(name.lower(), self._by_label[label])
        return self._by_label[label]

    def are_everybody(self, pair: list[str]) -> bool:
        """Whether two groups are those with and without a flag, or the only levels of a category."""
        where = [self.all[id]["where"] for id in pair]
        if any(len(one) != 1 or "one_of" not in one[0] for one in where):
            return False
        columns = {one[0]["column"] for one in where}
        named = {level for one in where for level in one[0]["one_of"]}
        spec = self.columns.get(next(iter(columns)), {})
        return len(columns) == 1 and named == set(spec.get("levels", (0, 1)))

    def share(self, id: str) -> float:
        """About how many of all rows a group has; for weights of points of a prior."""
        found = 1.0
        for one in self.all[id]["where"]:
            prior = self.columns.get(one["column"], {}).get("prior", {})  # of deaths it comes last
            if "choice" in prior:
                levels = [float(prior["choice"][level]) for level in one["one_of"]]
                found *= sum(levels) / self.rows
            elif "flag" in prior:
                found *= abs(float(prior["flag"]) - (one["one_of"] == [0]))
            else:
                found *= 0.5
        return found

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
