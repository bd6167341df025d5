"""What a notebook in a book of aggregates shows by itself: what it prints, and the value of a cell."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import pandas as pd

from .cells import told
from .sentences import words

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@wraps(print)
def printed(*values: object, sep: str | None = " ", end: str | None = "\n", **how: Any) -> None:
    """Print as `print` does, without rows of single patients and small numbers of them."""
    texts = [_text(value) for value in values]
    print(words((" " if sep is None else sep).join(texts)), end=end, **how)


def guard(shell: InteractiveShell) -> None:
    """From here on let a notebook print and display frames as they may be shown."""
    shell.push({"print": printed}, interactive=False)
    formatters = shell.display_formatter.formatters  # type: ignore[union-attr]
    for kind in (pd.DataFrame, pd.Series):
        formatters["text/html"].for_type(kind, lambda frame: _frame(frame).to_html())
        formatters["text/plain"].for_type(kind, lambda frame, p, _: p.text(_text(frame)))


def _frame(value: pd.DataFrame | pd.Series) -> pd.DataFrame:
    return told(value if isinstance(value, pd.DataFrame) else value.to_frame()).frame


def _text(value: object) -> str:
    return str(_frame(value)) if isinstance(value, pd.DataFrame | pd.Series) else str(value)
