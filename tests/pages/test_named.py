"""In a book on another cohort nothing calls its rows synthetic, or its sites by those of the study."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import books
import nbformat
import pytest
import unusual
from docutils import nodes
from docutils.utils import new_document
from report import captions

CODE = 'tables.show(rows, caption="Rows, synthetic cohort")'
HTML = '<a class="x" download="rows-synthetic-cohort.csv" href="data:text/csv;base64,eA==">CSV</a>'


def _page(name: str, synthetic: bool) -> tuple[str, nodes.literal_block]:
    page = new_document("a page")
    page += nodes.raw("", HTML, format="html")
    page += nodes.literal_block(CODE, CODE)
    app: Any = SimpleNamespace(
        book_cohort=SimpleNamespace(name=name, synthetic=synthetic, words={})
    )
    captions._rename(app, page)
    (raw,) = page.findall(nodes.raw)
    (code,) = page.findall(nodes.literal_block)
    return raw.astext(), code


@pytest.mark.parametrize(
    ("name", "file"),
    [('Ward 7, "North"', "rows-ward-7-north.csv"), ("患者", "rows-this-cohort.csv")],
)
def test_files_have_its_name_and_code_says_this_cohort(name: str, file: str):
    html, code = _page(name, synthetic=False)
    assert f'download="{file}"' in html
    assert code.astext() == code.rawsource == 'tables.show(rows, caption="Rows, this cohort")'


def test_of_a_synthetic_cohort_both_stay_as_they_are():
    html, code = _page("Synthetic cohort", synthetic=True)
    assert html == HTML
    assert code.astext() == CODE


LABELS = {"supraclavicular": "N1 & bone", "other sites": "liver"}


@pytest.mark.parametrize(
    ("caption", "told"),
    [
        ("By site, supraclavicular minus other sites; synthetic cohort.", "By site, N1 & bone minus liver; Ward 7."),
        ("Death by site. Synthetic cohort.", "Death by site. Ward 7."),
        ("Death, supraclavicular, from the printed rates.", "Death, supraclavicular, from the printed rates."),
    ],
)  # fmt: skip
def test_a_caption_of_the_cohort_has_its_words(caption: str, told: str):
    assert captions.in_words_of(caption, "Ward 7", LABELS) == told


def test_captions_on_pages_have_the_words_of_the_cohort():
    html = '<table aria-label="supraclavicular, synthetic cohort"><caption>supraclavicular, synthetic cohort</caption>'
    page = new_document("a page")
    page += nodes.raw("", html + "<td>supraclavicular</td></table>", format="html")
    page += nodes.figure(
        "", nodes.caption("", "supraclavicular against other sites; synthetic cohort.")
    )
    own: Any = SimpleNamespace(name="Ward 7", synthetic=False, words=LABELS)
    app: Any = SimpleNamespace(book_cohort=own)
    captions._rename(app, page)
    (raw,) = page.findall(nodes.raw)
    told = "N1 &amp; bone, Ward 7"
    assert raw.astext() == (
        f'<table aria-label="{told}"><caption>{told}</caption><td>supraclavicular</td></table>'
    )
    (caption,) = page.findall(nodes.caption)
    assert caption.astext() == "N1 & bone against liver; Ward 7."


def test_no_caption_of_the_cohort_names_a_site_of_the_study():
    """But for those that the cohort's own labels replace; in a figure's caption nothing is computed."""
    found = []
    for path in sorted((books.ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            caption = " ".join(figure.get("caption", "").split())
            told = captions.in_words_of(caption, "Ward 7", LABELS)
            told = told.replace("untreated lung metastases", "a series that is cited")
            if told != caption and re.search(unusual.OF_THE_STUDY, told, re.IGNORECASE):
                found.append(f"{path.stem}: {caption}")
    assert not found
