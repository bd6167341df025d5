"""Simulated annealing over the rows of all tables, all constraints at once.

A move gives a row a fresh draw of one block from the prior, swaps a block between two rows, or
shifts a number a little. A move is accepted when the total violation stays under a threshold
drawn beforehand, so that the evaluation can stop as soon as it is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..compiled import njit
from ..published import Entry, PublishedError, Study
from . import priors
from .codes import COX_P, HAZARD_RATIO, LOGRANK
from .constraints import Layout
from .evaluation import evaluate

_POOL = 20_000
_CHUNK = 5_000
_CYCLE = 120_000
_HOT, _COLD = 0.6, 0.02


class UnsatisfiedError(ValueError):
    """No cohort was found that meets every constraint; the message names those that are left."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes
    ----------
    tables : dict of DataFrames
        The searched columns of each table, levels and dates not yet written out.
    owner : (child rows,) int64 array
        Row of the first table to which each row of the second belongs.
    trace : DataFrame
        A row every few thousand evaluations: `evaluations`, `temperature`, `violation` (total)
        and the violation of each constraint.
    evaluations : int
        Cohorts that were evaluated.
    """

    tables: dict[str, pd.DataFrame]
    owner: NDArray[np.int64]
    trace: pd.DataFrame
    evaluations: int


def search(
    study: Study,
    rng: np.random.Generator,
    evaluations: int = 2_000_000,
    progress: Callable[[int, float], None] | None = None,
) -> Found:
    """Find rows of every table that meet every constraint of a study.

    Parameters
    ----------
    study : Study
    rng : numpy.random.Generator
    evaluations : int
        Cohorts to evaluate at most.
    progress : callable, optional
        Called with the evaluations so far and the total violation.

    Returns
    -------
    Found

    Raises
    ------
    UnsatisfiedError
        When constraints are left unsatisfied after all evaluations.
    PublishedError
        When the study cannot be searched.
    """
    layout = Layout(study)
    size = study.entries[study.tables[layout.root].rows or ""].value
    if not isinstance(size, int) or size < 1:
        raise PublishedError(f"entry {study.tables[layout.root].rows!r}: a count was expected")
    pools = {table: _pool(study, layout, table, rng) for table in study.tables}
    pool_root = pools[layout.root]
    pool_child = pools[layout.child] if layout.child is not None else np.zeros((1, 1))
    moves = _moves(study, layout)
    if moves.columns.size == 0:
        raise PublishedError("entries: none of them concerns a column that can be searched")
    count = len(layout.labels)
    values, violations = np.zeros(count), np.zeros(count)
    best, best_values, best_violations = inf, values, violations
    trace: list[tuple[float, ...]] = []
    done = 0
    while done < evaluations:
        if done % _CYCLE == 0:  # start afresh: what one draw of rows cannot reach, another can
            owner = _owners(study, layout, size, rng)
            root = pool_root[rng.integers(_POOL, size=size)]
            child = pool_child[rng.integers(len(pool_child), size=owner.size)]
            total = evaluate(layout.programme, root, child, owner, inf, values, violations)
            trace.append((done, _HOT, total, *violations))
        temperature = _HOT * (_COLD / _HOT) ** ((done % _CYCLE) / (_CYCLE - 1))
        if total > 0:
            total, steps = _anneal(
                layout.programme, root, child, owner, pool_root, pool_child, *moves,
                rng, min(_CHUNK, evaluations - done), temperature, total, values, violations,
            )  # fmt: skip
            done += steps
            evaluate(layout.programme, root, child, owner, inf, values, violations)
            trace.append((done, temperature, total, *violations))
        if total < best:
            best, best_values, best_violations = total, values.copy(), violations.copy()
        if progress is not None:
            progress(done, best)
        if total == 0:
            break
    if best > 0:
        raise UnsatisfiedError(unsatisfied(study, layout, best_values, best_violations, done))
    tables = {layout.root: _frame(layout, layout.root, root)}
    if layout.child is not None:
        tables[layout.child] = _frame(layout, layout.child, child)
    names = ["evaluations", "temperature", "violation", *layout.labels]
    return Found(tables, owner, pd.DataFrame(trace, columns=names), done)


def _owners(study: Study, layout: Layout, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if layout.child is None:
        return np.zeros(0, np.int64)
    per_row = study.tables[layout.child].per_row or {}
    weights = np.array(list(per_row.values()), float)
    counts = rng.choice(np.array(list(per_row)), size, p=weights / weights.sum())
    return np.repeat(np.arange(size), counts.astype(np.intp))


def _pool(
    study: Study, layout: Layout, table: str, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draws from the prior, wide enough for the derived columns."""
    drawn = priors.draw(study, table, _POOL, rng)
    pool = np.zeros((_POOL, len(layout.columns[table])))
    for name, column in drawn.items():
        pool[:, layout.columns[table].index(name)] = column
    return pool


