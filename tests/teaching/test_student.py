"""The student version: the same chapters, and no solution in them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import books
import jupytext
import pytest
import without_sphinx
from tools import student

from helpers import exercises

CHAPTERS = sorted((books.ROOT / "notebooks").glob("[0-9]*.md"))
_WORD = re.compile(r"\w+")


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return {
        path.as_posix(): content.decode(errors="replace")
        for path, content in student.copied(books.ROOT).items()
    }


def solutions(text: str) -> list[str]:
    return [one["body"] for one in student.gates.SOLUTION.finditer(text)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_solution_leaks(path, files):
    """No line of a solution that is not also outside of it, in either file of the pair."""
    whole = path.read_text(encoding="utf-8")
    inside = solutions(whole)
    assert inside
    outside = student.gates.SOLUTION.sub("", whole)
    for suffix in (".md", ".ipynb"):
        made = files[f"notebooks/{path.stem}{suffix}"]
        assert "solution-start" not in made
        cells = jupytext.reads(made, fmt="md:myst" if suffix == ".md" else "ipynb").cells
        text = "\n".join(cell.source for cell in cells)
        for line in "\n".join(inside).splitlines():
            if len(_WORD.findall(line)) > 3 and line not in outside:
                assert line not in text, f"{path.stem}{suffix}: {line}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_check_has_an_empty_answer(path, files):
    made = files[f"notebooks/{path.stem}.md"]
    for one in exercises.chapters()[int(path.stem[:2])]:
        assert f'answer = ...\nexercises.check("{one.id}", answer)' in made


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_last_cell_lists_what_is_handed_in(path, files):
    for suffix, form in ((".md", "md:myst"), (".ipynb", "ipynb")):
        made = files[f"notebooks/{path.stem}{suffix}"]
        last = jupytext.reads(made, fmt=form).cells[-1]
        assert last.cell_type == "code"
        assert last.source == f'exercises.report("{path.stem}")'
        assert last.metadata["tags"] == ["hand-in"]


@pytest.mark.full
def test_a_notebook_that_was_run_and_not_answered_says_so(tmp_path, files):
    name = books.chapter("overall-survival")
    notebook = tmp_path / f"{name}.ipynb"
    notebook.write_text(files[f"notebooks/{name}.ipynb"], encoding="utf-8")
    (ran,) = without_sphinx.execute([notebook], tmp_path)
    assert not ran.problem, ran.problem
    number = len(exercises.chapters()[int(name[:2])])
    assert f"{name}: 0 right, 0 tried, {number} not tried" in ran.shown


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_nothing_outside_needs_what_a_solution_defines(path):
    """So the student's notebook runs before anything is answered."""
    text = path.read_text(encoding="utf-8")
    kept = student.without_solutions(text)
    defined, used, known = set(), set(), set()
    for source, into in ((cells(text), None), (cells(kept), used)):
        for tree in source:
            for node in ast.walk(tree):
                if isinstance(node, ast.Name):
                    if isinstance(node.ctx, ast.Store):
                        (defined if into is None else known).add(node.id)
                    elif into is not None:
                        into.add(node.id)
                elif isinstance(node, ast.FunctionDef):
                    (defined if into is None else known).add(node.name)
                elif isinstance(node, ast.arg):
                    known.add(node.arg)
    missing = (defined - known) & used
    assert not missing, missing
    quoted = set(re.findall(r"\{glue(?::\w+)?\}`(\w+)`", kept))
    assert not {
        name
        for name in quoted
        if re.search(rf"\b{name}=", "\n".join(solutions(text)))
        and not re.search(rf"\b{name}=", kept)
    }
    labels = set(re.findall(r":label: (sol-\S+)", text))
    assert not {label for label in labels if label in kept}


def cells(text: str) -> list[ast.Module]:
    found = []
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if not line.lstrip().startswith("%")]
            source = "\n".join(lines)
            try:
                found.append(ast.parse(source))
            except SyntaxError:  # a block whose only line was a magic
                continue
    return found


