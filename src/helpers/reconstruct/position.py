"""Where a chain is besides its rows, and where it begins: a draw from the measure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import UNCOUNTED, njit
from .blocks import Blocks
from .constraints import Programme
from .measures import Exits, grid, hazards, log_grid, log_probability
from .settling import rebuild
from .state import Plan, State


class Position(NamedTuple):
    """Where a chain is, besides the rows: places in the pool, exits and parameters."""

    root_place: NDArray[np.int64]  # block, row
    child_place: NDArray[np.int64]  # block, slot
    step: NDArray[np.int64]  # grid point of a row's exit
    log_probability: NDArray[np.float64]  # of a row's exit
    theta: NDArray[np.float64]
    parameters: NDArray[np.float64]  # what `hazards` makes of theta
    known: NDArray[np.float64]  # cell, grid point, event: log probability; empty where theta moves
    proposal: NDArray[np.float64]  # probability of an exit in a fresh draw, grid point by event
    cumulative: NDArray[np.float64]
    content: NDArray[np.int64]  # room for a move: new and old, of the row and of the other one
    move_log_probability: NDArray[np.float64]
    trial_log_probability: NDArray[np.float64]  # room for a move of theta: of every row's exit


def begin(
    programme: Programme,
    plan: Plan,
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
    move = np.zeros((2, 2, max(2, 1 + number * slots)), np.int64), np.zeros(2), np.zeros(n)
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
            root_place, child_place, np.zeros(n, np.int64), np.zeros(n), theta, parameters, np.zeros((0, 0, 0)), nothing, nothing, *move
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
    known = np.zeros((0, 0, 0))
    if not exits.spread.any():
        cells = range(parameters.shape[1])
        known = np.array([log_grid(exits, parameters, cell) for cell in cells])
    position = Position(
        root_place,
        child_place,
        step,
        np.zeros(n),
        theta,
        parameters,
        known,
        proposal,
        proposal.cumsum(),
        *move,
    )
    total = rebuild(programme, plan, state)
    for i in range(n):
        position.log_probability[i] = exit_log_probability(exits, state, position, i)
    return position, total


@njit(cache=True, inline="always", **UNCOUNTED)
def cell_of(exits, state, i):
    """Memberships of a row in the groups of the measure, as bits."""
    cell = 0
    for g in range(exits.groups.size):
        cell |= int(state.members[exits.groups[g], i]) << g
    return cell


@njit(cache=True, inline="always", **UNCOUNTED)
def exit_log_probability(exits, state, position, i):
    """Log probability of the exit of a row."""
    if position.known.size > 0:
        event = int(state.root[i, exits.event])
        return position.known[cell_of(exits, state, i), position.step[i], event]
    return log_probability(
        exits,
        position.parameters,
        cell_of(exits, state, i),
        position.step[i],
        state.root[i, exits.event],
    )
