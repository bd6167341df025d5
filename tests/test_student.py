"""The student version: the same chapters, and no solution in them."""

from __future__ import annotations

import ast
import re

import books
import jupytext
import pytest
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
    return [one["body"] for one in student._SOLUTION.finditer(text)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_solution_leaks(path, files):
    """No line of a solution that is not also outside of it, in either file of the pair."""
    whole = path.read_text(encoding="utf-8")
    inside = solutions(whole)
    assert inside
    outside = student._SOLUTION.sub("", whole)
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
        "pyproject.toml",
        "src/helpers/__init__.py",
        "data/published.yaml",
        "LICENSE",
    } <= set(files)
    assert not [name for name in files if name.startswith(("tests/", ".github/"))]
    assert files["README.md"].startswith("> **Student version.**")


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
