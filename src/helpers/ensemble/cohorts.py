"""An ensemble: many cohorts that print the same numbers, read from one file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import batch, known, published
from .. import cohort as contract
from ..cohort import Cohort, CohortError
from ..published import Study
from . import store
from .store import EnsembleError, Tables


@dataclass(frozen=True)
class Ensemble:
    """Many cohorts of a study, their tables one below the other.

    Attributes
    ----------
    study : Study
        The study whose contract they meet.
    tables : dict of DataFrames
        One a table of the study, with its derived columns and, first, the number `cohort` from 0;
        identifiers stand once in each cohort.
    record : DataFrame
        A row a cohort: the `measure` and the `shard` that it is from, and how its chain went.
    name : str
        Where it was read.
    """

    study: Study
    tables: Tables
    record: pd.DataFrame
    name: str

    def __len__(self) -> int:
        return len(self.record)

    def to_bytes(self) -> bytes:
        """The file that holds it; the same ensemble gives the same bytes."""
        flat = store.flatten(self.study, self.tables, self.record)
        return store.to_bytes(self.study, flat)

    @property
    def first(self) -> pd.DataFrame:
        """The table whose rows are the units of analysis, such as patients."""
        return self.tables[self.study.first]

    def cohort(self, number: int) -> Cohort:
        """One of the cohorts.

        Raises
        ------
        EnsembleError
            When there is none of that number.
        """
        if not 0 <= number < len(self):
            raise EnsembleError(
                f"{self.name}: a number from 0 to {len(self) - 1} was expected, found {number}"
            )
        tables = {
            name: frame[frame["cohort"] == number].drop(columns="cohort").reset_index(drop=True)
            for name, frame in self.tables.items()
        }
        return Cohort(tables, self.study, f"{self.name}, cohort {number}", synthetic=True)

    def members(self, group: str) -> NDArray[np.bool_]:
        """Which rows of the group's table are in it."""
        return contract.members(self.study, self.tables, group)

    @cached_property
    def included(self) -> NDArray[np.bool_]:
        """Which places of `grid` hold a row; shape (cohorts, most rows of a cohort)."""
        sizes = np.bincount(self.first["cohort"].to_numpy(np.intp), minlength=len(self))
        return np.arange(sizes.max()) < sizes[:, None]

    def grid(self, values: Any, fill: float = 0.0) -> NDArray[Any]:
        """Values of the units of analysis, a row a cohort.

        Parameters
        ----------
        values : str or array-like
            A column of the first table, or a value for each of its rows.
        fill : number
            What stands where a cohort has fewer rows than the largest.

        Returns
        -------
        array, shape (cohorts, most rows of a cohort)
        """
        given = self.first[values].to_numpy() if isinstance(values, str) else np.asarray(values)
        found = np.full(self.included.shape, fill, given.dtype)
        found[self.included] = given
        return found

    def batch(self, endpoint: str, member: NDArray[np.bool_] | None = None) -> batch.Batch:
        """Times and events of an endpoint, for the statistics of `helpers.batch`.

        Parameters
        ----------
        endpoint : str
        member : array of bool, optional
            A flag for each row of the first table: only these.
        """
        spec = self.study.endpoints[endpoint]
        included = self.included if member is None else self.grid(member)
        return batch.cohorts(
            self.grid(self.first[spec.time].to_numpy(float)),
            self.grid(self.first[spec.event].to_numpy(bool)),
            included,
        )


def load(file: str | os.PathLike[str] | None = None, study: Study | None = None) -> Ensemble:
    """Read an ensemble and hold it to the data contract.

    Parameters
    ----------
    file : path-like, optional
        Left out, the shipped one.
    study : Study, optional
        The study whose contract the cohorts have to meet; the shipped one when left out.

    Returns
    -------
    Ensemble

    Raises
    ------
    EnsembleError
        When the file is missing, is no ensemble of that study, or breaks its contract.
    """
    path = Path(file) if file is not None else published.DATA / "ensemble.parquet"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EnsembleError(f"{path}: not readable: {error.strerror or error}") from None
    flat = store.from_bytes(content, path)
    checked_before = study is None and known.read(path) is not None
    return of_flat(flat, study or published.load(), str(path), checked_before)


def of_flat(flat: pd.DataFrame, study: Study, name: str, checked_before: bool = False) -> Ensemble:
    """An ensemble from the table that a file holds, whose cells may have been checked before; see `load`."""
    wanted = ["cohort", "measure", "shard", *store.columns(study)]
    if missing := [column for column in wanted if column not in flat]:
        raise EnsembleError(
            f"{name}: a column {missing[0]!r} was expected, and it is missing; was it drawn for "
            f"another study than {study.study.name}? --published names its file"
        )
    tables, record = store.unflatten(study, flat)
    if not len(record) or not np.array_equal(record["cohort"], np.arange(len(record))):
        raise EnsembleError(f"{name}: cohorts numbered from 0 on were expected")
    return Ensemble(study, _checked(tables, study, name, checked_before), record, name)


def _checked(tables: Tables, study: Study, name: str, checked_before: bool) -> Tables:
    """Tables that meet the contract, as one large cohort whose identifiers carry their number."""
    one = {}
    for table, spec in study.tables.items():
        frame = tables[table].copy()
        for column, kind in spec.columns.items():
            if kind.type in ("id", "parent"):
                frame[column] = frame["cohort"].astype(str) + ":" + frame[column].astype(str)
        one[table] = frame
    try:
        checked = contract.of_tables(one, study, name, checked_before=checked_before).tables
    except CohortError as error:
        raise EnsembleError(str(error)) from None
    for table, spec in study.tables.items():
        frame = checked[table]
        for column, kind in spec.columns.items():
            if kind.type in ("id", "parent"):
                frame[column] = tables[table][column]
        frame.insert(0, "cohort", tables[table]["cohort"].to_numpy())
    return checked
