"""The notebooks that readers get say what the pages say, in plain Markdown, and hide what these fold."""

from __future__ import annotations

import re
from pathlib import Path

import answered
import books
import jupytext
import nbformat
import page_words
import pytest
import without_sphinx
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from helpers import exercises

SOURCES = books.ROOT / "notebooks"
CHAPTERS = sorted(path.stem for path in SOURCES.glob("[0-9]*.md"))
_ROLE = re.compile(r"\{[a-z][a-z:-]*\}`|^[`:]{3,}\{|^\([\w-]+\)=$|^:[\w-]+: ", re.MULTILINE)
_FENCES = re.compile(r"^```\w*\n.*?^```$", re.DOTALL | re.MULTILINE)
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@pytest.fixture(scope="module")
def folder(shipped: books.Built) -> Path:
    assert shipped.code == 0, shipped.said
    return shipped.folder.parent / "notebooks"


@pytest.fixture(scope="module")
def notebooks(folder: Path) -> dict[str, NotebookNode]:
    found = {path.stem: nbformat.read(path, as_version=4) for path in folder.glob("*.ipynb")}
    assert sorted(found) == CHAPTERS
    return found


def markdown(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def captions(notebook: NotebookNode) -> list[str]:
    """Captions of tables and figures in their order: in outputs, under them, and in solutions."""
    return [
        one
        for cell in notebook.cells
        for one in [
            *(
                caption
                for output in cell.get("outputs", [])
                for caption in re.findall(
                    "<caption>(.*?)</caption>",
                    output.get("data", {}).get("text/html", ""),
                    re.DOTALL,
                )
            ),
            *(
                _MARKDOWN.render(line)
                for line in cell.source.split("\n\n")
                if cell.cell_type == "markdown" and line.startswith(("**Fig", "**Table"))
            ),
        ]
    ]


@pytest.mark.parametrize("chapter", CHAPTERS)
class TestEvery:
    def test_no_role_directive_or_target_is_left(self, chapter, notebooks):
        assert not _ROLE.findall(_FENCES.sub("", markdown(notebooks[chapter])))

    def test_every_sentence_of_the_page_stands_in_it_with_the_same_numbers(
        self, chapter, notebooks, shipped
    ):
        there = f" {page_words.of_notebook(notebooks[chapter])} "
        blocks = page_words.prose(shipped.page(f"notebooks/{chapter}"))
        assert len(blocks) > page_words.FEWEST
        missing = [block for block in blocks if f" {block} " not in there]
        assert not missing, missing

    def test_figures_and_tables_have_their_numbers_and_captions_once(
        self, chapter, notebooks, shipped
    ):
        page = shipped.page(f"notebooks/{chapter}")
        told = [
            page_words.text(f"{number} {caption}")
            for caption in re.findall(r"<(?:fig)?caption>(.*?)</(?:fig)?caption>", page, re.DOTALL)
            for number, caption in re.findall(
                r'<span class="caption-number">(.*?)</span>(.*?)<a class="headerlink"',
                caption,
                re.DOTALL,
            )
        ]
        assert [page_words.text(one) for one in captions(notebooks[chapter])] == told
        assert len(told) > 1

    def test_every_solution_is_folded_and_has_an_empty_answer_before_it(self, chapter, notebooks):
        cells = notebooks[chapter].cells
        titles = [cell for cell in cells if cell.source.startswith("### ") and " · " in cell.source]
        solutions = answered.places(notebooks[chapter])
        gated = re.findall(
            r"^```\{solution-start\}",
            (books.ROOT / f"notebooks/{chapter}.md").read_text(encoding="utf-8"),
            flags=re.M,
        )
        assert len(titles) == len(solutions) == len(gated) > 0
        for i in solutions:
            before = cells[i - 1]
            assert before.source.startswith(("answer = ...\n", "# Your code", "*Your answer"))
            assert not before.get("outputs")
            shown = _MARKDOWN.render(cells[i].source).strip()
            assert shown.startswith("<details>")
            assert shown.endswith("</details>")
            assert shown.count("<details>") == shown.count("</details>")
        for one in exercises.chapters()[int(chapter[:2])]:
            empty = f'answer = ...\nexercises.check("{one.id}", answer)'
            assert [cell.source for cell in cells].count(empty) == 1
        # Nothing that can be run knows an answer, so that running all cells reveals none.
        checks = [cell for cell in cells if "exercises.check(" in cell.source]
        can_be_run = [cell.source for cell in checks if cell.cell_type == "code"]
        assert can_be_run
        assert all(source.startswith("answer = ...\n") for source in can_be_run)

    def test_quizzes_open_choice_by_choice(self, chapter, notebooks):
        text = markdown(notebooks[chapter])
        asked = exercises.read(chapter)
        choices = sum(len(one.choices) for one in asked)
        assert text.count("<details><summary>") == choices
        assert text.count("<p><strong>Yes.</strong>") == len(asked)

    def test_it_opens_with_what_it_is(self, chapter, notebooks):
        first, second = notebooks[chapter].cells[:2]
        assert first.source.startswith("# ")
        assert "The cohort is **synthetic**" in first.source
        assert "version " in first.source
        assert "install" in second.metadata["tags"]
        assert second.metadata["jupyter"]["source_hidden"]

    def test_it_is_a_valid_notebook_of_no_machine(self, chapter, notebooks, folder):
        nbformat.validate(notebooks[chapter])
        text = (folder / f"{chapter}.ipynb").read_text(encoding="utf-8")
        assert str(folder.parents[2]) not in text
        assert not re.search(r"/(?:home|root|tmp|Users)/\w|\bsite-packages\b", text)

    def test_pictures_and_tables_can_be_read_where_nothing_runs(self, chapter, notebooks):
        pages = [
            "".join(output.data["text/html"])
            for cell in notebooks[chapter].cells
            for output in cell.get("outputs", [])
            if "text/html" in output.get("data", {})
        ]
        assert any("<caption>" in page for page in pages)
        pictures = [one for page in pages for one in re.findall(r"<img [^>]*?src=", page)]
        assert not [page for page in pages if re.search('<script|<svg|<input|href="data:', page)]
        told = [re.search(r'alt="([^"]*)"', one) for one in pictures]
        assert all(alt and len(alt[1]) > 40 for alt in told)

    def test_the_menu_gives_it_as_notebook_and_as_script(self, chapter, folder, shipped):
        offered = {
            name: shipped.folder / "notebooks" / address
            for address, name in re.findall(
                r'<a href="([^"]+)"[^>]*?\bbtn-download-(?:notebook|script)-button\b.*?'
                r'<span class="btn__text-container">(.*?)</span>',
                shipped.page(f"notebooks/{chapter}"),
                re.DOTALL,
            )
        }
        assert set(offered) == {"Notebook", "Python script"}
        assert offered["Notebook"].read_bytes() == (folder / f"{chapter}.ipynb").read_bytes()
        script = offered["Python script"].read_text(encoding="utf-8")
        cells = jupytext.reads(script, fmt="py:percent").cells
        assert len(cells) > page_words.FEWEST
        assert not _ROLE.findall(script)
        # Nothing folds in a script, so that its solutions stand at the end.
        before, _, solutions = script.partition("\n# ## Solutions\n")
        assert "<details>\n# <summary>Solution" not in script
        asked = re.findall(r"^# ### (Exercise .*)$", before, re.MULTILINE)
        assert re.findall(r"^# ### (Exercise .*)$", solutions, re.MULTILINE) == asked != []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_solution_needs_nothing_of_another(chapter, notebooks):
    """So its code runs where it is copied to, whatever else was answered."""
    cells = notebooks[chapter].cells
    solutions = ["\n".join(answered.blocks(cells[i])) for i in answered.places(notebooks[chapter])]
    outside, _ = answered.names(cell.source for cell in cells if cell.cell_type == "code")
    of_solutions, _ = answered.names(solutions)
    assert of_solutions
    for solution in solutions:
        own, used = answered.names([solution])
        assert not (used & of_solutions) - own - outside, solution


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_code_of_a_solution_is_that_of_cells_of_the_chapter(chapter, notebooks):
    """So what runs on the page runs where it is copied to."""
    cells = notebooks[chapter].cells
    blocks = [
        block for i in answered.places(notebooks[chapter]) for block in answered.blocks(cells[i])
    ]
    shown = without_sphinx.visible(SOURCES / f"{chapter}.ipynb")
    assert blocks
    assert {block.strip() for block in blocks} <= {cell.source.strip() for cell in shown}
    for i in answered.places(notebooks[chapter]):
        if answered.blocks(cells[i]):
            assert cells[i - 1].metadata.tags == ["answer"], "the empty cell to copy it into"


@pytest.mark.full
def test_visible_cells_run_alone_and_solutions_give_what_they_say(notebooks, tmp_path):
    """With the page's solutions in their places, every exercise of the last cell is right."""
    paths = [tmp_path / f"{chapter}.ipynb" for chapter in CHAPTERS]
    for path in paths:
        cells = without_sphinx.visible(SOURCES / path.name)
        hand_in = notebooks[path.stem].cells[-1]
        nbformat.write(nbformat.v4.new_notebook(cells=[*cells, hand_in]), path)
    ran = without_sphinx.execute(paths, tmp_path)
    assert [one.chapter for one in ran] == CHAPTERS
    for one in ran:
        assert not one.problem, f"define what a visible cell uses in one: {one.problem}"
        assert not one.complained, one.complained
        checked = len(exercises.chapters()[int(one.chapter[:2])])
        assert f"{one.chapter}: {checked} right, 0 tried, 0 not tried" in one.shown
        notebook = notebooks[one.chapter]
        given = [
            text for i in answered.places(notebook) for text in answered.given(notebook.cells[i])
        ]
        assert given
        assert not [text for text in given if text not in one.shown]


def test_plumbing_is_gone_unless_a_later_cell_needs_it(notebooks):
    sources = [
        cell.source
        for made in notebooks.values()
        for cell in made.cells
        if cell.cell_type == "code"
    ]
    assert not [source for source in sources if source.strip().startswith("page.quote(")]
