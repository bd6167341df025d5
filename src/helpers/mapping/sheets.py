"""Reading a table as people send it: text with any separator, workbooks, SPSS and Stata.

pandas reads Stata, openpyxl workbooks and pyreadstat SPSS. Text is read here, by lines: pandas pads
short rows without a word, and guesses what is a number, a date or nothing.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import package
from ..contract import files
from ..contract.faults import CohortError, Fault

if TYPE_CHECKING:
    from .vocabulary import OwnTable

Cell = str | float | datetime.date | None
"""Text, a number or a date where the file knows it as one, or nothing."""

TEXTS = (".csv", ".tsv", ".txt", ".tab")
WORKBOOKS = (".xlsx", ".xlsm")
PACKAGES = (".sav", ".zsav", ".dta")
ENDINGS = (*TEXTS, *WORKBOOKS, *PACKAGES)


@dataclass(frozen=True)
class Sheet:
    """One table of one's own.

    Attributes
    ----------
    path : Path
        What a message calls it.
    cells : DataFrame
        Of objects, a column each, indexed by the row as the program shows it that wrote the file.
    labels : dict of str
        What the file says of its columns, as SPSS and Stata do.
    """

    path: Path
    cells: pd.DataFrame
    labels: dict[str, str] = field(default_factory=dict)


def shown(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, dates as ISO has them, nothing as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return cell.isoformat() if isinstance(cell, datetime.date) else cell


def read_table(path: Path, how: OwnTable) -> Sheet:
    """A table, read as a mapping says.

    Parameters
    ----------
    path : Path
    how : OwnTable
        Its sheet, encoding, separator and words for nothing.

    Raises
    ------
    CohortError
        When it cannot be read, or is no table: a name twice, or rows of another length.
    """
    raw = files.content(path)
    ending = path.suffix.lower()
    if ending in TEXTS:
        sheet = of_text(path, decoded(path, raw, how.encoding), how.separator)
    elif ending in WORKBOOKS:
        sheets = of_workbook(path)
        name = how.sheet or next(iter(sheets))
        if name not in sheets:
            raise CohortError(
                f"{path}: one of the sheets {', '.join(sheets)} was expected, found {name!r}"
            )
        sheet = sheets[name]
    elif ending in PACKAGES:
        sheet = of_package(path)
    else:
        raise CohortError(
            f"{path}: a file that ends in one of {', '.join(ENDINGS)} was expected; save it as CSV"
        )
    return Sheet(sheet.path, without(sheet.cells, how.missing), sheet.labels)


def without(cells: pd.DataFrame, missing: Iterable[str]) -> pd.DataFrame:
    """Cells in which nothing stands for what is blank, and for some words."""
    nothing = {"", *missing}
    kept = {
        name: pd.Series(
            [None if shown(cell) in nothing else cell for cell in cells[name]],
            cells.index,
            dtype=object,
        )
        for name in cells
    }
    return pd.DataFrame(kept, cells.index)


def decoded(path: Path, raw: bytes, encoding: str) -> str:
    """The text of a file.

    Raises
    ------
    CohortError
        When it is not in that encoding; a mark at its beginning goes before what was said.
    """
    encoding = marked_encoding(raw) or ("utf-8-sig" if encoding == "utf-8" else encoding)
    try:
        text = raw.decode(encoding)
    except LookupError:
        raise CohortError(f"{path}: no encoding {encoding!r} is known") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CohortError(
            f"{path}, row {line}: text in {encoding.removesuffix('-sig')} was expected, found byte "
            f"0x{raw[error.start]:02x}; say its encoding, such as cp1252, or save it as CSV UTF-8"
        ) from None
    if "\0" in text:
        raise CohortError(f"{path}: text was expected; save the file as CSV UTF-8")
    return text


def marked_encoding(raw: bytes) -> str:
    """The encoding that the first bytes of a file tell; empty where they tell none."""
    return "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ""


def of_text(path: Path, text: str, separator: str) -> Sheet:
    """A text file with any separator, its rows by the line on which they end."""
    mark = "\t" if separator == "tab" else separator
    if len(mark) != 1:
        raise CohortError(f"{path}: one mark or tab was expected as separator, found {mark!r}")
    rows = files.separated(path, text, mark)
    if rows and rows[min(rows)][0].startswith("sep="):  # a line for spreadsheets
        del rows[min(rows)]
    if not rows:
        raise CohortError(f"{path}: a header and rows were expected, found an empty file")
    header = rows.pop(min(rows))
    return _sheet(path, header, {line: cells for line, cells in rows.items() if any(cells)})


def of_workbook(path: Path) -> dict[str, Sheet]:
    """The sheets of a workbook that have cells; a formula is what it was last computed as."""
    import openpyxl

    try:
        book, formulas = (openpyxl.load_workbook(path, data_only=known) for known in (True, False))
    except Exception as error:  # of zip, XML or openpyxl itself: the file is no workbook
        raise CohortError(f"{path}: not readable as a workbook: {error}") from None
    found = {}
    for page in book.worksheets:
        rows = {
            number: [_cell(cell) for cell in cells]
            for number, cells in enumerate(page.iter_rows(values_only=True), 1)
        }
        rows = {number: cells for number, cells in rows.items() if any(map(_is_there, cells))}
        if len(rows) > 1:
            _refuse_hidden(path, page, formulas[page.title])
            found[page.title] = _of_rows(path, rows)
    if not found:
        raise CohortError(f"{path}: a sheet with a header and rows was expected, found none")
    return found


def _refuse_hidden(path: Path, page: Any, formulas: Any) -> None:
    """Refuse cells that a reader sees and a program does not: merged ones, and formulas never computed."""
    where = f"{path}, sheet {page.title}"
    if page.merged_cells.ranges:
        merged = ", ".join(sorted(map(str, page.merged_cells.ranges)))
        raise CohortError(f"{where}: single cells were expected, found merged ones: {merged}")
    for known, asked in zip(page.iter_rows(), formulas.iter_rows(), strict=True):
        for cell, formula in zip(known, asked, strict=True):
            if cell.value is None and formula.value is not None:
                raise CohortError(
                    f"{where}, cell {cell.coordinate}: a value was expected, found a formula that "
                    "was never computed; open and save the file in a spreadsheet program"
                )


def _of_rows(path: Path, rows: dict[int, list[Cell]]) -> Sheet:
    """Rows of a sheet, without the columns behind the header in which nothing stands."""
    header = [shown(cell) for cell in rows.pop(min(rows))]
    while (
        header
        and not header[-1]
        and not any(
            _is_there(row[len(header) - 1]) for row in rows.values() if len(row) >= len(header)
        )
    ):
        header.pop()
    width = len(header)
    even = {
        number: [*cells[:width], *[None] * (width - len(cells))]
        + [cell for cell in cells[width:] if _is_there(cell)]
        for number, cells in rows.items()
    }
    return _sheet(path, header, even)


def _is_there(cell: Cell) -> bool:
    return cell not in (None, "")


def of_package(path: Path) -> Sheet:
    """A file of SPSS or Stata: labels of values in place of codes, dates as dates, rows from 1."""
    values, labels = _stata(path) if path.suffix.lower() == ".dta" else _spss(path)
    header = [str(name) for name in values.columns]
    rows = {
        number: [_cell(cell) for cell in cells]
        for number, cells in enumerate(values.itertuples(index=False, name=None), 1)
    }
    return _sheet(path, header, rows, labels)


def _stata(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    try:
        with pd.read_stata(path, iterator=True) as reader:
            labels = dict(reader.variable_labels())
        return pd.read_stata(path, order_categoricals=False).astype(object), labels
    except (ValueError, OSError, KeyError) as error:
        raise CohortError(
            f"{path}: not readable as a file of Stata: {' '.join(str(error).split())}"
        ) from None


def _spss(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    try:
        import pyreadstat
    except ModuleNotFoundError:
        raise CohortError(
            f"{path}: files of SPSS are read by pyreadstat, which is not installed; "
            "`.venv/bin/pip install pyreadstat` does it, or save the file as CSV"
        ) from None
    try:
        values, about = pyreadstat.read_sav(path)
    except Exception as error:  # pyreadstat has classes of its own, and says what is wrong
        raise CohortError(f"{path}: not readable as a file of SPSS: {error}") from None
    values = values.astype(object)
    for name, labels in about.variable_value_labels.items():
        values[name] = [labels.get(cell, cell) for cell in values[name]]
    said = zip(about.column_names, about.column_labels, strict=True)
    return values, {name: label for name, label in said if label}


def _cell(given: Any) -> Cell:
    """A cell of a program as text, number or date."""
    if given is None or given is pd.NaT:
        return None
    if isinstance(given, datetime.datetime):
        return given.date()
    if isinstance(given, datetime.date):
        return given
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, str):
        return package.unmarked(given.strip())
    try:
        number = float(given)
    except (TypeError, ValueError):
        return str(given)
    return None if math.isnan(number) else number


def _sheet(
    path: Path,
    header: list[str],
    rows: dict[int, Any],
    labels: dict[str, str] | None = None,
) -> Sheet:
    faults = []
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        faults.append(
            Fault(
                f"{path}, column {twice[0] or '(no name)'}: it stands twice", len(twice), "column"
            )
        )
    if not rows:
        faults.append(Fault(f"{path}: rows were expected, found only a header"))
    if wrong := {line: cells for line, cells in rows.items() if len(cells) != len(header)}:
        line, cells = next(iter(wrong.items()))
        faults.append(
            Fault(
                f"{path}, row {line}: {len(header)} cells were expected as in the header, found "
                f"{len(cells)}",
                len(wrong),
                "row",
            )
        )
    if faults:
        raise CohortError(*faults)
    cells = pd.DataFrame.from_dict(rows, orient="index", columns=header, dtype=object)
    return Sheet(path, cells, labels or {})
