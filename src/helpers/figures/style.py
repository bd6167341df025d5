"""The style of all figures: colours by meaning, line styles for grey print, sizes for a phone.

The hues begin with Okabe and Ito's blue, vermilion and green (jfly.uni-koeln.de/color) and Paul Tol's
wine, here so dark that each is legible as text on white, and so far apart that they are told apart
with each of the three dichromacies too; `tests/figures/test_colours.py` measures both. A figure is 6.6 inches
wide at 11 points, and nothing is smaller than 9.5 (`SMALLEST`): a style sheet makes that 11 pixels at
least, on a phone by scrolling. The ground is white, so that a figure stays legible as a card on a dark
page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from html import escape
from math import isfinite
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import findfont, get_font

from .. import disclosure

WIDTH = 6.6
"""Width of a figure in inches."""
SMALLEST = 9.5
"""Size of the smallest text in points."""

_LONGEST_NAME = 16
INK, FAINT = "#222222", "#767676"
BLUE, VERMILION, GREEN, WINE = "#004284", "#BD5200", "#008463", "#730031"
VIOLET, MAUVE = "#8C52E6", "#946394"

_COLOURS = [BLUE, VERMILION, GREEN, WINE, VIOLET, MAUVE]
_RC: Any = {
    "figure.facecolor": "white",
    "figure.figsize": (WIDTH, 4.2),
    "figure.dpi": 100,
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=_COLOURS),
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "legend.fontsize": 10.5,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "none",
    "legend.handlelength": 2.6,
    "lines.linewidth": 2.0,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "oligometastatic-cervix-report",
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class Figure:
    """A drawing with its alternative text and its numbers.

    Attributes
    ----------
    figure : matplotlib Figure
    alt : str
        One to three sentences made from the values drawn.
    table : DataFrame
        The numbers that the figure shows, all in columns.
    """

    figure: Drawing
    alt: str
    table: pd.DataFrame


@dataclass(frozen=True)
class Look:
    """Colour, line style, marker and hatch of a group."""

    colour: str
    line: Any
    marker: str
    hatch: str


_LOOKS = {
    "supraclavicular": Look(VERMILION, "-", "o", ""),
    "other sites": Look(BLUE, (0, (5, 1.5)), "s", "////"),
    "lung": Look(BLUE, (0, (5, 1.5)), "s", "////"),
    "other": Look(VIOLET, (0, (1, 1.2)), "^", "...."),
    "≤15 mm": Look(GREEN, "-", "o", ""),
    ">15 mm": Look(WINE, (0, (5, 1.5)), "s", "////"),
    "all": Look(INK, "-", "o", ""),
    "exponential": Look(BLUE, "-", "o", ""),
    "Weibull": Look(VERMILION, (0, (5, 1.5)), "s", "////"),
    "Gompertz": Look(VERMILION, (0, (5, 1.5)), "s", ""),
    "logistic": Look(GREEN, (0, (4, 1, 1, 1)), "^", ""),
    "power law": Look(WINE, (0, (1, 1.2)), "D", ""),
}
_OTHERS = (
    Look(BLUE, "-", "o", ""),
    Look(VERMILION, (0, (5, 1.5)), "s", "////"),
    Look(GREEN, (0, (4, 1, 1, 1)), "^", "...."),
    Look(WINE, (0, (1, 1.2)), "D", "xxxx"),
    Look(VIOLET, (0, (8, 2)), "v", "\\\\\\\\"),
    Look(MAUVE, (0, (3, 1, 1, 1, 1, 1)), "P", "++++"),
)


_called: dict[str, str] = {}  # labels of the book, by those of the cohort


def called(words: Mapping[str, str]) -> None:
    """From here on draw groups that a cohort calls otherwise as the book draws them.

    Parameters
    ----------
    words : mapping of str to str
        The cohort's labels, by those of the book.
    """
    _called.clear()
    _called.update({new: old for old, new in words.items()})


def look(label: str, position: int = 0) -> Look:
    """How a group looks: fixed for the groups that the book knows, by position for others."""
    return _LOOKS.get(_called.get(label, label), _OTHERS[position % len(_OTHERS)])


def style() -> None:
    """Set the style for everything drawn from here on; lines differ in their dashes too."""
    mpl.rcParams.update(_RC)
    dashes = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1))]
    mpl.rcParams["axes.prop_cycle"] = cycler(color=_COLOURS, linestyle=dashes)


_P = ParamSpec("_P")
_F = TypeVar("_F", bound=Figure)


def styled(draw: Callable[_P, _F]) -> Callable[_P, _F]:
    """A drawing function that draws in the book's style, whatever is set outside."""

    @wraps(draw)
    def drawn(*args: _P.args, **kwargs: _P.kwargs) -> _F:
        with mpl.rc_context(_RC):
            return draw(*args, **kwargs)

    return drawn


