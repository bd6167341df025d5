"""Writing a cohort: CSV tables and the Frictionless data package that describes them.

frictionless can infer and validate a package, and the tests let it; the description itself comes
from the study's YAML, so it is written here, with the standing of each column.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from .published import Column, Study

_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")
NUMBER = r"(?a:[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)"
"""A plain number, as a pattern of text."""
_TYPES = {"category": "string", "id": "string", "parent": "string", "flag": "integer"}


def descriptor(study: Study, tables: dict[str, bytes], name: str, title: str) -> dict[str, Any]:
    """Describe the tables of a synthetic cohort as a Frictionless data package.

    Parameters
    ----------
    study : Study
    tables : dict of bytes
        The CSV file of each table.
    name, title : str
        Name of the package, and what to call the cohort.

    Returns
    -------
    dict
        With `status`, `unit`, and `source` (keys of `book/references.bib`) on every field.
    """
    source = study.study
    return {
        "profile": "tabular-data-package",
        "name": name,
        "title": title,
        "synthetic": True,
        "description": (
            "A synthetic cohort that prints the numbers of a published abstract. No row is a "
            "patient. status says of each column whether the abstract fixes it (printed), printed numbers "
            "bound it without fixing it (derived), or it is assumed, from a source that is named or by guess."
        ),
        "licenses": [{"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0"}],
        "sources": [{"title": f"{source.authors} {source.title}", "path": _doi(source.doi)}],
        "resources": resources(study, tables),
    }


def _doi(doi: str) -> str:
    return f"https://doi.org/{doi}" if doi else "unpublished"


def resources(study: Study, tables: dict[str, bytes]) -> list[dict[str, Any]]:
    """The columns and the digest of each table's CSV file, as a data package has them."""
    return [_resource(study, table, content) for table, content in tables.items()]


def _resource(study: Study, table: str, content: bytes) -> dict[str, Any]:
    spec = study.tables[table]
    schema: dict[str, Any] = {
        "fields": [_field(name, column) for name, column in spec.columns.items()],
        "missingValues": [""],
        "primaryKey": [spec.key],
    }
    if spec.of is not None:
        parent = next(name for name, column in spec.columns.items() if column.type == "parent")
        reference = {"resource": spec.of, "fields": [study.tables[spec.of].key]}
        schema["foreignKeys"] = [{"fields": [parent], "reference": reference}]
    return {
        "name": table,
        "path": f"{table}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }


def _field(name: str, column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": not column.optional}
    if column.type == "id":
        constraints["unique"] = True
    if column.levels:
        constraints["enum"] = list(column.levels)
    if column.type == "flag":
        constraints["enum"] = [0, 1]
    for bound in ("minimum", "maximum"):
        value = getattr(column, bound)
        if value is not None:
            constraints[bound] = (
                value.isoformat() if isinstance(value, datetime.date) else float(value)
            )
            if column.type == "integer":
                constraints[bound] = int(value)
    field = {
        "name": name,
        "type": _TYPES.get(column.type, column.type),
        "description": column.description,
        "constraints": constraints,
        "status": column.status,
    }
    if column.unit:
        field["unit"] = column.unit
    if column.source:
        field["source"] = list(column.source)
    return field


def csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV: UTF-8, line feeds, numbers unrounded, blank for a missing value, no index.

    Text that a spreadsheet would compute has an apostrophe before it (`marked`).
    """
    safe = frame.set_axis([marked(name) for name in frame.columns], axis=1)
    for number in range(frame.shape[1]):
        values = frame.iloc[:, number]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(object)
        if pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values):
            safe.isetitem(number, [marked(cell) for cell in values])
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8")


def marked(cell: Any) -> Any:
    """A cell as it is safe to open: text that a spreadsheet would take for a formula is marked.

    Parameters
    ----------
    cell : object
        Text, or what is no text and stays as it is. So does a number that is written as text.

    Returns
    -------
    object

    Notes
    -----
    A cell that begins with one of `= + - @`, the same in full width, a tab or a carriage return gets
    an apostrophe before it, as OWASP advises against CSV injection; so does one that is marked
    already, so that `unmarked` gives back every cell as it was.
    """
    if isinstance(cell, str) and _FORMULA.match(cell) and not re.fullmatch(NUMBER, cell):
        return f"'{cell}"
    return cell


def unmarked(cell: str) -> str:
    """A cell as it was before it was `marked`."""
    return cell[1:] if _FORMULA.match(cell) and cell.startswith("'") else cell


def files(study: Study, tables: dict[str, pd.DataFrame], name: str, title: str) -> dict[str, bytes]:
    """The files of a synthetic cohort by name."""
    contents = {table: csv(frame) for table, frame in tables.items()}
    about = descriptor(study, contents, name, title)
    found = {f"{table}.csv": content for table, content in contents.items()}
    found["datapackage.json"] = (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()
    return found


def write(folder: Path, contents: dict[str, bytes]) -> None:
    """Write files into a folder so that an interrupted or failed run leaves earlier ones whole.

    Every file is written in full beside its place first, and only then are they moved into it.

    Raises
    ------
    OSError
        When the folder cannot be written; nothing is changed then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged: list[tuple[str, Path]] = []
    try:
        for name, content in contents.items():
            handle, path = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            staged.append((path, folder / name))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(path, 0o644)
        for _, target in staged:
            if target.is_dir():
                raise IsADirectoryError(f"{target} is a folder")
        for path, target in staged:
            os.replace(path, target)
    finally:
        for path, _ in staged:
            with suppress(FileNotFoundError):
                os.unlink(path)
