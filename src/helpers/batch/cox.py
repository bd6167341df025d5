"""Cox's model with several covariates, for many cohorts at once.

lifelines and scikit-survival fit one cohort a call, which takes them a thousand times as long as
the arithmetic needs; lifelines stops short of R's digits, scikit-survival gives no standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from ._compiled import kernel
from ._linear import dot, factor, invert, largest, solve
from ._partial import partial_likelihood, separates, standardise
from .cohorts import Batch, Floats, Integers


class Status(IntEnum):
    """How the fit of a cohort ended."""

    CONVERGED = 0
    NO_EVENTS = 1
    SINGULAR = 2
    """A covariate does not vary at the events, or covariates determine each other there."""
    INFINITE = 3
    """The likelihood rises without end along some direction: covariates separate the events."""
    NOT_CONVERGED = 4


@dataclass(frozen=True)
class Cox:
    """Fitted models; the first axis of every array is the cohort.

    Attributes
    ----------
    coef : array, shape (cohorts, p)
        Log hazard ratios. Where the maximum is infinite, those that diverge are infinite and the
        others what they tend to; NaN without a fit.
    covariance : array, shape (cohorts, p, p)
        Inverse of the information; NaN unless converged.
    log_likelihood, log_likelihood_null : array
        Log partial likelihood at the maximum, or what it tends to, and at 0.
    score_chi2 : array
        Score test of all covariates together.
    status : array of int
        See `Status`.
    iterations : array of int
        Evaluations of the likelihood.
    """

    coef: Floats
    covariance: Floats
    log_likelihood: Floats
    log_likelihood_null: Floats
    score_chi2: Floats
    status: Integers
    iterations: Integers

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
        """Two-sided p values of Wald's test of each coefficient, shape (cohorts, p)."""
        return 2 * ndtr(-np.abs(self.coef / self.se))

    def risk(self, covariates: ArrayLike) -> Floats:
        """Log hazard of each patient, up to a constant, shape (cohorts, patients).

        NaN for all patients of a cohort that has not converged.
        """
        converged = (self.status == Status.CONVERGED)[:, None]
        x = np.asarray(covariates, dtype=float)
        return np.einsum("...np,...p->...n", x, np.where(converged, self.coef, np.nan))

    @property
    def lr_chi2(self) -> Floats:
        """Likelihood ratio test of all covariates together."""
        return 2 * (self.log_likelihood - self.log_likelihood_null)

    @property
    def lr_p(self) -> Floats:
        """Its p value, with as many degrees of freedom as covariates."""
        return chdtrc(self.coef.shape[1], self.lr_chi2)

    @property
    def score_p(self) -> Floats:
        """The p value of the score test, with as many degrees of freedom as covariates."""
        return chdtrc(self.coef.shape[1], self.score_chi2)


def cox(batch: Batch, covariates: ArrayLike, ties: str = "efron") -> Cox:
    """Cox regression of each cohort by Newton's method.

    Parameters
    ----------
    batch : Batch
    covariates : array-like, shape (cohorts, patients, p) or (patients, p)
        In the order in which the patients were given.
    ties : {"efron", "breslow"}
        Approximation for tied events.

    Returns
    -------
    Cox

    References
    ----------
    Cox 1972, doi 10.1111/j.2517-6161.1972.tb00899.x; Efron 1977,
    doi 10.1080/01621459.1977.10480613. Checked against `coxph` of R's package survival.
    """
    x = batch.covariates(covariates)
    return Cox(
        *_cox(batch.durations, batch.event_observed, batch.order, batch.size, x, efron(ties))
    )


def efron(ties: str) -> bool:
    """Whether ties are Efron's; refuses what is neither his nor Breslow's."""
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties: efron or breslow was expected, found {ties!r}")
    return ties == "efron"


_STEP = 1e-10
"""A step that ends the search, in standard deviations of a covariate."""
_ROUNDING = 1e-6
"""A step that does so when it is no smaller than the one before."""
_LEAST = 1e-9
"""Share of its information that a covariate has to keep given the others."""
_MOST = 60
"""Evaluations of the likelihood."""
_LONG, _LITTLE = 0.05, 1e-6
"""A step is looked at as the direction to infinity when it is this long, in standard deviations, and
promises so little."""


@kernel
def _cox(durations, event_observed, order, size, covariates, efron):
    cohorts, patients, p = covariates.shape
    coef, covariance = np.full((cohorts, p), np.nan), np.full((cohorts, p, p), np.nan)
    final, null = np.full(cohorts, np.nan), np.full(cohorts, np.nan)
    score_chi2 = np.full(cohorts, np.nan)
    status = np.full(cohorts, Status.NOT_CONVERGED.value, np.int64)
    iterations = np.zeros(cohorts, np.int64)
    z, work = np.empty((patients, p)), np.empty((4, p, p))
    beta, trial, step, score = np.empty(p), np.empty(p), np.empty(p), np.empty(p)
    mean, spread = np.empty(p), np.empty(p)
    information, lower = np.empty((p, p)), np.zeros((p, p))
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
        loglik = partial_likelihood(time, event, n, z, beta, efron, work, score, information)
        null[c] = loglik
        iterations[c] = 1
        thin = False
        for j in range(p):
            thin |= information[j, j] < _LEAST * deaths
        if thin or not factor(information, lower, _LEAST):
            status[c] = Status.SINGULAR.value
            continue
        solve(lower, score, step)
        score_chi2[c] = dot(score, step)
        before = np.inf
        while iterations[c] < _MOST:
            far = largest(step)
            if far < _STEP or (far < _ROUNDING and far >= before):
                for j in range(p):
                    beta[j] += step[j]
                status[c] = Status.CONVERGED.value
                break
            endless = far > _LONG and dot(step, score) < _LITTLE
            if endless and separates(time, event, n, z, step):
                status[c] = Status.INFINITE.value
                break
            before = far
            shorter = 1.0
            while True:
                for j in range(p):
                    trial[j] = beta[j] + shorter * step[j]
                found = partial_likelihood(
                    time, event, n, z, trial, efron, work, score, information
                )
                iterations[c] += 1
                if iterations[c] >= _MOST or (
                    np.isfinite(found) and found >= loglik - 1e-12 * abs(loglik)
                ):
                    break
                shorter /= 2.0
            beta[:] = trial
            loglik = found
            if not factor(information, lower, 0.0):
                if separates(time, event, n, z, step):
                    status[c] = Status.INFINITE.value
                break
            solve(lower, score, step)
        if status[c] == Status.CONVERGED.value:
            final[c] = loglik
            invert(lower, trial, covariance[c])
            for i in range(p):
                coef[c, i] = beta[i] / spread[i]
                for j in range(p):
                    covariance[c, i, j] /= spread[i] * spread[j]
        elif status[c] == Status.INFINITE.value:
            # Towards infinity the likelihood lacks as much as a step promises.
            final[c] = loglik + dot(score, step)
            for i in range(p):
                diverges = abs(step[i]) > 1e-3 * largest(step)
                coef[c, i] = np.copysign(np.inf, step[i]) if diverges else beta[i] / spread[i]
    return coef, covariance, final, null, score_chi2, status, iterations
