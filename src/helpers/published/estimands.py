"""What a printed number estimates, for a machine: one class a statistic."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .strict import Strict


class Definition(Strict):
    """A number that defines, and that no cohort can reproduce or contradict."""

    statistic: Literal["definition"]


class Count(Strict):
    """Rows in a group."""

    statistic: Literal["count"]
    group: str


class Share(Strict):
    """Rows in a group as percent of the rows in another."""

    statistic: Literal["share"]
    group: str
    of: str


class Summary(Strict):
    """Median, minimum or maximum of a column, missing values left out."""

    statistic: Literal["median", "minimum", "maximum"]
    column: str
    group: str


class KaplanMeier(Strict):
    """Kaplan–Meier estimate at a time, in percent."""

    statistic: Literal["kaplan-meier"]
    endpoint: str
    group: str
    time: float = Field(gt=0)


class AtRisk(Strict):
    """Rows with a time of at least `time`."""

    statistic: Literal["at-risk"]
    endpoint: str
    group: str
    time: float = Field(gt=0)


class LogRank(Strict):
    """Two-sided p value of the log-rank test between two groups."""

    statistic: Literal["log-rank"]
    endpoint: str
    groups: tuple[str, str]


class CoxTerm(Strict):
    """Wald p value or hazard ratio of one term of a Cox model."""

    statistic: Literal["cox-p", "hazard-ratio"]
    model: str
    term: str


class CoxOnly(Strict):
    """The only term of a Cox model whose Wald p value is at most `level`."""

    statistic: Literal["cox-only"]
    model: str
    term: str
    level: float = Field(gt=0, lt=1)


class MonthsToSize(Strict):
    """Months at which exponential growth, fitted by least squares, reaches a target size."""

    statistic: Literal["months-to-size"]
    group: str
    time: str
    size: str
    target: float = Field(gt=0)


Estimand = Annotated[
    Definition
    | Count
    | Share
    | Summary
    | KaplanMeier
    | AtRisk
    | LogRank
    | CoxTerm
    | CoxOnly
    | MonthsToSize,
    Field(discriminator="statistic"),
]

STATISTICS = (
    "definition", "count", "share", "median", "minimum", "maximum", "kaplan-meier", "at-risk",
    "log-rank", "cox-p", "hazard-ratio", "cox-only", "months-to-size",
)  # fmt: skip
"""Names of all statistics."""
