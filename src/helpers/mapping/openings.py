"""Opening a table of one's own without being told how it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..contract import files
from ..contract.faults import CohortError
from . import decoding
from .sheets import (
    ENDINGS,
    TEXTS,
    WORKBOOKS,
    Sheet,
    decoded,
    marked_encoding,
    of_package,
    of_text,
    of_workbook,
    shown,
    without,
)
from .vocabulary import Order, OwnTable

_SEPARATORS = (",", ";", "tab", "|")
_NOTHING = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "#N/A", "#NULL!", ".", "?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[-/. ][^\W\d]{3,9}\.?,?[-/. ]\d{2,4}")
_MOST = 0.8  # of the cells of a column, so that a slip does not hide what it is


@dataclass(frozen=True)
class Opened:
    """A table of one's own, and how it is written.

    Attributes
    ----------
    sheet : Sheet
    said : OwnTable
        What a mapping says of it, without columns.
    doubt : str
        What could not be told of its dates; empty where nothing is in doubt.
    """

    sheet: Sheet
    said: OwnTable
    doubt: str = ""


def opened(path: Path) -> list[Opened]:
    """The tables of a file: one, or of a workbook each sheet.

    Raises
    ------
    CohortError
        When it cannot be read.
    """
    ending = path.suffix.lower()
    raw = files.content(path)
    if ending not in ENDINGS:
        raise CohortError(
            f"{path}: a file that ends in one of {', '.join(ENDINGS)} was expected; save it as CSV"
        )
    if ending in TEXTS:
        encoding = _encoding(raw)
        text = decoded(path, raw, encoding)
        separator = _separator(path, text)
        sheet = of_text(path, text, separator)
        return [_looked_at(sheet, encoding=encoding, separator=separator)]
    if ending in WORKBOOKS:
        sheets = of_workbook(path)
        return [
            _looked_at(sheet, sheet=name if len(sheets) > 1 else "")
            for name, sheet in sheets.items()
        ]
    return [_looked_at(of_package(path))]


def _encoding(raw: bytes) -> str:
    if marked := marked_encoding(raw):
        return marked
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"  # of Windows in western Europe; it is said in the mapping
    return "utf-8"


def _separator(path: Path, text: str) -> str:
    """The mark by which most rows have as many cells as the header, and that more than one."""
    if told := re.match(r"sep=(.)\r?\n", text):  # a line for spreadsheets
        return "tab" if told[1] == "\t" else told[1]

    def even(separator: str) -> tuple[float, int]:
        mark = "\t" if separator == "tab" else separator
        try:
            rows = list(files.separated(path, text, mark).values())
        except CohortError:
            return (0.0, 0)
        if not rows or len(rows[0]) < 2:
            return (0.0, 0)
        same = sum(len(row) == len(rows[0]) for row in rows)
        return (same / len(rows), len(rows[0]))

    best = max(_SEPARATORS, key=even)
    return best if even(best) > (0.0, 0) else ","


def _looked_at(table: Sheet, **known: str) -> Opened:
    """A sheet with its words for nothing, its decimal mark and the order of its dates."""
    texts = {
        str(name): [shown(cell) for cell in table.cells[name] if isinstance(cell, str) and cell]
        for name in table.cells
    }
    every = {text for column in texts.values() for text in column}
    missing = tuple(word for word in _NOTHING if word in every)
    texts = {
        name: [text for text in column if text not in missing] for name, column in texts.items()
    }
    flat = [text for column in texts.values() for text in column]
    commas, points = (sum(bool(re.fullmatch(rf"[-+]?\d*[{mark}]\d+", text)) for text in flat) for mark in ",.")  # fmt: skip
    order, doubt = _orders(texts)
    said = OwnTable.model_validate(
        {
            "table": str(table.path),
            **known,
            "missing": missing,
            "decimal": "," if commas > points else ".",
            "dates": order,
        }
    )
    cells = without(table.cells, missing)
    return Opened(Sheet(table.path, cells, table.labels), said, doubt)


def looks_like_dates(texts: Iterable[str]) -> bool:
    """Whether most texts are dates, in any order and with years of any length."""
    texts = list(texts)
    return bool(texts) and sum(bool(_DATE.match(text)) for text in texts) >= _MOST * len(texts)


def _orders(columns: dict[str, list[str]]) -> tuple[Order | dict[str, Order] | None, str]:
    """The order of all dates, or of each column where they are of several; and what is in doubt."""
    decided: dict[str, Order] = {}
    undecided: dict[str, set[Order]] = {}
    for name, texts in columns.items():
        if not looks_like_dates(texts):
            continue
        times = Counter(order for text in texts for order in decoding.orders(text))
        best = {order for order, count in times.items() if count == max(times.values())}
        if len(best) == 1:
            decided[name] = best.pop()
        elif best:
            undecided[name] = best
    known = set(decided.values())
    doubt = ""
    for name, best in undecided.items():
        if len(best & known) == 1:
            decided[name] = next(iter(best & known))
        else:
            doubt = f"dates could be {' or '.join(sorted(best))}"
    if len(known) == 1 and not doubt:
        return next(iter(known)), ""
    return decided or None, doubt
