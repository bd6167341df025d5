"""Who leaves a curve at a time that several may share, compiled."""

from __future__ import annotations

from ..compiled import UNCOUNTED, njit


@njit(cache=True, forceinline=True, **UNCOUNTED)
def leaving_at(time, event, rows, order, r):
    """Count those who leave at the time of place `r` of the order.

    Returns
    -------
    (int, int, int)
        The place of the next time, events, and all who leave.
    """
    now = time[order[r]]
    deaths = leaving = 0
    while r < order.size and time[order[r]] == now:
        i = order[r]
        leaving += rows[i]
        deaths += rows[i] and event[i] != 0
        r += 1
    return r, deaths, leaving
