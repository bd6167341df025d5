"""Formatting: how numbers and tables look on a page. Nothing here computes a statistic.

pandas writes the HTML; its Styler and great_tables would style it inline, which a dark page cannot
override. Numbers are rounded by `published.rounding`, half up as people do, so that a number looks the
same wherever it stands.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection
from html import escape
from itertools import cycle
from math import isfinite, isnan

import pandas as pd
from IPython.display import HTML, display

from . import markup
from .package import csv
from .published import rounding

NOT_COMPUTABLE = "not computable"
"""What stands where a cohort cannot give a number."""


def number(value: float | None, decimals: int = 1) -> str:
    """A number with fixed decimals and a true minus; infinity as its sign."""
    if value is None or isnan(value):
        return NOT_COMPUTABLE
    return rounding.text(value, decimals).replace("-", "−")


def percent(share: float | None, decimals: int = 1) -> str:
    """A share from 0 to 1 as a percentage."""
    return _with_sign(None if share is None else 100 * share, decimals)


def _with_sign(value: float | None, decimals: int) -> str:
    text = number(value, decimals)
    return text if text == NOT_COMPUTABLE else f"{text}%"


def count(value: float | None) -> str:
    """A whole number."""
    return number(value, 0)


def p_value(p: float | None) -> str:
    """A p value as journals print it: `p < 0.001`, `p = 0.004`, `p = 0.04`, `p > 0.99`."""
    if p is None or isnan(p):
        return NOT_COMPUTABLE
    if p < 0.001:
        return "p < 0.001"
    if p >= 0.995:
        return "p > 0.99"
    return f"p = {number(p, 3 if p < 0.00995 else 2)}"


def interval(
    estimate: float | None,
    lower: float | None,
    upper: float | None,
    style: Callable[[float | None], str] = number,
) -> str:
    """An estimate with its interval, such as `8.0 (2.4 to 26.6)`.

    Parameters
    ----------
    estimate, lower, upper : float or None
        None or NaN where there is none.
    style : callable
        How each number is written.
    """
    if _is_missing(estimate):
        return NOT_COMPUTABLE
    if _is_missing(lower) and _is_missing(upper):
        return f"{style(estimate)} (no interval)"
    ends = ["?" if _is_missing(end) else style(end) for end in (lower, upper)]
    return f"{style(estimate)} ({ends[0]} to {ends[1]})"


def html(
    frame: pd.DataFrame,
    caption: str = "",
    *,
    percents: Collection[str] = (),
    p_values: Collection[str] = (),
    decimals: int = 2,
) -> str:
    """A table as HTML that scrolls on a narrow screen instead of widening the page.

    Parameters
    ----------
    frame : DataFrame
        Columns become headers, underscores spaces; the index is left out, missing values are empty.
    caption : str
    percents, p_values : collections of str
        Columns with shares from 0 to 1, and with p values.
    decimals : int
        Most decimals of any other number; a column has as many as its values need.
    """
    shown = pd.DataFrame(index=frame.index)
    classes = []
    for place, column in enumerate(frame.columns):
        values = frame.iloc[:, place]
        style = _style(values, column in percents, column in p_values, decimals)
        shown[place] = ["" if _is_missing(value) else style(value) for value in values]
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        classes.append(f' class="{markup.NUMBER}"' if numeric else "")
    shown.columns = pd.Index([str(column).replace("_", " ") for column in frame.columns])
    body = shown.to_html(index=False, border=0, classes=markup.TABLE, justify="unset", escape=True)
    for cell, mark in (("th", ' scope="col"'), ("td", "")):
        of_column = cycle(classes)
        body = re.sub(rf"<{cell}>", lambda _: f"<{cell}{mark}{next(of_column)}>", body)  # noqa: B023
    label = ""
    if caption:
        title = escape(caption)
        body = body.replace("<thead>", f"<caption>{title}</caption>\n  <thead>", 1)
        label = f' role="region" aria-label="{title}"'
    return f'<div class="{markup.SCROLL}"{label} tabindex="0">{body}</div>'


def show(
    frame: pd.DataFrame,
    caption: str = "",
    *,
    percents: Collection[str] = (),
    p_values: Collection[str] = (),
    decimals: int = 2,
) -> None:
    """Display a table and offer it as a file; see `html`. The file has the numbers unrounded."""
    shown = html(frame, caption, percents=percents, p_values=p_values, decimals=decimals)
    name = re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-") or "table"
    files = {f"{name}.csv": ("text/csv", csv(frame))}
    display(HTML(shown + downloads("This table", files)))


def data_address(mime: str, content: bytes) -> str:
    """A `data:` address that holds a file."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def downloads(what: str, files: dict[str, tuple[str, bytes]]) -> str:
    """Links to files that the page itself holds; the book makes files of them.

    Parameters
    ----------
    what : str
        What the files are of, such as `This table`.
    files : dict
        Type and content of each file by its name.
    """
    links = ", ".join(
        f'<a class="{markup.DOWNLOAD}" download="{escape(name)}" href="{data_address(mime, content)}">'
        f"{name.rpartition('.')[2].upper()}</a>"
        for name, (mime, content) in files.items()
    )
    return f'<p class="{markup.DOWNLOADS}">{what} as {links}</p>'


def _style(
    values: pd.Series, is_percent: bool, is_p: bool, decimals: int
) -> Callable[[float], str]:
    """How to write the values of a column."""
    if is_percent:
        return percent
    if is_p:
        return lambda p: p_value(p).removeprefix("p = ").removeprefix("p ")
    if pd.api.types.is_float_dtype(values):
        finite = [float(value) for value in values.dropna() if isfinite(value)]
        needed = next(
            (d for d in range(decimals) if all(abs(round(v, d) - v) < 1e-9 for v in finite)),
            decimals,
        )
        return lambda value: number(value, needed)
    return str


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value
