"""Times that differ by rounding errors alone, as 0.1 + 0.2 and 0.3 do, are the same time.

A tie decides who is at risk and how a Cox model counts. R's survival has made such times equal since
its version 2.40 (`timefix`, function `aeqSurv`); this is its rule, at the door, so that nothing behind
it has to ask.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..published import Study

UNITS_OF_TIME = ("days", "weeks", "months", "years")
"""Units of columns whose numbers are times."""
_TOLERANCE = float(np.sqrt(np.finfo(float).eps))  # of R's all.equal


def together(times: ArrayLike) -> NDArray[np.float64]:
    """Times of which those next to each other and too near to differ are the least among them.

    Parameters
    ----------
    times : array-like, shape (n,)
        In any unit; missing ones stay missing.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    Two distinct times that follow each other are the same when their difference is at most 1.5e-8,
    or at most 1.5e-8 of the mean of all distinct times. Checked against `survival::aeqSurv` of R.
    """
    values = np.asarray(times, float)
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) < 2:
        return values
    steps = np.diff(distinct)
    same = (steps <= _TOLERANCE) | (steps / np.abs(distinct).mean() <= _TOLERANCE)
    firsts = distinct[np.r_[True, ~same]]
    at = np.searchsorted(firsts, values, side="right") - 1
    return np.where(np.isfinite(values), firsts[np.maximum(at, 0)], values)


def equal(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables whose times are the same where they differ by rounding errors, in all tables together."""
    changed = dict(tables)
    for unit in UNITS_OF_TIME:
        columns = [
            (table, name)
            for table, spec in study.tables.items()
            for name, column in spec.columns.items()
            if column.type == "number" and column.unit == unit
        ]
        if not columns:
            continue
        given = [tables[table][name].to_numpy(float) for table, name in columns]
        ends = np.cumsum([len(times) for times in given])[:-1]
        found = np.split(together(np.concatenate(given)), ends)
        for (table, name), times in zip(columns, found, strict=True):
            changed[table] = changed[table].assign(**{name: times})
    return changed
