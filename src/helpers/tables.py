"""Formatting: how numbers and tables look on a page. Nothing here computes a statistic.

pandas writes the HTML; great_tables would style it inline, which a dark page cannot override.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from math import isinf, isnan

import pandas as pd
from IPython.display import HTML, display

NOT_COMPUTABLE = "not computable"
"""What stands where a cohort cannot give a number."""


def _missing(number: float | None) -> bool:
    return number is None or pd.isna(number)


def percent(share: float | None, decimals: int = 1) -> str:
    """A share from 0 to 1 as a percentage."""
    return NOT_COMPUTABLE if _missing(share) else f"{100 * share:.{decimals}f}%"  # type: ignore[operator]


def number(value: float | None, decimals: int = 1) -> str:
    """A number with fixed decimals; infinity as its sign."""
    if value is None or isnan(value):
        return NOT_COMPUTABLE
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.{decimals}f}".replace("-", "−")


def count(value: float | None) -> str:
    """A whole number."""
    return NOT_COMPUTABLE if _missing(value) else f"{value:.0f}"


def p_value(p: float | None) -> str:
    """A p value as journals print it: `p < 0.001`, `p = 0.004`, `p = 0.04`, `p = 0.35`."""
    if p is None or isnan(p):
        return NOT_COMPUTABLE
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def interval(
    estimate: float | None,
    lower: float | None,
    upper: float | None,
    style: Callable[[float | None], str] = number,
) -> str:
    """An estimate with its interval, such as `8.0 (2.4 to 26.6)`."""
    if _missing(estimate):
        return NOT_COMPUTABLE
    if _missing(lower) and _missing(upper):
        return f"{style(estimate)} (no interval)"
    ends = ["?" if _missing(end) else style(end) for end in (lower, upper)]
    return f"{style(estimate)} ({ends[0]} to {ends[1]})"


def html(
    frame: pd.DataFrame,
    caption: str,
    *,
    percents: Iterable[str] = (),
    p_values: Iterable[str] = (),
    decimals: int = 2,
) -> str:
    """A table as HTML that scrolls on a narrow screen instead of widening the page.

    Parameters
    ----------
    frame : DataFrame
        Columns become headers, underscores spaces; the index is left out.
    caption : str
    percents, p_values : iterables of str
        Columns with shares from 0 to 1, and with p values.
    decimals : int
        Decimals of all other numbers that are not whole.
    """
    shown = pd.DataFrame(index=frame.index)
    for column in frame.columns:
        if column in percents:
            shown[column] = frame[column].map(percent)
        elif column in p_values:
            shown[column] = frame[column].map(lambda p: p_value(p).removeprefix("p = ").removeprefix("p "))
        elif pd.api.types.is_float_dtype(frame[column]):
            whole = frame[column].dropna().mod(1).eq(0).all()
            shown[column] = frame[column].map(lambda v: _cell(v, 0 if whole else decimals))  # noqa: B023
        else:
            shown[column] = frame[column].map(lambda v: "" if _is_na(v) else str(v))
    shown.columns = [str(column).replace("_", " ") for column in frame.columns]
    body = shown.to_html(index=False, border=0, classes="report-table", justify="unset", escape=True)
    title = escape(caption)
    body = body.replace("<thead>", f"<caption>{title}</caption><thead>", 1).replace("<th>", '<th scope="col">')
    return f'<div class="report-scroll" role="region" aria-label="{title}" tabindex="0">{body}</div>'


def _is_na(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and isnan(value))


def _cell(value: float, decimals: int) -> str:
    return "" if isnan(value) else number(value, decimals)


def show(
    frame: pd.DataFrame,
    caption: str,
    *,
    percents: Iterable[str] = (),
    p_values: Iterable[str] = (),
    decimals: int = 2,
) -> None:
    """Display a table; see `html`."""
    display(HTML(html(frame, caption, percents=percents, p_values=p_values, decimals=decimals)))
