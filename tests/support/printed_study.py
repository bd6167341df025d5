"""A study of one table from a few printed numbers, each as it is written."""

from __future__ import annotations

from typing import Any

from helpers.published import Study


def _number(text: str) -> dict[str, Any]:
    if not text.replace(".", "").isdigit():
        return {"value": text, "decimals": 0}
    decimals = len(text.partition(".")[2])
    return {"value": float(text) if decimals else int(text), "decimals": decimals}


def _entry(id: str, text: str, unit: str, **estimand: Any) -> dict[str, Any]:
    return {
        **_number(text), "unit": unit, "words": id,
        "reading": "As printed.", "estimand": estimand,
    }  # fmt: skip


def _column(kind: str, prior: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": kind, "status": "printed", "description": "A column.", "prior": prior, **more,
    }  # fmt: skip


LESIONS = {
    "of": "patients",
    "per_row": {1: 0.5, 2: 0.3, 5: 0.2},
    "columns": {
        "lesion": {"type": "id", "status": "assumed", "description": "A name."},
        "id": {"type": "parent", "status": "assumed", "description": "Whose."},
    },
}


def raw(
    n: int,
    *,
    counts: dict[str, str] | None = None,
    levels: dict[str, str] | None = None,
    rates: dict[str, str] | None = None,
    summaries: dict[str, str] | None = None,
    at_risk: dict[str, str] | None = None,
    medians: dict[str, str] | None = None,
    lesions: int | None = None,
    died: int | None = None,
    alive: int | None = None,
    decimals: int = 0,
    limits: tuple[int, int] = (0, 200),
) -> dict[str, Any]:
    """The file of a study of n patients.

    `counts` are flags and `levels` those of one category, each as "11", "61%" or "11 (61)";
    `rates` and `at_risk` are by endpoint and time, as "os 12"; `medians` are Kaplan–Meier ones, by
    endpoint; `summaries` of the times of an endpoint, as "median os"; `lesions` counts the rows of a second table.
    """
    rates, at_risk, summaries, medians = rates or {}, at_risk or {}, summaries or {}, medians or {}
    endpoints = sorted(
        {name.split()[0] for name in {**rates, **at_risk, **medians}}
        | {name.split()[1] for name in summaries}
    )
    columns: dict[str, Any] = {
        "id": {"type": "id", "status": "assumed", "description": "A name."},
        **{name: _column("flag", {"flag": 0.5}) for name in counts or {}},
    }
    conditions = {name: [{"column": name, "one_of": [1]}] for name in counts or {}}
    if levels:
        weights = {"choice": dict.fromkeys(levels, 1)}
        columns["level"] = _column("category", weights, levels=list(levels))
        conditions |= {name: [{"column": "level", "one_of": [name]}] for name in levels}
    for name in endpoints:
        columns[f"{name}_months"] = _column(
            "number", {"uniform": {"from": 1, "to": 90}},
            decimals=decimals, minimum=limits[0], maximum=limits[1],
        )  # fmt: skip
        columns[f"{name}_event"] = _column("flag", {"flag": 0.5})
    entries = {
        "n": _entry("n", str(n), "patients", statistic="count", group="all"),
        **_counted({**(counts or {}), **(levels or {})}),
        **_timed("kaplan-meier", "percent", rates),
        **_timed("at-risk", "patients", at_risk),
    }
    for name, value, count in (("died", 1, died), ("alive", 0, alive)):
        if count is not None:
            conditions[name] = [{"column": "os_event", "one_of": [value]}]
            entries |= _counted({name: str(count)})
    for name, text in summaries.items():
        statistic, endpoint = name.split()
        id = f"{statistic}-{endpoint}"
        entries[id] = _entry(id, text, "months", statistic=statistic, group="all",
                             column=f"{endpoint}_months")  # fmt: skip
    for endpoint, text in medians.items():
        entries[f"{endpoint}-median"] = _entry(
            f"{endpoint}-median", text, "months", statistic="kaplan-meier-median",
            endpoint=endpoint, group="all",
        )  # fmt: skip
    groups = {"all": {"table": "patients", "label": "all", "where": []}} | {
        name: {"table": "patients", "label": name, "where": where}
        for name, where in conditions.items()
    }
    tables: dict[str, Any] = {"patients": {"rows": "n", "columns": columns}}
    if lesions is not None:
        tables["lesions"] = LESIONS
        groups["lesions"] = {"table": "lesions", "label": "lesions", "where": []}
        entries["n-lesions"] = _entry(
            "n-lesions", str(lesions), "lesions", statistic="count", group="lesions"
        )
    return {
        "study": {"title": "Printed numbers", "name": "printed-numbers"},
        "tables": tables,
        "groups": groups,
        "endpoints": {
            name: {"label": name, "time": f"{name}_months", "event": f"{name}_event"}
            for name in endpoints
        },
        "entries": entries,
    }


def study(n: int, **printed: Any) -> Study:
    """A study of n patients; see `raw`."""
    found = raw(n, **printed)
    found["entries"] = {
        id: {**entry, "id": id, "kind": "printed"} for id, entry in found["entries"].items()
    }
    return Study.model_validate(found)


def _counted(texts: dict[str, str]) -> dict[str, Any]:
    """Entries of counts, shares, or both."""
    found = {}
    for name, text in texts.items():
        number, _, share = text.replace(")", "").partition(" (")
        if number.endswith("%"):
            number, share = "", number
        if number:
            found[name] = _entry(name, number, "patients", statistic="count", group=name)
        if share:
            id = f"{name}-share"
            found[id] = _entry(
                id, share.rstrip("%"), "percent", statistic="share", group=name, of="all"
            )
    return found


def _timed(statistic: str, unit: str, texts: dict[str, str]) -> dict[str, Any]:
    """Entries of rates or of numbers at risk."""
    found = {}
    for name, text in texts.items():
        endpoint, time = name.split()
        id = f"{endpoint}-{time}" + ("-at-risk" if statistic == "at-risk" else "")
        found[id] = _entry(id, text, unit, statistic=statistic, endpoint=endpoint, group="all",
                           time=float(time))  # fmt: skip
    return found
