"""Medians and extremes for the search, compiled.

All functions take float64 arrays of one table; `rows` is a boolean array that selects rows. They
share nothing with the book's analyses, and the tests hold each against pandas.
"""

from __future__ import annotations

from math import nan

import numpy as np

from ..compiled import COUNTED, UNCOUNTED, njit


@njit(cache=True, **UNCOUNTED)
def ordered_median(values, rows, size, order):
    """`median` of the `size` rows, all being given by rising value in `order`, missing ones last."""
    present = size
    r = order.size - 1
    while r >= 0 and np.isnan(values[order[r]]):
        present -= rows[order[r]]
        r -= 1
    if present == 0:
        return nan
    if size == order.size:
        return (values[order[(present - 1) // 2]] + values[order[present // 2]]) / 2
    low = nan
    seen = 0
    for i in order:
        if not rows[i]:
            continue
        if seen == (present - 1) // 2:
            low = values[i]
        if seen == present // 2:
            return (low + values[i]) / 2
        seen += 1
    return nan


@njit(cache=True, **COUNTED)
def median(values, rows):
    """Median of the values present in the rows; NaN without any."""
    present = np.empty(values.size)
    n = 0
    for i in range(values.size):
        if rows[i] and not np.isnan(values[i]):
            present[n] = values[i]
            n += 1
    if n == 0:
        return nan
    present = np.sort(present[:n])
    return (present[(n - 1) // 2] + present[n // 2]) / 2


@njit(cache=True, **UNCOUNTED)
def ordered_extreme(values, rows, order, sign):
    """`extreme`, the rows being given by rising value in `order`, missing ones last."""
    n = order.size
    for r in range(n):
        i = order[n - 1 - r if sign > 0 else r]
        if rows[i] and not np.isnan(values[i]):
            return values[i]
    return nan


@njit(cache=True, **UNCOUNTED)
def extreme(values, rows, sign):
    """Largest (sign 1) or smallest (sign -1) value present in the rows; NaN without any."""
    best = nan
    for i in range(values.size):
        if not rows[i] or np.isnan(values[i]):
            continue
        if np.isnan(best) or sign * values[i] > sign * best:
            best = values[i]
    return best
