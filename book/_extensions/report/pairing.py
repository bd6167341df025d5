"""Jupytext pairs: each chapter as `NN-name.md`, which people edit, and `NN-name.ipynb`, for Jupyter.

`jupytext --sync` goes by the times of files, which a git checkout scrambles, keeps outputs, and
draws new cell ids every time. Here contents decide. A notebook carries a digest of the contents it
was made with, which tells which of the two was edited since:

- the `.md` alone: the notebook is made again from it;
- the notebook alone (in a Jupyter without Jupytext): the `.md` takes its text over;
- both, and they differ: neither is touched, and the message says how to choose.

Every chapter opens with the same cell, tagged `install`, which brings the package where it is missing.
Its text stands in `first_cell.ipy` alone, and is put back into any chapter whose cell differs.

A notebook of the repository never has outputs. Run as a script, this brings the pairs together; with
`--check` it only says which differ.
"""

from __future__ import annotations

import hashlib
import json
import logging as standard_logging
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[3] / "notebooks"
FIRST_CELL = Path(__file__).with_name("first_cell.ipy")
_INSTALLS = re.compile(
    r"(^:tags: \[remove-cell, install\]\n).*?(^```$)", flags=re.MULTILINE | re.DOTALL
)
_MARK = "made_with"
_EDITORS = {"collapsed", "execution", "ExecuteTime", "jp-MarkdownHeadingCollapsed", "scrolled"}


class PairError(ValueError):
    """Both files of a pair were edited, or one cannot be read."""


def from_text(text: str) -> NotebookNode:
    """The notebook of a MyST text."""
    return _bare(jupytext.reads(text, fmt="md:myst"))


def to_text(notebook: NotebookNode) -> str:
    """The MyST text of a notebook."""
    text = jupytext.writes(_bare(notebook), fmt="md:myst")
    return re.sub(
        r"^    (format_version|jupytext_version): .*\n", "", text, count=2, flags=re.MULTILINE
    )


def to_file(notebook: NotebookNode) -> str:
    """The text of a notebook's file: the same for the same contents."""
    notebook = _bare(notebook)
    notebook.metadata[_MARK] = contents(notebook)
    return nbformat.writes(notebook) + "\n"


def contents(notebook: NotebookNode) -> str:
    """A digest of the cells of a notebook, outputs set aside."""
    cells = [[cell.cell_type, cell.source, cell.metadata] for cell in _bare(notebook).cells]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()[:16]


def synchronise(folder: Path = FOLDER, *, write: bool = True) -> list[str]:
    """Give both files of each pair in a folder the same contents.

    Parameters
    ----------
    folder : Path
    write : bool
        Whether to write, or only to say what would be written.

    Returns
    -------
    list of str
        One sentence for each pair that differed.

    Raises
    ------
    PairError
        When both files of a pair were edited and differ, or a notebook is not readable. All other
        pairs are brought together first.
    """
    found = {p.with_suffix("") for p in folder.glob("[0-9]*") if p.suffix in (".md", ".ipynb")}
    done, problems = [], []
    for stem in sorted(found):
        try:
            new, sentence = _decide(stem.with_suffix(".md"), stem.with_suffix(".ipynb"))
        except PairError as problem:
            problems.append(str(problem))
            continue
        if new:
            done.append(sentence)
        for path, text in new.items() if write else ():
            path.write_text(text, encoding="utf-8", newline="\n")
    if problems:
        raise PairError("\n".join(problems))
    return done


def with_first_cell(text: str) -> str:
    """The MyST text of a chapter with the cell that all of them open with, if it has one."""
    cell = FIRST_CELL.read_text(encoding="utf-8")
    return _INSTALLS.sub(lambda found: f"{found[1]}\n{cell}{found[2]}", text)


def _decide(source: Path, other: Path) -> tuple[dict[Path, str], str]:
    """What has to be written so that a pair agrees and opens as all do, and why."""
    new, sentence = _agree(source, other)
    text = new.get(source) or source.read_text(encoding="utf-8")
    opened = with_first_cell(text)
    if opened == text:
        return new, sentence
    sentence = f"{source.name}: its first cell is that of {FIRST_CELL.name} again"
    return {source: opened, other: to_file(from_text(opened))}, sentence


