"""Medians, extremes, means and quantiles for the search, compiled.

All functions take float64 arrays of one table; `rows` is a boolean array that selects rows. They
share nothing with the book's analyses, and the tests hold each against pandas.
"""

from __future__ import annotations

from math import floor, nan, sqrt

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


@njit(cache=True, **UNCOUNTED)
def mean(values, rows):
    """Mean of the values present in the rows; NaN without any."""
    total, n = 0.0, 0
    for i in range(values.size):
        if rows[i] and not np.isnan(values[i]):
            total += values[i]
            n += 1
    return total / n if n > 0 else nan


@njit(cache=True, **UNCOUNTED)
def deviation(values, rows):
    """Standard deviation by n - 1 of the values present in the rows; NaN of fewer than two."""
    middle = mean(values, rows)
    total, n = 0.0, 0
    for i in range(values.size):
        if rows[i] and not np.isnan(values[i]):
            total += (values[i] - middle) ** 2
            n += 1
    return sqrt(total / (n - 1)) if n > 1 else nan


@njit(cache=True, **COUNTED)
def quantile(values, rows, share, rule):
    """Quantile of the values present in the rows, by one of R's nine rules; NaN without any."""
    present = np.empty(values.size)
    n = 0
    for i in range(values.size):
        if rows[i] and not np.isnan(values[i]):
            present[n] = values[i]
            n += 1
    if n == 0:
        return nan
    present = np.sort(present[:n])
    if rule <= 3:
        place = n * share - (0.5 if rule == 3 else 0.0)
        whole = floor(place + 1e-12)
        between = place - whole > 1e-12
        if rule == 1:
            part = 1.0 if between else 0.0
        elif rule == 2:
            part = 1.0 if between else 0.5
        else:
            part = 1.0 if between or whole % 2 == 1 else 0.0
    else:
        a = b = 1.0
        if rule == 4:
            a = 0.0
        elif rule == 5:
            a = b = 0.5
        elif rule == 6:
            a = b = 0.0
        elif rule == 8:
            a = b = 1.0 / 3.0
        elif rule == 9:
            a = b = 3.0 / 8.0
        place = a + share * (n + 1.0 - a - b)
        whole = floor(place + 1e-12)
        part = max(place - whole, 0.0)
    low = present[min(max(whole, 1), n) - 1]
    high = present[min(max(whole + 1, 1), n) - 1]
    return low + part * (high - low)
