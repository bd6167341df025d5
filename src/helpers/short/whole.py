"""The study that a short form becomes: tables, groups, endpoints and entries, by rules.

A group of levels becomes a category, a count a flag, a summary a column, a rate an endpoint; each
number an entry with the decimals of its text. Deaths and follow-up stand in two columns that every
such study has.
"""

from __future__ import annotations

from typing import Any

import yaml

from . import texts
from .endpoints import DIED, FOLLOW_UP, Endpoints
from .groups import Groups
from .lines import Line, Short
from .names import labelled, slug
from .texts import Number

TABLE = "patients"
_LIVING = ("follow-up of the living", "follow-up of survivors", "follow-up of those alive")
_REVERSE = ("reverse kaplan-meier follow-up", "follow-up by reverse kaplan-meier")
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
        for line in self.short.ratios:
            self.endpoints.ratio(line)
        for line in self.short.tests:
            self.endpoints.test(line)
        self.columns |= self.endpoints.columns(self.follow_up)
        found = {
            "study": self._about(),
            "tables": {TABLE: {"rows": "n", "columns": self.columns}},
            "groups": self.groups.all,
            "endpoints": self.endpoints.all,
            "models": self.endpoints.models,
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
        printed = _statistics(line)
        middle = next(iter(printed.values())).value
        low, high = (printed[end].value if end in printed else None for end in _ENDS)
        group = self.groups.find(line, of) if of else "everyone"
        decimals = max(one.decimals for one in printed.values())
        if label.lower() in _LIVING:
            self._living(printed, column=FOLLOW_UP)
            return
        if label.lower() in _REVERSE:
            if "median" not in printed:
                raise line.refused(f"a median was expected, found {line.text!r}")
            self._add("follow-up-reverse", printed["median"], self.short.unit,
                      "Median follow-up by reverse Kaplan–Meier", "Censoring is the event.",
                      statistic="reverse-kaplan-meier-median", endpoint="overall-survival",
                      group=group)  # fmt: skip
            return
        if label.lower() in _FOLLOW_UP:
            if unit not in ("", self.short.unit):
                raise line.refused(
                    f"follow-up in {self.short.unit} was expected, found {unit}; say "
                    f"`time: {unit}` at the top where all times are in {unit}"
                )
            column, label, unit = FOLLOW_UP, "follow-up", self.short.unit
            if not of:
                self.follow_up = (middle, low, high, decimals)
        else:
            column = slug(label, "_") or f"column_{len(self.columns)}"
            spread = {name: number.value for name, number in printed.items()}
            self.groups.number(line, column, label, unit, decimals, spread)
        for name, number in printed.items():
            words, reading, estimand = _WORDS[name]
            self._add(f"{slug(label) or column}-{slug(name)}", number, unit or "units",
                      f"{words} {label}", reading, **estimand, column=column, group=group)  # fmt: skip

    def _living(self, printed: dict[str, Number], column: str) -> None:
        """Entries for the follow-up of those who are alive at last contact."""
        group = self.groups.living(DIED)
        for name, number in printed.items():
            words, reading, estimand = _WORDS[name]
            self._add(f"follow-up-living-{slug(name)}", number, self.short.unit,
                      f"{words} follow-up of the living", reading, **estimand, column=column,
                      group=group)  # fmt: skip


_ENDS = ("minimum", "maximum")
_BY_RULE = "By R's rule 7; SPSS has rule 6, SAS rule 2."
_WORDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "median": ("Median", "The plain median.", {"statistic": "median"}),
    "minimum": ("Least", "The plain minimum.", {"statistic": "minimum"}),
    "maximum": ("Greatest", "The plain maximum.", {"statistic": "maximum"}),
    "mean": ("Mean", "The plain mean.", {"statistic": "mean"}),
    "sd": ("Standard deviation of", "By n − 1.", {"statistic": "sd"}),
    "lower quartile": (
        "Lower quartile of",
        _BY_RULE,
        {"statistic": "quantile", "share": 0.25, "rule": 7},
    ),
    "upper quartile": (
        "Upper quartile of",
        _BY_RULE,
        {"statistic": "quantile", "share": 0.75, "rule": 7},
    ),
}


def _statistics(line: Line) -> dict[str, Number]:
    """The numbers of a summary by what they are; the middle one first."""
    found = line.read(texts.as_summary)
    if not isinstance(found.number, Number):
        raise line.refused(f"a number was expected, found {line.text!r}")
    printed = {"median" if found.error is None else "mean": found.number}
    if found.error is not None:
        printed["sd"] = found.error
    for one in found.between:
        names = _ENDS if one.what == "range" else ("lower quartile", "upper quartile")
        for name, end in zip(names, (one.low, one.high), strict=True):
            if not isinstance(end, Number):
                raise line.refused(f"a number was expected, found {line.text!r}")
            printed[name] = end
    return printed


def _rows(line: Line) -> tuple[int, str]:
    count, _, unit = line.text.partition(" ")
    if not count.isdigit() or int(count) < 1:
        raise line.refused(f"a count such as `18 patients` was expected, found {line.text!r}")
    return int(count), unit.strip() or "patients"
