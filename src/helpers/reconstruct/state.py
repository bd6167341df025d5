"""A cohort during a chain: what follows from its rows, kept up to date move by move.

A move touches one or two rows. Only what depends on a value that changed is computed again: derived
columns and group memberships of these rows, their places in the orders by time, and then the
constraints that read any of it, cheap ones first, until a budget is exceeded. `constraints.evaluate`
computes the same from nothing, and the tests hold the two against each other.

Rows of the second table lie in a fixed number of slots for each row of the first, of which the first
`count` are in use, so that a row can gain and lose them.
"""

from __future__ import annotations

from math import inf, nan
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from . import constraints as c
from . import statistics as kernels
from .constraints import Layout, Programme

_PRECISE = 1e-4
"""Newton step after which a Cox model counts as fitted; the next would be about its square."""


class Plan(NamedTuple):
    """What depends on what: a bit a column and a group, and a mask of them a constraint."""

    root_bit: NDArray[np.uint64]
    child_bit: NDArray[np.uint64]
    group_bit: NDArray[np.uint64]
    needs: NDArray[np.uint64]
    conditions: NDArray[np.int64]  # where those of each group start
    ordered: NDArray[np.int64]  # columns of the first table whose order is kept
    slots: int


class State(NamedTuple):
    """Rows, and what follows from them."""

    root: NDArray[np.float64]
    child: NDArray[np.float64]  # slots of the first row, then of the second ...
    count: NDArray[np.int64]  # slots in use
    members: NDArray[np.bool_]  # group, row
    order: NDArray[np.int64]  # ordered column, rank: rows by rising value, missing last
    violations: NDArray[np.float64]
    beta: NDArray[np.float64]  # model, term: where the next fit starts
    trial_violations: NDArray[np.float64]  # the same two, of a move that is not yet accepted
    trial_beta: NDArray[np.float64]


def plan(layout: Layout) -> Plan:
    """Work out what depends on what."""
    programme = layout.programme
    bits = iter(1 << (k % 64) for k in range(10_000))  # sharing a bit costs time, not correctness
    root_bit = [next(bits) for _ in layout.columns[layout.root]]
    child_bit = [next(bits) for _ in layout.columns[layout.child]] if layout.child else []
    group_bit = [next(bits) for _ in programme.group_in_child]
    needs, ordered = [], set()
    for kind, first, second, third, fourth in programme.what:
        if kind in (c.COUNT, c.SHARE):
            need = group_bit[first] | (group_bit[second] if kind == c.SHARE else 0)
        elif kind == c.ORDER:
            need = (child_bit if third else root_bit)[first] | root_bit[second]
        elif kind >= c.COX_P:
            time, event = programme.model[first]
            need = root_bit[time] | root_bit[event]
            ordered.add(int(time))
            for model, group, column in programme.covariate:
                if model == first:
                    need |= group_bit[group] if group >= 0 else root_bit[column]
        else:
            in_child = programme.group_in_child[first]
            need = group_bit[first] | (child_bit if in_child else root_bit)[second]
            if kind == c.GROWTH:
                need |= (child_bit if in_child else root_bit)[third]
            elif kind in (c.KM, c.LOGRANK):
                need |= root_bit[third] | (group_bit[fourth] if kind == c.LOGRANK else 0)
            if kind in (c.KM, c.LOGRANK) or (kind == c.MEDIAN and not in_child):
                ordered.add(int(second))
        needs.append(need)
    counts = np.bincount(programme.condition[:, 0], minlength=len(group_bit))
    per_row = layout.study.tables[layout.child].per_row if layout.child else None
    return Plan(
        np.array(root_bit, np.uint64),
        np.array(child_bit, np.uint64),
        np.array(group_bit, np.uint64),
        np.array(needs, np.uint64),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array(sorted(ordered), np.int64),
        max(per_row, default=0) if per_row else 0,
    )


def empty(layout: Layout, plan: Plan, size: int) -> State:
    """A state with room for the rows, which are then filled in and made to follow by `rebuild`."""
    programme = layout.programme
    child_width = len(layout.columns[layout.child]) if layout.child else 1
    longest = max(size, size * plan.slots)
    covariates = programme.covariate
    return State(
        np.zeros((size, len(layout.columns[layout.root]))),
        np.zeros((size * plan.slots, child_width)),
        np.zeros(size, np.int64),
        np.zeros((len(plan.group_bit), longest), np.bool_),
        np.zeros((len(plan.ordered), size), np.int64),
        np.zeros(len(plan.needs)),
        np.zeros((len(programme.model), max(1, len(covariates)))),
        np.zeros(len(plan.needs)),
        np.zeros((len(programme.model), max(1, len(covariates)))),
    )


