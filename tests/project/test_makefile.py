"""What the Makefile hands to its programs: on a folder of its own, with programs that only tell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import books
import limits
import pytest

TELLS = '#!/bin/sh\necho "$(basename -- "$1" .py) COHORT=$COHORT FORCE=$FORCE $*"\n'
MAKEFILE = (books.ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split())  # type: ignore[index]
WITHOUT = {"help", "clean"}
"""Targets that need no environment."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The Makefile in a folder whose name has a space."""
    root = tmp_path / "a book"
    (root / "bin").mkdir(parents=True)
    shutil.copy(books.ROOT / "Makefile", root)
    (root / "bin" / "python").write_text(TELLS)
    (root / "bin" / "python").chmod(0o755)
    return root


def make(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # Whatever the make that runs these tests hands down is no business of the one that is tested.
    outer = (
        "ALL",
        "COHORT",
        "PUBLISHED",
        "FORCE",
        "MAKEFLAGS",
        "MFLAGS",
        "MAKELEVEL",
        "ONLY",
        "PYTHON",
        "TAG",
    )
    settings = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", *words, "RUN=bin/python", "READER=", "DEVELOPER="],
        cwd=root,
        env={**settings, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=limits.HANGING,
    )


@pytest.mark.parametrize(
    "target",
    [
        "book",
        "pdf",
        "epub",
        "site",
        "notebooks",
        "launch",
        "student",
        "slides",
        "serve",
        "live",
        "links",
    ],
)
def test_what_is_built_is_built_by_one_program_with_the_settings(folder: Path, target: str):
    done = make(folder, target, "COHORT=my ward", "FORCE=1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"build COHORT=my ward FORCE=1 book/_tools/build.py {target}\n"


@pytest.mark.parametrize("where", ["on the command line", "in the environment"])
def test_what_is_measured_is_the_book_that_comes_with_its_cohort(folder: Path, where: str):
    words, settings = (
        (["COHORT=nowhere"], {}) if where == "on the command line" else ([], {"COHORT": "nowhere"})
    )
    done = make(folder, "measure", *words, **settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "build COHORT= FORCE= book/_tools/build.py book",
        "measure COHORT= FORCE= book/_tools/measure.py",
        "measure_in_browser COHORT= FORCE= book/_tools/measure_in_browser.py",
    ]


def test_a_release_is_built_from_nothing_on_the_shipped_cohort_after_it_was_checked(folder: Path):
    done = make(folder, "release", "COHORT=nowhere", "TAG=v1.2.3")
    assert done.returncode == 0, done.stderr
    assert [line.split(" book/")[0] for line in done.stdout.splitlines()] == [
        "release COHORT=nowhere FORCE=",
        "build COHORT= FORCE=1",
        "release COHORT=nowhere FORCE=",
    ]
    assert done.stdout.count("--tag v1.2.3") == 2
    assert "--check" in done.stdout.splitlines()[0]


def test_a_dry_run_of_a_release_writes_nothing(folder: Path):
    done = make(folder, "-n", "release")
    assert done.returncode == 0, done.stderr
    assert "release.py --check" in done.stdout
    assert "release COHORT=" not in done.stdout, "the program was run"


def test_every_target_is_listed_with_what_it_does(folder: Path):
    told = dict(re.findall(r"^make (\w+) +(\S.*)$", make(folder, "help").stdout, re.MULTILINE))
    assert set(told) == TARGETS


def test_every_target_needs_one_of_the_two_environments():
    table = re.findall(r"^(.*): \$\((READER|DEVELOPER)\)$", MAKEFILE, re.MULTILINE)
    assert {level for _, level in table} == {"READER", "DEVELOPER"}
    listed = [target for targets, _ in table for target in targets.split()]
    assert len(listed) == len(set(listed))
    assert set(listed) == TARGETS - WITHOUT


@pytest.mark.parametrize(("target", "level"), [("book", "reader"), ("test", "developer")])
def test_the_environment_comes_before_the_command(tmp_path: Path, target: str, level: str):
    shutil.copy(books.ROOT / "Makefile", tmp_path)
    for name in ("PYTHON", "RUN"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\n[ "$1" = -c ] || echo {name} "$@"\n')
        program.chmod(0o755)
    done = subprocess.run(
        ["make", target, f"PYTHON={tmp_path / 'PYTHON'}", f"RUN={tmp_path / 'RUN'}"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == f"PYTHON book/_tools/environment.py {level}"
    assert second.startswith("RUN ")


def test_without_any_python_one_sentence_says_what_is_needed(tmp_path: Path):
    shutil.copy(books.ROOT / "Makefile", tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "sh"):
        (programs / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        ["make", "book"],
        cwd=tmp_path,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    told = (
        "Python 3.11, 3.12 or 3.13 is needed and none was found; install one, or say where it is: "
    )
    assert done.stderr.splitlines()[0] == f"{told}make PYTHON=/path/to/python3"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "-n auto"),
        (["ONLY=tests/engine tests/proofs"], " tests/engine tests/proofs\n"),
        (["JOBS=3"], "-n 3\n"),
    ],
)
def test_tests_follow_the_cores_and_can_be_chosen(folder: Path, words: list[str], told: str):
    done = make(folder, "test", *words, COHORT="nowhere")
    assert " COHORT= FORCE= -m pytest -q " in done.stdout
    assert told in done.stdout


def test_an_ensemble_is_drawn_here_unless_a_scheduler_is_named(folder: Path):
    told = make(folder, "ensemble").stdout
    assert "ensemble draw --published data/published.yaml --n 2000 --seed 1 " in told
    assert "--out data/ensemble.parquet" in told
    assert "--scheduler" not in told
    told = make(folder, "ensemble", "N=40", "SEED=7", "SCHEDULER=tcp://10.0.0.1:8786").stdout
    assert "--n 40 --seed 7 " in told
    assert "--scheduler tcp://10.0.0.1:8786" in told
