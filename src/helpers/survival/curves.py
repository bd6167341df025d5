"""What a Kaplan–Meier curve says at one time: numbers at risk, rates with intervals, comparisons.

lifelines' `add_at_risk_counts` counts at another instant than T ≥ t; its `KaplanMeierFitter` has one
interval type; its `survival_difference_at_fixed_point_in_time_test` draws a straight line through
Greenwood's sum between two event times, where the sum is a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2, norm

from .steps import IntervalScale, bounds, steps, times_and_events


@dataclass(frozen=True)
class SurvivalAt:
    """Survival to a time.

    Attributes
    ----------
    estimate : float
        Kaplan–Meier estimate, 0 to 1; NaN when it was above 0 and nobody was followed so long.
    lower, upper : float
        Confidence bounds; NaN where the interval type has none.
    at_risk : int
        Patients with a duration of at least the time.
    events : int
        Events up to and at the time.
    """

    estimate: float
    lower: float
    upper: float
    at_risk: int
    events: int


@dataclass(frozen=True)
class PointComparison:
    """Two Kaplan–Meier curves at one time.

    Attributes
    ----------
    first, second : float
        The two estimates.
    difference : float
        First minus second.
    lower, upper : float
        Plain normal bounds of the difference, with Greenwood's variances.
    statistic : float
        Chi-squared on 1 degree of freedom.
    p_value : float
    """

    first: float
    second: float
    difference: float
    lower: float
    upper: float
    statistic: float
    p_value: float


@dataclass(frozen=True)
class ExactRate:
    """A rate at a time with an exact binomial interval.

    Attributes
    ----------
    estimate : float
        Kaplan–Meier estimate.
    lower, upper : float
        Two-sided Clopper–Pearson bounds.
    lower_n, upper_n : float
        Effective number of patients behind each bound.
    failure_upper : float
        One-sided upper bound of the failure rate, one minus the estimate.
    """

    estimate: float
    lower: float
    upper: float
    lower_n: float
    upper_n: float
    failure_upper: float


def at_risk_table(
    durations: ArrayLike, event_observed: ArrayLike, times: ArrayLike
) -> pd.DataFrame:
    """Numbers under a survival curve.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    times : array-like, shape (m,)

    Returns
    -------
    DataFrame
        Indexed by `time`: `at_risk`, those with a duration of at least the time; `censored` and
        `events`, those that came up to and at the time. Somebody who leaves at the time itself is
        at risk in it and already counted as gone, as in R's `summary.survfit`.

    References
    ----------
    Layout: Morris et al. 2019, doi 10.1136/bmjopen-2019-030215.
    """
    time, event = times_and_events(durations, event_observed)
    at = np.atleast_1d(np.asarray(times, dtype=float))
    gone = time <= at[:, None]
    return pd.DataFrame(
        {
            "at_risk": (time >= at[:, None]).sum(axis=1),
            "censored": (gone & (event == 0)).sum(axis=1),
            "events": (gone & (event == 1)).sum(axis=1),
        },
        index=pd.Index(at, name="time"),
    )


def _at(durations: ArrayLike, event_observed: ArrayLike, time: float) -> tuple[float, float]:
    """Estimate and Greenwood's sum at a time; NaN when nobody was followed so long."""
    curve = steps(durations, event_observed)
    before = curve.loc[:time]
    if before.empty:
        return (nan, nan) if curve.empty else (1.0, 0.0)
    estimate, greenwood = before[["survival", "greenwood"]].iloc[-1]
    if estimate > 0 and curve.index[-1] < time:
        return nan, nan
    return float(estimate), float(greenwood)