@njit(cache=True)
def rebuild(programme, plan, state):
    """Compute everything that follows from the rows; returns the total violation."""
    n = state.root.shape[0]
    for k in range(plan.ordered.size):
        state.order[k] = np.arange(n)
    for i in range(n):
        follow(programme, plan, state, i)
        for s in range(plan.slots):
            follow_slot(programme, plan, state, i, s)
    for k in range(plan.ordered.size):
        state.order[k] = np.argsort(state.root[:, plan.ordered[k]], kind="mergesort")
    state.beta[:] = 0.0
    everything = np.uint64(0xFFFFFFFFFFFFFFFF)
    total = settle(programme, plan, state, everything, inf)
    accept(state)
    return total


@njit(cache=True)
def accept(state):
    """Make the violations of a trial those of the state."""
    state.violations[:] = state.trial_violations
    state.beta[:] = state.trial_beta


@njit(cache=True)
def differ(one, other):
    """Whether two values differ, a missing one from any other."""
    return one != other and not (np.isnan(one) and np.isnan(other))


@njit(cache=True)
def _meets(programme, condition, value):
    test = programme.condition[condition, 2]
    bound = programme.condition_value[condition]
    if np.isnan(value):
        return False
    if test == c._IN:
        return 0.0 <= value < 63.0 and value == np.floor(value) and (int(bound) >> int(value)) & 1 == 1
    if test == c._AT_MOST:
        return value <= bound
    if test == c._ABOVE:
        return value > bound
    return value >= bound


@njit(cache=True)
def follow(programme, plan, state, i):
    """Bring a row's derived columns, memberships and ranks up to date; returns what changed."""
    root, child = state.root, state.child
    changed = np.uint64(0)
    first = i * plan.slots
    for row in range(programme.derive.shape[0]):
        operation, out, a, b = programme.derive[row]
        if operation == c._D_TIME:
            new = np.fmin(root[i, a], root[i, b])
        elif operation == c._D_EVENT:
            new = 1.0 if root[i, a] <= root[i, b] else 0.0
        elif operation == c._D_COUNT:
            new = float(state.count[i])
        else:
            sign = 1.0 if operation == c._D_MAXIMUM else -1.0
            new = nan
            for k in range(first, first + state.count[i]):
                value = child[k, a]
                if not np.isnan(value) and (np.isnan(new) or sign * value > sign * new):
                    new = value
        if differ(root[i, out], new):
            root[i, out] = new
            changed |= plan.root_bit[out]
    for g in range(plan.group_bit.size):
        if programme.group_in_child[g]:
            continue
        member = True
        for condition in range(plan.conditions[g], plan.conditions[g + 1]):
            member = member and _meets(
                programme, condition, root[i, programme.condition[condition, 1]]
            )
        if member != state.members[g, i]:
            state.members[g, i] = member
            changed |= plan.group_bit[g]
    for k in range(plan.ordered.size):
        _place(state.order[k], root[:, plan.ordered[k]], i)
    return changed


@njit(cache=True)
def _place(order, values, i):
    """Move a row to its rank, all other rows being at theirs."""
    n = order.size
    rank = 0
    while order[rank] != i:
        rank += 1
    value = inf if np.isnan(values[i]) else values[i]
    while rank > 0 and not values[order[rank - 1]] <= value:
        order[rank] = order[rank - 1]
        rank -= 1
    while rank < n - 1 and values[order[rank + 1]] < value:
        order[rank] = order[rank + 1]
        rank += 1
    order[rank] = i


@njit(cache=True)
def follow_slot(programme, plan, state, i, s):
    """Bring the memberships of a row of the second table up to date; returns what changed."""
    changed = np.uint64(0)
    k = i * plan.slots + s
    for g in range(plan.group_bit.size):
        if not programme.group_in_child[g]:
            continue
        member = s < state.count[i]
        for condition in range(plan.conditions[g], plan.conditions[g + 1]):
            member = member and _meets(
                programme, condition, state.child[k, programme.condition[condition, 1]]
            )
        if member != state.members[g, k]:
            state.members[g, k] = member
            changed |= plan.group_bit[g]
    return changed


