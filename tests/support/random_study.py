"""Studies printed from random cohorts, by arithmetic of their own: whatever is printed has a cohort."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
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

    def add(id: str, value: Fraction | None, decimals: int, unit: str, **estimand: Any) -> None:
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
    for at in sorted(rng.sample(range(1, 61), rng.randint(0, 4))):
        if any(row["time"] >= at for row in members):
            add(f"rate-{at}-{name}", 100 * _estimate(members, at), rng.randint(0, 2), "percent",
                statistic="kaplan-meier", endpoint="survival", group=name, time=at)  # fmt: skip
            if rng.random() < 0.4:
                at_risk = sum(row["time"] >= at for row in members)
                add(f"risk-{at}-{name}", Fraction(at_risk), 0, "patients",
                    statistic="at-risk", endpoint="survival", group=name, time=at)  # fmt: skip
    if len(members) % 2:
        deaths = sorted({row["time"] for row in members if row["died"]})
        middle = next((at for at in deaths if _estimate(members, at) <= Fraction(1, 2)), None)
        add(f"km-median-{name}", middle, places, "unit",
            statistic="kaplan-meier-median", endpoint="survival", group=name)  # fmt: skip
