"""What a study could find: power against the hazard ratio, and against events."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import PercentFormatter

from ..tables import percent
from .small_samples import ratio_axis
from .style import FAINT, INK, Figure, canvas, listed, look, nothing, short, styled

_EVENTS = (5, 10, 20, 50, 100, 200, 500, 1000)


@styled
def power(table: pd.DataFrame, *, goal: float = 0.8) -> Figure:
    """Power against the true hazard ratio: simulated points, and the lines of a formula.

    Parameters
    ----------
    table : DataFrame
        `deaths`, `hazard_ratio`, `simulated` and `formula`, the latter two shares.
    goal : float
        Where a line is drawn across.

    Returns
    -------
    Figure
        The table is the one given.
    """
    if table.empty:
        return nothing("nothing was simulated")
    drawing, ax = _axes(3.8, goal)
    told = []
    for position, (deaths, lines) in enumerate(table.groupby("deaths")):
        seen = look("", position)
        ratio = lines["hazard_ratio"]
        ax.plot(
            ratio, lines["simulated"], color=seen.colour, marker=seen.marker, linestyle="",
            label=f"{deaths} deaths, simulated",
        )  # fmt: skip
        ax.plot(ratio, lines["formula"], color=seen.colour, linestyle=seen.line, label="Schoenfeld")
        enough = lines.loc[lines["simulated"] >= goal, "hazard_ratio"]
        told.append(
            f"with {deaths} deaths "
            + (f"from a ratio of {short(enough.min())}" if len(enough) else "at no ratio drawn")
        )
    ratio_axis(ax, table["hazard_ratio"].min(), table["hazard_ratio"].max())
    ax.set_xlabel("True hazard ratio (log scale)")
    ax.legend(loc="lower right", ncols=1, fontsize=9.5)
    far = (table["simulated"] - table["formula"]).abs().max()
    alt = (
        f"Power of the log-rank test rising with the hazard ratio. {percent(goal, 0)} is reached "
        f"{listed(told)}. Formula and simulation are at most {percent(far, 0)} apart."
    )
    return Figure(drawing, alt, table)


@styled
def power_by_events(table: pd.DataFrame, *, goal: float = 0.8) -> Figure:
    """Power against the number of events: simulated points, and the lines of formulas.

    Parameters
    ----------
    table : DataFrame
        `hazard_ratio`, `deaths`, rising within each ratio, and `simulated`, `Schoenfeld`, `Freedman` and
        `expected`, which are shares.
    goal : float
        Where a line is drawn across.

    Returns
    -------
    Figure
        The table is the one given.
    """
    if table.empty:
        return nothing("nothing was simulated")
    drawing, ax = _axes(3.9, goal)
    told = []
    for position, (_, lines) in enumerate(table.groupby("hazard_ratio")):
        ratio = short(float(lines["hazard_ratio"].iloc[0]))
        seen = look("", position)
        ax.plot(lines["deaths"], lines["Schoenfeld"], color=seen.colour, linestyle=(0, (1, 1.2)))
        ax.plot(lines["deaths"], lines["Freedman"], color=seen.colour, linestyle=(0, (5, 1.5)))
        ax.plot(lines["deaths"], lines["expected"], color=seen.colour)
        ax.plot(
            lines["deaths"], lines["simulated"], color=seen.colour, marker=seen.marker,
            linestyle="", label=f"ratio {ratio}",
        )  # fmt: skip
        enough = lines.loc[lines["simulated"] >= goal, "deaths"]
        told.append(
            f"of {ratio} "
            + (f"with {enough.min():.0f} deaths" if len(enough) else "with no number drawn")
        )
    names = {"expected": "-", "Freedman": (0, (5, 1.5)), "Schoenfeld": (0, (1, 1.2))}
    for name, line in names.items():
        ax.plot([], [], color=INK, linestyle=line, label=name)
    low, high = float(table["deaths"].min()), float(table["deaths"].max())
    ax.set(xscale="log", xlim=(low / 1.1, high * 1.1))
    ticks = [tick for tick in _EVENTS if low <= tick <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("Deaths (log scale)")
    ax.legend(loc="lower right", fontsize=9.5)
    apart = [(table[name] - table["simulated"]).abs().max() for name in names]
    far = listed(f"{name} {percent(by, 0)}" for name, by in zip(names, apart, strict=True))
    alt = (
        f"Power of the log-rank test rising with the number of deaths. In the simulation "
        f"{percent(goal, 0)} is reached for a hazard ratio {listed(told)}. The lines are away from the "
        f"simulated points by up to: {far}."
    )
    return Figure(drawing, alt, table)


def _axes(height: float, goal: float) -> tuple[Drawing, Axes]:
    """A drawing whose height is power, with a line at the goal."""
    drawing = canvas(height)
    ax = drawing.add_subplot()
    ax.axhline(goal, color=FAINT, linewidth=1)
    ax.set(ylim=(0, 1.02), ylabel="Power")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return drawing, ax