@njit(cache=True)
def settle(programme, plan, state, changed, budget):
    """Evaluate the constraints that something changed for, until all violations exceed a budget.

    Parameters
    ----------
    changed : uint64
        Bits of what changed since `state.violations` was right.
    budget : float

    Returns
    -------
    float
        Total violation, or a part of it above the budget.
    """
    total = 0.0
    violations = state.trial_violations
    state.trial_beta[:] = state.beta
    for row in range(plan.needs.size):
        if plan.needs[row] & changed == 0:
            violations[row] = state.violations[row]
            total += violations[row]
    fitted = -1
    terms = 0
    standard_error = np.empty(state.beta.shape[1])
    for row in range(plan.needs.size):
        if plan.needs[row] & changed == 0:
            continue
        if total > budget:
            return total
        kind, a, b, third, fourth = programme.what[row]
        if kind >= c.COX_P:
            if a != fitted:
                terms = _fit(programme, plan, state, a, standard_error)
                fitted = a
            value = c.cox_value(
                kind, terms, b, programme.number[row, 3], state.trial_beta[a], standard_error
            )
        else:
            value = _statistic(programme, plan, state, row)
        violations[row] = c.violation_of(programme, row, value)
        total += violations[row]
    return total


@njit(cache=True)
def _statistic(programme, plan, state, row):
    kind, a, b, third, fourth = programme.what[row]
    parameter = programme.number[row, 3]
    root = state.root
    n = root.shape[0]
    if kind == c.ORDER:
        broken = 0.0
        for i in range(n):
            if third:
                for k in range(i * plan.slots, i * plan.slots + state.count[i]):
                    broken += state.child[k, a] >= root[i, b]
            else:
                broken += root[i, a] >= root[i, b]
        return broken
    rows = state.members[a]
    if kind == c.KM:
        return kernels.ordered_kaplan_meier_at(
            root[:, b], root[:, third], rows, _order(plan, state, b), parameter
        )
    if kind == c.LOGRANK:
        p = kernels.ordered_logrank_p(
            root[:, b], root[:, third], rows, state.members[fourth], _order(plan, state, b)
        )
        return c._log10(p)
    in_child = programme.group_in_child[a]
    table = state.child if in_child else root
    rows = rows[: table.shape[0]]
    if kind == c.MEDIAN and not in_child:
        return kernels.ordered_median(table[:, b], rows, _order(plan, state, b))
    return c.plain_statistic(kind, b, third, parameter, table, rows, state.members[b] if kind == c.SHARE else rows)


@njit(cache=True)
def _order(plan, state, column):
    k = 0
    while plan.ordered[k] != column:
        k += 1
    return state.order[k]


@njit(cache=True)
def _fit(programme, plan, state, model, standard_error):
    """Fit a Cox model from where the last one ended; its terms, negative when it did not converge."""
    n = state.root.shape[0]
    time, event = programme.model[model]
    order = _order(plan, state, time)
    terms = 0
    for k in range(programme.covariate.shape[0]):
        terms += programme.covariate[k, 0] == model
    x = np.empty((n, terms))
    t = np.empty(n)
    d = np.empty(n)
    for r in range(n):
        t[r] = state.root[order[n - 1 - r], time]
        d[r] = state.root[order[n - 1 - r], event]
    column = 0
    for k in range(programme.covariate.shape[0]):
        owner, group, source = programme.covariate[k]
        if owner != model:
            continue
        mean = 0.0
        for r in range(n):
            i = order[n - 1 - r]
            if group >= 0:
                x[r, column] = 1.0 if state.members[group, i] else 0.0
            else:
                x[r, column] = state.root[i, source] / programme.covariate_per[k]
            mean += x[r, column] / n
        for r in range(n):
            x[r, column] -= mean
        column += 1
    b = state.trial_beta[model, :terms]
    se = standard_error[:terms]
    if b.any() and kernels.newton(x, t, d, b, se, _PRECISE):
        return terms
    b[:] = 0.0
    if kernels.newton(x, t, d, b, se, 1e-9):
        return terms
    b[:] = 0.0
    return -terms
