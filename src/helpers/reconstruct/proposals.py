"""Moves that a chain may take, each reversible with respect to a reference measure.

The prior of every block of columns is the draws in a pool: a row of a block is a place in it. So a
fresh draw is a uniform place; a small step goes a few ranks up or down in the pool's order by one of
the block's columns; and two rows may swap their places. All three are symmetric. Rows of the second
table are gained and lost with the prior of their number, and two rows of the first table may swap
all of theirs. Exits move on the grid of their column; there the measure enters the acceptance, and
with it the cell of a patient that any other move may have changed. The parameters of the measure
move by random walks given the exits.
"""

from __future__ import annotations

import numpy as np

from ..compiled import UNCOUNTED, njit

EXIT, ROWS = -1, -2
"""Kinds of moves that are not of a block."""
EXIT_SHARE = 8
"""Moves of exits for each move of a block: they are what steers the printed rates."""
_SWAP = 0.35
"""Share of the moves of a block or of exits that swap those of two rows."""
_FRESH_ROW = 0.25
"""Share of the moves of a block that draw it anew; the others go a few ranks up or down."""
_PRESENT = 0.6
"""Share of the moves of a block that is mostly absent that choose among the rows that have a value."""
_SWAP_PRESENT = 0.4
"""Of those, these swap it with that of another row; the others go up or down among the values."""
_FRESH_EXIT = 0.2
"""Share of the moves of exits that draw one anew."""
_OTHER_EVENT = 0.1
"""Share of the moves of exits that turn an event into a censoring, or back; the others shift the time."""
_SWAP_ALL = 0.5
"""Share of the moves of all rows of the second table that swap those of two rows of the first."""


@njit(cache=True, inline="always", **UNCOUNTED)
def below(rng, number):
    """A whole number below another; numba's `Generator.integers` allocates an array for each."""
    return int(rng.random() * number)


@njit(cache=True, inline="always", **UNCOUNTED)
def _copy(one, other):
    for k in range(one.size):
        other[k] = one[k]


@njit(cache=True, inline="always", **UNCOUNTED)
def ways_to_move(blocks, exits):
    """Number of ways to move: a block each, exits, and the number of rows of the second table."""
    return blocks.moved.size + EXIT_SHARE * (exits.time >= 0) + blocks.steers_count


@njit(cache=True, inline="always", **UNCOUNTED)
def kind_of(blocks, exits, way):
    """Kind of a move: the number of a block, `EXIT` or `ROWS`."""
    if way < blocks.moved.size:
        return blocks.moved[way]
    return EXIT if way < blocks.moved.size + EXIT_SHARE * (exits.time >= 0) else ROWS


@njit(cache=True, **UNCOUNTED)
def _present(plan, state, blocks, rng, kind):
    """An even choice among the rows that have a value of a block: the row, and its slot or -1."""
    in_child = blocks.in_child[kind]
    table, column = state.child if in_child else state.root, blocks.rare[kind]
    width = plan.slots if in_child else 1
    number = -1
    for _ in range(2):  # count them, then find the one
        found = 0
        for i in range(state.root.shape[0]):
            for slot in range(i * width, i * width + (state.used[i] if in_child else 1)):
                if not np.isnan(table[slot, column]):
                    if found == number:
                        return i, slot
                    found += 1
        if found == 0:
            return 0, -1
        number = below(rng, found)
    return 0, -1


@njit(cache=True, **UNCOUNTED)
def _move_present(plan, state, blocks, places, rng, kind, i, slot, old, new, swap):
    """Swap a value that is there with the absent one of an even row, or move it among the values.

    Towards a row with more slots in use there are fewer ways back than there.
    """
    in_child = blocks.in_child[kind]
    place = places[slot]
    old[0, 0] = new[0, 0] = slot
    old[0, 1] = new[0, 1] = place
    if swap:
        j = below(rng, state.root.shape[0])
        other = j * plan.slots + below(rng, state.used[j]) if in_child else j
        table = state.child if in_child else state.root
        if not np.isnan(table[other, blocks.rare[kind]]):
            return i, -1, 0.0, False
        old[1, 0] = new[1, 0] = other
        new[0, 1] = old[1, 1] = places[other]
        new[1, 1] = place
        ratio = np.log(state.used[j] / state.used[i]) if in_child else 0.0
        return i, j, ratio, True
    first = blocks.start[kind]
    k = first + below(rng, blocks.start[kind + 1] - first)
    numeric = blocks.ranked[k]
    if numeric < 0:
        return i, -1, 0.0, False
    rank = blocks.rank[numeric, place]
    size = blocks.present[numeric]
    shift = 1 + int(rng.random() * (0.003, 0.03, 0.3)[below(rng, 3)] * size)
    rank += shift if rng.random() < 0.5 else -shift
    if not 0 <= rank < size:
        return i, -1, 0.0, False
    new[0, 1] = blocks.place[numeric, rank]
    return i, -1, 0.0, new[0, 1] != place


