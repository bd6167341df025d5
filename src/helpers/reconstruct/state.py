"""The rows of a cohort during a chain, what follows from them, and what depends on what.

Rows of the second table lie in a fixed number of slots for each row of the first, of which the first
`used` are in use, so that a row can gain and lose them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .codes import COUNT, COX_P, GROWTH, KM, LOGRANK, MEDIAN, ORDER, SHARE, What
from .constraints import Layout, Programme
from .layout import D_COUNT, D_EVENT, D_TIME


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


class _Bits(NamedTuple):
    """A bit a column and a group; sharing one costs time, not correctness."""

    root: list[int]
    child: list[int]
    group: list[int]

    def of(self, in_child: bool) -> list[int]:
        """Those of the columns of one of the tables."""
        return self.child if in_child else self.root


def plan(layout: Layout) -> Plan:
    """Work out what depends on what."""
    programme = layout.programme
    numbers = iter(1 << (k % 64) for k in range(10_000))
    bits = _Bits(
        [next(numbers) for _ in layout.columns[layout.root]],
        [next(numbers) for _ in layout.columns[layout.child]] if layout.child else [],
        [next(numbers) for _ in programme.group_in_child],
    )
    group_needs = [0] * len(bits.group)
    for group, column, _ in programme.condition:
        group_needs[group] |= bits.of(programme.group_in_child[group])[column]
    for group, in_child in enumerate(programme.group_in_child):
        # Counting a row in or out changes every column; a group of all rows is settled at first.
        group_needs[group] |= bits.of(in_child)[0]
    constraints = [What(*(int(part) for part in row)) for row in programme.what]
    ordered = {column for what in constraints for column in _ordered(programme, what)}
    counts = np.bincount(programme.condition[:, 0].astype(np.intp), minlength=len(bits.group))
    per_row = layout.study.tables[layout.child].per_row if layout.child else None
    return Plan(
        np.array(bits.root, np.uint64),
        np.array(bits.child, np.uint64),
        np.array(bits.group, np.uint64),
        np.array([_derived_need(bits, *row) for row in programme.derive], np.uint64),
        np.array(group_needs, np.uint64),
        np.array([_need(programme, bits, what) for what in constraints], np.uint64),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array(sorted(ordered), np.int64),
        max(per_row, default=0) if per_row else 0,
    )


def _derived_need(bits: _Bits, operation: int, _: int, first: int, second: int) -> int:
    """What a derived column is computed from."""
    if operation in (D_TIME, D_EVENT):
        return bits.root[first] | bits.root[second]
    # All columns of a row of the second table change with the number of rows.
    return sum(bits.child) if operation == D_COUNT else bits.child[first]


def _need(programme: Programme, bits: _Bits, what: What) -> int:
    """What a constraint is computed from."""
    if what.kind == COUNT:
        return bits.group[what.first]
    if what.kind == SHARE:
        return bits.group[what.first] | bits.group[what.second]
    if what.kind == ORDER:
        return bits.of(what.third == 1)[what.first] | bits.root[what.second]
    if what.kind >= COX_P:
        time, event = programme.model[what.first]
        need = bits.root[time] | bits.root[event]
        for model, group, column in programme.covariate:
            if model == what.first:
                need |= bits.group[group] if group >= 0 else bits.root[column]
        return need
    columns = bits.of(programme.group_in_child[what.first])
    need = bits.group[what.first] | columns[what.second]
    if what.kind in (GROWTH, KM, LOGRANK):
        need |= columns[what.third]
    if what.kind == LOGRANK:
        need |= bits.group[what.fourth]
    return need


def _ordered(programme: Programme, what: What) -> list[int]:
    """Columns of the first table whose order a constraint asks for."""
    if what.kind >= COX_P:
        return [int(programme.model[what.first, 0])]
    in_child = programme.group_in_child[what.first]
    of_first = what.kind == MEDIAN and not in_child
    return [what.second] if of_first or what.kind in (KM, LOGRANK) else []


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
