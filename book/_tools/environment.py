"""Make `.venv` from the locks, where it is not there or out of date; the Makefile calls it first.

A reader's environment has what builds the book, a developer's has the rest on top. Each part leaves
a stamp with a digest of what it was made from, set to `begun` until the part has ended: what was
interrupted, or is out of date, is made again from nothing. Any Python from 3.7 on can run this file; it
looks for one that the project supports.

uv does the same in a third of the time, but would have to be installed first and reads none of pip's
settings, by which many places name their package index. pip takes the lock in two halves at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from waiting import alone

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"reader": "requirements.txt", "developer": "requirements-dev.txt"}
"""What each of the two installs; a developer has both."""
SUPPORTED = ("3.11", "3.12", "3.13")
WITH_WHEELS = {
    "Linux": ("x86_64", "aarch64"),
    "Darwin": ("x86_64", "arm64"),
    "Windows": ("AMD64",),
}
"""Where each package of the reader's lock comes ready-made; `tests/data/wheels.tsv` has the files."""
_BEGUN = "begun"
_BEGINNING = {
    True: "Making .venv with Python {}, about a minute:",
    False: "Adding to .venv, with Python {}, what development needs:",
}
_BUILDERS = ("setuptools", "wheel")
_IMPORTED = {
    "reader": (
        "ipykernel.kernelapp IPython.display matplotlib_inline.backend_inline lifelines pandera.pandas seaborn"
        " statsmodels.formula.api statsmodels.imputation.mice tableone lmfit firthmodels pyarrow.parquet",
        "jupyter_book.cli.main jupyter_book.sphinx jupyter_cache.executors.utils jupyter_client jupytext"
        " latex2mathml.converter myst_nb.sphinx_ext pydata_sphinx_theme sphinx_book_theme sphinx.builders.html"
        " sphinx_design sphinx_exercise sphinx_external_toc sphinxcontrib.bibtex sphinx_togglebutton",
    ),
    "developer": (
        "pytest xdist.workermanage hypothesis filelock psutil bs4 playwright.sync_api axe_playwright_python",
        "distributed frictionless ortools.sat.python.cp_model pypdf pikepdf colorspacious jupyterlab.labapp",
    ),
}
"""What chapters and the book, and then tests, import first; a process for each line of names."""
_IMPORT = """\
import importlib, sys
from contextlib import suppress
for name in sys.argv[1:]:
    with suppress(Exception):
        importlib.import_module(name)
"""
_LOOK = (
    "import importlib.util, json, sys; print(json.dumps(['%d.%d' % sys.version_info[:2],"
    " sys.implementation.name, all(map(importlib.util.find_spec, ('ensurepip', 'venv')))]))"
)


class Refused(Exception):
    """There can be no environment; the message is one sentence."""


class Place(NamedTuple):
    """What decides which ready-made packages fit."""

    system: str
    machine: str
    python: str

    def lacking(self, level: str) -> str:
        """What cannot be had here, as a sentence; empty where nothing is missing."""
        if self.machine not in WITH_WHEELS.get(self.system, ()):
            return (
                f"There are not all packages ready-made for {self.system} on {self.machine}: "
                "pip builds the others from source, which needs compilers and may fail."
            )
        arm = self.machine in ("aarch64", "arm64")
        if level == "developer" and (arm or self.python == "3.13"):
            return (
                f"scikit-survival is not ready-made for {self.machine} and Python {self.python}: "
                "it is left out, with the tests and columns of `make bench` that compare with it."
            )
        return ""


def find_python(named: str) -> tuple[str, str]:
    """A Python that the project supports, and its version.

    Parameters
    ----------
    named : str
        The one that the user wants; empty for any.

    Raises
    ------
    Refused
        Where there is none, or it has no venv.
    """
    names = [named] if named else [*(f"python{v}" for v in SUPPORTED[::-1]), "python3", "python"]
    without_venv = ""
    for name in names:
        version, implementation, venv = _looked_at(name)
        if version not in SUPPORTED or implementation != "cpython":
            continue
        if venv:
            return name, version
        without_venv = without_venv or name
    if without_venv:
        raise Refused(
            f"{without_venv} comes without venv; install it (Debian, Ubuntu: apt install python3-venv)"
        )
    if named:
        raise Refused(f"PYTHON={named}: Python 3.11, 3.12 or 3.13 (CPython) is needed")
    raise Refused(
        "Python 3.11, 3.12 or 3.13 is needed and none was found; install one, "
        "or say where it is: make PYTHON=/path/to/python3"
    )


