"""Making the tables of the contract from one's own by a mapping, or saying all that stands against it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .. import package
from ..contract import columns, files, relations, ties
from ..contract.faults import CohortError, Fault, collected
from ..contract.relations import DAYS_PER_MONTH
from ..published import Study
from . import decoding, vocabulary
from .declaration import to_meet
from .readers import TableReader
from .sheets import read_table
from .sources import Source
from .vocabulary import MAPPING, OwnTable


@dataclass(frozen=True)
class Made:
    """The tables that were made, and how.

    Attributes
    ----------
    files : dict of bytes
        By name.
    account : list of str
        A line for each column: used, computed or left empty; and one for those that are left out.
    """

    files: dict[str, bytes]
    account: list[str]


def make(study: Study, folder: Path) -> Made:
    """The tables of the contract, as the mapping in a folder makes them.

    Parameters
    ----------
    study : Study
    folder : Path
        Where the mapping is, and what the cohort declares of itself; files are named from there.

    Returns
    -------
    Made
        Without the columns of which nothing is said and that may be missing.

    Raises
    ------
    CohortError
        With everything in the mapping and in the tables that cannot be understood.
    """
    mapping = vocabulary.read_mapping(folder / MAPPING)
    where = folder / MAPPING
    faults = [
        f"{where}: {name}: one of the tables {', '.join(study.tables)} was expected"
        for name in mapping
        if name not in study.tables
    ]
    faults += [
        f"{where}: {name}: the table is missing" for name in study.tables if name not in mapping
    ]
    if faults:
        raise CohortError(*faults)
    errors: list[CohortError] = []
    sources: dict[str, Source] = {}
    for name in study.tables:
        said = mapping[name]
        try:
            sources[name] = Source(read_table(own_path(folder, said), said), said, where)
        except CohortError as error:
            errors.append(error)
    own = to_meet(study, folder, sources)
    readers: dict[str, TableReader] = {}
    for name, source in sources.items():
        owner = readers.get(study.tables[name].of or "")
        without = [one for one in study.tables[name].columns if one not in own.tables[name].columns]
        readers[name] = TableReader(own, name, source, owner, tuple(without))
    found = [*collected(errors), *(one for reader in readers.values() for one in reader.faults())]
    if found:
        raise CohortError(*_once(found), where=where)
    contents = {name: package.csv(reader.table()) for name, reader in readers.items()}
    _check(own, readers, contents, where)
    return Made(
        {f"{name}.csv": content for name, content in contents.items()},
        list(_account(readers)),
    )


def _once(faults: list[Fault]) -> list[Fault]:
    """Each fault once: two tables can be made of one column."""
    most: dict[str, Fault] = {}
    for fault in faults:
        if fault.first not in most or most[fault.first].times < fault.times:
            most[fault.first] = fault
    return list(most.values())


def _account(readers: dict[str, TableReader]) -> Iterator[str]:
    """What was done with each column of the contract, by which rule, and with which of one's own."""
    for reader in readers.values():
        yield from reader.account()
    if any(reader.computes for reader in readers.values()):
        yield (
            f"computed: a month is {DAYS_PER_MONTH} days, a year twelve months; rounded to "
            f"{decoding.DECIMALS} decimals"
        )
    unused: dict[str, list[str]] = {}
    for reader in readers.values():
        left = reader.left_out
        unused[reader.origin] = [one for one in unused.get(reader.origin, left) if one in left]
    for origin, left in unused.items():
        yield f"not used of {origin}: {', '.join(one or '(no name)' for one in left) or 'nothing'}"


def own_path(folder: Path, said: OwnTable) -> Path:
    """Where a table of one's own is, as short as it can be told."""
    return Path(os.path.normpath(folder / said.table))


def _check(
    study: Study, readers: dict[str, TableReader], contents: dict[str, bytes], where: Path
) -> None:
    """Refuse what the contract refuses of these files, by one's own files and rows."""
    paths = {name: reader.path for name, reader in readers.items()}
    cells: dict[str, pd.DataFrame] = {}
    typed: dict[str, pd.DataFrame] = {}
    errors: list[CohortError] = []
    for name, content in contents.items():
        try:
            cells[name] = files.text(paths[name], content, study, name)
            cells[name].index = pd.Index(readers[name].rows)
            typed[name] = columns.checked(paths[name], cells[name], study, name)
        except CohortError as error:
            errors.append(error)
    if errors:
        raise CohortError(*collected(errors), where=where)
    relations.check(paths, ties.equal(study, typed), cells, study, where=where)


__all__ = ["Made", "make", "own_path"]
