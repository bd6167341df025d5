"""Growth as scans show it: the diameter at which a lesion is found that the scan before had missed.

Lesions appear on any day alike and grow exponentially. A scan finds one of log diameter x if it shows
it and the scan before, when it was smaller, did not. With a sensitivity that is logistic in x both have
a closed form: of the lesions with rate k that are found an interval apart, the share with a log diameter
up to x is (sp(y) - sp(y - b)) / b, where y = h (x - x0), b = h k times the interval, and sp(y) =
log(1 + exp(y)). With a threshold it is uniform over k times the interval. So the mean log diameter
rises with the interval by k / 2, and not by k.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isinf, log

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import ndtr

from .paths import Reals
from .ridge import DAYS_A_MONTH
from .sensitivity import Sensitivity
from .steady import lognormal_points

_NODES, _FELT = 31, 9
_LEAST = 1e-300


@dataclass(frozen=True)
class DetectedFit:
    """Growth fitted to lesions as scans find them.

    Attributes
    ----------
    rate : float
        Median growth of the log diameter a month.
    spread : float
        SD of the logarithm of the rate between lesions; 0 where all were taken to grow alike.
    log_likelihood : float
    lesions : int
    """

    rate: float
    spread: float
    log_likelihood: float
    lesions: int

    @property
    def volume_doubling(self) -> float:
        """Days in which the volume of the median lesion doubles."""
        return DAYS_A_MONTH * log(2) / (3 * self.rate)


def share_below(
    diameter_mm: ArrayLike, interval_months: ArrayLike, rate: ArrayLike, sensitivity: Sensitivity
) -> Reals:
    """Of lesions found after an interval, the share that is smaller than a diameter.

    Parameters
    ----------
    diameter_mm, interval_months : array-like
        mm, and months since the scan that missed the lesion.
    rate : array-like
        Growth of the log diameter a month.
    sensitivity : Sensitivity
        What all lesions have in common, `most`, plays no part.

    Returns
    -------
    array
        Broadcast over the three.
    """
    x, interval, k = np.broadcast_arrays(
        *(np.asarray(one, float) for one in (diameter_mm, interval_months, rate))
    )
    with np.errstate(divide="ignore"):
        over = np.log(np.maximum(x, 0.0)) - log(sensitivity.half_mm)
    grown = k * interval
    if isinf(sensitivity.steepness):
        return np.clip(over / grown, 0, 1)
    h = sensitivity.steepness
    b = h * grown
    y = np.where(np.isinf(over) & (over > 0), 0.0, h * over)
    share = np.clip((np.logaddexp(0, y) - np.logaddexp(0, y - b)) / b, 0, 1)
    return np.where(np.isinf(over) & (over > 0), 1.0, share)


def share_of_all(
    diameter_mm: ArrayLike,
    interval_months: ArrayLike,
    rate: float,
    spread: float,
    sensitivity: Sensitivity,
) -> Reals:
    """As `share_below`, of lesions whose rates are log-normal with a median and a spread.

    Parameters
    ----------
    diameter_mm, interval_months : array-like
        mm, and months since the scan that missed the lesion.
    rate, spread : float
        Median growth of the log diameter a month, and the SD of its logarithm; with 0 all are alike.
    sensitivity : Sensitivity
        With a threshold the mean over rates has a closed form; otherwise it is by Gauss's nodes.

    Returns
    -------
    array
        Fast lesions are not found more often than slow ones, as long as they are not felt.
    """
    if spread == 0:
        return share_below(diameter_mm, interval_months, rate, sensitivity)
    x, interval = np.broadcast_arrays(
        np.asarray(diameter_mm, float), np.asarray(interval_months, float)
    )
    if not isinf(sensitivity.steepness):
        nodes, weights = hermegauss(_NODES)
        rates = rate * np.exp(spread * nodes.reshape(-1, *(1,) * x.ndim))
        found = interval / -np.expm1(-sensitivity.steepness * rates * interval)
        found = found * weights.reshape(rates.shape)
        share = share_below(x, interval, rates, sensitivity)
        return np.sum(found * share, axis=0) / np.sum(found, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = np.log(np.maximum(x, sensitivity.half_mm)) - log(sensitivity.half_mm)
        times = over / (rate * interval)  # of a lesion at the median rate
        at = np.log(times) / spread
        slow = ndtr(at) + times * np.exp(spread**2 / 2) * ndtr(-at - spread)
    return np.where(np.isinf(over), 1.0, np.where(over > 0, slow, 0.0))


def fit_detected(
    interval_months: ArrayLike,
    diameter_mm: ArrayLike,
    sensitivity: Sensitivity,
    *,
    alike: bool = False,
    rounding_mm: float = 1.0,
    felt_mm: float = inf,
    felt_spread: float = 0.0,
) -> DetectedFit:
    """Fit the rate of growth, and how it differs between lesions, by maximum likelihood.

    Parameters
    ----------
    interval_months, diameter_mm : (n,) array-like
        Of lesions that a scan found: months since the scan that missed each, and its diameter.
    sensitivity : Sensitivity
        Taken as known.
    alike : bool
        Whether all lesions grow at one rate; otherwise rates are log-normal between them.
    rounding_mm : float
        To which diameters were rounded.
    felt_mm, felt_spread : float
        Median diameter at which lesions are felt, and then not found by scans, mm, and the SD of its
        logarithm.

    Returns
    -------
    DetectedFit

    Raises
    ------
    ValueError
        Without a lesion, and for intervals that are not positive.

    Notes
    -----
    Lesions become visible on any day alike, and of scans before the last one nothing is used: they
    would have had to show a lesion that was smaller still.
    """
    interval, size = np.asarray(interval_months, float), np.asarray(diameter_mm, float)
    if not len(size) or not (interval > 0).all():
        raise ValueError("lesions with intervals above 0 months were expected")
    half = rounding_mm / 2
    felt = lognormal_points(felt_mm, felt_spread, _FELT if felt_spread > 0 else 1)[:, None]
    ends = np.minimum(felt, size - half), np.minimum(felt, size + half), felt

    def minus(parameters: Reals) -> float:
        rate, spread = float(np.exp(parameters[0])), 0.0 if alike else float(np.exp(parameters[1]))
        below, within, all_found = (
            np.sum(share_of_all(end, interval, rate, spread, sensitivity), axis=0) for end in ends
        )
        chance = (within - below) / all_found
        return -float(np.log(np.maximum(chance, _LEAST)).sum())

    tried = np.log(np.geomspace(0.01, 2, 24))
    first = tried[np.argmin([minus(np.array([one, log(0.5)])) for one in tried])]
    start = np.array([first] if alike else [first, log(0.5)])
    best = minimize(minus, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7})
    spread = 0.0 if alike else float(np.exp(best.x[1]))
    return DetectedFit(float(np.exp(best.x[0])), spread, -float(best.fun), len(size))
