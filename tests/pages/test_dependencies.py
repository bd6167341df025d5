"""An edit executes the chapters that can depend on it and no others: on those of this book."""

from __future__ import annotations

import shutil
from pathlib import Path

import books
import limits
import nbformat
import opened
import pytest
import selection
from nbformat import NotebookNode
from report import dependencies, execution

CHAPTERS = sorted((books.ROOT / "notebooks").glob("[0-9]*.ipynb"))
ALL = frozenset(path.stem for path in CHAPTERS)
assert len(ALL) >= 20


def _notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


class Copy:
    """The helpers and their data, to be edited."""

    def __init__(self, folder: Path) -> None:
        self.helpers, self.data = folder / "helpers", folder / "data"
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(books.ROOT / "src" / "helpers", self.helpers, ignore=leave)
        shutil.copytree(books.ROOT / "data", self.data)
        self.files = self._files()
        self.before = _states(self.files)

    def _files(self) -> dict[str, tuple[Path, ...]]:
        return {
            path.stem: dependencies.of(_notebook(path), self.helpers, self.data)
            for path in CHAPTERS
        }

    def executed_after(self, name: str, edited: bool = selection.ALL) -> set[str]:
        """The chapters that are executed when a byte is added to a file.

        Daily one file is edited; of others it is enough that a chapter counts it among its own.
        """
        folder, _, inside = name.partition("/")
        path = getattr(self, folder) / inside
        if not edited:
            return {chapter for chapter, files in self.files.items() if path in files}
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        after = _states(self._files())
        path.write_bytes(content)
        return {name for name, state in after.items() if state != self.before[name]}


def _states(files: dict[str, tuple[Path, ...]]) -> dict[str, str]:
    return {chapter: dependencies.digest(*found) for chapter, found in files.items()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("dependencies"))


def test_an_exercise_and_a_quiz_execute_their_chapter_alone(copy: Copy):
    chapter = books.chapter("overall-survival")
    exercise = f"helpers/exercises/ch{chapter[:2]}.py"
    assert copy.executed_after(exercise) == copy.executed_after(exercise, edited=True) == {chapter}
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
            {"what-all-numbers-force", "all-the-cohorts-that-fit", "reading-a-p-value"},
            {"the-study", "overall-survival", "what-a-printed-rate-forces"},
        ),
        (
            "data/alternatives/1/patients.csv",
            {"from-abstract-to-cohort"},
            {"the-study", "overall-survival", "prognostic-factors", "new-progression"},
        ),
        (
            "data/python_and_r.json",
            {"python-and-r-side-by-side"},
            {"the-study", "overall-survival", "competing-events"},
        ),
        (
            "helpers/side_by_side.py",
            {"python-and-r-side-by-side"},
            {"the-study", "overall-survival", "competing-events"},
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


def _unknown(chapter: Path, root: Path, used: set[Path]) -> set[Path]:
    """What a chapter loads and opens of the helpers and the data, and is not known to depend on."""
    helpers, data = root / "src" / "helpers", root / "data"
    here = {
        path
        for path in used
        if {helpers, data} & set(path.parents)
        and path.is_file()
        and "__pycache__" not in path.parts
    }
    assert any(path.name == "page.py" for path in here), "no module was noted"
    assert any(path.name == "patients.csv" for path in here), "no file was noted"
    return here - set(dependencies.of(_notebook(chapter), helpers, data))


def _code(chapter: Path) -> list[str]:
    return [cell.source for cell in _notebook(chapter).cells if cell.cell_type == "code"]


@pytest.mark.full
@pytest.mark.skipif(not selection.ALL, reason="what kernels open is noted with ALL=1")
def test_a_chapter_loads_and_opens_nothing_that_it_is_not_known_to_depend_on(shipped: books.Built):
    root = shipped.folder.parents[1]
    noted = {tuple(one.ran): one.files for one in opened.notes(root.parent)}
    found = {}
    for chapter in CHAPTERS:
        used = noted[tuple(_code(root / "notebooks" / chapter.name))]
        found[chapter.stem] = _unknown(chapter, root, used)
    assert not {name: files for name, files in found.items() if files}


def test_what_is_opened_by_a_name_that_nothing_tells_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cells = [
        "from helpers import page, published\ncohort = page.start()",
        "for path in published.DATA.glob('sea*'):\n    path.read_bytes()",
    ]
    chapter = tmp_path / "chapter.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, chapter)
    monkeypatch.setenv("IPYTHONDIR", opened.ipython(tmp_path))
    assert execution._run(notebook, chapter, limits.HANGING).err is None
    (one,) = opened.notes(tmp_path)
    assert one.ran == cells
    assert _unknown(chapter, books.ROOT, one.files) == {books.ROOT / "data" / "search.csv"}
