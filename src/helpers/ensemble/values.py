"""The value of an estimand in every cohort of an ensemble, by `helpers.batch` and pandas.

The twin of `helpers.estimates`, which takes one cohort and lifelines. Nothing is shared with the
search.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from .. import batch
from ..published import (
    NOT_REACHED,
    AtRisk,
    Count,
    CoxLimit,
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
    unknown,
)
from . import growing
from .cohorts import Ensemble

Floats = NDArray[np.float64]


def estimates(ensemble: Ensemble, estimand: Estimand) -> NDArray[Any]:
    """Compute an estimand in every cohort.

    Parameters
    ----------
    ensemble : Ensemble
    estimand : Estimand
        Of an entry or a requirement of the ensemble's study.

    Returns
    -------
    array, shape (cohorts,)
        As `helpers.estimates.estimate` for each cohort; NaN (or None among names and dates) where
        that cannot be computed.
    """
    return values(estimand, ensemble)


@singledispatch
def values(estimand: object, ensemble: Ensemble) -> NDArray[Any]:
    """The values of an estimand, by the function of its class; see `estimates`."""
    raise unknown(estimand, "helpers.ensemble.values.values")


@values.register
def _(estimand: Definition, ensemble: Ensemble) -> NDArray[Any]:
    return np.full(len(ensemble), np.nan)


@values.register
def _(estimand: Count, ensemble: Ensemble) -> NDArray[Any]:
    return _count(ensemble, estimand.group)


@values.register
def _(estimand: Share, ensemble: Ensemble) -> NDArray[Any]:
    whole = _count(ensemble, estimand.of)
    percent = 100 * _count(ensemble, estimand.group) / np.maximum(whole, 1)
    return np.where(whole > 0, percent, np.nan)


@values.register
def _(estimand: Summary, ensemble: Ensemble) -> NDArray[Any]:
    rows = _rows(ensemble, estimand.group)
    column, cohort = rows[estimand.column], rows["cohort"]
    how = {"median": "median", "minimum": "min", "maximum": "max"}[estimand.statistic]
    dates = pd.api.types.is_datetime64_any_dtype(column)
    if not dates:
        column = column.astype(float)
    summaries = column.groupby(cohort).agg(how).reindex(range(len(ensemble)))
    return summaries.dt.date.to_numpy() if dates else summaries.to_numpy(float)


@values.register
def _(estimand: KaplanMeier, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    survival = 100 * batch.survival_at(chosen, estimand.time).survival
    return np.where(chosen.size > 0, survival, np.nan)


@values.register
def _(estimand: KaplanMeierMedian, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    if estimand.reverse:
        spec = ensemble.study.endpoints[estimand.endpoint]
        time, event = (ensemble.first[name].to_numpy(float) for name in (spec.time, spec.event))
        member = ensemble.grid(ensemble.members(estimand.group))
        chosen = batch.cohorts(ensemble.grid(time), ensemble.grid(event == 0), member)
    return or_not_reached(batch.median(chosen, at_half="first"))


def or_not_reached(times: Floats) -> NDArray[Any]:
    """Times, with a name for what is infinite."""
    found = times.astype(object)
    found[found == np.inf] = NOT_REACHED
    return found


@values.register
def _(estimand: AtRisk, ensemble: Ensemble) -> NDArray[Any]:
    chosen = ensemble.batch(estimand.endpoint, ensemble.members(estimand.group))
    at_risk = batch.survival_at(chosen, estimand.time).at_risk
    return np.where(chosen.size > 0, at_risk.astype(float), np.nan)


@values.register
def _(estimand: LogRank, ensemble: Ensemble) -> NDArray[Any]:
    return _log_rank(ensemble, estimand.endpoint, *estimand.groups)


@values.register
def _(estimand: CoxTerm, ensemble: Ensemble) -> NDArray[Any]:
    fitted = cox(ensemble, estimand.model)
    table = fitted.p if estimand.statistic == "cox-p" else fitted.hazard_ratio
    return table[estimand.term].to_numpy()


@values.register
def _(estimand: CoxLimit, ensemble: Ensemble) -> NDArray[Any]:
    fitted = cox(ensemble, estimand.model)
    way = -1 if estimand.statistic == "hazard-ratio-lower" else 1
    off = way * ndtri((1 + estimand.level) / 2) * fitted.se[estimand.term]
    return np.exp((fitted.log_hazard_ratio[estimand.term] + off).to_numpy())


@values.register
def _(estimand: CoxOnly, ensemble: Ensemble) -> NDArray[Any]:
    return _significant(cox(ensemble, estimand.model).p, estimand.level)


@values.register
def _(estimand: MonthsToSize, ensemble: Ensemble) -> NDArray[Any]:
    return _months_to_size(ensemble, estimand.group, estimand.time, estimand.size, estimand.target)


@dataclass(frozen=True)
class SideBySide:
    """Two groups beside each other: each patient twice, once for each of them.

    Attributes
    ----------
    both : Batch
    group : array
        1 for the first group; shape (cohorts, twice the patients).
    event : array of bool
        Of each patient once.
    members : list of arrays of bool
        Of each of the two, each patient once.
    """

    both: batch.Batch
    group: NDArray[Any]
    event: NDArray[np.bool_]
    members: list[NDArray[np.bool_]]


@dataclass(frozen=True)
class CoxFits:
    """A Cox model of the study in every cohort: a row a cohort, a column a term.

    Attributes
    ----------
    log_hazard_ratio, se : DataFrame
        NaN where a term does not vary in a cohort, and in the whole row where there is no finite
        maximum.
    """

    log_hazard_ratio: pd.DataFrame
    se: pd.DataFrame

    @property
    def hazard_ratio(self) -> pd.DataFrame:
        """Hazard ratios."""
        return self.log_hazard_ratio.apply(np.exp)

    @property
    def p(self) -> pd.DataFrame:
        """Two-sided p values of Wald's test."""
        return 2 * (-(self.log_hazard_ratio / self.se).abs()).apply(ndtr)