class _Moves(NamedTuple):
    """Blocks that a move may touch: columns of each, one after the other, and nudges."""

    in_child: NDArray[np.bool_]
    start: NDArray[np.int64]
    columns: NDArray[np.int64]
    per_unit: NDArray[np.float64]  # 10 to the decimals of a number, 0 for what has no neighbours
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]


def _moves(study: Study, layout: Layout) -> _Moves:
    in_child, start, columns, per_unit, lowest, highest = [], [0], [], [], [], []
    for table in study.tables:
        specs = study.tables[table].columns
        for block in priors.blocks(study, table):
            if not any((table, name) in layout.used for name in block):
                continue
            in_child.append(table == layout.child)
            for name in block:
                columns.append(layout.columns[table].index(name))
                numeric = specs[name].type in ("number", "integer")
                per_unit.append(10.0 ** specs[name].decimals if numeric else 0.0)
                low, high = priors.limits(specs[name])
                lowest.append(low)
                highest.append(high)
            start.append(len(columns))
    return _Moves(
        np.array(in_child, bool), np.array(start), np.array(columns, np.int64),
        np.array(per_unit, float), np.array(lowest, float), np.array(highest, float),
    )  # fmt: skip


@njit(cache=True)
def _anneal(
    programme, root, child, owner, pool_root, pool_child,
    in_child, start, columns, per_unit, lowest, highest,
    rng, steps, temperature, total, values, violations,
):  # fmt: skip
    """Take moves at one temperature until all constraints hold; returns violation and moves taken."""
    kept = np.empty((2, columns.size))
    for step in range(steps):
        block = rng.integers(0, in_child.size)
        table = child if in_child[block] else root
        pool = pool_child if in_child[block] else pool_root
        first, last = start[block], start[block + 1]
        i = rng.integers(0, table.shape[0])
        j = i
        for k in range(first, last):
            kept[0, k] = table[i, columns[k]]
        way = rng.random()
        if way < 0.35:
            j = rng.integers(0, table.shape[0])
            for k in range(first, last):
                kept[1, k] = table[j, columns[k]]
                table[j, columns[k]] = kept[0, k]
                table[i, columns[k]] = kept[1, k]
        elif way < 0.70:
            drawn = rng.integers(0, pool.shape[0])
            for k in range(first, last):
                table[i, columns[k]] = pool[drawn, columns[k]]
        else:
            k = first + rng.integers(0, last - first)
            value = table[i, columns[k]]
            if per_unit[k] == 0.0 or np.isnan(value):
                continue
            shift = rng.integers(1, 31) if rng.random() < 0.5 else rng.integers(1, 4)
            if rng.random() < 0.5:
                shift = -shift
            value = (np.round(value * per_unit[k]) + shift) / per_unit[k]
            if value < lowest[k] or value > highest[k]:
                continue
            table[i, columns[k]] = value
        budget = total - temperature * np.log(1.0 - rng.random())
        trial = evaluate(programme, root, child, owner, budget, values, violations)
        if trial <= budget:
            total = trial
            if total == 0.0:
                return total, step + 1
        else:
            for k in range(first, last):
                if j != i:
                    table[j, columns[k]] = kept[1, k]
                table[i, columns[k]] = kept[0, k]
    return total, steps


def _frame(layout: Layout, table: str, array: NDArray[np.float64]) -> pd.DataFrame:
    width = layout.width[table]
    return pd.DataFrame(array[:, :width], columns=layout.columns[table][:width])


def unsatisfied(
    study: Study,
    layout: Layout,
    values: NDArray[np.float64],
    violations: NDArray[np.float64],
    done: int,
) -> str:
    """What is left of the constraints of the nearest cohort, in words."""
    targets = {entry.id: entry for entry in study.targets}
    lines = []
    for label, what, value, violation in zip(
        layout.labels, layout.programme.what, values, violations, strict=True
    ):
        if violation > 0:
            lines.append(f"  {label}: {_missed(targets.get(label), int(what[0]), value)}")
    return (
        f"no cohort was found that meets every constraint, in {done:,} evaluations; "
        f"the nearest misses {len(lines)} of {len(layout.labels)}:\n" + "\n".join(lines)
    )


def _missed(entry: Entry | None, kind: int, value: float) -> str:
    if entry is None:
        return f"broken in {value:.0f} rows"
    expected = f"{entry.text if entry.relation == '<' else entry.relation + ' ' + entry.text}"
    if np.isnan(value):
        return f"expected {expected}, found none that can be computed"
    if isinstance(entry.value, str):
        return f"expected {expected} alone at the level, found p values off by a factor {10**value:.3g}"
    if kind in (LOGRANK, COX_P, HAZARD_RATIO):
        value = 10**value
    assert isinstance(entry.value, (int, float))
    return f"expected {expected}, found {value:.4g}, off by {abs(value - entry.value):.2g}"
