"""Printed beside reproduced: the numbers that a printed one stands for, and the one of a cohort."""

from __future__ import annotations

from itertools import chain
from textwrap import fill, shorten

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, MultipleLocator

from .steps import capital
from .style import (
    BLUE,
    INK,
    VERMILION,
    WIDTH,
    Figure,
    axes_at,
    canvas,
    counted,
    nothing,
    styled,
)

_STANDS_FOR, _REPRODUCED = BLUE, VERMILION
_ROW = 0.42  # inches: two lines of a label do not touch those of the next
_COUNTS = ("patients", "lesions", "institutions")


@styled
def scorecard(rows: pd.DataFrame) -> Figure:
    """Bars over all that prints as a printed number does, and the reproduced ones on them.

    Parameters
    ----------
    rows : DataFrame
        `what`, `unit`, `lowest` and `highest` (the ends of what agrees, alike for a count and infinite
        where there is none), `reproduced` (NaN where it cannot be computed) and `verdict`. Definitions
        are left out.

    Returns
    -------
    Figure
        A panel a unit. The table has the same columns; their rows are different quantities, so that
        each number has the digits that it needs.
    """
    frame = rows[rows["verdict"] != "definition"].reset_index(drop=True)
    if frame.empty:
        return nothing("no printed number to compare")
    units = list(dict.fromkeys(frame["unit"]))
    heights = [_ROW * int((frame["unit"] == unit).sum()) for unit in units]
    left, between = 3.05, 0.66
    whole = sum(heights) + between * len(units) + 0.4
    drawing = canvas(whole, layout="none")
    top = whole - 0.72
    for unit, height in zip(units, heights, strict=True):
        ax = axes_at(drawing, left, top - height, WIDTH - left - 0.2, height)
        _panel(ax, frame[frame["unit"] == unit].reset_index(drop=True), unit)
        top -= height + between
    drawn = [reversed(part) for ax in drawing.axes for part in ax.get_legend_handles_labels()]
    legend = dict(zip(chain(*drawn[1::2]), chain(*drawn[::2]), strict=True))
    drawing.legend(legend.values(), legend.keys(), loc="upper right", ncols=len(legend))
    missing = int(frame["reproduced"].isna().sum())
    alt = (
        f"Dot plot of {counted(len(frame), 'printed number')} with the reproduced one on each, in "
        f"panels by unit ({', '.join(units)}): {int((frame['verdict'] == 'agrees').sum())} lie on the bar "
        f"of what prints the same"
    )
    alt += f"; {missing} cannot be computed." if missing else "."
    columns = ["unit", "what", "lowest", "highest", "reproduced", "verdict"]
    told = {name: frame[name].map(_digits) for name in ("lowest", "highest", "reproduced")}
    return Figure(drawing, alt, frame[columns].assign(**told))


def _digits(value: float) -> str:
    """A number with as many digits as it needs, and at most five."""
    return "" if np.isnan(value) else f"{value:.5g}"


def _panel(ax: Axes, part: pd.DataFrame, unit: str) -> None:
    y = np.arange(len(part), dtype=float)
    ends = part[["lowest", "highest", "reproduced"]].to_numpy(float)
    last = {"percent": 100.0, "p": 0.1}.get(unit, 0.0)
    last = max(last, 1.08 * float(ends[np.isfinite(ends)].max(initial=0)))
    low = part["lowest"].clip(lower=0)
    high = part["highest"].clip(upper=last)
    ax.barh(
        y, high - low, left=low, height=0.62, facecolor="#C6D6E8", edgecolor=_STANDS_FOR,
        linewidth=1.6, label="prints as printed",
    )  # fmt: skip
    for verdict, marker, colour, label in (
        ("agrees", "o", _REPRODUCED, "reproduced"),
        ("differs", "X", INK, "reproduced, and differs"),
    ):
        here = (part["verdict"] == verdict).to_numpy()
        if here.any():
            ax.plot(
                part["reproduced"][here], y[here], marker, color=colour, label=label,
                markersize=5 if marker == "o" else 8,
            )  # fmt: skip
    for row in y[part["reproduced"].isna()]:
        ax.text(high[row], row, "  not computable", va="center", fontsize=10)
    words = [shorten(str(what), 78, placeholder=" …") for what in part["what"]]
    ax.set_yticks(y, [fill(text, 41) for text in words], linespacing=1.15)
    ax.tick_params(axis="y", length=0, labelsize=9.5)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    ax.set(ylim=(len(part) - 0.5, -0.5), xlim=(0, last))
    ax.set_title("p value" if unit == "p" else capital(unit), fontsize=10.5)
    ax.xaxis.set_major_locator(
        MultipleLocator(last / 5) if unit == "p" else MaxNLocator(5, integer=unit in _COUNTS)
    )
