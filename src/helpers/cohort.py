"""The data contract: tables that meet it become a `Cohort`; others are refused in one sentence.

The contract stands in the study's YAML (`tables` and `rules`). pandera checks columns; this module
adds what it has no words for (file, row, expected, found; order in time; lesions and their
patients), and the columns that are derived on loading.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from . import published
from .published import Column, Study

DAYS_PER_MONTH = 30.4375
_NUMBER = r"(?a:[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)"
_FORMATS = {"category": "one of", "flag": "0 or 1", "date": "a date such as 2019-05-31"}


class CohortError(ValueError):
    """Tables that do not meet the data contract; the message names file, column and row."""


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
    """

    tables: dict[str, pd.DataFrame]
    study: Study
    name: str
    synthetic: bool
    folder: Path | None = None

    @property
    def patients(self) -> pd.DataFrame:
        """A row a patient."""
        return self.tables["patients"]

    @property
    def lesions(self) -> pd.DataFrame:
        """A row a lesion."""
        return self.tables["lesions"]

    def members(self, group: str) -> NDArray[np.bool_]:
        """Which rows of the group's table are in it."""
        return members(self.study, self.tables, group)

    def table_of_group(self, group: str) -> pd.DataFrame:
        """The rows of a group."""
        return self.tables[self.study.groups[group].table][self.members(group)]


def members(study: Study, tables: dict[str, pd.DataFrame], group: str) -> NDArray[np.bool_]:
    """Which rows of a group's table meet its conditions; a missing value meets none."""
    spec = study.groups[group]
    frame = tables[spec.table]
    inside = np.ones(len(frame), bool)
    for condition in spec.where:
        column = frame[condition.column]
        if condition.one_of is not None:
            inside &= column.isin(condition.one_of).to_numpy()
        elif condition.at_most is not None:
            inside &= (column.astype(float) <= condition.at_most).to_numpy(bool)
        elif condition.above is not None:
            inside &= (column.astype(float) > condition.above).to_numpy(bool)
        else:
            inside &= (column.astype(float) >= (condition.at_least or 0.0)).to_numpy(bool)
    return inside


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
        When a file is missing or unreadable, or a table does not meet the contract.

    Notes
    -----
    Columns that the contract does not name are kept, as text; one with the name of a derived
    column is replaced by it. Blank rows at the end of a file are left out.
    """
    study = study or published.load()
    folder = Path(folder or os.environ.get("COHORT") or published.DATA / "cohort")
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing of that name"
        raise CohortError(f"{folder}: a folder with {_files(study)} was expected, found {found}")
    raw = {name: _read(folder / f"{name}.csv", study, name) for name in study.tables}
    tables = {
        name: _checked(folder / f"{name}.csv", frame, study, name) for name, frame in raw.items()
    }
    _check_relations(folder, tables, raw, study)
    about = _about(folder)
    return Cohort(
        tables=derive(study, tables),
        study=study,
        name=str(about.get("title") or about.get("name") or folder.resolve().name),
        synthetic=about.get("synthetic") is True,
        folder=folder,
    )


def _files(study: Study) -> str:
    return " and ".join(f"{name}.csv" for name in study.tables)


def _about(folder: Path) -> dict[str, Any]:
    """What the cohort says of itself."""
    path = folder / "datapackage.json"
    if not path.exists():
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CohortError(f"{path}: not readable as JSON: {error}") from None
    if not isinstance(about, dict):
        raise CohortError(f"{path}: a JSON object was expected, found {type(about).__name__}")
    if not isinstance(synthetic := about.get("synthetic", False), bool):
        raise CohortError(f"{path}: true or false was expected for synthetic, found {synthetic!r}")
    return about


def _read(path: Path, study: Study, table: str) -> pd.DataFrame:
    """A CSV file as text, blank cells missing, indexed by the line of the file."""
    header, records = _records(path)
    for column in study.tables[table].columns:
        if column not in header:
            raise CohortError(f"{path}, column {column}: it is missing; found {', '.join(header)}")
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise CohortError(f"{path}, column {twice[0] or '(no name)'}: it stands twice")
    if not records:
        raise CohortError(f"{path}: rows were expected, found only a header")
    for line, cells in records.items():
        if len(cells) != len(header):
            found = len(cells) if any(cells) else "a blank line"
            raise CohortError(
                f"{path}, row {line}: {len(header)} cells were expected, found {found}"
            )
    frame = pd.DataFrame.from_dict(records, orient="index", columns=header, dtype=object)
    return frame.mask(frame == "")


def _records(path: Path) -> tuple[list[str], dict[int, list[str]]]:
    """Header and rows of a CSV file, rows by the line on which they end; blank rows at the end fall.

    pandas pads rows that are too short without a word, and does not tell lines of the file.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise CohortError(f"{path}: no such file") from None
    except OSError as error:
        raise CohortError(f"{path}: not readable: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CohortError(
            f"{path}, row {line}: text in UTF-8 was expected, found byte "
            f"0x{raw[error.start]:02x}; save the file as CSV UTF-8"
        ) from None
    if "\0" in text:
        raise CohortError(f"{path}: text in UTF-8 was expected; save the file as CSV UTF-8")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: dict[int, list[str]] = {}
    try:
        for cells in reader:
            rows[reader.line_num] = [cell.strip() for cell in cells]
    except csv.Error as error:
        raise CohortError(f"{path}, row {reader.line_num}: not readable as CSV: {error}") from None
    while rows and not any(rows[max(rows)]):
        del rows[max(rows)]
    if not rows:
        raise CohortError(f"{path}: a header and rows were expected, found an empty file")
    header = rows.pop(min(rows))
    for name, mark in (("semicolons", ";"), ("tabs", "\t")):
        if len(header) == 1 and mark in header[0]:
            raise CohortError(
                f"{path}: columns separated by commas were expected, found {name}; save the file "
                "as CSV with commas, and with points as decimal marks"
            )
    return header, rows


