"""Studies printed from random cohorts, by arithmetic of their own: whatever is printed has a cohort."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import exp, log, sqrt
from statistics import median
from typing import Any

from helpers.published import NOT_REACHED, Study, rounding

LEVELS = ("a", "b", "c")
SECTION = {"title": "A random study", "name": "random-study"}


def _prior(kind: str) -> dict[str, Any]:
    return {
        "number": {"uniform": {"from": 0, "to": 90}},
        "flag": {"flag": 0.5},
        "category": {"choice": dict.fromkeys(LEVELS, 1)},
    }[kind]


def _column(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind, "status": "printed", "description": "A column.", "prior": _prior(kind), **more,
    }  # fmt: skip


GROUPS: dict[str, list[dict[str, Any]]] = {
    "all": [],
    "a": [{"column": "site", "one_of": ["a"]}],
    "b": [{"column": "site", "one_of": ["b"]}],
    "c": [{"column": "site", "one_of": ["c"]}],
    "a-or-b": [{"column": "site", "one_of": ["a", "b"]}],
    "small": [{"column": "size", "at_most": 15}],
    "large": [{"column": "size", "above": 15}],
    "marked": [{"column": "marked", "one_of": [1]}],
    "unmarked": [{"column": "marked", "at_most": 0}],
    "a-marked": [{"column": "site", "one_of": ["a"]}, {"column": "marked", "at_least": 1}],
    "dead": [{"column": "died", "one_of": [1]}],
    "alive": [{"column": "died", "one_of": [0]}],
    "a-dead": [{"column": "site", "one_of": ["a"]}, {"column": "died", "one_of": [1]}],
}


def _meets(row: dict[str, Any], group: str) -> bool:
    for condition in GROUPS[group]:
        value = row[condition["column"]]
        if "one_of" in condition and value not in condition["one_of"]:
            return False
        if "at_most" in condition and value > condition["at_most"]:
            return False
        if "above" in condition and value <= condition["above"]:
            return False
        if "at_least" in condition and value < condition["at_least"]:
            return False
    return True


def _estimate(rows: list[dict[str, Any]], at: int) -> Fraction:
    share = Fraction(1)
    for now in sorted({row["time"] for row in rows if row["died"] and row["time"] <= at}):
        at_risk = sum(row["time"] >= now for row in rows)
        dying = sum(row["time"] == now and row["died"] for row in rows)
        share *= Fraction(at_risk - dying, at_risk)
    return share


def _curve(rows: list[dict[str, Any]], event: int = 1) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Times at which somebody has an event, the estimate from then on, and Greenwood's sum."""
    found, share, total = [], Fraction(1), Fraction(0)
    for now in sorted({row["time"] for row in rows if row["died"] == event}):
        at_risk = sum(row["time"] >= now for row in rows)
        dying = sum(row["time"] == now and row["died"] == event for row in rows)
        share *= Fraction(at_risk - dying, at_risk)
        total += Fraction(dying, at_risk * (at_risk - dying)) if dying < at_risk else 0
        found.append((now, share, total))
    return found


def _limits(share: Fraction, total: Fraction, scale: str) -> tuple[float, float] | None:
    """Limits of 95% of an estimate, by two scales; none where it has none."""
    z = 1.959963984540054 * sqrt(total)
    if share == 0 or (share == 1 and scale == "log-log"):
        return None
    s = float(share)
    if scale == "plain":
        return max(s * (1 - z), 0.0), min(s * (1 + z), 1.0)
    by = exp(z / abs(log(s)))
    return s**by, s ** (1 / by)


def _mean(rows: list[dict[str, Any]], until: int | None = None) -> Fraction:
    """The area under the curve up to a time, or up to the last row."""
    end = max(row["time"] for row in rows) if until is None else Fraction(until)
    curve = [(t, s) for t, s, _ in _curve(rows) if t < end]
    steps = [(Fraction(0), Fraction(1)), *curve, (end, Fraction(0))]
    return sum((s * (after - t) for (t, s), (after, _) in pairwise(steps)), start=Fraction(0))


