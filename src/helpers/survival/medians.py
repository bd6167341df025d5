"""Median survival and median follow-up by R's rules.

lifelines takes the left end where the curve is exactly one half, R the middle of the flat stretch;
lifelines' `median_survival_times` of the bounds knows one interval type.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import ArrayLike

from .steps import Floats, IntervalScale, bounds, steps, times_and_events

_TOLERANCE = float(np.sqrt(np.finfo(float).eps))
"""How near to one half counts as one half; R's own."""
_ABOVE, _BELOW = 0.55, 0.45
"""Heights between which a curve falls about its median."""
_DIGITS = 12
"""Decimals at which heights are compared."""


@dataclass(frozen=True)
class MedianSurvival:
    """Median of a survival curve, in the unit of the durations.

    Attributes
    ----------
    estimate : float
        Infinite when the curve stays above one half.
    lower, upper : float
        Brookmeyer–Crowley bounds: where the bounds of the curve reach one half. An upper bound that
        does not is infinite, a lower bound that does not is NaN.
    """

    estimate: float
    lower: float
    upper: float


def median_survival(
    durations: ArrayLike,
    event_observed: ArrayLike,
    interval: IntervalScale = "log-log",
    alpha: float = 0.05,
) -> MedianSurvival:
    """Median survival with its interval.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    interval : {"log-log", "log", "plain", "arcsin"}
        Interval type of the curve.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    MedianSurvival
        All NaN when there are no patients.

    References
    ----------
    Brookmeyer and Crowley 1982, doi 10.2307/2530286. Checked against `survfit` of R's package
    survival, which writes NA where this writes infinity.
    """
    curve = steps(durations, event_observed)
    if curve.empty:
        return MedianSurvival(nan, nan, nan)
    time = curve.index.to_numpy(float)
    lower, upper = bounds(curve["survival"], curve["greenwood"], interval, alpha)
    low = _crossing(time, lower)
    return MedianSurvival(
        _crossing(time, curve["survival"].to_numpy(float)),
        low if isfinite(low) else nan,
        _crossing(time, upper),
    )


def median_standard_error(durations: ArrayLike, event_observed: ArrayLike) -> float:
    """Standard error of the median, by the density of the times about it.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)

    Returns
    -------
    float
        Greenwood's standard error of the curve where it is first at most one half, divided by how
        steeply it falls between the last event time at which it is at least 55% and the first at
        which it is at most 45%. NaN where one of those is missing, or the curve is then 0.

    References
    ----------
    Collett, Modelling Survival Data in Medical Research, as Marques de Sá 2007, doi
    10.1007/978-3-540-71972-4, cites him for the quotient, equation 9.17. The heights of 55% and 45% are
    from memory of him. A symmetric interval from it is what SPSS prints, by what is said of its algorithms.
    """
    curve = steps(durations, event_observed)
    curve = curve[curve["events"] > 0]
    height = curve["survival"].round(_DIGITS)
    above, below = curve[height >= _ABOVE], curve[height <= _BELOW]
    half = curve[height <= 0.5]
    if above.empty or below.empty or not half["survival"].iloc[0] > 0:
        return nan
    fall = above["survival"].iloc[-1] - below["survival"].iloc[0]
    steepness = fall / (below.index[0] - above.index[-1])
    there = half.iloc[0]
    return float(there["survival"] * np.sqrt(there["greenwood"]) / steepness)


def _crossing(time: Floats, heights: Floats) -> float:
    """The first time at or below one half, or the middle of the stretch at one half."""
    below = heights < 0.5 + _TOLERANCE  # False where NaN
    if not below.any():
        return inf
    time, heights = time[below], heights[below]
    further = heights < heights[0]
    if abs(heights[0] - 0.5) < _TOLERANCE and further.any():
        return float((time[0] + time[further.argmax()]) / 2)
    return float(time[0])


def follow_up_median(durations: ArrayLike, event_observed: ArrayLike) -> MedianSurvival:
    """Median follow-up by the reverse Kaplan–Meier method: being censored is the event.

    It estimates how long patients would have been followed had nobody died.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
        As for survival: 1 for a death.

    References
    ----------
    Schemper and Smith 1996, doi 10.1016/0197-2456(96)00075-X.
    """
    time, event = times_and_events(durations, event_observed)
    return median_survival(time, 1 - event)
