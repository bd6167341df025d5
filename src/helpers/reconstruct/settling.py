"""The constraints of a cohort during a chain, kept up to date move by move.

A move touches one or two rows. Only what depends on a value that changed is computed again: derived
columns and group memberships of these rows, their places in the orders by time, and then the
constraints that read any of it, cheap ones first, until a budget is exceeded. `evaluation.evaluate`
computes the same from nothing, and the tests hold the two against each other. What needs a Cox
model is left out here; see `retention`.
"""

from __future__ import annotations

from math import inf, nan

import numpy as np

from ..compiled import UNCOUNTED, njit
from . import belonging, fourfold, growth, summaries, survival
from .bookkeeping import follow, follow_slot
from .codes import (
    AT_RISK,
    CHI_SQUARE,
    COUNT,
    FISHER,
    GROWTH,
    INCIDENCE,
    KM,
    KM_LIMIT,
    KM_MEAN,
    KM_MEDIAN,
    KM_MEDIAN_LIMIT,
    KM_OF_ROWS,
    KM_QUANTILE,
    KM_SYMMETRIC,
    LOGRANK,
    MAXIMUM,
    MEAN,
    MEDIAN,
    MINIMUM,
    ORDER,
    QUANTILE,
    SD,
    SHARE,
    STRATIFIED,
)
from .evaluation import log10_p, ordered_statistic, plain_statistic, violation_of
from .sweeps import sweep, untouched

_PRECISE_GROWTH = 1e-7
"""The same for the law of growth, where steps shrink by a constant factor."""
_MISS = 2.5
"""What a constraint that is off costs beside its distance: many ways to be a little off would
otherwise outweigh the few to be right, at any temperature at which a chain still moves."""
_GRAIN = 2.0**-20
"""Violations are rounded up to multiples of this, so that sums of them are exact in any order."""
_OF_GROUPS = (
    MEDIAN, MINIMUM, MAXIMUM, MEAN, SD, QUANTILE, AT_RISK, KM, KM_MEDIAN, LOGRANK, KM_LIMIT,
    KM_MEDIAN_LIMIT, INCIDENCE, KM_QUANTILE, KM_SYMMETRIC, KM_MEAN,
)  # fmt: skip
EVERYTHING = np.uint64(0xFFFFFFFFFFFFFFFF)


@njit(cache=True)
def rebuild(programme, plan, state):
    """Compute everything that follows from the rows; returns the total violation."""
    n = state.root.shape[0]
    for k in range(plan.ordered.size):
        state.order[k] = state.rank[k] = np.arange(n)
    for i in range(n):
        for s in range(plan.slots):
            follow_slot(programme, plan, state, i, s, EVERYTHING)
        follow(programme, plan, state, i, EVERYTHING)
    for k in range(plan.ordered.size):
        state.order[k] = np.argsort(state.root[:, plan.ordered[k]], kind="mergesort")
        state.rank[k, state.order[k]] = np.arange(n)
    state.beta[:] = 0.0
    state.growth[:] = 0.0
    state.violations[:] = 0.0
    total = settle(programme, plan, state, EVERYTHING, -1, -1, 0.0, inf)
    accept(programme, plan, state, -1, -1)
    return total


@njit(cache=True, forceinline=True, **UNCOUNTED)
def accept(programme, plan, state, i, j):
    """Make the violations of a trial, in which two rows changed, those of the state."""
    violations, trial = state.violations, state.trial_violations
    for row in range(trial.size):
        violations[row] = trial[row]
    growth, trial_growth = state.growth, state.trial_growth
    for row in plan.fitted:
        growth[row, 0], growth[row, 1] = trial_growth[row, 0], trial_growth[row, 1]
    for row in plan.rules:
        state.breaks[row] = state.trial_breaks[row]
        if i >= 0:
            state.broken[row, i] = _broken(programme, plan, state, row, i)
        if j >= 0:
            state.broken[row, j] = _broken(programme, plan, state, row, j)


@njit(cache=True, forceinline=True, **UNCOUNTED)
def _broken(programme, plan, state, row, i):
    """How often a row of the first table, or those that belong to it, break a rule of order."""
    what, root, child = programme.what, state.root, state.child
    a, b, strict = what[row, 1], what[row, 2], what[row, 4] == 1
    limit = root[i, b]
    if what[row, 3] == 0:
        return int(root[i, a] > limit or (strict and root[i, a] == limit))
    broken = 0
    for k in range(i * plan.slots, i * plan.slots + state.used[i]):
        broken += child[k, a] > limit or (strict and child[k, a] == limit)
    return broken


