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
    """Complete the tables of one cohort, its rows in random order; see `all_written_out`."""
    cohort = np.zeros(len(found[study.first]), np.int64)
    tables = all_written_out(study, found, owner, cohort, rng.permutation(len(cohort)), rng)
    return {name: frame.drop(columns="cohort") for name, frame in tables.items()}


def all_written_out(
    study: Study,
    found: dict[str, pd.DataFrame],
    owner: NDArray[np.int64],
    cohort: NDArray[np.int64],
    order: NDArray[np.int64],
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Complete the tables of cohorts that stand one below the other.

    Parameters
    ----------
    study : Study
    found : dict of DataFrames
        The searched columns of each table, levels as positions.
    owner : (child rows,) int64 array
        Row of the first table to which each row of the second belongs.
    cohort : (first table's rows,) int64 array
        Number of the cohort of each row, rising from 0.
    order : (first table's rows,) int64 array
        Random within each cohort, so that the search leaves no trace in the order.
    rng : numpy.random.Generator
        Draws what is filled in only now.

    Returns
    -------
    dict of DataFrames
        `cohort`, and every column of the data contract, in its order.
    """
    tables: dict[str, pd.DataFrame] = {}
    for name, table in study.tables.items():
        searched = found[name]
        if table.of is None:
            searched = searched.iloc[order].reset_index(drop=True)
            owner = np.argsort(order)[owner]
            parent = None
        else:
            order = np.argsort(owner, kind="stable")
            owner = owner[order]
            searched = searched.iloc[order].reset_index(drop=True)
            parent = tables[table.of].iloc[owner].reset_index(drop=True)
            cohort = parent["cohort"].to_numpy()
        tables[name] = _table(study, name, searched, parent, cohort, rng)
    return tables


def _table(
    study: Study,
    table: str,
    searched: pd.DataFrame,
    parent: pd.DataFrame | None,
    cohort: NDArray[np.int64],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The columns of the contract, levels named, identifiers and later columns filled in."""
    columns = study.tables[table].columns
    frame = pd.DataFrame({"cohort": cohort})
    sizes = np.bincount(cohort.astype(np.intp))
    number = np.arange(1, len(cohort) + 1) - (sizes.cumsum() - sizes)[cohort]
    width = max(2, len(str(sizes.max())))
    names = np.array([f"{one:0{width}d}" for one in range(sizes.max() + 1)], object)
    for name, column in columns.items():
        if column.type == "id":
            frame[name] = column.prefix + names[number]
        elif column.type == "parent":
            assert parent is not None
            frame[name] = parent[study.tables[study.tables[table].of or ""].key].to_numpy()
        elif isinstance(column.kind, SameAs):
            assert parent is not None
            frame[name] = parent[column.kind.column].to_numpy()
        elif isinstance(column.kind, Even):
            frame[name] = _dates(study, table, name, column.kind, searched, rng)
        elif column.type == "category":
            frame[name] = np.array(column.levels, object)[searched[name].to_numpy(int)]
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
    written = [datetime.date.fromordinal(day).isoformat() for day in range(first, last + 1)]
    return [written[day - first] for day in rng.integers(first, latest + 1)]
