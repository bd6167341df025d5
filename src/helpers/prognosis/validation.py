"""How far a model can be believed: events per variable, and concordance corrected for optimism.

lifelines and scikit-survival compute the concordance, neither corrects it; no maintained Python
package does what `validate` of R's rms does.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from lifelines.utils import concordance_index
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

_FAINT = 1e-4
"""Ridge penalty of a fit that has no finite maximum without one."""


@dataclass(frozen=True)
class Concordance:
    """How well a Cox model ranks patients.

    Attributes
    ----------
    apparent : float
        Harrell's C on the patients that the model was fitted to; 0.5 is chance.
    optimism : float
        Mean over resamples of C on the resample minus C of the same fit on all patients.
    corrected : float
        Apparent minus optimism.
    se : float
        Standard error of the index for a score that was given beforehand.
    lower, upper : float
        Interval of the corrected index by that error, cut off at 0 and 1; what the optimism itself
        is uncertain by is not in it.
    resamples : int
        Resamples behind the mean; those without two distinct patients or an event are left out.
    separated : int
        Those of them in which a covariate separates, so that no finite hazard ratio exists. They
        are fitted with a faint ridge penalty, which leaves the ranking what it tends to.
    """

    apparent: float
    optimism: float
    corrected: float
    se: float
    lower: float
    upper: float
    resamples: int
    separated: int


def concordance(
    covariates: pd.DataFrame | Callable[[NDArray[np.intp]], pd.DataFrame],
    durations: ArrayLike,
    event_observed: ArrayLike,
    resamples: int = 100,
    seed: int = 2023,
    alpha: float = 0.05,
) -> Concordance:
    """Harrell's C of a Cox model, apparent and corrected for optimism.

    Parameters
    ----------
    covariates : DataFrame, shape (n, p), or callable
        All covariates considered. Where the outcome had a part in choosing them, such as a
        cut-point, a function that chooses again: it is given the rows of a resample and returns the
        covariates of all n patients.
    durations, event_observed : array-like, shape (n,)
    resamples : int
        Bootstrap samples, each of n patients drawn with replacement.
    seed : int
        Of numpy's default generator.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    Concordance
        NaN without an event, without a covariate that varies, and where no pair of patients is
        known to have an order.

    References
    ----------
    Harrell, Lee and Mark 1996,
    doi 10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4. Standard error by the
    infinitesimal jackknife, as `concordance` of R's package survival; moved by the optimism as in
    Noma et al. 2021, doi 10.1002/sim.9148, who move a bootstrap interval.
    """
    time, event = np.asarray(durations, dtype=float), np.asarray(event_observed, dtype=float)

    def chosen(rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return (covariates(rows) if callable(covariates) else covariates).to_numpy(float)

    x = chosen(np.arange(len(time)))
    everyone = _fit(x, time, event)
    if everyone is None:
        return Concordance(nan, nan, nan, nan, nan, nan, 0, 0)
    apparent = _harrell(x @ everyone.coefficients, time, event)
    se = _standard_error(x @ everyone.coefficients, time, event)
    rng = np.random.default_rng(seed)
    optimism, separated = [], 0
    for _ in range(resamples):
        drawn = rng.integers(0, len(time), len(time))
        x = chosen(drawn)
        fit = _fit(x[drawn], time[drawn], event[drawn])
        if fit is None:
            continue
        within = _harrell(x[drawn] @ fit.coefficients, time[drawn], event[drawn])
        gain = within - _harrell(x @ fit.coefficients, time, event)
        if np.isfinite(gain):
            optimism.append(gain)
            separated += fit.separated
    mean = float(np.mean(optimism)) if optimism else nan
    corrected, half = apparent - mean, float(norm.isf(alpha / 2)) * se
    return Concordance(
        apparent=apparent,
        optimism=mean,
        corrected=corrected,
        se=se,
        lower=max(corrected - half, 0.0) if isfinite(half) else nan,
        upper=min(corrected + half, 1.0) if isfinite(half) else nan,
        resamples=len(optimism),
        separated=separated,
    )


@dataclass(frozen=True)
class _Fit:
    coefficients: NDArray[np.float64]
    separated: bool


def _fit(
    x: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.float64]
) -> _Fit | None:
    """Cox coefficients, 0 for columns that do not vary; None where there is nothing to fit."""
    varies = np.ptp(x, axis=0) > 0 if len(x) else np.zeros(x.shape[1], bool)
    if not varies.any() or not event.any():
        return None
    frame = pd.DataFrame(x[:, varies], columns=[f"x{j}" for j in range(int(varies.sum()))])
    frame["time"], frame["event"] = time, event
    for penalizer in (0.0, _FAINT):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not penalizer:
                warnings.simplefilter("error", ConvergenceWarning)
            try:
                fit = CoxPHFitter(penalizer=penalizer).fit(frame, "time", "event")
            except (ConvergenceError, ConvergenceWarning):
                continue
        coefficients = np.zeros(x.shape[1])
        coefficients[varies] = fit.params_.to_numpy(float)
        return _Fit(coefficients, penalizer > 0)
    return None


def _harrell(
    risk: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.float64]
) -> float:
    try:
        return float(concordance_index(time, -risk, event))
    except ZeroDivisionError:
        return nan  # no pair of which it is known who lived longer


def _standard_error(
    risk: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.float64]
) -> float:
    """Root of the sum of squares of what each patient's weight does to the index."""
    later = (time[:, None] < time) | ((time[:, None] == time) & (event == 0))
    pair = (event[:, None] == 1) & later
    right = np.where(pair, (np.sign(risk[:, None] - risk) + 1) / 2, 0.0)
    pairs, of_each = pair.sum(), pair.sum(axis=0) + pair.sum(axis=1)
    if not pairs:
        return nan
    influence = (right.sum(axis=0) + right.sum(axis=1) - right.sum() / pairs * of_each) / pairs
    return float(np.sqrt(np.sum(influence**2)))


def events_per_variable(event_observed: ArrayLike, covariates: pd.DataFrame) -> float:
    """Events per covariate, the usual measure of how much a model asks of its data.

    Parameters
    ----------
    event_observed : array-like of 0 and 1, shape (n,)
    covariates : DataFrame
        The columns count, all of them, also those that selection would drop later.

    Returns
    -------
    float
        NaN without covariates.

    References
    ----------
    Peduzzi et al. 1995, doi 10.1016/0895-4356(95)00048-8.
    """
    width = covariates.shape[1]
    return float(np.sum(np.asarray(event_observed, dtype=float))) / width if width else nan
