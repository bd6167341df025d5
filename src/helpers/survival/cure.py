"""How well the share that is cured is known: its profile likelihood.

lifelines' `MixtureCureFitter` finds the best share, but its interval is estimate ± 1.96 standard
errors, which runs below 0 where follow-up is short. It cannot hold the share fixed.
"""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from .steps import Floats, times_and_events


def cure_profile(
    durations: ArrayLike, event_observed: ArrayLike, shares: ArrayLike
) -> pd.DataFrame:
    """Highest likelihood of a Weibull cure model for each share that never has the event.

    Survival is share + (1 − share) exp(−(t / scale)^shape).

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
        Durations above 0.
    shares : array-like, shape (k,)
        From 0 to below 1.

    Returns
    -------
    DataFrame
        `share`, `shape`, `scale`, `log_likelihood`, and `drop`, twice the distance from the
        highest of the rows; shares with a drop below 3.84 are inside a 95% interval. NaN without
        any event, and where all are at one time: it then has no maximum for a share above 0.

    Raises
    ------
    ValueError
        When a duration or a share is not in its range.

    References
    ----------
    Farewell 1982, doi 10.2307/2529885; Maller and Zhou 1996.
    """
    time, event = times_and_events(durations, event_observed)
    fixed = np.atleast_1d(np.asarray(shares, dtype=float))
    if not (time > 0).all():
        raise ValueError("durations: numbers above 0 were expected")
    if not ((fixed >= 0) & (fixed < 1)).all():
        raise ValueError("shares: numbers from 0 to below 1 were expected")
    rows = []
    several = len(np.unique(time[event == 1])) > 1
    for share in fixed:
        if not several:
            rows.append((share, nan, nan, nan))
            continue
        start = np.array([0.0, np.log(time.sum() / event.sum() * (1 - share))])
        best = minimize(
            _minus_log_likelihood,
            start,
            args=(time, event, share),
            method="BFGS",
            jac=True,
            options={"gtol": 1e-7, "maxiter": 500},
        )
        rows.append((share, *np.exp(best.x), -best.fun))
    found = pd.DataFrame(rows, columns=["share", "shape", "scale", "log_likelihood"])
    found["drop"] = 2 * (found["log_likelihood"].max() - found["log_likelihood"])
    return found


def _minus_log_likelihood(
    logs: Floats, time: Floats, event: Floats, share: float
) -> tuple[float, Floats]:
    """Minus the log-likelihood and its gradient, by the logarithms of shape and scale."""
    shape = np.exp(logs[0])
    along = np.log(time) - logs[1]
    cumulative = np.exp(np.minimum(shape * along, 600.0))
    alive = (1 - share) * np.exp(-cumulative)
    log_density = np.log1p(-share) + logs[0] - np.log(time) + shape * along - cumulative
    with np.errstate(divide="ignore"):
        log_survival = np.log(share + alive) if share > 0 else -cumulative
    value = np.where(event == 1, log_density, log_survival).sum()
    # Derivatives of the log of the cumulative hazard are shape·along and −shape.
    inner = np.where(
        event == 1, 1 - cumulative, -cumulative * (alive / (share + alive) if share > 0 else 1.0)
    )
    gradient = np.array([(event + inner * shape * along).sum(), (-shape * inner).sum()])
    return -float(value), -gradient
