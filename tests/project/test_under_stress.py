"""A book that is built where something is missing, full or in the way, and one that is killed.

Each time in a tiny book with the programs of this one, by the command that its readers give.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import books
import limits
import pytest

pytestmark = pytest.mark.full

_SMALL = 40_000
"""Bytes at which a file is as good as a full disk; a page of the tiny book has more."""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny book of which nothing is built."""
    book = books.tiny(tmp_path_factory.mktemp("pristine") / "book")
    shutil.copytree(books.ROOT / "book" / "_tools", book.root / "book" / "_tools")
    shutil.copy(books.ROOT / "Makefile", book.root)
    return book.root


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pristine, tmp_path / "book")


@pytest.fixture(scope="module")
def ordinary(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The pages of an ordinary build."""
    folder = shutil.copytree(pristine, tmp_path_factory.mktemp("ordinary") / "book")
    with begun(folder) as program:
        said = program.communicate(timeout=limits.HANGING)[0]
    assert program.returncode == 0, said
    return pages(folder)


def pages(folder: Path) -> dict[str, bytes]:
    """What a reader of a built book opens."""
    html = folder / "_build" / "html"
    return {path.relative_to(html).as_posix(): path.read_bytes() for path in html.rglob("*.html")}


def begun(
    folder: Path,
    before: Callable[[], object] | None = None,
    output: Path | None = None,
    **settings: str | None,
) -> subprocess.Popen[str]:
    """`make book`, which has begun; settings of None are taken out of the environment."""
    environment = books.settings_for(folder, SOURCE_DATE_EPOCH=str(books.EPOCH))
    for name, value in settings.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return subprocess.Popen(
        ["make", "book", f"RUN={sys.executable}", "READER="],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE if output is None else output.open("w"),
        stderr=subprocess.STDOUT if output is None else subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        preexec_fn=before,
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"HOME": None},
        {"HOME": "/nowhere"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        {"XDG_CACHE_HOME": "/dev/null", "MPLCONFIGDIR": "/dev/null", "IPYTHONDIR": "/dev/null"},
    ],
    ids=lambda settings: " ".join(f"{name}={value}" for name, value in settings.items()),
)
def test_whatever_the_environment(
    folder: Path, ordinary: dict[str, bytes], settings: dict[str, str | None]
):
    program = begun(folder, **settings)
    said = program.communicate(timeout=limits.HANGING)[0]
    assert program.returncode == 0, said
    assert pages(folder) == ordinary


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_blanks_and_umlauts_are_in_the_path(
    pristine: Path, ordinary: dict[str, bytes], tmp_path: Path, locale: str
):
    folder = shutil.copytree(pristine, tmp_path / "Blüten $HOME und 'Blätter'")
    program = begun(folder, LC_ALL=locale, PYTHONCOERCECLOCALE="0")
    said = program.communicate(timeout=limits.HANGING)[0]
    assert program.returncode == 0, said
    assert f"Open {folder / '_build' / 'html' / 'index.html'}" in said
    assert pages(folder) == ordinary


def test_nobody_else_may_read_what_one_may_not(folder: Path, ordinary: dict[str, bytes]):
    program = begun(folder, lambda: os.umask(0o077))
    said = program.communicate(timeout=limits.HANGING)[0]
    assert program.returncode == 0, said
    assert pages(folder) == ordinary
    built = (folder / "_build" / "html").rglob("*")
    assert not {str(path) for path in built if path.stat().st_mode & 0o077}


@pytest.mark.parametrize("after", ["Running Jupyter-Book", "executed", "preparing documents"])
def test_a_killed_build_goes_on(folder: Path, ordinary: dict[str, bytes], after: str):
    """Killed with all that it has started; what was executed by then and kept is not executed again."""
    program = begun(folder)
    assert program.stdout is not None
    while after not in (line := program.stdout.readline()):
        assert line, f"the build ended before it said {after!r}"
    os.killpg(program.pid, signal.SIGKILL)
    program.communicate(timeout=limits.HANGING)
    again = begun(folder)
    said = again.communicate(timeout=limits.HANGING)[0]
    assert again.returncode == 0, said
    assert pages(folder) == ordinary
    if after == "preparing documents":
        assert "executed " not in said


def test_a_full_disk_is_told_and_then_made_good(folder: Path, ordinary: dict[str, bytes]):
    program = begun(
        folder, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL, resource.RLIM_INFINITY))
    )
    said = program.communicate(timeout=limits.HANGING)[0]
    assert program.returncode == 2
    assert "File too large" in said
    assert "The book has errors: see above." in said
    assert "Open " not in said
    again = begun(folder)
    said = again.communicate(timeout=limits.HANGING)[0]
    assert again.returncode == 0, said
    assert pages(folder) == ordinary


def test_output_that_cannot_be_written_is_told(folder: Path, ordinary: dict[str, bytes]):
    program = begun(folder, output=Path("/dev/full"))
    told = program.communicate(timeout=limits.HANGING)[1]
    assert program.returncode == 2
    assert "No space left on device" in told
    assert "Traceback" not in told


def test_output_goes_to_a_file(folder: Path, ordinary: dict[str, bytes], tmp_path: Path):
    program = begun(folder, output=tmp_path / "said")
    told = program.communicate(timeout=limits.HANGING)[1]
    assert program.returncode == 0, told
    assert "\r" not in (tmp_path / "said").read_text(encoding="utf-8")
    assert pages(folder) == ordinary
