"""Live code runs what a page shows: cells whose code is shown need none whose code the book removes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import books
import nbformat
import without_sphinx

NOTEBOOKS = sorted((books.ROOT / "notebooks").glob("[0-9]*.ipynb"))
TOLD = "define what they use in a cell that is shown"


def _undefined(folder: Path) -> str:
    """What ruff, which reads notebooks too, says about names that no cell defines before their use."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    options = ["--isolated", "--no-cache", "--select", "F821", "--output-format", "concise"]
    done = subprocess.run(
        [ruff, "check", *options, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout if done.returncode else ""


def _write(cells: list[nbformat.NotebookNode], path: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_every_name_in_a_visible_cell_is_defined_in_one(tmp_path: Path):
    assert NOTEBOOKS
    for notebook in NOTEBOOKS:
        cells = without_sphinx.visible(notebook)
        assert cells, notebook.name
        _write(cells, tmp_path / notebook.name)
    undefined = _undefined(tmp_path)
    assert not undefined, f"{TOLD}:\n{undefined}"


def test_a_name_of_a_removed_cell_is_seen(tmp_path: Path):
    """The check above can fail, also where the name comes too late."""
    for source in ("print(hidden)", "print(late)\nlate = 1"):
        _write([nbformat.v4.new_code_cell(source)], tmp_path / "01.ipynb")
        assert "undefined" in _undefined(tmp_path).lower(), source
