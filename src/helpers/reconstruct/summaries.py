"""Medians and extremes for the search, compiled.

All functions take float64 arrays of one table; `rows` is a boolean array that selects rows. They
share nothing with the book's analyses, and the tests hold each against pandas.
"""

from __future__ import annotations

from math import nan

import numpy as np

from ..compiled import njit


@njit(cache=True)
def ordered_median(values, rows, order):
    """`median`, the rows being given by rising value in `order`, missing ones last."""
    present = 0
    for i in order:
        present += rows[i] and not np.isnan(values[i])
    if present == 0:
        return nan
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


@njit(cache=True)
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


@njit(cache=True)
def extreme(values, rows, sign):
    """Largest (sign 1) or smallest (sign -1) value present in the rows; NaN without any."""
    best = nan
    for i in range(values.size):
        if not rows[i] or np.isnan(values[i]):
            continue
        if np.isnan(best) or sign * values[i] > sign * best:
            best = values[i]
    return best
