"""Tests of a table of two groups by a third for the search, compiled.

They share nothing with the book's analyses, and the tests hold each against R and scipy.
"""

from __future__ import annotations

from math import erfc, exp, lgamma, nan, sqrt

from ..compiled import UNCOUNTED, njit

_ALIKE = 1.0 + 1e-7
"""Up to how much more a table may have to count as no more probable; R's own."""


@njit(cache=True, **UNCOUNTED)
def p(exact, corrected, first, second, inside, n):
    """p value of Fisher's test or of chi-square, of the first n rows; NaN where there is none."""
    a = b = c = d = 0
    for i in range(n):
        if first[i]:
            a += inside[i]
            b += not inside[i]
        if second[i]:
            c += inside[i]
            d += not inside[i]
    if a + b == 0 or c + d == 0:
        return nan
    return fisher(a, b, c, d) if exact else chi_square(a, b, c, d, corrected)


@njit(cache=True, **UNCOUNTED)
def fisher(a, b, c, d):
    """Sum of the probabilities of all tables of these margins that are no more probable."""
    row, other, column = a + b, c + d, a + c
    total = 0.0
    here = _log_of_table(a, row, other, column)
    for k in range(max(0, column - other), min(row, column) + 1):
        ratio = exp(_log_of_table(k, row, other, column) - here)
        if ratio <= _ALIKE:
            total += ratio
    whole = _log_choose(row + other, column)
    return min(1.0, total * exp(here - whole))


@njit(cache=True, **UNCOUNTED)
def chi_square(a, b, c, d, corrected):
    """Pearson's, with Yates' correction of at most one half; NaN where a column is empty."""
    n = a + b + c + d
    if a + c == 0 or b + d == 0:
        return nan
    expected = (a + b) * (a + c) / n
    off = abs(a - expected)
    off -= min(0.5, off) if corrected else 0.0
    variance = expected * ((c + d) / n) * ((b + d) / n)
    return erfc(sqrt(off * off / variance / 2.0))


@njit(cache=True, **UNCOUNTED)
def _log_of_table(k, row, other, column):
    return _log_choose(row, k) + _log_choose(other, column - k)


@njit(cache=True, **UNCOUNTED)
def _log_choose(n, k):
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)
