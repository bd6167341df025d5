"""Limits of Kaplan–Meier estimates and of their medians for the search, compiled.

All functions take float64 arrays of one table, `rows` that selects rows, of which there are `size`,
and all rows by rising time in `order`. They share nothing with the book's analyses.
"""

from __future__ import annotations

from math import asin, exp, inf, log, nan, pi, sin, sqrt

from ..compiled import UNCOUNTED, njit
from .tied import leaving_at

SCALES = ("plain", "log", "log-log", "arcsin")
"""Their numbers are those of `scale` here; one more stands for the standard error itself."""
_PLAIN, _LOG, _LOG_LOG, _ARCSIN, _ERROR = range(5)
_HALF = 50.0 + 4e-11
"""One half in percent at the digits of a float that count, see `published.rounding`."""


@njit(cache=True, **UNCOUNTED)
def limit(survival, greenwood, scale, errors):
    """A limit of an estimate in percent, so many standard errors off; NaN where there is none."""
    if survival <= 0.0:
        return nan
    if scale == _ERROR:
        return 100.0 * survival * sqrt(greenwood)
    if survival >= 1.0:
        return 100.0 if scale in (_PLAIN, _LOG) else nan
    off = errors * sqrt(greenwood)
    if scale == _PLAIN:
        found = survival + survival * off
    elif scale == _LOG:
        found = survival * exp(off)
    elif scale == _LOG_LOG:
        found = exp(log(survival) * exp(off / log(survival)))
    else:
        angle = asin(sqrt(survival)) + 0.5 * off * sqrt(survival / (1.0 - survival))
        found = sin(min(max(angle, 0.0), pi / 2.0)) ** 2
    return 100.0 * min(max(found, 0.0), 1.0)


@njit(cache=True, **UNCOUNTED)
def limit_at(time, event, rows, size, order, at, scale, errors):
    """A limit of the estimate at a time; NaN when nobody was followed so long, unless it is 0."""
    n = order.size
    at_risk = size
    survival, greenwood = 1.0, 0.0
    r = 0
    followed = False
    while r < n and time[order[r]] <= at:
        now = time[order[r]]
        r, deaths, leaving = leaving_at(time, event, rows, order, r)
        if deaths > 0:
            survival *= 1.0 - deaths / at_risk
            if deaths < at_risk:
                greenwood += deaths / (at_risk * (at_risk - deaths))
        followed = now == at and at_risk > 0
        at_risk -= leaving
    if not (followed or at_risk > 0):
        return nan
    return limit(survival, greenwood, scale, errors)


@njit(cache=True, **UNCOUNTED)
def median_limit_off(time, event, rows, size, order, until, by, scale, errors):
    """How far a limit of a curve is from staying above one half until a time, and not by another.

    In percentage points, 0 where both hold; NaN without rows. An infinite `by` asks nothing. Where
    the curve has no limit, the last one stands.
    """
    if size == 0:
        return nan
    n = order.size
    at_risk = size
    survival, greenwood, lowest = 1.0, 0.0, 100.0
    early = late = 100.0
    r = 0
    while r < n and at_risk > 0:
        now = time[order[r]]
        if now > until and now > by:
            break
        r, deaths, leaving = leaving_at(time, event, rows, order, r)
        if deaths > 0:
            survival *= 1.0 - deaths / at_risk
            if deaths < at_risk:
                greenwood += deaths / (at_risk * (at_risk - deaths))
                lowest = min(lowest, limit(survival, greenwood, scale, errors))
        at_risk -= leaving
        if now <= until:
            early = lowest
        if now <= by:
            late = lowest
    off = max(50.0 - early, 1e-9) if early <= _HALF else 0.0
    return off + (late - 50.0 if by < inf and late > _HALF else 0.0)
