"""A Kaplan–Meier curve as a table of steps, with Greenwood's variance and R's interval types.

The estimate and the counts are lifelines'. lifelines gives the log-log interval only, and keeps
Greenwood's sum to itself; statsmodels' `SurvfuncRight` gives the plain one.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

IntervalScale: TypeAlias = Literal["log-log", "log", "plain", "arcsin"]
Floats: TypeAlias = NDArray[np.float64]


def times_and_events(durations: ArrayLike, event_observed: ArrayLike) -> tuple[Floats, Floats]:
    """Durations and events as arrays of float.

    Raises
    ------
    ValueError
        When they differ in length, a duration is missing, negative or infinite, or an event is
        neither 0 nor 1.
    """
    time, event = np.asarray(durations, dtype=float), np.asarray(event_observed, dtype=float)
    if time.ndim != 1 or time.shape != event.shape:
        raise ValueError(
            f"durations and events of one length were expected, found {time.shape} and {event.shape}"
        )
    if not np.isfinite(time).all() or (time < 0).any():
        raise ValueError("durations: finite numbers of at least 0 were expected")
    if not np.isin(event, (0, 1)).all():
        raise ValueError("events: 0 or 1 was expected in every row")
    return time, event


def steps(durations: ArrayLike, event_observed: ArrayLike) -> pd.DataFrame:
    """Kaplan–Meier estimate at each distinct time.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)

    Returns
    -------
    DataFrame
        Indexed by `time`, ascending: `at_risk`, `events`, `censored`, `survival`, and `greenwood`,
        the running sum of d / (a (a − d)), which is infinite once everybody at risk has died.
        Without rows when there are no patients.

    References
    ----------
    Kaplan and Meier 1958, doi 10.1080/01621459.1958.10501452.
    """
    time, event = times_and_events(durations, event_observed)
    columns = ["at_risk", "events", "censored", "survival", "greenwood"]
    if time.size == 0:
        return pd.DataFrame(
            columns=columns, index=pd.Index([], dtype=float, name="time"), dtype=float
        )
    fitter = KaplanMeierFitter().fit(time, event)
    curve = fitter.event_table.loc[np.unique(time), ["at_risk", "observed", "censored"]]
    curve.columns = pd.Index(columns[:3])
    curve.index.name = "time"
    curve = curve.astype(int)
    curve["survival"] = fitter.predict(curve.index.to_numpy())
    curve["survival"] = np.where(curve["at_risk"].eq(curve["events"]), 0.0, curve["survival"])
    curve["greenwood"] = greenwood_terms(curve).cumsum()
    return curve


def greenwood_terms(curve: pd.DataFrame) -> pd.Series[Any]:
    """The terms d / (a (a − d)) of Greenwood's sum, one a time."""
    left = curve["at_risk"] - curve["events"]
    with np.errstate(divide="ignore"):
        return curve["events"] / (curve["at_risk"] * left)


def bounds(
    survival: ArrayLike, greenwood: ArrayLike, interval: IntervalScale, alpha: float
) -> tuple[Floats, Floats]:
    """Point-wise confidence bounds, by the rules of R's `survfit`.

    Parameters
    ----------
    survival, greenwood : array-like
        Estimate, and its variance divided by its square.
    interval : {"log-log", "log", "plain", "arcsin"}
        The scale on which the estimate is taken for normal.
    alpha : float
        One minus the level.

    Returns
    -------
    lower, upper : ndarray
        As in R, no bounds (NaN) where the estimate is 0, for the log-log and arcsine scales also
        where it is 1; the others then give 1 to 1. Bounds are cut at 0 and 1.
    """
    if interval not in get_args(IntervalScale):
        raise ValueError(
            f"interval: log-log, log, plain or arcsin was expected, found {interval!r}"
        )
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: a number between 0 and 1 was expected, found {alpha!r}")
    estimate = np.asarray(survival, dtype=float)
    inside = (estimate > 0) & ((estimate < 1) | (interval in ("log", "plain")))
    s = np.where(inside, estimate, np.nan)
    margin = norm.ppf(1 - alpha / 2) * np.sqrt(np.asarray(greenwood, dtype=float))
    with np.errstate(invalid="ignore"):
        if interval == "plain":
            return np.maximum(s * (1 - margin), 0), np.minimum(s * (1 + margin), 1)
        if interval == "log":
            return s * np.exp(-margin), np.minimum(s * np.exp(margin), 1)
        if interval == "arcsin":
            angle, half = np.arcsin(np.sqrt(s)), margin / 2 * np.sqrt(s / (1 - s))
            ends = np.maximum(angle - half, 0), np.minimum(angle + half, np.pi / 2)
            return np.sin(ends[0]) ** 2, np.sin(ends[1]) ** 2
        factor = np.exp(margin / np.abs(np.log(s)))
        return s**factor, s ** (1 / factor)
