"""Checking rows against rows: lesions and their patients, and times in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ..published import Study
from .files import CohortError, place

DAYS_PER_MONTH = 30.4375


def check(
    folder: Path, tables: dict[str, pd.DataFrame], raw: dict[str, pd.DataFrame], study: Study
) -> None:
    """Refuse rows without an owner, owners with too few or too many, and times out of order."""
    for name, table in study.tables.items():
        if table.of is None:
            continue
        parents, key = tables[name][table.parent], study.tables[table.of].key
        known = set(tables[table.of][key])
        for line, value in zip(raw[name].index, parents, strict=True):
            if value not in known:
                raise CohortError(
                    f"{place(folder / f'{name}.csv', table.parent, line)}: a {key} of "
                    f"{table.of}.csv was expected, found {value!r}"
                )
        allowed = sorted(table.per_row or {})
        counts = parents.value_counts()
        for line, value in zip(raw[table.of].index, tables[table.of][key], strict=True):
            if (found := int(counts.get(value, 0))) not in allowed:
                raise CohortError(
                    f"{place(folder / f'{table.of}.csv', key, line)}: {allowed[0]} to "
                    f"{allowed[-1]} rows of {name}.csv were expected for {value!r}, found {found}"
                )
    for rule in study.rules:
        if rule.assumed:
            continue
        values = tables[rule.table][rule.column]
        if rule.limit is not None:
            limit = _of_owner(study, tables, rule.table, rule.limit)
            wanted = f"{'less than' if rule.before else 'at most'} {rule.limit} ({{:g}})"
            late = rule.is_broken(values, limit)
        else:
            limit = _of_owner(study, tables, rule.table, rule.plus or "")
            end = values + pd.to_timedelta((limit * DAYS_PER_MONTH).astype(float), unit="D")
            late = end.dt.date > rule.ends_by
            wanted = f"a date that with {rule.plus} ({{:g}} months) ends by {rule.ends_by}"
        if late.any():
            row = int(late.to_numpy().argmax())
            where = place(folder / f"{rule.table}.csv", rule.column, raw[rule.table].index[row])
            found_text = raw[rule.table][rule.column].iloc[row]
            raise CohortError(
                f"{where}: {wanted.format(limit.iloc[row])} was expected, found {found_text!r}"
            )


def _of_owner(
    study: Study, tables: dict[str, pd.DataFrame], table: str, column: str
) -> pd.Series[Any]:
    """A column of the owning table, a value for each row of a table; or the table's own column."""
    spec = study.tables[table]
    if spec.of is None:
        return tables[table][column]
    owners = tables[spec.of].set_index(study.tables[spec.of].key)
    return tables[table][spec.parent].map(owners[column])
