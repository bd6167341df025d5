"""The program that makes .venv: what it installs, when it begins from nothing, what it refuses.

A Python that only tells stands in for the interpreter: it writes down how it is called, and its `venv`
is a folder with itself as Python.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import environment
import pytest
import waiting
from books import ROOT

PYTHON = """\
#!{python}
import json, os, shutil, sys
from pathlib import Path
root = Path({root!r})
words = sys.argv[1:]
if words[0] == "-c" and words[2:] and not os.environ["PYTHONDONTWRITEBYTECODE"]:
    with open(root / "imported", "a") as imported:
        imported.write("".join(f"{{name}}\\n" for name in words[2:]))
    sys.exit()
if words[0] == "-c":
    print(json.dumps([{version!r}, "cpython", {venv}]))
    sys.exit()
what = words[1]
if what == "venv":
    made = Path(words[2], "bin")
    made.mkdir(parents=True)
    shutil.copy(__file__, made / "python")
    (made.parent / "pyvenv.cfg").write_text("version = {version}.1\\n")
elif what == "pip":
    what = "package" if "-e" in words else Path(words[-1]).read_text()
    if (root / "broken").exists() and (root / "broken").read_text() in what:
        print("ERROR: no such wheel")
        sys.exit(1)
with open(root / "calls", "a") as calls:
    calls.write(what + "\\n")
"""
READER = "a==1 \\\n    --hash=sha256:1\nb==1 \\\n    --hash=sha256:2\nsetuptools==9 \\\n    --hash=sha256:3\n"
DEVELOPER = "c==1 \\\n    --hash=sha256:4\n"


class Clone:
    """A folder with locks, and Pythons that only tell."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.bin.mkdir(parents=True)
        (root / "book" / "_tools").mkdir(parents=True)
        for name in ("environment", "waiting"):
            shutil.copy(ROOT / "book" / "_tools" / f"{name}.py", root / "book" / "_tools")
        self.write("requirements.txt", READER)
        self.write("requirements-dev.txt", DEVELOPER)
        self.write("pyproject.toml", "")

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def python(self, name: str, version: str, venv: bool = True) -> Path:
        path = self.bin / name
        told = {"python": sys.executable, "root": str(self.root)}
        path.write_text(PYTHON.format(version=version, venv=venv, **told))
        path.chmod(0o755)
        return path

    def command(self, level: str) -> list[str]:
        return [sys.executable, str(self.root / "book/_tools/environment.py"), level]

    def settings(self, python: str = "") -> dict[str, str]:
        return {**os.environ, "PATH": str(self.bin), "PYTHON": python}

    def run(self, level: str, python: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(level),
            env=self.settings(python),
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        """What was done since the last time."""
        path = self.root / "calls"
        text = path.read_text() if path.exists() else ""
        path.unlink(missing_ok=True)
        names = [line.split("==")[0] for line in text.splitlines()]
        return [name for name in names if name and name[0] not in " #"]


NOTHING: list[str] = []
READERS = ["venv", "setuptools", "a", "b", "package"]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "a clone")
    made.python("python3", "3.12")
    return made


def _sorted(calls: list[str]) -> list[str]:
    return sorted(calls, key=lambda name: (READERS + ["c"]).index(name))


def test_a_reader_installs_the_readers_lock_and_the_package_once(clone: Clone):
    done = clone.run("reader")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Making .venv with Python 3.12")
    calls = clone.calls()
    assert calls[:2] == ["venv", "setuptools"], "what builds packages comes first"
    assert calls[-1] == "package"
    assert _sorted(calls) == READERS
    again = clone.run("reader")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert clone.calls() == NOTHING


def test_a_developer_adds_the_rest_when_it_is_first_needed(clone: Clone):
    clone.run("reader")
    clone.calls()
    done = clone.run("developer")
    assert "Adding to .venv, with Python 3.12, what development needs:" in done.stdout
    assert clone.calls() == ["c"]
    for level in ("developer", "reader"):
        assert clone.run(level).stdout == ""
    assert clone.calls() == NOTHING


