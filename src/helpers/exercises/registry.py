"""Which exercises there are, chapter by chapter."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from .answers import Exercise, ExerciseError

_FOLDER = Path(__file__).parent


def naming(id: str, folder: Path = _FOLDER) -> tuple[Path, ...]:
    """The files of chapters in whose text the name of an exercise stands; one, if it is known."""
    return tuple(
        path
        for path in sorted(folder.glob("ch[0-9]*.py"))
        if f'"{id}"' in path.read_text(encoding="utf-8")
    )


@cache
def _of(chapter: str) -> tuple[Exercise, ...]:
    return tuple(import_module(f".{chapter}", __package__).EXERCISES)


@cache
def chapters() -> dict[int, tuple[Exercise, ...]]:
    """The exercises of every chapter that has any.

    Raises
    ------
    ExerciseError
        When two have the same name.
    """
    found = {
        int(path.stem.removeprefix("ch")): _of(path.stem)
        for path in sorted(_FOLDER.glob("ch[0-9]*.py"))
    }
    names = [one.id for those in found.values() for one in those]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ExerciseError(f"exercises of the same name: {', '.join(twice)}")
    return found


def exercise(id: str) -> Exercise:
    """The exercise of a name; only the chapter that it stands in is loaded.

    Raises
    ------
    ExerciseError
        When there is none; the message says which name is near.
    """
    if not isinstance(id, str):
        raise ExerciseError(
            "the name of an exercise was expected, then the answer, as in "
            'exercises.check("km-by-hand", 0.5)'
        )
    known = {each.id: each for path in naming(id) for each in _of(path.stem)}
    if id not in known:
        known = {each.id: each for those in chapters().values() for each in those}
        near = get_close_matches(id.strip().lower(), known, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ExerciseError(f"there is no exercise {id!r}{meant}")
    return known[id]
