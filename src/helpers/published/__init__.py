"""The printed numbers of a study, and how the tables of a cohort express them.

One YAML file describes one study. pydantic checks its form; `study` adds what spans fields (a
name that is used must be defined) and `checking` says in one sentence what is wrong and where.
"""

from __future__ import annotations

from .entry import Entry, Value
from .estimands import (
    NOT_REACHED,
    AtRisk,
    ChiSquare,
    Count,
    CoxLimit,
    CoxOnly,
    CoxTerm,
    Definition,
    Estimand,
    Fisher,
    Incidence,
    KaplanMeier,
    KaplanMeierError,
    KaplanMeierLimit,
    KaplanMeierMean,
    KaplanMeierMedian,
    KaplanMeierMedianError,
    KaplanMeierMedianLimit,
    KaplanMeierOfRows,
    KaplanMeierQuantile,
    LogRank,
    Moment,
    MonthsToSize,
    Quantile,
    Share,
    StratifiedLogRank,
    Summary,
    unknown,
)
from .form import (
    Column,
    Condition,
    Covariate,
    CoxModel,
    Derived,
    Endpoint,
    Group,
    Margins,
    Rule,
    Source,
    Status,
    Table,
)
from .measure import Hazard, Measure
from .reading import DATA, load
from .rounding import Limits, Relation
from .strict import PublishedError
from .study import Study
from .units import so_long

__all__ = [
    "DATA",
    "NOT_REACHED",
    "AtRisk",
    "ChiSquare",
    "Column",
    "Condition",
    "Count",
    "Covariate",
    "CoxLimit",
    "CoxModel",
    "CoxOnly",
    "CoxTerm",
    "Definition",
    "Derived",
    "Endpoint",
    "Entry",
    "Estimand",
    "Fisher",
    "Group",
    "Hazard",
    "Incidence",
    "KaplanMeier",
    "KaplanMeierError",
    "KaplanMeierLimit",
    "KaplanMeierMean",
    "KaplanMeierMedian",
    "KaplanMeierMedianError",
    "KaplanMeierMedianLimit",
    "KaplanMeierOfRows",
    "KaplanMeierQuantile",
    "Limits",
    "LogRank",
    "Margins",
    "Measure",
    "Moment",
    "MonthsToSize",
    "PublishedError",
    "Quantile",
    "Relation",
    "Rule",
    "Share",
    "Source",
    "Status",
    "StratifiedLogRank",
    "Study",
    "Summary",
    "Table",
    "Value",
    "load",
    "so_long",
    "unknown",
]
