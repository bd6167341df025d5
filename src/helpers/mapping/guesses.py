"""A best guess of which column of one's own is which of the contract, and what its words mean.

Nothing is done by a guess: it is written down, and a reader says whether it is right. Where two
columns are as likely, none is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..contract.ties import UNITS_OF_TIME
from ..published import Column, Study, Table
from . import decoding
from .kinds import OwnCells, is_of_kind, meant
from .likeness import unit_in, words
from .openings import Opened
from .sheets import Sheet, shown
from .sources import Source
from .vocabulary import OwnColumn, OwnTable

_ENOUGH = 0.6
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>\d+)(?P<after>\D*)")
_INSTRUMENTS = ("redcap_repeat_instrument", "Repeat Instrument")


@dataclass
class Guess:
    """A table of the contract as it is guessed.

    Attributes
    ----------
    said : OwnTable
        Without its columns.
    columns : dict of OwnColumn
    remarks : dict of str
        What is in doubt, by the column of the contract.
    score : float
        How much speaks for it.
    doubt : str
        What is in doubt of its dates.
    """

    said: OwnTable
    columns: dict[str, OwnColumn] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    score: float = 0.0
    doubt: str = ""
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)


def guessed(study: Study, files: Iterable[Opened]) -> dict[str, Guess]:
    """Each table of the contract as one of one's own, or more of them, could make it.

    Parameters
    ----------
    study : Study
    files : iterable of Opened

    Returns
    -------
    dict of Guess
    """
    found: dict[str, Guess] = {}
    opened = list(files)
    for name, table in study.tables.items():
        of = found.get(table.of or "")
        guesses = [
            _one(name, table, one, rows, of)
            for one in opened
            for rows in _parts(one, first=table.of is None)
        ]
        found[name] = max(guesses, key=lambda guess: guess.score)
        if of is not None:
            _name_owner(found[name], table, of, of.columns[study.tables[str(table.of)].key])
    return found


def likely_sources(guesses: dict[str, Guess], where: Path) -> dict[str, Source]:
    """One's own tables as they are guessed, by those of the contract."""
    return {
        name: Source(
            Sheet(Path(guess.said.table), guess.cells),
            guess.said.model_copy(update={"columns": guess.columns}),
            where,
        )
        for name, guess in guesses.items()
    }


def _parts(opened: Opened, first: bool) -> list[dict[str, tuple[str, ...]]]:
    """Which rows of a table could be meant: of REDCap's repeated forms one, and all of any other."""
    column = next((name for name in _INSTRUMENTS if name in opened.sheet.cells), None)
    if column is None:
        return [{}]
    forms = sorted({shown(cell) for cell in opened.sheet.cells[column]} - {""})
    return [{column: ()}] if first or not forms else [{column: (form,)} for form in forms]


def _one(
    name: str, table: Table, opened: Opened, rows: dict[str, tuple[str, ...]], of: Guess | None
) -> Guess:
    cells = opened.sheet.cells
    for column, kept in rows.items():
        cells = cells[cells[column].map(shown).isin(kept or ("",))]
    said = opened.said.model_copy(update={"rows": rows})
    guess = Guess(said, doubt=opened.doubt, cells=cells)
    owns = [_own(str(column), opened, cells) for column in cells]
    if table.of is not None:
        owns, each = _repeated(owns, max(table.per_row or {1: 1}))
        guess.said = guess.said.model_copy(update={"each": each})
    _by_names(table, owns, guess)
    _by_dates(table, owns, guess)
    _by_being_filled(table, owns, guess)
    _identifiers(table, owns, guess, of)
    for column, about in table.columns.items():
        if column not in guess.columns:
            guess.columns[column] = OwnColumn()
            guess.remarks.setdefault(column, _none_like(about))
    return guess


def _none_like(about: Column) -> str:
    """What to say of a column that none of one's own is like."""
    if about.needed:
        return "" if about.optional else "none of your columns is like it"
    return "none of your columns is like it; it may be missing"


