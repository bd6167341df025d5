"""What is read from curves in a cohort, and tests of two, by lifelines and statsmodels."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy.stats import chi2

from .. import survival
from ..cohort import Cohort
from ..published import (
    NOT_REACHED,
    AtRisk,
    Incidence,
    KaplanMeier,
    KaplanMeierError,
    KaplanMeierLimit,
    KaplanMeierMedian,
    KaplanMeierMedianLimit,
    LogRank,
    StratifiedLogRank,
    Value,
    rounding,
)
from ..survival.steps import bounds, steps
from .one_cohort import NotEstimable, label, rows, value


@value.register
def _(estimand: KaplanMeier, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    curve = KaplanMeierFitter().fit(members[endpoint.time], members[endpoint.event])
    rate = float(curve.predict(estimand.time))
    if rate > 0 and not (members[endpoint.time] >= estimand.time).any():
        raise NotEstimable(
            f"{label(cohort, estimand.group)}: nobody was followed for {estimand.time:g} months"
        )
    return 100 * rate


@value.register
def _(estimand: KaplanMeierMedian, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    event = members[endpoint.event].astype(int)
    curve = KaplanMeierFitter().fit(
        members[endpoint.time], 1 - event if estimand.reverse else event
    )
    for time, height in curve.survival_function_.iloc[:, 0].items():
        if rounding.exact(height) <= Fraction(1, 2):  # lifelines' own 0.5 may be a digit above it
            return float(time)
    return NOT_REACHED


@value.register
def _(estimand: AtRisk, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    return int((rows(cohort, estimand.group)[endpoint.time] >= estimand.time).sum())


@value.register
def _(estimand: LogRank, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    first, second = (rows(cohort, group) for group in estimand.groups)
    if not first[endpoint.event].any() and not second[endpoint.event].any():
        labels = " or ".join(label(cohort, group) for group in estimand.groups)
        raise NotEstimable(f"no event in {labels}")
    return float(
        logrank_test(
            first[endpoint.time],
            second[endpoint.time],
            first[endpoint.event],
            second[endpoint.event],
        ).p_value
    )


@value.register
def _(estimand: KaplanMeierLimit, cohort: Cohort) -> Value:
    curve = _steps_until(cohort, estimand)
    place = 0 if estimand.statistic == "kaplan-meier-lower" else 1
    limits = bounds(curve["survival"], curve["greenwood"], estimand.interval, 1 - estimand.level)
    limit = 100 * float(limits[place][-1])
    if np.isnan(limit):
        raise NotEstimable(
            f"an estimate of {100 * curve['survival'].iloc[-1]:g}% has no such limit"
        )
    return limit


@value.register
def _(estimand: KaplanMeierError, cohort: Cohort) -> Value:
    curve = _steps_until(cohort, estimand).iloc[-1]
    if curve["survival"] <= 0:
        raise NotEstimable("an estimate of 0% has no standard error")
    return 100 * float(curve["survival"] * np.sqrt(curve["greenwood"]))


@value.register
def _(estimand: KaplanMeierMedianLimit, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    curve = steps(members[endpoint.time], members[endpoint.event])
    limits = bounds(curve["survival"], curve["greenwood"], estimand.interval, 1 - estimand.level)
    place = 0 if estimand.statistic == "kaplan-meier-median-lower" else 1
    for time, height in zip(curve.index, limits[place], strict=True):
        if not np.isnan(height) and rounding.exact(height) <= Fraction(1, 2):
            return float(time)
    return NOT_REACHED


def _steps_until(cohort: Cohort, estimand: KaplanMeierLimit | KaplanMeierError) -> pd.DataFrame:
    """The curve of a group up to a time, from 100% on.

    Raises
    ------
    NotEstimable
        When nobody is there, or was followed so long.
    """
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    curve = steps(members[endpoint.time], members[endpoint.event])
    start = pd.DataFrame({"survival": [1.0], "greenwood": [0.0]}, index=[-1.0])
    found = pd.concat([start, curve[["survival", "greenwood"]]]).loc[: estimand.time]
    if found["survival"].iloc[-1] > 0 and not (members[endpoint.time] >= estimand.time).any():
        raise NotEstimable(
            f"{label(cohort, estimand.group)}: nobody was followed for {estimand.time:g} months"
        )
    return found


@value.register
def _(estimand: Incidence, cohort: Cohort) -> Value:
    study, members = cohort.study, rows(cohort, estimand.group)
    one, other = (study.endpoints[name] for name in (estimand.endpoint, estimand.competing))
    time = members[[one.time, other.time]].min(axis=1)
    first = members[one.event].astype(bool) & (members[one.time] <= time)
    second = members[other.event].astype(bool) & (members[other.time] <= time) & ~first
    curves = survival.cumulative_incidence(time, first + 2 * second, of=[1])
    found = float(survival.incidence_at(curves, [estimand.time])["estimate"].iloc[0])
    if np.isnan(found):
        raise NotEstimable(
            f"{label(cohort, estimand.group)}: nobody was followed for {estimand.time:g} months"
        )
    return 100 * found


@value.register
def _(estimand: StratifiedLogRank, cohort: Cohort) -> Value:
    from statsmodels.duration.survfunc import survdiff  # not where no chapter asks for it

    endpoint = cohort.study.endpoints[estimand.endpoint]
    for group in estimand.groups:
        rows(cohort, group)
    frame = cohort.tables[cohort.study.first]
    parts = [
        frame.loc[cohort.members(group) & cohort.members(stratum), [endpoint.time, endpoint.event]]
        .set_axis(["time", "event"], axis=1)
        .assign(group=which, stratum=place)
        for place, stratum in enumerate(estimand.strata)
        for which, group in enumerate(estimand.groups)
    ]
    both = pd.concat(parts, ignore_index=True).astype(float)
    for which, group in enumerate(estimand.groups):
        if not (both["group"] == which).any():
            raise NotEstimable(f"{label(cohort, group)}: nobody is in one of the strata")
    if not both["event"].any():
        labels = " or ".join(label(cohort, group) for group in estimand.groups)
        raise NotEstimable(f"no event in {labels}, within the strata")
    try:
        statistic, _ = survdiff(both["time"], both["event"], both["group"], strata=both["stratum"])
    except np.linalg.LinAlgError:  # no variance: in no stratum are both groups at risk at an event
        return 1.0
    return float(chi2.sf(statistic, 1))
