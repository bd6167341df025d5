"""Pieces of reader notebooks: roles in words, gates, plumbing, and what moves."""

from __future__ import annotations

import dataclasses

import nbformat
import pandas as pd
import pytest
from report.provenance import Origin
from report.reader import parts, plumbing, stills, writer
from report.reader.page import Said
from report.reader.words import ReaderError, Words

from helpers import headings, markup, page, tables

ADDRESS = "https://example.org/book/"


def said(address: str = "") -> Said:
    return Said(
        docname="notebooks/06-x",
        number="6",
        address=address,
        origin=Origin("0123456789abc", "2026-01-31", False, "d", "l", {"helpers": "1.2.3"}),
        pages={"notebooks/07-y": "Another", "book/list": "A list"},
        printed={"rate": "40.1%"},
        terms={"at risk": ("book/glossary", "term-at-risk")},
        definitions={"term-at-risk": "Still watched."},
        sources={
            "one2001": ("One, 2001", "https://doi.org/10.1/a(b)"),
            "two2002": ("Two, 2002", ""),
        },
        links={"fig-a": ("Fig. 6.1", "notebooks/06-x", "fig-a")},
        captions={},
        tables={},
        exercises={"ex-a": "Exercise 6.1"},
        minutes="About 60 min",
    )


def plain(text: str, address: str = "") -> str:
    return Words(said(address), {"n": "56"}).plain(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{printed}`rate` of {glue}`n`", "40.1% of 56"),
        ("{pace}`chapter` · needs [it](07-y.ipynb)", "About 60 min · needs [it](07-y.ipynb)"),
        ("Those {term}`still there <At risk>`.", "Those still there."),
        ("Known {cite}`two2002,one2001`.", "Known ([One, 2001](https://doi.org/10.1/a%28b%29); Two, 2002)."),
        ("See {numref}`fig-a` and [there](#fig-a).", "See Fig. 6.1 and there."),
        ("[](07-y.ipynb) and [list](../book/list.md)", "[Another](07-y.ipynb) and list"),
        ("`{printed}` and `{a}`, then {glue}`n` `code`", "`{printed}` and `{a}`, then 56 `code`"),
        ("(here)=\n## Here\n<!-- by hand -->\nSix.\n<!-- /by hand -->", "## Here\nSix."),
        ("```{note}\nTake care.\n```", "> **Note.** Take care."),
        (":::{dropdown} Why {x}\n{glue}`n`\n:::", "<details>\n<summary>Why {x}</summary>\n\n56\n\n</details>"),
    ],
)  # fmt: skip
def test_what_the_page_shows_stands_in_place_of_a_role(text: str, words: str):
    assert plain(text) == words


def test_links_lead_to_the_published_book_where_its_address_is_known():
    assert (
        plain("{term}`at risk`", ADDRESS) == f"[at risk]({ADDRESS}book/glossary.html#term-at-risk)"
    )
    assert plain("{numref}`fig-a`", ADDRESS) == f"[Fig. 6.1]({ADDRESS}notebooks/06-x.html#fig-a)"
    assert plain("[x](07-y.ipynb)", ADDRESS) == f"[x]({ADDRESS}notebooks/07-y.html)"


@pytest.mark.parametrize("text", ["{unheard}`of`", "```{unheard}\nof\n```", "{glue}`nothing`", "{cite}`nobody`"])  # fmt: skip
def test_what_cannot_be_said_stops_the_build(text: str):
    with pytest.raises(ReaderError):
        plain(text)


def chapter(*cells: object) -> nbformat.NotebookNode:
    made = [
        nbformat.v4.new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells
    ]
    return nbformat.v4.new_notebook(cells=made)


START = "```{exercise-start} By pencil\n:label: ex-a\n:class: by-hand\n```\n\nHow many?\n\n```{exercise-end}\n```\n\n"
SOLVED = "```{solution-start} ex-a\n:label: sol-a\n:class: dropdown\n```\n\nFour.\n"


