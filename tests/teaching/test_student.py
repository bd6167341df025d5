"""What is launched, and the student version of it: the reader notebooks, and no solution in the latter."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import books
import jupytext
import nbformat
import page_words
import pytest
import without_sphinx
from answered import names
from tools import launch, student

from helpers import exercises

CHAPTERS = sorted(path.stem for path in (books.ROOT / "notebooks").glob("[0-9]*.md"))
_SOLUTION = re.compile(
    r"^```\{solution-start\}.*?^```\{solution-end\}\n```", re.DOTALL | re.MULTILINE
)
SHORT = books.chapter("the-study")
_WORD = re.compile(r"\w+")


@pytest.fixture(scope="module")
def made(shipped: books.Built) -> dict[str, nbformat.NotebookNode]:
    """The notebooks for students."""
    assert shipped.code == 0, shipped.said
    found = launch.built(books.ROOT, shipped.folder.parents[1])
    assert sorted(name.removesuffix(".ipynb") for name in found) == CHAPTERS
    return {
        name.removesuffix(".ipynb"): nbformat.reads(
            student.without_solutions(content).decode(), as_version=4
        )
        for name, content in found.items()
    }


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_solution_leaks(chapter, made):
    """No line of a solution that is not also outside of it, and no output of one."""
    whole = (books.ROOT / f"notebooks/{chapter}.md").read_text(encoding="utf-8")
    inside = [one[0] for one in _SOLUTION.finditer(whole)]
    assert inside
    outside = _SOLUTION.sub("", whole)
    text = "\n".join(cell.source for cell in made[chapter].cells)
    assert "<summary>Solution" not in text
    for line in "\n".join(inside).splitlines():
        if len(_WORD.findall(line)) > 3 and line not in outside:
            assert line not in text, line


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_other_sentence_of_the_page_stands_in_it_with_the_same_numbers(
    chapter, made, shipped
):
    there = f" {page_words.of_notebook(made[chapter])} "
    blocks = page_words.prose(shipped.page(f"notebooks/{chapter}"), without=["solution"])
    assert len(blocks) > page_words.FEWEST
    assert not [block for block in blocks if f" {block} " not in there]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_check_has_an_empty_answer_and_can_be_handed_in(chapter, made):
    sources = [cell.source for cell in made[chapter].cells if cell.cell_type == "code"]
    for one in exercises.chapters()[int(chapter[:2])]:
        assert f'answer = ...\nexercises.check("{one.id}", answer)' in sources
    assert sources[-1] == f'exercises.report("{chapter}")'


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_outside_needs_what_a_solution_defines(chapter, made):
    """So the student's notebook runs before anything is answered."""
    whole = jupytext.read(books.ROOT / f"notebooks/{chapter}.ipynb")
    defined, _ = names(cell.source for cell in whole.cells if cell.cell_type == "code")
    known, used = names(cell.source for cell in made[chapter].cells if cell.cell_type == "code")
    missing = (defined - known) & used
    assert not missing, missing


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_it_runs_as_the_reader_notebook_does_before_anything_is_answered(chapter, made, shipped):
    """`test_binder` runs each of those."""
    path = shipped.folder.parents[1] / "_build" / "notebooks" / f"{chapter}.ipynb"
    with_solutions = nbformat.read(path, as_version=4)
    run = [cell.source for cell in made[chapter].cells if cell.cell_type == "code"]
    assert run == [cell.source for cell in with_solutions.cells if cell.cell_type == "code"]


@pytest.mark.full
def test_the_command_writes_notebooks_that_run_before_anything_is_answered(
    commanded, made, tmp_path
):
    folder = commanded / "_build" / "student"
    paths = sorted((folder / "notebooks").glob("*.ipynb"))
    assert [path.stem for path in paths] == CHAPTERS
    for path in paths:
        assert "<summary>Solution" not in path.read_text(encoding="utf-8")
        written = nbformat.read(path, as_version=4)
        assert [cell.source for cell in written.cells if cell.cell_type == "code"] == [
            cell.source for cell in made[path.stem].cells if cell.cell_type == "code"
        ]
    (one,) = without_sphinx.execute([folder / "notebooks" / f"{SHORT}.ipynb"], tmp_path)
    assert not one.problem, one.problem
    assert not one.complained, one.complained
    checked = len(exercises.chapters()[int(SHORT[:2])])
    assert f"{SHORT}: 0 right, 0 tried, {checked} not tried" in one.shown
    assert not (folder / "book").exists(), "no pages are built from it"
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("> **Student version.**")


def test_what_is_launched_is_what_runs_the_notebooks_and_nothing_else(shipped):
    files = launch.tree(books.ROOT, launch.built(books.ROOT, shipped.folder.parents[1]))
    assert {path.parts[0] for path in files} == {
        "LICENSE", "README.md", "data", "environment.yml", "notebooks", "postBuild", "pyproject.toml", "src",
    }  # fmt: skip
    assert {path.stem for path in files if path.parts[0] == "notebooks"} == set(CHAPTERS)
    assert not [path for path in files if path.suffix in (".md",) and path.name != "README.md"]
    readme = files[Path("README.md")].decode()
    assert len([line for line in readme.splitlines() if line]) <= 5
    assert Path("src/helpers/__init__.py") in files
    assert Path("data/published.yaml") in files


