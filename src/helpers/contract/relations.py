"""Checking rows against rows: lesions and their patients, and times in their order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ..published import Study
from .faults import CohortError, Fault, place

DAYS_PER_MONTH = 30.4375


def check(
    paths: dict[str, Path],
    tables: dict[str, pd.DataFrame],
    raw: dict[str, pd.DataFrame],
    study: Study,
    where: Path,
) -> None:
    """Refuse rows without an owner, owners with too few or too many, and times out of order.

    Parameters
    ----------
    paths : dict of Paths
        What a message calls the file of each table.
    tables, raw : dict of DataFrames
        Typed columns, and the same cells as text, indexed by the line of the file.
    study : Study
    where : Path
        With which the message of several faults begins.

    Raises
    ------
    CohortError
    """
    faults = [*_of_owners(paths, tables, raw, study)] or [*_by_rules(paths, tables, raw, study)]
    if faults:
        raise CohortError(*faults, where=where)


def _of_owners(
    paths: dict[str, Path],
    tables: dict[str, pd.DataFrame],
    raw: dict[str, pd.DataFrame],
    study: Study,
) -> Iterator[Fault]:
    """Rows without an owner, and owners with too few or too many."""
    for name, table in study.tables.items():
        if table.of is None:
            continue
        parents, key = tables[name][table.parent], study.tables[table.of].key
        owners = tables[table.of][key]
        if strays := _lines(raw[name], ~parents.isin(owners)):
            line, row = strays[0]
            yield Fault(
                f"{place(paths[name], table.parent, line)}: a {key} of "
                f"{table.of}.csv was expected, found {parents.iloc[row]!r}",
                len(strays),
            )
            continue  # owners lack the rows that are astray
        allowed = sorted(table.per_row or {})
        counts = owners.map(parents.value_counts()).fillna(0).astype(int)
        if off := _lines(raw[table.of], ~counts.isin(allowed)):
            line, row = off[0]
            yield Fault(
                f"{place(paths[table.of], key, line)}: {allowed[0]} to "
                f"{allowed[-1]} rows of {name}.csv were expected for {owners.iloc[row]!r}, "
                f"found {counts.iloc[row]}",
                len(off),
            )


def _by_rules(
    paths: dict[str, Path],
    tables: dict[str, pd.DataFrame],
    raw: dict[str, pd.DataFrame],
    study: Study,
) -> Iterator[Fault]:
    """Times out of order."""
    for rule in study.rules:
        if rule.assumed:
            continue
        values = tables[rule.table][rule.column]
        limit = _of_owner(study, tables, rule.table, rule.limit or rule.plus or "")
        if rule.limit is not None:
            wanted = f"{'less than' if rule.before else 'at most'} {rule.limit} ({{:g}})"
            late = rule.is_broken(values, limit)
        else:
            end = values + pd.to_timedelta((limit * DAYS_PER_MONTH).astype(float), unit="D")
            late = end.dt.date > rule.ends_by
            wanted = f"a date that with {rule.plus} ({{:g}} months) ends by {rule.ends_by}"
        if broken := _lines(raw[rule.table], late):
            line, row = broken[0]
            yield Fault(
                f"{place(paths[rule.table], rule.column, line)}: "
                f"{wanted.format(limit.iloc[row])} was expected, found "
                f"{raw[rule.table][rule.column].iloc[row]!r}",
                len(broken),
            )


def _lines(raw: pd.DataFrame, wrong: pd.Series[bool]) -> list[tuple[int, int]]:
    """The lines of a file that are wrong, and which rows they are."""
    known = wrong.astype("boolean").fillna(False).to_numpy(bool)
    return [(int(line), row) for row, line in enumerate(raw.index) if known[row]]


def _of_owner(
    study: Study, tables: dict[str, pd.DataFrame], table: str, column: str
) -> pd.Series[Any]:
    """A column of the owning table, a value for each row of a table; or the table's own column."""
    spec = study.tables[table]
    if spec.of is None:
        return tables[table][column]
    owners = tables[spec.of].set_index(study.tables[spec.of].key)
    return tables[table][spec.parent].map(owners[column])
