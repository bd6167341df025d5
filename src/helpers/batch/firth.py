"""Firth's penalised Cox model, finite also where covariates separate, for many cohorts at once.

firthmodels fits one cohort a call, with Breslow's ties alone; lifelines' penalties are ridge and
lasso.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from ._compiled import kernel
from ._linear import dot, factor, invert, largest
from ._partial import partial_likelihood, penalty_gradient, standardise
from .cohorts import Batch, Floats, Integers, spread
from .cox import Status, efron


@dataclass(frozen=True)
class Firth:
    """Fitted models; the first axis of every array is the cohort, NaN without a fit.

    Attributes
    ----------
    coef : array, shape (cohorts, p)
        Log hazard ratios.
    covariance : array, shape (cohorts, p, p)
        Inverse of the information, that of the likelihood without its penalty.
    lr_chi2 : array, shape (cohorts, p)
        Penalised likelihood ratio test of each coefficient, the penalty being that of all. Where it
        tests a value other than 0, a value is in the profile likelihood interval whose p is not small.
    status : array of int
        See `Status`; never `INFINITE`.
    """

    coef: Floats
    covariance: Floats
    lr_chi2: Floats
    status: Integers

    @property
    def hazard_ratio(self) -> Floats:
        """Hazard ratios, shape (cohorts, p)."""
        return np.exp(self.coef)

    @property
    def se(self) -> Floats:
        """Standard errors of the coefficients, shape (cohorts, p)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))

    @property
    def p(self) -> Floats:
        """Two-sided p values of the penalised likelihood ratio test, shape (cohorts, p)."""
        return chdtrc(1, self.lr_chi2)

    @property
    def wald_p(self) -> Floats:
        """Two-sided p values of Wald's test, shape (cohorts, p); poor where events are few."""
        return 2 * ndtr(-np.abs(self.coef / self.se))


def firth(batch: Batch, covariates: ArrayLike, ties: str = "efron", null: ArrayLike = 0.0) -> Firth:
    """Firth's penalised Cox regression of each cohort.

    Parameters
    ----------
    batch : Batch
    covariates : array-like, shape (cohorts, patients, p) or (patients, p)
        In the order in which the patients were given.
    ties : {"efron", "breslow"}
        Approximation for tied events; firthmodels, coxphf and SAS take Breslow's.
    null : array-like, shape (p,) or ()
        The log hazard ratios that are tested.

    Returns
    -------
    Firth

    References
    ----------
    Firth 1993, doi 10.1093/biomet/80.1.27; Heinze and Schemper 2001,
    doi 10.1111/j.0006-341X.2001.00114.x. Checked against firthmodels, and against the same penalty
    built on R's package survival.
    """
    x = batch.covariates(covariates)
    tested = spread(np.asarray(null, dtype=float), x.shape[2:])
    given = (batch.durations, batch.event_observed, batch.order, batch.size)
    return Firth(*_firth(*given, x, efron(ties), tested))


_STEP = 1e-10
"""A step that ends the search, in standard deviations of a covariate."""
_ROUNDING = 1e-8
"""A step that does so when it is no smaller than the one before."""
_LONGEST = 5.0
"""The longest step; the first ones can overshoot by much."""
_LEAST = 1e-9
"""Share of its information that a covariate has to keep given the others."""
_MOST = 400
"""Evaluations of the likelihood."""
_NONE = np.int64(-1)
"""No coefficient is held; a bare -1 is a type of its own to numba, for which it compiles all again."""


@kernel
def _penalised(time, event, n, z, beta, efron, held, work, score, information, lower, inverse):
    """Penalised log likelihood, minus infinity where there is no information.

    Its gradient goes into `score`, 0 for a coefficient that is held, and the inverse of the
    information into `inverse`.
    """
    found = partial_likelihood(time, event, n, z, beta, efron, work, score, information)
    if not factor(information, lower, 0.0):
        return -np.inf
    for j in range(beta.size):
        found += log(lower[j, j])
    invert(lower, work[0, 0], inverse)
    penalty_gradient(time, event, n, z, beta, efron, inverse, work, score)
    if held >= 0:
        score[held] = 0.0
    return found if np.isfinite(found) else -np.inf


@kernel
def _without(inverse, held, out):
    """Inverse of a matrix without the row and column of the held, from the inverse of the whole."""
    out[:, :] = inverse
    if held >= 0:
        for i in range(out.shape[0]):
            for j in range(out.shape[0]):
                out[i, j] -= inverse[i, held] * inverse[held, j] / inverse[held, held]


