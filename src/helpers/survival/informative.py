"""Survival when being censored tells something: a sensitivity analysis, and weights.

lifelines, statsmodels and scikit-survival take censoring to carry no news. `KaplanMeierFitter` takes
weights, but one a patient for all times, where these change with time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from numpy.typing import ArrayLike

from .steps import Floats, steps, times_and_events


def if_censored_differ(
    durations: ArrayLike, event_observed: ArrayLike, times: ArrayLike, factor: float
) -> Floats:
    """Survival if the hazard of every patient were multiplied from her censoring on.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    times : array-like of float, shape (k,)
        In the unit of the durations, none beyond the longest.
    factor : float
        By which the hazard of those no longer seen differs from that of those still seen: 1 gives
        the Kaplan–Meier estimate; 0 that none of them dies; infinity that all die at once.

    Returns
    -------
    ndarray, shape (k,)

    Raises
    ------
    ValueError
        Without patients, for a time beyond the longest duration, and for a factor below 0.

    Notes
    -----
    Of those censored at c, the share (S(t) / S(c)) to the power of the factor is alive at t, S being
    the Kaplan–Meier estimate; those under observation are counted. With a factor of 1 this is the
    self-consistency of Efron 1967. Once everybody at risk has died, so have the censored, unless
    the factor is 0.

    References
    ----------
    Efron 1967, "The two sample problem with censored data", Fifth Berkeley Symposium; Lipkovich et
    al. 2016, doi 10.1002/pst.1738, for such factors.
    """
    time, event = times_and_events(durations, event_observed)
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if not factor >= 0:
        raise ValueError(f"factor: a number of at least 0 was expected, found {factor!r}")
    if time.size == 0 or not (at <= time.max()).all():
        raise ValueError("times: none beyond the longest duration was expected")
    fit = KaplanMeierFitter().fit(time, event)
    censored = time[event == 0]
    alive = (time[None, :] > at[:, None]).sum(axis=1).astype(float)
    if censored.size:
        height = fit.survival_function_at_times(censored).to_numpy(float)
        now = fit.survival_function_at_times(at).to_numpy(float)
        share = np.minimum(now[:, None] / height[None, :], 1.0)
        lost = censored[None, :] <= at[:, None]
        if np.isinf(factor):
            alive += (lost & (at[:, None] == censored[None, :])).sum(axis=1)
        else:
            alive += np.where(lost, share**factor, 0.0).sum(axis=1)
    return np.asarray(alive / time.size, dtype=float)


def weighted_by_censoring(
    durations: ArrayLike, event_observed: ArrayLike, strata: ArrayLike
) -> pd.DataFrame:
    """Survival with each death weighted by the inverse probability of not being censored before.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    strata : array-like, shape (n,)
        Groups within which censoring carries no news.

    Returns
    -------
    DataFrame
        Indexed by `time`, the distinct times of deaths, ascending: `survival`, one minus the sum of
        the weights of the deaths so far over n.

    Raises
    ------
    ValueError
        When durations, events and strata differ in length.

    Notes
    -----
    With a single stratum it is the Kaplan–Meier estimate, but for a last censored patient.

    References
    ----------
    Robins and Finkelstein 2000, doi 10.1111/j.0006-341X.2000.00779.x; Satten and Datta 2001,
    doi 10.1198/000313001317098185.
    """
    time, event = times_and_events(durations, event_observed)
    group = pd.Series(np.asarray(strata))
    if group.size != time.size:
        raise ValueError(f"strata: {time.size} were expected, found {group.size}")
    weights = np.zeros(time.size)
    for _, rows in group.groupby(group):
        of_group = rows.index.to_numpy()
        curve = steps(time[of_group], event[of_group])
        left = curve["at_risk"] - curve["events"]  # who dies at a time is not censored at it
        stays = (1 - curve["censored"] / left.where(left > 0, np.nan)).fillna(1.0).cumprod()
        before = stays.shift(1, fill_value=1.0)
        weights[of_group] = 1 / before.loc[time[of_group]].replace(0.0, np.nan).to_numpy(float)
    died = event == 1
    of_time = pd.Series(weights[died]).groupby(time[died]).sum()
    survival = 1 - of_time.cumsum() / time.size
    return survival.rename_axis("time").to_frame("survival")
