"""Exponential growth fitted by least squares for the search, compiled.

All functions take float64 arrays of one table; `rows` is a boolean array that selects rows. They
share nothing with the book's analyses, and the tests hold each against scipy and
the growth fit of the book.
"""

from __future__ import annotations

from math import exp, log, nan

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
    return months_to_size_from(months, size, rows, target, np.zeros(2), 1e-10)


@njit(cache=True, **UNCOUNTED)
def months_to_size_from(months, size, rows, target, start, precise):
    """`months_to_size`, from given coefficients, which are overwritten with the estimates.

    Zeros stand for no start. `precise` is the largest last step, relative to the coefficients.
    """
    if start[0] != 0.0:
        found = _gauss_newton(months, size, rows, target, start, precise)
        if not np.isnan(found):
            return found
    if not _log_linear(months, size, rows, start):
        start[:] = 0.0
        return nan
    found = _gauss_newton(months, size, rows, target, start, 1e-10)
    if np.isnan(found):
        start[:] = 0.0
    return found


@njit(cache=True, **UNCOUNTED)
def _log_linear(months, size, rows, start):
    n = 0
    sx = sy = sxx = sxy = 0.0
    for i in range(months.size):
        if rows[i] and not np.isnan(months[i]) and not np.isnan(size[i]):
            y = log(size[i])
            n += 1
            sx += months[i]
            sy += y
            sxx += months[i] * months[i]
            sxy += months[i] * y
    spread = n * sxx - sx * sx
    if n < 3 or spread <= _EVEN * n * sxx:
        return False
    b = (n * sxy - sx * sy) / spread
    start[0], start[1] = exp((sy - b * sx) / n), b
    return True


@njit(cache=True, **UNCOUNTED)
def _gauss_newton(months, size, rows, target, start, precise):
    a, b = start
    rss = _rss(months, size, rows, a, b)
    for _ in range(50):
        n = 0
        jaa = jab = jbb = ra = rb = longest = 0.0
        for i in range(months.size):
            if rows[i] and not np.isnan(months[i]) and not np.isnan(size[i]):
                if months[i] < 0.0 or size[i] <= 0.0:
                    return nan
                n += 1
                longest = max(longest, abs(months[i]))
                growth = exp(b * months[i])
                slope = a * months[i] * growth
                residual = size[i] - a * growth
                jaa += growth * growth
                jab += growth * slope
                jbb += slope * slope
                ra += growth * residual
                rb += slope * residual
        determinant = jaa * jbb - jab * jab
        if n < 3 or determinant <= _EVEN * jaa * jbb:
            return nan
        step_a = (jbb * ra - jab * rb) / determinant
        step_b = (jaa * rb - jab * ra) / determinant
        fraction = 1.0
        while True:
            trial = _rss(months, size, rows, a + fraction * step_a, b + fraction * step_b)
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
def _rss(months, size, rows, a, b):
    total = 0.0
    for i in range(months.size):
        if rows[i] and not np.isnan(months[i]) and not np.isnan(size[i]):
            residual = size[i] - a * exp(b * months[i])
            total += residual * residual
    return total
