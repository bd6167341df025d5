"""The program that builds: its settings, one build at a time, and how it ends when there are errors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import books
import build
import pytest
import waiting

TELLS = """\
import os, sys
from pathlib import Path
print(Path(__file__).stem, f"COHORT={os.environ['COHORT']}", *sys.argv[1:], flush=True)
cache = Path("_build/.jupyter_cache")
cache.mkdir(exist_ok=True)
(cache / Path(__file__).stem).touch()
"""
JUPYTER_BOOK = """\
import sys
def main(arguments):
    print("book", *arguments[2:], flush=True)
    {does}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone whose name has a space, with programs that only tell, and a built book."""
    root = tmp_path / "a book"
    tools = root / "book" / "_tools"
    tools.mkdir(parents=True)
    for name in ("build", "waiting"):
        shutil.copy(books.ROOT / "book" / "_tools" / f"{name}.py", tools)
    for name in ("pdf", "epub", "launch", "student", "slides", "serve"):
        (tools / f"{name}.py").write_text(TELLS)
    jupyter_book(root)
    (root / "modules" / "helpers").mkdir()
    (root / "modules" / "helpers" / "__init__.py").touch()
    (root / "modules" / "helpers" / "__main__.py").write_text(
        "import sys, os\nsys.exit(2 if os.path.exists(sys.argv[2] + '/wrong') else 0)\n"
    )
    for name in ("html", ".jupyter_cache", ".doctrees-onepage", "pdf"):
        (root / "_build" / name).mkdir(parents=True)
    (root / "my ward").mkdir()
    return root


def jupyter_book(root: Path, does: str = "sys.exit(0)") -> None:
    package = root / "modules" / "jupyter_book" / "cli"
    package.mkdir(parents=True, exist_ok=True)
    for path in (package.parent / "__init__.py", package / "__init__.py"):
        path.touch()
    (package / "main.py").write_text(JUPYTER_BOOK.format(does=does))


def settings_of(root: Path, **settings: str) -> dict[str, str]:
    ours = ("COHORT", "ROWS", "PUBLISHED", "FORCE", "PORT", "SOURCE_DATE_EPOCH")
    outer = {name: value for name, value in os.environ.items() if name not in ours}
    return {**outer, "PYTHONPATH": str(root / "modules"), **settings}


def run(root: Path, what: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "book/_tools/build.py", what],
        cwd=root,
        env=settings_of(root, **settings),
        capture_output=True,
        text=True,
        check=False,
    )


MAKES = {
    "book": ["book"],
    "pdf": ["pdf"],
    "epub": ["epub"],
    "site": ["pdf", "epub", "book"],
    "notebooks": ["book"],
    "launch": ["book", "launch"],
    "student": ["book", "student"],
    "slides": ["book", "slides"],
    "serve": ["book", "serve"],
    "live": ["book", "serve"],
}


def parts(done: subprocess.CompletedProcess[str]) -> list[str]:
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Open ")]
    return [line.split()[0] for line in lines]


def test_everything_that_can_be_made_is_tried_here():
    assert set(MAKES) | {"links"} == set(build.MADE)


@pytest.mark.parametrize("what", MAKES)
def test_parts_are_made_in_their_order(folder: Path, what: str):
    done = run(folder, what)
    assert done.returncode == 0, done.stderr
    assert parts(done) == MAKES[what]
    if "book" in MAKES[what]:
        assert f"Open {folder / '_build' / 'html' / 'index.html'}\n" in done.stdout
        assert f"book --path-output {folder} -W -n --keep-going\n" in done.stdout


@pytest.mark.parametrize("what", ["launch", "student"])
def test_what_others_open_has_no_cohort_of_ones_own(folder: Path, what: str):
    done = run(folder, what, COHORT="my ward")
    assert done.returncode == 2
    assert f"make {what} is for notebooks that others open" in done.stderr
    assert not parts(done)


@pytest.mark.parametrize("what", sorted(MAKES.keys() - {"launch", "student"}))
@pytest.mark.parametrize("cohort", ["my ward", "my ward/", "./my ward/."])
def test_a_cohort_has_one_place_however_it_is_named(folder: Path, what: str, cohort: str):
    done = run(folder, what, COHORT=cohort)
    assert done.returncode == 0, done.stderr
    assert parts(done) == MAKES[what]
    (place,) = (folder / "_build" / "cohorts").iterdir()
    assert place.name.startswith("my ward-")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Open ")]
    assert all(str(place) in line for line in lines)
    tools = [line for line in lines if not line.startswith("book ")]
    assert all(f" COHORT={folder / 'my ward'} " in line for line in tools)


def test_cohorts_in_folders_of_one_name_have_a_place_each(folder: Path):
    for year in ("2024", "2025"):
        (folder / year / "my ward").mkdir(parents=True)
        assert run(folder, "book", COHORT=f"{year}/my ward").returncode == 0
    assert len(list((folder / "_build" / "cohorts").iterdir())) == 2


@pytest.mark.parametrize("rows", ["", "0", "1"])
def test_a_book_that_shows_single_patients_has_a_place_of_its_own(folder: Path, rows: str):
    done = run(folder, "book", COHORT="my ward", ROWS=rows)
    assert done.returncode == 0, done.stderr
    (place,) = (folder / "_build" / "cohorts").iterdir()
    assert place.name.endswith("-with-single-patients" if rows == "1" else "-aggregates")


@pytest.mark.parametrize("script", [".ci/run", "tests/reference/run.sh"])
def test_an_exported_cdpath_does_not_lead_a_script_elsewhere(script: str, tmp_path: Path):
    """`cd` with a path that begins with no point looks along CDPATH first."""
    (line,) = re.findall(r".*\bcd -- .*", (books.ROOT / script).read_text(encoding="utf-8"))
    for root in (tmp_path / "here", tmp_path / "elsewhere"):
        path = root / script
        path.parent.mkdir(parents=True)
        path.write_text(f"{line}\npwd\n")
    done = subprocess.run(
        ["bash", script],
        cwd=tmp_path / "here",
        env={**os.environ, "CDPATH": str(tmp_path / "elsewhere")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{tmp_path / 'here'}\n"


@pytest.mark.parametrize("what", [*MAKES, "links"])
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"COHORT": "nowhere"}, "COHORT=nowhere: no such folder"),
        ({"ROWS": "yes"}, "ROWS=yes: 1 was expected, or 0 as when it is left out"),
        (
            {"SOURCE_DATE_EPOCH": "yesterday"},
            "SOURCE_DATE_EPOCH=yesterday: seconds since 1970 are expected",
        ),
    ],
)
def test_a_wrong_setting_is_told_once_and_nothing_is_built(
    folder: Path, what: str, settings: dict[str, str], sentence: str
):
    done = run(folder, what, **settings)
    assert done.returncode == 2
    assert done.stderr == f"{sentence}\n"
    assert done.stdout == ""


@pytest.mark.parametrize("what", MAKES)
def test_a_place_that_cannot_be_written_is_told(folder: Path, what: str):
    shutil.rmtree(folder / "_build")
    (folder / "_build").touch()
    done = run(folder, what)
    assert done.returncode == 2
    assert done.stderr == "_build: no folder that can be written\n"
    assert done.stdout == ""


def test_a_cohort_that_does_not_meet_the_contract_is_not_built(folder: Path):
    (folder / "my ward" / "wrong").touch()
    done = run(folder, "book", COHORT="my ward")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_from_nothing_forgets_once_and_before_the_first_part(folder: Path):
    (folder / "_build" / ".jupyter_cache" / "old").touch()
    done = run(folder, "site", FORCE="1")
    assert parts(done) == ["pdf", "epub", "book"]
    assert {path.name for path in (folder / "_build/.jupyter_cache").iterdir()} == {"pdf", "epub"}
    assert not (folder / "_build/.doctrees-onepage").exists()
    assert (folder / "_build/pdf").is_dir()


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("raise RuntimeError('box')", ""),
        ("raise PermissionError(13, 'No')", "PermissionError: [Errno 13] No\n"),
        ("sys.exit(3)", ""),
    ],
)
def test_a_failed_build_is_told_without_a_traceback(folder: Path, does: str, said: str):
    jupyter_book(folder, does)
    done = run(folder, "site")
    assert done.returncode == 1
    assert done.stderr == f"{said}The book has errors: see above.\n"
    assert "Open" not in done.stdout


@pytest.mark.parametrize("code", [1, 2])
def test_what_a_part_says_of_its_end_is_not_said_again(folder: Path, code: int):
    (folder / "book/_tools/pdf.py").write_text(f"import sys\nprint('why')\nsys.exit({code})\n")
    done = run(folder, "site")
    assert (done.returncode, done.stdout, done.stderr) == (code, "why\n", "")


def test_broken_links_are_listed(folder: Path):
    report = folder / "_build" / "linkcheck" / "output.txt"
    report.parent.mkdir()
    report.write_text("a.md:1: [ok] https://x\na.md:2: [broken] https://y: gone\n")
    jupyter_book(folder, "sys.exit(1)")
    done = run(folder, "links")
    assert done.returncode == 1
    head = "Links that are broken, see also _build/linkcheck/output.txt:"
    assert done.stderr == f"{head}\na.md:2: [broken] https://y: gone\n"
    assert "--custom-builder linkcheck" in done.stdout


def test_a_second_build_in_a_clone_says_so_and_waits(folder: Path):
    command = [sys.executable, "book/_tools/build.py", "book"]
    with waiting.alone(folder / "_build", "the test waits for nobody"):
        second = subprocess.Popen(
            command, cwd=folder, env=settings_of(folder), stdout=subprocess.PIPE, text=True
        )
        assert second.stdout is not None
        said = second.stdout.readline()  # until then it has built nothing, and after it, it cannot
    rest = second.communicate()[0].splitlines()
    assert said == "Another build runs in this folder; this one waits for its end.\n"
    assert [line.split()[0] for line in rest] == ["book", "Open"]
    assert second.returncode == 0


def test_a_build_of_another_clone_does_not_wait(folder: Path, tmp_path: Path):
    with waiting.alone(tmp_path, "the test waits for nobody"):
        assert run(folder, "book").stdout.startswith("book ")
