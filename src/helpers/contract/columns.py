"""Checking the columns of a table: each cell against its column's type, levels and limits.

pandera is imported where it is used: it costs as much as all else that a chapter opens with but the
drawings, and the shipped cohort does without (`recorded`).
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import package
from ..published import Column, Study
from . import files
from .faults import CohortError, Fault, place

if TYPE_CHECKING:
    import pandera.pandas as pa

_COMMA = r"[-+]?\d+,\d+"
_WAYS = 5
"""How many words that a column does not know are told one by one."""
_FORMATS = {"category": "one of", "flag": "0 or 1", "date": "a date such as 2019-05-31"}


def expected(column: Column) -> str:
    """What a cell of a column has to be, in words."""
    blank = " or nothing" if column.optional else ""
    if column.type in ("id", "parent"):
        return "an identifier"
    if column.type == "category":
        return f"{f'one of {words}' if (words := ', '.join(column.levels)) else 'a word'}{blank}"
    if column.type in ("flag", "date"):
        limits = f" from {column.minimum} to {column.maximum}" if column.minimum is not None else ""
        return f"{_FORMATS[column.type]}{limits if column.type == 'date' else ''}{blank}"
    kind = "a whole number" if column.type == "integer" else "a number"
    if column.minimum is not None and column.maximum is not None:
        kind += f" from {column.minimum:g} to {column.maximum:g}"
    elif column.minimum is not None:
        kind += f" of at least {column.minimum:g}"
    elif column.maximum is not None:
        kind += f" of at most {column.maximum:g}"
    return f"{kind}{blank}"


def schema(study: Study, table: str) -> pa.DataFrameSchema:
    """The pandera schema of a table's columns."""
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {name: _schema(column) for name, column in study.tables[table].columns.items()},
        coerce=True,
    )


def _schema(column: Column) -> pa.Column:
    import pandera.pandas as pa

    checks: list[pa.Check] = []
    dtype: Any = {"id": str, "parent": str, "category": str}.get(column.type, float)
    if column.type == "category":
        checks.append(pa.Check.isin(column.levels))
    elif column.type == "flag":
        checks.append(pa.Check.isin([0.0, 1.0]))
    elif column.type == "date":
        dtype = str
        checks.append(pa.Check(lambda text: _is_date(text, column), element_wise=True))
    elif column.type in ("integer", "number"):
        low = -np.inf if column.minimum is None else column.minimum
        high = np.inf if column.maximum is None else column.maximum
        checks.append(pa.Check.in_range(low, high))
        checks.append(pa.Check(np.isfinite))
        if column.type == "integer":
            checks.append(pa.Check(lambda values: values % 1 == 0))
    return pa.Column(
        dtype, checks, nullable=column.optional, unique=column.type == "id", coerce=True
    )


def _is_date(text: str, column: Column) -> bool:
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        return False
    if date.isoformat() != text:
        return False  # other ways to write a date in ISO 8601
    low, high = column.minimum, column.maximum
    return (not isinstance(low, datetime.date) or date >= low) and (
        not isinstance(high, datetime.date) or date <= high
    )


def checked(path: Path, cells: pd.DataFrame, study: Study, table: str) -> pd.DataFrame:
    """The text of a file as typed columns.

    Parameters
    ----------
    path : Path
        What a message calls the file.
    cells : DataFrame
        The cells as text, missing where they are blank, indexed by the line of the file.
    study : Study
    table : str

    Raises
    ------
    CohortError
        When a column is missing or a cell is not what its column expects.
    """
    text = cells.copy()
    for name, column in study.tables[table].columns.items():
        if name in cells and column.type in ("flag", "integer", "number"):
            # Python takes more for a number than people do: nan, inf, 1_000, other digits.
            plain = cells[name].isna() | cells[name].astype(str).str.fullmatch(package.NUMBER)
            text[name] = cells[name].where(plain, "inf")  # which no limit lets pass
    return validated(path, cells, text, study, table)


def validated(
    path: Path, cells: pd.DataFrame, values: pd.DataFrame, study: Study, table: str
) -> pd.DataFrame:
    """Values that meet the schema, as typed columns; `cells` is what a message shows of them."""
    try:
        import pandera.pandas as pa
    except ModuleNotFoundError:
        raise CohortError(
            f"{path}: only tables of this book can be read here, since pandera is not installed"
        ) from None
    columns = study.tables[table].columns
    lacking = files.missing(path, values.columns, study, table)
    try:
        valid = (
            schema(study, table)
            .select_columns([name for name in columns if name in values])
            .validate(values, lazy=True)
        )
    except pa.errors.SchemaErrors as errors:
        raise CohortError(
            *lacking, *_failures(path, cells, columns, errors.failure_cases)
        ) from None
    if lacking:
        raise CohortError(*lacking)
    return typed(valid, columns)


def typed(values: pd.DataFrame, columns: dict[str, Column]) -> pd.DataFrame:
    """Values that are known to be valid, in the types of their columns, as numbers or as text."""
    values = values.copy()
    for name, column in columns.items():
        if column.type in ("flag", "integer", "number"):
            values[name] = values[name].astype(float)
        if column.type in ("flag", "integer"):
            values[name] = values[name].astype("Int64" if column.optional else "int64")
        elif column.type == "category":
            values[name] = pd.Categorical(values[name], categories=list(column.levels))
        elif column.type == "date":
            values[name] = pd.to_datetime(values[name], format="%Y-%m-%d")
    return values.reset_index(drop=True)


def _failures(
    path: Path, cells: pd.DataFrame, columns: dict[str, Column], cases: pd.DataFrame
) -> list[Fault]:
    """What fails, a fault each way in which a column fails, in reading order of their first cells."""
    cases = cases.dropna(subset=["index"])
    failing = set(zip(cases["index"].astype(int), cases["column"].astype(str), strict=True))
    order = {name: position for position, name in enumerate(cells.columns)}
    ways: dict[tuple[str, str], list[int]] = {}
    for line, name in sorted(failing, key=lambda cell: (cell[0], order[cell[1]])):
        way = _way(cells.loc[line, name], columns[name])
        ways.setdefault((name, way), []).append(line)
    frequent = {name: 0 for name in columns}
    faults = []
    others: dict[str, list[int]] = {}
    for (name, _), lines in sorted(ways.items(), key=lambda way: -len(way[1])):
        frequent[name] += 1
        if frequent[name] > _WAYS:
            others.setdefault(name, []).extend(lines)
        else:
            faults.append(Fault(_sentence(path, cells, name, columns[name], lines[0]), len(lines)))
    for name, lines in others.items():
        faults.append(Fault(_sentence(path, cells, name, columns[name], min(lines)), len(lines)))
    return faults


def _way(found: Any, column: Column) -> str:
    """In which way a cell fails: as nothing, by a comma, as a word of its own, or otherwise."""
    if pd.isna(found):
        return "nothing"
    if column.type in ("integer", "number") and re.fullmatch(_COMMA, str(found)):
        return "comma"
    return str(found) if column.type in ("category", "flag") else "otherwise"


def _sentence(path: Path, cells: pd.DataFrame, name: str, column: Column, line: int) -> str:
    found = cells.loc[line, name]
    shown = "nothing" if pd.isna(found) else repr(str(found))
    wanted = expected(column)
    if column.type == "id" and not pd.isna(found):
        line = cells.index[cells[name] == found][1]
        wanted = "an identifier that stands once"
    if _way(found, column) == "comma":
        shown += ", with a comma where a decimal point belongs"
    return f"{place(path, name, line)}: {wanted} was expected, found {shown}"
