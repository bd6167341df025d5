"""From the rows that a search has settled to complete tables of the data contract."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..cohort import DAYS_PER_MONTH
from ..published import PublishedError, Study
from ..published.prior import Even, SameAs


def written_out(
    study: Study,
    found: dict[str, pd.DataFrame],
    owner: NDArray[np.int64],
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Complete the tables of a cohort, its rows in random order.

    Parameters
    ----------
    study : Study
    found : dict of DataFrames
        The searched columns of each table, levels as positions.
    owner : (child rows,) int64 array
        Row of the first table to which each row of the second belongs.
    rng : numpy.random.Generator
        Draws the order of the rows, and what is filled in only now.

    Returns
    -------
    dict of DataFrames
        Every column of the data contract, in its order.
    """
    tables: dict[str, pd.DataFrame] = {}
    for name, table in study.tables.items():
        searched = found[name]
        if table.of is None:
            order = rng.permutation(len(searched))  # the search leaves no trace in the order
            searched = searched.iloc[order].reset_index(drop=True)
            owner = np.argsort(order)[owner]
            parent = None
        else:
            order = np.argsort(owner, kind="stable")
            owner = owner[order]
            searched = searched.iloc[order].reset_index(drop=True)
            parent = tables[table.of].iloc[owner].reset_index(drop=True)
        tables[name] = _table(study, name, searched, parent, rng)
    return tables


def _table(
    study: Study,
    table: str,
    searched: pd.DataFrame,
    parent: pd.DataFrame | None,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The columns of the contract, levels named, identifiers and later columns filled in."""
    columns = study.tables[table].columns
    frame = pd.DataFrame(index=searched.index)
    width = max(2, len(str(len(searched))))
    for name, column in columns.items():
        if column.type == "id":
            frame[name] = [f"{column.prefix}{i:0{width}d}" for i in range(1, len(searched) + 1)]
        elif column.type == "parent":
            assert parent is not None
            frame[name] = parent[study.tables[study.tables[table].of or ""].key].to_numpy()
        elif isinstance(column.kind, SameAs):
            assert parent is not None
            frame[name] = parent[column.kind.column].to_numpy()
        elif isinstance(column.kind, Even):
            frame[name] = _dates(study, table, name, column.kind, searched, rng)
        elif column.type == "category":
            frame[name] = [column.levels[int(code)] for code in searched[name]]
        elif column.type in ("flag", "integer"):
            frame[name] = searched[name].astype("Int64" if column.optional else "int64")
        else:
            frame[name] = searched[name]
    return frame


def _dates(
    study: Study,
    table: str,
    name: str,
    prior: Even,
    searched: pd.DataFrame,
    rng: np.random.Generator,
) -> list[str]:
    """Dates drawn evenly, early enough for what follows them to end by the date of a rule."""
    first, last = prior.first.toordinal(), prior.last.toordinal()
    latest = np.full(len(searched), last)
    for rule in study.rules:
        if rule.table == table and rule.column == name and rule.plus and rule.ends_by:
            days = np.ceil(searched[rule.plus] * DAYS_PER_MONTH).astype(int)
            latest = np.minimum(latest, rule.ends_by.toordinal() - days)
    if (latest < first).any():
        raise PublishedError(f"tables.{table}.{name}: no date from {prior.first} leaves the time")
    return [datetime.date.fromordinal(int(d)).isoformat() for d in rng.integers(first, latest + 1)]
