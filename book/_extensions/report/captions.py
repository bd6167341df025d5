"""Captions say "synthetic cohort"; in a book on another cohort they say that cohort's name.

So do the files that a page offers, which are called by their captions; code that is shown says "this
cohort", for which no name has to be quoted.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_WORDS = re.compile(r"\bsynthetic\s+cohort\b")
_FILE = re.compile(r'(?<= download=")[^"]*?synthetic-cohort[^"]*(?=")')
_TABLE_CAPTIONS = re.compile(r'<caption>.*?</caption>|aria-label="[^"]*"', re.DOTALL)


def _rename(app: Sphinx, doctree: nodes.document) -> None:
    found = app.book_cohort  # type: ignore[attr-defined]
    if found.synthetic:
        return
    for caption in [*doctree.findall(nodes.caption), *doctree.findall(_under_a_figure)]:
        for text in list(caption.findall(nodes.Text)):
            text.parent.replace(text, nodes.Text(_WORDS.sub(lambda _: found.name, text.astext())))
    for raw in list(doctree.findall(nodes.raw)):
        html = _TABLE_CAPTIONS.sub(
            lambda match: _WORDS.sub(lambda _: escape(found.name), match.group()), raw.astext()
        )
        html = _FILE.sub(
            lambda match: match.group().replace("synthetic-cohort", _in_a_file_name(found.name)),
            html,
        )
        if html != raw.astext():
            raw.replace_self(nodes.raw("", html, format=raw["format"]))
    for code in list(doctree.findall(nodes.literal_block)):
        words = _WORDS.sub("this cohort", code.astext())
        if words != code.astext():
            code.children, code.rawsource = [], words
            code += nodes.Text(words)


def _in_a_file_name(name: str) -> str:
    """A name as a part of a file's; `this-cohort` where none of its letters can stand in one."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "this-cohort"


def _under_a_figure(node: nodes.Node) -> bool:
    """Whether this is what stands under a figure that a page shows from a chapter: words in italics."""
    return isinstance(node, nodes.paragraph) and [type(n) for n in node.children] == [
        nodes.emphasis
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("report.honest")  # which loads the cohort
    app.connect("doctree-read", _rename, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
