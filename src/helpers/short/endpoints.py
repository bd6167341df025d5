"""Endpoints of a short form: what its rates, medians, means, ratios and tests speak of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import texts
from .counted import Counted
from .groups import Groups
from .lines import SYMMETRIC, Line, Short
from .names import (
    SURVIVAL,
    Known,
    at_time,
    capital,
    endpoint,
    endpoint_of,
    events,
    known_endpoints,
    of_each,
    of_survival,
    parts,
    slug,
)
from .onsets import DIED, FOLLOW_UP, OVERALL, Curve
from .texts import Number, Printed

_INCIDENCE = "cumulative incidence of "
_ENDS = {"": "", "-se": ", standard error", "-lower": ", lower limit", "-upper": ", upper limit"}


class Endpoints:
    """The endpoints of a study.

    Attributes
    ----------
    all : dict
        Endpoints by their id.
    rules : list
        The order of times within a row.
    models : dict
        Cox models of one term, by their id.
    curves : dict
        What is printed of each endpoint, and of those of lesions.
    new : list of Known
        Endpoints that are none of the usual ones.
    said : list of str
        Which are drawn apart though one is a part of the other.
    """

    def __init__(
        self,
        short: Short,
        groups: Groups,
        add: Callable[..., None],
        lesions: tuple[Counted, Groups] | None = None,
    ) -> None:
        self.short, self.groups, self.add = short, groups, add
        self.lesions = lesions
        self.all: dict[str, dict[str, Any]] = {}
        self.rules: list[dict[str, Any]] = []
        self.models: dict[str, dict[str, Any]] = {}
        self.curves: dict[str, Curve] = {}
        self.new: list[Known] = []
        self.said: list[str] = []
        self._apart: set[str] = set()
        self._survival()

    def rate(self, line: Line) -> None:
        """An entry for a Kaplan–Meier rate at a time."""
        units = self.lesions[0].names if self.lesions is not None else ()
        key, each = of_each(line.key, units)
        if each:
            self._rate_of_lesions(replace(line, key=key))
            return
        if self.lesions is None and of_each(line.key, ("lesion",))[1]:
            raise line.refused("say how many there are, such as `lesions: 29`, beside rows")
        key, of = self.groups.within(line, certain=True)
        timed = at_time(key, self.short.unit)
        if timed is None:
            raise line.refused("an endpoint and a time were expected, such as `os 24` or `os 2 y`")
        name, time, when = timed
        if name.lower().startswith(_INCIDENCE):
            self._incidence(line, name[len(_INCIDENCE) :], time, when, of)
            return
        id, known, group = self._of(line, name, of)
        printed = line.read(texts.as_rate)
        assert isinstance(printed.number, Number)
        self.curves[id].points.append((time, printed.number.value / 100, self.groups.share(group)))
        self.curves[id].rates.append((time, printed.number, group))
        label = self.groups.all[group]["label"]
        words = f"{capital(known.label)} at {when}, {label}"
        of_time = {"endpoint": id, "group": group, "time": time}
        self.add(f"{id}-{_plain(time)}", printed.number, "percent", words,
                 _reading(known), statistic="kaplan-meier", **of_time)  # fmt: skip
        if printed.error is not None:
            self.add(f"{id}-{_plain(time)}-se", printed.error, "percent", f"{words}, standard error",
                     "Greenwood's.", statistic="kaplan-meier-se", **of_time)  # fmt: skip
        self._limits(printed, f"{id}-{_plain(time)}", "percent", words, "kaplan-meier", of_time)

    def _incidence(self, line: Line, event: str, time: float, when: str, of: str | None) -> None:
        """An entry for a cumulative incidence, with death as what competes."""
        id, known, group = self._of(line, endpoint_of(event), of)
        if known.deaths:
            raise line.refused(f"an event other than death was expected, found {event!r}")
        printed = line.read(texts.as_rate)
        assert isinstance(printed.number, Number)
        if printed.error is not None or printed.between:
            raise line.refused(f"an incidence alone was expected, found {line.text!r}")
        share = 1 - printed.number.value / 100
        self.curves[id].points.append((time, share, self.groups.share(group)))
        self.add(f"{slug(event)}-incidence-{_plain(time)}", printed.number, "percent",
                 f"Cumulative incidence of {event} at {when}, {self.groups.all[group]['label']}",
                 "By Aalen and Johansen; death without it competes.",
                 statistic="cumulative-incidence", endpoint=id, competing=OVERALL, group=group,
                 time=time)  # fmt: skip

    def _rate_of_lesions(self, line: Line) -> None:
        """An entry for a rate of lesions, each with an onset of its own; or of the patients, once for each."""
        assert self.lesions is not None
        counted, groups = self.lesions
        key, of = groups.within(line, certain=True)
        timed = at_time(key, self.short.unit)
        if timed is None:
            raise line.refused("an endpoint and a time were expected, such as `lc 24 per lesion`")
        name, time, when = timed
        known, group = self._known(line, name), of or groups.everyone
        if known.deaths and known.label != SURVIVAL:
            raise line.refused(
                f"an endpoint of which a death is no event, or os, was expected per "
                f"{counted.names[-1]}, found {known.label}"
            )
        printed = line.read(texts.as_rate)
        assert isinstance(printed.number, Number)
        if printed.error is not None or printed.between:
            raise line.refused(f"a rate alone was expected per {counted.names[-1]}")
        id = f"{slug(known.label)}-per-lesion"
        asked = {"endpoint": OVERALL, "group": group, "time": time}
        reading = (
            f"Every one of the {counted.unit} counts, with the time and the death of its patient."
        )
        if known.label != SURVIVAL:
            column = f"{slug(known.label, '_')}_onset"
            if id not in self.curves:
                self.curves[id] = Curve(known, column, per_lesion=True)
                self.rules.append({"table": groups.table, "column": column, "not_after": FOLLOW_UP})
            self.curves[id].points.append((time, printed.number.value / 100, groups.share(group)))
            asked["onset"] = column
            reading = (
                f"Every one of the {counted.unit} counts, followed as long as its patient; death without "
                "the event is censored."
            )
        self.add(f"{id}-{_plain(time)}", printed.number, "percent",
                 f"{capital(known.label)} of {counted.unit} at {when}, {groups.all[group]['label']}",
                 reading, statistic="kaplan-meier-of-rows", **asked)  # fmt: skip

    def mean(self, line: Line) -> None:
        """Entries for the mean of a Kaplan–Meier estimate, its error and its limits."""
        name, of = self.groups.within(line, certain=True)
        id, known, group = self._of(line, name, of)
        printed = line.read(texts.as_mean)
        if not isinstance(printed.number, Number):
            raise line.refused(f"a number was expected, found {line.text!r}")
        words = f"Mean {known.label}, {self.groups.all[group]['label']}"
        reading = "The area under the curve, up to the last of the group; the error as in R."
        numbers: dict[str, tuple[Number | str | None, dict[str, float]]] = {
            "": (printed.number, {})
        }
        if printed.error is not None:
            numbers["-se"] = (printed.error, {})
        for one in printed.between:
            numbers |= {
                "-lower": (one.low, {"level": one.level}),
                "-upper": (one.high, {"level": one.level}),
            }
        for end, (number, level) in numbers.items():
            if not isinstance(number, Number):
                raise line.refused(f"a number was expected, found {number!r}")
            self.add(f"{id}-mean{end}", number, self.short.unit, f"{words}{_ENDS[end]}", reading,
                     statistic=f"kaplan-meier-mean{end}", endpoint=id, group=group, **level)  # fmt: skip

    def median(self, line: Line) -> None:
        """Entries for a Kaplan–Meier median, its error and its limits."""
        name, of = self.groups.within(line, certain=True)
        id, known, group = self._of(line, name, of)
        label = self.groups.all[group]["label"]
        printed = line.read(texts.as_median)
        if isinstance(printed.number, Number):
            self.curves[id].points.append((printed.number.value, 0.5, self.groups.share(group)))
        words, of_curve = f"Median {known.label}, {label}", {"endpoint": id, "group": group}
        self.add(f"{id}-median", printed.number, self.short.unit, words,
                 _reading(known), statistic="kaplan-meier-median", **of_curve)  # fmt: skip
        if printed.error is not None:
            self.add(f"{id}-median-se", printed.error, self.short.unit, f"{words}, standard error",
                     "By the density of the times about it, as SPSS has it.",
                     statistic="kaplan-meier-median-se", **of_curve)  # fmt: skip
        self._limits(
            printed, f"{id}-median", self.short.unit, words, "kaplan-meier-median", of_curve
        )

    def _limits(
        self, printed: Printed, id: str, unit: str, words: str, statistic: str, of: dict[str, Any]
    ) -> None:
        """Entries for the limits of a confidence interval, where one is printed."""
        scale, of_median = self.short.intervals or "log-log", statistic == "kaplan-meier-median"
        reading = f"By the {scale} scale; R's default is log, SAS's log-log."
        if of_median and (scale == SYMMETRIC or printed.error is not None or (
            self.short.intervals is None and printed.symmetric
        )):  # fmt: skip
            scale = SYMMETRIC
            reading = "So many standard errors to either side of the median, as SPSS has it."
        elif scale == SYMMETRIC:
            scale = "plain"
            reading = "So many standard errors to either side of the rate."
        for one in printed.between:
            if one.what == "quartiles":
                for share, name, number in ((0.25, "lower", one.low), (0.75, "upper", one.high)):
                    self.add(f"{id}-{name}-quartile", number, unit, f"{words}, {name} quartile",
                             f"The time by which {share:.0%} of the curve had fallen.",
                             statistic="kaplan-meier-quantile", **of, share=share)  # fmt: skip
                continue
            for end, number in (("lower", one.low), ("upper", one.high)):
                self.add(f"{id}-{end}", number, unit, f"{words}, {end} {100 * one.level:g}% limit",
                         reading, statistic=f"{statistic}-{end}", **of, interval=scale, level=one.level)  # fmt: skip

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
            "covariates": {term: {"label": capital(first), "group": pair[0]}},
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
        """An entry for a log-rank test between two groups, `os by arm`, or `os: a against b`.

        Of who is in a group, as in `smokers by arm`, it is one for Fisher's exact test.
        """
        name, pair, rest = self._pair(line)
        printed = line.read(texts.as_p_value)
        between = " against ".join(self.groups.all[one]["label"] for one in pair)
        if (group := self.groups.known(name)) is not None:
            self.add(f"{group}-p-{slug(rest)}", printed, "p", f"{capital(name)}, {between}",
                     "Two-sided, by Fisher's exact test.",
                     statistic="fisher", group=group, groups=list(pair))  # fmt: skip
            return
        id, known, _ = self._of(line, name, None)
        self.add(f"{id}-p-{slug(rest)}", printed, "p", f"{capital(known.label)}, {between}",
                 "Two-sided log-rank test over the whole follow-up.",
                 statistic="log-rank", endpoint=id, groups=list(pair))  # fmt: skip

    def waited_for(self, event: str) -> str | None:
        """The column of the times to an event of an endpoint that is printed; none of others.

        The endpoint is then made of this column alone, whose times are summarised.
        """
        for id, curve in self.curves.items():
            if event in events(curve.known.label) and not curve.per_lesion:
                self._apart.add(id)
                return curve.onset or FOLLOW_UP
        return None

    def nest(self) -> None:
        """Make what happens in an endpoint happen in those that it is a part of, once all are known."""
        if not self.short.nested:
            return
        onsets = {curve.known.label: curve.onset for curve in self.curves.values() if curve.onset}
        for id, curve in self.curves.items():
            inside = [one for one in parts(curve.known.label) if one in onsets]
            if curve.per_lesion or not inside:
                continue
            if id in self._apart:
                self.said.append(
                    f"{curve.known.label}: drawn apart from {_listed(inside)}, since the times to its "
                    "event are summarised"
                )
                continue
            curve.inside = tuple(onsets[one] for one in inside)
            spec = self.all[id]
            spec.pop("onset", None)
            first = [*curve.inside, curve.onset]
            spec["first_of"] = [*first, OVERALL] if curve.known.deaths else first

    def _survival(self) -> None:
        self.all[OVERALL] = {"label": SURVIVAL, "time": FOLLOW_UP, "event": DIED}
        self.curves[OVERALL] = Curve(Known(SURVIVAL, True), "")

    def _known(self, line: Line, name: str) -> Known:
        """The endpoint of a name; a survival of a kind that is not known is none."""
        known = endpoint(name)
        if known.new and not known.deaths and of_survival(name):
            raise line.refused(
                f"no endpoint is called {name!r}; known are {known_endpoints()}; "
                "survival of another kind needs the full form"
            )
        if known.new and known not in self.new:
            self.new.append(known)
        return known

    def _of(self, line: Line, name: str, of: str | None) -> tuple[str, Known, str]:
        known = self._known(line, name)
        id = slug(known.label)
        if not id:
            raise line.refused("the name of an endpoint was expected, such as os or local control")
        if id not in self.all:
            stem = id.replace("-", "_")
            onset = f"{stem}_onset"
            of_what = (
                {"first_of": [onset, OVERALL]}
                if known.deaths
                else {"onset": onset, "end": FOLLOW_UP}
            )
            self.all[id] = {
                "label": known.label,
                **of_what,
                "time": f"{stem}_time",
                "event": f"{stem}_event",
            }
            self.curves[id] = Curve(known, onset)
            self.rules.append({"table": self.groups.table, "column": onset, "not_after": FOLLOW_UP})
        return id, known, of or self.groups.everyone


def _reading(known: Known) -> str:
    if known.label == SURVIVAL:
        return "Kaplan–Meier, death of any cause."
    if known.deaths:
        return "Kaplan–Meier; the first of its events and death of any cause."
    return "Kaplan–Meier; death without the event is censored."


def _listed(labels: list[str]) -> str:
    """Labels with commas, and `or` before the last."""
    return " or ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))


def _plain(time: float) -> str:
    return f"{time:g}".replace(".", "-")
