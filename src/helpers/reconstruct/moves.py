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
_EXIT_SHARE = 8
"""Moves of exits for each move of a block: they are what steers the printed rates."""
_PER_THETA = 15
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
    content: NDArray[np.int64]  # room for a move: new and old, of the row and of the other one
    move_log_probability: NDArray[np.float64]


def pools(study: Study, rng: np.random.Generator) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Draws from the priors of the columns of every table."""
    return {table: priors.draw(study, table, _POOL, rng) for table in study.tables}


def steering_blocks(
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
    in_child: list[bool] = []
    start, columns_of, ranked = [0], [], []
    orders: list[NDArray[np.int64]] = []
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
    move = np.zeros((2, 2, max(2, 1 + number * slots)), np.int64), np.zeros(2)
    root_place = rng.integers(len(blocks.pool_root), size=(number, n))
    child_place = rng.integers(len(blocks.pool_child), size=(number, n * slots))
    for b in range(number):
        columns = blocks.columns[blocks.start[b] : blocks.start[b + 1]]
        if blocks.in_child[b]:
            state.child[:, columns] = blocks.pool_child[child_place[b]][:, columns]
        else:
            state.root[:, columns] = blocks.pool_root[root_place[b]][:, columns]
    if blocks.steers_count:
        state.used[:] = 1 + np.searchsorted(blocks.counts, rng.random(n), side="right")
    theta[:] = rng.normal(exits.centre, exits.spread)
    if exits.time < 0:
        nothing = np.zeros(0)
        position = Position(
            root_place, child_place, np.zeros(n, np.int64), np.zeros(n), theta, parameters, nothing, nothing, *move
        )  # fmt: skip
        return position, rebuild(programme, plan, state)
    hazards(exits, exits.centre, parameters)
    proposal = np.mean(
        [grid(exits, parameters, cell) for cell in range(parameters.shape[1])], axis=0
    )
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
        root_place,
        child_place,
        step,
        np.zeros(n),
        theta,
        parameters,
        proposal,
        proposal.cumsum(),
        *move,
    )
    total = rebuild(programme, plan, state)
    for i in range(n):
        position.log_probability[i] = _log_probability(exits, state, position, i)
    return position, total


@njit(cache=True, inline="always")
def _below(rng, number):
    """A whole number below another; numba's `Generator.integers` allocates an array for each."""
    return int(rng.random() * number)


@njit(cache=True, inline="always")
def cell_of(exits, state, i):
    """Memberships of a row in the groups of the measure, as bits."""
    cell = 0
    for g in range(exits.groups.size):
        cell |= int(state.members[exits.groups[g], i]) << g
    return cell


@njit(cache=True, inline="always")
def _log_probability(exits, state, position, i):
    return log_probability(
        exits,
        position.parameters,
        cell_of(exits, state, i),
        position.step[i],
        state.root[i, exits.event],
    )


@njit(cache=True, inline="always")
def _ways(blocks, exits):
    """Number of kinds of moves: a block each, exits, and the number of rows of the second table."""
    return blocks.in_child.size + _EXIT_SHARE * (exits.time >= 0) + blocks.steers_count


@njit(cache=True, inline="always")
def _propose(plan, state, blocks, exits, position, rng, kind, i, old, new):
    """Draw a move of a kind on a row.

    What it replaces, and what by, is written into `old` and `new`, each (2, parts) int64, for the row
    and for the other one that the move may have: of a block the slot and the place in the pool; of
    an exit grid point and event; otherwise the number of rows and the places of all their blocks.

    Returns
    -------
    (int, float, bool)
        The other row or -1, the log ratio of the densities of the move back and of the move, and
        whether anything changes.
    """
    n = state.root.shape[0]
    kinds = blocks.in_child.size
    j = -1
    ratio = 0.0
    way = rng.random()
    if kind < kinds:
        in_child = blocks.in_child[kind]
        size = blocks.pool_child.shape[0] if in_child else blocks.pool_root.shape[0]
        places = position.child_place[kind] if in_child else position.root_place[kind]
        slot = i * plan.slots + _below(rng, state.used[i]) if in_child else i
        place = places[slot]
        old[0, 0] = new[0, 0] = slot
        old[0, 1] = place
        if way < 0.35:
            j = _below(rng, n)
            other = j * plan.slots + _below(rng, state.used[j]) if in_child else j
            old[1, 0] = new[1, 0] = other
            new[0, 1] = old[1, 1] = places[other]
            new[1, 1] = place
        elif way < 0.6:
            new[0, 1] = _below(rng, size)
        else:
            new[0, 1] = place
            first = blocks.start[kind]
            k = first + _below(rng, blocks.start[kind + 1] - first)
            if blocks.ranked[k] >= 0:
                reach = (0.001, 0.01, 0.1)[_below(rng, 3)] * size
                shift = 1 + int(rng.random() * reach)
                rank = blocks.rank[blocks.ranked[k], place]
                rank += shift if rng.random() < 0.5 else -shift
                if 0 <= rank < size:
                    new[0, 1] = blocks.place[blocks.ranked[k], rank]
        return j, ratio, new[0, 1] != place
    if kind < _ways(blocks, exits) - blocks.steers_count:
        step, event = position.step[i], int(state.root[i, exits.event])
        old[0, 0] = new[0, 0] = step
        old[0, 1] = new[0, 1] = event
        if way < 0.35:
            j = _below(rng, n)
            new[0, 0] = old[1, 0] = position.step[j]
            new[0, 1] = old[1, 1] = int(state.root[j, exits.event])
            new[1, 0] = step
            new[1, 1] = event
        elif way < 0.55:
            reach = rng.random() * position.cumulative[-1]
            drawn = np.searchsorted(position.cumulative, reach, "right")
            drawn = min(drawn, position.proposal.size - 1)
            new[0, 0], new[0, 1] = drawn // 2, drawn % 2
            ratio = np.log(position.proposal[2 * step + event] / position.proposal[drawn])
        elif way < 0.9:
            shift = 1 + _below(rng, (3, 12, 60)[_below(rng, 3)])
            shifted = step + (shift if rng.random() < 0.5 else -shift)
            if 0 <= shifted < exits.steps:
                new[0, 0] = shifted
        else:
            new[0, 1] = 1 - event
        return j, ratio, new[0, 0] != step or new[0, 1] != event
    if way < 0.5:
        j = _below(rng, n)
    for which in range(2):
        row = i if which == 0 else j
        if row < 0:
            continue
        old[which, 0] = state.used[row]
        for b in range(kinds):
            for s in range(plan.slots):
                place = position.child_place[b, row * plan.slots + s]
                old[which, 1 + b * plan.slots + s] = place
    if j >= 0:
        new[0] = old[1]
        new[1] = old[0]
        return j, ratio, i != j
    new[0] = old[0]
    new[0, 0] = 1 + np.searchsorted(blocks.counts, rng.random(), "right")
    for b in range(kinds):  # rows that are gained are fresh draws
        for s in range(old[0, 0], new[0, 0]):
            new[0, 1 + b * plan.slots + s] = _below(rng, blocks.pool_child.shape[0])
    return j, ratio, new[0, 0] != old[0, 0]


