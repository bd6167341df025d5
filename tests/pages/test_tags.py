"""Tags of a PDF: those that say nothing go, and what they hold keeps its place and its order."""

from __future__ import annotations

import io
from typing import Any

import tags
from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject

PARAGRAPH = "<p>Words <b>and</b> <code>more</code> <a href='https://a.invalid/'>of them</a>.</p>"
PAGE = f"""<html lang="en"><style>h2 {{ break-before: page }}</style><h1>One</h1>{PARAGRAPH * 60}
<table><tr><th>a<td>1</table><h2>Two</h2><ul><li>{PARAGRAPH}</ul></html>"""


def contents(reader: PdfReader) -> tuple[list[tuple[int, int]], list[str]]:
    """What is tagged, as page and number, in the order of reading; and the names of the elements."""
    found: list[tuple[int, int]] = []
    names: list[str] = []
    pages = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages)}  # type: ignore[union-attr]

    def read(element: DictionaryObject, page: Any) -> None:
        page = element.raw_get("/Pg") if "/Pg" in element else page
        kids = element.get("/K", ArrayObject())
        for kid in kids if isinstance(kids, ArrayObject) else [kids]:
            one = kid.get_object()
            if isinstance(one, int):
                found.append((pages[page.idnum], int(one)))
            elif one.get("/Type") == "/MCR":
                found.append((pages[one.raw_get("/Pg").idnum], int(one["/MCID"])))
            elif one.get("/Type") != "/OBJR":
                names.append(str(one["/S"]))
                read(one, page)

    read(reader.trailer["/Root"]["/StructTreeRoot"], None)  # type: ignore[index,arg-type]
    return found, names


def test_what_says_nothing_goes_and_all_else_stays(browser: Browser):
    page = browser.new_page()
    page.set_content(PAGE)
    pdf = page.pdf(tagged=True)
    page.close()
    before = PdfReader(io.BytesIO(pdf))
    writer = PdfWriter(clone_from=before)
    tags.flatten(writer)
    file = io.BytesIO()
    writer.write(file)
    after = PdfReader(file)
    held, names = contents(before)
    held_after, names_after = contents(after)
    assert len(before.pages) > 2
    assert held_after == held
    assert [name for name in names if name != "/NonStruct"] == [
        name for name in names_after if name != "/NonStruct"
    ]
    assert names_after.count("/NonStruct") < names.count("/NonStruct") / 10
    tree = writer.root_object["/StructTreeRoot"]["/ParentTree"].get_object()  # type: ignore[index]
    for places in tags._places(tree):
        for number, place in enumerate(places):
            element = place.get_object()
            assert number in [
                kid.get("/MCID") if isinstance(kid, DictionaryObject) else kid
                for kid in (
                    element["/K"] if isinstance(element["/K"], ArrayObject) else [element["/K"]]
                )
            ]
