"""What stands on the title page of a PDF and an EPUB, for the book and for a short one on another study.

An extension that makes another book than this one puts its own into `app.book_front`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sphinx.application import Sphinx

from helpers import notice, published
from helpers.notice import Notice

from . import about, citing
from .about import About


@dataclass(frozen=True)
class Front:
    """The title page.

    Attributes
    ----------
    about : About
    notice : Notice
        What is said of the cohort.
    citation : str
        How to cite it, in words.
    name : str
        What tells this book from every other.
    """

    about: About
    notice: Notice
    citation: str
    name: str


def of(app: Sphinx) -> Front:
    """The title page of the book that is built."""
    own: Front | None = getattr(app, "book_front", None)
    if own is not None:
        return own
    book = about.book()
    return Front(
        book,
        notice.of(app.book_cohort),  # type: ignore[attr-defined]
        f"{citing.of(app).whole().words} Cite the book for its methods and its synthetic cohort, and "
        "the study for its results.",
        f"{published.load().study.name} {book.file}",
    )