def _own(name: str, opened: Opened, cells: pd.DataFrame) -> OwnCells:
    there = tuple(cell for cell in cells[name] if cell is not None)
    return OwnCells(name, opened.sheet.labels.get(name, ""), there, len(cells))


def _repeated(owns: list[OwnCells], most: int) -> tuple[list[OwnCells], tuple[str, ...]]:
    """Up to so many columns that differ by a number alone as one, with * in its place; the numbers."""
    by_form: dict[tuple[str, str], dict[str, OwnCells]] = {}
    for own in owns:
        if found := _NUMBERED.fullmatch(own.name):
            by_form.setdefault((found["before"], found["after"]), {})[found["number"]] = own
    by_form = {form: some for form, some in by_form.items() if 1 < len(some) <= most}
    if not by_form:
        return owns, ()
    each = max((tuple(some) for some in by_form.values()), key=len)
    several = [
        OwnCells(
            f"{before}*{after}", "", tuple(cell for one in some.values() for cell in one.cells), 0
        )
        for (before, after), some in by_form.items()
        if tuple(some) == each
    ]
    replaced = {own.name for some in by_form.values() for own in some.values()}
    return [*several, *(own for own in owns if own.name not in replaced)], each


def _by_names(table: Table, owns: list[OwnCells], guess: Guess) -> None:
    """Columns whose names are alike and whose cells are of the kind, the most alike first."""
    likely: list[tuple[float, str, OwnCells]] = []
    for column, about in table.columns.items():
        if about.type == "id":
            continue
        dates = about.type == "date"
        scores = [(own.likeness(words(column, dates), dates), own) for own in owns]
        alike = [(score, column, own) for score, own in scores if score >= _ENOUGH]
        never = [one for one in alike if about.optional and not one[2].cells]
        likely += [one for one in alike if is_of_kind(one[2], about)] or never
    taken: set[str] = set()
    for score, column, own in sorted(likely, key=lambda one: -one[0]):
        if column in guess.columns or own.name in taken:
            continue
        rivals = [
            other.name
            for rival, of, other in likely
            if of == column and rival == score and other.name not in taken
        ]
        if len(rivals) > 1:
            guess.remarks[column] = f"{' and '.join(rivals)} are as likely: say which"
            guess.columns[column] = OwnColumn()
            continue
        taken.add(own.name)
        guess.columns[column] = _read_as(own, table.columns[column], guess, column)
        guess.score += score


def _read_as(own: OwnCells, about: Column, guess: Guess, column: str) -> OwnColumn:
    """How the cells of one's own become those of the contract."""
    said: dict[str, Any] = {"from": own.name}
    if about.type in ("category", "flag"):
        values = {text: meant(text, about) for text in own.distinct}
        if about.type == "flag" and "" in values.values():
            values = dict.fromkeys(values, "")  # where 2 is no word of ours, 1 need not be yes
        if own.rows > len(own.cells) and not about.optional:
            values[""] = ""  # whether nothing is no, or is not known, is for a reader to say
        if "" in values or any(text != word for text, word in values.items()):
            said["values"] = values
        if "" in values.values():
            guess.remarks[column] = "say what each of your words means"
    elif about.type in ("number", "integer") and about.unit:
        told = unit_in(own.name) or unit_in(own.label)
        same = about.unit in decoding.UNITS and told in decoding.UNITS
        if told and told != about.unit and same:
            said["unit"] = told
        elif not told and about.unit in UNITS_OF_TIME and _are_beyond(own, about):
            said["unit"] = "days"
            guess.remarks[column] = f"taken as days, since some are beyond {about.maximum:g}"
        elif not told and about.unit in decoding.UNITS and about.unit != "years":
            guess.remarks[column] = f"in {about.unit}, if you do not say another unit"
    return OwnColumn.model_validate(said)


def _are_beyond(own: OwnCells, about: Column) -> bool:
    """Whether numbers are larger than the contract allows, whatever their decimal mark is."""
    plain = [text.replace(",", ".") for text in own.texts if re.fullmatch(r"\d+[.,]?\d*", text)]
    most = about.maximum
    return isinstance(most, float) and any(float(text) > most for text in plain)


