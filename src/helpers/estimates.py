"""The value of an estimand in a cohort, by lifelines, pandas and the growth fit.

One function a statistic of `published.Estimand`. The search has its own, compiled; these are the
ones that count.
"""

from __future__ import annotations

import datetime
import warnings
from fractions import Fraction
from functools import singledispatch

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from lifelines.statistics import logrank_test
from numpy.typing import NDArray
from scipy.optimize import linprog

from . import growth
from .cohort import Cohort
from .published import (
    NOT_REACHED,
    AtRisk,
    Count,
    CoxOnly,
    CoxTerm,
    Definition,
    Estimand,
    KaplanMeier,
    KaplanMeierMedian,
    LogRank,
    MonthsToSize,
    Share,
    Summary,
    Value,
    rounding,
    unknown,
)


class NotEstimable(ValueError):
    """An estimand that a cohort cannot give; the message says why."""


def estimate(cohort: Cohort, estimand: Estimand) -> Value:
    """Compute an estimand in a cohort.

    Parameters
    ----------
    cohort : Cohort
    estimand : Estimand
        Of an entry or a requirement of the cohort's study.

    Returns
    -------
    int, float, date or str
        Percent for rates, months for times, a term's name for the only significant covariate.

    Raises
    ------
    NotEstimable
        When a group is empty, nobody was followed for long enough, or a model has no maximum.
    """
    return value(estimand, cohort)


@singledispatch
def value(estimand: object, cohort: Cohort) -> Value:
    """The value of an estimand in a cohort, by the function of its class; see `estimate`."""
    raise unknown(estimand, "helpers.estimates.value")


@value.register
def _(estimand: Definition, cohort: Cohort) -> Value:
    raise NotEstimable("a definition, which no cohort can contradict")


@value.register
def _(estimand: Count, cohort: Cohort) -> Value:
    return int(cohort.members(estimand.group).sum())


@value.register
def _(estimand: Share, cohort: Cohort) -> Value:
    whole = len(_rows(cohort, estimand.of))
    return 100 * int(cohort.members(estimand.group).sum()) / whole


@value.register
def _(estimand: Summary, cohort: Cohort) -> Value:
    values = _rows(cohort, estimand.group)[estimand.column].dropna()
    if values.empty:
        raise NotEstimable(f"{estimand.column}: no value is there")
    how = {"median": "median", "minimum": "min", "maximum": "max"}[estimand.statistic]
    summary = getattr(values, how)()
    return summary.date() if isinstance(summary, datetime.datetime) else float(summary)


