"""A solution as one fold of text: its words, its code, and what the code gives.

It is no cell that can be run. Running the whole notebook would run it with the rest: JupyterLab and Colab
then open its outputs, whatever is folded, before the reader has tried, and `exercises.report` would take
it for the reader's answer. GitHub folds no code of cells at all. Whoever wants to run a solution copies it
into the empty cell above it.

nbconvert's Markdown leaves tables as HTML, with styles that Markdown cells do not take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby, zip_longest

from bs4 import BeautifulSoup, Tag
from nbformat import NotebookNode

from helpers import markup

from . import cells
from .parts import Part
from .words import ReaderError, Words, folded

_PRINTED = "It prints:"
_NOTE = f".{markup.FEEDBACK}, .{markup.REFUTED}, .{markup.LACKING}"


def as_markdown(row: Sequence[Part], words: Words, numbers: Mapping[str, str]) -> str:
    """A solution behind its title.

    Parameters
    ----------
    row : sequence of Part
        Its texts and its cells.
    words : Words
        Says its texts.
    numbers : mapping of str to str
        Numbers of the tables of the chapter, by their captions.
    """
    said: list[str] = []
    for part in row:
        if part.cell is None:
            said.append(words.plain(part.text))
        else:
            # What holds a sentence to its numbers stands in cells whose code no page shows.
            if "remove-input" not in cells.tags(part.cell):
                said.append(f"```python\n{part.cell.source.strip()}\n```")
            said += _given(part.cell.outputs, numbers)
    return folded("Solution", "\n\n".join(filter(None, said)))


def _given(outputs: Sequence[NotebookNode], numbers: Mapping[str, str]) -> list[str]:
    """What a cell printed and showed."""
    given = []
    for printed, some in groupby(outputs, key=lambda output: output.output_type == "stream"):
        if printed:
            if text := _fenced("".join(one.text for one in some)):
                given += [_PRINTED, text]
        else:
            given += [_shown(one.data, numbers) for one in some]
    return given


def _fenced(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```" if text.strip() else ""


def _shown(data: Mapping[str, str], numbers: Mapping[str, str]) -> str:
    if any(kind.startswith("image/") for kind in data):
        raise ReaderError("a figure in a solution: show it before the exercise, or as a table")
    if "text/html" not in data:
        return _fenced(data["text/plain"])
    html = BeautifulSoup(data["text/html"], "html.parser")
    if (note := html.select_one(_NOTE)) is not None:
        return f"> {escape(' '.join(note.get_text().split()), quote=False)}"
    if (table := html.find("table")) is not None:
        return _table(table, numbers)
    raise ReaderError(f"an output of a solution that is neither text nor a table: {html}")


def _table(table: Tag, numbers: Mapping[str, str]) -> str:
    """A table of Markdown, its number and caption under it."""
    rows = [[_cell(cell) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
    heads = len(table.thead.find_all("tr")) if table.thead else 1
    # pandas gives the name of an index a row of its own.
    head = [" ".join(column).strip() or " " for column in zip_longest(*rows[:heads], fillvalue="")]
    lines = [head, ["---"] * len(head), *rows[heads:]]
    said = ["\n".join(f"| {' | '.join(line)} |" for line in lines)]
    if table.caption is not None:
        caption = table.caption.get_text()
        number = f"**{numbers[caption]}.** " if caption in numbers else ""
        said.append(number + escape(caption, quote=False))
    return "\n\n".join(said)


def _cell(cell: Tag) -> str:
    text = escape(" ".join(cell.get_text().split()), quote=False)
    return text.replace("|", "\\|").replace("*", "\\*")
