"""A reader notebook, from the executed chapter and what its page says."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from helpers import exercises

from .. import gates
from . import cells, plumbing, solved
from .page import Said
from .parts import Part, parts
from .quizzes import as_markdown
from .words import ReaderError, Words, unfolded

SOLUTION = "solution"
"""The tag of a cell that students get later."""
_QUIZ = re.compile(r'exercises\.quiz\("(?P<name>[^"]+)"\)')
_START = "page.start()"
_INSTALL = (
    "*The first cell of code is folded. It brings the package of this book where it is missing, as on "
    "Colab, and does nothing elsewhere.*"
)
_WORDS = "*Your answer, in words:*"


def notebook(
    chapter: NotebookNode, said: Said, answers: Mapping[str, Sequence[str]]
) -> NotebookNode:
    """The notebook that a reader gets.

    Parameters
    ----------
    chapter : NotebookNode
        The chapter with its outputs.
    said : Said
        What its page says.
    answers : mapping of str to sequence of str
        The code of the empty cells for the answers of each exercise, by its label.

    Raises
    ------
    ReaderError
        When something in it cannot be said in plain Markdown.
    """
    words = Words(said, cells.quoted(chapter))
    row = list(parts(chapter))
    kept = _kept(row)
    # Two tables of one caption cannot be told apart when their cells are run, and go without.
    tables = {caption: found[0] for caption, found in said.tables.items() if len(found) == 1}
    made: list[NotebookNode] = []
    for place, group in groupby(row, key=lambda part: part.place):
        needed = [part for part in group if part.cell is None or id(part.cell) in kept]
        if place.what == "exercise":
            head = f"### {said.exercises[place.exercise]} · {place.title}"
            made += _text(needed, words, tables, head)
            made += _empty(answers.get(place.exercise, ()))
        elif place.what == "solution":
            solution = solved.as_markdown(needed, words, tables)
            made.append(_markdown(solution, tags=[SOLUTION]))
        else:
            made += _text(needed, words, tables)
    made[:1] = _opening(made[0].source, said)
    if not said.address and words.met:
        made.append(_glossary(words))
    if any("exercises.check(" in answer for one in answers.values() for answer in one):
        hand_in = gates.hand_in(said.docname.rpartition("/")[2])
        made += [_markdown(gates.HAND_IN), cells.code(hand_in, tags=["hand-in"])]
    return whole(made)


def _kept(row: list[Part]) -> set[int]:
    """The cells that are needed, by what Python calls them."""
    code = [part.cell for part in row if part.cell is not None]
    hidden = [
        "remove-cell" in cells.tags(cell) and "install" not in cells.tags(cell) for cell in code
    ]
    needed = plumbing.needed([cell.source for cell in code], hidden)
    return {id(cell) for cell, keep in zip(code, needed, strict=True) if keep}


def _text(
    row: Sequence[Part], words: Words, tables: Mapping[str, str], head: str = ""
) -> Iterator[NotebookNode]:
    """The cells of what stands outside of solutions, under a heading where there is one."""
    if head and (not row or row[0].cell is not None):
        yield _markdown(head)
        head = ""
    for part in row:
        if part.cell is not None:
            yield from _code(part.cell, tables)
            if caption := words.said.captions.get(_figure(part.cell)):
                yield _markdown(caption)
        elif text := "\n\n".join(filter(None, [head, words.plain(part.text)])):
            yield _markdown(text)
            head = ""


def _empty(answers: Sequence[str]) -> Iterator[NotebookNode]:
    """Cells for the answers to an exercise; a place for words where no code is asked for."""
    for answer in answers:
        yield cells.code(answer, tags=["answer"])
    if not answers:
        yield _markdown(_WORDS, tags=["answer"])


def _code(cell: NotebookNode, numbers: Mapping[str, str]) -> Iterator[NotebookNode]:
    """A cell of code as a reader gets it."""
    tags, outputs = cells.tags(cell), cells.shown(cell.outputs, numbers)
    quiz = _QUIZ.search(cell.source)
    if quiz:
        yield _markdown(as_markdown(exercises.read(quiz["name"])))
    elif "in-r" in tags:
        for output in outputs:
            yield _markdown(f"**In R**\n\n{output.data['text/markdown'].strip()}")
    elif "install" in tags:
        title = "The package of this book, where it is missing"
        yield cells.folded(cell.source, title, tags=["install"])
    elif "remove-cell" in tags:
        yield cells.folded(cell.source, "What later cells need", outputs=outputs)
    elif _START in cell.source:
        started = cell.source.replace(_START, _start(numbers))
        yield cells.folded(started, "Packages, and the cohort", outputs=outputs)
    elif {"hide-input", "remove-input"} & set(tags):
        title = "The code of this figure" if _figure(cell) else "The code of this output"
        yield cells.folded(cell.source, title, outputs=outputs)
    else:
        yield cells.code(cell.source, outputs=outputs)


def _figure(cell: NotebookNode) -> str:
    """The name of the figure that a cell draws, or empty."""
    return str(cell.metadata.get("mystnb", {}).get("figure", {}).get("name", ""))


def _start(numbers: Mapping[str, str]) -> str:
    """The call that opens a chapter, with the numbers of its tables."""
    if not numbers:
        return _START
    return f"page.start(\n    {json.dumps(numbers, ensure_ascii=False, indent=4)}\n)"


def _opening(text: str, said: Said) -> list[NotebookNode]:
    """The title, and under it what this file is."""
    title, _, rest = text.partition("\n")
    if not title.startswith("# "):
        raise ReaderError("a chapter begins with its title")
    if said.number:
        title = f"# {said.number}. {title.removeprefix('# ')}"
    origin = said.origin
    commit = f", commit {origin.commit[:10]} of {_in_words(origin.date)}" if origin.commit else ""
    edited = ", with edits since" if origin.edited else ""
    page = said.url(said.docname)
    lead = [
        f"> This is a chapter of a book, as a notebook (version {origin.versions['helpers']}{commit}{edited}). "
        + (f"[Read it as a page]({page})." if page else ""),
        ">",
        "> The cohort is **synthetic**: no row is a real patient. The numbers in the text are those of "
        "the book as it was built; what you change in a cell changes its output, but not the text.",
        ">",
        f"> {_INSTALL}",
    ]
    note = "\n".join(line.rstrip() for line in lead)
    return [_markdown(f"{title}\n\n{note}\n\n{rest.strip()}")]


def _in_words(day: str) -> str:
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B %Y}"


def _glossary(words: Words) -> NotebookNode:
    """What the terms of the chapter mean, where no published glossary can be linked."""
    rows = [
        f"- **{term}**: {words.said.definitions[place]}"
        for term, place in sorted(words.met.items(), key=lambda met: met[0].lower())
    ]
    return _markdown("\n".join(["## Words", "", *rows]))


def _markdown(text: str, **metadata: Any) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata=metadata)


def whole(made: list[NotebookNode]) -> NotebookNode:
    """A notebook of cells, with the same names and numbers for the same contents."""
    seen: Counter[str] = Counter()
    count = 0
    for cell in made:
        id = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[id] += 1
        cell.id = id if seen[id] == 1 else f"{id}-{seen[id]}"
        if cell.cell_type == "code":
            count += bool(cell.outputs)
            cell.execution_count = count if cell.outputs else None
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
    whole = nbformat.v4.new_notebook(
        cells=made,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        },
    )
    nbformat.validate(whole)
    return whole


def script(made: NotebookNode) -> str:
    """A notebook as a Python script; nothing folds in it, so its solutions stand at the end."""
    rest: list[NotebookNode] = []
    solutions: list[NotebookNode] = []
    exercise = ""
    for cell in made.cells:
        if SOLUTION in cells.tags(cell):
            solutions.append(_markdown(f"### {exercise}\n\n{unfolded(cell.source)}"))
            continue
        if cell.source.startswith("### "):
            exercise = cell.source.partition("\n")[0].removeprefix("### ")
        rest.append(cell)
    if solutions:
        rest += [_markdown("## Solutions"), *solutions]
    return str(jupytext.writes(whole(rest), fmt="py:percent"))


def file(made: NotebookNode) -> str:
    """The text of a notebook's file."""
    return nbformat.writes(made) + "\n"
