"""A chapter as a row of texts and cells, each with the exercise or the solution that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from .words import ReaderError

_GATE = re.compile(
    r"^```\{(?P<what>exercise|solution)-(?P<end>start|end)\}[ ]*(?P<title>[^\n]*)\n"
    r"(?P<options>(?::[\w-]+:[^\n]*\n)*)```$\n?",
    re.MULTILINE,
)
_LABEL = re.compile(r"^:label: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """Where a part stands.

    Attributes
    ----------
    what : str
        `exercise`, `solution`, or empty for the text of the chapter.
    exercise : str
        The label of the exercise.
    title : str
        Of the exercise.
    """

    what: str = ""
    exercise: str = ""
    title: str = ""


@dataclass(frozen=True)
class Part:
    """Text in MyST, or a cell of code, and where it stands."""

    place: Place
    text: str = ""
    cell: NotebookNode | None = None


def parts(notebook: NotebookNode) -> Iterator[Part]:
    """The parts of a chapter in their order; a gate is the border of two.

    Raises
    ------
    ReaderError
        When a gate has no partner.
    """
    place = Place()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            yield Part(place, cell=cell)
            continue
        at = 0
        for gate in _GATE.finditer(cell.source):
            if text := cell.source[at : gate.start()].strip("\n"):
                yield Part(place, text)
            place = _after(gate, place)
            at = gate.end()
        if text := cell.source[at:].strip("\n"):
            yield Part(place, text)
    if place.what:
        raise ReaderError(f"the gate of {place.what} {place.exercise} has no partner")


def _after(gate: re.Match[str], place: Place) -> Place:
    what = gate["what"]
    if (gate["end"] == "end") != (place.what == what) or (gate["end"] == "start" and place.what):
        raise ReaderError(f"the gate of {what} {place.exercise or gate['title']} has no partner")
    if gate["end"] == "end":
        return Place()
    if what == "solution":
        return Place(what, gate["title"].strip())
    label = _LABEL.search(gate["options"])
    if label is None:
        raise ReaderError(f"the exercise {gate['title']!r} has no label")
    return Place(what, label[1], gate["title"].strip())
