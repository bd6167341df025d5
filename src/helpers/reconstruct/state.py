"""The rows of a cohort during a chain, what follows from them, and what depends on what.

Rows of the second table lie in a fixed number of slots for each row of the first, of which the first
`used` are in use, so that a row can gain and lose them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .codes import (
    CHI_SQUARE,
    COUNT,
    COX_P,
    FISHER,
    GROWTH,
    INCIDENCE,
    KM_OF_ROWS,
    MAXIMUM,
    MEDIAN,
    MINIMUM,
    OF_CURVES,
    OF_TWO_CURVES,
    ORDER,
    SHARE,
    STRATIFIED,
    What,
)
from .constraints import Layout, Programme
from .layout import D_COUNT, D_EVENT, D_ONSET, D_REVERSE, D_TIME
from .sweeps import Sweeps, sweeps

_HARD = 2.5
"""Weight of a constraint that a chain hardly ever leaves."""


class Plan(NamedTuple):
    """What depends on what: a bit a column and a group, and a mask of them a constraint."""

    root_bit: NDArray[np.uint64]
    child_bit: NDArray[np.uint64]
    group_bit: NDArray[np.uint64]
    derived_needs: NDArray[np.uint64]  # derivation
    group_needs: NDArray[np.uint64]  # group
    needs: NDArray[np.uint64]  # constraint; 0 of one that is looked at where a state would be kept
    weight: NDArray[np.float64]  # constraint: what a violation of it counts
    fitted: NDArray[np.int64]  # constraints that a law of growth is fitted for
    conditions: NDArray[np.int64]  # where those of each group start
    ordered: NDArray[np.int64]  # columns of the first table whose order is kept
    slots: int
    sweeps: Sweeps
    sweep_bits: NDArray[np.uint64]  # pass over exits: bits of its groups
    sorted_by: NDArray[np.int64]  # constraint: place in `ordered` of its column, or -1
    rules: NDArray[np.int64]  # constraints on the order of two columns


class State(NamedTuple):
    """Rows, and what follows from them."""

    root: NDArray[np.float64]
    child: NDArray[np.float64]  # slots of the first row, then of the second ...
    used: NDArray[np.int64]  # slots in use
    members: NDArray[np.bool_]  # group, row
    size: NDArray[np.int64]  # group
    order: NDArray[np.int64]  # ordered column, rank: rows by rising value, missing last
    rank: NDArray[np.int64]  # ordered column, row: its place in that order
    violations: NDArray[np.float64]
    beta: NDArray[np.float64]  # model, term: where the next fit starts
    growth: NDArray[np.float64]  # constraint; size at 0 and rate of growth, likewise
    trial_violations: NDArray[np.float64]  # of a move that is not yet accepted
    trial_growth: NDArray[np.float64]  # likewise
    points: NDArray[np.float64]  # room for a fit of growth
    touched: NDArray[np.int64]  # room for `settle`
    packed: NDArray[np.uint64]  # pass over exits, row: memberships as lanes
    swept: NDArray[np.float64]  # constraint: what a pass found
    exit_before: NDArray[np.float64]  # pass, which row of a move: time and event before it
    broken: NDArray[np.int64]  # constraint, row: how often the row breaks a rule
    breaks: NDArray[np.int64]  # constraint: their sum
    trial_breaks: NDArray[np.int64]
    standard_error: NDArray[np.float64]  # room for `retention`


class _Bits(NamedTuple):
    """A bit a column and a group; sharing one costs time, not correctness."""

    root: list[int]
    child: list[int]
    group: list[int]

    def of(self, in_child: bool) -> list[int]:
        """Those of the columns of one of the tables."""
        return self.child if in_child else self.root


def plan(layout: Layout, size: int) -> Plan:
    """Work out what depends on what, in a cohort of so many rows."""
    programme = layout.programme
    numbers = iter(1 << (k % 64) for k in range(10_000))
    bits = _Bits(
        [next(numbers) for _ in layout.columns[layout.root]],
        [next(numbers) for _ in layout.columns[layout.child] or [""]] if layout.child else [],
        [next(numbers) for _ in programme.group_in_child],
    )
    group_needs = [0] * len(bits.group)
    for group, column, _ in programme.condition:
        group_needs[group] |= bits.of(programme.group_in_child[group])[column]
    for group, in_child in enumerate(programme.group_in_child):
        # Counting a row in or out changes every column; a group of all rows is settled at first.
        group_needs[group] |= bits.of(in_child)[0]
    constraints = [What(*(int(part) for part in row)) for row in programme.what]
    passes = sweeps(programme, size)
    ordered = {column for what in constraints for column in _ordered(programme, what)}
    columns = np.array(sorted(ordered | set(passes.time.tolist())), np.int64)
    counts = np.bincount(programme.condition[:, 0].astype(np.intp), minlength=len(bits.group))
    per_row = layout.study.tables[layout.child].per_row if layout.child else None
    return Plan(
        np.array(bits.root, np.uint64),
        np.array(bits.child, np.uint64),
        np.array(bits.group, np.uint64),
        np.array([_derived_need(bits, *row) for row in programme.derive], np.uint64),
        np.array(group_needs, np.uint64),
        np.array(
            [
                _need(programme, bits, what, parameter)
                for what, parameter in zip(constraints, programme.number[:, 3], strict=True)
            ],
            np.uint64,
        ),
        _weights(programme),
        np.flatnonzero(programme.what[:, 0] == GROWTH),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        columns,
        max(per_row, default=0) if per_row else 0,
        passes,
        np.array(
            [
                np.bitwise_or.reduce(np.array(bits.group, np.uint64)[lane > 0], initial=0)
                for lane in passes.lane
            ],
            np.uint64,
        ),
        np.array([_sorted_by(programme, what, columns.tolist()) for what in constraints], np.int64),
        np.flatnonzero(programme.what[:, 0] == ORDER),
    )


def _derived_need(bits: _Bits, operation: int, _: int, first: int, second: int) -> int:
    """What a derived column is computed from."""
    if operation in (D_TIME, D_EVENT, D_ONSET, D_REVERSE):
        return bits.root[first] | bits.root[second]
    # All columns of a row of the second table change with the number of rows.
    return sum(bits.child) if operation == D_COUNT else bits.child[first]


def _need(programme: Programme, bits: _Bits, what: What, parameter: float) -> int:
    """What a constraint is computed from; the parameter of a test within strata is their set."""
    if what.kind == COUNT:
        return bits.group[what.first]
    if what.kind == SHARE:
        return bits.group[what.first] | bits.group[what.second]
    if what.kind in (FISHER, CHI_SQUARE):
        return bits.group[what.first] | bits.group[what.second] | bits.group[what.fourth]
    if what.kind == ORDER:
        return bits.of(what.third == 1)[what.first] | bits.root[what.second]
    if what.kind >= COX_P:
        return 0
    if what.kind == KM_OF_ROWS:
        onset = bits.child[what.second] if what.second >= 0 else 0
        return bits.group[what.first] | onset | bits.root[what.third] | bits.root[what.fourth]
    columns = bits.of(programme.group_in_child[what.first])
    need = bits.group[what.first] | columns[what.second]
    if what.kind in (GROWTH, *OF_TWO_CURVES, *OF_CURVES):
        need |= columns[what.third]
    if what.kind == INCIDENCE:
        need |= columns[what.fourth]
    if what.kind in OF_TWO_CURVES:
        need |= bits.group[what.fourth]
    if what.kind == STRATIFIED:
        for group in np.flatnonzero(programme.strata[int(parameter)]):
            need |= bits.group[group]
    return need


def _weights(programme: Programme) -> NDArray[np.float64]:
    """What a violation of each constraint counts.

    Least those that a chain crosses its states by: what is read from the curve of the endpoint of
    which most is printed, of each where it is as much of several, and p values that are printed
    themselves, not a limit of them.
    """
    kinds, numbers = programme.what[:, 0], programme.number
    soft = np.isin(kinds, OF_CURVES) & np.isin(programme.what[:, 2], main_times(programme))
    soft |= np.isin(kinds, OF_TWO_CURVES) & np.isfinite(numbers[:, :2]).all(axis=1)
    return np.where(soft, 1.0, _HARD)


def main_times(programme: Programme) -> list[int]:
    """Columns of the times of the endpoints of which most is printed; none where nothing is of any."""
    times = programme.what[np.isin(programme.what[:, 0], (*OF_CURVES, *OF_TWO_CURVES)), 2]
    columns, printed = np.unique(times, return_counts=True)
    return [int(column) for column in columns[printed == printed.max(initial=0)]]


def _ordered(programme: Programme, what: What) -> list[int]:
    """Columns of the first table whose order a constraint asks for."""
    if what.kind >= COX_P:
        return [int(programme.model[what.first, 0])]
    of_first = what.kind == MEDIAN and not programme.group_in_child[what.first]
    return [what.second] if of_first or what.kind in (*OF_TWO_CURVES, *OF_CURVES) else []


def _sorted_by(programme: Programme, what: What, ordered: list[int]) -> int:
    """Place among the ordered columns of that whose extreme a constraint asks for, or -1."""
    extreme = what.kind in (MINIMUM, MAXIMUM) and not programme.group_in_child[what.first]
    return ordered.index(what.second) if extreme and what.second in ordered else -1


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
        rank=np.zeros((len(plan.ordered), size), np.int64),
        violations=np.zeros(constraints),
        beta=np.zeros(terms),
        growth=np.zeros((constraints, 2)),
        trial_violations=np.zeros(constraints),
        trial_growth=np.zeros((constraints, 2)),
        points=np.zeros((3, longest)),
        touched=np.zeros(constraints, np.int64),
        packed=np.zeros((len(plan.sweeps.lane), size), np.uint64),
        swept=np.zeros(constraints),
        exit_before=np.zeros((len(plan.sweeps.lane), 2, 2)),
        broken=np.zeros((constraints, size), np.int64),
        breaks=np.zeros(constraints, np.int64),
        trial_breaks=np.zeros(constraints, np.int64),
        standard_error=np.zeros(terms[1]),
    )