def _agree(source: Path, other: Path) -> tuple[dict[Path, str], str]:
    """What has to be written so that a pair agrees, and why."""
    text = source.read_text(encoding="utf-8") if source.exists() else to_text(_read(other))
    made = from_text(text)
    file = to_file(made)
    if not source.exists():
        return {source: text, other: file}, f"{source.name}: made from {other.name}"
    if not other.exists():
        return {other: file}, f"{other.name}: made from {source.name}"
    if other.read_text(encoding="utf-8") == file:
        return {}, ""
    notebook = _read(other)
    before, here, there = notebook.metadata.get(_MARK), contents(made), contents(notebook)
    if there in (before, here):
        return {other: file}, f"{other.name}: made again from {source.name}"
    if here == before:
        text = to_text(notebook)
        return (
            {source: text, other: to_file(from_text(text))},
            f"{source.name}: takes over what was edited in {other.name}",
        )
    raise PairError(
        f"{source.name} and {other.name} were both edited and differ; delete the one you do not want "
        f"to keep, and it is made again from the other"
    )


def _read(path: Path) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # whatever JSON, UTF-8 or the schema of notebooks raises
        raise PairError(f"{path.name} cannot be read as a notebook: {error}") from None


def _bare(notebook: NotebookNode) -> NotebookNode:
    """Only what the text says: no outputs, no editor's marks, ids that follow from the source."""
    seen: Counter[str] = Counter()
    cells = []
    for cell in notebook.cells:
        metadata = {key: value for key, value in cell.metadata.items() if key not in _EDITORS}
        id = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[id] += 1
        bare = {
            "cell_type": cell.cell_type,
            "id": id if seen[id] == 1 else f"{id}-{seen[id]}",
            "metadata": metadata,
            "source": cell.source,
        }
        cells.append(bare | ({"execution_count": None, "outputs": []} if "outputs" in cell else {}))
    metadata = {
        "jupytext": {
            "formats": "ipynb,md:myst",
            "text_representation": {"extension": ".md", "format_name": "myst"},
        },
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(book)


def setup(app: Any) -> dict[str, Any]:
    """Bring the pairs together before Sphinx looks for pages; tell warnings by lines of the `.md`."""
    from myst_nb.core.read import read_myst_markdown_notebook
    from sphinx.errors import SphinxError
    from sphinx.util import logging

    logger = logging.getLogger(__name__)

    def before_build(app: Any, _: Any) -> None:
        try:
            for sentence in synchronise(Path(app.srcdir, "notebooks")):
                logger.info(sentence)
        except PairError as problem:
            raise SphinxError(str(problem)) from None

    def add_lines(app: Any, docname: str, source: list[str]) -> None:
        path = Path(app.env.doc2path(docname))
        if path.suffix != ".ipynb" or not path.with_suffix(".md").exists():
            return
        text = path.with_suffix(".md").read_text(encoding="utf-8")
        lines = read_myst_markdown_notebook(text, add_source_map=True).metadata["source_map"]
        notebook = json.loads(source[0])
        if len(lines) == len(notebook["cells"]):
            notebook["metadata"]["source_map"] = lines
            source[0] = json.dumps(notebook)

    app.connect("config-inited", before_build, priority=100)
    app.connect("source-read", add_lines)
    for handler in standard_logging.getLogger(logging.NAMESPACE).handlers:
        handler.addFilter(_Lines())
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class _Lines(standard_logging.Filter):
    """Say `chapter.md:45` where Sphinx would say `chapter.ipynb:45` and mean a line of the `.md`."""

    def filter(self, record: standard_logging.LogRecord) -> bool:
        location = getattr(record, "location", None)
        if isinstance(location, str):
            record.location = re.sub(r"\.ipynb(?=:\d{1,4}$)", ".md", location)
        return True


if __name__ == "__main__":
    try:
        sentences = synchronise(write="--check" not in sys.argv)
    except PairError as problem:
        sys.exit(str(problem))
    print(*sentences, sep="\n", end="\n" if sentences else "")
    sys.exit("--check" in sys.argv and bool(sentences))
