"""The book's own Sphinx extensions as one; the page beside this folder says what each does."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

EXTENSIONS = (
    "pairing",
    "repository",
    "address",
    "freshness",
    "onepage",
    "ebook",
    "wholebook",
    "execution",
    "numbering",
    "printed",
    "honest",
    "captions",
    "languages",
    "dictionary",
    "needed",
    "study_form",
    "provenance",
    "citing",
    "measurements",
    "downloads",
    "reader",
    "paper",
    "heads",
    "disclosed",
    "weight",
    "sections",
    "letters",
    "accessible",
    "links",
    "pace",
    "teaching",
    "progress",
    "live",
    "in_browser",
    "hiding",
)
"""In the order in which they are set up; listeners of one priority are called in this order."""


def setup(app: Sphinx) -> dict[str, Any]:
    for name in EXTENSIONS:
        app.setup_extension(f"{__name__}.{name}")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
