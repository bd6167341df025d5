"""The weighted rows of Fine and Gray's model, which an ordinary Cox fitter then takes.

Looked at: lifelines and statsmodels have no such model, scikit-survival neither. With these rows
lifelines' `CoxTimeVaryingFitter` (and `CoxPHFitter` with `entry_col`) has R's coefficients. Its
standard errors do not know that one patient has several rows: see `prognosis.robust_errors`.
greenwood, which is younger, has the model whole, and no rows to look at.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .steps import Floats, times_and_events


def fine_gray_rows(durations: ArrayLike, causes: ArrayLike, cause: int = 1) -> pd.DataFrame:
    """Rows with censoring weights for a model of the subdistribution hazard of one cause.

    Who has a competing event stays in the risk set, with the weight G(t) / G(T): the chance that
    she would still be under observation at t, given that she was at her own time T, where G is the
    Kaplan–Meier estimate of not being censored, just before. Censoring at the time of an event
    comes after it.

    Parameters
    ----------
    durations : array-like, shape (n,)
        Time to the first event, or to the end of follow-up; above 0.
    causes : array-like of int, shape (n,)
        0 where censored, else 1, 2, ... for what came first.
    cause : int
        The cause of interest.

    Returns
    -------
    DataFrame
        `patient` (the position in the input, from 0), `start`, `stop`, `event`, `weight`. Covariates
        are joined by `patient`. Intervals in which nobody has the event of interest are left out.
        Without rows when nobody has it.

    Raises
    ------
    ValueError
        When a duration is not above 0, or a cause is not a whole number of at least 0.

    References
    ----------
    Fine and Gray 1999, doi 10.1080/01621459.1999.10474144; as weighted rows Geskus 2011, doi
    10.1111/j.1541-0420.2010.01420.x. Checked against `finegray` of R's package survival.
    """
    code = np.asarray(causes, dtype=float)
    if not ((code >= 0) & (code % 1 == 0)).all():
        raise ValueError("causes: whole numbers of at least 0 were expected, 0 for censored")
    time, event = times_and_events(durations, (code > 0).astype(float))
    if (time <= 0).any():
        raise ValueError("durations: numbers above 0 were expected")
    columns = ["patient", "start", "stop", "event", "weight"]
    wanted = np.unique(time[code == cause])
    if wanted.size == 0:
        return pd.DataFrame(columns=columns)
    drops, free = _not_censored(time, event)
    ends = np.append(drops, time.max())
    needed = np.unique(np.searchsorted(ends, wanted))
    rows = []
    for patient in range(len(time)):
        if code[patient] in (0, cause):
            rows.append((patient, 0.0, time[patient], int(code[patient] == cause), 1.0))
            continue
        first = int(np.searchsorted(ends, time[patient]))
        rows.append((patient, 0.0, ends[first], 0, 1.0))
        for later in needed[needed > first]:
            share = free[later] / free[first]
            rows.append((patient, ends[later - 1], ends[later], 0, share))
    return pd.DataFrame(rows, columns=columns)


def _not_censored(time: Floats, event: Floats) -> tuple[Floats, Floats]:
    """Times of censoring, and the chance of being uncensored before the first, after each."""
    drops = np.unique(time[event == 0])
    gone_first = (time[:, None] == drops) & (event == 1)[:, None]
    at_risk = ((time[:, None] >= drops) & ~gone_first).sum(axis=0)
    censored = ((time[:, None] == drops) & (event == 0)[:, None]).sum(axis=0)
    return drops, np.append(1.0, np.cumprod(1 - censored / at_risk))