def expected(column: Column) -> str:
    """What a cell of a column has to be, in words."""
    blank = " or nothing" if column.optional else ""
    if column.type in ("id", "parent"):
        return "an identifier"
    if column.type == "category":
        return f"one of {', '.join(column.levels)}{blank}"
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
    return pa.DataFrameSchema(
        {name: _schema(column) for name, column in study.tables[table].columns.items()},
        coerce=True,
    )


def _schema(column: Column) -> pa.Column:
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


def of_tables(tables: dict[str, pd.DataFrame], study: Study, name: str) -> Cohort:
    """A synthetic cohort from tables in memory, held to the same contract as files.

    Parameters
    ----------
    tables : dict of DataFrames
        Every column of the contract, as the search writes them or as a cohort holds them.
    study : Study
    name : str
        What to call the cohort; a message of what is wrong begins with it.

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
        table: _typed(Path(name) / f"{table}.csv", frame, frame, study, table)
        for table, frame in given.items()
    }
    _check_relations(Path(name), checked, given, study)
    return Cohort(tables=derive(study, checked), study=study, name=name, synthetic=True)


def _checked(path: Path, frame: pd.DataFrame, study: Study, table: str) -> pd.DataFrame:
    """The text of a file as typed columns."""
    columns = study.tables[table].columns
    text = frame.copy()
    for name, column in columns.items():
        if column.type in ("flag", "integer", "number"):
            # Python takes more for a number than people do: nan, inf, 1_000, other digits.
            cells = frame[name]
            plain = cells.isna() | cells.astype(str).str.fullmatch(_NUMBER)
            text[name] = cells.where(plain, "inf")  # which no limit lets pass
    return _typed(path, frame, text, study, table)


def _typed(
    path: Path, frame: pd.DataFrame, text: pd.DataFrame, study: Study, table: str
) -> pd.DataFrame:
    """Cells that meet the schema, in the types of their columns; `frame` is what a message shows."""
    columns = study.tables[table].columns
    try:
        typed = schema(study, table).validate(text, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise CohortError(_first_failure(path, frame, columns, errors.failure_cases)) from None
    for name, column in columns.items():
        if column.type in ("flag", "integer"):
            typed[name] = typed[name].astype("Int64" if column.optional else "int64")
        elif column.type == "category":
            typed[name] = pd.Categorical(typed[name], categories=list(column.levels))
        elif column.type == "date":
            typed[name] = pd.to_datetime(typed[name], format="%Y-%m-%d")
    return typed.reset_index(drop=True)


def _first_failure(
    path: Path, frame: pd.DataFrame, columns: dict[str, Column], cases: pd.DataFrame
) -> str:
    """The first failure in reading order, and how many cells fail besides."""
    cases = cases.dropna(subset=["index"])
    cells = set(zip(cases["index"].astype(int), cases["column"].astype(str), strict=True))
    order = {name: position for position, name in enumerate(frame.columns)}
    line, name = min(cells, key=lambda cell: (cell[0], order[cell[1]]))
    found, column = frame.loc[line, name], columns[name]
    shown = "nothing" if pd.isna(found) else repr(str(found))
    wanted = expected(column)
    if column.type == "id" and not pd.isna(found):
        line = frame.index[frame[name] == found][1]
        wanted = "an identifier that stands once"
    if column.type in ("integer", "number") and re.fullmatch(r"[-+]?\d+,\d+", str(found)):
        shown += ", with a comma where a decimal point belongs"
    more = len(cells) - 1
    also = f" (and {more} more cell{'s' * (more > 1)})" if more else ""
    return f"{_cell(path, name, line)}: {wanted} was expected, found {shown}{also}"


def _cell(path: Path, column: str, line: int) -> str:
    """A place in a file, its lines counted as an editor does: the header is line 1."""
    return f"{path}, column {column}, row {line}"


def _check_relations(
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
                    f"{_cell(folder / f'{name}.csv', table.parent, line)}: a {key} of "
                    f"{table.of}.csv was expected, found {value!r}"
                )
        allowed = sorted(table.per_row or {})
        counts = parents.value_counts()
        for line, value in zip(raw[table.of].index, tables[table.of][key], strict=True):
            if (found := int(counts.get(value, 0))) not in allowed:
                raise CohortError(
                    f"{_cell(folder / f'{table.of}.csv', key, line)}: {allowed[0]} to "
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
            place = _cell(folder / f"{rule.table}.csv", rule.column, raw[rule.table].index[row])
            found_text = raw[rule.table][rule.column].iloc[row]
            raise CohortError(
                f"{place}: {wanted.format(limit.iloc[row])} was expected, found {found_text!r}"
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


def derive(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables with the columns that a study derives: summaries, endpoints and groupings."""
    tables = {name: frame.copy() for name, frame in tables.items()}
    for name, derived in study.derived.items():
        frame, child = tables[derived.table], tables[derived.child]
        grouped = child.groupby(study.tables[derived.child].parent)
        if derived.how == "count":
            summary = grouped.size()
        else:
            summary = grouped[str(derived.column)].agg("max" if derived.how == "maximum" else "min")
        frame[name] = frame[study.tables[derived.table].key].map(summary)
    frame = tables[study.first]
    for endpoint in study.endpoints.values():
        if endpoint.onset and endpoint.end:
            onset, end = frame[endpoint.onset].astype(float), frame[endpoint.end].astype(float)
            frame[endpoint.event] = (onset <= end).astype("int64")
            frame[endpoint.time] = onset.where(onset <= end, end)
    for name, groups in study.groupings.items():
        labels = [study.groups[group].label for group in groups]
        values = np.full(len(frame), None, object)
        for group, label in zip(groups, labels, strict=True):
            values[members(study, tables, group)] = label
        frame[name] = pd.Categorical(values, categories=labels, ordered=True)
    return tables
