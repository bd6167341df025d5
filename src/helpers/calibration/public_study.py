"""A public cohort as a study: two groupings, three measures, one rule for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..published import Study, load

MEASURES = ("exchangeable", "proportional-hazards", "piecewise")


@dataclass(frozen=True)
class Source:
    """A public cohort and how it is summarised.

    Attributes
    ----------
    name, title : str
        The name of the set, and what it is of.
    package : str
        That brings it, and its licence.
    reference : str
        Where it was published.
    unit : str
        Of its times.
    horizon : float
        When the rates are taken.
    every : int
        Every so many-th patient is taken.
    first, second : tuple of str
        Labels of two groupings of two groups each; how many are in the groups of the second is
        not printed. The hazard ratio asked for is that of the last label of the second.
    third : str
        A further covariate of the model.
    read : callable
        Gives the columns `first` and `second` (whether a patient is in the latter group), `third`,
        `time` and `event`.
    decimals : int
        Of the times.
    why : str
        What could make this cohort hard.
    """

    name: str
    title: str
    package: str
    reference: str
    unit: str
    horizon: float
    every: int
    first: tuple[str, str]
    second: tuple[str, str]
    third: str
    read: Callable[[], pd.DataFrame]
    decimals: int
    why: str


def public_study(source: Source, rows: pd.DataFrame, decimals: int) -> Study:
    """The study of a public cohort; its entries have placeholders for values.

    Parameters
    ----------
    source : Source
    rows : DataFrame
        The patients, for the limits of priors: what the abstract prints of `time` and `third`.
    decimals : int
        Of `third`.
    """
    last = float(rows["time"].max().round())
    third = rows["third"]
    times = {"unit": source.unit, "decimals": source.decimals, "minimum": 0, "status": "printed"}
    choices = {
        column: {label: 0.5 for label in labels}
        for column, labels in (("first", source.first), ("second", source.second))
    }
    columns = {
        "patient_id": {"type": "id", "prefix": "P", "status": "assumed", "description": "Name."},
        **{
            column: {
                "type": "category",
                "levels": list(weights),
                "status": "printed",
                "description": "Group.",
                "prior": {"choice": weights},
            }
            for column, weights in choices.items()
        },
        "third": {
            "type": "number" if decimals else "integer",
            "decimals": decimals,
            "status": "printed",
            "description": source.third,
            "prior": {
                "normal": {
                    "mean": float(third.median()),
                    "sd": float(third.max() - third.min()) / 4,
                },
                "within": [float(third.min()), float(third.max())],
            },
        },
        "time": {
            "type": "number",
            "description": "Follow-up.",
            **times,
            "prior": {
                "earlier_of": {
                    "event": {"weibull": {"median": source.horizon, "shape": 1.2}},
                    "censoring": {"weibull": {"median": source.horizon, "shape": 1.3}},
                },
                # Nobody is followed for longer than is printed.
                "within": [10.0**-source.decimals, last + 0.4 * (source.decimals > 0)],
            },
        },
        "event": {
            "type": "flag",
            "status": "derived",
            "description": "Event.",
            "prior": {"happened": {"column": "time", "cause": "event"}},
        },
    }
    groups: dict[str, Any] = {"everyone": {"table": "patients", "label": "all", "where": []}}
    for column in choices:
        for label, place in zip(choices[column], ("no", "yes"), strict=True):
            where = [{"column": column, "one_of": [label]}]
            groups[f"{column}-{place}"] = {"table": "patients", "label": label, "where": where}
    entries = {entry["id"]: entry for entry in _entries(source, decimals)}
    return Study.model_validate(
        {
            "study": {"name": source.name.replace("_", "-"), "title": source.title},
            "tables": {"patients": {"rows": "n", "columns": columns}},
            "groups": groups,
            "endpoints": {"survival": {"label": "survival", "time": "time", "event": "event"}},
            "models": {
                "multivariable": {
                    "endpoint": "survival",
                    "covariates": {
                        "second": {"label": source.second[1], "group": "second-yes"},
                        "first": {"label": source.first[1], "group": "first-yes"},
                        "third": {"label": source.third, "column": "third"},
                    },
                }
            },
            "entries": {id: entry for id, entry in entries.items() if entry["kind"] == "printed"},
            "requirements": {
                id: entry for id, entry in entries.items() if entry["kind"] == "derived"
            },
            "margins": load().margins,  # those of the shipped cohorts
            "measures": dict(zip(MEASURES, _measures(source.horizon), strict=True)),
        }
    )


def _entries(source: Source, decimals: int) -> Iterator[dict[str, Any]]:
    """The entries of the abstract, with placeholders for values."""

    def entry(id: str, value: float | str, unit: str, estimand: dict[str, Any], **more: Any) -> Any:
        words = {"words": id, "reading": "As in the study.", "kind": "printed"}
        return {"id": id, "value": value, "unit": unit, "estimand": estimand, **words, **more}

    yield entry("n", 1, "patients", {"statistic": "count", "group": "everyone"})
    yield entry("n-first", 1, "patients", {"statistic": "count", "group": "first-yes"})
    for column in ("third", "time"):
        for statistic in ("median", "minimum", "maximum"):
            estimand = {"statistic": statistic, "column": column, "group": "everyone"}
            exact = decimals if column == "third" else 0  # times in whole units, as in the study
            yield entry(f"{column}-{statistic}", 1, source.unit, estimand, decimals=exact)
    for group in ("first-no", "first-yes", "second-no", "second-yes"):
        at = {"endpoint": "survival", "group": group, "time": source.horizon}
        rate = {"statistic": "kaplan-meier", **at}
        yield entry(f"rate-{group}", 50, "percent", rate, decimals=1)
        followed = {"statistic": "at-risk", **at}
        yield entry(f"at-risk-{group}", 1, "patients", followed, relation=">=", kind="derived")
    for column in ("first", "second"):
        groups = [f"{column}-no", f"{column}-yes"]
        test = {"statistic": "log-rank", "endpoint": "survival", "groups": groups}
        yield entry(f"p-{column}", 0.05, "p", test, decimals=2)
    term = {"model": "multivariable", "term": "second"}
    wald = {"statistic": "cox-p", **term}  # as in the study, on which side of a bound it is
    yield entry("p-model", 0.001, "p", wald, decimals=3, relation="<")
    only = {"statistic": "cox-only", "level": 0.05, **term}
    yield entry("only", "second", "term", only)
    ratio = {"statistic": "hazard-ratio", **term}
    yield entry("ratio", 50, "ratio", ratio, relation="<=", kind="derived")


def _measures(horizon: float) -> Iterator[dict[str, Any]]:
    """The reference measures, in the order of `MEASURES`: those of the study, times about the horizon."""
    words = {"words": "As in the study."}
    yield {**words, "label": "Exits unrelated to the groups"}
    about = {"median": horizon, "sd_log": 0.7}
    exits = {
        "endpoint": "survival",
        "groups": ["second-yes", "first-yes"],
        "censoring": {"weibull": {"median": about, "shape": {"median": 1.3, "sd_log": 0.3}}},
    }
    weibull = {"median": about, "shape": {"median": 1.2, "sd_log": 0.3}}
    proportional = {"weibull": weibull, "log_ratio": {"mean": 0, "sd": 1}}
    yield {**words, **exits, "label": "Proportional hazards", "event": proportional}
    cuts = [horizon / 3, 2 * horizon / 3, horizon]
    piecewise = {"cuts": cuts, "rate": {"median": 0.7 / horizon, "sd_log": 1}}
    yield {**words, **exits, "label": "Hazards apart", "event": {"piecewise": piecewise}}
