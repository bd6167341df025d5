"""One file for many cohorts: Parquet, a row a row of the second table, the same bytes every time.

pyarrow writes and pandas reads it (`pandas.read_parquet`). Columns are `cohort`, `measure`,
`shard`, those of the chain's record, and `table.column` for every column of the data contract.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..published import Column, Study

Tables = dict[str, pd.DataFrame]
_ROWS_A_GROUP = 1 << 17
_AFTER = b"chain"


class EnsembleError(ValueError):
    """An ensemble that cannot be drawn, read or used; the message says why."""


def columns(study: Study) -> list[str]:
    """Names of the columns that hold the tables of a study.

    The column that names an owner is the owner's identifier, which stands there once.
    """
    return [
        f"{name}.{column}"
        for name, table in study.tables.items()
        for column, kind in table.columns.items()
        if kind.type != "parent"
    ]


def stacked(study: Study, members: list[Tables]) -> Tables:
    """Tables of many cohorts one below the other, each with its number in the column `cohort`."""
    numbers = range(len(members))
    return {
        name: pd.concat([tables[name] for tables in members], keys=numbers, names=["cohort"])
        .reset_index("cohort")
        .reset_index(drop=True)
        for name in study.tables
    }


def flatten(study: Study, tables: Tables, record: pd.DataFrame) -> pd.DataFrame:
    """Tables of many cohorts as one: a row a row of the last table, its owner's columns repeated.

    Parameters
    ----------
    study : Study
    tables : dict of DataFrames
        Every column of the contract, and `cohort`.
    record : DataFrame
        A row a cohort, by its number.

    Returns
    -------
    DataFrame
        `cohort`, the columns of the record, and those named by `columns`.
    """
    beside, key = ["cohort"], f"{study.first}.{study.tables[study.first].key}"
    flat = _named(study, study.first, tables)
    for name, spec in study.tables.items():
        if spec.of is not None:
            child = _named(study, name, tables).rename(columns={f"{name}.{spec.parent}": key})
            flat = flat.merge(child, "left", [*beside, key], sort=False, validate="one_to_many")
    rows = record.loc[flat["cohort"]].reset_index(drop=True).drop(columns=beside, errors="ignore")
    return pd.concat([flat[beside], rows, flat.drop(columns=beside)], axis=1)


def unflatten(study: Study, flat: pd.DataFrame) -> tuple[Tables, pd.DataFrame]:
    """The tables and the record of `flatten`, the former as the search writes them."""
    found: Tables = {}
    for name, spec in study.tables.items():
        names = {f"{name}.{column}": column for column in spec.columns}
        if spec.of is not None:
            del names[f"{name}.{spec.parent}"]
            names[f"{spec.of}.{study.tables[spec.of].key}"] = spec.parent
        frame = flat[["cohort", *names]].rename(columns=names)
        if spec.of is None:
            frame = frame.drop_duplicates(["cohort", spec.key])
        found[name] = as_written(study, name, frame.reset_index(drop=True))
    beside = [column for column in flat if column not in columns(study)]
    return found, flat[beside].drop_duplicates("cohort").reset_index(drop=True)


def as_written(study: Study, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A table as the search writes it: `cohort`, if it is there, and the columns of the contract."""
    spec = study.tables[name]
    written = frame[[column for column in ("cohort", *spec.columns) if column in frame]].copy()
    for column, kind in spec.columns.items():
        written[column] = _restored(written[column], kind)
    return written


def to_bytes(study: Study, flat: pd.DataFrame, after: bytes | None = None) -> bytes:
    """A table of `flatten` as a Parquet file; with it, where the chain stood that drew it."""
    kinds = {
        f"{name}.{column}": _arrow_type(kind)
        for name, table in study.tables.items()
        for column, kind in table.columns.items()
    }
    arrays: dict[str, pa.Array] = {}
    for name, values in flat.items():
        arrays[str(name)] = _arrow(values, kinds.get(str(name)))
    sink = io.BytesIO()
    pq.write_table(
        pa.table(arrays).replace_schema_metadata(None if after is None else {_AFTER: after}),
        sink,
        row_group_size=_ROWS_A_GROUP,
        version="2.6",
        compression="zstd",
        compression_level=19,
        use_dictionary=True,
        write_statistics=False,
        dictionary_pagesize_limit=1 << 22,
        data_page_size=1 << 22,
    )
    return sink.getvalue()


def from_bytes(content: bytes, where: Path) -> pd.DataFrame:
    """The table of a Parquet file.

    Raises
    ------
    EnsembleError
        When it cannot be read.
    """
    try:
        return pq.read_table(io.BytesIO(content)).to_pandas()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise EnsembleError(f"{where}: not readable as Parquet: {reason}") from None


def after(content: bytes) -> bytes:
    """Where the chain stood that drew the cohorts of a file; empty where that is not kept."""
    found = pq.read_schema(io.BytesIO(content)).metadata or {}
    return bytes(found.get(_AFTER, b""))


def _named(study: Study, name: str, tables: Tables) -> pd.DataFrame:
    names = {column: f"{name}.{column}" for column in study.tables[name].columns}
    return tables[name][["cohort", *names]].rename(columns=names)


def _arrow_type(column: Column) -> pa.DataType:
    text = pa.dictionary(pa.int32(), pa.string())
    return {
        "id": text,
        "parent": text,
        "category": text,
        "flag": pa.int8(),
        "integer": pa.int32(),
        "number": pa.float64(),
        "date": pa.timestamp("ms"),
    }[column.type]


def _arrow(values: pd.Series[Any], kind: pa.DataType | None) -> pa.Array:
    """A column in the smallest type that holds it."""
    if kind is None:
        if pd.api.types.is_integer_dtype(values.dtype):
            return pa.array(values.to_numpy(np.int64))
        if isinstance(values.dtype, pd.CategoricalDtype) or values.dtype == object:
            return pa.array(values.astype(object)).dictionary_encode()
        return pa.array(values.astype("float32"), from_pandas=True)
    if pa.types.is_timestamp(kind):
        return pa.array(pd.to_datetime(values).astype("datetime64[ms]"), type=kind)
    if pa.types.is_dictionary(kind):
        # Levels in the order of the alphabet, so that no order of rows shows in the bytes.
        return pa.array(pd.Categorical(values.astype(object)), type=kind)
    return pa.array(values.astype("float64"), from_pandas=True).cast(kind)


def _restored(values: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """A column as the search writes it."""
    if column.type in ("flag", "integer"):
        return values.astype("Int64" if column.optional else "int64")
    if column.type == "date":
        return pd.to_datetime(values).dt.strftime("%Y-%m-%d")
    if column.type == "number":
        return values.astype("float64")
    return values.astype(object)
