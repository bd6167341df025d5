"""Which exercises there are, chapter by chapter."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from .answers import Exercise, ExerciseError


@cache
def chapters() -> dict[int, tuple[Exercise, ...]]:
    """The exercises of every chapter that has any.

    Raises
    ------
    ExerciseError
        When two have the same name.
    """
    found = {}
    for path in sorted(Path(__file__).parent.glob("ch[0-9]*.py")):
        module = import_module(f".{path.stem}", __package__)
        found[int(path.stem.removeprefix("ch"))] = tuple(module.EXERCISES)
    names = [one.id for those in found.values() for one in those]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ExerciseError(f"exercises of the same name: {', '.join(twice)}")
    return found


def exercise(id: str) -> Exercise:
    """The exercise of a name.

    Raises
    ------
    ExerciseError
        When there is none; the message says which name is near.
    """
    known = {one.id: one for those in chapters().values() for one in those}
    if not isinstance(id, str):
        raise ExerciseError(
            "the name of an exercise was expected, then the answer, as in "
            'exercises.check("km-by-hand", 0.5)'
        )
    if id not in known:
        near = get_close_matches(id.strip().lower(), known, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ExerciseError(f"there is no exercise {id!r}{meant}")
    return known[id]
