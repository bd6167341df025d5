"""The classes by which the book finds what this package puts on a page: said once, for both sides.

The package writes them; the book's Sphinx extensions look for them, style sheets and scripts select
them. A test holds what those select against this list.
"""

from __future__ import annotations

BANNER = "cohort-banner"
"""Which cohort a page is about."""
NUMBERS = "figure-numbers"
"""The folded table under a figure."""
FIGURE = "figure"
"""The drawing of a figure."""
TABLE = "report-table"
"""A table of the package."""
SCROLL = "report-scroll"
"""What a wide table scrolls in."""
NUMBER = "number"
"""A cell of a column of numbers."""
SECTION = "table-section"
"""A heading over some rows of a table."""
DOWNLOADS = "downloads"
"""A line of links to files."""
DOWNLOAD = "download"
"""One of those links."""
DRAWING = "drawing"
"""What a figure scrolls in on a narrow screen; its variable `--points` is the width in points."""
FLIP_BOOK = "flip-book"
"""A drawing of several frames."""
EXPLORER = "explorer"
"""A drawing that a slider moves."""
PREDICT = "explorer-predict"
"""What a reader should predict before moving it."""
REFUTED = "refuted"
"""A sentence of the text that is not true of the data."""
LACKING = "lacking"
"""Why something is not there: the cohort has no such column."""
QUIZ = "quiz"
"""The questions of a chapter."""
RIGHT = "right"
"""The right choice of a question; feedback on a right answer."""
WRONG = "wrong"
"""Another choice of a question."""
FEEDBACK = "feedback"
"""What is said of an answer."""
NOT_YET = "not-yet"
"""Feedback on another answer than the right one."""
ONLY_ON_SCREEN = "d-print-none"
"""What is left out on paper and in an e-reader; the theme's name for it."""

WRITTEN = frozenset(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)
"""All of them."""


def drawing_tag(view_box: str) -> str:
    """The tag of the place of a drawing, which tells style sheets its width in points.

    Parameters
    ----------
    view_box : str
        Of the drawing, such as `0 0 475.2 300`.
    """
    width = int(float(view_box.split()[2]))
    return f'<div class="{DRAWING}" style="--points: {width}">'
