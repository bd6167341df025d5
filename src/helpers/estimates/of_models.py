"""What is read from a Cox model in a cohort, by lifelines."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.stats import norm

from ..cohort import Cohort
from ..published import CoxLimit, CoxOnly, CoxTerm, Value
from .one_cohort import NotEstimable, value


@value.register
def _(estimand: CoxTerm, cohort: Cohort) -> Value:
    summary = cox(cohort, estimand.model).summary
    if estimand.term not in summary.index:
        raise NotEstimable(f"{estimand.term} does not vary in this cohort")
    return float(summary.loc[estimand.term, "p" if estimand.statistic == "cox-p" else "exp(coef)"])


@value.register
def _(estimand: CoxLimit, cohort: Cohort) -> Value:
    summary = cox(cohort, estimand.model).summary
    if estimand.term not in summary.index:
        raise NotEstimable(f"{estimand.term} does not vary in this cohort")
    coefficient, error = summary.loc[estimand.term, ["coef", "se(coef)"]]
    way = -1 if estimand.statistic == "hazard-ratio-lower" else 1
    return float(np.exp(coefficient + way * norm.ppf((1 + estimand.level) / 2) * error))


@value.register
def _(estimand: CoxOnly, cohort: Cohort) -> Value:
    p = cox(cohort, estimand.model).summary["p"]
    return ", ".join(p.index[p <= estimand.level]) or "none"


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
    Where it falls for some of the patients it falls for all, and the rows of the programme grow with
    the square of their number, so some are asked first.

    References
    ----------
    Bryson and Johnson 1981, doi 10.1080/00401706.1981.10487685.
    """
    spread = (design - design.min(axis=0)) / np.ptp(design, axis=0)
    order = np.random.default_rng(0).permutation(len(events))
    some = _SOME
    while some < len(order):
        part = order[:some]
        if _falls_everywhere(spread[part], durations[part], events[part]):
            return True
        some *= 4
    return _falls_everywhere(spread, durations, events)


_SOME = 250
"""Patients that are asked first: as many as a programme of a second has room for."""


def _falls_everywhere(
    spread: NDArray[np.float64], durations: NDArray[np.float64], events: NDArray[np.float64]
) -> bool:
    gaps = [
        spread[durations >= durations[patient]] - spread[patient]
        for patient in np.flatnonzero(events)
    ]
    if not gaps:
        return False
    further = np.unique(np.vstack(gaps).round(12), axis=0)
    if np.linalg.matrix_rank(further) < spread.shape[1]:
        return False
    best = linprog(further.sum(axis=0), further, np.zeros(len(further)), bounds=(-1, 1))
    return bool(best.fun > -1e-9)