def survival_at(
    durations: ArrayLike,
    event_observed: ArrayLike,
    time: float,
    interval: IntervalScale = "log-log",
    alpha: float = 0.05,
) -> SurvivalAt:
    """Kaplan–Meier estimate at a time with its interval.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    time : float
        In the unit of the durations.
    interval : {"log-log", "log", "plain", "arcsin"}
        lifelines' is log-log, R's default is log.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    SurvivalAt
        NaN for the estimate when the curve is above 0 and ends before the time, or when there are
        no patients. NaN for the bounds where R has none: at 0 for every type, and for log-log at 1
        once somebody was censored (before the first time in the data R has 1 to 1). For rates of
        100% see `exact_rate_at`.

    References
    ----------
    Checked against `survfit` and `summary.survfit` of R's package survival.
    """
    estimate, greenwood = _at(durations, event_observed, time)
    lower, upper = bounds(estimate, greenwood, interval, alpha)
    if np.size(durations) and time < np.min(np.asarray(durations, dtype=float)):
        lower = upper = np.ones(())
    counts = at_risk_table(durations, event_observed, time).iloc[0]
    return SurvivalAt(
        estimate, float(lower), float(upper), int(counts["at_risk"]), int(counts["events"])
    )


def compare_at(
    first_durations: ArrayLike,
    first_events: ArrayLike,
    second_durations: ArrayLike,
    second_events: ArrayLike,
    time: float,
    alpha: float = 0.05,
) -> PointComparison:
    """Compare two Kaplan–Meier curves at one time: the test on the scale of log(−log S), the interval plain.

    Parameters
    ----------
    first_durations, first_events, second_durations, second_events : array-like
    time : float
        Chosen before looking at the curves.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    PointComparison
        Bounds, statistic and p value are NaN when an estimate is missing, 0 or 1: Greenwood's variance
        then knows nothing of it, and log(−log S) is not finite.

    References
    ----------
    Klein et al. 2007, doi 10.1002/sim.2864, the complementary log-log test.
    """
    first, first_greenwood = _at(first_durations, first_events, time)
    second, second_greenwood = _at(second_durations, second_events, time)
    difference, margin, statistic = first - second, nan, nan
    if 0 < first < 1 and 0 < second < 1:
        logs = np.log([first, second])
        distance = np.log(-logs[0]) - np.log(-logs[1])
        variance = first_greenwood / logs[0] ** 2 + second_greenwood / logs[1] ** 2
        statistic = float(distance**2 / variance)
        se = np.sqrt(first**2 * first_greenwood + second**2 * second_greenwood)
        margin = float(norm.ppf(1 - alpha / 2) * se)
    return PointComparison(
        first, second, difference, difference - margin, difference + margin, statistic,
        float(chi2.sf(statistic, 1)),
    )  # fmt: skip


def exact_rate_at(
    durations: ArrayLike, event_observed: ArrayLike, time: float, alpha: float = 0.05
) -> ExactRate:
    """Exact binomial interval of a Kaplan–Meier rate, also where it is 100%.

    Greenwood's variance is zero as long as nothing has happened. The interval of Clopper and
    Pearson is not, but needs a number of patients. For the lower bound it is Peto's, those watched
    to the time without the event, divided by the estimate; at 100% these are just those watched so
    long. For the upper bound it is Cutler and Ederer's, the number whose binomial variance equals
    Greenwood's. Nobody censored earlier helps the lower bound, so it errs on the low side.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    time : float
    alpha : float
        One minus the level, of the two-sided interval and of the one-sided bound.

    Returns
    -------
    ExactRate
        No bounds (NaN) where the estimate is 0 or missing.

    References
    ----------
    Dorey and Korn 1987, doi 10.1002/sim.4780060605, recommend these two numbers; Clopper and
    Pearson 1934, doi 10.1093/biomet/26.4.404, by statsmodels' `proportion_confint`.
    """
    from statsmodels.stats.proportion import proportion_confint

    estimate, greenwood = _at(durations, event_observed, time)
    if not estimate > 0:
        return ExactRate(estimate, nan, nan, nan, nan, nan)
    durations, events = times_and_events(durations, event_observed)
    watched = ((durations > time) | ((durations == time) & (events == 0))).sum()
    lower_n = watched / estimate
    upper_n = (1 - estimate) / (estimate * greenwood) if greenwood > 0 else lower_n
    lower, _ = proportion_confint(watched, lower_n, alpha, method="beta")
    _, upper = proportion_confint(upper_n * estimate, upper_n, alpha, method="beta")
    one_sided, _ = proportion_confint(watched, lower_n, 2 * alpha, method="beta")
    return ExactRate(
        estimate, float(lower), float(upper), float(lower_n), float(upper_n), 1 - float(one_sided)
    )
