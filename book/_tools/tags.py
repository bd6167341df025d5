"""The tags of a PDF without those that say nothing, which are a third of a printed book.

Chromium puts each run of text into an element of its own, `NonStruct`: one that PDF defines as
transparent. Neither pypdf nor pikepdf takes such elements out.
"""

from __future__ import annotations

from collections.abc import Iterator

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    PdfObject,
)

_SAYS_NOTHING = {"/Type", "/S", "/P", "/Pg", "/K"}


def flatten(writer: PdfWriter) -> None:
    """Let what stands in an element that says nothing stand in the one around it."""
    tree = writer.root_object.get("/StructTreeRoot")
    if tree is None:
        return
    for places in _places(tree.get_object()["/ParentTree"].get_object()):
        for content, place in enumerate(places):
            while (outer := _raised(place, content)) is not None:
                place = outer
            places[content] = place


def _places(node: DictionaryObject) -> Iterator[ArrayObject]:
    """Of each page, the elements in which its contents stand."""
    for below in node.get("/Kids", ArrayObject()):
        yield from _places(below.get_object())
    for places in list(node.get("/Nums", ArrayObject()))[1::2]:
        if isinstance(places.get_object(), ArrayObject):
            yield places.get_object()


def _raised(place: PdfObject, content: int) -> PdfObject | None:
    """Put the one content of an element into the element around it, and give that one's place."""
    element = place.get_object()
    if (
        not isinstance(element, DictionaryObject)
        or element.get("/S") != "/NonStruct"
        or not _SAYS_NOTHING.issuperset(element)
        or element.get("/K") not in (content, [content])
    ):
        return None
    above = element.raw_get("/P")
    outer = above.get_object()
    if outer.get("/S") in (None, "/Document"):
        return None
    page, held = element.raw_get("/Pg"), outer["/K"]
    kids = held if isinstance(held, ArrayObject) else ArrayObject([outer.raw_get("/K")])
    if place not in kids:
        return None
    if outer.get("/Pg") is None:
        outer[NameObject("/Pg")] = page
    raised: PdfObject = NumberObject(content)
    if outer.raw_get("/Pg") != page:
        raised = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/MCR"),
                NameObject("/Pg"): page,
                NameObject("/MCID"): raised,
            }
        )
    kids[kids.index(place)] = raised
    outer[NameObject("/K")] = kids
    return above