def _quantile(values: list[Fraction], share: Fraction, rule: int) -> Fraction:
    """By rule 6 or 7."""
    ordered, n = sorted(values), len(values)
    place = share * (n + 1) if rule == 6 else 1 + share * (n - 1)
    place = min(max(place, Fraction(1)), Fraction(n))
    low = int(place)
    high = min(low + 1, n)
    return ordered[low - 1] + (place - low) * (ordered[high - 1] - ordered[low - 1])


def study(seed: int) -> Study:
    """A study with much of what a random cohort prints."""
    rng = random.Random(seed)
    places = rng.choice([0, 0, 1])
    raw = {
        "study": SECTION,
        "tables": {
            "patients": {
                "rows": "n",
                "columns": {
                    "id": {"type": "id", "status": "assumed", "description": "A name."},
                    "time": _column("number", decimals=places, minimum=0, maximum=60),
                    "died": _column("flag"),
                    "site": _column("category", levels=LEVELS),
                    "size": _column("number", decimals=1, minimum=0, maximum=30),
                    "marked": _column("flag"),
                },
            }
        },
        "groups": {
            name: {"table": "patients", "label": name, "where": where}
            for name, where in GROUPS.items()
        },
        "endpoints": {"survival": {"label": "survival", "time": "time", "event": "died"}},
        "entries": _entries(rng, places),
    }
    return Study.model_validate(raw)


def _entries(rng: random.Random, places: int) -> dict[str, dict[str, Any]]:
    """Some of what a random cohort prints, its times with so many decimals."""
    n, habit = rng.choice([1, 2, 3, 5, 8, 13, 21, 34, 60]), rng.choice(rounding.HABITS)
    dies = rng.random()
    rows = [
        {
            "time": Fraction(rng.randint(1, 60 * 10**places), 10**places),
            "died": int(rng.random() < dies),
            "site": rng.choice(LEVELS),
            "size": Fraction(rng.randint(1, 300), 10),
            "marked": rng.randint(0, 1),
        }
        for _ in range(n)
    ]
    groups = {name: [row for row in rows if _meets(row, name)] for name in GROUPS}
    entries: dict[str, dict[str, Any]] = {}

    def add(
        id: str, value: Fraction | float | None, decimals: int, unit: str, **estimand: Any
    ) -> None:
        printed: float | str = NOT_REACHED
        if value is not None:
            text = rounding.text(value, decimals, habit)
            printed = float(text) if decimals else int(text)
        entries[id] = {
            "id": id, "kind": "printed", "value": printed, "decimals": decimals, "unit": unit, "words": id, "reading": "As printed.",
            "estimand": estimand,
        }  # fmt: skip

    add("n", Fraction(n), 0, "patients", statistic="count", group="all")
    for name, members in groups.items():
        if rng.random() < 0.6:
            add(f"n-{name}", Fraction(len(members)), 0, "patients", statistic="count", group=name)
        of = rng.choice([whole for whole in GROUPS if groups[whole]])
        for whole in ("all", of):
            share = Fraction(100 * len(members), len(groups[whole]))
            if share <= 100 and rng.random() < 0.6:
                add(f"share-{name}-{whole}", share, rng.randint(0, 2), "percent",
                    statistic="share", group=name, of=whole)  # fmt: skip
        if members:
            _of_rows(rng, name, members, places, add)
    return entries


def _of_column(
    rng: random.Random,
    name: str,
    column: str,
    values: list[Fraction],
    decimals: int,
    add: Callable[..., None],
) -> None:
    """Quartiles, the mean and the standard deviation of a column."""
    for share in (Fraction(1, 4), Fraction(3, 4)):
        if rng.random() < 0.5:
            rule = rng.choice([6, 7])
            add(f"q{float(share)}-{column}-{name}", _quantile(values, share, rule),
                rng.randint(0, decimals + 1), "unit", statistic="quantile", column=column,
                group=name, share=float(share), rule=rule)  # fmt: skip
    mean = sum(values) / len(values)
    if rng.random() < 0.7:
        add(f"mean-{column}-{name}", mean, rng.randint(0, 2), "unit",
            statistic="mean", column=column, group=name)  # fmt: skip
    if len(values) > 1 and rng.random() < 0.7:
        squares = sum((value - mean) ** 2 for value in values)
        add(f"sd-{column}-{name}", sqrt(squares / (len(values) - 1)), rng.randint(0, 2), "unit",
            statistic="sd", column=column, group=name)  # fmt: skip


