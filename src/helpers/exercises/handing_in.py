"""What a student hands in: which exercises of a chapter were answered right in this session.

Nothing of an answer is kept, and nothing is written unless `save` is asked to. Whoever can run the
notebook can also write such a list by hand: it tells a student what is left to do, and a teacher
which cells to run again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from .. import tables
from . import quizzes
from .answers import ExerciseError
from .registry import chapters

RIGHT, TRIED, NOT_TRIED = "right", "tried", "not tried"
_NO_PROOF = "This list proves nothing; running the notebook again from its top makes it anew."


@dataclass
class _Tries:
    """What was tried of an exercise since the kernel was started."""

    number: int = 0
    right: bool = False
    cohort: str = ""


_tries: dict[str, _Tries] = {}


def note(id: str, right: bool, cohort: str) -> None:
    """Remember that an answer was checked, and whether it was right; the last one counts."""
    tries = _tries.setdefault(id, _Tries())
    tries.number += 1
    tries.right, tries.cohort = right, cohort


@dataclass(frozen=True)
class Line:
    """An exercise of a chapter, and what has come of it.

    Attributes
    ----------
    id : str
    stands : str
        `RIGHT`, `TRIED` or `NOT_TRIED`, by the last answer that was checked.
    tries : int
        How many answers were checked.
    """

    id: str
    stands: str
    tries: int


@dataclass(frozen=True)
class ExerciseReport:
    """The checked exercises of a chapter, with what was right, tried and not tried.

    Attributes
    ----------
    chapter : str
        Name of its file, without the ending.
    lines : tuple of Line
        In the order of the chapter.
    cohorts : tuple of str
        The cohorts on which answers were checked.
    """

    chapter: str
    lines: tuple[Line, ...]
    cohorts: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        of = {which: 0 for which in (RIGHT, TRIED, NOT_TRIED)}
        for line in self.lines:
            of[line.stands] += 1
        wide = max((len(line.id) for line in self.lines), default=0)
        rows = [
            f"{line.id:<{wide}}  {line.stands}{_times(line.tries)}".rstrip() for line in self.lines
        ]
        counted = ", ".join(f"{number} {which}" for which, number in of.items())
        on = [f"Checked on: {'; '.join(self.cohorts)}"] if self.cohorts else []
        return "\n".join([f"{self.chapter}: {counted}", *rows, *on, _NO_PROOF, ""])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        file = {f"{self.chapter}.txt": ("text/plain", str(self).encode())}
        return f"<pre>{escape(str(self))}</pre>{tables.downloads('This list', file)}"

    def save(self, folder: str | Path = ".") -> Path:
        """Write the list as a text file, and say where.

        Parameters
        ----------
        folder : path-like
            The folder of the notebook unless given.

        Returns
        -------
        Path
        """
        path = Path(folder) / f"{self.chapter}.txt"
        path.write_text(str(self), encoding="utf-8")
        return path


def report(chapter: str) -> ExerciseReport:
    """List the checked exercises of a chapter: which are right, which were tried, which were not.

    Parameters
    ----------
    chapter : str
        Name of its file, without the ending, as in `05-overall-survival`.

    Returns
    -------
    ExerciseReport
        Shows itself in a notebook, as text to paste and as a file.

    Raises
    ------
    ExerciseError
        When there is no such chapter.
    """
    if chapter not in quizzes.names():
        raise ExerciseError(
            f"there is no chapter {chapter!r}; the name of its file was expected, "
            'as in exercises.report("05-overall-survival")'
        )
    lines = tuple(_line(one.id) for one in chapters().get(int(chapter[:2]), ()))
    cohorts = {_tries[line.id].cohort: None for line in lines if line.tries}
    return ExerciseReport(chapter, lines, tuple(cohorts))


def _line(id: str) -> Line:
    tries = _tries.get(id, _Tries())
    if not tries.number:
        return Line(id, NOT_TRIED, 0)
    return Line(id, RIGHT if tries.right else TRIED, tries.number)


def _times(tries: int) -> str:
    return "" if tries < 2 else f" ({tries} answers)"
