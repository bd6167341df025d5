"""Means and medians of Kaplan–Meier estimates with their standard errors for the search, compiled.

All functions take float64 arrays of one table, `rows` that selects rows, of which there are `size`,
and all rows by rising time in `order`. They share nothing with the book's analyses.
"""

from __future__ import annotations

from math import inf, nan, sqrt

from ..compiled import UNCOUNTED, njit
from .tied import leaving_at

VALUE, ERROR, CORRECTED = range(3)
"""Which number is meant: one that many standard errors off, or the error, which may be corrected."""
_HALF, _ABOVE, _BELOW = 0.5 + 4e-13, 0.55 - 4e-13, 0.45 + 4e-13
"""Heights of a curve at the digits of a float that count, see `published.rounding`."""


@njit(cache=True, **UNCOUNTED)
def symmetric(time, event, rows, size, order, number, errors):
    """A number so many standard errors from the median, or the error; NaN where there is none.

    The curve falls, about its median, from the last event time at which it is at least 55% to the
    first at which it is at most 45%.
    """
    n = order.size
    at_risk = size
    survival, greenwood = 1.0, 0.0
    median = error = before = high = nan
    r = 0
    while r < n and at_risk > 0:
        now = time[order[r]]
        r, deaths, leaving = leaving_at(time, event, rows, order, r)
        if deaths > 0:
            survival *= 1.0 - deaths / at_risk
            if deaths < at_risk:
                greenwood += deaths / (at_risk * (at_risk - deaths))
            if survival >= _ABOVE:
                before, high = now, survival
            if median != median and survival <= _HALF:
                median = now
                error = survival * sqrt(greenwood) if deaths < at_risk else nan
            if survival <= _BELOW:
                error *= (now - before) / (high - survival)
                return error if number == ERROR else median + errors * error
        at_risk -= leaving
    return nan


@njit(cache=True, **UNCOUNTED)
def mean_of_curve(time, event, rows, size, order, until, number, errors):
    """A number so many standard errors from the area under the curve, or the error.

    The area is that until a time, or with an infinite one until the last of the rows; NaN where the
    curve ends before and is above 0, and without rows.
    """
    if size == 0:
        return nan
    n = order.size
    last = 0.0
    for r in range(n):
        if rows[order[r]]:
            last = time[order[r]]
    whole = _area(time, event, rows, size, order, min(until, last))
    end = last if until == inf else until
    variance, area, events = 0.0, 0.0, 0
    survival, begun, at_risk = 1.0, 0.0, size
    r = 0
    while r < n and at_risk > 0 and time[order[r]] <= end:
        now = time[order[r]]
        r, deaths, leaving = leaving_at(time, event, rows, order, r)
        if deaths > 0:
            area += survival * (now - begun)
            begun = now
            survival *= 1.0 - deaths / at_risk
            events += deaths
            if deaths < at_risk:
                variance += (whole - area) ** 2 * deaths / (at_risk * (at_risk - deaths))
        at_risk -= leaving
    if end > last and survival > 0.0:
        return nan
    if number % CORRECTED == VALUE and errors == 0.0:
        return whole
    if number >= CORRECTED:
        if events < 2:
            return nan
        variance *= events / (events - 1)
    error = sqrt(variance)
    return error if number % CORRECTED == ERROR else whole + errors * error


@njit(cache=True, **UNCOUNTED)
def _area(time, event, rows, size, order, end):
    n = order.size
    area, survival, begun, at_risk = 0.0, 1.0, 0.0, size
    r = 0
    while r < n and at_risk > 0 and time[order[r]] <= end:
        now = time[order[r]]
        r, deaths, leaving = leaving_at(time, event, rows, order, r)
        if deaths > 0:
            area += survival * (now - begun)
            begun = now
            survival *= 1.0 - deaths / at_risk
        at_risk -= leaving
    return area + survival * (end - begun)
