"""A cohort that prints the numbers of a study: drawn from priors, searched for, written out."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..cohort import DAYS_PER_MONTH
from ..published import Column, PublishedError, Study
from .search import UnsatisfiedError, search

__all__ = ["Reconstruction", "UnsatisfiedError", "reconstruct"]


@dataclass(frozen=True)
class Reconstruction:
    """Tables that meet the constraints of a study, and how the search went.

    Attributes
    ----------
    tables : dict of DataFrames
        Every column of the data contract, in its order.
    trace : DataFrame
        The total violation, and that of each constraint, as the search went on.
    evaluations : int
        Cohorts that were evaluated.
    """

    tables: dict[str, pd.DataFrame]
    trace: pd.DataFrame
    evaluations: int


def reconstruct(
    study: Study,
    seed: int,
    evaluations: int = 2_000_000,
    progress: Callable[[int, float], None] | None = None,
) -> Reconstruction:
    """Find a cohort that prints what a study printed.

    Parameters
    ----------
    study : Study
    seed : int
        The same seed gives the same cohort.
    evaluations : int
        Cohorts to evaluate at most.
    progress : callable, optional
        Called with the evaluations so far and the smallest total violation.

    Returns
    -------
    Reconstruction

    Raises
    ------
    UnsatisfiedError
        When no cohort is found.
    PublishedError
        When the study cannot be searched.
    """
    _forget_stale_kernels(Path(__file__).parent)
    rng = np.random.default_rng(seed)
    found = search(study, rng, evaluations, progress)
    owner = found.owner
    tables: dict[str, pd.DataFrame] = {}
    for name, table in study.tables.items():
        searched = found.tables[name]
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
        tables[name] = _written_out(study, name, searched, parent, rng)
    return Reconstruction(tables, found.trace, found.evaluations)


def _forget_stale_kernels(folder: Path) -> None:
    """Delete compiled code older than any source: numba does not notice an edit of a callee."""
    newest = max(path.stat().st_mtime_ns for path in folder.glob("*.py"))
    for index in (folder / "__pycache__").glob("*.nbi"):
        if index.stat().st_mtime_ns < newest:
            index.unlink(missing_ok=True)


def _written_out(
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
        prior = column.prior or {}
        if column.type == "id":
            frame[name] = [f"{column.prefix}{i:0{width}d}" for i in range(1, len(searched) + 1)]
        elif column.type == "parent":
            assert parent is not None
            frame[name] = parent[study.tables[study.tables[table].of or ""].key].to_numpy()
        elif "same_as" in prior:
            assert parent is not None
            frame[name] = parent[prior["same_as"]].to_numpy()
        elif "even" in prior:
            frame[name] = _dates(study, table, name, searched, rng)
        elif column.type == "category":
            frame[name] = [column.levels[int(code)] for code in searched[name]]
        elif column.type in ("flag", "integer"):
            frame[name] = searched[name].astype("Int64" if column.optional else "int64")
        else:
            frame[name] = searched[name]
    return frame


def _dates(
    study: Study, table: str, name: str, searched: pd.DataFrame, rng: np.random.Generator
) -> list[str]:
    """Dates drawn evenly, early enough for what follows them to end by the date of a rule."""
    column: Column = study.tables[table].columns[name]
    spec = (column.prior or {})["even"]
    first, last = spec["from"].toordinal(), spec["to"].toordinal()
    latest = np.full(len(searched), last)
    for rule in study.rules:
        if rule.table == table and rule.column == name and rule.plus and rule.ends_by:
            days = np.ceil(searched[rule.plus] * DAYS_PER_MONTH).astype(int)
            latest = np.minimum(latest, rule.ends_by.toordinal() - days)
    if (latest < first).any():
        raise PublishedError(f"tables.{table}.{name}: no date from {spec['from']} leaves the time")
    return [datetime.date.fromordinal(int(d)).isoformat() for d in rng.integers(first, latest + 1)]
