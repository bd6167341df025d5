"""Moves of a chain, each reversible with respect to a reference measure, and their acceptance.

The prior of every block of columns is the draws in a pool: a row of a block is a place in it. So a
fresh draw is a uniform place; a small step goes a few ranks up or down in the pool's order by one of
the block's columns; and two rows may swap their places. All three are symmetric. Rows of the second
table are gained and lost with the prior of their number, and two rows of the first table may swap
all of theirs. Exits move on the grid of their column; there the measure enters the acceptance, and
with it the cell of a patient that any other move may have changed. The parameters of the measure
move by random walks given the exits.

The target is the measure times exp(-V / T), with V the total violation. A move is accepted when V
stays within a budget that is drawn beforehand (Metropolis and Hastings), so that the evaluation can
stop as soon as it is over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..published import Study
from . import priors
from .constraints import Layout
from .measures import Exits, grid, hazards, log_probability
from .state import State, accept, differ, follow, follow_slot, rebuild, settle

_POOL = 20_000
_PER_THETA = 100
"""Moves of rows for each move of a parameter of the measure."""


class Blocks(NamedTuple):
    """What a move may touch besides exits: blocks of columns, and the pool of their draws."""

    in_child: NDArray[np.bool_]
    start: NDArray[np.int64]
    columns: NDArray[np.int64]
    ranked: NDArray[np.int64]  # position in `rank` of the block's numeric columns, or -1
    pool_root: NDArray[np.float64]
    pool_child: NDArray[np.float64]
    rank: NDArray[np.int32]  # ranked column, place in the pool
    place: NDArray[np.int32]  # ranked column, rank
    counts: NDArray[np.float64]  # cumulative probability of 1, 2, ... rows of the second table
    steers_count: bool


class Position(NamedTuple):
    """Where a chain is, besides the rows: places in the pool, exits and parameters."""

    root_place: NDArray[np.int64]  # block, row
    child_place: NDArray[np.int64]  # block, slot
    step: NDArray[np.int64]  # grid point of a row's exit
    log_probability: NDArray[np.float64]  # of a row's exit
    theta: NDArray[np.float64]
    parameters: NDArray[np.float64]  # what `hazards` makes of theta
    proposal: NDArray[np.float64]  # probability of an exit in a fresh draw, grid point by event
    cumulative: NDArray[np.float64]


def pools(study: Study, rng: np.random.Generator) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Draws from the priors of the columns of every table."""
    return {table: priors.draw(study, table, _POOL, rng) for table in study.tables}


def blocks(
    study: Study, layout: Layout, drawn: dict[str, dict[str, NDArray[np.float64]]], exits: Exits
) -> Blocks:
    """The blocks that steer a constraint, exits apart, with their pools."""
    arrays = {}
    for table, columns in drawn.items():
        size = len(next(iter(columns.values())))
        arrays[table] = np.zeros((size, len(layout.columns[table])))
        for name, values in columns.items():
            arrays[table][:, layout.columns[table].index(name)] = values
    exit_columns = [layout.columns[layout.root][exits.time]] if exits.time >= 0 else []
    in_child, start, columns_of, ranked, orders = [], [0], [], [], []
    for table in study.tables:
        specs = study.tables[table].columns
        for block in priors.blocks(study, table):
            if table == layout.root and any(name in exit_columns for name in block):
                continue
            if not any((table, name) in layout.used for name in block):
                continue
            in_child.append(table == layout.child)
            for name in block:
                column = layout.columns[table].index(name)
                columns_of.append(column)
                if specs[name].type in ("number", "integer"):
                    ranked.append(len(orders))
                    orders.append(np.argsort(arrays[table][:, column], kind="stable"))
                else:
                    ranked.append(-1)
            start.append(len(columns_of))
    place = np.zeros((len(orders), max((len(o) for o in orders), default=1)), np.int32)
    rank = place.copy()
    for k, order in enumerate(orders):
        place[k, : len(order)] = order
        rank[k, order] = np.arange(len(order))
    counts = np.zeros(0)
    if layout.child is not None:
        per_row = study.tables[layout.child].per_row or {}
        counts = np.zeros(max(per_row))
        for number, weight in per_row.items():
            counts[number - 1] = weight
        counts = counts.cumsum() / counts.sum()
    return Blocks(
        np.array(in_child, bool), np.array(start), np.array(columns_of, np.int64),
        np.array(ranked, np.int64), arrays[layout.root],
        arrays[layout.child] if layout.child is not None else np.zeros((1, 1)),
        rank, place, counts, layout.child is not None,
    )  # fmt: skip


