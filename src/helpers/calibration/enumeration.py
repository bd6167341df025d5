"""Every cohort of a tiny study with its exact probability, to hold the chain against.

A row of the first table, with the rows of the second that belong to it, takes one of a few values;
rows are independent given the parameters of the measure. So a cohort is a multiset of row values,
and its probability given the parameters is multinomial. Parameters are integrated out by
Gauss–Hermite quadrature (numpy). Which cohorts meet every constraint is decided by
`evaluation.evaluate` of the search, which shares no code with the chain's own bookkeeping.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import comb, lgamma, prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ..published import PublishedError, Study
from ..reconstruct.measures import hazards, log_probability, room
from ..reconstruct.position import cell_of
from ..reconstruct.sampler import Sampler
from ..reconstruct.settling import rebuild
from ..reconstruct.state import State, empty

_MOST = 300_000
_NODES = 40


@dataclass(frozen=True)
class _RowValue:
    """What a row can be: its columns by block, its exit, and its rows of the second table."""

    root: tuple[tuple[float, ...], ...]
    step: int
    event: int
    child: tuple[tuple[tuple[float, ...], ...], ...]


@dataclass(frozen=True)
class Comparison:
    """Exact probabilities of cohorts beside their shares in a chain.

    Attributes
    ----------
    table : DataFrame
        A row a class of cohorts: `cohorts`, `exact`, `sampled` (shares) and `error`, the standard
        error of the sampled share if draws were independent.
    cohorts : int
        Cohorts that meet every constraint, counted as multisets of rows.
    draws : int
        Cohorts taken from the chain.
    distance : float
        Total variation distance over all cohorts.
    expected_distance : float
        What it would be for as many independent draws, on average.
    p_value : float
        Chi-square test of the classes.
    """

    table: pd.DataFrame
    cohorts: int
    draws: int
    distance: float
    expected_distance: float
    p_value: float


def compare(
    study: Study, measure: str, seed: int, draws: int, gap: int = 50, classes: int = 12
) -> Comparison:
    """Compare a chain on a tiny study with exact enumeration.

    Parameters
    ----------
    study : Study
        One of a few patients whose columns take few values.
    measure : str
    seed : int
    draws : int
        Cohorts to take from the chain.
    gap : int
        States meeting every constraint from one cohort taken to the next; wide enough for them to
        be all but independent, which the test assumes.
    classes : int
        Classes of about the same probability into which the cohorts are put, in the order of
        enumeration.

    Returns
    -------
    Comparison

    Raises
    ------
    PublishedError
        When there are too many cohorts to enumerate.
    """
    sampler = Sampler(study, measure, np.random.default_rng(seed))
    exact = probabilities(sampler)
    sampler.start()
    index = {value: number for number, value in enumerate(row_values(sampler))}
    seen: Counter[tuple[int, ...]] = Counter()
    for _ in range(draws):
        sampler.advance(gap)
        seen[tuple(sorted(index[value] for value in _rows_of(sampler)))] += 1
    stray = set(seen) - set(exact)
    if stray:
        raise AssertionError("the chain was where some constraint does not hold")
    p = np.array(list(exact.values()))
    counts = np.array([seen[cohort] for cohort in exact])
    group = np.minimum((p.cumsum() * classes).astype(int), classes - 1)
    exact_share = np.bincount(group, p, classes)
    sampled = np.bincount(group, counts, classes)
    held = exact_share > 0
    table = pd.DataFrame(
        {
            "cohorts": np.bincount(group, minlength=classes)[held],
            "exact": exact_share[held],
            "sampled": sampled[held] / draws,
            "error": np.sqrt(exact_share * (1 - exact_share) / draws)[held],
        }
    )
    return Comparison(
        table,
        len(exact),
        draws,
        float(np.abs(counts / draws - p).sum() / 2),
        float(np.sqrt(2 / np.pi * p * (1 - p) / draws).sum() / 2),
        float(stats.chisquare(sampled[held], draws * exact_share[held]).pvalue),
    )


def probabilities(sampler: Sampler) -> dict[tuple[int, ...], float]:
    """Probability of every cohort given every constraint; a cohort is its row values, in order.

    Raises
    ------
    PublishedError
        When there are too many cohorts to enumerate.
    """
    n = len(sampler.state.root)
    number = comb(_number_of_row_values(sampler) + n - 1, n)
    if number > _MOST:
        raise PublishedError(f"at most {_MOST:,} cohorts can be enumerated, found {number:,}")
    values = row_values(sampler)
    met = [
        cohort
        for cohort in combinations_with_replacement(range(len(values)), n)
        if _meets(sampler, [values[k] for k in cohort])
    ]
    counts = np.zeros((len(met), len(values)))
    for row, cohort in enumerate(met):
        np.add.at(counts[row], list(cohort), 1)
    ways = np.array([lgamma(n + 1) - sum(lgamma(k + 1) for k in row) for row in counts])
    total = np.zeros(len(met))
    fixed = _log_prior(sampler, values)
    cells = _cells(sampler, values)
    for theta, weight in _quadrature(sampler):
        total += weight * np.exp(
            ways + counts @ (fixed + _log_exits(sampler, values, cells, theta))
        )
    return dict(zip(met, (total / total.sum()).tolist(), strict=True))


def _number_of_row_values(sampler: Sampler) -> int:
    """How many there are, without listing them."""
    number = 2 * sampler.measure.exits.steps if sampler.measure.exits.time >= 0 else 1
    for block in _blocks(sampler, False):
        number *= len(_distinct(sampler, block))
    one = prod(len(_distinct(sampler, block)) for block in _blocks(sampler, True))
    steps = np.diff(sampler.blocks.counts, prepend=0)
    return number * (sum(one**k for k, step in enumerate(steps, 1) if step > 0) or 1)


def row_values(sampler: Sampler) -> list[_RowValue]:
    """Every value that a row of the first table can take."""
    exits = sampler.measure.exits
    pairs = list(product(range(exits.steps), (0, 1))) if exits.time >= 0 else [(0, 0)]
    roots = [sorted(_distinct(sampler, b)) for b in _blocks(sampler, False)]
    children = [sorted(_distinct(sampler, b)) for b in _blocks(sampler, True)]
    lesions: list[tuple[tuple[tuple[float, ...], ...], ...]] = [()]
    if sampler.plan.slots:
        one = list(product(*children))
        steps = np.diff(sampler.blocks.counts, prepend=0)
        lesions = [
            rows
            for count in range(1, sampler.plan.slots + 1)
            if steps[count - 1] > 0
            for rows in product(one, repeat=count)
        ]
    return [
        _RowValue(root, step, event, child)
        for root in product(*roots)
        for step, event in pairs
        for child in lesions
    ]


def _blocks(sampler: Sampler, in_child: bool) -> list[int]:
    return [b for b, inside in enumerate(sampler.blocks.in_child) if inside == in_child]


def _columns(sampler: Sampler, block: int) -> NDArray[np.int64]:
    blocks = sampler.blocks
    return blocks.columns[blocks.start[block] : blocks.start[block + 1]]


def _distinct(sampler: Sampler, block: int) -> Counter[tuple[float, ...]]:
    """Values of a block in the pool, and how often they are there; -1 stands for a missing one."""
    blocks = sampler.blocks
    pool = blocks.pool_child if blocks.in_child[block] else blocks.pool_root
    rows = np.nan_to_num(pool[:, _columns(sampler, block)], nan=-1.0)
    return Counter(map(tuple, rows.tolist()))


def _log_prior(sampler: Sampler, values: list[_RowValue]) -> NDArray[np.float64]:
    """Log probability of each row value, its exit left out."""
    shares = {}
    for block in [*_blocks(sampler, False), *_blocks(sampler, True)]:
        found = _distinct(sampler, block)
        shares[block] = {value: np.log(k / found.total()) for value, k in found.items()}
    steps = np.diff(sampler.blocks.counts, prepend=0)
    out = []
    for value in values:
        total = sum(shares[b][v] for b, v in zip(_blocks(sampler, False), value.root, strict=True))
        if value.child:
            total += np.log(steps[len(value.child) - 1])
        for row in value.child:
            total += sum(shares[b][v] for b, v in zip(_blocks(sampler, True), row, strict=True))
        out.append(total)
    return np.array(out)


def _fill(sampler: Sampler, state: State, values: list[_RowValue]) -> None:
    """Put row values into the arrays of a state."""
    exits = sampler.measure.exits
    for i, value in enumerate(values):
        for block, v in zip(_blocks(sampler, False), value.root, strict=True):
            state.root[i, _columns(sampler, block)] = [np.nan if x == -1 else x for x in v]
        if exits.time >= 0:
            state.root[i, exits.time] = (exits.first + value.step) / exits.per_unit
            state.root[i, exits.event] = value.event
        state.used[i] = len(value.child)
        for s, row in enumerate(value.child):
            for block, v in zip(_blocks(sampler, True), row, strict=True):
                slot = i * sampler.plan.slots + s
                state.child[slot, _columns(sampler, block)] = [np.nan if x == -1 else x for x in v]


def _meets(sampler: Sampler, values: list[_RowValue]) -> bool:
    """Whether a cohort of these rows meets every constraint."""
    _fill(sampler, sampler.state, values)
    return sampler.evaluated()[0] == 0.0


def _cells(sampler: Sampler, values: list[_RowValue]) -> list[int]:
    """Cell of the measure to which each row value belongs."""
    if sampler.measure.exits.time < 0:
        return [0] * len(values)
    state = empty(sampler.layout, sampler.plan, len(values))
    _fill(sampler, state, values)
    rebuild(sampler.layout.programme, sampler.plan, state)
    return [cell_of(sampler.measure.exits, state, i) for i in range(len(values))]


def _log_exits(
    sampler: Sampler, values: list[_RowValue], cells: list[int], theta: NDArray[np.float64]
) -> NDArray[np.float64]:
    exits = sampler.measure.exits
    if exits.time < 0:
        return np.zeros(len(values))
    parameters = room(exits)
    hazards(exits, theta, parameters)
    found = [
        log_probability(exits, parameters, cell, value.step, float(value.event))
        for value, cell in zip(values, cells, strict=True)
    ]
    return np.maximum(found, -1e300)  # so that nobody with an impossible exit adds 0


def _quadrature(sampler: Sampler) -> Iterator[tuple[NDArray[np.float64], float]]:
    """Points and weights for the parameters of the measure."""
    exits = sampler.measure.exits
    free = np.flatnonzero(exits.spread > 0)
    if len(free) > 2:
        raise PublishedError(f"at most 2 free parameters can be integrated out, found {len(free)}")
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    for chosen in product(range(_NODES), repeat=len(free)):
        theta = exits.centre.copy()
        theta[free] += exits.spread[free] * nodes[list(chosen)]
        yield theta, float(np.prod(weights[list(chosen)]))


def _rows_of(sampler: Sampler) -> Iterator[_RowValue]:
    """Row values of the cohort at which a chain is."""
    state, exits = sampler.state, sampler.measure.exits

    def cells(row: NDArray[np.float64], block: int) -> tuple[float, ...]:
        return tuple(np.nan_to_num(row[_columns(sampler, block)], nan=-1.0).tolist())

    for i, row in enumerate(state.root):
        first = i * sampler.plan.slots
        yield _RowValue(
            tuple(cells(row, b) for b in _blocks(sampler, False)),
            int(sampler.position.step[i]),
            int(row[exits.event]) if exits.time >= 0 else 0,
            tuple(
                tuple(cells(state.child[first + s], b) for b in _blocks(sampler, True))
                for s in range(state.used[i])
            ),
        )
