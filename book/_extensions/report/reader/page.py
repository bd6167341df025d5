"""What a built page says in place of each role: taken from Sphinx, never counted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers import published

from .. import numbering, pace
from ..provenance import Origin


@dataclass(frozen=True)
class Said:
    """What a page and its book say.

    Attributes
    ----------
    docname : str
        The page.
    number : str
        Of the chapter, as its page shows it; may be empty.
    address : str
        Of the published book, with a slash at its end; empty where it is not known.
    origin : Origin
        The build.
    pages : mapping of str to str
        Title of each page of the book, by its name.
    printed : mapping of str to str
        Printed numbers by their id.
    terms : mapping of str to tuple
        Of each term of the glossary, in lower case: page, place on it.
    definitions : mapping of str to str
        What the glossary says of a term, by its place.
    sources : mapping of str to tuple
        Of each citation: words, and an address, which may be empty.
    links : mapping of str to tuple
        Of each target of a reference on the page: words, page, place on it.
    captions : mapping of str to str
        Number and caption of each figure of the page, by its name.
    tables : mapping of str to list of str
        Numbers of the tables of each caption, in their order.
    exercises : mapping of str to str
        Number of each exercise, such as `Exercise 28`, by its label.
    minutes : str
        What stands for the role `pace`.
    """

    docname: str
    number: str
    address: str
    origin: Origin
    pages: Mapping[str, str]
    printed: Mapping[str, str]
    terms: Mapping[str, tuple[str, str]]
    definitions: Mapping[str, str]
    sources: Mapping[str, tuple[str, str]]
    links: Mapping[str, tuple[str, str, str]]
    captions: Mapping[str, str]
    tables: Mapping[str, list[str]]
    exercises: Mapping[str, str]
    minutes: str

    def url(self, docname: str, place: str = "") -> str:
        """The address of a page of the published book, or empty."""
        return f"{self.address}{docname}.html{'#' * bool(place)}{place}" if self.address else ""


def said(app: Sphinx, docname: str, doctree: nodes.document) -> Said:
    """What a page says, once all of its references are resolved."""
    env = app.env
    standard: Any = env.get_domain("std")
    terms = {
        name.lower(): place for (kind, name), place in standard.objects.items() if kind == "term"
    }
    glossary = next((page for page, _ in terms.values()), None)
    return Said(
        docname=docname,
        number=numbering.chapter(env, docname),
        address=_address(app),
        origin=app.book_origin,  # type: ignore[attr-defined]
        pages={name: title.astext() for name, title in env.titles.items()},
        printed={id: entry.text for id, entry in published.load().entries.items()},
        terms=terms,
        definitions={} if glossary is None else _definitions(env.get_doctree(glossary)),
        sources=_sources(app, doctree),
        links=_links(docname, doctree),
        captions=_captions(app, docname, doctree),
        tables=_tables(app, docname, doctree),
        exercises=_numbers(app, docname, "exercise"),
        minutes=pace.told(env, docname),
    )


def _address(app: Sphinx) -> str:
    given = app.config.html_baseurl
    return f"{given.rstrip('/')}/" if given else ""


def _definitions(glossary: nodes.document) -> dict[str, str]:
    return {
        id: " ".join(item.next_node(nodes.definition).astext().split())
        for item in glossary.findall(nodes.definition_list_item)
        for term in item.findall(nodes.term)
        for id in term["ids"]
    }


def _target(docname: str, link: nodes.reference) -> tuple[str, str]:
    """The page, and the place on it, to which a link of a page leads."""
    if link.get("refid"):
        return docname, link["refid"]
    path, _, place = link.get("refuri", "").partition("#")
    if not path:
        return docname, place
    parts = docname.split("/")[:-1]
    for part in path.removesuffix(".html").split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts), place


def _links(docname: str, doctree: nodes.document) -> dict[str, tuple[str, str, str]]:
    """The words of references, by the place to which they lead."""
    found: dict[str, tuple[str, str, str]] = {}
    for link in doctree.findall(nodes.reference):
        inline = link.next_node(nodes.inline)
        if inline is not None and {"std-ref", "std-numref"} & set(inline["classes"]):
            page, place = _target(docname, link)
            words = " ".join(link.astext().split())
            if not any(type(node).__name__ == "solution_title" for node in _above(link)):
                found.setdefault(place, (words, page, place))
    return found


def _above(node: nodes.Node) -> list[nodes.Node]:
    above = []
    while node.parent is not None:
        node = node.parent
        above.append(node)
    return above


def _sources(app: Sphinx, doctree: nodes.document) -> dict[str, tuple[str, str]]:
    """Author and year of each work that the page cites, and where it is; in the book's order."""
    domain: Any = app.env.get_domain("cite")
    shown = {
        link["refuri"].partition("#")[2]: " ".join(link.astext().split())
        for link in doctree.findall(nodes.reference)
        if link.get("refuri") and "bibtex-citation" in _classes(link)
    }
    found = {}
    for one in domain.citations:
        if one.citation_id in shown:
            doi, url = one.entry.fields.get("doi"), one.entry.fields.get("url", "")
            found[one.key] = (shown[one.citation_id], f"https://doi.org/{doi}" if doi else url)
    return found


def _classes(node: nodes.Node) -> set[str]:
    return {
        name
        for above in _above(node)
        if isinstance(above, nodes.Element)
        for name in above.get("classes", [])
    }


def _numbers(app: Sphinx, docname: str, kind: str) -> dict[str, str]:
    """Numbers of a kind on a page, with their word, such as `Fig. 12`."""
    form = app.config.numfig_format.get(kind, f"{kind.capitalize()} %s")
    return {
        id: form % ".".join(map(str, number))
        for id, number in app.env.toc_fignumbers.get(docname, {}).get(kind, {}).items()
    }


def _captions(app: Sphinx, docname: str, doctree: nodes.document) -> dict[str, str]:
    numbers = _numbers(app, docname, "figure")
    found = {}
    for figure in doctree.findall(nodes.figure):
        caption = figure.next_node(nodes.caption)
        for id in figure["ids"]:
            if caption is not None and id in numbers:
                found[id] = f"**{numbers[id]}.** {' '.join(caption.astext().split())}"
    return found


def _tables(app: Sphinx, docname: str, doctree: nodes.document) -> dict[str, list[str]]:
    numbers = _numbers(app, docname, "table")
    found: dict[str, list[str]] = {}
    for table in doctree.findall(numbering.captioned_table):
        found.setdefault(table["title"], []).append(numbers[table["ids"][0]])
    return found
