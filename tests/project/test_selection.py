"""Which tests run: those that are marked as long only when all are asked for, and this is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import books
import limits
import pytest
import selection

SOURCE = """
import os
import pytest

@pytest.mark.full
@pytest.mark.parametrize("n", [1, 2])
def test_long(n): pass

def test_daily(): pass

class TestTogether:
    def test_one(self): print("by", os.environ.get("PYTEST_XDIST_WORKER"))
    def test_two(self): print("by", os.environ.get("PYTEST_XDIST_WORKER"))
"""
CONFTEST = "from selection import *\n"


def _run(folder: Path, *words: str, **settings: str) -> str:
    (folder / "test_it.py").write_text(SOURCE)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rP", "--strict-markers", *(words or ["."])],
        cwd=folder,
        env={**books.settings_for(books.ROOT, **{"ALL": "", **settings}),
             "PYTEST_XDIST_WORKER": "",  # of the run that this test is in
             "PYTHONPATH": str(books.ROOT / "tests" / "support")},
        capture_output=True, text=True, timeout=limits.HANGING, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_long_tests_are_left_out_and_a_class_stays_on_one_worker(tmp_path: Path, workers: str):
    said = _run(tmp_path, "-n", workers)
    assert "2 long tests were left out; ALL=1 runs them too." in said
    assert "3 passed" in said
    together = re.findall("^by (.*)$", said, re.MULTILINE)
    assert len(together) == 2
    assert len(set(together)) == 1
    assert together[0].startswith("gw") == (workers == "2")


def test_all_are_run_when_all_are_asked_for(tmp_path: Path):
    said = _run(tmp_path, **{"ALL": "1"})
    assert "5 passed" in said
    assert "left out" not in said


def test_a_long_test_that_is_named_is_run(tmp_path: Path):
    assert "2 passed" in _run(tmp_path, "test_it.py::test_long")


def test_what_is_started_in_the_background_can_be_interrupted(tmp_path: Path):
    """A shell starts a command that ends in `&` with Ctrl-C ignored."""
    (tmp_path / "test_it.py").write_text(
        "import signal\n"
        "def test_it(): assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    )
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = f"{sys.executable} -m pytest -q & wait $!"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(books.ROOT / "tests" / "support")},
        capture_output=True, text=True, timeout=limits.HANGING, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_modules_that_are_named_are_there():
    named = [
        selection.BY_PAGE,
        *selection.SPREAD,
        selection._COMPILED[0],
        *(f"tests/{name}" for name in (selection._FIRST, *selection._LONG)),
    ]
    assert [name for name in named if not (books.ROOT / name).exists()] == []
