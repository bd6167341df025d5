"""Tables without rows of single patients and without small cells, nor others that would give them away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import published
from .sentences import NO_ROWS, words
from .setting import HIDDEN, SMALL, few, is_of_cohort

MASKED = f"<{SMALL}"
"""What stands in a small cell."""
LEFT_OUT = "…"
"""What stands in a cell from which a small one could be told by subtraction."""
_DIGITS = 3
_INVENTED = re.compile(r"\binvented\b|\bsimulated\b", re.IGNORECASE)
_SIZES = {"n", "patients", "lesions", "patients_or_lesions"}
_COUNTS = _SIZES | {
    "at_risk", "at risk", "events", "deaths", "censored", "died", "left", "recurrences", "all",
    "observed_free_of_both", "last seen", "lost", "progressed by then", "entered", "everybody",
    "found", "candidates",
}  # fmt: skip
_NO_COUNT = re.compile(
    r"month|year|_mm|time|day|^(cut|df|to|from|value|x|state|level|knots|episode|landmark|scan_every|"
    r"diameter|cohorts|lesions_per_patient|number|draws|resamples|measures|rank|row)$|watched|followed",
    re.IGNORECASE,
)
_AS_TEXT = {"reproduced", "this_cohort", "before", "after"}
_PRINTED = {"printed", "what", "could also mean", "section", "characteristic"}
_NOT_SHOWN = "not shown"
_WITH_SHARE = re.compile(r"(\d+) \((\d+(?:\.\d+)?)\)")


@dataclass(frozen=True)
class Told:
    """What a book of aggregates shows of a table.

    Attributes
    ----------
    frame : DataFrame
    withheld : bool
        Whether the frame says only that nothing is shown.
    masked : int
        How many cells are left out.
    """

    frame: pd.DataFrame
    withheld: bool = False
    masked: int = 0


def told(frame: pd.DataFrame, caption: str = "") -> Told:
    """What may be shown of a table.

    Parameters
    ----------
    frame : DataFrame
        Columns are named as the data contract and `headings` have them.
    caption : str
        A table that is not of the cohort says so here: it is of invented or simulated patients, or
        it says neither "synthetic cohort" nor the cohort's name. One without a caption, as under a
        figure, is of the cohort.

    Returns
    -------
    Told
        A table of single patients is one sentence; it is known by a hidden identifier in it, or by a
        column that the data contract has a measurement for each patient or lesion in.
    """
    if _is_of_rows(frame, caption):
        return Told(pd.DataFrame({"not_shown": [NO_ROWS]}), withheld=True)
    if not is_of_cohort(caption):
        return Told(frame)
    shown, masked = _masked(frame)
    return Told(_in_words(shown), masked=masked)


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose numbers have three digits: more of them give counts away that are masked."""
    found = frame.copy()
    for place, values in enumerate(frame.dtypes):
        if pd.api.types.is_float_dtype(values):
            column = frame.iloc[:, place].astype(float)
            found.isetitem(place, [float(f"{value:.{_DIGITS}g}") for value in column])
    return found


@cache
def _of_rows() -> frozenset[str]:
    """Columns that have a value for each patient or lesion: identifiers, dates, times, sizes and ages."""
    study = published.load()
    measured = {
        name
        for table in study.tables.values()
        for name, column in table.columns.items()
        if column.type in ("id", "parent", "date", "number", "integer")
    }
    summaries = {name for name, derived in study.derived.items() if derived.how != "count"}
    return frozenset(measured | summaries | {end.time for end in study.endpoints.values()})


def _is_of_rows(frame: pd.DataFrame, caption: str) -> bool:
    texts = [frame.iloc[:, place] for place in range(frame.shape[1])]
    if any(
        isinstance(cell, str) and cell.startswith(HIDDEN)
        for column in [*texts, frame.index.to_series()]
        if not pd.api.types.is_numeric_dtype(column)
        for cell in column
    ):
        return True
    named = {str(name) for name in frame.columns}
    invented = _INVENTED.search(caption) and not is_of_cohort(caption)
    return bool(named & _of_rows()) and not invented


