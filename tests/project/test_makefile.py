"""What the Makefile hands to its programs: on a folder of its own, with programs that only tell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import books
import limits
import pytest

TELLS = '#!/bin/sh\necho "$(basename "${1#-}" .py) COHORT=$COHORT $*"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The Makefile in a folder whose name has a space, and a built book."""
    root = tmp_path / "a book"
    (root / "bin").mkdir(parents=True)
    shutil.copy(books.ROOT / "Makefile", root)
    for name in ("requirements.txt", "pyproject.toml"):
        (root / name).touch()
    (root / "bin" / "python").write_text(TELLS)
    (root / "bin" / "python").chmod(0o755)
    for name in ("html", ".jupyter_cache", ".doctrees-onepage", "pdf"):
        (root / "_build" / name).mkdir(parents=True)
    (root / "my ward").mkdir()
    (root / "_build/cohorts/my ward/_build/html").mkdir(parents=True)
    return root


def make(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # Whatever the make that runs these tests hands down is no business of the one that is tested.
    outer = ("COHORT", "FORCE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TAG")
    settings = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", *words, "BIN=bin", "READY=", "BOOK=echo book"],
        cwd=root,
        env={**settings, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=limits.HANGING,
    )


@pytest.mark.parametrize("target", ["serve", "live", "pdf", "epub"])
@pytest.mark.parametrize("cohort", ["my ward", "my ward/", "./my ward/."])
def test_a_cohort_has_one_place_however_it_is_named(folder: Path, target: str, cohort: str):
    done = make(folder, target, f"COHORT={cohort}")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert f"COHORT={folder / 'my ward'} " in last
    assert "_build/cohorts/my ward" in last


@pytest.mark.parametrize("target", ["book", "pdf", "epub", "site", "serve", "live"])
def test_a_cohort_that_is_not_there_is_told_once(folder: Path, target: str):
    done = make(folder, target, "COHORT=nowhere")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "COHORT=nowhere: no such folder"
    assert done.stdout == ""


@pytest.mark.parametrize("target", ["book", "pdf", "epub", "site"])
def test_a_date_that_is_none_is_told(folder: Path, target: str):
    done = make(folder, target, SOURCE_DATE_EPOCH="yesterday")
    assert done.returncode == 2
    told = "SOURCE_DATE_EPOCH=yesterday: seconds since 1970 are expected"
    assert done.stderr.splitlines()[0] == told
    assert done.stdout == ""


@pytest.mark.parametrize("target", ["book", "pdf", "epub", "site"])
def test_a_place_that_cannot_be_written_is_told(folder: Path, target: str):
    shutil.rmtree(folder / "_build")
    (folder / "_build").touch()
    done = make(folder, target)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "./_build: no folder that can be written"
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("RuntimeError('box')", ""),
        ("PermissionError(13, 'No')", "PermissionError: [Errno 13] No\n"),
    ],
)
def test_a_failed_build_is_told_without_a_traceback(tmp_path: Path, raised: str, said: str):
    text = (books.ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n\t", "")
    command = re.search(r"^BOOK := \$\(BIN\)/python -c '(.*)'$", text, re.MULTILINE)[1]  # type: ignore[index]
    (tmp_path / "jupyter_book" / "cli").mkdir(parents=True)
    for package in ("jupyter_book", "jupyter_book/cli"):
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "jupyter_book/cli/main.py").write_text(f"def main():\n    raise {raised}\n")
    done = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == said


@pytest.mark.parametrize("where", ["on the command line", "in the environment"])
def test_what_is_measured_is_the_book_that_comes_with_its_cohort(folder: Path, where: str):
    words, settings = (
        (["COHORT=nowhere"], {}) if where == "on the command line" else ([], {"COHORT": "nowhere"})
    )
    done = make(folder, "measure", *words, **settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "measure COHORT= book/_tools/measure.py"


def test_a_site_from_nothing_forgets_once_and_before_the_first_of_its_parts(folder: Path):
    (folder / "bin" / "python").write_text(
        f"{TELLS}mkdir -p _build/.jupyter_cache\ntouch _build/.jupyter_cache/$$\n"
    )
    done = make(folder, "site", "FORCE=1")
    assert done.returncode == 0, done.stderr
    told = re.findall(r"^(pdf|epub|book) ", done.stdout, re.MULTILINE)
    assert told == ["pdf", "epub", "book"]
    assert len(list((folder / "_build/.jupyter_cache").iterdir())) == 2
    assert not (folder / "_build/.doctrees-onepage").exists()
    assert (folder / "_build/pdf").is_dir()


def test_a_dry_run_of_a_release_writes_nothing(folder: Path):
    done = make(folder, "-n", "release")
    assert done.returncode == 0, done.stderr
    assert "release.py --check" in done.stdout
    assert "release COHORT=" not in done.stdout, "the program was run"


def test_every_target_is_listed_with_what_it_does(folder: Path):
    text = (folder / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())  # type: ignore[index]
    told = dict(re.findall(r"^make (\w+) +(\S.*)$", make(folder, "help").stdout, re.MULTILINE))
    assert set(told) == targets


def test_an_ensemble_is_drawn_here_unless_a_scheduler_is_named(folder: Path):
    told = make(folder, "ensemble").stdout
    assert "ensemble --published data/published.yaml --n 2000 --seed 1 " in told
    assert "--out data/ensemble.parquet" in told
    assert "--scheduler" not in told
    told = make(folder, "ensemble", "N=40", "SEED=7", "SCHEDULER=tcp://10.0.0.1:8786").stdout
    assert "--n 40 --seed 7 " in told
    assert "--scheduler tcp://10.0.0.1:8786" in told
