"""Harrell's concordance with a bootstrap correction for optimism.

lifelines and scikit-survival compute the concordance, neither corrects it; no maintained Python
package does what `validate` of R's rms does.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter  # type: ignore[import-untyped]
from lifelines.exceptions import ConvergenceError, ConvergenceWarning  # type: ignore[import-untyped]
from lifelines.utils import concordance_index  # type: ignore[import-untyped]
from numpy.typing import ArrayLike, NDArray


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
    resamples : int
        Resamples that gave a fit.
    failed : int
        Resamples without a finite fit; they are left out.
    """

    apparent: float
    optimism: float
    corrected: float
    resamples: int
    failed: int


def concordance(
    covariates: pd.DataFrame,
    durations: ArrayLike,
    event_observed: ArrayLike,
    resamples: int = 100,
    seed: int = 2023,
) -> Concordance:
    """Harrell's C of a Cox model, apparent and corrected for optimism.

    Parameters
    ----------
    covariates : DataFrame, shape (n, p)
        All covariates considered; choosing among them would have to be repeated in each resample.
    durations, event_observed : array-like, shape (n,)
    resamples : int
        Bootstrap samples, each of n patients drawn with replacement.
    seed : int
        Of numpy's default generator.

    Returns
    -------
    Concordance
        NaN where the model has no finite fit, or no resample has one.

    References
    ----------
    Harrell, Lee and Mark 1996,
    doi 10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    x = covariates.to_numpy(float)
    time, event = np.asarray(durations, dtype=float), np.asarray(event_observed, dtype=float)
    beta = _coefficients(x, time, event)
    if beta is None:
        return Concordance(nan, nan, nan, 0, resamples)
    rng = np.random.default_rng(seed)
    optimism = []
    for _ in range(resamples):
        drawn = rng.integers(0, len(time), len(time))
        found = _coefficients(x[drawn], time[drawn], event[drawn])
        if found is not None:
            within = _harrell(x[drawn] @ found, time[drawn], event[drawn])
            optimism.append(within - _harrell(x @ found, time, event))
    apparent = _harrell(x @ beta, time, event)
    mean = float(np.mean(optimism)) if optimism else nan
    return Concordance(apparent, mean, apparent - mean, len(optimism), resamples - len(optimism))


def _coefficients(
    x: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Cox coefficients, 0 for columns that do not vary; None without a finite maximum."""
    varies = np.ptp(x, axis=0) > 0 if len(x) else np.zeros(x.shape[1], bool)
    if not varies.any() or not event.any():
        return None
    frame = pd.DataFrame(x[:, varies], columns=[f"x{j}" for j in range(int(varies.sum()))])
    frame["time"], frame["event"] = time, event
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            fit = CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-9})
        except (ConvergenceError, ConvergenceWarning):
            return None
    beta = np.zeros(x.shape[1])
    beta[varies] = fit.params_.to_numpy(float)
    return beta


def _harrell(
    risk: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.float64]
) -> float:
    try:
        return float(concordance_index(time, -risk, event))
    except ZeroDivisionError:
        return nan  # no pair of which it is known who lived longer