def begin(
    programme: object,
    plan: object,
    state: State,
    blocks: Blocks,
    exits: Exits,
    theta: NDArray[np.float64],
    parameters: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[Position, float]:
    """Draw rows, exits and parameters from the measure; where the chain then is, and its violation."""
    n, slots = len(state.root), len(state.child) // max(1, len(state.root))
    number = len(blocks.in_child)
    root_place = rng.integers(len(blocks.pool_root), size=(number, n))
    child_place = rng.integers(len(blocks.pool_child), size=(number, n * slots))
    for b in range(number):
        columns = blocks.columns[blocks.start[b] : blocks.start[b + 1]]
        if blocks.in_child[b]:
            state.child[:, columns] = blocks.pool_child[child_place[b]][:, columns]
        else:
            state.root[:, columns] = blocks.pool_root[root_place[b]][:, columns]
    if blocks.steers_count:
        state.count[:] = 1 + np.searchsorted(blocks.counts, rng.random(n), side="right")
    theta[:] = rng.normal(exits.centre, exits.spread)
    if exits.time < 0:
        nothing = np.zeros(0)
        position = Position(
            root_place, child_place, np.zeros(n, np.int64), np.zeros(n), theta, parameters, nothing, nothing
        )  # fmt: skip
        return position, rebuild(programme, plan, state)
    hazards(exits, exits.centre, parameters)
    proposal = np.mean([grid(exits, parameters, cell) for cell in range(parameters.shape[1])], axis=0)
    proposal = proposal.ravel() / proposal.sum()
    hazards(exits, theta, parameters)
    rebuild(programme, plan, state)  # the cells, before the exits
    step = np.zeros(n, np.int64)
    for i in range(n):
        inside = grid(exits, parameters, cell_of(exits, state, i)).ravel()
        exit = rng.choice(inside.size, p=inside / inside.sum())
        step[i] = exit // 2
        state.root[i, exits.time] = (exits.first + step[i]) / exits.per_unit
        state.root[i, exits.event] = exit % 2
    position = Position(
        root_place, child_place, step, np.zeros(n), theta, parameters, proposal, proposal.cumsum()
    )
    total = rebuild(programme, plan, state)
    for i in range(n):
        position.log_probability[i] = _log_probability(exits, state, position, i)
    return position, total


@njit(cache=True)
def cell_of(exits, state, i):
    """Memberships of a row in the groups of the measure, as bits."""
    cell = 0
    for g in range(exits.groups.size):
        cell |= int(state.members[exits.groups[g], i]) << g
    return cell


@njit(cache=True)
def _log_probability(exits, state, position, i):
    return log_probability(
        exits,
        position.parameters,
        cell_of(exits, state, i),
        position.step[i],
        state.root[i, exits.event],
    )


@njit(cache=True)
def _put_exit(exits, state, position, i, step, event):
    position.step[i] = step
    state.root[i, exits.time] = (exits.first + step) / exits.per_unit
    state.root[i, exits.event] = event


@njit(cache=True)
def _put_root(plan, state, blocks, position, b, i, place):
    """Give a row another draw of a block; returns what changed."""
    changed = np.uint64(0)
    position.root_place[b, i] = place
    for k in range(blocks.start[b], blocks.start[b + 1]):
        column = blocks.columns[k]
        value = blocks.pool_root[place, column]
        if differ(state.root[i, column], value):
            state.root[i, column] = value
            changed |= plan.root_bit[column]
    return changed


@njit(cache=True)
def _put_child(plan, state, blocks, position, b, slot, place):
    changed = np.uint64(0)
    position.child_place[b, slot] = place
    for k in range(blocks.start[b], blocks.start[b + 1]):
        column = blocks.columns[k]
        value = blocks.pool_child[place, column]
        if differ(state.child[slot, column], value):
            state.child[slot, column] = value
            changed |= plan.child_bit[column]
    return changed


@njit(cache=True)
def _step_in_pool(blocks, b, place, rng):
    """A place a few ranks away by one of the block's columns; -1 past either end."""
    k = rng.integers(blocks.start[b], blocks.start[b + 1])
    ranked = blocks.ranked[k]
    if ranked < 0:
        return -1
    size = blocks.pool_child.shape[0] if blocks.in_child[b] else blocks.pool_root.shape[0]
    reach = (0.001, 0.01, 0.1)[rng.integers(0, 3)] * size
    shift = 1 + int(rng.random() * reach)
    if rng.random() < 0.5:
        shift = -shift
    rank = blocks.rank[ranked, place] + shift
    if rank < 0 or rank >= size:
        return -1
    return blocks.place[ranked, rank]


@njit(cache=True)
def _change_count(plan, state, blocks, position, i, count, rng):
    """Give a row of the first table more or fewer of the second; new ones are fresh draws."""
    for s in range(state.count[i], count):
        for b in range(blocks.in_child.size):
            if blocks.in_child[b]:
                place = rng.integers(0, blocks.pool_child.shape[0])
                _put_child(plan, state, blocks, position, b, i * plan.slots + s, place)
    state.count[i] = count


@njit(cache=True)
def run(programme, plan, state, blocks, exits, position, rng, moves, hot, cold, total, gap, kept):
    """Take moves, the temperature falling from one value to another.

    Parameters
    ----------
    moves : int
        Moves to take at most.
    hot, cold : float
        Temperatures at the first and the last.
    total : float
        Violation of the state.
    gap : int
        Stop at this many states that meet every constraint; a rejected move repeats its state.
    kept : int
        How many of them there were before.

    Returns
    -------
    (float, int, int, int)
        Violation, moves taken, states that met every constraint since the last stop, accepted moves.
    """
    n = state.root.shape[0]
    kinds = blocks.in_child.size
    with_exits = exits.time >= 0
    accepted = 0
    free = 0
    for p in range(exits.spread.size):
        free += exits.spread[p] > 0.0
    everything = np.uint64(0)
    for k in range(plan.child_bit.size):
        everything |= plan.child_bit[k]
    exit_bits = np.uint64(0)
    if with_exits:
        exit_bits = plan.root_bit[exits.time] | plan.root_bit[exits.event]
    saved_places = np.empty((2, kinds * max(1, plan.slots)), np.int64)
    ways = kinds + 2 * with_exits + blocks.steers_count
    for taken in range(moves):
        temperature = hot if hot == cold else hot * (cold / hot) ** (taken / moves)
        if free > 0 and rng.integers(0, _PER_THETA) == 0:
            _move_theta(exits, state, position, rng)
        ratio = 0.0
        changed = np.uint64(0)
        i = rng.integers(0, n)
        j = -1
        kind = rng.integers(0, ways)
        possible = True
        # 1. Change the rows; what is needed to undo it is kept.
        slot_i = slot_j = -1
        place_i = place_j = np.int64(-1)
        count_i = count_j = np.int64(0)
        step_i = step_j = np.int64(0)
        event_i = event_j = 0.0
        if kind < kinds:
            way = rng.random()
            if blocks.in_child[kind]:
                s = rng.integers(0, state.count[i])
                slot_i = i * plan.slots + s
                place_i = position.child_place[kind, slot_i]
                if way < 0.35:
                    j = rng.integers(0, n)
                    z = rng.integers(0, state.count[j])
                    slot_j = j * plan.slots + z
                    place_j = position.child_place[kind, slot_j]
                    new = place_j
                elif way < 0.6:
                    new = np.int64(rng.integers(0, blocks.pool_child.shape[0]))
                else:
                    new = np.int64(_step_in_pool(blocks, kind, place_i, rng))
                possible = new >= 0 and new != place_i
                if possible:
                    changed |= _put_child(plan, state, blocks, position, kind, slot_i, new)
                    changed |= follow_slot(programme, plan, state, i, s)
                    changed |= follow(programme, plan, state, i)
                    if j >= 0:
                        changed |= _put_child(plan, state, blocks, position, kind, slot_j, place_i)
                        changed |= follow_slot(programme, plan, state, j, z)
                        changed |= follow(programme, plan, state, j)
            else:
                place_i = position.root_place[kind, i]
                if way < 0.35:
                    j = rng.integers(0, n)
                    place_j = position.root_place[kind, j]
                    new = place_j
                elif way < 0.6:
                    new = np.int64(rng.integers(0, blocks.pool_root.shape[0]))
                else:
                    new = np.int64(_step_in_pool(blocks, kind, place_i, rng))
                possible = new >= 0 and new != place_i
                if possible:
                    changed |= _put_root(plan, state, blocks, position, kind, i, new)
                    changed |= follow(programme, plan, state, i)
                    if j >= 0:
                        changed |= _put_root(plan, state, blocks, position, kind, j, place_i)
                        changed |= follow(programme, plan, state, j)
        elif kind < kinds + 2 * with_exits:
            step_i, event_i = position.step[i], state.root[i, exits.event]
            step, event = step_i, event_i
            way = rng.random()
            if way < 0.35:
                j = rng.integers(0, n)
                step_j, event_j = position.step[j], state.root[j, exits.event]
                step, event = step_j, event_j
            elif way < 0.55:
                drawn = np.searchsorted(position.cumulative, rng.random() * position.cumulative[-1], "right")
                drawn = min(drawn, position.proposal.size - 1)
                step, event = np.int64(drawn // 2), float(drawn % 2)
                ratio += np.log(position.proposal[2 * step_i + int(event_i)])
                ratio -= np.log(position.proposal[drawn])
            elif way < 0.9:
                reach = (3, 12, 60)[rng.integers(0, 3)]
                shift = rng.integers(1, reach + 1)
                step = step_i + (shift if rng.random() < 0.5 else -shift)
                possible = 0 <= step < exits.steps
            else:
                event = 1.0 - event_i
            possible = possible and (step != step_i or event != event_i)
            if possible:
                changed |= exit_bits
                _put_exit(exits, state, position, i, step, event)
                changed |= follow(programme, plan, state, i)
                if j >= 0:
                    _put_exit(exits, state, position, j, step_i, event_i)
                    changed |= follow(programme, plan, state, j)
        else:
            count_i = state.count[i]
            count = count_i
            if rng.random() < 0.5:
                j = rng.integers(0, n)
                count_j = state.count[j]
                count = count_j
                possible = i != j
            else:
                count = np.int64(1 + np.searchsorted(blocks.counts, rng.random(), "right"))
                possible = count != count_i
            if possible:
                changed |= everything
                # All places of the slots, in and out of use: they are put back if it comes to that.
                for b in range(kinds):
                    for s in range(plan.slots):
                        saved_places[0, b * plan.slots + s] = position.child_place[b, i * plan.slots + s]
                        if j >= 0:
                            saved_places[1, b * plan.slots + s] = position.child_place[b, j * plan.slots + s]
                if j >= 0:
                    for b in range(kinds):
                        if blocks.in_child[b]:
                            for s in range(plan.slots):
                                _put_child(plan, state, blocks, position, b, i * plan.slots + s, saved_places[1, b * plan.slots + s])
                    state.count[i] = count_j
                else:
                    _change_count(plan, state, blocks, position, i, count, rng)
                for s in range(plan.slots):
                    changed |= follow_slot(programme, plan, state, i, s)
                changed |= follow(programme, plan, state, i)
                if j >= 0:
                    for b in range(kinds):
                        if blocks.in_child[b]:
                            for s in range(plan.slots):
                                _put_child(plan, state, blocks, position, b, j * plan.slots + s, saved_places[0, b * plan.slots + s])
                    state.count[j] = count_i
                    for s in range(plan.slots):
                        changed |= follow_slot(programme, plan, state, j, s)
                    changed |= follow(programme, plan, state, j)
        if possible:
            # 2. Accept when measure and violations allow it.
            new_i = new_j = 0.0
            if with_exits:
                new_i = _log_probability(exits, state, position, i)
                ratio += new_i - position.log_probability[i]
                if j >= 0 and j != i:
                    new_j = _log_probability(exits, state, position, j)
                    ratio += new_j - position.log_probability[j]
            budget = total + temperature * (ratio - np.log(1.0 - rng.random()))
            allowed = budget >= 0.0
            if allowed:
                trial = settle(programme, plan, state, changed, budget)
                allowed = trial <= budget
            if allowed:
                total = trial
                accept(state)
                accepted += 1
                if with_exits:
                    position.log_probability[i] = new_i
                    if j >= 0 and j != i:
                        position.log_probability[j] = new_j
            elif kind < kinds:
                if blocks.in_child[kind]:
                    _put_child(plan, state, blocks, position, kind, slot_i, place_i)
                    follow_slot(programme, plan, state, i, slot_i - i * plan.slots)
                    follow(programme, plan, state, i)
                    if j >= 0:
                        _put_child(plan, state, blocks, position, kind, slot_j, place_j)
                        follow_slot(programme, plan, state, j, slot_j - j * plan.slots)
                        follow(programme, plan, state, j)
                else:
                    _put_root(plan, state, blocks, position, kind, i, place_i)
                    follow(programme, plan, state, i)
                    if j >= 0:
                        _put_root(plan, state, blocks, position, kind, j, place_j)
                        follow(programme, plan, state, j)
            elif kind < kinds + 2 * with_exits:
                _put_exit(exits, state, position, i, step_i, event_i)
                follow(programme, plan, state, i)
                if j >= 0:
                    _put_exit(exits, state, position, j, step_j, event_j)
                    follow(programme, plan, state, j)
            else:
                for which in range(2):
                    row = i if which == 0 else j
                    if row < 0:
                        continue
                    for b in range(kinds):
                        if blocks.in_child[b]:
                            for s in range(plan.slots):
                                _put_child(plan, state, blocks, position, b, row * plan.slots + s, saved_places[which, b * plan.slots + s])
                    state.count[row] = count_i if which == 0 else count_j
                    for s in range(plan.slots):
                        follow_slot(programme, plan, state, row, s)
                    follow(programme, plan, state, row)
        if total == 0.0:
            kept += 1
            if kept == gap:
                return total, taken + 1, 0, accepted
    return total, moves, kept, accepted


@njit(cache=True)
def _move_theta(exits, state, position, rng):
    """Move one parameter of the measure by a random walk, given the exits."""
    k = rng.integers(0, exits.spread.size)
    if exits.spread[k] == 0.0:
        return
    old = position.theta[k]
    new = old + rng.normal(0.0, (0.15, 0.5, 1.5)[rng.integers(0, 3)] * exits.spread[k])
    centre, spread = exits.centre[k], exits.spread[k]
    ratio = ((old - centre) ** 2 - (new - centre) ** 2) / (2 * spread**2)
    position.theta[k] = new
    hazards(exits, position.theta, position.parameters)
    n = state.root.shape[0]
    log_probabilities = np.empty(n)
    for i in range(n):
        log_probabilities[i] = _log_probability(exits, state, position, i)
        ratio += log_probabilities[i] - position.log_probability[i]
    if np.log(1.0 - rng.random()) < ratio:
        position.log_probability[:] = log_probabilities
    else:
        position.theta[k] = old
        hazards(exits, position.theta, position.parameters)
