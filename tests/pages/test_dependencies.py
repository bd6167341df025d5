"""An edit executes the chapters that can depend on it and no others: on the twenty of this book."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import books
import clean
import nbformat
import pytest
from nbformat import NotebookNode
from report import dependencies

CHAPTERS = sorted((books.ROOT / "notebooks").glob("[0-9]*.ipynb"))
ALL = frozenset(path.stem for path in CHAPTERS)
assert len(ALL) >= 20
# Runs the cells of a chapter as Jupyter does; writes what was opened, and which files modules have.
_RECORDED = """
import json, os, sys
opened = set()
sys.addaudithook(lambda event, given: event == "open" and opened.add(str(given[0])))
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
for cell in nbformat.read(sys.argv[1], as_version=4).cells:
    if cell.cell_type == "code":
        with capture_output():
            shell.run_cell(cell.source).raise_error()
modules = {getattr(module, "__file__", None) for module in list(sys.modules.values())} - {None}
# Python opens modules too, and `exercises` looks for a name in the text of all of its chapters.
opened = {name for name in opened if not name.endswith((".py", ".pyc"))}
with open(sys.argv[2], "w") as file:
    json.dump([os.path.abspath(name) for name in modules | opened], file)
"""


def _notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


class Copy:
    """The helpers and their data, to be edited."""

    def __init__(self, folder: Path) -> None:
        self.helpers, self.data = folder / "helpers", folder / "data"
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(books.ROOT / "src" / "helpers", self.helpers, ignore=leave)
        shutil.copytree(books.ROOT / "data", self.data)
        self.before = self._states()

    def _states(self) -> dict[str, str]:
        return {
            path.stem: dependencies.digest(
                *dependencies.of(_notebook(path), self.helpers, self.data)
            )
            for path in CHAPTERS
        }

    def executed_after(self, name: str) -> set[str]:
        """The chapters that are executed when a byte is added to a file."""
        folder, _, inside = name.partition("/")
        path = getattr(self, folder) / inside
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        after = self._states()
        path.write_bytes(content)
        return {name for name, state in after.items() if state != self.before[name]}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("dependencies"))


def test_an_exercise_and_a_quiz_execute_their_chapter_alone(copy: Copy):
    chapter = books.chapter("overall-survival")
    assert copy.executed_after(f"helpers/exercises/ch{chapter[:2]}.py") == {chapter}
    assert copy.executed_after(f"helpers/exercises/questions/{chapter}.yaml") == {chapter}


@pytest.mark.parametrize(
    "name",
    [
        "data/published.yaml",
        "data/cohort/patients.csv",
        "helpers/__init__.py",
        "helpers/page.py",
        "helpers/notice.py",
        "helpers/figures/style.py",
        "helpers/exercises/registry.py",
        "helpers/figures/explorer.js",
    ],
)
def test_what_all_chapters_use_executes_all(copy: Copy, name: str):
    assert copy.executed_after(name) == ALL


@pytest.mark.parametrize(
    ("name", "some", "others"),
    [
        (
            "data/ensemble.parquet",
            {
                "all-the-cohorts-that-fit",
                "reading-a-p-value",
                "what-one-more-number-would-have-told",
                "the-cut-point",
                "when-hazards-are-not-proportional",
            },
            {"the-study", "overall-survival", "python-and-r-side-by-side"},
        ),
        (
            "data/certificates.json",
            {"what-a-printed-rate-forces", "reading-a-p-value"},
            {"the-study", "overall-survival", "all-the-cohorts-that-fit"},
        ),
        (
            "data/alternatives/1/patients.csv",
            {"from-abstract-to-cohort", "prognostic-factors"},
            {"the-study", "overall-survival"},
        ),
        (
            "data/python_and_r.json",
            {"python-and-r-side-by-side"},
            {"the-study", "overall-survival", "competing-events-and-clusters"},
        ),
        (
            "helpers/side_by_side.py",
            {"python-and-r-side-by-side"},
            {"the-study", "overall-survival", "competing-events-and-clusters"},
        ),
        (
            "helpers/batch/ranks.py",
            {"the-cut-point", "small-samples"},
            {"the-study", "overall-survival"},
        ),
    ],
)
def test_what_some_chapters_use_executes_those(
    copy: Copy, name: str, some: set[str], others: set[str]
):
    executed = {chapter[3:] for chapter in copy.executed_after(name)}
    assert some <= executed
    assert not others & executed


@pytest.mark.parametrize(
    "code",
    [
        "from helpers import exercises\nexercises.check(name, 1)",
        "from helpers import exercises\ncheck = exercises.check",
        "from helpers import exercises as tasks\ntasks.check('km-by-hand', 1)",
        "from helpers.exercises import check\ncheck('km-by-hand', 1)",
        "import helpers.exercises\nhelpers.exercises.check('km-by-hand', 1)",
    ],
)
def test_where_a_chapter_does_not_tell_its_exercises_all_count(copy: Copy, code: str):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    found = dependencies.of(notebook, copy.helpers, copy.data)
    every = {*copy.helpers.glob("exercises/ch*.py"), *copy.helpers.glob("exercises/questions/*")}
    assert len(every) == 2 * len(ALL)
    assert every <= set(found)


def test_a_chapter_that_cannot_be_read_depends_on_everything(copy: Copy):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("def (")])
    found = dependencies.of(notebook, copy.helpers, copy.data)
    assert copy.helpers / "side_by_side.py" in found
    assert copy.data / "search.csv" in found


def _unknown(chapter: Path, folder: Path) -> set[Path]:
    """What a chapter loads and opens of the helpers and the data, and is not known to depend on."""
    told = folder / "opened.json"
    done = subprocess.run(
        [sys.executable, "-c", _RECORDED, str(chapter), str(told)],
        cwd=chapter.parent,
        env=clean.surroundings(IPYTHONDIR=str(folder), MPLBACKEND="agg"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    places = {books.ROOT / "src" / "helpers", books.ROOT / "data"}
    used = {Path(name) for name in json.loads(told.read_text())}
    here = {
        path
        for path in used
        if places & set(path.parents) and path.is_file() and "__pycache__" not in path.parts
    }
    assert any(path.name == "page.py" for path in here), "no module was recorded"
    assert any(path.name == "patients.csv" for path in here), "no file was recorded"
    return here - set(dependencies.of(_notebook(chapter)))


@pytest.mark.full
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_loads_and_opens_nothing_that_it_is_not_known_to_depend_on(
    chapter: Path, tmp_path: Path
):
    assert not _unknown(chapter, tmp_path)


def test_what_is_opened_by_a_name_that_nothing_tells_is_noticed(tmp_path: Path):
    cells = [
        "from helpers import page, published\ncohort = page.start()",
        "for path in published.DATA.glob('sea*'):\n    path.read_bytes()",
    ]
    chapter = tmp_path / "chapter.ipynb"
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=code), chapter)
    assert _unknown(chapter, tmp_path) == {books.ROOT / "data" / "search.csv"}