@value.register
def _(estimand: KaplanMeier, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    rows = _rows(cohort, estimand.group)
    survival = KaplanMeierFitter().fit(rows[endpoint.time], rows[endpoint.event])
    rate = float(survival.predict(estimand.time))
    if rate > 0 and not (rows[endpoint.time] >= estimand.time).any():
        raise NotEstimable(
            f"{_label(cohort, estimand.group)}: nobody was followed for {estimand.time:g} months"
        )
    return 100 * rate


@value.register
def _(estimand: KaplanMeierMedian, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    rows = _rows(cohort, estimand.group)
    curve = KaplanMeierFitter().fit(rows[endpoint.time], rows[endpoint.event])
    for time, height in curve.survival_function_.iloc[:, 0].items():
        if rounding.exact(height) <= Fraction(1, 2):  # lifelines' own 0.5 may be a digit above it
            return float(time)
    return NOT_REACHED


@value.register
def _(estimand: AtRisk, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    return int((_rows(cohort, estimand.group)[endpoint.time] >= estimand.time).sum())


@value.register
def _(estimand: LogRank, cohort: Cohort) -> Value:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    first, second = (_rows(cohort, group) for group in estimand.groups)
    if not first[endpoint.event].any() and not second[endpoint.event].any():
        labels = " or ".join(_label(cohort, group) for group in estimand.groups)
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
def _(estimand: CoxTerm, cohort: Cohort) -> Value:
    summary = cox(cohort, estimand.model).summary
    if estimand.term not in summary.index:
        raise NotEstimable(f"{estimand.term} does not vary in this cohort")
    return float(summary.loc[estimand.term, "p" if estimand.statistic == "cox-p" else "exp(coef)"])


@value.register
def _(estimand: CoxOnly, cohort: Cohort) -> Value:
    p = cox(cohort, estimand.model).summary["p"]
    return ", ".join(p.index[p <= estimand.level]) or "none"


@value.register
def _(estimand: MonthsToSize, cohort: Cohort) -> Value:
    rows = _rows(cohort, estimand.group)
    try:
        return growth.months_to_diameter(rows, estimand.time, estimand.size, estimand.target)
    except growth.GrowthError as error:
        raise NotEstimable(str(error)) from None


def cox(cohort: Cohort, model: str) -> CoxPHFitter:
    """Fit a Cox model of the study, Efron's ties, converged to R's digits.

    Covariates that do not vary in the cohort are left out.

    Raises
    ------
    NotEstimable
        Without events, without covariates, or when the partial likelihood has no finite maximum.
    """
    spec = cohort.study.models[model]
    endpoint = cohort.study.endpoints[spec.endpoint]
    frame = cohort.tables[cohort.study.first]
    design = pd.DataFrame(index=frame.index)
    for term, covariate in spec.covariates.items():
        if covariate.group is not None:
            design[term] = cohort.members(covariate.group).astype(float)
        else:
            design[term] = frame[covariate.column].astype(float) / covariate.per
    design = design.loc[:, design.max() > design.min()]
    if design.shape[1] == 0:
        raise NotEstimable("no covariate varies in this cohort")
    if not frame[endpoint.event].any():
        raise NotEstimable("no events")
    if design.isna().any(axis=None):
        raise NotEstimable(f"{design.columns[design.isna().any()][0]} is missing in some rows")
    outcome = frame[[endpoint.time, endpoint.event]].astype(float)
    if not _has_maximum(design.to_numpy(), *outcome.to_numpy().T):
        raise NotEstimable(_NO_MAXIMUM)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflow on the way to a maximum
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.filterwarnings("ignore", _GUESSES, ConvergenceWarning)
        try:
            return CoxPHFitter().fit(
                design.join(outcome), *outcome.columns, fit_options={"precision": 1e-12}
            )
        except (ConvergenceError, ConvergenceWarning):
            raise NotEstimable(_NO_MAXIMUM) from None


_NO_MAXIMUM = "the Cox model has no finite maximum: a covariate separates events from the rest"
_GUESSES = r"(?s).*(very low variance|high sample correlation)"
"""What lifelines warns of before a fit: variances below 1e-4, whatever their unit, and a variance
among the censored alone. Neither says whether there is a maximum."""


def _has_maximum(
    design: NDArray[np.float64], durations: NDArray[np.float64], events: NDArray[np.float64]
) -> bool:
    """Whether the partial likelihood has one finite maximum, in any unit of the covariates.

    It has when along every direction it falls at some event, where somebody at risk lies further
    than who has the event: a question for linear programming (scipy). lifelines has no such test.

    References
    ----------
    Bryson and Johnson 1981, doi 10.1080/00401706.1981.10487685.
    """
    spread = (design - design.min(axis=0)) / np.ptp(design, axis=0)
    gaps = [
        spread[durations >= durations[patient]] - spread[patient]
        for patient in np.flatnonzero(events)
    ]
    further = np.unique(np.vstack(gaps).round(12), axis=0)
    if np.linalg.matrix_rank(further) < design.shape[1]:
        return False
    best = linprog(further.sum(axis=0), further, np.zeros(len(further)), bounds=(-1, 1))
    return bool(best.fun > -1e-9)


def _rows(cohort: Cohort, group: str) -> pd.DataFrame:
    frame = cohort.table_of_group(group)
    if frame.empty:
        raise NotEstimable(f"{_label(cohort, group)}: nobody is in this group")
    return frame


def _label(cohort: Cohort, group: str) -> str:
    return cohort.study.groups[group].label
