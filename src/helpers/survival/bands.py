"""A band that holds a whole survival curve at once, beside intervals that hold at one time each.

lifelines has none. statsmodels' `SurvfuncRight.simultaneous_cb` puts the number at risk where Hall
and Wellner have the number of patients, so that its band is too wide early and too narrow late.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import kstwobign, norm

from .steps import Floats, bounds, steps

_TERMS = np.arange(-20, 21)


@dataclass(frozen=True)
class LeftSomewhere:
    """Shares of simulated studies whose limits the true curve leaves at some time.

    Attributes
    ----------
    pointwise, band : float
        0 to 1; NaN when no study had a curve with limits.
    studies : int
        Studies that had one.
    """

    pointwise: float
    band: float
    studies: int


def critical_value(share: float, alpha: float = 0.05) -> float:
    """What a Brownian bridge exceeds in absolute value with probability alpha up to some share of its way.

    Parameters
    ----------
    share : float
        Above 0, at most 1; at 1 the critical value is Kolmogorov's.
    alpha : float

    Returns
    -------
    float

    References
    ----------
    Hall and Wellner 1980, doi 10.1093/biomet/67.1.133.
    """
    from scipy.optimize import brentq

    if not 0 < share <= 1:
        raise ValueError(f"share: a number above 0 and at most 1 was expected, found {share!r}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: a number between 0 and 1 was expected, found {alpha!r}")
    # Not less than at its widest place alone, nor more than over the whole way.
    widest = min(share, 0.5)
    least = norm.isf(alpha / 2) * sqrt(widest * (1 - widest))
    most = 1.01 * kstwobign.isf(alpha)
    return float(brentq(lambda c: _stays_within(c, share) - (1 - alpha), 0.99 * least, most))


def _stays_within(c: float, share: float) -> float:
    """Probability that a Brownian bridge stays between −c and c up to a share of its way."""
    end = sqrt(max(share * (1 - share), 1e-300))  # its standard deviation there
    mirrored = 2 * _TERMS * c * (1 - share)
    weights = np.where(_TERMS % 2, -1.0, 1.0) * np.exp(-2 * (_TERMS * c) ** 2)
    return float(weights @ (ndtr((c - mirrored) / end) - ndtr((-c - mirrored) / end)))


def simultaneous_band(
    durations: ArrayLike, event_observed: ArrayLike, alpha: float = 0.05
) -> pd.DataFrame:
    """Hall and Wellner's band of a Kaplan–Meier curve: S ± c (1 + nσ²) S / √n, cut at 0 and 1.

    The critical value c is that of a Brownian bridge on (0, a), where a = nσ² / (1 + nσ²) with
    Greenwood's sum σ² at the last row; it is at most Kolmogorov's (1.358 for 95%).

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    alpha : float
        One minus the level, both of the band and of the point-wise intervals.

    Returns
    -------
    DataFrame
        Indexed by `time`, a row a time with events from the first to the last at which the estimate
        is above 0, which is where the band is valid; between rows everything keeps its value.
        `survival`; `lower` and `upper` of the band; `lower_at_one_time` and `upper_at_one_time`,
        the point-wise log-log interval. Without rows where nobody has an event and nobody is left.

    References
    ----------
    Hall and Wellner 1980, doi 10.1093/biomet/67.1.133; section 4.4 of Klein and Moeschberger 2003,
    doi 10.1007/b97377. Checked against R's package km.ci.
    """
    curve = steps(durations, event_observed)
    curve = curve[(curve["events"] > 0) & (curve["survival"] > 0)]
    survival, sums = curve["survival"].to_numpy(float), curve["greenwood"].to_numpy(float)
    lower, upper = _band(survival, sums, np.size(durations), alpha)
    lower_once, upper_once = bounds(survival, sums, "log-log", alpha)
    return pd.DataFrame(
        {
            "survival": survival,
            "lower": lower,
            "upper": upper,
            "lower_at_one_time": lower_once,
            "upper_at_one_time": upper_once,
        },
        index=curve.index,
    )


def _band(survival: Floats, greenwood: Floats, n: int, alpha: float) -> tuple[Floats, Floats]:
    """Limits of the band at the times of its rows, of which the last ends it."""
    if not survival.size:
        return survival, survival
    spread = n * greenwood
    reach = spread[-1] / (1 + spread[-1])
    margin = critical_value(reach, alpha) * (1 + spread) / sqrt(n)
    return np.maximum(survival * (1 - margin), 0), np.minimum(survival * (1 + margin), 1)


def left_somewhere(
    patients: int,
    death_rate: float,
    leaving_rate: float,
    *,
    studies: int,
    rng: np.random.Generator,
    alpha: float = 0.05,
) -> LeftSomewhere:
    """How often a true curve leaves point-wise limits, and a band, at some time.

    Parameters
    ----------
    patients : int
        In each study.
    death_rate, leaving_rate : float
        Constant, per unit of time.
    studies : int
    rng : numpy.random.Generator
    alpha : float

    Returns
    -------
    LeftSomewhere
        Each study is looked at from the first to the last time of its band, whatever lies between.
    """
    outside = []
    rate = death_rate + leaving_rate
    at_risk = np.arange(patients, 0, -1)
    for _ in range(studies if rate > 0 else 0):
        time = np.sort(rng.exponential(1 / rate, patients))
        died = rng.random(patients) < death_rate / rate
        died[-1] = False  # a death of the last one there ends the curve at 0, without limits
        if not died.any():
            continue
        survival = np.cumprod(1 - died / at_risk, dtype=np.float64)[died]
        greenwood = np.cumsum(died / (at_risk * np.maximum(at_risk - 1, 1)))[died]
        true = np.exp(-death_rate * time[died])
        before_next = np.append(true[1:], true[-1])
        outside.append(
            [
                (upper < true).any() or (lower > before_next).any()
                for lower, upper in (
                    bounds(survival, greenwood, "log-log", alpha),
                    _band(survival, greenwood, patients, alpha),
                )
            ]
        )
    if not outside:
        return LeftSomewhere(float("nan"), float("nan"), 0)
    pointwise, band = np.mean(outside, axis=0)
    return LeftSomewhere(float(pointwise), float(band), len(outside))
