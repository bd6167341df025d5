"""One page printed from the browser: what it is, where it is from, and how to cite it.

The theme prints a list of contents without numbers of pages in this place. CSS can put words into the
margins of every sheet, but in Chromium none that stand elsewhere on the page, so each page has its own.
"""

from __future__ import annotations

import json
from datetime import date
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from . import about, citing, menus, numbering

PRINT = "Print this page"
_HEAD = "book-on-paper"


def first_lines(title: str, state: str, citation: str, address: str) -> str:
    """What a printed page begins with, and a screen does not show.

    Parameters
    ----------
    title : str
        Of the book.
    state : str
        Its version and date.
    citation : str
    address : str
        Of the page; empty where it is not known.
    """
    place = f"<br>{escape(address)}" if address else ""
    return (
        f'<div class="{_HEAD} d-none d-print-block" data-pagefind-ignore="all">'
        f"<p><strong>{escape(title)}</strong>, {escape(state)}{place}<br>"
        f"Cite as: {escape(citation)}</p></div>"
    )


def running_head(book: str, title: str) -> str:
    """A style that puts book and page at the top of every sheet."""
    return (
        f"<style>@page {{ @top-left {{ content: {_text(book)} }} "
        f"@top-right {{ content: {_text(title)} }} }}</style>"
    )


def _text(words: str) -> str:
    """Words as CSS writes them, and without an end of the style in them."""
    return json.dumps(words, ensure_ascii=False).replace("<", r"\3c ")


def _page(
    app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if app.builder.name != "html" or doctree is None:
        return
    for button in menus.menu(context, menus.DOWNLOADS):
        if button.get("label") == "download-pdf-button":
            button["text"] = PRINT
    book = about.book()
    title = numbering.titled(app.env, pagename, app.env.titles[pagename].astext())
    context["pagetitle"] = title  # what the theme prints above all
    context["body"] = (
        first_lines(book.title, _state(app, book), _citation(context), _address(context))
        + context["body"]
    )
    context["metatags"] = context.get("metatags", "") + running_head(
        book.title, title if title != book.title else ""
    )


def _state(app: Sphinx, book: about.About) -> str:
    """The version, and the day of the commit, which is the same for every build of it."""
    day = app.book_origin.date  # type: ignore[attr-defined]
    if not day:
        return f"version {book.version}"
    made = date.fromisoformat(day)
    return f"version {book.version} of {made.day} {made:%B %Y}"


def _citation(context: dict[str, Any]) -> str:
    """That of the page, or of the book on its cover, as at the foot."""
    told: citing.Citation = context.get("book_part") or context["book_whole"]
    return told.words


def _address(context: dict[str, Any]) -> str:
    return context.get("pageurl") or ""


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _page, priority=960)  # after the foot is known
    return {"parallel_read_safe": True, "parallel_write_safe": True}
