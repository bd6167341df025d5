"""The two files of a chapter: which one wins, and that nothing of an edit is lost."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from report import pairing

TEXT = """\
---
jupytext:
  formats: ipynb,md:myst
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A chapter

With *prose* and $x^2$.

```{code-cell} ipython3
:tags: [hide-input]

print(1)
```

```{exercise-start}
:label: ex-one
```

Do it.

```{exercise-end}
```

```{code-cell} ipython3
print(2)
```
"""
OPENED = TEXT.replace(
    "```{code-cell} ipython3\n:tags: [hide-input]",
    "```{code-cell} ipython3\n:tags: [remove-cell, install]\n```\n\n"
    "```{code-cell} ipython3\n:tags: [hide-input]",
)
CHAPTERS = sorted(pairing.FOLDER.glob("[0-9]*.md"))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A pair that agrees."""
    source = tmp_path / "01-chapter.md"
    source.write_text(TEXT)
    assert pairing.synchronise(tmp_path) == ["01-chapter.ipynb: made from 01-chapter.md"]
    return source, source.with_suffix(".ipynb")


def _edit(notebook: Path, old: str, new: str, *, outputs: bool = True) -> None:
    """Edit and run a notebook as Jupyter without Jupytext would."""
    contents = nbformat.read(notebook, as_version=4)
    for cell in contents.cells:
        cell.source = cell.source.replace(old, new)
        if cell.cell_type == "code" and outputs:
            cell.execution_count = 7
            cell.outputs = [nbformat.v4.new_output("stream", text="1\n")]
            cell.metadata["execution"] = {"iopub.execute_input": "now"}
    contents.metadata["toc"] = {"base": 1}
    nbformat.write(contents, notebook)


def test_a_pair_that_agrees_is_left_alone(pair: tuple[Path, Path]):
    before = [path.read_bytes() for path in pair]
    assert pairing.synchronise(pair[0].parent) == []
    assert [path.read_bytes() for path in pair] == before


def test_the_text_wins_when_it_alone_was_edited(pair: tuple[Path, Path]):
    source, notebook = pair
    source.write_text(TEXT.replace("print(1)", "print(10)"))
    assert pairing.synchronise(source.parent) == ["01-chapter.ipynb: made again from 01-chapter.md"]
    assert "print(10)" in notebook.read_text()


def test_running_a_notebook_changes_nothing(pair: tuple[Path, Path]):
    source, notebook = pair
    before = notebook.read_bytes()
    _edit(notebook, "", "")
    pairing.synchronise(source.parent)
    assert source.read_text() == TEXT
    assert notebook.read_bytes() == before, "outputs or editor's marks stayed in the notebook"


def test_an_edit_in_the_notebook_alone_goes_into_the_text(pair: tuple[Path, Path]):
    source, notebook = pair
    _edit(notebook, "print(1)", "print(11)")
    pairing.synchronise(source.parent)
    assert source.read_text() == TEXT.replace("print(1)", "print(11)")
    assert '"outputs": []' in notebook.read_text()
    assert pairing.synchronise(source.parent) == []


def test_two_different_edits_are_both_kept_and_told(pair: tuple[Path, Path]):
    source, notebook = pair
    source.write_text(TEXT.replace("print(1)", "print(12)"))
    _edit(notebook, "print(2)", "print(22)")
    before = [path.read_bytes() for path in pair]
    with pytest.raises(pairing.PairError, match=r"01-chapter\.md and 01-chapter\.ipynb were both"):
        pairing.synchronise(source.parent)
    assert [path.read_bytes() for path in pair] == before


def test_the_same_edit_in_both_is_no_conflict(pair: tuple[Path, Path]):
    source, notebook = pair
    source.write_text(TEXT.replace("print(1)", "print(13)"))
    _edit(notebook, "print(1)", "print(13)")
    pairing.synchronise(source.parent)
    assert "print(13)" in source.read_text()


@pytest.mark.parametrize("kept", [0, 1], ids=["md", "ipynb"])
def test_a_deleted_file_is_made_again(pair: tuple[Path, Path], kept: int):
    before = [path.read_bytes() for path in pair]
    pair[1 - kept].unlink()
    pairing.synchronise(pair[0].parent)
    assert [path.read_bytes() for path in pair] == before


def test_checking_writes_nothing(pair: tuple[Path, Path]):
    source, notebook = pair
    source.write_text(TEXT + "\nMore.\n")
    before = notebook.read_bytes()
    assert pairing.synchronise(source.parent, write=False)
    assert notebook.read_bytes() == before


def test_an_unreadable_notebook_is_named(pair: tuple[Path, Path]):
    pair[1].write_text("{")
    with pytest.raises(pairing.PairError, match=r"01-chapter\.ipynb cannot be read"):
        pairing.synchronise(pair[0].parent)


def test_a_cell_put_in_between_changes_no_other_id(pair: tuple[Path, Path]):
    source, notebook = pair
    before = [cell.id for cell in nbformat.read(notebook, as_version=4).cells]
    source.write_text(
        TEXT.replace(
            "```{exercise-start}", "```{code-cell} ipython3\n0\n```\n\n```{exercise-start}"
        )
    )
    pairing.synchronise(source.parent)
    after = [cell.id for cell in nbformat.read(notebook, as_version=4).cells]
    assert set(before) < set(after)
    assert len(set(after)) == len(after)


def test_the_first_cell_is_filled_in_both_files(pair: tuple[Path, Path]):
    source, notebook = pair
    cell = pairing.FIRST_CELL.read_text().strip()
    source.write_text(OPENED)
    assert pairing.synchronise(source.parent) == [
        "01-chapter.md: its first cell is that of first_cell.ipy again"
    ]
    assert cell in source.read_text()
    assert nbformat.read(notebook, as_version=4).cells[1].source == cell
    assert pairing.synchronise(source.parent) == []


@pytest.mark.parametrize("where", ["md", "ipynb"])
def test_an_edited_first_cell_is_put_back_and_other_edits_are_kept(
    pair: tuple[Path, Path], where: str
):
    source, notebook = pair
    source.write_text(OPENED)
    pairing.synchronise(source.parent)
    opened = source.read_text()
    if where == "md":
        source.write_text(opened.replace("import os", "import sys").replace("print(2)", "print(3)"))
    else:
        _edit(notebook, "import os", "import sys")
        _edit(notebook, "print(2)", "print(3)")
    assert pairing.synchronise(source.parent, write=False), "--check does not see it"
    pairing.synchronise(source.parent)
    assert source.read_text() == opened.replace("print(2)", "print(3)")
    assert pairing.synchronise(source.parent) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_both_files_of_a_chapter_say_the_same(chapter: Path):
    notebook = nbformat.read(chapter.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(notebook)
    text = chapter.read_text(encoding="utf-8")
    assert pairing.contents(notebook) == pairing.contents(pairing.from_text(text)), (
        "run `make pair`"
    )
    assert not any(cell.get("outputs") for cell in notebook.cells), "run `make pair`"
    assert text == f"{text.rstrip()}\n", "as `jupytext --test` has it"
    assert "\n```\n\n\n" not in text, "and so no two empty lines after a cell"
    again = pairing.to_text(pairing.from_text(text))
    assert pairing.contents(pairing.from_text(again)) == pairing.contents(notebook)


def test_every_chapter_is_a_pair():
    stems = {path.stem for path in CHAPTERS}
    assert stems == {path.stem for path in pairing.FOLDER.glob("[0-9]*.ipynb")}
    assert stems, "no chapter was found"