def of_single_patients(draw: Callable[_P, _F]) -> Callable[_P, Figure]:
    """A drawing function with a mark for each patient or lesion, which a book of aggregates does not show."""

    @wraps(draw)
    def drawn(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        return withheld() if disclosure.only_aggregates() else draw(*args, **kwargs)

    return drawn


def svg(drawing: Drawing, alt: str, **options: Any) -> str:
    """A drawing as SVG that says what it shows; options are those of `savefig`.

    In a book of aggregates it counts no small number of patients out.
    """
    file = io.StringIO()
    about = {"Date": None, "Creator": None}
    drawing.savefig(file, format="svg", metadata=about, **options)
    said = disclosure.words(alt) if disclosure.only_aggregates() else alt
    label = f'<svg role="img" aria-label="{escape(said)}" '
    return re.sub(r"^.*?<svg ", lambda _: label, file.getvalue(), count=1, flags=re.DOTALL)


def drawable(name: str, row: int) -> str:
    """A name as a drawing can show it: shortened, or its number where the font lacks a letter.

    Parameters
    ----------
    name : str
        Of a patient, in any script and of any length.
    row : int
        Hers in the table of the figure, by which she is called where the name cannot be drawn.
    """
    font = get_font(findfont(_RC["font.sans-serif"][0]))
    if any(not font.get_char_index(ord(letter)) for letter in name):
        return f"no. {row}"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def canvas(height: float, width: float = WIDTH, **options: Any) -> Drawing:
    """An empty drawing, inches; `layout="constrained"` unless told otherwise."""
    return Drawing(figsize=(width, height), **({"layout": "constrained"} | options))


def axes_at(drawing: Drawing, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place given in inches."""
    whole_width, whole_height = drawing.get_size_inches()
    return drawing.add_axes(
        (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
    )


def nothing(message: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    drawing = canvas(1.2)
    ax = drawing.add_subplot()
    ax.axis("off")
    ax.text(0.5, 0.5, message, ha="center", va="center", wrap=True)
    return Figure(drawing, f"Empty figure: {message}.", pd.DataFrame({"note": [message]}))


def withheld(why: str = disclosure.NO_ROWS) -> Figure:
    """The figure that stands in place of one with a mark for each patient, or of another that is not shown."""
    return Figure(nothing(why).figure, why, pd.DataFrame())


def month_step(last: float) -> float:
    """Distance between ticks on an axis of months."""
    for step in (1, 2, 3, 6, 12, 24, 36, 60):
        if last <= 8 * step:
            return step
    return 120


def plain(value: float, _: object = None) -> str:
    """A number on an axis without a power of ten, whose exponent would be too small to read."""
    return f"{value:,.10f}".rstrip("0").rstrip(".").replace("-", "−")


def listed(items: Iterable[str]) -> str:
    """Items in a row as in a sentence: a, b and c."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def short(value: float, digits: int = 2) -> str:
    """A number for a sentence, with few digits; infinity in words."""
    if pd.isna(value):
        return "unknown"
    if not isfinite(value):
        return "infinity" if value > 0 else "minus infinity"
    if abs(value) >= 10**digits:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:#.{digits}g}".rstrip(".").replace("-", "−")


def counted(n: float, noun: str, plural: str | None = None) -> str:
    """A number and its noun: 1 patient, 3 patients, 2.5 months."""
    number = f"{n:g}" if isinstance(n, float) else n
    return f"{number} {noun if n == 1 else plural or noun + 's'}"


def marked_height(ax: Axes, mm: float) -> None:
    """Write a diameter above its line, at the right edge."""
    ax.text(
        1.0, mm, f"{mm:g} mm ", transform=ax.get_yaxis_transform(), ha="right", va="bottom",
        fontsize=10,
    )  # fmt: skip
