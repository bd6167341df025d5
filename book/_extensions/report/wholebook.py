"""Links from the pages to the book as a PDF and as an EPUB, where they are there and up to date.

`{whole-book}` stands on a page for these links. `make pdf` and `make epub` note what they were made
from; a build of the pages links those that were made from the same, and copies them beside the pages.
An older one is not linked, and what is not there is not spoken of.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from helpers import markup, published

from .dependencies import digest

STATE = "made-from"
"""The file beside a PDF or an EPUB that says what it was made from."""
_FOLDER = "whole-book"
_KINDS = ("pdf", "epub")
_SOURCES = ("_config.yml", "_toc.yml", "CITATION.cff", "requirements.txt", "book")


class whole_book(nodes.General, nodes.Element):
    """Where the links go."""


class WholeBook(SphinxDirective):
    """`{whole-book}`: a line with links to the files of the whole book, or nothing."""

    def run(self) -> list[nodes.Node]:
        return [whole_book()]


class _Links(SphinxPostTransform):
    """Put the links in their place; on paper and in an e-reader there are none."""

    default_priority = 100

    def run(self, **_: Any) -> None:
        files = self.config.whole_book_files if self.app.builder.name == "html" else []
        here = self.app.builder.get_target_uri(self.env.docname)
        for place in list(self.document.findall(whole_book)):
            line = nodes.paragraph(classes=["whole-book", markup.ONLY_ON_SCREEN])
            for name, size in files:
                line += nodes.Text(", " if len(line) else "The whole book: ")
                address = relative_uri(here, f"{_FOLDER}/{name}")
                kind = Path(name).suffix[1:].upper()
                line += nodes.reference("", kind, refuri=address, internal=True)
                line += nodes.Text(f" ({size / 1e6:.1f} MB)")
            place.replace_self([line] if len(line) else [])


def note(builder: Builder) -> None:
    """Write what a builder of the whole book made it from beside it; a short book is linked nowhere."""
    if state := getattr(builder.config, "whole_book_state", ""):
        Path(builder.outdir, STATE).write_text(state, encoding="utf-8")


def _note_state(app: Sphinx, config: Config) -> None:
    """Tell this state of the book, and which files of the whole book were made from it."""
    source = Path(app.srcdir)
    cohort = os.environ.get("COHORT")
    config.whole_book_state = digest(
        *(source / name for name in _SOURCES),
        *sorted(source.glob("notebooks/[0-9]*.md")),
        Path(published.__file__).parents[1],
        published.DATA,
        *([Path(cohort).resolve()] if cohort else []),
    )
    config.whole_book_files = [
        (file.name, file.stat().st_size)
        for file in _made(app)
        if (file.parent / STATE).read_text(encoding="utf-8") == config.whole_book_state
    ]


def _made(app: Sphinx) -> list[Path]:
    """The files of the whole book that are there."""
    built = Path(app.outdir).parent
    return [
        file
        for kind in _KINDS
        if (built / kind / STATE).is_file()
        for file in sorted((built / kind).glob(f"*.{kind}"))
    ]


def _copy(app: Sphinx, exception: Exception | None) -> None:
    """Put the files that are linked where the links lead."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir, _FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    linked = {name for name, _ in app.config.whole_book_files}
    for file in _made(app):
        if file.name in linked:
            folder.mkdir(exist_ok=True)
            shutil.copy(file, folder)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_config_value("whole_book_state", "", "", str)
    app.add_config_value("whole_book_files", [], "html", list)
    app.add_node(whole_book)
    app.add_directive("whole-book", WholeBook)
    app.add_post_transform(_Links)
    app.connect("config-inited", _note_state, priority=300)  # after `pairing` has written
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
