"""Moves of a chain, and whether they are accepted.

The target is the measure times exp(-V / T), with V the total violation. A move is accepted when V
stays within a budget that is drawn beforehand (Metropolis and Hastings), so that the evaluation can
stop as soon as it is over.
"""

from __future__ import annotations

import numpy as np

from ..compiled import UNCOUNTED, njit
from .bookkeeping import differ, follow, follow_slot
from .measures import hazards
from .position import exit_log_probability
from .proposals import EXIT, below, kind_of, propose, ways_to_move
from .retention import retained
from .settling import accept, settle
from .sweeps import remember

_PER_THETA = 60
"""Moves of rows for each move of a parameter of the measure."""


@njit(cache=True, forceinline=True, **UNCOUNTED)
def _put(programme, plan, state, blocks, exits, position, kind, i, content):
    """Give a row what a move has for it; returns what changed."""
    kinds = blocks.in_child.size
    changed = np.uint64(0)
    whole = False
    first, last = kind, kind + 1
    if kind < 0:
        if kind == EXIT:
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


@njit(cache=True, **UNCOUNTED)
def run(
    programme,
    plan,
    state,
    blocks,
    exits,
    fresh,
    position,
    rng,
    moves,
    hot,
    cold,
    total,
    look,
    gap,
    kept,
):
    """Take moves, the temperature falling from one value to another.

    Parameters
    ----------
    moves : int
        Moves to take at most.
    hot, cold : float
        Temperatures at the first and the last.
    total : float
        Violation of the state.
    look : int
        Moves from one look to the next, of which `moves` is a multiple; 0 for no looks.
    gap : int
        Stop at this many looks at which every constraint holds.
    kept : int
        How many of them there were before.

    Returns
    -------
    (float, int, int, int)
        Violation, moves taken, looks at which every constraint held, accepted moves.
    """
    n = state.root.shape[0]
    ways = ways_to_move(blocks, exits)
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
        if free and below(rng, _PER_THETA) == 0:
            _move_theta(exits, state, position, rng)
        temperature = hot if hot == cold else hot * (cold / hot) ** (taken / moves)
        kind = kind_of(blocks, exits, below(rng, ways))
        i = below(rng, n)
        i, j, ratio, possible = propose(
            plan, state, blocks, exits, position, rng, kind, i, content[1], content[0]
        )
        if possible:
            changed = np.uint64(0)
            remember(plan, state, i, 0)
            if j >= 0:
                remember(plan, state, j, 1)
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
                        log_probabilities[which] = exit_log_probability(exits, state, position, row)
                        ratio += log_probabilities[which] - position.log_probability[row]
                budget = total + temperature * (ratio - np.log(1.0 - rng.random()))
                if budget < 0.0:
                    continue
                trial = settle(programme, plan, state, changed, i, j, total, budget)
                if trial <= budget:
                    total = trial
                    accept(programme, plan, state, i, j)
                    accepted += 1
                    if changed & weighed != 0:
                        position.log_probability[i] = log_probabilities[0]
                        if j >= 0 and j != i:
                            position.log_probability[j] = log_probabilities[1]
                    break
        if total == 0.0 and look > 0 and (taken + 1) % look == 0:
            kept += retained(programme, plan, state, blocks, fresh, position, rng)
            if kept == gap:
                return total, taken + 1, kept, accepted
    return total, moves, kept, accepted


@njit(cache=True, **UNCOUNTED)
def _move_theta(exits, state, position, rng):
    """Move one parameter of the measure by a random walk, given the exits."""
    k = below(rng, exits.spread.size)
    if exits.spread[k] == 0.0:
        return
    old = position.theta[k]
    new = old + rng.normal(0.0, (0.15, 0.5, 1.5)[below(rng, 3)] * exits.spread[k])
    centre, spread = exits.centre[k], exits.spread[k]
    ratio = ((old - centre) ** 2 - (new - centre) ** 2) / (2 * spread**2)
    position.theta[k] = new
    hazards(exits, position.theta, position.parameters)
    n = state.root.shape[0]
    log_probabilities, kept = position.trial_log_probability, position.log_probability
    for i in range(n):
        log_probabilities[i] = exit_log_probability(exits, state, position, i)
        ratio += log_probabilities[i] - kept[i]
    if np.log(1.0 - rng.random()) < ratio:
        for i in range(n):
            kept[i] = log_probabilities[i]
    else:
        position.theta[k] = old
        hazards(exits, position.theta, position.parameters)
