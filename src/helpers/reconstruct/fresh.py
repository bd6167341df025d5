"""Blocks of which printed counts say how many rows are of each class, and exact draws of them.

The conditions of the groups that are counted part the places of a pool into classes, by membership.
Printed counts and shares of such groups, with the number of rows, are linear in the rows of each
class. Where they leave one solution in whole numbers, a block given its own counts is a random
assignment of the rows to the classes, and in each class an even draw of its places: no chain is
needed. A block that no other constraint and not the measure reads is drawn so at every look (see
`retention`); of another one the chain begins with such a draw, and need not search for the counts.

Whether there is one solution is asked of scipy's `milp`: the least and the most of each class.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from ..compiled import UNCOUNTED, njit
from .blocks import Blocks
from .bookkeeping import follow
from .codes import (
    CHI_SQUARE,
    COUNT,
    COX_P,
    FISHER,
    GROWTH,
    INCIDENCE,
    KM_OF_ROWS,
    OF_CURVES,
    OF_TWO_CURVES,
    ORDER,
    SHARE,
    STRATIFIED,
    What,
)
from .constraints import Programme
from .evaluation import select, violation_of
from .layout import D_EVENT, D_ONSET, D_REVERSE, D_TIME
from .measures import Exits
from .proposals import EXIT_SHARE, below
from .state import Plan, main_times


class Fresh(NamedTuple):
    """Blocks that can be drawn exactly."""

    block: NDArray[np.int64]
    alone: NDArray[np.bool_]  # whether nothing else reads the block
    single: NDArray[np.bool_]  # whether all places of a class have one value
    bits: NDArray[np.uint64]  # of its columns
    classes: NDArray[np.int64]  # where the classes of each block start
    rows: NDArray[np.int64]  # class: how many rows are of it
    start: NDArray[np.int64]  # where the places of each class start
    places: NDArray[np.int32]  # of the pool, by class
    order: NDArray[np.int64]  # room for a permutation of the rows


@njit(cache=True, **UNCOUNTED)
def redraw(programme, plan, state, blocks, fresh, position, rng, alone):
    """Draw the blocks given their own counts; those that nothing else reads, or all of them."""
    order = fresh.order
    n = order.size
    root, pool = state.root, blocks.pool_root
    for f in range(fresh.block.size):
        if alone and not fresh.alone[f]:
            continue
        b = fresh.block[f]
        for i in range(n):
            order[i] = i
        for i in range(n - 1, 0, -1):
            j = below(rng, i + 1)
            order[i], order[j] = order[j], order[i]
        r = 0
        for c in range(fresh.classes[f], fresh.classes[f + 1]):
            first, size = fresh.start[c], fresh.start[c + 1] - fresh.start[c]
            for _ in range(fresh.rows[c]):
                place = fresh.places[first + below(rng, size)]
                position.root_place[b, order[r]] = place
                for k in range(blocks.start[b], blocks.start[b + 1]):
                    column = blocks.columns[k]
                    root[order[r], column] = pool[place, column]
                follow(programme, plan, state, order[r], fresh.bits[f])
                r += 1


def fresh_blocks(
    programme: Programme, plan: Plan, blocks: Blocks, exits: Exits, size: int
) -> Fresh:
    """Find the blocks of the first table that can be drawn exactly.

    Parameters
    ----------
    programme : Programme
    plan : Plan
    blocks : Blocks
    exits : Exits
    size : int
        Number of rows.
    """
    what = [What(*(int(part) for part in row)) for row in programme.what]
    sources = [_columns_of_constraint(programme, one) for one in what]
    weighed = set().union(*(_columns_of_group(programme, int(g)) for g in exits.groups))
    inside = np.zeros((len(programme.group_in_child), len(blocks.pool_root)), bool)
    select(programme, blocks.pool_root, np.zeros((1, blocks.pool_child.shape[1])), inside)
    found: list[tuple[int, bool, NDArray[np.int64], list[NDArray[np.int64]]]] = []
    for b in np.flatnonzero(~blocks.in_child):
        columns = set(blocks.columns[blocks.start[b] : blocks.start[b + 1]].tolist())
        touched = [c for c, read in enumerate(sources) if read & columns]
        counted = [
            c
            for c in touched
            if what[c].kind in (COUNT, SHARE) and _directly(programme, what[c], columns)
        ]
        groups = sorted({g for c in counted for g in _groups(what[c])})
        patterns, number = np.unique(inside[groups], axis=1, return_inverse=True)
        rows = _one_solution(
            programme, counted, what, dict(zip(groups, patterns, strict=True)), size
        )
        if rows is None:
            continue
        chain = [c for c in touched if what[c].kind < COX_P]
        alone = chain == counted and not weighed & columns
        if alone or counted:
            places = [np.flatnonzero(number.ravel() == k) for k in range(len(rows))]
            found.append((int(b), alone, rows, places))
    starts = np.cumsum([0, *(len(places) for _, _, _, by in found for places in by)])
    return Fresh(
        np.array([b for b, *_ in found], np.int64),
        np.array([alone for _, alone, *_ in found], bool),
        np.array([_single(blocks, b, by) for b, *_, by in found], bool),
        np.array([_bits(plan, blocks, b) for b, *_ in found], np.uint64),
        np.cumsum([0, *(len(rows) for _, _, rows, _ in found)]).astype(np.int64),
        np.array([k for _, _, rows, _ in found for k in rows], np.int64),
        starts.astype(np.int64),
        np.array([p for *_, by in found for places in by for p in places], np.int32),
        np.zeros(size, np.int64),
    )


def settled(programme: Programme, blocks: Blocks, fresh: Fresh, exits: Exits) -> Blocks:
    """The blocks, those that are drawn at every look moved no more, and of others the counts kept.

    Where the times of which most is printed are made of onsets, these steer what exits do elsewhere,
    and are moved as often.
    """
    number = len(blocks.in_child)
    moved = np.setdiff1d(np.arange(number), fresh.block[fresh.alone])
    steering = _plain(programme, set(main_times(programme))) - {exits.time, exits.event}
    for b in moved[~blocks.in_child[moved]]:
        if steering & set(blocks.columns[blocks.start[b] : blocks.start[b + 1]].tolist()):
            moved = np.append(moved, np.full(EXIT_SHARE - 1, b))
    swapped = np.zeros(number, bool)
    swapped[fresh.block[fresh.single]] = True
    return blocks._replace(moved=moved, swapped=swapped)


def _single(blocks: Blocks, b: int, classes: list[NDArray[np.int64]]) -> bool:
    columns = blocks.columns[blocks.start[b] : blocks.start[b + 1]]
    values = np.nan_to_num(blocks.pool_root[:, columns], nan=-np.inf)
    return all((values[places] == values[places[:1]]).all() for places in classes)


def _bits(plan: Plan, blocks: Blocks, b: int) -> int:
    columns = blocks.columns[blocks.start[b] : blocks.start[b + 1]]
    return int(np.bitwise_or.reduce(plan.root_bit[columns]))


def _one_solution(
    programme: Programme,
    counted: list[int],
    what: list[What],
    members: dict[int, NDArray[np.bool_]],
    size: int,
) -> NDArray[np.int64] | None:
    """Rows of each class, where the constraints leave one answer; None where they do not."""
    classes = len(next(iter(members.values()))) if members else 1
    limits = [LinearConstraint(np.ones(classes), size, size)]
    for c in counted:
        low, high = programme.number[c, :2]
        row = members[what[c].first].astype(float)
        if what[c].kind == COUNT:
            limits.append(LinearConstraint(row, low, high))
            continue
        whole = members[what[c].second].astype(float)
        limits.append(LinearConstraint(whole, 1, size))
        if np.isfinite(low):
            limits.append(LinearConstraint(100 * row - low * whole, 0, np.inf))
        if np.isfinite(high):
            limits.append(LinearConstraint(100 * row - high * whole, -np.inf, 0))
    ends = []
    for k in range(classes):
        for sign in (1, -1):
            least = milp(
                sign * np.eye(classes)[k], integrality=np.ones(classes), bounds=Bounds(0, size),
                constraints=limits,
            )  # fmt: skip
            if not least.success:
                return None
            ends.append(round(sign * least.fun))
    if ends[::2] != ends[1::2]:
        return None
    rows = np.array(ends[::2], np.int64)
    for c in counted:
        value = float(rows[members[what[c].first]].sum())
        if what[c].kind == SHARE:
            value *= 100.0 / rows[members[what[c].second]].sum()
        if violation_of(programme.number, c, value) > 0.0:
            return None
    return rows


def _groups(what: What) -> tuple[int, ...]:
    """Groups whose sizes a count or a share is made of."""
    return (what.first, what.second) if what.kind == SHARE else (what.first,)


def _directly(programme: Programme, what: What, columns: set[int]) -> bool:
    """Whether a count or a share is of groups of the first table by these columns, or of all rows."""
    groups = _groups(what)
    of_groups = np.isin(programme.condition[:, 0], groups)
    named = set(programme.condition[of_groups, 1].tolist())
    return named <= columns and not programme.group_in_child[list(groups)].any()


def _columns_of_constraint(programme: Programme, what: What) -> set[int]:
    """Columns of the first table that a constraint is computed from."""
    kind, first, second, third, _ = what
    if kind >= COX_P:
        mine = programme.covariate[programme.covariate[:, 0] == first]
        found = {int(c) for c in (*programme.model[first], *mine[mine[:, 2] >= 0, 2])}
        groups = [int(g) for g in mine[mine[:, 1] >= 0, 1]]
        return _plain(programme, found).union(*(_columns_of_group(programme, g) for g in groups))
    if kind == ORDER:
        return _plain(programme, {second} if third else {first, second})
    if kind == KM_OF_ROWS:
        return _plain(programme, {third, what.fourth})
    if kind in (COUNT, SHARE):
        return set().union(*(_columns_of_group(programme, g) for g in _groups(what)))
    if kind in (FISHER, CHI_SQUARE):
        groups = [first, second, what.fourth]
        return set().union(*(_columns_of_group(programme, g) for g in groups))
    return _of_statistic(programme, what)


def _of_statistic(programme: Programme, what: What) -> set[int]:
    """The same of a statistic of the columns of a group, such as a rate."""
    found = _columns_of_group(programme, what.first)
    if programme.group_in_child[what.first]:
        return found
    columns = {what.second}
    if what.kind in (GROWTH, *OF_TWO_CURVES, *OF_CURVES):
        columns.add(what.third)
    if what.kind == INCIDENCE:
        columns.add(what.fourth)
    if what.kind in OF_TWO_CURVES:
        found |= _columns_of_group(programme, what.fourth)
    if what.kind == STRATIFIED:  # of any strata: more than it may need
        for group in np.flatnonzero(programme.strata.any(axis=0)):
            found |= _columns_of_group(programme, int(group))
    return found | _plain(programme, columns)


def _columns_of_group(programme: Programme, group: int) -> set[int]:
    if programme.group_in_child[group]:
        return set()
    named = programme.condition[programme.condition[:, 0] == group, 1]
    return _plain(programme, set(named.tolist()))


def _plain(programme: Programme, columns: set[int]) -> set[int]:
    """Columns of the first table, a derived one replaced by what it is computed from."""
    found: set[int] = set()
    derived = {int(out): (op, int(a), int(b)) for op, out, a, b in programme.derive}
    for column in columns:
        if column not in derived:
            found.add(column)
            continue
        operation, a, b = derived[column]
        if operation in (D_TIME, D_EVENT, D_ONSET, D_REVERSE):
            found |= _plain(programme, {a, b})
    return found
