"""Between which values a statistic of the search prints as an entry does: `published.rounding`, in floats.

What counts is what the scorecard counts, up to the error of floating-point numbers: an end that
counts is widened by less than the digits that a float is taken at, one that does not is narrowed by
more, and by the precision of a fit where there is one. A study may ask for margins beyond these, see
`published.Margins`.
"""

from __future__ import annotations

from fractions import Fraction
from math import copysign, inf, log10

from ..published import Entry, Margins
from .codes import (
    AS_POWERS,
    COX_ONLY,
    COX_P,
    GROWTH,
    HAZARD_LIMIT,
    HAZARD_RATIO,
    LOGRANK,
    STRATIFIED,
    WITH_A_TIME,
)

_EXACT = Margins()
_COUNTS, _DOES_NOT = -4e-13, 1e-11
"""By which share of itself an end is moved inside; half of the twelfth digit is 5e-13 to 5e-12."""
_FITTED = {COX_P: 1e-6, HAZARD_RATIO: 1e-6, HAZARD_LIMIT: 1e-6, GROWTH: 1e-6}
_FITTED |= {LOGRANK: 1e-8, STRATIFIED: 1e-8}
"""To which share the values of the search are those of the libraries, where that is more."""
_BESIDE = 1e-7
"""A time just before or after another: less than the last decimal of any column."""
_MARGIN = 1e-10
"""The same as `_DOES_NOT` of a study with margins."""


def accepted(entry: Entry, kind: int, margins: Margins = _EXACT) -> tuple[float, float]:
    """Least and most that a statistic may be; p values and ratios as powers of ten."""
    if kind in (COX_ONLY, *WITH_A_TIME):
        return 0.0, 0.0
    on_log_scale = kind in AS_POWERS
    limits = entry.limits
    if limits.low is not None and limits.high is not None and margins.rounding > 0:
        middle = float((limits.low + limits.high) / 2)
        half = float((limits.high - limits.low) / 2) * (1 - margins.rounding)
        low, high = middle - half, middle + half
    else:
        low = -inf if limits.low is None else _end(limits.low, limits.low_counts, 1, kind, margins)
        high = inf
        if limits.high is not None:
            high = _end(limits.high, limits.high_counts, -1, kind, margins)
    if on_log_scale:
        low, high = (log10(bound) if bound > 0 else -inf for bound in (low, high))
    return low, high


def _end(end: Fraction, counts: bool, way: int, kind: int, margins: Margins) -> float:
    """An end, or a value beside it, by a share of it upwards (1) or downwards (-1)."""
    value = float(end)
    if margins.limit > 0:
        on_log_scale = kind in AS_POWERS
        share = 0.0 if counts else margins.limit if on_log_scale else _MARGIN
    else:
        share = _COUNTS if counts else _DOES_NOT
        if kind in _FITTED:
            share = 0.0 if counts else _FITTED[kind]
    if share == 0.0:
        return value
    if value == 0.0:
        return 0.0 if counts else way * 1e-9
    return value * (1 + way * share * copysign(1.0, value))


def times(entry: Entry) -> tuple[float, float]:
    """Until when a curve stays above one half, and by when it is not; infinite without a limit.

    The median is the first time at which the curve is at most one half. So it is within its limits
    if and only if the curve is above one half until just before, or just after, the lower end, and
    no more just before, or just after, the upper one, by which of the ends count.
    """
    if isinstance(entry.value, str):  # not reached
        return inf, inf
    limits = entry.limits
    until, by = -inf, inf
    if limits.low is not None:
        until = float(limits.low) + (-_BESIDE if limits.low_counts else _BESIDE)
    if limits.high is not None:
        by = float(limits.high) + (_BESIDE if limits.high_counts else -_BESIDE)
    return until, by
