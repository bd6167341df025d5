"""Kaplan–Meier estimates and log-rank tests for the search, compiled.

The search evaluates them hundreds of thousands of times, which lifelines cannot do in minutes.

All functions take float64 arrays of one table; `rows` is a boolean array that selects rows. They
share nothing with the book's analyses, and the tests hold each against lifelines on random
cohorts with ties and censoring.
"""

from __future__ import annotations

from math import erfc, inf, nan, sqrt

from ..compiled import UNCOUNTED, njit
from .tied import leaving_at

_DIGITS = 4e-11
"""How near to a height in percent counts as that height: the digits of a float that count, see `published.rounding`."""


@njit(cache=True, **UNCOUNTED)
def kaplan_meier_at(time, event, rows, at):
    """Kaplan–Meier estimate at a time, in percent; NaN when nobody was followed so long.

    An estimate of 0 needs nobody who was: the curve cannot fall further.

    Every row leaves the risk set once, so the estimate is the product of 1 - d/a over the
    distinct death times, with a at risk.
    """
    n = time.size
    survival = 1.0
    followed = False
    for i in range(n):
        if not rows[i]:
            continue
        followed = followed or time[i] >= at
        if event[i] == 0 or time[i] > at:
            continue
        at_risk = 0
        deaths = 0
        first = True
        for j in range(n):
            if rows[j] and time[j] >= time[i]:
                at_risk += 1
                if time[j] == time[i] and event[j] != 0:
                    deaths += 1
                    if j < i:
                        first = False  # this death time was counted at an earlier row
        if first:
            survival *= 1.0 - deaths / at_risk
    return 100.0 * survival if followed or survival <= 0.0 else nan


@njit(cache=True, **UNCOUNTED)
def height_at(time, event, rows, at):
    """`kaplan_meier_at`, which after the last time goes on as it was; 100 without rows."""
    survival = 100.0
    for i in range(time.size):
        if not rows[i] or event[i] == 0 or time[i] > at:
            continue
        at_risk = deaths = 0
        first = True
        for j in range(time.size):
            if rows[j] and time[j] >= time[i]:
                at_risk += 1
                if time[j] == time[i] and event[j] != 0:
                    deaths += 1
                    first = first and j >= i
        if first:
            survival *= 1.0 - deaths / at_risk
    return survival


@njit(cache=True, **UNCOUNTED)
def median_off(time, event, rows, until, by):
    """How far a curve is from being above one half until a time, and not above it by another.

    In percentage points, 0 where both hold; NaN without rows. An infinite `by` asks nothing.
    """
    if not rows.any():
        return nan
    early = height_at(time, event, rows, until)
    return _off(early, height_at(time, event, rows, by) if by < inf else 0.0, 50.0)


@njit(cache=True, inline="always", **UNCOUNTED)
def _off(early, late, height):
    """What is missing from one estimate above a height, and what another has beyond it."""
    off = max(height - early, 1e-9) if early <= height + _DIGITS else 0.0
    return off + (late - height if late > height + _DIGITS else 0.0)


@njit(cache=True, **UNCOUNTED)
def ordered_median_off(time, event, rows, size, order, until, by):
    """`median_off` of the `size` rows, all rows being given by rising time in `order`."""
    return quantile_off(time, event, rows, size, order, until, by, 50.0)


@njit(cache=True, **UNCOUNTED)
def quantile_off(time, event, rows, size, order, until, by, height):
    """`ordered_median_off` with another height in place of one half."""
    if size == 0:
        return nan
    n = order.size
    at_risk = size
    survival = early = late = 100.0
    r = 0
    while r < n and at_risk > 0:
        now = time[order[r]]
        if now > until and now > by:
            break
        r, deaths, leaving = leaving_at(time, event, rows, order, r)
        if deaths > 0:
            survival *= 1.0 - deaths / at_risk
        at_risk -= leaving
        if now <= until:
            early = survival
        if now <= by:
            late = survival
    return _off(early, late if by < inf else 0.0, height)


@njit(cache=True, **UNCOUNTED)
def logrank_p(time, event, first, second):
    """Two-sided p value of the log-rank test of two groups; a row in both counts in both.

    NaN with an empty group or without events. 1 without variance: when at every event only one group
    is at risk, as by R's `survdiff`, or all who are die, which that refuses.
    """
    n = time.size
    difference = 0.0
    variance = 0.0
    events = 0.0
    for i in range(n):
        if not (first[i] or second[i]) or event[i] == 0:
            continue
        at_risk = at_risk_first = deaths = deaths_first = 0
        new = True
        for j in range(n):
            if not (first[j] or second[j]) or time[j] < time[i]:
                continue
            both = first[j] + second[j]
            at_risk += both
            at_risk_first += first[j]
            if time[j] == time[i] and event[j] != 0:
                deaths += both
                deaths_first += first[j]
                if j < i:
                    new = False
        if not new:
            continue
        events += deaths
        share = at_risk_first / at_risk
        difference += deaths_first - deaths * share
        if at_risk > 1:
            variance += share * (1 - share) * (deaths * (at_risk - deaths) / (at_risk - 1))
    if events == 0.0 or not first.any() or not second.any():
        return nan
    if variance <= 0:
        return 1.0
    return erfc(abs(difference) / sqrt(2 * variance))