def _of_rows(
    rng: random.Random,
    name: str,
    members: list[dict[str, Any]],
    places: int,
    add: Callable[..., None],
) -> None:
    """Some summaries of a group, and some rates and numbers at risk."""
    for column, decimals in (("time", places), ("size", 1)):
        values = [row[column] for row in members]
        for statistic, value in (
            ("median", median(values)), ("minimum", min(values)), ("maximum", max(values)),
        ):  # fmt: skip
            if rng.random() < 0.5:
                add(f"{statistic}-{column}-{name}", value, rng.randint(0, decimals + 1), "unit",
                    statistic=statistic, column=column, group=name)  # fmt: skip
        _of_column(rng, name, column, values, decimals, add)
    for at in sorted(rng.sample(range(1, 61), rng.randint(0, 4))):
        if any(row["time"] >= at for row in members):
            add(f"rate-{at}-{name}", 100 * _estimate(members, at), rng.randint(0, 2), "percent",
                statistic="kaplan-meier", endpoint="survival", group=name, time=at)  # fmt: skip
            scale = rng.choice(["plain", "log-log"])
            total = max([g for t, _, g in _curve(members) if t <= at], default=Fraction(0))
            ends = _limits(_estimate(members, at), total, scale)
            for end, value in zip(("lower", "upper"), ends or (), strict=False):
                if rng.random() < 0.6:
                    add(f"{end}-{at}-{name}", 100 * value, rng.randint(0, 2), "percent",
                        statistic=f"kaplan-meier-{end}", endpoint="survival", group=name, time=at,
                        interval=scale)  # fmt: skip
            if rng.random() < 0.4:
                at_risk = sum(row["time"] >= at for row in members)
                add(f"risk-{at}-{name}", Fraction(at_risk), 0, "patients",
                    statistic="at-risk", endpoint="survival", group=name, time=at)  # fmt: skip
    if len(members) % 2:
        deaths = sorted({row["time"] for row in members if row["died"]})
        middle = next((at for at in deaths if _estimate(members, at) <= Fraction(1, 2)), None)
        add(f"km-median-{name}", middle, places, "unit",
            statistic="kaplan-meier-median", endpoint="survival", group=name)  # fmt: skip
    _of_curve(rng, name, members, places, add)


def _of_curve(
    rng: random.Random,
    name: str,
    members: list[dict[str, Any]],
    places: int,
    add: Callable[..., None],
) -> None:
    """Limits of the median, the mean, and the median follow-up."""
    curve, scale = _curve(members), rng.choice(["plain", "log-log"])
    asked = {"endpoint": "survival", "group": name}
    for place, end in enumerate(("lower", "upper")):
        heights = [(t, _limits(s, g, scale)) for t, s, g in curve]
        at = [t for t, ends in heights if ends is not None and ends[place] <= 0.5 + 1e-12]
        if rng.random() < 0.6:
            add(f"km-median-{end}-{name}", at[0] if at else None, rng.randint(0, places), "unit",
                statistic=f"kaplan-meier-median-{end}", interval=scale, **asked)  # fmt: skip
    if rng.random() < 0.6:
        add(f"km-mean-{name}", _mean(members), rng.randint(0, 2), "unit",
            statistic="kaplan-meier-mean", **asked)  # fmt: skip
    until = rng.randint(1, 60)
    if until <= max(row["time"] for row in members) and rng.random() < 0.6:
        add(f"km-mean-{until}-{name}", _mean(members, until), rng.randint(0, 2), "unit",
            statistic="kaplan-meier-mean", until=until, **asked)  # fmt: skip
    if rng.random() < 0.6:
        halved = [t for t, s, _ in _curve(members, 0) if s <= Fraction(1, 2)]
        add(f"reverse-{name}", halved[0] if halved else None, rng.randint(0, places), "unit",
            statistic="reverse-kaplan-meier-median", **asked)  # fmt: skip
