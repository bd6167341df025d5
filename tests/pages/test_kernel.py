"""Chapters are executed by the environment that builds the book, whatever kernels there are."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import limits
import nbformat
import psutil
import pytest
from books import Book
from nbformat.v4 import new_code_cell, new_notebook
from report import execution

CODE = "import sys; print('run by', sys.prefix)"


def _foreign(folder: Path, name: str) -> Path:
    """A kernel that is another program, which leaves a trace and ends."""
    trace = folder / "trace"
    program = folder / "other-python"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\nexit 1\n")
    program.chmod(0o755)
    place = folder / "kernels" / name
    place.mkdir(parents=True)
    about = {
        "argv": [str(program), "{connection_file}"],
        "display_name": name,
        "language": "python",
    }
    (place / "kernel.json").write_text(json.dumps(about))
    return trace


@pytest.mark.parametrize(
    "found_by",
    [
        pytest.param("JUPYTER_PATH", id="on a path of the user's"),
        pytest.param("JUPYTER_DATA_DIR", id="in the user's folder", marks=pytest.mark.full),
    ],
)
def test_a_python3_of_another_python_is_not_taken(tiny_book: Book, tmp_path: Path, found_by: str):
    trace = _foreign(tmp_path, "python3")
    tiny_book.edit("notebooks/02-plain.md", "print(6 * 7)", CODE)
    settings = {found_by: str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "0"}
    built = tiny_book.build(**settings)
    assert built.code == 0, built.said
    assert built.executed == {"02-plain"}
    assert f"run by {sys.prefix}" in built.text("notebooks/02-plain")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("name", "known"),
    [
        pytest.param("my-editor", True, id="that there is", marks=pytest.mark.full),
        pytest.param("venv (3.9)", False, id="that there is not"),
    ],
)
def test_a_kernel_that_an_editor_wrote_into_a_notebook_is_not_taken(
    tiny_book: Book, tmp_path: Path, name: str, known: bool
):
    trace = _foreign(tmp_path, name) if known else tmp_path / "trace"
    path = tiny_book.root / "notebooks" / "02-plain.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["kernelspec"] = {"display_name": name, "language": "python", "name": name}
    (cell,) = [cell for cell in notebook["cells"] if "print(6 * 7)" in "".join(cell["source"])]
    cell["source"] = CODE
    path.write_text(json.dumps(notebook), encoding="utf-8")
    built = tiny_book.build(JUPYTER_PATH=str(tmp_path))
    assert built.code == 0, built.said
    assert built.executed == {"02-plain"}
    assert f"run by {sys.prefix}" in built.text("notebooks/02-plain")
    assert not trace.exists()


@pytest.mark.parametrize("code", ["pass", "raise ValueError"], ids=["a chapter", "one that fails"])
def test_no_kernel_outlives_its_chapter(tmp_path: Path, code: str):
    cells = [new_code_cell("import os; print(os.getpid())"), new_code_cell(code)]
    notebook: nbformat.NotebookNode = new_notebook(cells=cells)
    result = execution._run(notebook, tmp_path / "chapter.ipynb", limits.HANGING)
    assert (result.err is None) == (code == "pass")
    assert not psutil.pid_exists(int(notebook.cells[0].outputs[0].text))