@njit(cache=True, inline="always")
def _put(programme, plan, state, blocks, exits, position, kind, i, content):
    """Give a row what a move has for it; returns what changed."""
    kinds = blocks.in_child.size
    changed = np.uint64(0)
    whole = False
    first, last = kind, kind + 1
    if kind >= kinds:
        if kind < _ways(blocks, exits) - blocks.steers_count:
            position.step[i] = content[0]
            state.root[i, exits.time] = (exits.first + content[0]) / exits.per_unit
            state.root[i, exits.event] = content[1]
            return plan.root_bit[exits.time] | plan.root_bit[exits.event]
        whole = True
        first, last = 0, kinds
        state.used[i] = content[0]
        child_bit = plan.child_bit
        for k in range(child_bit.size):
            changed |= child_bit[k]
    for b in range(first, last):
        if whole and not blocks.in_child[b]:
            continue
        for s in range(plan.slots if whole else 1):
            slot = i * plan.slots + s if whole else content[0]
            place = content[1 + b * plan.slots + s] if whole else content[1]
            in_child = blocks.in_child[b]
            table = state.child if in_child else state.root
            pool = blocks.pool_child if in_child else blocks.pool_root
            bit = plan.child_bit if in_child else plan.root_bit
            if in_child:
                position.child_place[b, slot] = place
            else:
                position.root_place[b, slot] = place
            columns = blocks.columns
            for k in range(blocks.start[b], blocks.start[b + 1]):
                column = columns[k]
                if differ(table[slot, column], pool[place, column]):
                    table[slot, column] = pool[place, column]
                    changed |= bit[column]
    if whole or blocks.in_child[first]:
        for s in range(plan.slots):
            changed = follow_slot(programme, plan, state, i, s, changed)
    return changed


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
    ways = _ways(blocks, exits)
    accepted = 0
    free = False
    for p in range(exits.spread.size):
        free = free or exits.spread[p] > 0.0
    weighed = np.uint64(0)
    if exits.time >= 0:
        weighed = plan.root_bit[exits.time] | plan.root_bit[exits.event]
        for g in range(exits.groups.size):
            weighed |= plan.group_bit[exits.groups[g]]
    content = position.content
    log_probabilities = position.move_log_probability
    for taken in range(moves):
        if free and _below(rng, _PER_THETA) == 0:
            _move_theta(exits, state, position, rng)
        temperature = hot if hot == cold else hot * (cold / hot) ** (taken / moves)
        kind = _below(rng, ways)
        i = _below(rng, n)
        j, ratio, possible = _propose(
            plan, state, blocks, exits, position, rng, kind, i, content[1], content[0]
        )
        if possible:
            changed = np.uint64(0)
            for phase in range(2):  # make the move, and undo it unless it is accepted
                for which in range(1 if j < 0 else 2):
                    row = i if which == 0 else j
                    put = _put(
                        programme,
                        plan,
                        state,
                        blocks,
                        exits,
                        position,
                        kind,
                        row,
                        content[phase, which],
                    )
                    changed |= follow(programme, plan, state, row, put)
                if phase == 1:
                    break
                if changed & weighed != 0:
                    for which in range(1 if j < 0 or j == i else 2):
                        row = i if which == 0 else j
                        log_probabilities[which] = _log_probability(exits, state, position, row)
                        ratio += log_probabilities[which] - position.log_probability[row]
                budget = total + temperature * (ratio - np.log(1.0 - rng.random()))
                if budget < 0.0:
                    continue
                trial = settle(programme, plan, state, changed, i, j, total, budget)
                if trial <= budget:
                    total = trial
                    accept(state)
                    accepted += 1
                    if changed & weighed != 0:
                        position.log_probability[i] = log_probabilities[0]
                        if j >= 0 and j != i:
                            position.log_probability[j] = log_probabilities[1]
                    break
        if total == 0.0:
            kept += 1
            if kept == gap:
                return total, taken + 1, 0, accepted
    return total, moves, kept, accepted


@njit(cache=True)
def _move_theta(exits, state, position, rng):
    """Move one parameter of the measure by a random walk, given the exits."""
    k = _below(rng, exits.spread.size)
    if exits.spread[k] == 0.0:
        return
    old = position.theta[k]
    new = old + rng.normal(0.0, (0.15, 0.5, 1.5)[_below(rng, 3)] * exits.spread[k])
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
