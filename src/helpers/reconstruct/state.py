"""A cohort during a chain: what follows from its rows, kept up to date move by move.

A move touches one or two rows. Only what depends on a value that changed is computed again: derived
columns and group memberships of these rows, their places in the orders by time, and then the
constraints that read any of it, cheap ones first, until a budget is exceeded. `constraints.evaluate`
computes the same from nothing, and the tests hold the two against each other.

Rows of the second table lie in a fixed number of slots for each row of the first, of which the first
`used` are in use, so that a row can gain and lose them.
"""

from __future__ import annotations

from math import inf, nan
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from . import constraints as c
from . import statistics as kernels
from .constraints import Layout

_PRECISE = 3e-3
"""Newton step after which a model counts as fitted; the next would be about its square."""
_PRECISE_GROWTH = 1e-7
"""The same for the law of growth, where steps shrink by a constant factor."""
_MISS = 2.5
"""What a constraint that is off costs beside its distance: many ways to be a little off would
otherwise outweigh the few to be right, at any temperature at which a chain still moves."""
_GRAIN = 2.0**-20
"""Violations are rounded up to multiples of this, so that sums of them are exact in any order."""
_OF_GROUPS = (c.MEDIAN, c.MINIMUM, c.MAXIMUM, c.AT_RISK, c.KM, c.LOGRANK)
EVERYTHING = np.uint64(0xFFFFFFFFFFFFFFFF)


class Plan(NamedTuple):
    """What depends on what: a bit a column and a group, and a mask of them a constraint."""

    root_bit: NDArray[np.uint64]
    child_bit: NDArray[np.uint64]
    group_bit: NDArray[np.uint64]
    derived_needs: NDArray[np.uint64]  # derivation
    group_needs: NDArray[np.uint64]  # group
    needs: NDArray[np.uint64]  # constraint
    conditions: NDArray[np.int64]  # where those of each group start
    ordered: NDArray[np.int64]  # columns of the first table whose order is kept
    slots: int


class State(NamedTuple):
    """Rows, and what follows from them."""

    root: NDArray[np.float64]
    child: NDArray[np.float64]  # slots of the first row, then of the second ...
    used: NDArray[np.int64]  # slots in use
    members: NDArray[np.bool_]  # group, row
    size: NDArray[np.int64]  # group
    order: NDArray[np.int64]  # ordered column, rank: rows by rising value, missing last
    violations: NDArray[np.float64]
    beta: NDArray[np.float64]  # model, term: where the next fit starts
    growth: NDArray[np.float64]  # constraint; size at 0 and rate of growth, likewise
    trial_violations: NDArray[np.float64]  # the same two, of a move that is not yet accepted
    trial_beta: NDArray[np.float64]
    trial_growth: NDArray[np.float64]
    touched: NDArray[np.int64]  # room for `settle`
    standard_error: NDArray[np.float64]


def plan(layout: Layout) -> Plan:
    """Work out what depends on what."""
    programme = layout.programme
    bits = iter(1 << (k % 64) for k in range(10_000))  # sharing a bit costs time, not correctness
    root_bit = [next(bits) for _ in layout.columns[layout.root]]
    child_bit = [next(bits) for _ in layout.columns[layout.child]] if layout.child else []
    group_bit = [next(bits) for _ in programme.group_in_child]
    derived_needs = []
    for operation, _, first, second in programme.derive:
        if operation in (c.D_TIME, c.D_EVENT):
            derived_needs.append(root_bit[first] | root_bit[second])
        elif operation == c.D_COUNT:
            derived_needs.append(sum(child_bit))  # all of them change with the number of rows
        else:
            derived_needs.append(child_bit[first])
    group_needs = [0] * len(group_bit)
    for group, column, _ in programme.condition:
        bits_of = child_bit if programme.group_in_child[group] else root_bit
        group_needs[group] |= bits_of[column]
    for group, in_child in enumerate(programme.group_in_child):
        # Counting a row in or out changes every column; a group of all rows is settled at first.
        group_needs[group] |= child_bit[0] if in_child else root_bit[0]
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
        np.array(derived_needs, np.uint64),
        np.array(group_needs, np.uint64),
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
    constraints = len(plan.needs)
    terms = (len(programme.model), max(1, len(programme.covariate)))
    return State(
        root=np.zeros((size, len(layout.columns[layout.root]))),
        child=np.zeros((size * plan.slots, child_width)),
        used=np.zeros(size, np.int64),
        members=np.zeros((len(plan.group_bit), longest), np.bool_),
        size=np.zeros(len(plan.group_bit), np.int64),
        order=np.zeros((len(plan.ordered), size), np.int64),
        violations=np.zeros(constraints),
        beta=np.zeros(terms),
        growth=np.zeros((constraints, 2)),
        trial_violations=np.zeros(constraints),
        trial_beta=np.zeros(terms),
        trial_growth=np.zeros((constraints, 2)),
        touched=np.zeros(constraints, np.int64),
        standard_error=np.zeros(terms[1]),
    )


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
def differ(one, other):
    """Whether two values differ, a missing one from any other."""
    return one != other and not (np.isnan(one) and np.isnan(other))