def html(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/html": text, "text/plain": "<HTML>"})


TABLE = tables.html(pd.DataFrame({"x|y": ["<a>", "b*"], "n": [1, 2]}), "Less & more")


def test_an_exercise_has_title_number_and_an_empty_cell_and_its_solution_is_one_fold():
    text = "# X\n\nIt begins.\n\n" + START + SOLVED
    solved = nbformat.v4.new_code_cell("answer = 4\n")
    solved.outputs = [
        nbformat.v4.new_output("stream", text="a\n"),
        nbformat.v4.new_output("stream", text="b\n"),
        html('<p class="feedback right"><strong>Right.</strong> Four &lt; five.</p>'),
        html(TABLE),
        html(pd.DataFrame({"x": [1]}, index=pd.Index([2], name="n")).to_html()),
    ]
    made = writer.notebook(
        chapter(text, solved, "So four.\n\n```{solution-end}\n```\n\n## End"),
        dataclasses.replace(said(), tables={"Less & more": ["Table 6.1"]}),
        {"ex-a": ["answer = ..."]},
    )
    first, exercise, empty, solution, end = made.cells
    assert first.source.startswith("# 6. X\n\n> This is a chapter of a book")
    assert "version 1.2.3, commit 0123456789 of 31 January 2026" in first.source
    assert exercise.source == "### Exercise 6.1 · By pencil\n\nHow many?"
    assert (empty.source, empty.metadata.tags) == ("answer = ...", ["answer"])
    assert solution.metadata.tags == [writer.SOLUTION]
    assert solution.source == (
        "<details>\n<summary>Solution</summary>\n\nFour.\n\n```python\nanswer = 4\n```\n\n"
        "It prints:\n\n```text\na\nb\n```\n\n> Right. Four &lt; five.\n\n"
        f"| X\\|y | {headings.heading('n')} |\n| --- | --- |\n| &lt;a&gt; | 1 |\n| b\\* | 2 |\n\n"
        "**Table 6.1.** Less &amp; more\n\n| n | x |\n| --- | --- |\n| 2 | 1 |\n\nSo four.\n\n</details>"
    )
    assert end.source == "## End"


@pytest.mark.parametrize("kind", [markup.REFUTED, markup.LACKING])
def test_a_sentence_of_a_solution_on_what_is_not_so_or_not_there_stands_in_it(kind: str):
    solved = nbformat.v4.new_code_cell("count()")
    solved.outputs = [html(f'<p class="{kind}" role="note">Not so.</p>')]
    text = "# X\n\n" + START + SOLVED
    made = writer.notebook(chapter(text, solved, "```{solution-end}\n```"), said(), {})
    assert "\n\n> Not so.\n\n</details>" in made.cells[-1].source


def test_a_figure_in_a_solution_is_refused_since_no_text_can_show_it():
    solved = nbformat.v4.new_code_cell("draw()")
    solved.outputs = [nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg/>"})]
    text = "# X\n\n" + START + SOLVED
    with pytest.raises(ReaderError, match="a figure in a solution"):
        writer.notebook(chapter(text, solved, "```{solution-end}\n```"), said(), {})


def test_a_table_has_number_and_caption_once_as_it_came_and_when_its_cell_is_run():
    cell = nbformat.v4.new_code_cell("tables.show(frame)")
    cell.outputs = [html(TABLE)]
    start = nbformat.v4.new_code_cell("page.start()", metadata={"tags": ["hide-input"]})
    numbers = {"Less & more": ["Table 6.1"], "Twice": ["Table 6.2", "Table 6.3"]}
    made = writer.notebook(
        chapter("# X", start, cell), dataclasses.replace(said(), tables=numbers), {}
    )
    _, started, shown = made.cells
    came_with = shown.outputs[0].data["text/html"]
    assert "<caption><b>Table 6.1.</b> Less &amp; more</caption>" in came_with
    assert "Table 6" not in shown.source
    assert "Twice" not in started.source
    try:
        exec(started.source, {"page": page})
        frame = pd.DataFrame({"x|y": ["<a>", "b*"], "n": [1, 2]})
        assert tables.html(frame, "Less & more") == came_with
    finally:
        tables.numbered({})


@pytest.mark.parametrize("text", [START + SOLVED, "```{solution-end}\n```", START + "```{exercise-end}\n```"])  # fmt: skip
def test_a_gate_without_a_partner_is_refused(text: str):
    with pytest.raises(ReaderError, match="has no partner"):
        list(parts.parts(chapter(text)))


@pytest.mark.parametrize(
    ("sources", "hidden", "kept"),
    [
        (["a = 1", "page.quote(a=a)"], [0, 1], [True, False]),
        (["a = 1", "b = a\npage.quote(b=b)", "print(b)"], [0, 1, 0], [True, True, True]),
        (["b = 2", "b = 3\nprint(b)"], [1, 0], [False, True]),
        (["a = []", "a[0] = 1", "print(a)"], [0, 1, 0], [True, True, True]),
        (["for x in y: z = x", "print([x for x in w])"], [1, 0], [False, True]),
        (["a = 1", "b = a", "page.quote(b=b)"], [1, 1, 1], [False, False, False]),
    ],
)
def test_plumbing_stays_where_a_later_cell_reads_its_names(sources, hidden, kept):
    assert plumbing.needed(sources, list(map(bool, hidden))) == kept


def test_what_moves_is_a_picture_of_its_beginning():
    drawing = '<svg viewBox="0 0 1 1" aria-label="A curve."><g class="frame-0"/><g class="frame-1"/></svg>'
    for kind in (markup.EXPLORER, markup.FLIP_BOOK):
        html = f'<div class="{kind}"><label>At <input type="range"></label>{drawing}<script>go()</script></div>'
        still = stills.still(html)
        assert '<img class="figure" alt="A curve."' in still
        assert not any(part in still for part in ("<svg", "<script", "<input"))
    assert stills.still("<p>Text</p>") == "<p>Text</p>"


def test_files_are_there_when_a_cell_is_run_and_not_before():
    files = tables.downloads("This table", {"a.csv": ("text/csv", b"a")})
    assert stills.still(f"<table></table>{files}<p>End</p>") == "<table></table><p>End</p>"
