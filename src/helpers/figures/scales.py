"""Kinds of interval around one survival rate."""

from __future__ import annotations

import pandas as pd
from matplotlib.ticker import PercentFormatter

from ..tables import percent
from .style import BLUE, FAINT, INK, VERMILION, Figure, canvas, listed, styled


@styled
def interval_kinds(table: pd.DataFrame, estimate: float, *, x_label: str) -> Figure:
    """One interval a line, with the ends that another program gives.

    Parameters
    ----------
    table : DataFrame
        Columns `interval`, `lower`, `upper`, `lower_in_R`, `upper_in_R`, as shares from 0 to 1.
    estimate : float
        Where all of them are drawn around.
    x_label : str

    Returns
    -------
    Figure
        The table is the one given.
    """
    drawing = canvas(0.38 * len(table) + 1.0)
    ax = drawing.add_subplot()
    ax.axvline(estimate, color=FAINT, linewidth=1, zorder=0)
    lines = list(table.to_dict("records"))
    for y, row in enumerate(lines):
        ax.plot([row["lower"], row["upper"]], [y, y], color=BLUE, linewidth=3)
        ax.plot([estimate], [y], "s", color=INK, markersize=5)
        ends = [row["lower_in_R"], row["upper_in_R"]]
        ax.plot(ends, [y, y], "o", color=VERMILION, markerfacecolor="none", markersize=9)
    ax.set_yticks(range(len(lines)), [str(row["interval"]) for row in lines])
    ax.set(ylim=(len(lines) - 0.4, -0.6), xlabel=x_label)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    told = listed(
        f"{row['interval']} {percent(row['lower'])} to {percent(row['upper'])}" for row in lines
    )
    return Figure(drawing, f"Intervals around {x_label} of {percent(estimate)}: {told}.", table)
