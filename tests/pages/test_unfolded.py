"""Pages on paper and in an e-reader: open, without prompts, with drawings as files of their own."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from report import drawings, unfolded

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="0 0 9 9" role="img" aria-label="A &amp; B">'
    '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata>'
    '<defs><clipPath id="c"><rect width="9" height="9"/></clipPath></defs>'
    '<g class="frame-0"><path d="M1 1"/></g><g class="frame-1"><path d="M2 2"/></g>'
    '<path style="fill: none"/><use xlink:href="#c"/></svg>'
)
SVG = "{http://www.w3.org/2000/svg}"


class Files(dict[str, str]):
    """Drawings that were put aside."""

    def put(self, name: str, text: str) -> str:
        self[name] = text
        return f"here/{name}"


@pytest.fixture
def files() -> Files:
    return Files()


def test_a_drawing_becomes_a_file_that_keeps_its_case_and_its_words(files: Files):
    html = unfolded.unfolded(f"<p>before</p>{DRAWING}<p>after</p>", files.put)
    ((name, text),) = files.items()
    assert html == f'<p>before</p><img alt="A &amp; B" src="here/{name}"/><p>after</p>'
    root = ET.fromstring(text)
    assert root.get("viewBox") == "0 0 9 9"
    assert root.find(f"{SVG}defs/{SVG}clipPath") is not None
    assert root.find(f"{SVG}metadata") is None
    assert [path.get("d") for path in root.iter(f"{SVG}path")] == ["M1 1", "M0 0"]
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert 'xlink:href="#c"' in text


def test_a_drawing_inside_an_address_becomes_a_file_too(files: Files):
    data = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
    html = drawings.apart(f'<img src="data:image/svg+xml;base64,{data}"/>', files.put)
    ((name, text),) = files.items()
    assert html == f'<img src="here/{name}"/>'
    assert ET.fromstring(text).tag == f"{SVG}svg"


def test_an_icon_is_left_out(files: Files):
    assert unfolded.unfolded('<p><svg viewBox="0 0 1 1"></svg>Word</p>', files.put) == "<p>Word</p>"
    assert not files


def test_of_a_drawing_for_two_widths_the_wide_one_is_taken(files: Files):
    picture = (
        '<picture><source media="(max-width: 30em)" srcset="n.svg"/><img src="w.svg"/></picture>'
    )
    assert unfolded.unfolded(picture, files.put) == '<img src="w.svg"/>'


def test_prompts_to_show_code_are_dropped_and_the_code_is_open(files: Files):
    html = unfolded.unfolded(
        '<details class="admonition hide above-input"><summary aria-label="Toggle">'
        '<p class="collapsed">Show the code</p><p class="expanded">Hide the code</p></summary>'
        "<pre>1</pre></details>",
        files.put,
    )
    assert html == '<div class="admonition hide above-input"><pre>1</pre></div>'


def test_other_folds_are_open_and_valid(files: Files):
    html = unfolded.unfolded(
        '<details name="quiz" class="wrong"><summary><p>A choice.</p></summary><p>Why.</p></details>',
        files.put,
    )
    assert (
        html == '<details class="wrong" open=""><summary>A choice.</summary><p>Why.</p></details>'
    )


@pytest.mark.parametrize("rows", [unfolded.ROWS, unfolded.ROWS + 1])
def test_long_tables_of_numbers_are_left_out_and_it_is_said(files: Files, rows: int):
    table = f"<table><tbody>{'<tr><td>1</td></tr>' * rows}</tbody></table>"
    numbers = f'<details class="figure-numbers"><summary>Numbers</summary>{table}</details>'
    html = unfolded.unfolded(numbers, files.put)
    assert ("<table>" in html) == (rows <= unfolded.ROWS)
    assert (f"{rows} rows" in html) == (rows > unfolded.ROWS)
