"""Cohorts: tables that meet the data contract; others are refused in one sentence.

This is the door that chapters use. `helpers.contract` holds the contract itself: reading files,
checking columns and relations, and the columns that are derived on loading.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import disclosure, published
from .contract import coarsened, columns, declared, files, recorded, relations, ties
from .contract.columns import expected
from .contract.derived import derive, members
from .contract.faults import CohortError, collected
from .contract.relations import DAYS_PER_MONTH
from .published import Study

__all__ = [
    "DAYS_PER_MONTH",
    "Cohort",
    "CohortError",
    "derive",
    "expected",
    "load",
    "members",
    "of_tables",
]


@dataclass(frozen=True)
class Cohort:
    """Tables that meet the data contract, with their derived columns.

    Attributes
    ----------
    tables : dict of DataFrames
        One a table of the study.
    study : Study
        The study whose contract they meet.
    name : str
        What to call the cohort.
    synthetic : bool
        Whether it says of itself that it is made up.
    folder : Path or None
        Where it was read.
    lacking : mapping of str to str
        A sentence for each column that it could have and has not, and for what would be made of it.
    words : mapping of str to str
        Its own labels for groups that the book compares, by those of the book.
    """

    tables: dict[str, pd.DataFrame]
    study: Study
    name: str
    synthetic: bool
    folder: Path | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def patients(self) -> pd.DataFrame:
        """The study's units of analysis: a row of its first table each, whatever that is called."""
        return self.tables[self.study.first]

    @property
    def lesions(self) -> pd.DataFrame:
        """What belongs to the patients: a row each of the table that is of the first.

        Raises
        ------
        CohortError
            When the study has one table alone.
        """
        for name, table in self.study.tables.items():
            if table.of == self.study.first:
                return self.tables[name]
        raise CohortError(f"{self.name}: no table of the study is of {self.study.first}")

    def members(self, group: str) -> NDArray[np.bool_]:
        """Which rows of the group's table are in it."""
        return members(self.study, self.tables, group)

    def table_of_group(self, group: str) -> pd.DataFrame:
        """The rows of a group."""
        return self.tables[self.study.groups[group].table][self.members(group)]


def load(folder: str | os.PathLike[str] | None = None, study: Study | None = None) -> Cohort:
    """Load a cohort and derive its columns.

    Parameters
    ----------
    folder : path-like, optional
        Folder with a CSV file a table; left out, the folder that the environment variable
        `COHORT` names, or else the shipped cohort.
    study : Study, optional
        The study whose contract the tables have to meet; the shipped one when left out.

    Returns
    -------
    Cohort

    Raises
    ------
    CohortError
        When a file is missing or unreadable, or a table does not meet the contract; or when of a
        cohort of fewer than `disclosure.SMALL` patients only aggregates may be shown.

    Notes
    -----
    Columns that the contract does not name are kept, as text; one with the name of a derived
    column is replaced by it. Blank rows at the end of a file are left out. Times of the same unit
    that differ by no more than rounding errors are made equal, as R does (`contract.ties`).

    The cohort that `COHORT` names has no identifiers, exact times, dates and ages
    (`contract.coarsened`), unless the variable `ROWS` is 1; one whose folder is given has them.
    """
    study = study or published.load()
    only_aggregates = folder is None and disclosure.only_aggregates()
    folder = Path(folder or os.environ.get("COHORT") or published.DATA / "cohort")
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing of that name"
        raise CohortError(f"{folder}: a folder with {_files(study)} was expected, found {found}")
    paths = {table: folder / f"{table}.csv" for table in study.tables}
    contents: dict[str, bytes] = {}
    cells: dict[str, pd.DataFrame] = {}
    errors: list[CohortError] = []
    for table, path in paths.items():
        try:
            contents[table] = files.content(path)
            cells[table] = files.text(path, contents[table], study, table)
        except CohortError as error:
            errors.append(error)
    described = files.about(folder)
    own = declared.own_study(study, folder / files.ABOUT, described, cells)
    if not errors and recorded.is_recorded(study, contents):
        tables = {
            table: columns.typed(text, study.tables[table].columns) for table, text in cells.items()
        }
    else:
        tables = {}
        for table, text in cells.items():
            try:
                tables[table] = columns.checked(paths[table], text, own, table)
            except CohortError as error:
                errors.append(error)
    if errors:
        raise CohortError(*collected(errors), where=folder)
    tables = ties.equal(own, tables)
    relations.check(paths, tables, cells, own, folder)
    if only_aggregates:
        _refuse_a_few(paths[study.first], tables[study.first])
        tables = coarsened.coarsened(own, tables)
    name = str(described.get("title") or described.get("name") or folder.resolve().name)
    if only_aggregates:
        disclosure.called(name)
    return Cohort(
        tables=derive(own, tables),
        study=own,
        name=name,
        synthetic=described.get("synthetic") is True,
        folder=folder,
        lacking=declared.lacks(study, own),
        words=declared.words(study, own),
    )


def _refuse_a_few(path: Path, patients: pd.DataFrame) -> None:
    """Refuse a cohort of which nothing could be told that is not told of one of its patients."""
    if disclosure.few(len(patients)):
        raise CohortError(
            f"{path}: a book of aggregates needs at least {disclosure.SMALL} patients, found "
            f"{len(patients)}: whatever it told would point at one of them; ROWS=1 builds a book "
            "that shows them, which is not for publication"
        )


def _files(study: Study) -> str:
    return " and ".join(f"{table}.csv" for table in study.tables)


def of_tables(
    tables: dict[str, pd.DataFrame], study: Study, name: str, *, checked_before: bool = False
) -> Cohort:
    """A synthetic cohort from tables in memory, held to the same contract as files.

    Parameters
    ----------
    tables : dict of DataFrames
        Every column of the contract, as the search writes them or as a cohort holds them.
    study : Study
    name : str
        What to call the cohort; a message of what is wrong begins with it.
    checked_before : bool
        Whether their cells need no check again.

    Returns
    -------
    Cohort

    Raises
    ------
    CohortError
        When a table does not meet the contract; rows count from 1.
    """
    given = {}
    for table, spec in study.tables.items():
        if missing := [column for column in spec.columns if column not in tables[table]]:
            raise CohortError(f"{name}, {table}, column {missing[0]}: it is missing")
        frame = tables[table][list(spec.columns)].copy()
        frame.index = pd.RangeIndex(1, len(frame) + 1)
        for column, values in frame.items():
            if isinstance(values.dtype, pd.CategoricalDtype):
                frame[column] = values.astype(object)
            elif pd.api.types.is_datetime64_any_dtype(values):
                frame[column] = values.dt.strftime("%Y-%m-%d")
        given[table] = frame
    checked = {
        table: columns.typed(frame, study.tables[table].columns)
        if checked_before
        else columns.validated(Path(name) / f"{table}.csv", frame, frame, study, table)
        for table, frame in given.items()
    }
    checked = ties.equal(study, checked)
    paths = {table: Path(name) / f"{table}.csv" for table in study.tables}
    relations.check(paths, checked, given, study, Path(name))
    return Cohort(tables=derive(study, checked), study=study, name=name, synthetic=True)
