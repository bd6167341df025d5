"""Chapters executed without Sphinx and without kernels: where only what cells show is of interest.

nbclient starts a kernel for each notebook, and each imports the libraries anew; here one process
runs them all, and each begins with no names.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

_LACKS = re.compile(r"This cohort has no column (\w+) in (\w+)\.csv\.")
_QUOTED = re.compile(r"\{glue\}`([\w-]+)`")
_HEADING = re.compile(r"^#{1,3} (.*)$", re.MULTILINE)
_HIDDEN = {"remove-cell", "remove-input"}


@dataclass(frozen=True)
class Ran:
    """How a chapter went.

    Attributes
    ----------
    problem : str
        The error that stopped it and the cell that raised it; empty if it ran to its end.
    complained : str
        What its cells wrote on standard error, which a strict build counts as warnings.
    shown : str
        What they printed and displayed, as text and HTML.
    lacked : list of (str, str, str)
        Table, column and section, where a cell said that the cohort has no such column.
    unkept : list of str
        Names that its prose quotes and that no cell has kept.
    """

    chapter: str
    problem: str
    complained: str
    shown: str
    lacked: list[tuple[str, str, str]]
    unkept: list[str]


def visible(notebook: Path) -> list[NotebookNode]:
    """The code cells whose code a page shows, which are those that live code runs."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [
        cell
        for cell in cells
        if cell.cell_type == "code" and not _HIDDEN & set(cell.metadata.get("tags", []))
    ]


def execute(notebooks: Iterable[Path], folder: Path, **variables: str) -> list[Ran]:
    """Execute notebooks one after the other in a process of their own, in a folder."""
    import builder
    import clean  # what only the caller needs

    surroundings = clean.surroundings(IPYTHONDIR=str(folder), MPLBACKEND="agg", **variables)
    done = builder.run(Path(__file__), list(notebooks), folder, surroundings)
    assert done.returncode == 0, done.stderr
    return [_ran(**json.loads(line)) for line in done.stdout.splitlines()]


def _ran(lacked: list[list[str]], **others: Any) -> Ran:
    return Ran(lacked=[(table, column, section) for table, column, section in lacked], **others)


def _main(notebooks: list[Path]) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    for path in notebooks:
        shell.reset()
        cells = nbformat.read(path, as_version=4).cells
        problem, complained, shown, section = "", "", "", ""
        lacked: dict[tuple[str, str, str], None] = {}
        quoted: dict[str, None] = {}
        kept: set[str] = set()
        # What one chapter was warned of, the next is warned of again.
        with warnings.catch_warnings():
            for cell in cells:
                source = cell.source
                if cell.cell_type != "code":
                    section = ([section] + _HEADING.findall(source))[-1]
                    quoted |= dict.fromkeys(_QUOTED.findall(source))
                    continue
                with capture_output() as captured:
                    result = shell.run_cell(source)
                complained += captured.stderr
                kept |= {
                    rich.metadata["scrapbook"]["name"]
                    for rich in captured.outputs
                    if "scrapbook" in (rich.metadata or {})
                }
                data = (text for rich in captured.outputs for text in rich.data.values())
                said = captured.stdout + "\n".join(text for text in data if isinstance(text, str))
                shown += said
                if "page.start()" not in source:  # whose banner tells of every column
                    found = _LACKS.findall(said)
                    lacked |= {(table, name, section): None for name, table in found}
                if not result.success:
                    raised = result.error_in_exec or result.error_before_exec
                    problem = f"{type(raised).__name__}: {raised}, in\n{source}"
                    break
        unkept = [name for name in quoted if name not in kept]
        ran = Ran(path.stem, problem, complained, shown, list(lacked), unkept)
        print(json.dumps(vars(ran)))


if __name__ == "__main__":
    _main([Path(name) for name in sys.argv[1:]])