@kernel
def _improve(metric, moved, bent, room):
    """Broyden's update of the inverse Hessian: along `moved`, the gradient fell by `bent`."""
    along = dot(moved, bent)
    for i in range(moved.size):
        room[i] = dot(metric[i], bent)
    scale = (1.0 + dot(bent, room) / along) / along
    for i in range(moved.size):
        for j in range(moved.size):
            metric[i, j] += scale * moved[i] * moved[j]
            metric[i, j] -= (room[i] * moved[j] + moved[i] * room[j]) / along


@kernel
def _maximum(time, event, n, z, beta, efron, held, work, room, information, lower, inverse):
    """Highest penalised log likelihood from `beta` on, which is moved there; NaN if none is found.

    The information is not the Hessian of the penalised likelihood, and steps by it alone can go back
    and forth for ever: it is where the Broyden–Fletcher–Goldfarb–Shanno method begins.
    """
    trial, step, score, fresh, spare = room[0, 0], room[1, 0], room[2, 0], room[3, 0], room[4, 0]
    metric = room[5]
    loglik = _penalised(
        time, event, n, z, beta, efron, held, work, score, information, lower, inverse
    )
    _without(inverse, held, metric)
    before, evaluations = np.inf, 1
    while evaluations < _MOST:
        for j in range(beta.size):
            step[j] = dot(metric[j], score)
        far, promised = largest(step), dot(step, score)
        if far < _STEP or (far < _ROUNDING and far >= before):
            for j in range(beta.size):
                beta[j] += step[j]
            return loglik
        before, shorter, found = far, min(1.0, _LONGEST / far), -np.inf
        while evaluations < _MOST:
            for j in range(beta.size):
                trial[j] = beta[j] + shorter * step[j]
            found = _penalised(
                time, event, n, z, trial, efron, held, work, fresh, information, lower, inverse
            )
            evaluations += 1
            if found >= loglik + 1e-4 * shorter * promised - 1e-12 * abs(loglik):
                break
            shorter /= 2.0
        for j in range(beta.size):
            step[j] = trial[j] - beta[j]
            score[j] -= fresh[j]
        if dot(step, score) > 0.0:
            _improve(metric, step, score, spare)
        else:
            _without(inverse, held, metric)
        beta[:] = trial
        score[:] = fresh
        loglik = found
    return np.nan


@kernel
def _firth(durations, event_observed, order, size, covariates, efron, null):
    cohorts, patients, p = covariates.shape
    coef, covariance = np.full((cohorts, p), np.nan), np.full((cohorts, p, p), np.nan)
    lr_chi2 = np.full((cohorts, p), np.nan)
    status = np.full(cohorts, Status.NOT_CONVERGED.value, np.int64)
    z, work, room = np.empty((patients, p)), np.empty((8, p, p)), np.empty((6, p, p))
    beta, start, mean, spread = np.empty(p), np.empty(p), np.empty(p), np.empty(p)
    information, lower, inverse = np.empty((p, p)), np.zeros((p, p)), np.empty((p, p))
    for c in range(cohorts):
        n, time, event = size[c], durations[c], event_observed[c]
        deaths = 0
        for k in range(n):
            deaths += event[k]
        if deaths == 0:
            status[c] = Status.NO_EVENTS.value
            continue
        if not standardise(covariates[c], order[c], n, z, mean, spread):
            status[c] = Status.SINGULAR.value
            continue
        beta[:] = 0.0
        partial_likelihood(time, event, n, z, beta, efron, work, start, information)
        thin = False
        for j in range(p):
            thin |= information[j, j] < _LEAST * deaths
        if thin or not factor(information, lower, _LEAST):
            status[c] = Status.SINGULAR.value
            continue
        top = _maximum(
            time, event, n, z, beta, efron, _NONE, work, room, information, lower, inverse
        )
        if np.isnan(top):
            continue
        status[c] = Status.CONVERGED.value
        for i in range(p):
            coef[c, i] = beta[i] / spread[i]
            for j in range(p):
                covariance[c, i, j] = inverse[i, j] / (spread[i] * spread[j])
        for held in range(p):
            if p > 1:
                start[:] = beta
            start[held] = null[held] * spread[held]
            best = _maximum(
                time, event, n, z, start, efron, held, work, room, information, lower, inverse
            )
            lr_chi2[c, held] = max(0.0, 2.0 * (top - best))
    return coef, covariance, lr_chi2, status
