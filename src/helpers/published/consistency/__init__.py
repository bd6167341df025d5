"""What spans the parts of a study: names that are used are defined, and none stands for two things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .doubles import doubles
from .misfits import misfits
from .references import references

if TYPE_CHECKING:
    from ..study import Study


def problems(study: Study) -> Iterator[str]:
    """What is wrong with a study as a whole, each with the field where it stands."""
    roots = [name for name, table in study.tables.items() if table.rows is not None]
    if roots != [study.first] or len(study.tables) > 2:
        yield "tables: first one with rows, and then at most one that is of it, were expected"
        return
    yield from _undefined(study)
    yield from doubles(study)
    yield from misfits(study)


def _undefined(study: Study) -> Iterator[str]:
    """Names that are used and not defined."""
    defined = {
        "table": set(study.tables),
        "group": set(study.groups),
        "endpoint": set(study.endpoints),
        "model": set(study.models),
        "entry": set(study.entries),
    }
    for where, kind, name in references(study):
        if kind.startswith("column of "):
            table = kind.removeprefix("column of ")
            known = study.columns_of(table) if table in study.tables else set()
        else:
            known = defined[kind]
        if name not in known:
            yield f"{where}: no {kind} is named {name!r}"
