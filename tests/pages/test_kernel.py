"""Chapters are executed by the environment that builds the book, whatever kernels there are."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import limits
import nbformat
import psutil
import pytest
from books import Book
from nbformat.v4 import new_code_cell, new_notebook
from report import execution, warm

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


@pytest.fixture(scope="module")
def forks() -> Iterator[warm.Warm]:
    """A process that forks kernels."""
    with closing(warm.Warm()) as forks:
        yield forks


def _told(folder: Path, *cells: str, forks: warm.Warm | None = None) -> list[str]:
    """What each cell prints."""
    notebook: nbformat.NotebookNode = new_notebook(cells=[new_code_cell(one) for one in cells])
    result = execution._run(notebook, folder / "chapter.ipynb", limits.HANGING, forks)
    assert result.err is None, result.exc_string
    return [cell.outputs[0].text for cell in notebook.cells]


@pytest.mark.parametrize("code", ["pass", "raise ValueError"], ids=["a chapter", "one that fails"])
@pytest.mark.parametrize("forked", [False, True], ids=["alone", "forked"])
def test_no_kernel_outlives_its_chapter(tmp_path: Path, forks: warm.Warm, code: str, forked: bool):
    cells = [new_code_cell("import os; print(os.getpid())"), new_code_cell(code)]
    notebook: nbformat.NotebookNode = new_notebook(cells=cells)
    result = execution._run(
        notebook, tmp_path / "chapter.ipynb", limits.HANGING, forks if forked else None
    )
    assert (result.err is None) == (code == "pass")
    assert not psutil.pid_exists(int(notebook.cells[0].outputs[0].text))


def test_a_forked_kernel_has_the_libraries_and_no_helpers_and_is_else_as_any_other(
    tmp_path: Path, forks: warm.Warm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OF_THE_BUILD", "as it is now")
    has = "import sys; print([name in sys.modules for name in ('lifelines', 'helpers')])"
    seen = (  # the first path may be the caller's, from where it was called
        "import os, signal; print(os.getcwd(), sys.path[1:], os.environ['OF_THE_BUILD'],"
        " os.environ['OPENBLAS_NUM_THREADS'], signal.getsignal(signal.SIGCHLD), __name__)",
        "import matplotlib; print(matplotlib.get_backend())",
        "import subprocess; print(subprocess.run(['sh', '-c', 'exit 3']).returncode)",
    )
    forked, alone = _told(tmp_path, has, *seen, forks=forks), _told(tmp_path, has, *seen)
    assert (forked[0], alone[0]) == ("[True, False]\n", "[False, False]\n")
    assert forked[1:] == alone[1:]


def test_where_nothing_can_be_forked_a_kernel_starts_by_itself(tmp_path: Path):
    ended = warm.Warm()
    ended._process.kill()
    ended._process.wait()
    assert _told(tmp_path, "print(6 * 7)", forks=ended) == ["42\n"]
    ended.close()


def test_kernels_end_with_the_process_that_forked_them(tmp_path: Path, forks: warm.Warm):
    """The last test: it closes what the others used."""
    kernel = forks.kernel(
        ["python", "-m", "ipykernel_launcher", "-f", str(tmp_path / "connection.json")],
        str(tmp_path),
        dict(os.environ),
    )
    assert kernel is not None
    assert psutil.Process(kernel.pid).ppid() == forks._process.pid
    limits.wait_until((tmp_path / "connection.json").exists, "a kernel that answers")
    forks.close()
    limits.wait_until(lambda: not psutil.pid_exists(kernel.pid), "the end of a kernel")
