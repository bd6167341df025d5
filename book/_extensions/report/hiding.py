"""One switch in the head of a page that hides all of its code, for who reads the text and the results.

What the reader chose is kept in the reader's own browser, for all pages of the book, and is known before
anything is drawn. sphinx-togglebutton folds what is marked one by one and keeps nothing; nbsphinx and
sphinx-toggleprompt hide prompts; Quarto has such a switch, and is another builder.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

KEY = "report-code"
_KNOWN_AT_ONCE = (
    f'try {{ document.documentElement.dataset.code = localStorage["{KEY}"] || "shown"; }}'
    " catch { /* a browser that keeps nothing */ }"
)
_BUTTON = {
    "type": "javascript",
    "javascript": "switchCode()",
    "tooltip": "Hide all code",
    "icon": "fas fa-code",
    "label": "code-switch",
    "classes": "pst-navbar-icon",
}


def _offer(app: Sphinx, _: str, __: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Put the switch before the other buttons of a page that has code."""
    if app.builder.name != "html" or not doctree:
        return
    if not any("cell_input" in node["classes"] for node in doctree.findall(nodes.container)):
        return
    app.add_js_file(None, body=_KNOWN_AT_ONCE, priority=100)
    app.add_js_file("code-switch.js", loading_method="defer")
    context["header_buttons"].insert(0, _BUTTON)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _offer, priority=800)  # after the theme has made its buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
