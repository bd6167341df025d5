"""Builds of books, and programs of the tests, each in a fork of a process that has imported libraries.

What jupyter-book and the libraries under it import takes two thirds of the time of a tiny book, and
most of that of a chapter. The book's own extensions and helpers are never imported before a fork: each
book brings its own.
Where a process cannot be forked safely, each is a process of its own: what is forked has one thread,
since a lock that another thread holds is never opened in the child, which then waits for ever.
"""

from __future__ import annotations

import faulthandler
import functools
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dispensable  # noqa: F401
import limits

_IMPORTED = (
    "bs4", "IPython", "jupyter_book.cli.main", "jupyter_book.sphinx", "jupyter_cache.executors.utils",
    "jupyter_client", "jupytext", "latex2mathml.converter", "lifelines", "lifelines.statistics", "matplotlib.figure",
    "matplotlib.backends.backend_svg", "matplotlib.pyplot", "myst_nb.sphinx_ext", "nbclient", "nbformat", "numba", "pandas", "pyarrow.parquet", "pybtex.database", "pydantic", "pydata_sphinx_theme", "requests",
    "sphinx.builders.html", "sphinx.builders.linkcheck", "sphinx.cmd.build", "sphinx_book_theme",
    "sphinx_comments", "sphinx_copybutton", "sphinx_design", "sphinx_exercise", "sphinx_external_toc",
    "sphinx_thebe", "sphinx_togglebutton", "sphinxcontrib.bibtex", "yaml",
)  # fmt: skip
_OF_THE_BOOK = ("helpers", "report")
_ONE_THREAD = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""For the process that is forked; a build has an environment of its own."""


@functools.cache
def _builder() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **_ONE_THREAD, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def build(words: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run `jupyter-book` with words; gives its exit code and what it said."""
    if sys.platform != "linux":
        command = [str(Path(sys.executable).with_name("jupyter-book")), *words]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout
    with tempfile.NamedTemporaryFile(suffix=".txt") as said:
        code = _asked(words=words, environment=environment, said=[said.name] * 2)
        return code, _read(said.name)


@dataclass(frozen=True)
class Done:
    """How a program ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(
    program: Path, words: Sequence[object], folder: Path, environment: Mapping[str, str]
) -> Done:
    """Run a program of the tests in a folder: `python program words`."""
    if sys.platform != "linux":
        told = subprocess.run(
            [sys.executable, str(program), *map(str, words)], cwd=folder, env=environment,
            capture_output=True, text=True, check=False, timeout=limits.HANGING,
        )  # fmt: skip
        return Done(told.returncode, told.stdout, told.stderr)
    with (
        tempfile.NamedTemporaryFile(suffix=".out") as out,
        tempfile.NamedTemporaryFile(suffix=".err") as wrong,
    ):
        code = _asked(
            words=[str(program), *map(str, words)], environment=dict(environment),
            said=[out.name, wrong.name], folder=str(folder),
        )  # fmt: skip
        return Done(code, _read(out.name), _read(wrong.name))


def _read(name: str) -> str:
    return Path(name).read_text(encoding="utf-8", errors="replace")


def _asked(**job: object) -> int:
    """The exit code of what a fork has become."""
    builder = _builder()
    assert builder.stdin is not None
    assert builder.stdout is not None
    builder.stdin.write(json.dumps(job) + "\n")
    builder.stdin.flush()
    return int(builder.stdout.readline())


def _serve() -> None:
    """Answer each line, a build or a program, with its exit code."""
    for name in _IMPORTED:
        importlib.import_module(name)
    early = [name for name in _OF_THE_BOOK if name in sys.modules]
    assert not early, f"imported before any book: {early}"
    threads = os.listdir("/proc/self/task")
    assert len(threads) == 1, f"{len(threads)} threads before a fork"
    for line in sys.stdin:
        job = json.loads(line)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _become(**job)
        print(_exit_code(child), flush=True)


def _exit_code(child: int) -> int:
    """Of a fork when it has ended; one that hangs is ended, and says where it was."""
    found: list[int] = []

    def ended() -> bool:
        number, status = os.waitpid(child, os.WNOHANG)
        found.extend([status] * bool(number))
        return bool(found)

    try:
        limits.wait_until(ended, "a build or a program")
    except TimeoutError:
        os.kill(child, signal.SIGABRT)
        found.append(os.waitpid(child, 0)[1])
    return os.waitstatus_to_exitcode(found[0])


def _become(
    words: list[str], environment: dict[str, str], said: list[str], folder: str = ""
) -> None:
    """Be `jupyter-book` in an environment, or a program in a folder, and end."""
    out, wrong = (os.open(name, os.O_WRONLY | os.O_TRUNC | os.O_APPEND) for name in said)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (wrong, 2)):
        os.dup2(source, target)
    faulthandler.enable()
    os.environ.clear()
    os.environ.update(environment)
    own = environment.get("PYTHONPATH", "")
    beside = [str(Path(words[0]).parent)] if folder else []
    sys.path[0:1] = beside + (own.split(os.pathsep) if own else [])
    code = 0
    try:
        if folder:
            os.chdir(folder)
            sys.argv = words
            runpy.run_path(words[0], run_name="__main__")
        else:
            sys.argv = ["jupyter-book", *words]
            from jupyter_book.cli.main import main

            main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
