"""What other models than Cox's say, in every cohort: strata, competing events, ratios of times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_ndtr, logsumexp

from .observed import Observed
from .states import HazardRatio, hazard_ratio

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]
_STEPS = 60


def stratified_ratio(of: Observed, inside: _Bools, stratum: _Bools) -> HazardRatio:
    """Hazard ratio of a group, patients compared within their stratum alone.

    Parameters
    ----------
    of : Observed
    inside : array of bool, shape (cohorts, patients)
        The group.
    stratum : array of bool, the same shape
    """
    together = (stratum[:, None, :] == stratum[:, :, None]) & of.member[:, None, :]
    there = together & (of.time[:, None, :] >= of.time[:, :, None])
    return hazard_ratio(of.time, of.event, _from_start(inside), of.member, at_risk=there)


def subdistribution_ratio(of: Observed, cause: _Bools, inside: _Bools) -> HazardRatio:
    """Fine and Gray's ratio of a group for one event; any other event competes with it.

    Who had another event at T counts at a later t as G(t−) / G(T−), where G is the Kaplan–Meier estimate
    of not being censored, and events come before censoring at the same time.

    Parameters
    ----------
    of : Observed
        Times to the first of all events; nobody with a time of 0.
    cause : array of bool, shape (cohorts, patients)
        Whose event is the one asked for.
    inside : array of bool, the same shape
        The group.

    Returns
    -------
    HazardRatio
        Its standard error is the one of a Cox model, not the robust one.

    References
    ----------
    Fine and Gray 1999, doi 10.1080/01621459.1999.10474144.
    """
    watched = of.still_watched(of.time)
    earlier = of.time[:, None, :] < of.time[:, :, None]
    competing = (of.event & ~cause & of.member)[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = watched[:, :, None] / watched[:, None, :]
    there = np.where(earlier, np.where(competing, left, 0.0), of.member[:, None, :])
    return hazard_ratio(of.time, of.event & cause, _from_start(inside), of.member, at_risk=there)


def _from_start(inside: _Bools) -> _Floats:
    return np.where(inside, -np.inf, np.inf)


def weibull_time_ratio(of: Observed, inside: _Bools) -> _Floats:
    """Ratio of times of a group to the others, accelerated failure time model with Weibull's law.

    For a given shape k the cumulative hazard of each group is its deaths over its sum of t^k, so that one
    equation in k is left, whose left side falls.

    Parameters
    ----------
    of : Observed
        Nobody with a time of 0.
    inside : array of bool, shape (cohorts, patients)

    Returns
    -------
    array, shape (cohorts,)
        NaN where a group has no event.
    """
    groups = [of.member & inside, of.member & ~inside]
    hits = [(member & of.event).sum(axis=1) for member in groups]
    logs = np.log(of.time)
    total = np.where(of.member & of.event, logs, 0.0).sum(axis=1)
    deaths = hits[0] + hits[1]
    low, high = np.full(len(deaths), 1e-3), np.full(len(deaths), 1e3)
    for _ in range(_STEPS + 20):
        shape = np.sqrt(low * high)
        rest = deaths / shape + total
        for member, hit in zip(groups, hits, strict=True):
            power = _powers(logs, member, shape)
            with np.errstate(invalid="ignore"):
                rest = rest - hit * (power * logs).sum(axis=1) / power.sum(axis=1)
        low, high = np.where(rest > 0, shape, low), np.where(rest > 0, high, shape)
    shape = np.sqrt(low * high)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_scale = [
            logsumexp(_raised(logs, member, shape), axis=1) - np.log(hit)
            for member, hit in zip(groups, hits, strict=True)
        ]
    ratio = np.exp((log_scale[0] - log_scale[1]) / shape)
    return np.where((hits[0] > 0) & (hits[1] > 0), ratio, np.nan)


def _powers(logs: _Floats, member: _Bools, shape: _Floats) -> _Floats:
    """Times to a power, up to a factor a cohort; 0 for who does not count."""
    raised = _raised(logs, member, shape)
    return np.exp(raised - raised.max(axis=1, keepdims=True))


def _raised(logs: _Floats, member: _Bools, shape: _Floats) -> _Floats:
    """Logarithms of times to a power, of those who count."""
    return np.where(member, shape[:, None] * logs, -np.inf)


def log_normal_time_ratio(of: Observed, inside: _Bools) -> _Floats:
    """The same with the log-normal law, by Newton's method.

    In 1/σ and β/σ the likelihood is concave (Olsen 1978, doi 10.2307/1913838).

    Parameters
    ----------
    of : Observed
        Nobody with a time of 0.
    inside : array of bool, shape (cohorts, patients)

    Returns
    -------
    array, shape (cohorts,)
        NaN where a group has no event.
    """
    y = np.log(of.time)
    hit, lost = of.member & of.event, of.member & ~of.event
    # The columns that the residual z = θ·w is linear in; θ is 1/σ, −β0/σ, −β1/σ.
    w = np.stack([y, np.ones_like(y), inside.astype(float)], axis=-1)
    count = np.maximum(of.member.sum(axis=1), 1)
    centre = np.where(of.member, y, 0.0).sum(axis=1) / count
    spread = np.sqrt(np.where(of.member, (y - centre[:, None]) ** 2, 0.0).sum(axis=1) / count)
    spread = np.maximum(spread, 1e-3)
    theta = np.stack([1 / spread, -centre / spread, np.zeros_like(centre)], axis=-1)
    known = np.minimum((hit & inside).sum(axis=1), (hit & ~inside).sum(axis=1)) > 0
    deaths = hit.sum(axis=1)
    for _ in range(_STEPS):
        z = np.einsum("cpk,ck->cp", w, theta)
        mills = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-z))
        slope = np.where(hit, -z, np.where(lost, -mills, 0.0))
        curve = np.where(hit, 1.0, np.where(lost, mills * (mills - z), 0.0))
        score = np.einsum("cp,cpk->ck", slope, w)
        score[:, 0] += deaths / theta[:, 0]
        information = np.einsum("cp,cpk,cpl->ckl", curve, w, w)
        information[:, 0, 0] += deaths / theta[:, 0] ** 2
        information[~known] = np.eye(3)
        step = np.linalg.solve(information, score[..., None])[..., 0]
        shrink = np.ones(len(theta))
        for _ in range(30):
            if not (beyond := theta[:, 0] + shrink * step[:, 0] <= 0).any():
                break
            shrink = np.where(beyond, shrink / 2, shrink)
        theta = theta + shrink[:, None] * np.where(known[:, None], step, 0.0)
    return np.where(known, np.exp(-theta[:, 2] / theta[:, 0]), np.nan)


_STARTS = ((-2.0, 0.0), (0.0, 0.3))
"""Where the search for a share cured begins: its logit, and the logarithm of Weibull's shape."""
_NONE_CURED = 1e-4
"""Where the search ends at its bound, the likelihood is greatest with nobody cured."""