def _looked_at(name: str) -> tuple[str, str, bool]:
    try:
        done = subprocess.run([name, "-c", _LOOK], capture_output=True, check=True)
        version, implementation, venv = json.loads(done.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return "", "", False
    return version, implementation, venv


class Environment:
    """The folder `.venv` of a project, and what has been made of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"

    def make(self, level: str, named: str) -> None:
        """Make what a level needs, or nothing where all of it is there."""
        parts = list(LOCKS) if level == "developer" else ["reader"]
        stamps = {part: self._stamp(part) for part in parts}
        stale = any(stamps[part] not in ("", self._digest(part)) for part in parts)
        nothing = stale or not stamps["reader"] or not self.python.exists()
        name, version = find_python(named) if nothing else ("", self._version())
        missing = parts if nothing else [part for part in parts if not stamps[part]]
        if missing:
            lacking = Place(platform.system(), platform.machine(), version).lacking(level)
            for line in filter(None, [lacking, _BEGINNING[nothing].format(version)]):
                print(line, flush=True)
        if nothing:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            subprocess.run([name, "-m", "venv", str(self.folder)], check=True)
        for part in missing:
            self._set(part, _BEGUN)
            self._install(self.root / LOCKS[part])
        used = [self._import(names) for part in missing for names in _IMPORTED[part]]
        for part in missing:
            self._set(part, self._digest(part))
        package = _digest_of(self.root / "pyproject.toml")
        if self._stamp("package") != package:
            self._pip(["--no-build-isolation", "--no-deps", "-e", "."])
            self._set("package", package)
        for importing in used:
            importing.wait()

    def _version(self) -> str:
        about = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        found = re.search(r"(?m)^version = (\d+\.\d+)", about)
        return found[1] if found else ""

    def _digest(self, name: str) -> str:
        return _digest_of(self.root / LOCKS[name])

    def _stamp(self, name: str) -> str:
        file = self.folder / f".made-{name}"
        return file.read_text() if file.exists() else ""

    def _set(self, name: str, text: str) -> None:
        (self.folder / f".made-{name}").write_text(text)

    def _install(self, lock: Path) -> None:
        """Install a lock: first what builds packages, then the rest in two halves at once."""
        pins = entries(lock.read_text(encoding="utf-8"))
        builders = [pin for pin in pins if pin.startswith(tuple(f"{b}==" for b in _BUILDERS))]
        rest = [pin for pin in pins if pin not in builders]
        progress = _Progress(len(pins))
        for step in ([builders], [rest[0::2], rest[1::2]]):
            jobs = [
                threading.Thread(target=self._install_part, args=(number, part, progress))
                for number, part in enumerate(step)
                if part
            ]
            for job in jobs:
                job.start()
            for job in jobs:
                job.join()
            if progress.failed:
                raise Refused(f"{progress.failed}\nNot everything in {lock.name} was installed.")

    def _install_part(self, number: int, pins: Iterable[str], progress: _Progress) -> None:
        part = self.folder / f"part-{number}.txt"
        part.write_text("".join(pins), encoding="utf-8")
        options = ["--no-compile", "--require-hashes", "--no-deps", "--no-build-isolation"]
        log = []
        with subprocess.Popen(
            self._pip_command([*options, "-r", str(part)]),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            text=True,
        ) as pip:
            assert pip.stdout is not None
            for line in pip.stdout:
                log.append(line)
                progress.note(line)
        part.unlink()
        if pip.returncode:
            progress.failed += "".join(log)

    def _pip(self, options: Sequence[str]) -> None:
        done = subprocess.run(
            self._pip_command(["-q", *options]),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise Refused(f"{done.stdout}The package of this book was not installed.")

    def _pip_command(self, options: Sequence[str]) -> list[str]:
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        return [str(self.python), "-m", "pip", "install", *quiet, *options]

    def _import(self, names: str) -> subprocess.Popen[bytes]:
        """Begin to import what is used first, so that its bytecode is kept; what fails is left."""
        return subprocess.Popen(
            [str(self.python), "-c", _IMPORT, *names.split()],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


class _Progress:
    """How many packages of a lock have been fetched; every twentieth is told."""

    def __init__(self, everything: int) -> None:
        self._everything = everything
        self._fetched = 0
        self._lock = threading.Lock()
        self.failed = ""

    def note(self, line: str) -> None:
        with self._lock:
            if line.startswith("Ignoring "):
                self._everything -= 1
            elif line.startswith(("Collecting ", "Processing ")):
                self._fetched += 1
                if self._fetched == self._everything:
                    print(f"  all {self._fetched} packages fetched, installing", flush=True)
                elif self._fetched % 20 == 0:
                    print(f"  {self._fetched} of {self._everything} packages fetched", flush=True)


def entries(lock: str) -> list[str]:
    """The pins of a lock, each with its hashes."""
    return re.split(r"(?m)^(?=[a-zA-Z0-9])", lock)[1:]


def _digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Make the environment of a level, `reader` or `developer`; gives the exit code."""
    (level,) = arguments
    try:
        with alone(root, "Another command makes .venv in this folder; this one waits for it."):
            Environment(root).make(level, os.environ.get("PYTHON", ""))
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; the next command makes .venv from nothing.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
