"""What the search looks through: the words of every section and every term of the glossary.

Sphinx's own search counts words by page, those of code and of lists of contents too, and forgives no
slip. Pagefind does better and is there as wheels, but works on a server alone, as its maintainers say;
this search also works on pages that were opened from disk. So the words go into one script,
`_static/sections.js`, and `book/_static/search.js` ranks them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

_INDEX = "_static/sections.js"
_LEFT_OUT = (
    nodes.comment,
    nodes.image,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.section,
    nodes.target,
    nodes.title,
    addnodes.glossary,
    addnodes.index,
    addnodes.toctree,
)
"""What has no words of a section: code, formulas, drawings, and what is an entry of its own."""
_CLASSES = re.compile(r"exercise|solution|cell_(input|output)|book-.*|d-print-none")
_GENERAL = re.compile(r" (estimat(or|e)|model|test|curve|plot)$")
"""What is left out of an abbreviation: KM is the Kaplan–Meier estimator."""
_ALSO = {
    "cutoff": "cut-point",
    "efs": "event-free survival",
    "lc": "local control",
    "os": "overall survival",
    "pfs": "new progression",
    "tumor": "tumour",
}
"""What readers type for a word of this book and no glossary has."""


def entries(document: nodes.document) -> list[tuple[str, str, str]]:
    """The anchor, the heading and the words of each section and each term of a page.

    Parameters
    ----------
    document : nodes.document
        With all references resolved.
    """
    found = []
    for section in document.findall(nodes.section):
        place = section.parent if "exercise" in section.parent.get("classes", ()) else section
        if "solution" in section.parent.get("classes", ()):
            continue
        head = next((node for node in place.children if isinstance(node, nodes.title)), None)
        title = "" if head is None else _plain(head.astext())
        if place is not section:
            name = title.removeprefix("Exercise").strip(" ()")
            title = f"Exercise: {name}" if name else "Exercise"
        anchor = next(iter(place["ids"]), "")
        words = " ".join(part for child in beside_html(section) for part in _words(child))
        found.append((anchor, title, _plain(words)))
    for item in document.findall(nodes.definition_list_item):
        if isinstance(item.parent.parent, addnodes.glossary):
            terms = [node for node in item.children if isinstance(node, nodes.term)]
            names = ", ".join(_plain(_name(term)) for term in terms)
            meaning = " ".join(
                part for child in item.children for part in _words(child, skip=terms)
            )
            found.append((terms[0]["ids"][0], names, _plain(meaning)))
    return found


def beside_html(section: nodes.Element) -> Iterator[nodes.Node]:
    """What stands in a section, without HTML and what stands within it: the banner."""
    within = 0
    for node in section.children:
        if isinstance(node, nodes.raw):
            within += node.astext().count("<div") - node.astext().count("</div")
        elif not within:
            yield node


def _name(term: nodes.term) -> str:
    return "".join(node.astext() for node in term.findall(nodes.Text))


def _words(node: nodes.Node, skip: list[nodes.term] | tuple[()] = ()) -> Iterator[str]:
    """The words of a node, a piece for each of its blocks."""
    if isinstance(node, nodes.Text):
        yield node.astext()
        return
    if isinstance(node, _LEFT_OUT) or node in skip:
        return
    if isinstance(node, nodes.Element) and any(map(_CLASSES.fullmatch, node.get("classes", ()))):
        return
    parts = [part for child in node.children for part in _words(child, skip)]
    inline = isinstance(node, nodes.TextElement)
    yield from ["".join(parts)] if inline else parts


def _plain(words: str) -> str:
    return " ".join(words.split())


def abbreviations(terms: list[str]) -> dict[str, list[str]]:
    """What the initials of terms of several words stand for, and other words that readers type.

    Parameters
    ----------
    terms : list of str
        Of the glossary.
    """
    found: dict[str, list[str]] = {}
    for term in terms:
        for words in dict.fromkeys((term, _GENERAL.sub("", term))):
            parts = re.findall(r"[^\W\d_]+", words)
            if len(parts) > 1:
                initials = "".join(part[0] for part in parts).lower()
                found.setdefault(initials, []).append(term)
    found |= {short: [words] for short, words in _ALSO.items()}
    return dict(sorted(found.items()))


def _kept(app: Sphinx, name: str) -> Path:
    return Path(app.doctreedir, "sections", f"{name}.json")


def _page(app: Sphinx, name: str, _: str, __: dict[str, Any], doctree: nodes.document) -> None:
    """Keep what a page has, for builds in which it is not written."""
    if doctree is None or app.builder.name != "html":
        return
    path = _kept(app, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries(doctree)), encoding="utf-8")


def _write(app: Sphinx, exception: Exception | None) -> None:
    """Write what all pages have."""
    if exception is not None or app.builder.name != "html":
        return
    pages, terms = [], []
    for name in sorted(app.env.found_docs):
        found = json.loads(_kept(app, name).read_text(encoding="utf-8"))
        pages.append([app.builder.get_target_uri(name), app.env.titles[name].astext(), found])
        terms += [
            term
            for anchor, names, _ in found
            if anchor.startswith("term-")
            for term in names.split(", ")
        ]
    told = json.dumps(
        {"pages": pages, "short": abbreviations(terms)}, ensure_ascii=False, separators=(",", ":")
    )
    path = Path(app.outdir, _INDEX)
    path.write_text(f"window.bookSections = {told};\n", encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _page)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
