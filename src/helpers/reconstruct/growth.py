"""Exponential growth fitted by least squares for the search, compiled.

All functions take float64 arrays of one table; `rows` is a boolean array that selects rows. They
share nothing with the book's analyses, and the tests hold each against scipy and
the growth fit of the book.
"""

from __future__ import annotations

from math import exp, inf, log, nan

import numpy as np

from ..compiled import COUNTED, UNCOUNTED, njit

_EVEN = 1e-13
"""Share of their squares to which the spread of times that are all the same can come by rounding."""
_RISE = 1e-9
"""A rise over the observed times, as a share, that is rounding and no growth."""
_FLAT = 1e-14
"""A last step that moves no size by a larger share, however little it grows."""


@njit(cache=True, **COUNTED)
def months_to_size(months, size, rows, target):
    """Months at which size = a exp(b months), fitted by least squares, reaches the target.

    Gauss–Newton with halved steps from the log-linear fit. NaN with fewer than three points,
    without growth, or without convergence.
    """
    room = np.empty((3, months.size))
    return months_to_size_from(months, size, rows, target, np.zeros(2), 1e-10, room)


@njit(cache=True, **UNCOUNTED)
def months_to_size_from(months, size, rows, target, start, precise, room):
    """`months_to_size`, from given coefficients, which are overwritten with the estimates.

    Zeros stand for no start. `precise` is the largest last step, relative to the coefficients; `room`
    is (3, rows), overwritten.
    """
    n = 0
    earliest = least = inf
    for i in range(months.size):
        if rows[i] and not np.isnan(months[i]) and not np.isnan(size[i]):
            room[0, n], room[1, n] = months[i], size[i]
            earliest, least = min(earliest, months[i]), min(least, size[i])
            n += 1
    points = room[:, :n]
    if n >= 3 and least > 0.0 and earliest >= 0.0:
        if start[0] != 0.0:
            found = _gauss_newton(points, target, start, precise)
            if not np.isnan(found):
                return found
        if _log_linear(points, start):
            found = _gauss_newton(points, target, start, 1e-10)
            if not np.isnan(found):
                return found
    start[:] = 0.0
    return nan


@njit(cache=True, **UNCOUNTED)
def _log_linear(points, start):
    n = points.shape[1]
    sx = sy = sxx = sxy = 0.0
    for i in range(n):
        month, y = points[0, i], log(points[1, i])
        sx += month
        sy += y
        sxx += month * month
        sxy += month * y
    spread = n * sxx - sx * sx
    if spread <= _EVEN * n * sxx:
        return False
    b = (n * sxy - sx * sy) / spread
    start[0], start[1] = exp((sy - b * sx) / n), b
    return True


@njit(cache=True, **UNCOUNTED)
def _gauss_newton(points, target, start, precise):
    a, b = start
    rss = _rss(points, a, b)
    longest = 0.0
    for i in range(points.shape[1]):
        longest = max(longest, points[0, i])
    for _ in range(50):
        jaa = jab = jbb = ra = rb = 0.0
        for i in range(points.shape[1]):
            month, growth = points[0, i], points[2, i]
            slope = a * month * growth
            residual = points[1, i] - a * growth
            jaa += growth * growth
            jab += growth * slope
            jbb += slope * slope
            ra += growth * residual
            rb += slope * residual
        determinant = jaa * jbb - jab * jab
        if determinant <= _EVEN * jaa * jbb:
            return nan
        step_a = (jbb * ra - jab * rb) / determinant
        step_b = (jaa * rb - jab * ra) / determinant
        fraction = 1.0
        while True:
            trial = _rss(points, a + fraction * step_a, b + fraction * step_b)
            if trial <= rss or fraction < 1e-6:
                break
            fraction /= 2
        a += fraction * step_a
        b += fraction * step_b
        rss = trial
        least = _FLAT / longest
        if abs(step_a) <= precise * abs(a) and abs(step_b) <= precise * abs(b) + least:
            start[0], start[1] = a, b
            if a <= 0 or b * longest <= _RISE:
                return nan
            return log(target / a) / b
    return nan


@njit(cache=True, **UNCOUNTED)
def _rss(points, a, b):
    """The residual sum of squares; leaves exp(b months) in the last row."""
    total = 0.0
    for i in range(points.shape[1]):
        growth = exp(b * points[0, i])
        points[2, i] = growth
        residual = points[1, i] - a * growth
        total += residual * residual
    return total