@njit(cache=True, forceinline=True, **UNCOUNTED)
def settle(programme, plan, state, changed, i, j, total, budget):
    """Evaluate the constraints that something changed for, until all violations exceed a budget.

    Parameters
    ----------
    changed : uint64
        Bits of what changed since `state.violations` was right.
    i, j : int
        The rows of the first table that it changed in, -1 for none; all of them where both are.
    total : float
        Sum of `state.violations`.
    budget : float

    Returns
    -------
    float
        Total violation, or a part of it above the budget.
    """
    violations, touched, needs = state.trial_violations, state.touched, plan.needs
    what, in_child = programme.what, programme.group_in_child
    members, bit = state.members, plan.group_bit
    before = state.violations
    for row in range(before.size):
        violations[row] = before[row]
    growth, trial_growth = state.growth, state.trial_growth
    for row in plan.fitted:
        trial_growth[row, 0], trial_growth[row, 1] = growth[row, 0], growth[row, 1]
    for row in plan.rules:
        state.trial_breaks[row] = state.breaks[row]
    of = plan.sweeps.of
    judged = spared = passed = 0  # passes, as bits
    read = 0
    for row in range(needs.size):  # without a branch: which way it went could not be foretold
        touched[read] = row
        read += needs[row] & changed != 0
    number = 0
    for k in range(read):
        row = touched[k]
        if of[row] >= 0:
            one = 1 << of[row]
            if judged & one == 0:
                judged |= one
                if untouched(plan, state, changed, i, j, of[row]):
                    spared |= one
            if spared & one:
                continue
        kind, a, fourth = what[row, 0], what[row, 1], what[row, 4]
        if kind in _OF_GROUPS and not in_child[a] and (i >= 0 or j >= 0):
            # Rows outside a group have no part in its statistics.
            concerned = bit[a] & changed != 0
            concerned = concerned or (i >= 0 and members[a, i]) or (j >= 0 and members[a, j])
            if kind == LOGRANK:
                concerned = concerned or bit[fourth] & changed != 0
                concerned = concerned or (i >= 0 and members[fourth, i])
                concerned = concerned or (j >= 0 and members[fourth, j])
            if not concerned:
                continue
        touched[number] = row
        number += 1
        total -= violations[row]
    for k in range(number):
        if total > budget:
            return total
        row = touched[k]
        kind, a, b = what[row, 0], what[row, 1], what[row, 2]
        s = of[row]
        if s < 0:
            value = _statistic(
                programme, plan, state, row, kind, a, b, what[row, 3], what[row, 4], i, j
            )
        else:
            if not passed & (1 << s):
                passed |= 1 << s
                sweep(programme, plan, state, order_of(plan, state, plan.sweeps.time[s]), s)
            value = state.swept[row]
        violation = violation_of(programme.number, row, value)
        if violation > 0.0:
            violation = np.ceil(plan.weight[row] * (violation + _MISS) / _GRAIN) * _GRAIN
        violations[row] = violation
        total += violations[row]
    return total


@njit(cache=True, forceinline=True, **UNCOUNTED)
def _statistic(programme, plan, state, row, kind, a, b, third, fourth, i, j):
    if kind == COUNT:
        return float(state.size[a])
    if kind == SHARE:
        return 100.0 * state.size[a] / state.size[b] if state.size[b] > 0 else nan
    parameter = programme.number[row, 3]
    root, child = state.root, state.child
    n = root.shape[0]
    if kind == ORDER:
        broken = state.broken
        if i < 0 and j < 0:
            total = 0
            for r in range(n):
                broken[row, r] = _broken(programme, plan, state, row, r)
                total += broken[row, r]
        else:
            total = state.breaks[row]
            if i >= 0:
                total += _broken(programme, plan, state, row, i) - broken[row, i]
            if j >= 0 and j != i:
                total += _broken(programme, plan, state, row, j) - broken[row, j]
        state.trial_breaks[row] = total
        return float(total)
    rows = state.members[a]
    if kind == KM:
        return survival.ordered_kaplan_meier_at(
            root[:, b], root[:, third], rows, state.size[a], order_of(plan, state, b), parameter
        )
    if kind == KM_MEDIAN:
        until, by = programme.number[row, 4], programme.number[row, 5]
        return survival.ordered_median_off(
            root[:, b], root[:, third], rows, state.size[a], order_of(plan, state, b), until, by
        )
    if kind == LOGRANK:
        p = survival.ordered_logrank_p(
            root[:, b], root[:, third], rows, state.members[fourth], order_of(plan, state, b)
        )
        return log10_p(p)
    if kind == KM_OF_ROWS:
        return belonging.kaplan_meier_of_rows(
            root, child, rows, state.touched, plan.slots, b, third, fourth, parameter
        )
    if KM_LIMIT <= kind <= STRATIFIED:
        until, by = programme.number[row, 4], programme.number[row, 5]
        return ordered_statistic(
            programme, kind, a, b, third, fourth, parameter, until, by,
            root, state.members, state.size[a], order_of(plan, state, b),
        )  # fmt: skip
    in_child = programme.group_in_child[a]
    table = child if in_child else root
    if kind in (FISHER, CHI_SQUARE):
        members = state.members
        return log10_p(
            fourfold.p(kind == FISHER, third, rows, members[fourth], members[b], len(table))
        )
    rows = rows[: table.shape[0]]
    if kind == MEDIAN and not in_child:
        return summaries.ordered_median(table[:, b], rows, state.size[a], order_of(plan, state, b))
    if plan.sorted_by[row] >= 0:
        order, sign = state.order[plan.sorted_by[row]], 1.0 if kind == MAXIMUM else -1.0
        return summaries.ordered_extreme(table[:, b], rows, order, sign)
    if kind == GROWTH:
        return growth.months_to_size_from(
            table[:, b], table[:, third], rows, parameter, state.trial_growth[row],
            _PRECISE_GROWTH, state.points,
        )  # fmt: skip
    return plain_statistic(kind, b, third, parameter, table, rows, rows)


@njit(cache=True, inline="always", **UNCOUNTED)
def order_of(plan, state, column):
    """Rows by a column whose order is kept."""
    ordered = plan.ordered
    k = 0
    while ordered[k] != column:
        k += 1
    return state.order[k]