def test_it_is_a_repository_that_binder_opens(files):
    assert {
        "environment.yml",
        "postBuild",
        "pyproject.toml",
        "src/helpers/__init__.py",
        "data/published.yaml",
        "LICENSE",
    } <= set(files)
    assert not [name for name in files if name.startswith(("tests/", ".github/"))]
    assert files["README.md"].startswith("> **Student version.**")


def repository(folder: Path, *tracked: str, untracked: str = "") -> Path:
    """A repository by git with a chapter, whatever else it tracks, and what it does not."""
    for name in ("notebooks/01-one.md", *tracked, *filter(None, [untracked])):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# One\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "add", "--", "notebooks/01-one.md", *tracked], cwd=folder, check=True)
    return folder


def test_only_what_git_tracks_is_copied(tmp_path):
    root = repository(tmp_path, "README.md", "data/a.csv", "tests/test_a.py", untracked=".env")
    (root / "data" / "a.csv").write_text("edited, not committed")
    files = student.copied(root)
    assert {path.as_posix() for path in files} == {
        "README.md", "data/a.csv", "notebooks/01-one.md", "notebooks/01-one.ipynb",
    }  # fmt: skip
    assert files[Path("data/a.csv")] == b"edited, not committed"
    assert student.left_out(root) == [".env"]


def test_a_folder_that_git_does_not_track_is_refused(tmp_path):
    with pytest.raises(student.StudentError, match="by git is needed, found none"):
        student.copied(tmp_path)
    inside = repository(tmp_path) / "unpacked"
    shutil.copytree(tmp_path / "notebooks", inside / "notebooks")
    with pytest.raises(student.StudentError, match="git tracks no chapters here"):
        student.copied(inside)


def test_the_new_takes_the_place_of_the_old_and_keeps_its_repository(tmp_path):
    folder = tmp_path / "student"
    student.put({Path("a"): b"1", Path("b"): b"2"}, folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("main")
    student.put({Path("a"): b"3"}, folder)
    assert (folder / "a").read_bytes() == b"3"
    assert not (folder / "b").exists()
    assert (folder / ".git" / "HEAD").read_text() == "main"
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


@pytest.mark.parametrize("killed_at", range(5))
def test_killed_at_any_step_the_old_or_the_new_is_there(tmp_path, monkeypatch, killed_at):
    """Each step that moves or writes something is the last one once."""
    folder = tmp_path / "student"
    student.put({Path("a"): b"old"}, folder)
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
            student.put({Path("a"): b"new"}, folder)
    whole = [path for path in tmp_path.glob("*/a") if path.read_bytes() in (b"old", b"new")]
    assert whole
    assert len([*tmp_path.glob("*/.git")]) == 1
    student.put({Path("a"): b"next"}, folder)
    assert (folder / "a").read_bytes() == b"next"
    assert (folder / ".git").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


def test_a_place_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "_build").write_text("a file")
    monkeypatch.setattr(student, "ROOT", repository(tmp_path))
    with pytest.raises(SystemExit, match="the student version was not written"):
        student.main(tmp_path / "_build" / "student")


def test_it_says_what_was_not_copied(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(student, "ROOT", repository(tmp_path / "book", untracked="notes.txt"))
    student.main(tmp_path / "student")
    assert "Not copied, since git does not track them: notes.txt" in capsys.readouterr().out
    assert not (tmp_path / "student" / "notes.txt").exists()


def test_an_open_gate_is_refused():
    with pytest.raises(student.StudentError, match="no partner"):
        student.without_solutions("```{solution-start} ex-a\n```\nSecret.\n")


def test_a_solution_in_words_becomes_a_place_for_words():
    text = "```{solution-start} ex-a\n:label: b\n```\n\nSecret.\n\n```{solution-end}\n```\n"
    assert student.without_solutions(text) == student._WORDS


def test_an_answer_that_is_not_given_yet_is_asked_for():
    said = exercises.check("km-by-hand", ...)
    assert not said.right
    assert "in place of the dots" in said.says
