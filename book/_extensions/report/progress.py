"""A reader's own progress, in the reader's own browser: the script, and under which name it keeps it.

The script is `book/_static/progress.js`. The name tells books, versions and cohorts apart, so that what
was read of one is not shown in another that comes from the same host, or from the same disk.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from . import about


def key(title: str, version: str, data: str) -> str:
    """The name under which a browser keeps the progress in a book.

    Parameters
    ----------
    title, version : str
        Of the book.
    data : str
        Digest of its data, of a cohort of the reader's own too.
    """
    told = "\n".join((title, version, data))
    return f"progress:{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _name(app: Sphinx, config: Config) -> None:
    book = about.book()
    config.book_progress = key(book.title, book.version, app.book_origin.data)  # type: ignore[attr-defined]


def _offer(app: Sphinx) -> None:
    if app.builder.name == "html":
        name = {"data-key": app.config.book_progress}
        app.add_js_file("progress.js", loading_method="defer", **name)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("book_progress", "", "html", str)
    app.connect("config-inited", _name, priority=170)  # after provenance
    app.connect("builder-inited", _offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
