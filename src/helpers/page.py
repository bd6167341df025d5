"""What every chapter opens with, and how it shows figures and quotes numbers.

IPython displays values, and the book's myst-nb quotes those that are kept; this adds the banner, the
words and numbers that belong to a figure, and bytes that are the same every time. To keep a value
takes one call of `display`, while myst-nb's own `glue` would bring Sphinx to Binder and Colab.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from html import escape
from itertools import count
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import HTML, display
from lifelines.exceptions import ConvergenceWarning

from . import cohort as cohorts
from . import disclosure, figures, lacking, markup, notice, tables
from .cohort import Cohort

_DOTS = 200  # an inch: sharp on a slide
LONGEST_TABLE = 60
"""Rows up to which the numbers of a figure stand under it as a table too; beyond, they are a file."""
_KEPT = "application/papermill.record/"
_CHECKED = ' checked="checked"'
_flip_books = count(1)  # buttons of one name are one choice


def start(table_numbers: Mapping[str, str] = MappingProxyType({})) -> Cohort:
    """Load the cohort, set the style of figures, and show the banner.

    From here on a Cox model that does not converge is an error, in a book of aggregates the
    notebook prints and displays what may be shown, and a cell that needs a column which the cohort
    lacks says so.

    Parameters
    ----------
    table_numbers : mapping of str to str
        Numbers of the book's tables by their captions, where no page numbers them.

    Returns
    -------
    Cohort
        The one that the environment variable `COHORT` names, or else the shipped one.

    Raises
    ------
    CohortError
        When its tables do not meet the data contract.
    """
    warnings.simplefilter("error", ConvergenceWarning)
    figures.style()
    tables.numbered(table_numbers)
    cohort = cohorts.load()
    figures.called(cohort.words)
    display(HTML(notice.of(cohort).html()))
    shell = get_ipython()
    if shell is not None:
        lacking.guard(shell, cohort.lacking, _stand_in)
        if disclosure.only_aggregates():
            disclosure.guard(shell)
    return cohort


def _stand_in(fallen: lacking.Fallen) -> None:
    """Show why figures, tables and numbers are not there, in their places."""
    quote(**dict.fromkeys(fallen.quotes, tables.NOT_COMPUTABLE))
    for name in fallen.keeps:
        keep(name, figures.withheld(fallen.why))
    for caption in fallen.captions:
        tables.show(pd.DataFrame({"not_shown": [fallen.why]}), caption)
    if fallen.shows & {"page.show", "page.explore", "page.flip"}:
        show(figures.withheld(fallen.why))
    elif fallen.captions or fallen.shows & {"page.claim", "page.quote"} or not fallen.first:
        return
    elif fallen.asks or fallen.shows & {"print", "exercises.check"}:
        display(HTML(f'<p class="{markup.LACKING}" role="note">{escape(fallen.why)}</p>'))


def claim(sentence: str, holds: bool) -> None:
    """Hold a sentence of the text to the computed numbers that it depends on.

    Nothing is shown while it is true. The text is written for the shipped cohort, for which a test
    finds every sentence true; with other data those that are not are named here.

    Parameters
    ----------
    sentence : str
        Words of the chapter's text, as they stand there; a test looks for them.
    holds : bool
        Whether they are true of the data.
    """
    if not holds:
        words = f"The text says: “{sentence}”. With these data that is not so."
        display(HTML(f'<p class="{markup.REFUTED}" role="note">{escape(words)}</p>'))


def show(figure: figures.Figure) -> None:
    """Display a figure with its alternative text, and its numbers as a folded table or as a file.

    The book shows the drawing as a file and moves the numbers under its caption; a notebook shows
    both together, as HTML.

    Parameters
    ----------
    figure : Figure

    Notes
    -----
    In a book of aggregates a figure whose numbers are those of single patients is one sentence.
    """
    figure = _told(figure)
    drawing = svg(figure)
    html = _picture(figure, drawing) + _mark(figure)
    html += _numbers(figure) + _downloads(figure, drawing)
    display({"image/svg+xml": drawing, "text/html": html}, raw=True)


def _mark(figure: figures.Figure) -> str:
    """By which a build lists a figure that its pages do not show; nothing for another."""
    if figure.alt != disclosure.NO_ROWS:
        return ""
    return f'<span {disclosure.ATTRIBUTE}="a figure of single patients" hidden></span>'


def _told(figure: figures.Figure) -> figures.Figure:
    """A figure as it may be shown."""
    if not disclosure.only_aggregates():
        return figure
    if disclosure.told(figure.table).withheld:
        return figures.withheld()
    return replace(figure, alt=disclosure.words(figure.alt))


def flip(book: figures.FlipBook) -> None:
    """Display a drawing of several frames, which the reader turns with the arrow keys or a touch.

    It needs no script: a row of radio buttons, and a style that shows the frame of the one chosen.
    On paper the first frame is seen.

    Parameters
    ----------
    book : FlipBook
    """
    drawing = re.sub(r' id="(frame-\d+)"', r' class="\1"', svg(book))
    turn = range(len(book.frames))
    number = next(_flip_books)
    name = markup.FLIP_BOOK if number == 1 else f"{markup.FLIP_BOOK}-{number}"
    buttons = "".join(
        f'<label title="{escape(words)}"><input type="radio" name="{name}" class="page-{i}" '
        f'aria-label="{i + 1}: {escape(words)}"{"" if i else _CHECKED} /><span>{i + 1}</span></label>'
        for i, words in enumerate(book.frames)
    )
    hidden = ", ".join(f".{markup.FLIP_BOOK} .frame-{i}" for i in turn)
    seen = ", ".join(f".{markup.FLIP_BOOK}:has(.page-{i}:checked) .frame-{i}" for i in turn)
    shown = (
        f"<style>{hidden} {{ display: none }} {seen} {{ display: inline }}</style>"
        f'<fieldset class="{markup.ONLY_ON_SCREEN}"><legend>Turn the pages, by touch or with the arrow keys'
        f"</legend>{buttons}</fieldset>{_in_place(drawing, drawing)}"
    )
    display(HTML(f'<div class="{markup.FLIP_BOOK}">{shown}</div>{_numbers(book)}'))


def explore(explorer: figures.Figure) -> None:
    """Display a drawing that a slider moves, with the numbers of every position as a folded table or as a file.

    It needs neither kernel nor network. On paper the slider is left out, and its position is told.

    Parameters
    ----------
    explorer : Explorer
        Or a figure, which says why there is nothing to explore.
    """
    if not isinstance(explorer, figures.Explorer):
        show(explorer)
        return
    if disclosure.only_aggregates() and disclosure.told(explorer.table).withheld:
        show(figures.withheld())
        return
    words = disclosure.words if disclosure.only_aggregates() else str
    states = [
        {
            "at": state.at,
            "paths": paths,
            "readings": [words(text) for text in state.readings.values()],
        }
        for state, paths in zip(explorer.states, explorer.paths, strict=True)
    ]
    shown = explorer.states[explorer.start]
    readings = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(words(text))}</dd></div>"
        for name, text in shown.readings.items()
    )
    data = json.dumps(states, ensure_ascii=False, separators=(",", ":")).replace("</", r"<\/")
    moved = (
        f'<p class="{markup.PREDICT}"><strong>Predict first.</strong> {escape(explorer.predict)}</p>'
        f"<label>{escape(explorer.slider)}: <output>{escape(shown.at)}</output>"
        f'<input class="{markup.ONLY_ON_SCREEN}" type="range" min="0" max="{len(states) - 1}" '
        f'value="{explorer.start}" autocomplete="off" aria-valuetext="{escape(shown.at)}" /></label>'
        f'{_in_place(explorer.drawn, explorer.drawn)}<dl aria-live="polite">{readings}</dl>'
        f'<script type="application/json">{data}</script><script>{_script()}</script>'
    )
    below = _numbers(explorer) + _downloads(explorer, explorer.drawn)
    display(HTML(f'<div class="{markup.EXPLORER}">{moved}</div>{below}'))


def keep(name: str, figure: figures.Figure) -> None:
    """Keep a figure with its words, and its numbers unless they are many, for another page to show with `glue`."""
    figure = _told(figure)
    numbers = _numbers(figure) if len(figure.table) <= LONGEST_TABLE else ""
    _keep(name, "text/html", _picture(figure, svg(figure)) + numbers)


def quote(**values: object) -> None:
    """Keep texts under names, for prose to quote with `glue`.

    Parameters
    ----------
    **values : str or object
        Anything but a text is written as `str` writes it. A book of aggregates does not quote a
        whole number below five.
    """
    told = disclosure.quoted if disclosure.only_aggregates() else str
    for name, value in values.items():
        _keep(name, "text/plain", told(value))


def svg(figure: figures.Figure) -> str:
    """A figure as SVG that says what it shows; the same bytes for the same figure."""
    return figures.svg(figure.figure, figure.alt, bbox_inches="tight")


def png(figure: figures.Figure) -> bytes:
    """A figure as a picture of pixels, for slides; the same bytes for the same figure."""
    file = io.BytesIO()
    about = {"Software": None}
    figure.figure.savefig(file, format="png", dpi=_DOTS, metadata=about, bbox_inches="tight")
    return file.getvalue()


@cache
def _script() -> str:
    return Path(figures.__file__).with_name("explorer.js").read_text(encoding="utf-8")


def _picture(figure: figures.Figure, drawing: str) -> str:
    return _in_place(
        f'<img class="{markup.FIGURE}" alt="{escape(figure.alt)}" style="max-width: 100%; background: white" '
        f'src="{tables.data_address("image/svg+xml", drawing.encode())}">',
        drawing,
    )


def _in_place(shown: str, drawing: str) -> str:
    """What is shown of a drawing, in what it scrolls in where it would be too small to read."""
    view_box = re.search(r'\bviewBox="([^"]+)"', drawing)
    assert view_box is not None  # every drawing has one
    return f"{markup.drawing_tag(view_box[1])}{shown}</div>"


def _numbers(figure: figures.Figure) -> str:
    """The numbers of a figure as a folded table, or a link to them where they are many."""
    rows = len(figure.table)
    if not rows:
        return ""
    if rows > LONGEST_TABLE:
        file = _csv(figure)
        return tables.downloads(f"The numbers in this figure, {rows} rows,", file) if file else ""
    return (
        f'<details class="{markup.NUMBERS}"><summary>The numbers in this figure</summary>'
        f"{tables.html(_in_columns(figure.table))}</details>"
    )


def _csv(figure: figures.Figure) -> dict[str, tuple[str, bytes]]:
    return tables.files(_in_columns(figure.table), "figure")


def _downloads(figure: figures.Figure, drawing: str) -> str:
    files = {
        "figure.svg": ("image/svg+xml", drawing.encode()),
        "figure.png": ("image/png", png(figure)),
    }
    if 0 < len(figure.table) <= LONGEST_TABLE:
        files |= _csv(figure)
    return tables.downloads("This figure", files)


def _in_columns(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose index, where it is named, is a column."""
    named = any(name is not None for name in table.index.names)
    return table.reset_index() if named else table


def _keep(name: str, mime: str, content: str) -> None:
    """Keep a rendering under a name, as `myst_nb.glue` would; its plain text is no memory address."""
    bundle = {f"{_KEPT}{kind}": text for kind, text in {"text/plain": "", mime: content}.items()}
    display(bundle, metadata={"scrapbook": {"name": name, "mime_prefix": _KEPT}}, raw=True)
