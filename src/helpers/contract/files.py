"""Reading a cohort's files: CSV as text, line by line, and what the cohort says of itself."""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from .. import package
from ..published import Study
from .faults import CohortError, Fault

_ALIKE = 0.85  # of two names: one letter in seven or more is another
ABOUT = "datapackage.json"
"""The file in which a cohort tells of itself."""


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises
    ------
    CohortError
        When it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CohortError(f"{path}: no such file") from None
    except OSError as error:
        raise CohortError(f"{path}: not readable: {error.strerror}") from None


def text(path: Path, raw: bytes, study: Study, table: str) -> pd.DataFrame:
    """A CSV file as text, blank cells missing, indexed by the line of the file.

    Parameters
    ----------
    path : Path
        What a message calls the file.
    raw : bytes
        What it holds.
    study : Study
    table : str
        The table of the study that it is.

    Raises
    ------
    CohortError
        When it is no CSV in UTF-8, has no rows, or rows of another length than its header; a column
        that it lacks is told with these, and otherwise left to `missing`.
    """
    header, records = _records(path, raw)
    faults = []
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        faults.append(Fault(f"{path}, column {twice[0] or '(no name)'}: it stands twice"))
    if not records:
        faults.append(Fault(f"{path}: rows were expected, found only a header"))
    wrong = {line: cells for line, cells in records.items() if len(cells) != len(header)}
    if wrong:
        line, cells = next(iter(wrong.items()))
        found = len(cells) if any(cells) else "a blank line"
        faults.append(
            Fault(
                f"{path}, row {line}: {len(header)} cells were expected, found {found}",
                len(wrong),
                "row",
            )
        )
    if faults:
        raise CohortError(*missing(path, header, study, table), *faults)
    frame = pd.DataFrame.from_dict(records, orient="index", columns=header, dtype=object)
    return frame.mask(frame == "")


def missing(path: Path, header: Iterable[str], study: Study, table: str) -> list[Fault]:
    """The columns that a header should have and lacks, all in one sentence; nothing when it has them.

    One that may be missing should be there where the header has a strange name much like it.
    """
    header = list(header)
    columns = study.tables[table].columns
    lacking = [
        name
        for name, column in columns.items()
        if name not in header and (column.needed or is_misspelt(name, header, columns))
    ]
    if not lacking:
        return []
    what, they = ("column", "it is") if len(lacking) == 1 else ("columns", "they are")
    return [
        Fault(
            f"{path}, {what} {', '.join(lacking)}: {they} missing; found {', '.join(header)}",
            len(lacking),
            "",
        )
    ]


def is_misspelt(name: str, header: Iterable[str], columns: Collection[str]) -> bool:
    """Whether a header has a name much like that of a column, and that of no column itself."""
    strange = {other.casefold() for other in header if other not in columns}
    return bool(difflib.get_close_matches(name, strange, cutoff=_ALIKE))


def _records(path: Path, raw: bytes) -> tuple[list[str], dict[int, list[str]]]:
    """Header and rows of a CSV file, rows by the line on which they end; blank rows at the end fall.

    pandas pads rows that are too short without a word, and does not tell lines of the file.
    """
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CohortError(
            f"{path}, row {line}: text in UTF-8 was expected, found byte "
            f"0x{raw[error.start]:02x}; save the file as CSV UTF-8"
        ) from None
    if "\0" in decoded:
        raise CohortError(f"{path}: text in UTF-8 was expected; save the file as CSV UTF-8")
    rows = separated(path, decoded, ",")
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


def separated(path: Path, text: str, separator: str) -> dict[int, list[str]]:
    """The rows of a text, the header first, by the line on which they end; blank ones at the end fall.

    Parameters
    ----------
    path : Path
        What a message calls the file.
    text : str
    separator : str
        The mark between cells.

    Raises
    ------
    CohortError
        When a quotation mark has no other.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: dict[int, list[str]] = {}
    try:
        for cells in reader:
            rows[reader.line_num] = [package.unmarked(cell.strip()) for cell in cells]
    except csv.Error as error:
        raise CohortError(f"{path}, row {reader.line_num}: not readable as CSV: {error}") from None
    while rows and not any(rows[max(rows)]):
        del rows[max(rows)]
    return rows


def about(folder: Path) -> dict[str, Any]:
    """What the cohort says of itself."""
    path = folder / ABOUT
    if not path.exists():
        return {}
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CohortError(f"{path}: not readable as JSON: {error}") from None
    if not isinstance(described, dict):
        raise CohortError(f"{path}: a JSON object was expected, found {type(described).__name__}")
    if not isinstance(synthetic := described.get("synthetic", False), bool):
        raise CohortError(f"{path}: true or false was expected for synthetic, found {synthetic!r}")
    return described
