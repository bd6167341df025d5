"""A book on a reader's own cohort: what its pages say in their heads, and the page that lists what it leaves out.

The pages are told apart from those that may be published by a tag in their heads, which the programs
that publish and release look for. What is left out is found in the pages themselves: the package marks
the places (`helpers.disclosure.ATTRIBUTE`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers import disclosure, notice

MARK = '<meta name="cohort" content="of a reader">'
"""What the head of every page has that is on another cohort than the one that the book comes with."""
_NO_INDEX = '<meta name="robots" content="noindex, nofollow, noarchive">'
_PLACE = re.compile(rf'<[^>]*\b{disclosure.ATTRIBUTE}="(?P<what>[^"]*)"[^>]*>')
_LABEL = re.compile(r'aria-label="(?P<label>[^"]*)"')
_TITLE = re.compile(r"<title>(?P<title>.*?)</title>", re.DOTALL)
_RULES = (
    "Identifiers, and columns that the data contract does not name, were left out before anything was "
    "computed, and the order of the rows was changed.",
    "Times are whole months, rounded up; dates are years; ages are multiples of five, and 90 stands for "
    "all that are higher. Analyses were made from these, so that a result can differ a little from one "
    "made from exact times.",
    "Numbers from one to four are not told, nor others in the same table from which they could be told by "
    "subtraction. Numbers at risk under curves are rounded to fives, and a group of fewer than five has no "
    "curve.",
    "Numbers in files have three digits.",
)


def left_out(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """What pages do not show: address and title of the page, what stood there, and what was done.

    Parameters
    ----------
    folder : Path
        Of the pages.
    """
    for path in sorted(folder.glob("*/*.html")):
        text = path.read_text(encoding="utf-8")
        title = _TITLE.search(text)
        for found in _PLACE.finditer(text):
            label = _LABEL.search(found[0])
            yield (
                path.relative_to(folder).as_posix(),
                unescape(title["title"]).partition(" — ")[0] if title else path.stem,
                unescape(label["label"]) if label else "",
                unescape(found["what"]),
            )


def page(found: list[tuple[str, str, str, str]], banner: str) -> str:
    """The list as HTML, under the banner."""
    rows = "".join(
        f'<tr><td><a href="{escape(address)}">{escape(title)}</a></td><td>{escape(label)}</td>'
        f"<td>{escape(what)}</td></tr>"
        for address, title, label, what in found
    )
    rules = "".join(f"<li>{rule}</li>" for rule in _RULES)
    return (
        f"<section><h1>What is left out</h1>{banner}"
        "<p>This book was built from aggregates only. It does not show single patients, and it was not "
        "checked by anybody: whether it may leave the institution is for those to say who answer for the "
        f"data.</p><ul>{rules}</ul>"
        "<p>A curve still tells that somebody died in a month, the largest of all numbers is that of one "
        "patient, and printed percentages can be turned back into numbers.</p>"
        f'<table class="table"><thead><tr><th>Page</th><th>Table or figure</th><th>Left out</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></section>"
    )


def _list(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page, once all others are written."""
    if app.builder.name == "html" and disclosure.only_aggregates():
        shown = notice.of(app.book_cohort)  # type: ignore[attr-defined]
        banner = shown.html(f"notebooks/{notice.HOW_IT_IS_MADE}.html")
        body = page(list(left_out(Path(app.outdir))), banner)
        yield notice.NOT_SHOWN, {"title": "What is left out", "body": body}, "page.html"


def _head(app: Sphinx, _: str, __: str, context: dict[str, Any], ___: Any) -> None:
    if disclosure.is_own():
        told = MARK if disclosure.only_aggregates() else f"{MARK}\n{_NO_INDEX}"
        context["book_head"] = f"{told}\n{context.get('book_head', '')}"


def _link(app: Sphinx, doctree: nodes.document) -> None:
    """Lead from the banner to the list, on pages; paper and e-readers have no such page."""
    if app.builder.name != "html" or not disclosure.only_aggregates():
        return
    up = "../" * app.env.docname.count("/")
    for text in doctree.findall(nodes.Text):
        before, found, after = text.partition(notice.AGGREGATES)
        if found:
            place = nodes.reference(
                "", "What is left out.", refuri=f"{up}{notice.NOT_SHOWN}.html", internal=True
            )
            words = [nodes.Text(f"{before}{found} "), place, nodes.Text(after)]
            text.parent.replace(text, words)
            return


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("report.honest")  # whose banner is linked
    app.connect("doctree-read", _link, priority=800)
    app.connect("html-page-context", _head, priority=960)  # after `heads`
    app.connect("html-collect-pages", _list)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
