"""Formatting: how numbers and tables look on a page. Nothing here computes a statistic.

pandas writes the HTML; its Styler and great_tables would style it inline, which a dark page cannot
override. Numbers are rounded by `published.rounding`, half up as people do, so that a number looks the
same wherever it stands.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Mapping
from html import escape
from itertools import cycle
from math import floor, inf, isfinite, isnan, log10
from typing import Any

import pandas as pd
from IPython.display import HTML, display

from . import disclosure, markup
from .headings import P_VALUES, heading, marked
from .package import csv
from .published import rounding

NOT_COMPUTABLE = "not computable"
"""What stands where a cohort cannot give a number."""
NOT_REACHED = "not reached"
"""What stands where a median, or a limit of one, lies beyond all that was seen."""
_LONGEST_NAME = 80
"""Characters of the name of a file."""
WORTH_A_FILE = 6
"""Rows from which on a table is offered as a file; a smaller one is copied as fast."""
_DIGITS = 4  # of a number that was computed; more say nothing of so few patients

_numbers: dict[str, str] = {}  # that a book gives its tables, by their captions


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
    medians: Collection[str] = (),
    mixed: Collection[str] = (),
    decimals: int = 2,
    exact: bool = False,
    sections: str = "",
) -> str:
    """A table as HTML that scrolls on a narrow screen instead of widening the page.

    Parameters
    ----------
    frame : DataFrame
        Columns are called as `headings` says; the index is left out, missing values are empty, and
        a column `verdict` gets signs.
    caption : str
    percents, p_values : collections of str
        Columns with shares from 0 to 1, and with p values besides those that `headings` knows.
    medians : collection of str
        Columns of medians and their limits, with as many decimals one as the other; infinity means
        that none was reached.
    mixed : collection of str
        Columns whose rows are different quantities: each has three digits, a whole number no decimals.
    decimals : int
        Most decimals of any other number; a column has as many as its values need, and no more than
        leave its largest number four digits.
    exact : bool
        Whether digits are what the table is about: all the decimals asked for are shown.
    sections : str
        A column whose entries are headings over the rows that follow, instead of a column.

    Notes
    -----
    In a book of aggregates a table of single patients is one sentence, and small cells are masked;
    `disclosure.told` says how each is known.
    """
    told = _told(frame, caption)
    frame, left_out = told.frame, _left_out(told)
    if told.withheld:
        medians, sections = (), ""
    headed = frame.drop(columns=sections) if sections else frame
    together = pd.concat([pd.Series(dtype=float), *(headed[name] for name in medians)])
    shown = pd.DataFrame(index=frame.index)
    classes = []
    for place, column in enumerate(headed.columns):
        values = headed.iloc[:, place]
        style: Callable[[Any], str]
        if column in percents:
            style = percent
        elif column in p_values or column in P_VALUES:
            style = p_in_table
        elif column == "verdict":
            style = marked
        elif column in mixed:
            style = _three_digits
        elif column in medians and pd.api.types.is_numeric_dtype(values):
            style = _reached(_style(together, decimals, exact))
        else:
            style = _style(values, decimals, exact)
        shown[place] = ["" if _is_missing(value) else style(value) for value in values]
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        classes.append(f' class="{markup.NUMBER}"' if numeric else "")
    shown.columns = pd.Index([heading(column) for column in headed.columns])
    body = shown.to_html(index=False, border=0, classes=markup.TABLE, justify="unset", escape=True)
    for cell, mark in (("th", ' scope="col"'), ("td", "")):
        of_column = cycle(classes)
        body = re.sub(rf"<{cell}>", lambda _: f"<{cell}{mark}{next(of_column)}>", body)  # noqa: B023
    if sections:
        body = _in_sections(body, list(frame[sections]), len(classes))
    label = ""
    if caption:
        body = body.replace("<thead>", f"{captioned(caption, _numbers)}\n  <thead>", 1)
        label = f' role="region" aria-label="{escape(caption)}"'
    return f'<div class="{markup.SCROLL}"{label}{left_out} tabindex="0">{body}</div>'


def _told(frame: pd.DataFrame, caption: str) -> disclosure.Told:
    """What may be shown of a table: in a book of rows all of it."""
    if disclosure.only_aggregates():
        return disclosure.told(frame, caption)
    return disclosure.Told(frame)


def _left_out(told: disclosure.Told) -> str:
    """An attribute by which a build lists what its pages do not show; nothing where all is shown."""
    if told.withheld:
        return f' {disclosure.ATTRIBUTE}="a table of single patients"'
    return f' {disclosure.ATTRIBUTE}="cells left out: {told.masked}"' if told.masked else ""


def files(frame: pd.DataFrame, name: str, caption: str = "") -> dict[str, tuple[str, bytes]]:
    """A table as a CSV file, its numbers unrounded; a book of aggregates has three digits of them.

    Parameters
    ----------
    frame : DataFrame
    name : str
        Of the file, without its ending.
    caption : str
        As `html` takes it.

    Returns
    -------
    dict
        As `downloads` takes it; empty where the table may not be shown.
    """
    told = _told(frame, caption)
    if told.withheld:
        return {}
    shown = disclosure.rounded(told.frame) if disclosure.only_aggregates() else told.frame
    return {f"{name}.csv": ("text/csv", csv(shown))}


def numbered(numbers: Mapping[str, str]) -> None:
    """From here on show the number that a book gives a table before its caption.

    Parameters
    ----------
    numbers : mapping of str to str
        Such as `Table 6.1`, by caption.
    """
    _numbers.clear()
    _numbers.update(numbers)


def captioned(words: str, numbers: Mapping[str, str]) -> str:
    """A caption as HTML, after the number that it has among some."""
    number = f"<b>{numbers[words]}.</b> " if words in numbers else ""
    return f"<caption>{number}{escape(words)}</caption>"


def _in_sections(body: str, names: list[str], columns: int) -> str:
    """A table's body in groups of rows, each under its name."""
    head, rows = body.split("<tbody>", 1)
    parts = [head]
    for number, row in enumerate(re.findall(r"<tr>.*?</tr>", rows, re.DOTALL)):
        if number == 0 or names[number] != names[number - 1]:
            parts.append("</tbody>\n" if number else "")
            parts.append(
                f'<tbody>\n<tr class="{markup.SECTION}"><th colspan="{columns}" scope="rowgroup">'
                f"{escape(names[number])}</th></tr>\n"
            )
        parts.append(f"{row}\n")
    return "".join([*parts, "</tbody>\n</table>"])


