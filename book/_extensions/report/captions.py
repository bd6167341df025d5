"""Captions say "synthetic cohort"; in a book on another cohort they say that cohort's name.

They also call the groups that the book compares as that cohort calls them: a caption of a figure cannot
be computed. So do the files that a page offers, which are called by their captions; code that is shown
says "this cohort", for which no name has to be quoted. A caption of anything else stays as it is: it
speaks of the published study, or of invented patients.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_WORDS = re.compile(r"\bsynthetic\s+cohort\b", re.IGNORECASE)
_FILE = re.compile(r'(?<= download=")[^"]*?synthetic-cohort[^"]*(?=")')
_TABLE_CAPTIONS = re.compile(r'<caption>.*?</caption>|aria-label="[^"]*"', re.DOTALL)


def in_words_of(caption: str, name: str, labels: Mapping[str, str]) -> str:
    """A caption of the cohort with its name, and with its labels of groups; any other as it is.

    Parameters
    ----------
    caption : str
    name : str
        Of the cohort.
    labels : mapping of str to str
        What it calls groups, by what the book calls them.
    """
    return _named(caption, name, labels) if _WORDS.search(caption) else caption


def _named(words: str, name: str, labels: Mapping[str, str]) -> str:
    if labels:
        of_the_book = rf"\b(?:{'|'.join(map(re.escape, labels))})\b"
        words = re.sub(of_the_book, lambda label: labels[label[0]], words)
    return _WORDS.sub(lambda _: name, words)


def _rename(app: Sphinx, doctree: nodes.document) -> None:
    found = app.book_cohort  # type: ignore[attr-defined]
    if found.synthetic:
        return
    for caption in [*doctree.findall(nodes.caption), *doctree.findall(_under_a_figure)]:
        if _WORDS.search(caption.astext()):
            for text in list(caption.findall(nodes.Text)):
                words = _named(text.astext(), found.name, found.words)
                text.parent.replace(text, nodes.Text(words))
    labels = {escape(old): escape(new) for old, new in found.words.items()}
    for raw in list(doctree.findall(nodes.raw)):
        html = _TABLE_CAPTIONS.sub(
            lambda match: in_words_of(match.group(), escape(found.name), labels), raw.astext()
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
