"""What every chapter opens with, and how it shows figures and quotes numbers."""

from __future__ import annotations

import io
import re
import warnings
from html import escape
from typing import Any

from IPython.display import HTML, SVG, display
from lifelines.exceptions import ConvergenceWarning
from myst_nb import glue

from . import cohort as cohorts
from . import figures, tables
from .cohort import Cohort

_HOW = "02-from-abstract-to-cohort"


def banner(cohort: Cohort, link: str = f"{_HOW}.ipynb") -> str:
    """The banner that says what the page's cohort is, as HTML.

    Parameters
    ----------
    cohort : Cohort
    link : str
        Address of the chapter that tells how the shipped cohort was made.
    """
    name = escape(cohort.name)
    if cohort.synthetic:
        text = (
            f"<strong>Synthetic cohort.</strong> No row is a patient. The cohort was reconstructed so "
            f"that it prints the numbers of a published abstract; what it shows beyond them is one "
            f'possibility among many. <a href="{escape(link)}">How it was made</a>.'
        )
    else:
        text = (
            f"<strong>Cohort: {name}.</strong> This book was built on a cohort other than the one it "
            f"ships; the printed numbers are those of the published abstract."
        )
    return f'<div class="report-banner" role="note">{text}</div>'


def start() -> Cohort:
    """Load the cohort, set the style of figures, and show the banner.

    A Cox model that does not converge is an error from here on.

    Returns
    -------
    Cohort
        The one that the environment variable `COHORT` names, or else the shipped one.
    """
    warnings.simplefilter("error", ConvergenceWarning)
    figures.style()
    cohort = cohorts.load()
    display(HTML(banner(cohort)))
    return cohort


def show(figure: figures.Figure) -> SVG:
    """A figure as SVG that carries its own alternative text.

    The book takes the text from the file when it writes the page.
    """
    return SVG(_svg(figure))


def _svg(figure: figures.Figure) -> str:
    buffer = io.StringIO()
    about: dict[str, Any] = {"Date": None, "Creator": None, "Description": figure.alt}
    figure.figure.savefig(buffer, format="svg", metadata=about, bbox_inches="tight")
    return re.sub(r"<!DOCTYPE[^>]*>\s*", "", buffer.getvalue())


def numbers(figure: figures.Figure, caption: str = "The numbers in the figure") -> HTML:
    """The numbers that a figure shows, as a folded table."""
    table = tables.html(figure.table.reset_index(drop=True), caption)
    return HTML(f"<details class='report-numbers'><summary>{escape(caption)}</summary>{table}</details>")


def keep(name: str, figure: figures.Figure) -> None:
    """Keep a figure so that another page can show it with `glue`."""
    glue(name, show(figure), display=False)


def quote(**values: object) -> None:
    """Keep texts under names, for prose to quote with `glue`."""
    for name, value in values.items():
        glue(name, str(value), display=False)
