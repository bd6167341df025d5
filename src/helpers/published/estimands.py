"""What a printed number estimates, for a machine: one class a statistic.

A statistic is declared here and nowhere else. The places that compute it are functions that
`functools.singledispatch` sends to its class, each beside what it computes with; a place that does
not know a statistic says so by `unknown`. `tests/contract/test_statistics.py` lists the places and
holds each to all classes.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from ..forms import Field
from .strict import Strict


class Statistic(Strict):
    """What all of them have.

    Attributes
    ----------
    statistic : str
        The name of the statistic in the file.
    counts : bool
        Whether its value is a number of rows.
    names : tuple of str
        What its value may be besides a number.
    """

    statistic: str
    counts: ClassVar[bool] = False
    names: ClassVar[tuple[str, ...]] = ()

    @property
    def unit(self) -> str | None:
        """The unit that its value has to have; None where the study says."""
        return None


class Definition(Statistic):
    """A number that defines, and that no cohort can reproduce or contradict."""

    statistic: Literal["definition"]


class Count(Statistic):
    """Rows in a group."""

    counts = True
    statistic: Literal["count"]
    group: str


class Share(Statistic):
    """Rows in a group as percent of the rows in another."""

    statistic: Literal["share"]
    group: str
    of: str

    @property
    def unit(self) -> str:
        """Percent."""
        return "percent"


class Summary(Statistic):
    """Median, minimum or maximum of a column, missing values left out."""

    statistic: Literal["median", "minimum", "maximum"]
    column: str
    group: str


class KaplanMeier(Statistic):
    """Kaplan–Meier estimate at a time, in percent."""

    statistic: Literal["kaplan-meier"]
    endpoint: str
    group: str
    time: float = Field(gt=0)

    @property
    def unit(self) -> str:
        """Percent."""
        return "percent"


NOT_REACHED = "not reached"
"""The median of a curve that stays above one half."""


class KaplanMeierMedian(Statistic):
    """Median of the Kaplan–Meier estimate: the first time at which it is at most one half.

    Where the curve runs level at exactly one half, that is where the stretch begins, as in SPSS and
    lifelines; R and SAS print its middle. A curve that stays above one half has none: its value is
    "not reached", which is more than any number of months.
    """

    names = (NOT_REACHED,)
    statistic: Literal["kaplan-meier-median"]
    endpoint: str
    group: str


class AtRisk(Statistic):
    """Rows with a time of at least `time`."""

    counts = True
    statistic: Literal["at-risk"]
    endpoint: str
    group: str
    time: float = Field(gt=0)


class LogRank(Statistic):
    """Two-sided p value of the log-rank test between two groups."""

    statistic: Literal["log-rank"]
    endpoint: str
    groups: tuple[str, str]

    @property
    def unit(self) -> str:
        """A p value."""
        return "p"


class CoxTerm(Statistic):
    """Wald p value or hazard ratio of one term of a Cox model."""

    statistic: Literal["cox-p", "hazard-ratio"]
    model: str
    term: str

    @property
    def unit(self) -> str:
        """A p value or a ratio."""
        return "p" if self.statistic == "cox-p" else "ratio"


class CoxOnly(Statistic):
    """The only term of a Cox model whose Wald p value is at most `level`."""

    statistic: Literal["cox-only"]
    model: str
    term: str
    level: float = Field(gt=0, lt=1)

    @property
    def unit(self) -> str:
        """The name of a term."""
        return "term"


class MonthsToSize(Statistic):
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
    | KaplanMeierMedian
    | AtRisk
    | LogRank
    | CoxTerm
    | CoxOnly
    | MonthsToSize,
    Field(discriminator="statistic"),
]

CLASSES: tuple[type[Statistic], ...] = get_args(get_args(Estimand)[0])
"""The class of every statistic, or of several that are computed together."""

STATISTICS: tuple[str, ...] = tuple(
    name for kind in CLASSES for name in get_args(kind.model_fields["statistic"].annotation)
)
"""Names of all statistics."""


def unknown(estimand: object, place: str) -> NotImplementedError:
    """What a place raises that does not know a statistic.

    Parameters
    ----------
    estimand : object
        An estimand, or whatever was given in place of one.
    place : str
        The function on which `register` has to be called.
    """
    name = getattr(estimand, "statistic", None) or type(estimand).__name__
    return NotImplementedError(
        f"the statistic {name!r} is not known to {place}; register a function for the class "
        f"{type(estimand).__name__} there"
    )
