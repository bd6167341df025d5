"""What follows at once from rows that a move changes: derived columns, memberships, places in orders."""

from __future__ import annotations

from math import inf, nan

import numpy as np

from ..compiled import UNCOUNTED, njit
from .evaluation import meets, of_two
from .layout import D_COUNT, D_EVENT, D_MAXIMUM, D_ONSET, D_REVERSE, D_TIME


@njit(cache=True, inline="always", **UNCOUNTED)
def differ(one, other):
    """Whether two values differ, a missing one from any other."""
    return one != other and not (np.isnan(one) and np.isnan(other))


@njit(cache=True, forceinline=True, **UNCOUNTED)
def follow(programme, plan, state, i, changed):
    """Bring a row's derived columns, memberships and ranks up to date; returns all that changed."""
    # Arrays are bound once: numba counts a reference at every look into a tuple.
    root, child = state.root, state.child
    derive, needs, root_bit = programme.derive, plan.derived_needs, plan.root_bit
    for row in range(needs.size):
        if needs[row] & changed == 0:
            continue
        operation, out, a, b = derive[row, 0], derive[row, 1], derive[row, 2], derive[row, 3]
        if operation in (D_TIME, D_EVENT, D_ONSET, D_REVERSE):
            new = of_two(operation, root[i, a], root[i, b])
        elif operation == D_COUNT:
            new = float(state.used[i])
        else:
            sign = 1.0 if operation == D_MAXIMUM else -1.0
            new = nan
            for k in range(i * plan.slots, i * plan.slots + state.used[i]):
                value = child[k, a]
                if not np.isnan(value) and (np.isnan(new) or sign * value > sign * new):
                    new = value
        if differ(root[i, out], new):
            root[i, out] = new
            changed |= root_bit[out]
    changed = _join(programme, plan, state, False, i, root[i], True, changed)
    ordered = plan.ordered
    for k in range(ordered.size):
        if root_bit[ordered[k]] & changed != 0:
            _place(state.order[k], state.rank[k], root[:, ordered[k]], i)
    return changed


@njit(cache=True, **UNCOUNTED)
def _place(order, ranks, values, i):
    """Move a row to its rank, all other rows being at theirs."""
    n = order.size
    rank = ranks[i]
    value = inf if np.isnan(values[i]) else values[i]
    while rank > 0 and not values[order[rank - 1]] <= value:
        other = order[rank - 1]
        order[rank] = other
        ranks[other] = rank
        rank -= 1
    while rank < n - 1 and values[order[rank + 1]] < value:
        other = order[rank + 1]
        order[rank] = other
        ranks[other] = rank
        rank += 1
    order[rank] = i
    ranks[i] = rank


@njit(cache=True, forceinline=True, **UNCOUNTED)
def follow_slot(programme, plan, state, i, s, changed):
    """Bring the memberships of a row of the second table up to date; returns all that changed."""
    slot = i * plan.slots + s
    used = s < state.used[i]
    return _join(programme, plan, state, True, slot, state.child[slot], used, changed)


@njit(cache=True, forceinline=True, **UNCOUNTED)
def _join(programme, plan, state, of_child, i, values, there, changed):
    """Bring the memberships of a row in the groups of its table up to date; returns all that changed."""
    members, sizes = state.members, state.size
    needs, bit, in_child = plan.group_needs, plan.group_bit, programme.group_in_child
    first, condition, bounds = plan.conditions, programme.condition, programme.condition_value
    levels, lane = programme.condition_levels, plan.sweeps.lane
    for g in range(needs.size):
        if needs[g] & changed == 0 or in_child[g] != of_child:
            continue
        member = there
        for k in range(first[g], first[g + 1]):
            member = member and meets(
                condition[k, 2], bounds[k], levels, k, values[condition[k, 1]]
            )
        if member != members[g, i]:
            members[g, i] = member
            sizes[g] += 1 if member else -1
            changed |= bit[g]
            if not of_child:
                for s in range(lane.shape[0]):
                    state.packed[s, i] ^= lane[s, g]
    return changed
