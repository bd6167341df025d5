"""The study that a short form becomes: tables, groups, endpoints and entries, by rules.

A group of levels becomes a category, a count a flag, a summary a column, a rate an endpoint; each
number an entry with the decimals of its text. Deaths and follow-up stand in two columns that every
such study has.
"""

from __future__ import annotations

from typing import Any

import yaml

from . import texts
from .endpoints import FOLLOW_UP, Endpoints
from .groups import Groups
from .lines import Line, Short
from .names import labelled, slug
from .texts import Number

TABLE = "patients"
_FOLLOW_UP = ("follow-up", "follow up", "followup", "median follow-up")


def expanded(short: Short) -> dict[str, Any]:
    """The full form, as `published` reads it.

    Raises
    ------
    ShortError
        Where a line cannot be understood.
    """
    return _Study(short).whole()


def written(study: dict[str, Any], name: str) -> str:
    """The full form as YAML."""
    text: str = yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=110)
    return (
        f"# Made from {name}. Priors, limits and readings are defaults: look at them, and write\n"
        f"# what the abstract says where it says something else.\n\n{text}"
    )


class _Study:
    """The parts, filled one section of the short form after the other."""

    def __init__(self, short: Short) -> None:
        self.short = short
        self.rows, self.unit = _rows(short.about["rows"])
        self.columns: dict[str, dict[str, Any]] = {
            "patient_id": {
                "type": "id",
                "prefix": "P",
                "status": "assumed",
                "description": "A made-up identifier.",
            }
        }
        self.entries: dict[str, dict[str, Any]] = {}
        self.groups = Groups(TABLE, self.rows, self.columns)
        self.endpoints = Endpoints(short, self.groups, self._add)
        self.follow_up: tuple[float, float | None, float | None, int] | None = None

    def whole(self) -> dict[str, Any]:
        """All sections, in the order in which they are read best."""
        self._add("n", Number(self.rows, 0), self.unit, f"All {self.unit}", "Every row counts once.",
                  statistic="count", group="everyone")  # fmt: skip
        for name, levels in self.short.groups.items():
            self.groups.category(name, levels)
            for line in levels:
                self._count(line, self.groups.find(line, line.key), f"{name}: {line.key}")
        for line in self.short.counts:
            label, of = self.groups.within(line)
            self._count(line, self.groups.flag(line, label), label, of)
        for line in self.short.summaries:
            self._summary(line)
        for line in self.short.rates:
            self.endpoints.rate(line)
        for line in self.short.medians:
            self.endpoints.median(line)
        for line in self.short.tests:
            self.endpoints.test(line)
        self.columns |= self.endpoints.columns(self.follow_up)
        found = {
            "study": self._about(),
            "tables": {TABLE: {"rows": "n", "columns": self.columns}},
            "groups": self.groups.all,
            "endpoints": self.endpoints.all,
            "rules": self.endpoints.rules,
            "entries": self.entries,
        }
        return {name: part for name, part in found.items() if part}

    def _about(self) -> dict[str, Any]:
        about = {key: line.text for key, line in self.short.about.items()}
        found: dict[str, Any] = {"name": slug(about["name"]) or "study"}
        found["title"] = about.get("title", about["name"])
        found |= {key: about[key] for key in ("authors", "journal", "doi") if key in about}
        if "year" in about:
            if not about["year"].isdigit():
                line = self.short.about["year"]
                raise line.refused(f"a year was expected, found {line.text!r}")
            found["year"] = int(about["year"])
        return found

    def _add(
        self, id: str, number: Number | str, unit: str, words: str, reading: str, **estimand: Any
    ) -> None:
        """An entry; its name gets a number where another has it."""
        name, k = id, 2
        while name in self.entries:
            name, k = f"{id}-{k}", k + 1
        entry: dict[str, Any] = {"value": number, "unit": unit}
        if isinstance(number, Number):
            entry["value"] = number.value
            if number.decimals:
                entry["decimals"] = number.decimals
            if number.relation != "=":
                entry["relation"] = number.relation
        self.entries[name] = {**entry, "words": words, "reading": reading, "estimand": estimand}

    def _count(self, line: Line, group: str, words: str, of: str | None = None) -> None:
        count, share = line.read(texts.as_count)
        base = self.groups.find(line, of) if of else "everyone"
        name = slug(words) or group
        if count is not None:
            self._add(f"n-{name}", count, self.unit, words, "Every one counts once.",
                      statistic="count", group=group)  # fmt: skip
        if share is not None:
            self._add(f"share-{name}", share, "percent", f"{words}, share",
                      f"Of {self.groups.all[base]['label']}.",
                      statistic="share", group=group, of=base)  # fmt: skip

    def _summary(self, line: Line) -> None:
        label, of = self.groups.within(line)
        label, unit = labelled(label)
        middle, ends = line.read(texts.as_summary)
        low, high = (ends[0].value, ends[1].value) if ends else (None, None)
        group = self.groups.find(line, of) if of else "everyone"
        decimals = max(one.decimals for one in (middle, *(ends or ())))
        if label.lower() in _FOLLOW_UP:
            if unit not in ("", self.short.unit):
                raise line.refused(
                    f"follow-up in {self.short.unit} was expected, found {unit}; say "
                    f"`time: {unit}` at the top where all times are in {unit}"
                )
            column, label, unit = FOLLOW_UP, "follow-up", self.short.unit
            if not of:
                self.follow_up = (middle.value, low, high, decimals)
        else:
            column = slug(label, "_") or f"column_{len(self.columns)}"
            self.groups.number(line, column, label, unit, decimals, (middle.value, low, high))
        printed = {"median": middle}
        if ends is not None:
            printed |= {"minimum": ends[0], "maximum": ends[1]}
        for statistic, number in printed.items():
            self._add(f"{slug(label) or column}-{statistic}", number, unit or "units",
                      f"{_WORDS[statistic]} {label}", f"The plain {statistic}.",
                      statistic=statistic, column=column, group=group)  # fmt: skip


_WORDS = {"median": "Median", "minimum": "Least", "maximum": "Greatest"}


def _rows(line: Line) -> tuple[int, str]:
    count, _, unit = line.text.partition(" ")
    if not count.isdigit() or int(count) < 1:
        raise line.refused(f"a count such as `18 patients` was expected, found {line.text!r}")
    return int(count), unit.strip() or "patients"