@njit(cache=True, **UNCOUNTED)
def ordered_kaplan_meier_at(time, event, rows, size, order, at):
    """`kaplan_meier_at` of the `size` rows, all rows being given by rising time in `order`."""
    n = order.size
    at_risk = size
    survival = 1.0
    r = 0
    while r < n and time[order[r]] < at:
        r, deaths, leaving = leaving_at(time, event, rows, order, r)
        if deaths > 0:
            survival *= 1.0 - deaths / at_risk
        at_risk -= leaving
    followed = at_risk > 0
    deaths = 0
    while r < n and time[order[r]] == at:
        deaths += rows[order[r]] and event[order[r]] != 0
        r += 1
    if deaths > 0:
        survival *= 1.0 - deaths / at_risk
    return 100.0 * survival if followed or survival <= 0.0 else nan


@njit(cache=True, **UNCOUNTED)
def ordered_logrank_p(time, event, first, second, order):
    """`logrank_p`, the rows being given by rising time in `order`."""
    n = order.size
    at_risk = at_risk_first = 0
    for i in order:
        at_risk += first[i] + second[i]
        at_risk_first += first[i]
    if at_risk_first == 0 or not second.any():
        return nan
    difference = 0.0
    variance = 0.0
    events = 0
    r = 0
    while r < n:
        now = time[order[r]]
        deaths = deaths_first = leaving = leaving_first = 0
        while r < n and time[order[r]] == now:
            i = order[r]
            both = first[i] + second[i]
            leaving += both
            leaving_first += first[i]
            if event[i] != 0:
                deaths += both
                deaths_first += first[i]
            r += 1
        if deaths > 0:
            events += deaths
            share = at_risk_first / at_risk
            difference += deaths_first - deaths * share
            if at_risk > 1:
                variance += share * (1 - share) * (deaths * (at_risk - deaths) / (at_risk - 1))
        at_risk -= leaving
        at_risk_first -= leaving_first
    if events == 0:
        return nan
    if variance <= 0:
        return 1.0
    return erfc(abs(difference) / sqrt(2 * variance))


@njit(cache=True, **UNCOUNTED)
def incidence_at(time, event, of_cause, rows, size, order, at):
    """Cumulative incidence of one of the events at a time, in percent; NaN as `kaplan_meier_at`."""
    n = order.size
    at_risk = size
    free, incidence = 1.0, 0.0
    r = 0
    followed = False
    while r < n and time[order[r]] <= at:
        now = time[order[r]]
        events = causes = leaving = 0
        while r < n and time[order[r]] == now:
            i = order[r]
            leaving += rows[i]
            events += rows[i] and event[i] != 0
            causes += rows[i] and of_cause[i] != 0
            r += 1
        if events > 0:
            incidence += free * (causes / at_risk)
            free *= 1.0 - events / at_risk
        followed = now == at and at_risk > 0
        at_risk -= leaving
    if size == 0 or not (followed or at_risk > 0 or free <= 0.0):
        return nan
    return 100.0 * incidence


@njit(cache=True, **UNCOUNTED)
def stratified_p(time, event, first, second, members, strata, order):
    """Two-sided p value of the log-rank test within strata, as `logrank_p` without them."""
    difference = variance = 0.0
    events = in_first = in_second = 0
    for g in range(strata.size):
        if not strata[g]:
            continue
        inside = members[g]
        at_risk = at_risk_first = 0
        for i in order:
            at_risk += inside[i] * (first[i] + second[i])
            at_risk_first += inside[i] * first[i]
        in_first += at_risk_first
        in_second += at_risk - at_risk_first
        r = 0
        while r < order.size:
            now = time[order[r]]
            deaths = deaths_first = leaving = leaving_first = 0
            while r < order.size and time[order[r]] == now:
                i = order[r]
                both, one = inside[i] * (first[i] + second[i]), inside[i] * first[i]
                leaving += both
                leaving_first += one
                if event[i] != 0:
                    deaths += both
                    deaths_first += one
                r += 1
            if deaths > 0:
                events += deaths
                share = at_risk_first / at_risk
                difference += deaths_first - deaths * share
                if at_risk > 1:
                    variance += share * (1 - share) * (deaths * (at_risk - deaths) / (at_risk - 1))
            at_risk -= leaving
            at_risk_first -= leaving_first
    if events == 0 or in_first == 0 or in_second == 0:
        return nan
    if variance <= 0:
        return 1.0
    return erfc(abs(difference) / sqrt(2 * variance))
