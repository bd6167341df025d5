"""The value of an estimand in a cohort, by lifelines, pandas and the growth fit.

One function a statistic of `published.Estimand`. The search has its own, compiled; these are the
ones that count.
"""

from __future__ import annotations

import datetime
import warnings

import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from lifelines.statistics import logrank_test

from . import growth
from .cohort import Cohort
from .published import (
    AtRisk,
    Count,
    CoxOnly,
    CoxTerm,
    Definition,
    Estimand,
    KaplanMeier,
    LogRank,
    MonthsToSize,
    Share,
    Summary,
    Value,
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
    match estimand:
        case Definition():
            raise NotEstimable("a definition, which no cohort can contradict")
        case Count(group=group):
            return int(cohort.members(group).sum())
        case Share(group=group, of=of):
            whole = len(_rows(cohort, of))
            return 100 * int(cohort.members(group).sum()) / whole
        case Summary(statistic=statistic, column=column, group=group):
            return _summary(_rows(cohort, group)[column].dropna(), statistic, column)
        case KaplanMeier():
            return _kaplan_meier(cohort, estimand)
        case AtRisk(endpoint=name, group=group, time=time):
            endpoint = cohort.study.endpoints[name]
            return int((_rows(cohort, group)[endpoint.time] >= time).sum())
        case LogRank(endpoint=name, groups=(one, other)):
            endpoint = cohort.study.endpoints[name]
            first, second = _rows(cohort, one), _rows(cohort, other)
            if not first[endpoint.event].any() and not second[endpoint.event].any():
                raise NotEstimable(f"no event in {_label(cohort, one)} or {_label(cohort, other)}")
            return float(
                logrank_test(
                    first[endpoint.time],
                    second[endpoint.time],
                    first[endpoint.event],
                    second[endpoint.event],
                ).p_value
            )
        case CoxTerm(statistic=statistic, model=model, term=term):
            fitted = cox(cohort, model)
            if term not in fitted.summary.index:
                raise NotEstimable(f"{term} does not vary in this cohort")
            return float(fitted.summary.loc[term, "p" if statistic == "cox-p" else "exp(coef)"])
        case CoxOnly(model=model, level=level):
            p = cox(cohort, model).summary["p"]
            return ", ".join(p.index[p <= level]) or "none"
        case MonthsToSize(group=group, time=time_column, size=size, target=target):
            return _months_to_size(_rows(cohort, group), time_column, size, target)


def cox(cohort: Cohort, model: str) -> CoxPHFitter:
    """Fit a Cox model of the study, Efron's ties, converged to R's digits.

    Covariates that do not vary in the cohort are left out.

    Raises
    ------
    NotEstimable
        Without events, without covariates, or when the partial likelihood has no maximum.
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
    design[[endpoint.time, endpoint.event]] = frame[[endpoint.time, endpoint.event]].astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflow on the way to a maximum that is not there
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return CoxPHFitter().fit(
                design, endpoint.time, endpoint.event, fit_options={"precision": 1e-12}
            )
        except (ConvergenceError, ConvergenceWarning):
            raise NotEstimable(
                "the Cox model has no finite maximum: a covariate separates events from the rest"
            ) from None


def _rows(cohort: Cohort, group: str) -> pd.DataFrame:
    frame = cohort.table_of_group(group)
    if frame.empty:
        raise NotEstimable(f"{_label(cohort, group)}: nobody is in this group")
    return frame


def _label(cohort: Cohort, group: str) -> str:
    return cohort.study.groups[group].label


def _summary(values: pd.Series, statistic: str, column: str) -> Value:
    if values.empty:
        raise NotEstimable(f"{column}: no value is there")
    value = getattr(values, {"median": "median", "minimum": "min", "maximum": "max"}[statistic])()
    return value.date() if isinstance(value, datetime.datetime) else float(value)


def _kaplan_meier(cohort: Cohort, estimand: KaplanMeier) -> float:
    endpoint = cohort.study.endpoints[estimand.endpoint]
    rows = _rows(cohort, estimand.group)
    survival = KaplanMeierFitter().fit(rows[endpoint.time], rows[endpoint.event])
    rate = float(survival.predict(estimand.time))
    if rate > 0 and not (rows[endpoint.time] >= estimand.time).any():
        raise NotEstimable(
            f"{_label(cohort, estimand.group)}: nobody was followed for {estimand.time:g} months"
        )
    return 100 * rate


def _months_to_size(rows: pd.DataFrame, time: str, size: str, target: float) -> float:
    try:
        return growth.months_to_diameter(rows, time, size, target)
    except growth.GrowthError as error:
        raise NotEstimable(str(error)) from None
