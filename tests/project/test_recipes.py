"""Recipes of the Makefile that write data: what CONTRIBUTING says they make is there afterwards.

Every day they are read: each command that a recipe would run has to parse, and what it would write has
to be what is said. With ALL=1 they run in a copy of the repository, with little effort.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import books
import click
import limits
import pytest

from helpers import published
from helpers.commands import main

WORDS = "#!{python}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n"
LITTLE = '''#!{python}
import os, sys
LESS = {{
    "simulated": ["--measure", "piecewise", "--chains", "1", "--members", "1", "--jobs", "1"],
    "real": ["--chains", "1", "--members", "1"],
    "tiny": ["--draws", "50"],
    "prove": ["--effort", "0.1", "--variant", "any-test"],
}}
ONE = """
from helpers.calibration import public
from helpers.commands import main
public.SOURCES = public.SOURCES[3:4]
main()
"""
words = sys.argv[1:]
os.environ["PYTHONPATH"] = os.path.join(os.getcwd(), "src")
verb = words[3] if len(words) > 3 else ""
if verb == "real":  # of one cohort, and not of all that are public
    words[:2] = ["-c", ONE]
os.execv({python!r}, [{python!r}, *words, *LESS.get(verb, [])])
'''
MADE = {
    "ensemble": {"ensemble.parquet"},
    "unprinted": {"unprinted.csv"},
    "assumed": {"assumed.csv", "trace.csv"},
    "cohort": {"cohort", "alternatives/1", "alternatives/2", "search.csv"},
    "certificates": {"certificates.json"},
    "calibration": {"calibration.csv", "real_cohorts.csv", "tiny_cohorts.csv"},
}
"""What is in `data` after a recipe."""


def make(root: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    python = root / "program"
    python.write_text(program.format(python=sys.executable))
    python.chmod(0o755)
    return subprocess.run(
        ["make", *words, f"RUN={python}", "READER=", "DEVELOPER="],
        cwd=root, capture_output=True, text=True, check=False, timeout=limits.HANGING,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return books.copy(tmp_path / "book").root


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch):
    """What a command would write, were it run."""

    def written(words: list[str]) -> set[str]:
        targets = set()

        def note(**options: object) -> None:
            targets.update(
                Path(str(options[name])) for name in ("out", "trace") if options.get(name)
            )

        def silence(command: click.Command) -> None:
            if isinstance(command, click.Group):
                monkeypatch.setattr(command, "callback", None)
                for below in command.commands.values():
                    silence(below)
            else:
                monkeypatch.setattr(command, "callback", note)

        silence(main)
        main.main(words, standalone_mode=False)
        return {
            str(path.relative_to(published.DATA if path.is_absolute() else "data"))
            for path in targets
        }

    return written


@pytest.mark.parametrize("target", MADE)
def test_a_recipe_would_write_what_is_said(target, tmp_path, written):
    (tmp_path / "Makefile").write_bytes((books.ROOT / "Makefile").read_bytes())
    done = make(tmp_path, WORDS, target)
    assert done.returncode == 0, done.stderr
    calls = [json.loads(line) for line in done.stdout.splitlines()]
    ours = [call[2:] for call in calls if call[:2] == ["-m", "helpers"]]
    assert ours
    assert set().union(*map(written, ours)) == MADE[target]
    for call in calls:
        assert call[:2] == ["-m", "helpers"] or (books.ROOT / call[0]).is_file(), call


def test_the_guide_says_what_the_recipes_make():
    page = (books.ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for target, made in MADE.items():
        (row,) = re.findall(rf"^\| `make {target}` \| (.*) \|$", page, re.MULTILINE)
        said = set(re.findall(r"`([\w.]+)`", row))
        assert {name.split("/")[0] for name in made} <= said, target


def test_what_the_recipes_make_is_shipped():
    for made in MADE.values():
        for name in made:
            assert (published.DATA / name).exists(), name
    folders = {f"alternatives/{path.name}" for path in (published.DATA / "alternatives").iterdir()}
    assert folders == {name for name in MADE["cohort"] if name.startswith("alternatives")}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.full
def test_make_cohort_makes_the_shipped_files_and_no_others(copy):
    before = contents(copy / "data")
    for name in MADE["cohort"]:
        subprocess.run(["rm", "-r", copy / "data" / name], check=True)
    (copy / "book/_static/cover.svg").unlink()
    done = make(copy, LITTLE, "cohort")
    assert done.returncode == 0, done.stderr
    assert contents(copy / "data") == before
    assert (copy / "book/_static/cover.svg").is_file()


@pytest.mark.full
def test_make_ensemble_makes_a_file_of_cohorts(copy):
    shipped = contents(copy / "data")
    (copy / "data/published.yaml").write_bytes((copy / "data/tiny.yaml").read_bytes())
    (copy / "data/ensemble.parquet").unlink()
    done = make(copy, LITTLE, "ensemble", "N=30")
    assert done.returncode == 0, done.stderr
    assert "30 cohorts, each of which prints all 3 numbers" in done.stdout
    assert contents(copy / "data").keys() == shipped.keys()
    assert list((copy / "_build/ensemble").rglob("shard-*"))


@pytest.mark.full
def test_make_calibration_makes_its_three_tables(copy):
    shipped = contents(copy / "data")
    for name in MADE["calibration"]:
        (copy / "data" / name).unlink()
    done = make(copy, LITTLE, "calibration", "REPLICATES=1")
    assert done.returncode == 0, done.stderr
    made = contents(copy / "data")
    assert made.keys() == shipped.keys()
    for name in MADE["calibration"]:
        assert made[name].splitlines()[0] == shipped[name].splitlines()[0], name
        assert len(made[name].splitlines()) > 1, name


@pytest.mark.full
def test_make_certificates_goes_on_from_what_is_stored(copy):
    path = copy / "data/certificates.json"
    stored = json.loads(path.read_text("utf-8"))
    lost = next(
        one
        for one in stored["certificates"]
        if one["variant"] == "any-test"
        and one["low"]["status"] == one["high"]["status"] == "proved"
    )
    stored["certificates"].remove(lost)
    path.write_text(json.dumps(stored), "utf-8")
    done = make(copy, LITTLE, "certificates")
    assert done.returncode == 0, done.stderr
    assert any(line.endswith("verified") for line in done.stdout.splitlines())
    again = json.loads(path.read_text("utf-8"))["certificates"]
    assert {(one["variant"], one["question"]) for one in again} == {
        (one["variant"], one["question"]) for one in [*stored["certificates"], lost]
    }