def show(frame: pd.DataFrame, caption: str = "", **how: Any) -> None:
    """Display a table, and offer a long one as a file, with the numbers unrounded; see `html`."""
    shown = html(frame, caption, **how)
    if len(frame) >= WORTH_A_FILE and (file := files(frame, _file_name(caption), caption)):
        shown += downloads("This table", file)
    display(HTML(shown))


def _file_name(caption: str) -> str:
    """The first words of a caption; file systems take 255 bytes, and some programs fewer."""
    words = re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-")
    return (
        words if len(words) <= _LONGEST_NAME else words[:_LONGEST_NAME].rpartition("-")[0]
    ) or "table"


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


def p_in_table(p: float | None) -> str:
    """A p value without the letter, as in a column of them: `< 0.001`, `0.04`."""
    return p_value(p).removeprefix("p = ").removeprefix("p ")


def _style(values: pd.Series, decimals: int, exact: bool) -> Callable[[Any], str]:
    """How to write the values of a column."""
    if pd.api.types.is_bool_dtype(values):
        return lambda value: "yes" if value else "no"
    if pd.api.types.is_integer_dtype(values):
        return _in_thousands
    if not pd.api.types.is_float_dtype(values):
        return str
    finite = [abs(float(value)) for value in values.dropna() if isfinite(value)]
    before = len(str(int(max(finite, default=0))))
    most = decimals if exact else min(decimals, max(_DIGITS - before, 0))
    fewer = () if exact else range(most)
    needed = next((d for d in fewer if all(abs(round(v, d) - v) < 1e-9 for v in finite)), most)
    return lambda value: (
        number(value, needed) if needed or not isfinite(value) else _in_thousands(value)
    )


def _in_thousands(value: float) -> str:
    """A whole number, with commas from ten thousand on."""
    text = count(value)
    return (
        f"{int(rounding.text(value, 0)):,}".replace("-", "−") if len(text.lstrip("−")) > 4 else text
    )


def _three_digits(value: float) -> str:
    if not isfinite(value) or value == int(value):
        return count(value)
    return number(value, max(2 - floor(log10(abs(value))), 0))


def _reached(style: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: NOT_REACHED if value == inf else style(value)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value