@njit(cache=True, inline="always")
def follow(programme, plan, state, i, changed):
    """Bring a row's derived columns, memberships and ranks up to date; returns all that changed."""
    # Arrays are bound once: numba counts a reference at every look into a tuple.
    root, child, members, sizes = state.root, state.child, state.members, state.size
    derive, needs, root_bit = programme.derive, plan.derived_needs, plan.root_bit
    for row in range(needs.size):
        if needs[row] & changed == 0:
            continue
        operation, out, a, b = derive[row, 0], derive[row, 1], derive[row, 2], derive[row, 3]
        if operation == c.D_TIME:
            new = np.fmin(root[i, a], root[i, b])
        elif operation == c.D_EVENT:
            new = 1.0 if root[i, a] <= root[i, b] else 0.0
        elif operation == c.D_COUNT:
            new = float(state.used[i])
        else:
            sign = 1.0 if operation == c.D_MAXIMUM else -1.0
            new = nan
            for k in range(i * plan.slots, i * plan.slots + state.used[i]):
                value = child[k, a]
                if not np.isnan(value) and (np.isnan(new) or sign * value > sign * new):
                    new = value
        if differ(root[i, out], new):
            root[i, out] = new
            changed |= root_bit[out]
    needs, bit, in_child = plan.group_needs, plan.group_bit, programme.group_in_child
    first, condition, bounds = plan.conditions, programme.condition, programme.condition_value
    levels = programme.condition_levels
    for g in range(needs.size):
        if needs[g] & changed == 0 or in_child[g]:
            continue
        member = True
        for k in range(first[g], first[g + 1]):
            value = root[i, condition[k, 1]]
            member = member and c.meets(condition[k, 2], bounds[k], levels, k, value)
        if member != members[g, i]:
            members[g, i] = member
            sizes[g] += 1 if member else -1
            changed |= bit[g]
    ordered = plan.ordered
    for k in range(ordered.size):
        if root_bit[ordered[k]] & changed != 0:
            _place(state.order[k], root[:, ordered[k]], i)
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


@njit(cache=True, inline="always")
def follow_slot(programme, plan, state, i, s, changed):
    """Bring the memberships of a row of the second table up to date; returns all that changed."""
    child, members, sizes = state.child, state.members, state.size
    needs, bit, in_child = plan.group_needs, plan.group_bit, programme.group_in_child
    first, condition, bounds = plan.conditions, programme.condition, programme.condition_value
    levels = programme.condition_levels
    slot = i * plan.slots + s
    used = s < state.used[i]
    for g in range(needs.size):
        if needs[g] & changed == 0 or not in_child[g]:
            continue
        member = used
        for k in range(first[g], first[g + 1]):
            value = child[slot, condition[k, 1]]
            member = member and c.meets(condition[k, 2], bounds[k], levels, k, value)
        if member != members[g, slot]:
            members[g, slot] = member
            sizes[g] += 1 if member else -1
            changed |= bit[g]
    return changed


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
            if kind == c.LOGRANK:
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
        if kind >= c.COX_P:
            if a != fitted:
                terms = _fit(programme, plan, state, a)
                fitted = a
            value = c.cox_value(
                kind, terms, b, programme.number[row, 3], state.trial_beta[a], state.standard_error
            )
        else:
            value = _statistic(programme, plan, state, row, kind, a, b, what[row, 3], what[row, 4])
        violation = c.violation_of(programme.number, row, value)
        if violation > 0.0:
            violation = np.ceil((violation + _MISS) / _GRAIN) * _GRAIN
        violations[row] = violation
        total += violations[row]
    return total


@njit(cache=True, inline="always")
def _statistic(programme, plan, state, row, kind, a, b, third, fourth):
    if kind == c.COUNT:
        return float(state.size[a])
    if kind == c.SHARE:
        return 100.0 * state.size[a] / state.size[b] if state.size[b] > 0 else nan
    parameter = programme.number[row, 3]
    root, child = state.root, state.child
    n = root.shape[0]
    if kind == c.ORDER:
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
    if kind == c.KM:
        return kernels.ordered_kaplan_meier_at(
            root[:, b], root[:, third], rows, state.size[a], _order(plan, state, b), parameter
        )
    if kind == c.LOGRANK:
        p = kernels.ordered_logrank_p(
            root[:, b], root[:, third], rows, state.members[fourth], _order(plan, state, b)
        )
        return c.log10_p(p)
    in_child = programme.group_in_child[a]
    table = child if in_child else root
    rows = rows[: table.shape[0]]
    if kind == c.MEDIAN and not in_child:
        return kernels.ordered_median(table[:, b], rows, _order(plan, state, b))
    if kind == c.GROWTH:
        return kernels.months_to_size_from(
            table[:, b], table[:, third], rows, parameter, state.trial_growth[row], _PRECISE_GROWTH
        )
    return c.plain_statistic(kind, b, third, parameter, table, rows, rows)


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
        if kernels.fit(warm, t, d, b, se, _PRECISE):
            return terms
    b[:] = 0.0
    if kernels.fit(x, t, d, b, se, 1e-9):
        return terms
    b[:] = 0.0
    return -terms