def share_cured(time: _Floats, event: _Bools) -> float:
    """The share who never die, the others by Weibull's law: the maximum of the likelihood.

    lifelines does the same; here the gradient is given and two starts are tried.

    Parameters
    ----------
    time, event : array, shape (patients,)
        Of one cohort; no time of 0.

    Returns
    -------
    float
        0 where the likelihood is greatest with nobody cured, NaN without an event.
    """
    if not event.any():
        return np.nan
    logs = np.log(time / time.mean())
    fits = [
        minimize(
            _mixture,
            [logit, 0.0, shape],
            (logs, event),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-12, 12), (-10, 10), (-3, 3)],
            options={"ftol": 1e-13, "gtol": 1e-7},
        )
        for logit, shape in _STARTS
    ]
    share = float(expit(min(fits, key=lambda fit: float(fit.fun)).x[0]))
    return 0.0 if share < _NONE_CURED else share


def _mixture(at: _Floats, logs: _Floats, event: _Bools) -> tuple[float, _Floats]:
    """Minus the log likelihood of a cured share and Weibull's law, and its gradient."""
    cured, raised = expit(at[0]), np.exp(at[2]) * logs - np.exp(at[2]) * at[1]
    hazard = np.exp(raised)
    left = np.exp(-hazard)
    seen = np.log(1 - cured) + at[2] - logs + raised - hazard
    alive = cured + (1 - cured) * left
    value = np.where(event, seen, np.log(alive)).sum()
    by_cured = np.where(event, -cured, (1 - left) * cured * (1 - cured) / alive).sum()
    by_raised = np.where(event, 1 - hazard, -(1 - cured) * left * hazard / alive)
    by_scale = -np.exp(at[2]) * by_raised.sum()
    by_shape = event.sum() + (by_raised * raised).sum()
    return -float(value), -np.array([by_cured, by_scale, by_shape])
