"""What every page carries: the banner on pages of prose, and alternative text from the figures."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers import cohort, page

_HOW = "notebooks/02-from-abstract-to-cohort"
_DESCRIPTION = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)


def _banner(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the banner above a page of prose; chapters show it themselves."""
    if doctree is None or pagename.startswith("notebooks/"):
        return
    link = app.builder.get_relative_uri(pagename, _HOW) if _HOW in app.env.found_docs else ""
    context["body"] = page.banner(cohort.load(), link) + context["body"]


def _alternative_text(app: Sphinx, doctree: nodes.document) -> None:
    """Give each figure the text that `helpers.page.show` wrote into its file."""
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir, image["uri"])
        if path.suffix == ".svg" and path.exists():
            found = _DESCRIPTION.search(path.read_text(encoding="utf-8"))
            if found:
                image["alt"] = unescape(found.group(1)).strip()


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _banner)
    app.connect("doctree-read", _alternative_text, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