def cox(ensemble: Ensemble, model: str) -> CoxFits:
    """Fit a Cox model of the study to every cohort, Efron's ties."""
    spec = ensemble.study.models[model]
    patients = ensemble.batch(spec.endpoint)
    design = covariates(ensemble, model)
    shown = ensemble.included[..., None] & ~np.isnan(design)
    highest = np.where(shown, design, -np.inf).max(axis=1)
    varies = highest > np.where(shown, design, np.inf).min(axis=1)
    whole = ~(np.isnan(design) & ensemble.included[..., None] & varies[:, None]).any(axis=(1, 2))
    coef = np.full(varies.shape, np.nan)
    se = coef.copy()
    for pattern in np.unique(varies[whole], axis=0):
        if not pattern.any():
            continue
        rows = np.flatnonzero(whole & (varies == pattern).all(axis=1))
        fitted = batch.cox(some(patients, rows), design[rows][..., pattern])
        good = fitted.status == batch.Status.CONVERGED
        place = np.ix_(rows[good], np.flatnonzero(pattern))
        coef[place], se[place] = fitted.coef[good], fitted.se[good]
    terms = list(spec.covariates)
    return CoxFits(pd.DataFrame(coef, columns=terms), pd.DataFrame(se, columns=terms))


def some(patients: batch.Batch, rows: NDArray[Any]) -> batch.Batch:
    """Some of the cohorts, by their numbers or by a flag each."""
    return batch.Batch(
        patients.durations[rows],
        patients.event_observed[rows],
        patients.order[rows],
        patients.size[rows],
    )


def covariates(ensemble: Ensemble, model: str) -> Floats:
    """The covariates of a model; shape (cohorts, most rows of a cohort, covariates)."""
    spec = ensemble.study.models[model]
    columns = []
    for covariate in spec.covariates.values():
        if covariate.group is not None:
            values = ensemble.members(covariate.group).astype(float)
        else:
            values = ensemble.first[covariate.column].to_numpy(float, na_value=np.nan)
            values = values / covariate.per
        columns.append(ensemble.grid(values))
    return np.stack(columns, axis=-1)


def _significant(p: pd.DataFrame, level: float) -> NDArray[Any]:
    """The terms whose p values are at most a level, joined; None in a cohort without a model."""
    terms = np.array(p.columns)
    names = [", ".join(terms[row]) or "none" for row in (p <= level).to_numpy()]
    without = p.isna().all(axis=1).to_numpy()
    return np.array([None if gone else name for gone, name in zip(without, names, strict=True)])


def _count(ensemble: Ensemble, group: str) -> NDArray[np.int64]:
    frame = ensemble.tables[ensemble.study.groups[group].table]
    cohort = frame["cohort"][ensemble.members(group)].to_numpy(np.intp)
    return np.bincount(cohort, minlength=len(ensemble))


def _rows(ensemble: Ensemble, group: str) -> pd.DataFrame:
    return ensemble.tables[ensemble.study.groups[group].table][ensemble.members(group)]


def side_by_side(ensemble: Ensemble, endpoint: str, one: str, other: str) -> SideBySide:
    """Two groups beside each other, so that a patient in both counts in both, as in lifelines."""
    spec = ensemble.study.endpoints[endpoint]
    time = ensemble.grid(ensemble.first[spec.time].to_numpy(float))
    event = ensemble.grid(ensemble.first[spec.event].to_numpy(bool))
    members = [ensemble.grid(ensemble.members(name)) for name in (one, other)]
    group = np.hstack([np.ones_like(members[0]), np.zeros_like(members[1])])
    both = batch.cohorts(np.hstack([time, time]), np.hstack([event, event]), np.hstack(members))
    return SideBySide(both, group, event, members)


def _log_rank(ensemble: Ensemble, endpoint: str, one: str, other: str) -> Floats:
    """Without variance the p value is 1 where there is an event and nobody's group is empty.

    So it is by R's `survdiff`, and since observed and expected are then the same.
    """
    pair = side_by_side(ensemble, endpoint, one, other)
    test, (first, second) = batch.log_rank(pair.both, pair.group), pair.members
    observed = (pair.event & (first | second)).any(axis=1)
    comparable = observed & first.any(axis=1) & second.any(axis=1)
    return np.where(comparable & (test.variance == 0), 1.0, test.p)


def _months_to_size(ensemble: Ensemble, group: str, time: str, size: str, target: float) -> Floats:
    """By exponential growth; NaN where that gives no time."""
    rows = _rows(ensemble, group)
    return growing.exponential(rows, len(ensemble), time, size).months_to(target)
