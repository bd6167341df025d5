"""What is read from curves in a cohort, and tests of two, by lifelines and statsmodels."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy.stats import chi2, norm

from .. import survival
from ..cohort import Cohort
from ..published import (
    NOT_REACHED,
    AtRisk,
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
def _(estimand: KaplanMeierOfRows, cohort: Cohort) -> Value:
    study, members = cohort.study, rows(cohort, estimand.group)
    endpoint, parent = study.endpoints[estimand.endpoint], study.groups[estimand.group].table
    owners = cohort.patients.set_index(study.tables[study.first].key)
    owner = owners.loc[members[study.tables[parent].parent], [endpoint.time, endpoint.event]]
    time, event = (owner[name].to_numpy(float) for name in (endpoint.time, endpoint.event))
    if estimand.onset is not None:
        onset = members[estimand.onset].to_numpy(float, na_value=np.nan)
        event = (onset <= time).astype(float)
        time = np.fmin(onset, time)
    rate = float(KaplanMeierFitter().fit(time, event).predict(estimand.time))
    if rate > 0 and not (time >= estimand.time).any():
        raise NotEstimable(
            f"{label(cohort, estimand.group)}: none was followed for {estimand.time:g} months"
        )
    return 100 * rate


@value.register
def _(estimand: KaplanMeierMedian, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    event = members[endpoint.event].astype(int)
    return _median(members[endpoint.time], 1 - event if estimand.reverse else event)


@value.register
def _(estimand: KaplanMeierQuantile, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    height = 1 - Fraction(str(estimand.share))
    return _median(members[endpoint.time], members[endpoint.event].astype(int), height)


def _median(
    time: pd.Series[float], event: pd.Series[int], height: Fraction = Fraction(1, 2)
) -> float | str:
    """The first time at which a curve is at most one half, or another height, or that there is none."""
    curve = KaplanMeierFitter().fit(time, event)
    for at, estimate in curve.survival_function_.iloc[:, 0].items():
        if rounding.exact(estimate) <= height:  # lifelines' own 0.5 may be a digit above it
            return float(at)
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
    if estimand.interval == "symmetric":
        error = _median_error(cohort, estimand)
        median = _median(members[endpoint.time], members[endpoint.event])
        assert isinstance(median, float)  # which a curve with an error has
        return median + _errors(estimand) * error
    curve = steps(members[endpoint.time], members[endpoint.event])
    limits = bounds(curve["survival"], curve["greenwood"], estimand.interval, 1 - estimand.level)
    place = 0 if estimand.statistic == "kaplan-meier-median-lower" else 1
    for time, height in zip(curve.index, limits[place], strict=True):
        if not np.isnan(height) and rounding.exact(height) <= Fraction(1, 2):
            return float(time)
    return NOT_REACHED


@value.register
def _(estimand: KaplanMeierMedianError, cohort: Cohort) -> Value:
    return _median_error(cohort, estimand)


def _median_error(
    cohort: Cohort, estimand: KaplanMeierMedianError | KaplanMeierMedianLimit
) -> float:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    error = survival.median_standard_error(members[endpoint.time], members[endpoint.event])
    if np.isnan(error):
        raise NotEstimable(
            f"{label(cohort, estimand.group)}: the curve does not fall from 55% to 45%, or to 0% at "
            "its median, and a median without these has no standard error"
        )
    return error


def _errors(estimand: KaplanMeierMedianLimit | KaplanMeierMean) -> float:
    """By how many standard errors a limit is off, downwards below 0."""
    way = -1 if estimand.statistic.endswith("lower") else 1
    return way * float(norm.ppf((1 + estimand.level) / 2))


@value.register
def _(estimand: KaplanMeierMean, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    members = rows(cohort, estimand.group)
    time, event = members[endpoint.time].astype(float), members[endpoint.event].astype(int)
    until = float(time.max()) if estimand.until is None else estimand.until
    found = survival.rmst(time, event, until) if until > 0 else survival.RestrictedMean(0.0, 0.0)
    if np.isnan(found.estimate):
        raise NotEstimable(
            f"{label(cohort, estimand.group)}: nobody was followed for {until:g} months"
        )
    if estimand.statistic == "kaplan-meier-mean":
        return found.estimate
    error = found.se
    if estimand.corrected:
        events = int(event[time <= until].sum())
        if events < 2:
            raise NotEstimable(
                f"{label(cohort, estimand.group)}: a corrected standard error needs two events"
            )
        error *= np.sqrt(events / (events - 1))
    if estimand.statistic == "kaplan-meier-mean-se":
        return error
    return found.estimate + _errors(estimand) * error


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
