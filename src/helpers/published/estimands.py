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


class Moment(Statistic):
    """Mean or standard deviation of a column, missing values left out.

    The standard deviation is that of a sample, by n − 1; one value has none.
    """

    statistic: Literal["mean", "sd"]
    column: str
    group: str


class Quantile(Statistic):
    """Quantile of a column, missing values left out.

    `rule` is one of the nine of Hyndman and Fan 1996, doi 10.1080/00031305.1996.10473566, by R's
    numbers: 7 is that of R, numpy and Excel, 6 that of SPSS, 2 that of SAS and Stata.
    """

    statistic: Literal["quantile"]
    column: str
    group: str
    share: float = Field(gt=0, lt=1)
    rule: int = Field(default=7, ge=1, le=9)


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


Scale = Literal["plain", "log", "log-log", "arcsin"]
"""The scale on which an estimate is taken for normal; SAS has log-log, R log, SPSS plain."""


MedianScale = Scale | Literal["symmetric"]
"""That of a median, or none: so many of its standard errors to either side, as SPSS has it."""


class KaplanMeierLimit(Statistic):
    """Lower or upper confidence limit of the Kaplan–Meier estimate at a time, in percent.

    By Greenwood's variance on the scale that `interval` names. An estimate of 0% has no limits, one
    of 100% has itself by the plain and log scales, and none by the others, as in R.
    """

    statistic: Literal["kaplan-meier-lower", "kaplan-meier-upper"]
    endpoint: str
    group: str
    time: float = Field(gt=0)
    interval: Scale
    level: float = Field(default=0.95, gt=0, lt=1)

    @property
    def unit(self) -> str:
        """Percent."""
        return "percent"


class KaplanMeierError(Statistic):
    """Greenwood's standard error of the Kaplan–Meier estimate at a time, in percent; none of 0%."""

    statistic: Literal["kaplan-meier-se"]
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

    The reverse estimate has censoring for its event: the median follow-up had nobody died.
    """

    names = (NOT_REACHED,)
    statistic: Literal["kaplan-meier-median", "reverse-kaplan-meier-median"]
    endpoint: str
    group: str

    @property
    def reverse(self) -> bool:
        """Whether censoring is the event."""
        return self.statistic.startswith("reverse")


class KaplanMeierQuantile(Statistic):
    """Quantile of the Kaplan–Meier estimate: the first time by which a share of all had the event.

    As the median, which is that of one half.
    """

    names = (NOT_REACHED,)
    statistic: Literal["kaplan-meier-quantile"]
    endpoint: str
    group: str
    share: float = Field(gt=0, lt=1)


class KaplanMeierMedianLimit(Statistic):
    """Lower or upper confidence limit of a Kaplan–Meier median.

    By Brookmeyer and Crowley it is the first time at which the limit of the curve, see
    `kaplan-meier-lower`, is at most one half; where the curve has none, as at 0%, nothing is asked.
    A limit that stays above one half has none: "not reached".

    Where `interval` is "symmetric" it is the median less, or plus, so many of its standard errors, see
    `kaplan-meier-median-se`; so SPSS has it. Such a limit is a number, which may be below 0.
    """

    names = (NOT_REACHED,)
    statistic: Literal["kaplan-meier-median-lower", "kaplan-meier-median-upper"]
    endpoint: str
    group: str
    interval: MedianScale
    level: float = Field(default=0.95, gt=0, lt=1)


class KaplanMeierMedianError(Statistic):
    """Standard error of a Kaplan–Meier median: that of the curve there, by how steeply it falls.

    How steeply is taken from the last event time at which the curve is at least 55% to the first at
    which it is at most 45%; where one of them is missing, or the curve is 0% at its median, there is
    no error. So Collett has it, from memory, in Modelling Survival Data in Medical Research; SPSS is said
    to do the same.
    """

    statistic: Literal["kaplan-meier-median-se"]
    endpoint: str
    group: str


class KaplanMeierMean(Statistic):
    """Mean of a Kaplan–Meier estimate, the area under it, with its standard error and limits.

    The area is that until a time, or until the last of the group where `until` is left out: the mean
    is then restricted unless the curve has come down to 0. Limits are so many standard errors off.
    The error is that of R; with `corrected`, as in SAS, its variance is m / (m − 1) times as large,
    with m events.
    """

    statistic: Literal[
        "kaplan-meier-mean",
        "kaplan-meier-mean-se",
        "kaplan-meier-mean-lower",
        "kaplan-meier-mean-upper",
    ]
    endpoint: str
    group: str
    until: float | None = Field(default=None, gt=0)
    level: float = Field(default=0.95, gt=0, lt=1)
    corrected: bool = False


class KaplanMeierOfRows(Statistic):
    """Kaplan–Meier estimate at a time of rows of the second table, such as lesions, in percent.

    Each row has an onset of its own, a column of times that is empty where there was none, and is
    followed as long as the row that it belongs to. Without an `onset` the event is that of the
    endpoint: a patient counts once for each lesion.
    """

    statistic: Literal["kaplan-meier-of-rows"]
    endpoint: str
    group: str
    time: float = Field(gt=0)
    onset: str | None = None

    @property
    def unit(self) -> str:
        """Percent."""
        return "percent"


class Incidence(Statistic):
    """Cumulative incidence of an endpoint at a time, by Aalen and Johansen, in percent.

    The event of the endpoint `competing`, such as a death, ends the time without it; of both at
    once, the first endpoint's counts.
    """

    statistic: Literal["cumulative-incidence"]
    endpoint: str
    competing: str
    group: str
    time: float = Field(gt=0)

    @property
    def unit(self) -> str:
        """Percent."""
        return "percent"


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


class StratifiedLogRank(Statistic):
    """Two-sided p value of the log-rank test between two groups, within each of some strata.

    The strata are groups; who is in none of them is left out.
    """

    statistic: Literal["stratified-log-rank"]
    endpoint: str
    groups: tuple[str, str]
    strata: tuple[str, ...] = Field(min_length=1)

    @property
    def unit(self) -> str:
        """A p value."""
        return "p"


class Fisher(Statistic):
    """Two-sided p value of Fisher's exact test: who of two groups is in a third.

    It adds up all tables that are no more probable than the one that is there, as R does.
    """

    statistic: Literal["fisher"]
    group: str
    groups: tuple[str, str]

    @property
    def unit(self) -> str:
        """A p value."""
        return "p"


class ChiSquare(Statistic):
    """p value of the chi-square test: who of two groups is in a third.

    Pearson's, or with Yates' correction for continuity where it is `corrected`.
    """

    statistic: Literal["chi-square"]
    group: str
    groups: tuple[str, str]
    corrected: bool = False

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


class CoxLimit(Statistic):
    """Lower or upper confidence limit of the hazard ratio of one term of a Cox model, by Wald."""

    statistic: Literal["hazard-ratio-lower", "hazard-ratio-upper"]
    model: str
    term: str
    level: float = Field(default=0.95, gt=0, lt=1)

    @property
    def unit(self) -> str:
        """A ratio."""
        return "ratio"


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
    | Moment
    | Quantile
    | KaplanMeier
    | KaplanMeierLimit
    | KaplanMeierError
    | KaplanMeierMedian
    | KaplanMeierQuantile
    | KaplanMeierMedianLimit
    | KaplanMeierMedianError
    | KaplanMeierMean
    | KaplanMeierOfRows
    | Incidence
    | AtRisk
    | LogRank
    | StratifiedLogRank
    | Fisher
    | ChiSquare
    | CoxTerm
    | CoxLimit
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
