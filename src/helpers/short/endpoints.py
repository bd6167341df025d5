"""Endpoints of a short form: what its rates, medians and tests speak of, and priors for the times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import likely, texts
from .groups import Groups
from .lines import Line, Short
from .names import PER_MONTH, SURVIVAL, Known, at_time, endpoint, slug, within
from .texts import Number, Printed

FOLLOW_UP, DIED = "follow_up", "died"
_SURVIVAL = "overall-survival"
_LONGEST = 600
"""Months that a follow-up has at most, where none is printed."""


@dataclass
class _Curve:
    """What is printed of one endpoint: its points, each with the share of rows that it is of."""

    known: Known
    onset: str
    points: list[tuple[float, float, float]] = field(default_factory=list)

    def pooled(self) -> list[tuple[float, float]]:
        """One point a time: groups weighted by their size."""
        times = sorted({time for time, _, _ in self.points})
        found = []
        for time in times:
            here = [(share, weight or 1e-9) for at, share, weight in self.points if at == time]
            total = sum(weight for _, weight in here)
            found.append((time, sum(share * weight for share, weight in here) / total))
        return found


class Endpoints:
    """The endpoints of a study, and the columns of times that they are made of.

    Attributes
    ----------
    all : dict
        Endpoints by their id.
    rules : list
        The order of times within a row.
    models : dict
        Cox models of one term, by their id.
    """

    def __init__(self, short: Short, groups: Groups, add: Callable[..., None]) -> None:
        self.short, self.groups, self.add = short, groups, add
        self.all: dict[str, dict[str, Any]] = {}
        self.rules: list[dict[str, Any]] = []
        self.models: dict[str, dict[str, Any]] = {}
        self._curves: dict[str, _Curve] = {}
        self._survival()

    def rate(self, line: Line) -> None:
        """An entry for a Kaplan–Meier rate at a time."""
        key, of = within(line.key)
        timed = at_time(key, self.short.unit)
        if timed is None:
            raise line.refused("an endpoint and a time were expected, such as `os 24` or `os 2 y`")
        name, time, when = timed
        id, known, group = self._of(line, name, of)
        printed = line.read(texts.as_rate)
        assert isinstance(printed.number, Number)
        self._curves[id].points.append((time, printed.number.value / 100, self.groups.share(group)))
        label = self.groups.all[group]["label"]
        words = f"{_upper(known.label)} at {when}, {label}"
        of_time = {"endpoint": id, "group": group, "time": time}
        self.add(f"{id}-{_plain(time)}", printed.number, "percent", words,
                 _reading(known), statistic="kaplan-meier", **of_time)  # fmt: skip
        if printed.error is not None:
            self.add(f"{id}-{_plain(time)}-se", printed.error, "percent", f"{words}, standard error",
                     "Greenwood's.", statistic="kaplan-meier-se", **of_time)  # fmt: skip
        self._limits(printed, f"{id}-{_plain(time)}", "percent", words, "kaplan-meier", of_time)

    def median(self, line: Line) -> None:
        """An entry for a Kaplan–Meier median."""
        name, of = within(line.key)
        id, known, group = self._of(line, name, of)
        label = self.groups.all[group]["label"]
        printed = line.read(texts.as_estimate)
        if isinstance(printed.number, Number):
            self._curves[id].points.append((printed.number.value, 0.5, self.groups.share(group)))
        words, of_curve = f"Median {known.label}, {label}", {"endpoint": id, "group": group}
        self.add(f"{id}-median", printed.number, self.short.unit, words,
                 _reading(known), statistic="kaplan-meier-median", **of_curve)  # fmt: skip
        self._limits(
            printed, f"{id}-median", self.short.unit, words, "kaplan-meier-median", of_curve
        )

    def _limits(
        self, printed: Printed, id: str, unit: str, words: str, statistic: str, of: dict[str, Any]
    ) -> None:
        """Entries for the limits of a confidence interval, where one is printed."""
        scale = self.short.intervals
        for one in printed.between:
            for end, number in (("lower", one.low), ("upper", one.high)):
                self.add(f"{id}-{end}", number, unit, f"{words}, {end} {100 * one.level:g}% limit",
                         f"By the {scale} scale; R's default is log, SAS's log-log, SPSS's plain.",
                         statistic=f"{statistic}-{end}", **of, interval=scale, level=one.level)  # fmt: skip

    def ratio(self, line: Line) -> None:
        """Entries for a hazard ratio of two groups that are everybody, and for its interval."""
        name, pair, rest = self._pair(line)
        id, known, _ = self._of(line, name, None)
        if not self.groups.are_everybody(pair):
            raise line.refused(
                "two groups that are everybody were expected; a model of others needs the full form"
            )
        first, second = (self.groups.all[one]["label"] for one in pair)
        model = f"{id}-by-{slug(rest)}"
        term = slug(first, "_") or "first"
        self.models[model] = {
            "endpoint": id,
            "covariates": {term: {"label": _upper(first), "group": pair[0]}},
        }
        printed = line.read(texts.as_estimate)
        words, of = (
            f"Hazard ratio of {known.label}, {first} against {second}",
            {"model": model, "term": term},
        )
        self.add(f"{model}-ratio", printed.number, "ratio", words,
                 "Cox model with this term alone, Efron's ties.", statistic="hazard-ratio", **of)  # fmt: skip
        for one in printed.between:
            for end, number in (("lower", one.low), ("upper", one.high)):
                self.add(f"{model}-{end}", number, "ratio", f"{words}, {end} {100 * one.level:g}% limit",
                         "By Wald.", statistic=f"hazard-ratio-{end}", **of, level=one.level)  # fmt: skip

    def _pair(self, line: Line) -> tuple[str, list[str], str]:
        """The endpoint, the two groups, and how they are named in `os by arm`, or `os: a against b`."""
        name, by, rest = line.key.partition(" by ")
        if by:
            pair = self.groups.levels(rest.strip())
            if len(pair) != 2:
                raise line.refused(
                    f"two groups were expected behind `by`, found {len(pair)} of {rest.strip()!r}; "
                    "write `os: first against second`"
                )
        else:
            name, _, rest = line.key.partition(":")
            first, _, second = rest.partition(" against ")
            if not second:
                raise line.refused("`os by arm` or `os: first against second` was expected")
            pair = [self.groups.find(line, one.strip()) for one in (first, second)]
        return name.strip(), list(pair), rest

    def test(self, line: Line) -> None:
        """An entry for a log-rank test between two groups: `os by arm`, or `os: a against b`."""
        name, pair, rest = self._pair(line)
        id, known, _ = self._of(line, name, None)
        printed = line.read(texts.as_p_value)
        between = " against ".join(self.groups.all[one]["label"] for one in pair)
        self.add(f"{id}-p-{slug(rest)}", printed, "p", f"{_upper(known.label)}, {between}",
                 "Two-sided log-rank test over the whole follow-up.",
                 statistic="log-rank", endpoint=id, groups=list(pair))  # fmt: skip

    def columns(
        self, follow_up: tuple[float, float | None, float | None, int] | None
    ) -> dict[str, Any]:
        """The columns of times, with priors through what is printed.

        Parameters
        ----------
        follow_up : tuple, optional
            Median, shortest and longest follow-up, and their decimals.
        """
        month = PER_MONTH[self.short.unit]
        median, low, high, decimals = follow_up or (None, None, None, 1)
        latest = max(
            [time for curve in self._curves.values() for time, _, _ in curve.points], default=0
        )
        usual = median or latest or 24 * month
        death = likely.weibull(self._curves[_SURVIVAL].pooled(), 1.5 * usual)
        lost = likely.censoring(death, median, latest)
        longest = high or max(3 * usual, 1.5 * latest)
        limit = max(_LONGEST * month, 2 * longest)
        time = {"type": "number", "unit": self.short.unit, "decimals": max(1, decimals),
                "minimum": 0, "maximum": limit}  # fmt: skip
        found: dict[str, Any] = {
            FOLLOW_UP: {
                **time,
                "status": "printed" if follow_up else "assumed",
                "description": "From the beginning of follow-up to death or last contact.",
                "prior": {
                    "earlier_of": {"death": {"weibull": death}, "censoring": {"weibull": lost}},
                    "within": [low or 0.1 * month, longest],
                },
            },
            DIED: {
                "type": "flag",
                "status": "derived",
                "description": "Died (1) or alive at last contact (0).",
                "prior": {"happened": {"column": FOLLOW_UP, "cause": "death"}},
            },
        }
        for id, curve in self._curves.items():
            if id == _SURVIVAL:
                continue
            points = curve.pooled()
            if curve.known.deaths:
                points = [
                    (t, min(s / max(likely.survival(death, t), s, 0.02), 0.99)) for t, s in points
                ]
            weibull, absent = likely.onset(points, usual)
            found[curve.onset] = {
                **time,
                "optional": True,
                "status": "derived",
                "description": f"To the first event of {curve.known.label} other than death; empty where "
                "there was none.",
                "prior": {"weibull": weibull, "absent": absent, "within": [0.1 * month, longest]},
            }
        return found

    def _survival(self) -> None:
        self.all[_SURVIVAL] = {"label": SURVIVAL, "time": FOLLOW_UP, "event": DIED}
        self._curves[_SURVIVAL] = _Curve(Known(SURVIVAL, True), "")

    def _of(self, line: Line, name: str, of: str | None) -> tuple[str, Known, str]:
        known = endpoint(name)
        id = slug(known.label)
        if not id:
            raise line.refused("the name of an endpoint was expected, such as os or local control")
        if id not in self.all:
            stem = id.replace("-", "_")
            onset = f"{stem}_onset"
            of_what = (
                {"first_of": [onset, _SURVIVAL]}
                if known.deaths
                else {"onset": onset, "end": FOLLOW_UP}
            )
            self.all[id] = {
                "label": known.label,
                **of_what,
                "time": f"{stem}_time",
                "event": f"{stem}_event",
            }
            self._curves[id] = _Curve(known, onset)
            self.rules.append({"table": self.groups.table, "column": onset, "not_after": FOLLOW_UP})
        group = self.groups.find(line, of) if of else "everyone"
        return id, known, group


def _reading(known: Known) -> str:
    if known.label == SURVIVAL:
        return "Kaplan–Meier, death of any cause."
    if known.deaths:
        return "Kaplan–Meier; the first of its events and death of any cause."
    return "Kaplan–Meier; death without the event is censored."


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _plain(time: float) -> str:
    return f"{time:g}".replace(".", "-")
