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


def flatten(study: Study, members: list[Tables]) -> pd.DataFrame:
    """Cohorts as one table: a row a row of the study's last table, its owner's columns repeated.

    Parameters
    ----------
    study : Study
    members : list of dicts of DataFrames
        Every column of the contract.

    Returns
    -------
    DataFrame
        Column `cohort`, from 0, and `table.column` for each column of the contract but the one
        that names an owner, which stands beside it.
    """
    frames = []
    for number, tables in enumerate(members):
        first = _named(study, study.first, tables)
        for name in list(study.tables)[1:]:
            parent = study.tables[name].parent
            key = f"{study.first}.{study.tables[study.first].key}"
            child = _named(study, name, tables).rename(columns={f"{name}.{parent}": key})
            first = first.merge(child, on=key, how="left", sort=False, validate="one_to_many")
        first.insert(0, "cohort", number)
        frames.append(first)
    return pd.concat(frames, ignore_index=True)


def unflatten(study: Study, flat: pd.DataFrame) -> Tables:
    """The tables of `flatten`, one below the other, each with its column `cohort`."""
    found: Tables = {}
    for name, spec in study.tables.items():
        names = {f"{name}.{column}": column for column in spec.columns}
        if spec.of is not None:
            key = study.tables[spec.of].key
            names = {f"{spec.of}.{key}" if k == f"{name}.{spec.parent}" else k: v
                     for k, v in names.items()}  # fmt: skip
        frame = flat[["cohort", *names]].rename(columns=names)
        if spec.of is None:
            frame = frame.drop_duplicates(["cohort", spec.key])
        frame = frame.reset_index(drop=True)
        for column, kind in spec.columns.items():
            frame[column] = _restored(frame[column], kind)
        found[name] = frame
    return found


def to_bytes(study: Study, flat: pd.DataFrame, about: dict[str, str]) -> bytes:
    """A table of `flatten`, and whatever columns stand beside it, as a Parquet file.

    Parameters
    ----------
    study : Study
    flat : DataFrame
    about : dict of str
        What the file says of itself.
    """
    kinds = {
        f"{name}.{column}": _arrow_type(kind)
        for name, table in study.tables.items()
        for column, kind in table.columns.items()
    }
    arrays: dict[str, pa.Array] = {}
    for name, values in flat.items():
        arrays[str(name)] = _arrow(values, kinds.get(str(name)))
    table = pa.table(arrays).replace_schema_metadata(about)
    sink = io.BytesIO()
    pq.write_table(
        table,
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


def from_bytes(content: bytes, where: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table of a Parquet file and what it says of itself.

    Raises
    ------
    EnsembleError
        When it cannot be read.
    """
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise EnsembleError(f"{where}: not readable as Parquet: {reason}") from None
    about = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return table.to_pandas(), about


def _named(study: Study, name: str, tables: Tables) -> pd.DataFrame:
    columns = list(study.tables[name].columns)
    return tables[name][columns].add_prefix(f"{name}.")


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
        return pa.array(values, from_pandas=True)
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