def _by_dates(table: Table, owns: list[OwnCells], guess: Guess) -> None:
    """Times of which no column tells, from two dates, as the description of the column names them."""
    dates = [own for own in owns if own.dates]
    for column, about in table.columns.items():
        if column in guess.columns or about.unit not in UNITS_OF_TIME or not about.unit:
            continue
        told = re.match(r"From (?P<start>.+?) to (?P<end>.+?)(?:[;.,]|$)", about.description)
        if told is None and words(column) & {"age"}:
            told = re.match(r"(?P<start>.+?) to (?P<end>.+)", "birth to treatment")
        if told is None:
            continue
        start = _likest(dates, words(told["start"], dates=True), but=())
        ends = [
            end
            for part in told["end"].split(" or ")
            if (end := _likest(dates, words(part, dates=True), but=start))
        ]
        names = tuple(dict.fromkeys(end[0] for end in ends))
        if start and names:
            guess.columns[column] = OwnColumn(start=start, end=names)
            guess.score += 1.0


def _likest(dates: list[OwnCells], of: frozenset[str], but: tuple[str, ...]) -> tuple[str, ...]:
    """The one column of dates whose name is most like some words; none where two are."""
    scores = {own.name: own.likeness(of, dates=True) for own in dates if own.name not in but}
    best = max(scores.values(), default=0.0)
    names = [name for name, score in scores.items() if score == best]
    return (names[0],) if best >= 0.4 and len(names) == 1 else ()


def _by_being_filled(table: Table, owns: list[OwnCells], guess: Guess) -> None:
    """Flags of which no column tells, from a date that is there where it happened."""
    for column, about in table.columns.items():
        if column in guess.columns or about.type != "flag":
            continue
        some = [own for own in owns if own.dates and own.likeness(words(column), dates=True) == 1]
        if len(some) == 1 and len(some[0].cells) < some[0].rows:
            guess.columns[column] = OwnColumn(filled=(some[0].name,))
            guess.score += 1.0


def _identifiers(table: Table, owns: list[OwnCells], guess: Guess, of: Guess | None) -> None:
    """Which column names the rows, and which the rows that they are of."""
    full = [own for own in owns if own.rows and len(own.cells) == own.rows and not own.dates]
    if of is None:
        named = [
            (own.likeness(words(table.key)), own)
            for own in full
            if len(own.distinct) > 1 or own.rows == 1
        ]
        best = max((score for score, _ in named), default=0.0)
        some = [own for score, own in named if score == best and score >= 0.5]
        if len(some) != 1:
            guess.columns[table.key] = OwnColumn(numbered=True)
            guess.remarks[table.key] = (
                "none of your columns names the rows"
                if not some
                else (f"{' and '.join(own.name for own in some)} are as likely: say which")
            )
            return
        guess.columns[table.key] = OwnColumn.model_validate({"from": (some[0].name,)})
        guess.score += best
        if len(some[0].distinct) < some[0].rows:
            guess.said = guess.said.model_copy(update={"once": True})
            guess.remarks[table.key] = "rows of one identifier are taken as one"
        return
    alone = [
        own for own in full if len(own.distinct) == own.rows and own.likeness(words(table.key)) == 1
    ]
    guess.columns[table.key] = (
        OwnColumn.model_validate({"from": alone[0].name})
        if len(alone) == 1
        else OwnColumn(numbered=True)
    )


def _name_owner(guess: Guess, table: Table, of: Guess, key: OwnColumn) -> None:
    """The column by which the owner is known there, where it is here too."""
    if key.source and key.source[0] in guess.cells:
        guess.columns[table.parent] = OwnColumn.model_validate({"from": key.source})
        guess.remarks.pop(table.parent, None)
    elif key.numbered and guess.said.table == of.said.table and guess.said.sheet == of.said.sheet:
        guess.columns[table.parent] = key
        guess.remarks.pop(table.parent, None)