@njit(cache=True, forceinline=True, **UNCOUNTED)
def propose(plan, state, blocks, exits, position, rng, kind, i, old, new):
    """Draw a move of a kind on a row.

    What it replaces, and what by, is written into `old` and `new`, each (2, parts) int64, for the row
    and for the other one that the move may have: of a block the slot and the place in the pool; of
    an exit grid point and event; otherwise the number of rows and the places of all their blocks.

    Returns
    -------
    (int, int, float, bool)
        The row, which a move may choose itself; the other row or -1; the log ratio of the densities of the move back and of the move, and
        whether anything changes.
    """
    n = state.root.shape[0]
    kinds = blocks.in_child.size
    j = -1
    ratio = 0.0
    way = rng.random()
    if kind >= 0:
        in_child = blocks.in_child[kind]
        size = blocks.pool_child.shape[0] if in_child else blocks.pool_root.shape[0]
        places = position.child_place[kind] if in_child else position.root_place[kind]
        if blocks.rare[kind] >= 0:
            if way < _PRESENT:
                i, slot = _present(plan, state, blocks, rng, kind)
                if slot < 0:
                    return i, -1, 0.0, False
                return _move_present(
                    plan, state, blocks, places, rng, kind, i, slot, old, new, way < _SWAP_PRESENT
                )
            way = (way - _PRESENT) / (1.0 - _PRESENT)
        slot = i * plan.slots + below(rng, state.used[i]) if in_child else i
        place = places[slot]
        old[0, 0] = new[0, 0] = slot
        old[0, 1] = place
        if blocks.swapped[kind] or way < _SWAP:
            j = below(rng, n)
            other = j * plan.slots + below(rng, state.used[j]) if in_child else j
            old[1, 0] = new[1, 0] = other
            new[0, 1] = old[1, 1] = places[other]
            new[1, 1] = place
        elif way < _SWAP + _FRESH_ROW:
            new[0, 1] = below(rng, size)
        else:
            new[0, 1] = place
            first = blocks.start[kind]
            k = first + below(rng, blocks.start[kind + 1] - first)
            if blocks.ranked[k] >= 0:
                reach = (0.001, 0.01, 0.1)[below(rng, 3)] * size
                shift = 1 + int(rng.random() * reach)
                rank = blocks.rank[blocks.ranked[k], place]
                rank += shift if rng.random() < 0.5 else -shift
                if 0 <= rank < size:
                    new[0, 1] = blocks.place[blocks.ranked[k], rank]
        return i, j, ratio, new[0, 1] != place
    if kind == EXIT:
        step, event = position.step[i], int(state.root[i, exits.event])
        old[0, 0] = new[0, 0] = step
        old[0, 1] = new[0, 1] = event
        if way < _SWAP:
            j = below(rng, n)
            new[0, 0] = old[1, 0] = position.step[j]
            new[0, 1] = old[1, 1] = int(state.root[j, exits.event])
            new[1, 0] = step
            new[1, 1] = event
        elif way < _SWAP + _FRESH_EXIT:
            reach = rng.random() * position.cumulative[-1]
            drawn = np.searchsorted(position.cumulative, reach, "right")
            drawn = min(drawn, position.proposal.size - 1)
            new[0, 0], new[0, 1] = drawn // 2, drawn % 2
            ratio = np.log(position.proposal[2 * step + event] / position.proposal[drawn])
        elif way < 1 - _OTHER_EVENT:
            shift = 1 + below(rng, (3, 12, 60)[below(rng, 3)])
            shifted = step + (shift if rng.random() < 0.5 else -shift)
            if 0 <= shifted < exits.steps:
                new[0, 0] = shifted
        else:
            new[0, 1] = 1 - event
        return i, j, ratio, new[0, 0] != step or new[0, 1] != event
    if way < _SWAP_ALL:
        j = below(rng, n)
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
        _copy(old[1], new[0])
        _copy(old[0], new[1])
        return i, j, ratio, i != j
    _copy(old[0], new[0])
    new[0, 0] = 1 + np.searchsorted(blocks.counts, rng.random(), "right")
    for b in range(kinds):  # rows that are gained are fresh draws
        for s in range(old[0, 0], new[0, 0]):
            new[0, 1 + b * plan.slots + s] = below(rng, blocks.pool_child.shape[0])
    return i, j, ratio, new[0, 0] != old[0, 0]
