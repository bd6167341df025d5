"""Sentences that depend on computed numbers stand in the text as the cells name them, and are true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import books
import jupytext
import pytest

from helpers import markup

CHAPTERS = sorted(books.ROOT.glob("notebooks/*.md"))


def _plain(text: str) -> str:
    return " ".join(text.split())


def unsaid(chapter: str) -> list[str]:
    """The claims of a chapter, as MyST, that its text does not say in those words."""
    cells = jupytext.reads(chapter, fmt="md:myst").cells
    text = _plain("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
    return [
        sentence
        for cell in cells
        if cell.cell_type == "code"
        for sentence in _claimed(cell.source)
        if _plain(sentence) not in text
    ]


def hidden(chapter: str) -> list[str]:
    """The claims of a chapter in cells whose output no page shows, so that nobody sees a refuted one."""
    return [
        sentence
        for cell in jupytext.reads(chapter, fmt="md:myst").cells
        if {"remove-cell", "remove-output"} & set(cell.metadata.get("tags", []))
        for sentence in _claimed(cell.source)
    ]


def beside_a_name(text: str) -> list[str]:
    """Sentences claimed in a cell whose output is a numbered figure or table."""
    return [
        sentence
        for cell in jupytext.reads(text, fmt="md:myst").cells
        if "mystnb" in cell.metadata
        for sentence in _claimed(cell.source)
    ]


def _claimed(source: str) -> list[str]:
    plain = "\n".join("pass" if re.match(r"\s*[%!]", line) else line for line in source.split("\n"))
    calls = [node for node in ast.walk(ast.parse(plain)) if isinstance(node, ast.Call)]
    return [
        ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "page.claim"
    ]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_what_a_cell_claims_stands_in_the_text(chapter: Path):
    missing = unsaid(chapter.read_text(encoding="utf-8"))
    assert not missing, f"claimed in a cell of {chapter.name} and not said in its text: {missing}"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_claim_stands_where_its_note_is_seen(chapter: Path):
    unseen = hidden(chapter.read_text(encoding="utf-8"))
    assert not unseen, f"in a cell of {chapter.name} that is removed with its output: {unseen}"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_claim_stands_outside_of_figures_and_tables_that_have_a_name(chapter: Path):
    """The note that refutes it would be a second output, and take the figure's name."""
    within = beside_a_name(chapter.read_text(encoding="utf-8"))
    assert not within, f"in a cell of {chapter.name} whose output has a name: {within}"


def test_a_claim_beside_a_figure_is_found():
    head = "---\nkernelspec: {display_name: p, language: python, name: python3}\n---\n"
    cell = "```{code-cell} ipython3\n---\nmystnb:\n  figure:\n    name: fig-a\n---\n%s\n```\n"
    assert beside_a_name(head + cell % 'page.claim("all died", True)') == ["all died"]
    assert not beside_a_name(head + cell % "page.show(figure)")


def test_a_claim_in_a_removed_cell_is_found():
    head = "---\nkernelspec: {display_name: p, language: python, name: python3}\n---\n"
    cell = '```{{code-cell}} ipython3\n:tags: [{}]\n\npage.claim("all died", True)\n```\n'
    assert hidden(head + cell.format("remove-cell")) == ["all died"]
    assert not hidden(head + cell.format("remove-input"))


def test_claims_are_words_without_markup():
    """They are shown as they stand where data refute them."""
    texts = [path.read_text(encoding="utf-8") for path in CHAPTERS]
    cells = [cell for text in texts for cell in jupytext.reads(text, fmt="md:myst").cells]
    found = [s for cell in cells if cell.cell_type == "code" for s in _claimed(cell.source)]
    assert len(found) > 100
    assert not [sentence for sentence in found if "`" in sentence]


def test_a_claim_that_nothing_says_is_found():
    cell = '```{code-cell} ipython3\npage.claim("few  died", 1 < 2)\npage.claim("all died", True)\n```\n'
    head = "---\nkernelspec: {display_name: p, language: python, name: python3}\n---\n"
    assert unsaid(f"{head}Here few\ndied.\n\n{cell}") == ["all died"]


def test_no_sentence_is_refuted_by_the_shipped_cohort(shipped: books.Built):
    assert shipped.code == 0, shipped.said
    wrong = {
        path.stem: said
        for path in (shipped.folder / "notebooks").glob("*.html")
        if (said := re.findall(rf'class="{markup.REFUTED}".*', path.read_text(encoding="utf-8")))
    }
    assert not wrong