def test_what_is_used_first_is_imported_so_that_its_bytecode_is_kept(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for level in environment.LOCKS:
        for _ in "once", "not again":
            clone.run(level)
        told = (clone.root / "imported").read_text().split()
        (clone.root / "imported").unlink()
        assert sorted(told) == sorted(" ".join(environment._IMPORTED[level]).split())


@pytest.mark.parametrize("name", " ".join(sum(environment._IMPORTED.values(), ())).split())
def test_there_is_what_is_imported_first(name: str):
    assert find_spec(name)


def test_a_developer_can_begin_from_nothing(clone: Clone):
    assert clone.run("developer").returncode == 0
    assert sorted(clone.calls()) == sorted([*READERS, "c"])


@pytest.mark.parametrize(
    ("edited", "level", "wanted"),
    [
        ("requirements.txt", "reader", READERS),
        ("requirements.txt", "developer", [*READERS, "c"]),
        ("requirements-dev.txt", "developer", [*READERS, "c"]),
        ("requirements-dev.txt", "reader", NOTHING),
        ("pyproject.toml", "reader", ["package"]),
    ],
)
def test_what_is_out_of_date_is_made_again_by_contents(
    clone: Clone, edited: str, level: str, wanted: list[str]
):
    clone.run("developer")
    clone.calls()
    text = (clone.root / edited).read_text()
    os.utime(clone.root / edited)
    clone.run(level)
    assert clone.calls() == NOTHING, "a time is no edit"
    clone.write(edited, f"{text}# edited\n")
    assert clone.run(level).returncode == 0
    assert sorted(clone.calls()) == sorted(wanted)
    assert clone.run(level).stdout == ""


@pytest.mark.parametrize(("level", "broken"), [("reader", "a=="), ("developer", "c==")])
def test_what_was_interrupted_is_made_again_from_nothing(clone: Clone, level: str, broken: str):
    clone.write("broken", broken)
    done = clone.run(level)
    assert done.returncode == 2
    name = environment.LOCKS[level]
    assert "ERROR: no such wheel" in done.stderr
    assert done.stderr.endswith(f"Not everything in {name} was installed.\n")
    (clone.root / "broken").unlink()
    clone.calls()
    assert clone.run(level).returncode == 0
    assert clone.calls()[0] == "venv"


def test_a_package_that_cannot_be_installed_is_told_and_tried_again(clone: Clone):
    clone.write("broken", "package")
    done = clone.run("reader")
    assert done.returncode == 2
    assert done.stderr.endswith("The package of this book was not installed.\n")
    (clone.root / "broken").unlink()
    clone.calls()
    assert clone.run("reader").returncode == 0
    assert clone.calls() == ["package"]


def test_an_environment_whose_python_is_gone_is_made_again(clone: Clone):
    clone.run("reader")
    (clone.root / ".venv/bin/python").unlink()
    clone.calls()
    assert clone.run("reader").returncode == 0
    assert sorted(clone.calls()) == sorted(READERS)


def test_the_newest_supported_python_is_taken(clone: Clone):
    clone.python("python3", "3.14")
    clone.python("python3.11", "3.11")
    clone.python("python3.13", "3.13")
    assert "with Python 3.13" in clone.run("reader").stdout


def test_the_python_that_is_named_is_taken(clone: Clone):
    named = clone.python("mine", "3.11")
    assert "with Python 3.11" in clone.run("reader", python=str(named)).stdout


@pytest.mark.parametrize(
    ("version", "venv", "named", "sentence"),
    [
        ("3.14", True, False, "Python 3.11, 3.12 or 3.13 is needed and none was found; install one, or say where it is: make PYTHON=/path/to/python3"),
        ("3.12", False, False, "python3 comes without venv; install it (Debian, Ubuntu: apt install python3-venv)"),
        ("3.14", True, True, "PYTHON=python3: Python 3.11, 3.12 or 3.13 (CPython) is needed"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_in_one_sentence_and_nothing_is_touched(
    clone: Clone, version: str, venv: bool, named: bool, sentence: str
):
    clone.run("reader")
    kept = clone.root / ".venv" / "kept"
    kept.touch()
    clone.write("requirements.txt", f"{READER}# edited\n")
    clone.python("python3", version, venv)
    done = clone.run("reader", python="python3" if named else "")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{sentence}\n")
    assert kept.exists()


def test_progress_is_told_and_ends_at_all_that_hold_here(clone: Clone, capsys):
    progress = environment._Progress(42)
    for line in [
        "Ignoring x: markers",
        "Ignoring y: markers",
        *["Collecting z==1", "Processing z.whl"] * 20,
    ]:
        progress.note(line)
    assert capsys.readouterr().out.splitlines() == [
        "  20 of 40 packages fetched",
        "  all 40 packages fetched, installing",
    ]


def test_a_second_command_waits_until_the_environment_is_made(clone: Clone):
    with waiting.alone(clone.root, "the test waits for nobody"):
        second = subprocess.Popen(
            clone.command("reader"), env=clone.settings(), stdout=subprocess.PIPE, text=True
        )
        assert second.stdout is not None
        said = second.stdout.readline()
        calls = clone.calls()
    assert said == "Another command makes .venv in this folder; this one waits for it.\n"
    assert calls == NOTHING
    second.communicate()
    assert second.returncode == 0
    assert sorted(clone.calls()) == sorted(READERS)
