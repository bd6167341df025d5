"""Blocks of columns that a chain moves together, and the pool of their draws from the priors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..published import Study
from . import priors
from .constraints import Layout
from .measures import Exits

_POOL = 20_000
_MOSTLY = 0.5
"""Share of absent values above which moves choose among the rows that have one."""


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
    moved: NDArray[np.int64]  # blocks that the chain moves
    swapped: NDArray[
        np.bool_
    ]  # block: levels of which the counts are settled, so that rows swap them
    rare: NDArray[np.int64]  # block: its first column where that is mostly absent, or -1
    present: NDArray[np.int64]  # ranked column, how many places of the pool have a value


def pools(study: Study, rng: np.random.Generator) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Draws from the priors of the columns of every table."""
    return {table: priors.draw(study, table, _POOL, rng) for table in study.tables}


def steering_blocks(
    study: Study, layout: Layout, drawn: dict[str, dict[str, NDArray[np.float64]]], exits: Exits
) -> Blocks:
    """The blocks that steer a constraint, exits apart, with their pools."""
    arrays = {}
    for table, columns in drawn.items():
        size = len(next(iter(columns.values()), [None]))  # a table may have names alone
        # By columns: a move reads one or two of them, at places all over the pool.
        arrays[table] = np.zeros((size, len(layout.columns[table])), order="F")
        for name, values in columns.items():
            arrays[table][:, layout.columns[table].index(name)] = values
    exit_columns = [layout.columns[layout.root][exits.time]] if exits.time >= 0 else []
    in_child: list[bool] = []
    rare: list[int] = []
    present: list[int] = []
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
            first = layout.columns[table].index(block[0])
            absent = specs[block[0]].type in ("number", "integer") and bool(
                np.isnan(arrays[table][:, first]).mean() > _MOSTLY
            )
            rare.append(first if absent else -1)
            for name in block:
                column = layout.columns[table].index(name)
                columns_of.append(column)
                if specs[name].type in ("number", "integer"):
                    ranked.append(len(orders))
                    present.append(int((~np.isnan(arrays[table][:, column])).sum()))
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
        arrays[layout.child] if layout.child is not None else np.zeros((1, 1), order="F"),
        rank, place, counts, layout.child is not None,
        np.arange(len(in_child)), np.zeros(len(in_child), bool),
        np.array(rare, np.int64), np.array(present, np.int64),
    )  # fmt: skip
