"""The constraints of a cohort during a chain, kept up to date move by move.

A move touches one or two rows. Only what depends on a value that changed is computed again: derived
columns and group memberships of these rows, their places in the orders by time, and then the
constraints that read any of it, cheap ones first, until a budget is exceeded. `evaluation.evaluate`
computes the same from nothing, and the tests hold the two against each other.
"""

from __future__ import annotations

from math import inf, nan

import numpy as np

from ..compiled import njit
from . import cox, growth, summaries, survival
from .bookkeeping import follow, follow_slot
from .codes import (
    AT_RISK,
    COUNT,
    COX_P,
    GROWTH,
    KM,
    LOGRANK,
    MAXIMUM,
    MEDIAN,
    MINIMUM,
    ORDER,
    SHARE,
)
from .evaluation import cox_value, log10_p, plain_statistic, violation_of

_PRECISE = 3e-3
"""Newton step after which a model counts as fitted; the next would be about its square."""
_PRECISE_GROWTH = 1e-7
"""The same for the law of growth, where steps shrink by a constant factor."""
_MISS = 2.5
"""What a constraint that is off costs beside its distance: many ways to be a little off would
otherwise outweigh the few to be right, at any temperature at which a chain still moves."""
_GRAIN = 2.0**-20
"""Violations are rounded up to multiples of this, so that sums of them are exact in any order."""
_OF_GROUPS = (MEDIAN, MINIMUM, MAXIMUM, AT_RISK, KM, LOGRANK)
EVERYTHING = np.uint64(0xFFFFFFFFFFFFFFFF)


@njit(cache=True)
def rebuild(programme, plan, state):
    """Compute everything that follows from the rows; returns the total violation."""
    n = state.root.shape[0]
    for k in range(plan.ordered.size):
        state.order[k] = np.arange(n)
    for i in range(n):
        for s in range(plan.slots):
            follow_slot(programme, plan, state, i, s, EVERYTHING)
        follow(programme, plan, state, i, EVERYTHING)
    for k in range(plan.ordered.size):
        state.order[k] = np.argsort(state.root[:, plan.ordered[k]], kind="mergesort")
    state.beta[:] = 0.0
    state.growth[:] = 0.0
    state.violations[:] = 0.0
    total = settle(programme, plan, state, EVERYTHING, -1, -1, 0.0, inf)
    accept(state)
    return total


@njit(cache=True, inline="always")
def accept(state):
    """Make the violations of a trial those of the state."""
    state.violations[:] = state.trial_violations
    state.beta[:] = state.trial_beta
    state.growth[:] = state.trial_growth


@njit(cache=True, inline="always")
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
    violations[:] = state.violations
    state.trial_beta[:] = state.beta
    state.trial_growth[:] = state.growth
    number = 0
    for row in range(needs.size):
        if needs[row] & changed == 0:
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
    fitted = -1
    terms = 0
    for k in range(number):
        if total > budget:
            return total
        row = touched[k]
        kind, a, b = what[row, 0], what[row, 1], what[row, 2]
        if kind >= COX_P:
            if a != fitted:
                terms = _fit(programme, plan, state, a)
                fitted = a
            value = cox_value(
                kind, terms, b, programme.number[row, 3], state.trial_beta[a], state.standard_error
            )
        else:
            value = _statistic(programme, plan, state, row, kind, a, b, what[row, 3], what[row, 4])
        violation = violation_of(programme.number, row, value)
        if violation > 0.0:
            violation = np.ceil((violation + _MISS) / _GRAIN) * _GRAIN
        violations[row] = violation
        total += violations[row]
    return total


@njit(cache=True, inline="always")
def _statistic(programme, plan, state, row, kind, a, b, third, fourth):
    if kind == COUNT:
        return float(state.size[a])
    if kind == SHARE:
        return 100.0 * state.size[a] / state.size[b] if state.size[b] > 0 else nan
    parameter = programme.number[row, 3]
    root, child = state.root, state.child
    n = root.shape[0]
    if kind == ORDER:
        broken = 0
        strict = fourth == 1
        count = state.used
        for i in range(n):
            if third:
                for k in range(i * plan.slots, i * plan.slots + count[i]):
                    broken += child[k, a] > root[i, b] or (strict and child[k, a] == root[i, b])
            else:
                broken += root[i, a] > root[i, b] or (strict and root[i, a] == root[i, b])
        return float(broken)
    rows = state.members[a]
    if kind == KM:
        return survival.ordered_kaplan_meier_at(
            root[:, b], root[:, third], rows, state.size[a], _order(plan, state, b), parameter
        )
    if kind == LOGRANK:
        p = survival.ordered_logrank_p(
            root[:, b], root[:, third], rows, state.members[fourth], _order(plan, state, b)
        )
        return log10_p(p)
    in_child = programme.group_in_child[a]
    table = child if in_child else root
    rows = rows[: table.shape[0]]
    if kind == MEDIAN and not in_child:
        return summaries.ordered_median(table[:, b], rows, _order(plan, state, b))
    if kind == GROWTH:
        return growth.months_to_size_from(
            table[:, b], table[:, third], rows, parameter, state.trial_growth[row], _PRECISE_GROWTH
        )
    return plain_statistic(kind, b, third, parameter, table, rows, rows)


@njit(cache=True, inline="always")
def _order(plan, state, column):
    ordered = plan.ordered
    k = 0
    while ordered[k] != column:
        k += 1
    return state.order[k]


@njit(cache=True)
def _fit(programme, plan, state, model):
    """Fit a Cox model from where the last one ended; its terms, negative when it did not converge."""
    root, members, covariate = state.root, state.members, programme.covariate
    n = root.shape[0]
    time, event = programme.model[model]
    order = _order(plan, state, time)
    terms = 0
    for k in range(covariate.shape[0]):
        terms += covariate[k, 0] == model
    x = np.empty((n, terms))
    t = np.empty(n)
    d = np.empty(n)
    for r in range(n):
        t[r] = root[order[n - 1 - r], time]
        d[r] = root[order[n - 1 - r], event]
    column = 0
    for k in range(covariate.shape[0]):
        owner, group, source = covariate[k, 0], covariate[k, 1], covariate[k, 2]
        if owner != model:
            continue
        per = programme.covariate_per[k]
        mean = 0.0
        for r in range(n):
            i = order[n - 1 - r]
            if group >= 0:
                x[r, column] = 1.0 if members[group, i] else 0.0
            else:
                x[r, column] = root[i, source] / per
            mean += x[r, column] / n
        if not np.isnan(mean):
            for r in range(n):
                x[r, column] -= mean
        column += 1
    b = state.trial_beta[model, :terms]
    se = state.standard_error[:terms]
    if b.any():
        warm = x.copy()
        if cox.fit(warm, t, d, b, se, _PRECISE):
            return terms
    b[:] = 0.0
    if cox.fit(x, t, d, b, se, 1e-9):
        return terms
    b[:] = 0.0
    return -terms