def _masked(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """A table with small cells masked, and with so many others that none can be told by subtraction."""
    every = {place: _counts(frame, place) for place in range(frame.shape[1])}
    counts = {place: found for place, found in every.items() if np.isfinite(found).any()}
    if not counts:
        return frame, 0
    places = list(counts)
    numbers = np.column_stack([counts[place] for place in places])
    with np.errstate(invalid="ignore"):
        small = (numbers > 0) & (numbers < SMALL)
    rest = np.column_stack([_rest(frame, place) for place in places])
    with np.errstate(invalid="ignore"):
        hidden = small | ((rest > 0) & (rest < SMALL))
    if not hidden.any():
        return frame, 0
    for block in _blocks(frame):
        for _ in range(2):
            for column in range(len(places)):
                _hide_another(hidden[block, column], numbers[block, column], hidden, block, column)
            if len(places) > 2:
                for row in block:
                    _hide_another_in_row(hidden, numbers, row)
    shown = frame.copy()
    for number, place in enumerate(places):
        cells = list(frame.iloc[:, place])
        for row in np.flatnonzero(hidden[:, number]).tolist():
            cells[row] = MASKED if small[row, number] else LEFT_OUT
        if hidden[:, number].any():
            cells = [int(cell) if _is_whole(cell) else cell for cell in cells]
            shown.isetitem(place, _objects(cells))
    _empty_rows(frame, shown, counts)
    _empty_columns(frame, shown, places, small)
    _hide_verdicts(frame, shown, places, hidden)
    return shown, int(hidden.sum())


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts count no small number of patients, but where they are those in print."""
    found = frame.copy()
    for place, name in enumerate(frame.columns):
        cells = list(frame.iloc[:, place])
        if name not in _PRINTED and any(isinstance(cell, str) for cell in cells):
            told = [words(cell) if isinstance(cell, str) else cell for cell in cells]
            found.isetitem(place, _objects(told))
    return found


def _objects(cells: list[Any]) -> NDArray[np.object_]:
    """Cells as a column of whatever they are."""
    found = np.empty(len(cells), object)
    found[:] = cells
    return found


def _is_whole(cell: object) -> bool:
    return isinstance(cell, (int, float, np.number)) and float(cell).is_integer()


def _counts(frame: pd.DataFrame, place: int) -> NDArray[np.float64]:
    """The counts of persons or lesions in a column, NaN where it has none."""
    name, values = str(frame.columns[place]), frame.iloc[:, place]
    none = np.full(len(frame), np.nan)
    if pd.api.types.is_bool_dtype(values):
        return none
    if pd.api.types.is_integer_dtype(values):
        return none if _NO_COUNT.search(name) else np.asarray(values.astype(float), float)
    if pd.api.types.is_float_dtype(values):
        whole = values.dropna()
        is_count = name in _COUNTS and (whole % 1 == 0).all()
        return np.asarray(values, float) if is_count else none
    cells = [str(cell) for cell in values]
    shares = [_WITH_SHARE.fullmatch(cell) for cell in cells]
    plain = name in _AS_TEXT or any(shares)
    return np.array(
        [
            float(share[1]) if share else float(cell) if plain and cell.isdecimal() else np.nan
            for cell, share in zip(cells, shares, strict=True)
        ]
    )


def _rest(frame: pd.DataFrame, place: int) -> NDArray[np.float64]:
    """How many are not counted in cells that have a number with its percentage, NaN in others."""
    shares = [_WITH_SHARE.fullmatch(str(cell)) for cell in frame.iloc[:, place]]
    found = [(float(share[1]), float(share[2])) if share else (np.nan, 1.0) for share in shares]
    return np.array([round(n * 100 / p) - n if n > 0 and p > 0 else np.nan for n, p in found])


def _blocks(frame: pd.DataFrame) -> list[list[int]]:
    """Rows that can add up: all of a table, or those of one characteristic in a first table of a paper."""
    if "characteristic" not in frame:
        return [list(range(len(frame)))]
    blocks: dict[str, list[int]] = {}
    for row, words_of in enumerate(frame["characteristic"].astype(str)):
        blocks.setdefault(re.split(r"[:,]", words_of)[0], []).append(row)
    return list(blocks.values())


def _hide_another(
    here: NDArray[np.bool_],
    numbers: NDArray[np.float64],
    hidden: NDArray[np.bool_],
    block: list[int],
    column: int,
) -> None:
    """Where one cell of a column is hidden, hide the least of the others too."""
    others = [place for place, number in enumerate(numbers) if number > 0 and not here[place]]
    if here.sum() == 1 and others:
        hidden[block[min(others, key=lambda place: numbers[place])], column] = True


def _hide_another_in_row(hidden: NDArray[np.bool_], numbers: NDArray[np.float64], row: int) -> None:
    """Where one cell of a row is hidden, hide the least of the others too."""
    others = [
        place for place, number in enumerate(numbers[row]) if number > 0 and not hidden[row, place]
    ]
    if hidden[row].sum() == 1 and len(others) > 1:
        hidden[row, min(others, key=lambda place: numbers[row, place])] = True


def _empty_rows(
    frame: pd.DataFrame, shown: pd.DataFrame, counts: dict[int, NDArray[np.float64]]
) -> None:
    """Leave out estimates of a group that is too small to be counted."""
    sizes = [place for place in counts if str(frame.columns[place]) in _SIZES]
    small = [row for row in range(len(frame)) if any(few(counts[place][row]) for place in sizes)]
    for place, dtype in enumerate(frame.dtypes):
        if small and place not in counts and pd.api.types.is_float_dtype(dtype):
            column = shown.iloc[:, place].astype(float).to_numpy(float, copy=True)
            column[small] = np.nan
            shown.isetitem(place, column)


def _empty_columns(
    frame: pd.DataFrame, shown: pd.DataFrame, places: list[int], small: NDArray[np.bool_]
) -> None:
    """Leave out what a first table of a paper says of a group that is too small to be counted."""
    if "characteristic" not in frame:
        return
    for number, place in enumerate(places):
        if small[0, number]:
            cells = [MASKED, *[LEFT_OUT if cell else cell for cell in frame.iloc[1:, place]]]
            shown.isetitem(place, _objects(cells))


def _hide_verdicts(
    frame: pd.DataFrame, shown: pd.DataFrame, places: list[int], hidden: NDArray[np.bool_]
) -> None:
    """Leave out whether a hidden number is the printed one, which would tell it."""
    if not {"reproduced", "verdict"} <= set(frame.columns):
        return
    among = [frame.columns[place] == "reproduced" for place in places]
    rows = [bool(row[among].any()) for row in hidden]
    for name, word in (("verdict", _NOT_SHOWN), ("reason", "")):
        if name in frame:
            shown[name] = [
                word if row else cell for row, cell in zip(rows, frame[name], strict=True)
            ]
