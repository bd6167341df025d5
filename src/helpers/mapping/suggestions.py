"""A mapping as text: what was guessed, what is in doubt, and what else could be said."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..contract.columns import expected
from ..published import Study
from .codebook import meaning
from .guesses import Guess
from .sources import STAR
from .vocabulary import OwnColumn, OwnTable

_PLAIN = re.compile(r"[^\W_][\w.-]*(?: [\w.-]+)*|\*")
_HEAD = """\
# Of what each column of the contract is made. Everything here is a guess: look at each line, and
# fill in what is missing. Then `python -m helpers fill {folder}` writes the tables.
# Levels are those of the book, or of datapackage.json here; a column that may be missing can stay blank.
#
# Of a table can be said:
{table}
# And of each column one of from, start and end, filled, owner, value or numbered, with what it needs:
{column}
"""


def written(study: Study, guesses: dict[str, Guess], folder: Path) -> str:
    """The mapping of a folder as YAML, with comments.

    Parameters
    ----------
    study : Study
    guesses : dict of Guess
    folder : Path
        Where it will be; files are named from there.
    """
    lines = [
        _HEAD.format(
            folder=shlex.quote(str(folder)), table=_fields(OwnTable), column=_fields(OwnColumn)
        )
    ]
    unused = _unused(guesses)
    for name, guess in guesses.items():
        if others := unused.pop((guess.said.table, guess.said.sheet), None):
            lines.append(f"# Your columns that nothing is made of yet: {', '.join(others)}")
        lines.append(f"{name}:")
        lines += [f"  {line}" for line in _table(guess, folder)]
        lines.append("  columns:")
        for column, about in study.tables[name].columns.items():
            unit = f" ({about.unit})" if about.unit else ""
            lines.append(f"    # {expected(about)}{unit}: {meaning(about, study.tables[name])}")
            if remark := guess.remarks.get(column):
                lines.append(f"    # ? {remark}")
            lines += [f"    {line}" for line in _column(column, guess.columns[column])]
        lines.append("")
    return "\n".join(lines)


def _unused(guesses: dict[str, Guess]) -> dict[tuple[str, str], list[str]]:
    """Names of one's own columns that no guess takes, by table."""
    used = {
        name
        for guess in guesses.values()
        for said in guess.columns.values()
        for names in (said.source, said.start, said.end, said.filled)
        for one in names
        for name in [one.replace(STAR, mark) for mark in guess.said.each if STAR in one] or [one]
    }
    return {
        (guess.said.table, guess.said.sheet): [
            " ".join(str(name).split()) for name in guess.cells if name and name not in used
        ]
        for guess in guesses.values()
    }


def _fields(model: type[OwnTable] | type[OwnColumn]) -> str:
    told = [
        f"#   {field.alias or name:<10} {field.description}"
        for name, field in model.model_fields.items()
        if name != "columns"
    ]
    return "\n".join(told)


def _table(guess: Guess, folder: Path) -> Iterator[str]:
    said = guess.said
    yield f"table: {word(os.path.relpath(said.table, folder))}"
    for name in ("sheet", "encoding", "separator", "decimal", "dates"):
        given = getattr(said, name)
        if given and given != OwnTable.model_fields[name].default:
            yield f"{name}: {_map(given) if isinstance(given, dict) else word(given)}"
    if guess.doubt:
        yield f"# ? {guess.doubt}: say which"
        if not said.dates:
            yield "dates:"
    for name in ("missing", "each"):
        if given := getattr(said, name):
            yield f"{name}: {_list(given)}"
    for column, kept in said.rows.items():
        yield f"rows: {{{word(column)}: {_list(kept) if kept else word('')}}}"
    if said.once:
        yield "once: true"


def _column(name: str, said: OwnColumn) -> Iterator[str]:
    told = {
        (field.alias or key): getattr(said, key)
        for key, field in OwnColumn.model_fields.items()
        if getattr(said, key) and key != "values"
    }
    parts = [
        f"{key}: {_list(given) if isinstance(given, tuple) else 'true' if given is True else word(str(given))}"
        for key, given in told.items()
    ]
    if not said.values:
        yield f"{name}: {{{', '.join(parts)}}}" if parts else f"{name}:"
        return
    yield f"{name}:"
    yield from (f"  {part}" for part in parts)
    yield "  values:"
    yield from (
        f"    {word(own)}: {word(meant) if meant else ''}".rstrip()
        for own, meant in said.values.items()
    )


def _list(given: tuple[str, ...]) -> str:
    return word(given[0]) if len(given) == 1 else f"[{', '.join(map(word, given))}]"


def _map(given: dict[str, str]) -> str:
    told = ", ".join(f"{word(key)}: {word(value)}" for key, value in given.items())
    return f"{{{told}}}"


def word(text: str) -> str:
    """A word as YAML takes it for itself."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
