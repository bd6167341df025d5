"""Follow-up cut into episodes, for effects that change with time.

lifelines' `CoxTimeVaryingFitter` takes such rows and agrees with R on them. Its `to_episodic_format`
cuts at multiples of one length only; an effect that goes with the logarithm of time has to be cut at
every event, as R's `survSplit` can.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


def after_start(times: ArrayLike) -> NDArray[np.float64]:
    """Times of which those of 0 stand halfway to the first after it, in the same order as before.

    Some methods of lifelines refuse a time of 0, though the order of times is all that they use.

    Parameters
    ----------
    times : array-like, shape (n,)
        None below 0, in any unit.

    Returns
    -------
    ndarray, shape (n,)
        All of them above 0; 1 where every time is 0.
    """
    values = np.asarray(times, float)
    above = values[values > 0]
    return np.where(values > 0, values, above.min() / 2 if len(above) else 1.0)


def episodes(
    data: pd.DataFrame, cuts: ArrayLike, *, duration_col: str, event_col: str
) -> pd.DataFrame:
    """Each patient's follow-up in pieces, one a row.

    Parameters
    ----------
    data : DataFrame
        A row a patient, with durations above 0.
    cuts : array-like
        Times above 0 at which to cut; an event at a cut belongs to the piece that ends there.
    duration_col, event_col : str

    Returns
    -------
    DataFrame
        `id` (the row of the patient), `episode` (from 0), `start`, `stop`, the events under their
        own name (0 but in the last piece of a patient) and all other columns; without the
        durations. Patients in order, pieces in time.

    Raises
    ------
    ValueError
        When a cut or a duration is not above 0.

    References
    ----------
    `survSplit` of R's package survival, against which it is checked.
    """
    edges = np.unique(np.asarray(cuts, dtype=float))
    time = data[duration_col].to_numpy(float)
    if not (edges > 0).all() or not (time > 0).all():
        raise ValueError("cuts and durations above 0 were expected")
    pieces = np.searchsorted(edges, time, side="left") + 1
    patient = np.repeat(np.arange(len(data)), pieces)
    episode = np.arange(len(patient)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    last = episode == pieces[patient] - 1
    rows = data.drop(columns=duration_col).iloc[patient].reset_index(drop=True)
    rows[event_col] = np.where(last, rows[event_col], 0)
    rows.insert(0, "id", patient)
    rows.insert(1, "episode", episode)
    rows.insert(2, "start", np.concatenate([[0.0], edges])[episode])
    rows.insert(3, "stop", np.where(last, time[patient], np.append(edges, np.inf)[episode]))
    return rows