def repository(folder: Path, *tracked: str, untracked: str = "") -> Path:
    """A repository by git with a chapter that is built, whatever else it tracks, and what it does not."""
    notebook = nbformat.writes(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# One", id="one")])
    )
    for name in ("notebooks/01-one.ipynb", *tracked, *filter(None, [untracked])):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# One\n")
    built = folder / "_build" / "notebooks"
    built.mkdir(parents=True)
    (built / "01-one.ipynb").write_text(notebook)
    (folder / ".gitignore").write_text("_build/\n.gitignore\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "add", "--", "notebooks/01-one.ipynb", *tracked], cwd=folder, check=True)
    return folder


def test_only_what_git_tracks_is_copied(tmp_path):
    root = repository(tmp_path, "README.md", "data/a.csv", "tests/test_a.py", untracked="data/key")
    (root / "data" / "a.csv").write_text("edited, not committed")
    files = launch.tree(root, launch.built(root, root))
    assert {path.as_posix() for path in files} == {
        "README.md", "data/a.csv", "notebooks/01-one.ipynb",
    }  # fmt: skip
    assert files[Path("data/a.csv")] == b"edited, not committed"
    assert launch.left_out(root) == ["data/key"]


def test_a_folder_that_git_does_not_track_is_refused(tmp_path):
    with pytest.raises(launch.LaunchError, match="by git is needed, found none"):
        launch.built(tmp_path, tmp_path)
    inside = repository(tmp_path) / "unpacked"
    shutil.copytree(tmp_path / "notebooks", inside / "notebooks")
    with pytest.raises(launch.LaunchError, match="git tracks no chapters here"):
        launch.built(inside, inside)


def test_a_chapter_that_is_not_built_is_named(tmp_path):
    root = repository(tmp_path)
    (root / "_build" / "notebooks" / "01-one.ipynb").unlink()
    with pytest.raises(launch.LaunchError, match=r"not built yet: 01-one\.ipynb"):
        launch.built(root, root)


def test_the_new_takes_the_place_of_the_old_and_keeps_its_repository(tmp_path):
    folder = tmp_path / "student"
    launch.put({Path("a"): b"1", Path("b"): b"2"}, folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("main")
    launch.put({Path("a"): b"3"}, folder)
    assert (folder / "a").read_bytes() == b"3"
    assert not (folder / "b").exists()
    assert (folder / ".git" / "HEAD").read_text() == "main"
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


@pytest.mark.parametrize("killed_at", range(5))
def test_killed_at_any_step_the_old_or_the_new_is_there(tmp_path, monkeypatch, killed_at):
    """Each step that moves or writes something is the last one once."""
    folder = tmp_path / "student"
    launch.put({Path("a"): b"old"}, folder)
    (folder / ".git").mkdir()
    steps = 0

    def until_killed(step):
        def taken(*arguments, **options):
            nonlocal steps
            steps += 1
            if steps > killed_at:
                raise KeyboardInterrupt
            return step(*arguments, **options)

        return taken

    with monkeypatch.context() as patch:
        for owner, name in ((Path, "rename"), (Path, "write_bytes"), (shutil, "rmtree")):
            patch.setattr(owner, name, until_killed(getattr(owner, name)))
        with pytest.raises(KeyboardInterrupt):
            launch.put({Path("a"): b"new"}, folder)
    whole = [path for path in tmp_path.glob("*/a") if path.read_bytes() in (b"old", b"new")]
    assert whole
    assert len([*tmp_path.glob("*/.git")]) == 1
    launch.put({Path("a"): b"next"}, folder)
    assert (folder / "a").read_bytes() == b"next"
    assert (folder / ".git").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


def test_a_place_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    root = repository(tmp_path)
    (root / "_build" / "student.new").write_text("a file")
    monkeypatch.setattr(student, "ROOT", root)
    with pytest.raises(SystemExit, match="the student version was not written"):
        student.main(root)


def test_it_says_what_was_not_copied(tmp_path, monkeypatch, capsys):
    root = repository(tmp_path / "book", untracked="notes.txt")
    monkeypatch.setattr(student, "ROOT", root)
    student.main(root)
    assert "Not copied, since git does not track them: notes.txt" in capsys.readouterr().out
    assert not (root / "_build" / "student" / "notes.txt").exists()
    readme = (root / "_build" / "student" / "README.md").read_text()
    assert readme.startswith("> **Student version.**")


def test_an_answer_that_is_not_given_yet_is_asked_for():
    said = exercises.check("km-by-hand", ...)
    assert not said.right
    assert "in place of the dots" in said.says
