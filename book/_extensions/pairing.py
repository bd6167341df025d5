"""Jupytext pairs: `notebooks/NN-name.md` is the source, `.ipynb` is made from it.

`jupytext --sync` goes by the times of files, which a git checkout scrambles, and draws new cell
identifiers every time; so the contents are compared here, and the identifiers are counted.
Run as a script, it refreshes the pairs; with `--check` it only tells which are out of step.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


def notebook_of(source: Path) -> str:
    """The text of the .ipynb that belongs to a .md: no outputs, counted cell identifiers."""
    notebook = jupytext.read(source)
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"{source.stem[:40]}-{position}"
        cell.metadata.pop("lines_to_next_cell", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return nbformat.writes(notebook) + "\n"


def stale(folder: Path) -> list[Path]:
    """Sources whose notebook is missing or differs."""
    found = []
    for source in sorted(folder.glob("[0-9]*.md")):
        notebook = source.with_suffix(".ipynb")
        if not notebook.exists() or notebook.read_text(encoding="utf-8") != notebook_of(source):
            found.append(source)
    return found


def _edited(path: Path) -> bool:
    """Whether git knows a file and it differs from what was committed."""
    status = subprocess.run(
        ["git", "status", "--porcelain", "--", path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return status.returncode == 0 and status.stdout[:2].strip() == "M"


def refresh(folder: Path) -> list[Path]:
    """Write the notebooks that are out of step; refuse to lose an edit made in a notebook alone."""
    sources = stale(folder)
    for source in sources:
        notebook = source.with_suffix(".ipynb")
        if notebook.exists() and _edited(notebook) and not _edited(source):
            raise ValueError(
                f"{notebook} was edited without {source.name}; keep the edit with "
                f"`jupytext --to md:myst {notebook}`, or drop it with `git checkout {notebook}`"
            )
        notebook.write_text(notebook_of(source), encoding="utf-8")
    return sources


def _before_reading(app: Sphinx, config: Any) -> None:
    try:
        refresh(Path(app.srcdir, "notebooks"))
    except ValueError as error:
        raise ExtensionError(str(error)) from None


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _before_reading, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[2] / "notebooks"
    try:
        changed = stale(here) if "--check" in sys.argv else refresh(here)
    except ValueError as problem:
        sys.exit(str(problem))
    if changed and "--check" in sys.argv:
        sys.exit("out of step with their .md (run `make pair`): " + ", ".join(p.stem for p in changed))
