"""Kaplan–Meier estimates of rows of the second table for the search, compiled.

A row of the second table is followed as long as the row of the first that it belongs to.
"""

from __future__ import annotations

import numpy as np

from ..compiled import COUNTED, njit
from . import survival


@njit(cache=True, **COUNTED)
def kaplan_meier_of_rows(root, child, rows, owner, slots, onset, end, event, at):
    """Kaplan–Meier estimate at a time of rows of the second table, in percent; NaN as of the first.

    Parameters
    ----------
    root, child : (rows, columns) float64 arrays
        The tables.
    rows : (child rows,) bool array
        Those that count.
    owner : (child rows,) int64 array
        Row of `root` to which each belongs; not read where there are slots.
    slots : int
        Rows of `child` for each of `root`, one after the other; 0 where `owner` says.
    onset : int
        Column of `child`, or -1 where the event is that of `root`.
    end, event : int
        Columns of `root`.
    at : float
    """
    n = child.shape[0]
    time, happened = np.empty(n), np.empty(n)
    for k in range(n):
        i = k // slots if slots > 0 else owner[k]
        time[k], happened[k] = root[i, end], root[i, event]
        if onset >= 0:
            happened[k] = 0.0
            if child[k, onset] <= time[k]:
                time[k], happened[k] = child[k, onset], 1.0
    return survival.kaplan_meier_at(time, happened, rows[:n], at)
