"""The study that a short form becomes: tables, groups, endpoints and entries, by rules.

A group of levels becomes a category, a count a flag, a summary a column, a rate an endpoint; each
number an entry with the decimals of its text. Deaths and follow-up stand in two columns that every
such study has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from ..published import so_long
from . import counted, texts
from .counted import Counted
from .endpoints import Endpoints
from .groups import Groups
from .lines import Line, Short
from .names import labelled, of_each, of_survival, slug
from .onsets import DIED, FOLLOW_UP, columns, followed
from .summarised import ENDS, WORDS, statistics_of, without_word
from .texts import Number

TABLE, LESIONS = "patients", "lesions"
_LIVING = ("follow-up of the living", "follow-up of survivors", "follow-up of those alive")
_REVERSE = ("reverse kaplan-meier follow-up", "follow-up by reverse kaplan-meier")
_DEAD = ("died", "dead", "deaths", "death", "deceased", "deaths of any cause")
_ALIVE = ("alive", "living", "survivors", "alive at last contact", "alive at last follow-up")
_TIME_TO = "time to "
_FOLLOW_UP = ("follow-up", "follow up", "followup")


def expanded(short: Short, say: Callable[[str], None] | None = None) -> dict[str, Any]:
    """The full form, as `published` reads it.

    Parameters
    ----------
    short : Short
    say : callable, optional
        Told, a sentence at a time, what a reader may have meant otherwise.

    Raises
    ------
    ShortError
        Where a line cannot be understood.
    """
    study = _Study(short)
    found = study.whole()
    if say is not None:
        for sentence in study.remarks():
            say(sentence)
    return found


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
        patients = counted.rows(short.about["rows"])
        self.rows, self.unit = patients.count, patients.unit
        self.columns: dict[str, dict[str, Any]] = {"patient_id": _identifier("P")}
        self.entries: dict[str, dict[str, Any]] = {}
        self.requirements: dict[str, dict[str, Any]] = {}
        self.derived: dict[str, dict[str, Any]] = {}
        self.groups = Groups(TABLE, self.rows, self.columns)
        self.lesions: tuple[Counted, Groups] | None = None
        if "lesions" in short.about:
            of_them = counted.lesions(short.about["lesions"], self.rows)
            parent = {**_identifier(""), "type": "parent", "description": "Whose it is."}
            del parent["prefix"]
            columns = {"lesion_id": _identifier("L"), "patient_id": parent}
            self.lesions = of_them, Groups(LESIONS, of_them.count, columns, self.groups)
        self.endpoints = Endpoints(short, self.groups, self._add, self.lesions)
        self.follow_up: tuple[float, float | None, float | None, int] | None = None

    def whole(self) -> dict[str, Any]:
        """All sections, in the order in which they are read best."""
        self._who()
        times = [line for line in self.short.summaries if line.key.lower().startswith(_TIME_TO)]
        for line in self.short.summaries:
            if line not in times:
                self._summary(line)
        for line in self.short.rates:
            self.endpoints.rate(line)
        for line in self.short.medians:
            self.endpoints.median(line)
        for line in self.short.means:
            self.endpoints.mean(line)
        for line in times:
            self._summary(line)
        for line in self.short.ratios:
            self.endpoints.ratio(line)
        for line in self.short.tests:
            self.endpoints.test(line)
        self.endpoints.nest()
        self._times()
        self._followed()
        found = {
            "study": self._about(),
            "tables": self._tables(),
            "derived": self.derived,
            "groups": self.groups.all,
            "endpoints": self.endpoints.all,
            "models": self.endpoints.models,
            "rules": self.endpoints.rules,
            "entries": self.entries,
            "requirements": self.requirements,
        }
        return {name: part for name, part in found.items() if part}

    def remarks(self) -> Iterator[str]:
        """What a reader may have meant otherwise: levels that leave some out, endpoints that are new."""
        for groups in (self.groups, *(self.lesions or ())[1:]):
            yield from groups.said
        for known in self.endpoints.new:
            dead = "a death is an event of it" if known.deaths else "death is censored"
            yield f"{known.label}: taken as an endpoint of its own; {dead}"
        yield from self.endpoints.said

    def _who(self) -> None:
        """Entries for rows, groups and counts."""
        self._add("n", Number(self.rows, 0), self.unit, f"All {self.unit}", "Every row counts once.",
                  statistic="count", group="everyone")  # fmt: skip
        if self.lesions is not None:
            self._lesions(*self.lesions)
        for name, levels in self.short.groups.items():
            name, groups = self._of_whom(name, levels[0] if levels else self.short.about["rows"])
            groups.category(name, levels)
            for line in levels:
                self._count(groups, line, groups.find(line, line.key), f"{name}: {line.key}")
        for line in self.short.counts:
            key, groups = self._of_whom(line.key, line)
            label, of = groups.within(replace(line, key=key))
            group = self._fate(label, groups) or groups.flag(line, label)
            self._count(groups, line, groups.both(group, of) if of else group, key, of)

    def _fate(self, label: str, groups: Groups) -> str | None:
        """The group of those who died, or are alive at last contact, by a name of the field."""
        if groups is self.groups and label.lower() in _DEAD:
            return groups.dead(DIED, label)
        if groups is self.groups and label.lower() in _ALIVE:
            return groups.living(DIED, label)
        return None

    def _tables(self) -> dict[str, Any]:
        found: dict[str, Any] = {TABLE: {"rows": "n", "columns": self.columns}}
        if self.lesions is not None:
            of_them, groups = self.lesions
            per_row = of_them.per_row(self.rows)
            found[LESIONS] = {"of": TABLE, "per_row": per_row, "columns": groups.columns}
        return found

    def _times(self) -> None:
        """Columns of times, and what patients have by their lesions."""
        found = columns(self.endpoints.curves, self.short.unit, self.follow_up)
        self.columns |= found.patients
        if self.lesions is not None:
            self.lesions[1].columns.update(found.lesions)
            self.derived["n_lesions"] = {"table": TABLE, "count_of": LESIONS}
        for onset in found.first:
            self.derived[onset] = {"table": TABLE, "minimum_of": LESIONS, "column": onset}

    def _lesions(self, of_them: Counted, groups: Groups) -> None:
        """Entries for how many lesions there are, of all patients and of each."""
        self._add(f"n-{LESIONS}", Number(of_them.count, 0), of_them.unit, f"All {of_them.unit}",
                  "Every one counts.", statistic="count", group=groups.everyone)  # fmt: skip
        for statistic, number in (("minimum", of_them.low), ("maximum", of_them.high)):
            if number is not None:
                words = "Fewest" if statistic == "minimum" else "Most"
                self._add(f"{LESIONS}-{statistic}", Number(number, 0), of_them.unit,
                          f"{words} {of_them.unit} of a patient", "Counted in each patient.",
                          statistic=statistic, column="n_lesions", group="everyone")  # fmt: skip

    def _of_whom(self, key: str, line: Line) -> tuple[str, Groups]:
        """A key without ` per lesion`, and the groups of those whom it is about."""
        if self.lesions is None:
            if of_each(key, ("lesion",))[1]:
                raise line.refused("say how many there are, such as `lesions: 29`, beside rows")
            return key, self.groups
        key, each = of_each(key, self.lesions[0].names)
        return key, self.lesions[1] if each else self.groups

    def _followed(self) -> None:
        """What the rates say of who was followed: it follows from them, and a search needs to know."""
        for one in followed(self.endpoints.curves, self.groups):
            id = f"{one.endpoint}-at-risk-{slug(f'{one.time:g}')}"
            if one.group != self.groups.everyone:
                id = f"{id}-{one.group}"
            asked = {"endpoint": one.endpoint, "group": one.group, "time": one.time}
            label = self.groups.all[one.group]["label"]
            self.requirements[id] = {
                "value": one.fewest,
                "unit": self.unit,
                "relation": ">=",
                "words": f"At risk at {so_long(f'{one.time:g}', self.short.unit)}, {label}",
                "reading": one.why,
                "estimand": {"statistic": "at-risk", **asked},
            }

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
            elif self.short.cut_off and estimand["statistic"] != "count":
                entry["truncated"] = True
        self.entries[name] = {**entry, "words": words, "reading": reading, "estimand": estimand}

    def _count(
        self, groups: Groups, line: Line, group: str, words: str, of: str | None = None
    ) -> None:
        count, share = line.read(texts.as_count)
        base = of or groups.everyone
        unit = self.unit if self.lesions is None or groups is self.groups else self.lesions[0].unit
        name = slug(words) or group
        if count is not None:
            self._add(f"n-{name}", count, unit, words, "Every one counts once.",
                      statistic="count", group=group)  # fmt: skip
        if share is not None:
            self._add(f"share-{name}", share, "percent", f"{words}, share",
                      f"Of {self.groups.all[base]['label']}.",
                      statistic="share", group=group, of=base)  # fmt: skip

    def _summary(self, line: Line) -> None:
        key, groups = self._of_whom(line.key, line)
        label, of = groups.within(replace(line, key=key))
        label, unit = labelled(label)
        label, how = without_word(label)
        printed = statistics_of(line, how)
        low, high = (printed[end].value if end in printed else None for end in ENDS)
        ends = [end for end in (low, high) if end is not None]
        middle = next(
            (n.value for name, n in printed.items() if name not in ENDS),
            sum(ends) / max(len(ends), 1),
        )
        group = of or groups.everyone
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
        waits = self.endpoints.waited_for(label.lower().removeprefix(_TIME_TO))
        if label.lower().startswith(_TIME_TO) and groups is self.groups and waits is not None:
            column, unit = waits, self.short.unit
            if column == FOLLOW_UP:
                dead = groups.dead(DIED)
                group = groups.both(dead, of) if of else dead
        elif label.lower() in _FOLLOW_UP and groups is self.groups:
            if unit not in ("", self.short.unit):
                raise line.refused(
                    f"follow-up in {self.short.unit} was expected, found {unit}; say "
                    f"`time: {unit}` at the top where all times are in {unit}"
                )
            column, label, unit = FOLLOW_UP, "follow-up", self.short.unit
            if not of:
                self.follow_up = (middle, low, high, decimals)
        elif of_survival(label) and not label.lower().startswith(_TIME_TO):
            raise line.refused(
                "a summary has no curve: the time to death or last contact is called follow-up, "
                "and the median or mean of a curve stands under medians or means"
            )
        else:
            column = slug(label, "_") or f"column_{len(self.columns)}"
            spread = {"median": middle} | {name: n.value for name, n in printed.items()}
            groups.number(line, column, label, unit, decimals, spread)
        for name, number in printed.items():
            words, reading, estimand = WORDS[name]
            self._add(f"{slug(label) or column}-{slug(name)}", number, unit or "units",
                      f"{words} {label}", reading, **estimand, column=column, group=group)  # fmt: skip

    def _living(self, printed: dict[str, Number], column: str) -> None:
        """Entries for the follow-up of those who are alive at last contact."""
        group = self.groups.living(DIED)
        for name, number in printed.items():
            words, reading, estimand = WORDS[name]
            self._add(f"follow-up-living-{slug(name)}", number, self.short.unit,
                      f"{words} follow-up of the living", reading, **estimand, column=column,
                      group=group)  # fmt: skip


def _identifier(prefix: str) -> dict[str, Any]:
    """A column of names, which are made up."""
    return {
        "type": "id",
        "prefix": prefix,
        "status": "assumed",
        "description": "A made-up identifier.",
    }
