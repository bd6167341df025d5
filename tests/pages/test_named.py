"""In a book on another cohort neither files nor visible code call its rows synthetic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document
from report import captions

CODE = 'tables.show(rows, caption="Rows, synthetic cohort")'
HTML = '<a class="x" download="rows-synthetic-cohort.csv" href="data:text/csv;base64,eA==">CSV</a>'


def _page(name: str, synthetic: bool) -> tuple[str, nodes.literal_block]:
    page = new_document("a page")
    page += nodes.raw("", HTML, format="html")
    page += nodes.literal_block(CODE, CODE)
    app: Any = SimpleNamespace(book_cohort=SimpleNamespace(name=name, synthetic=synthetic))
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
