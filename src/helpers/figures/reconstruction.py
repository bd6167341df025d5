"""The reconstruction: how the search converges, and printed beside reproduced."""

from __future__ import annotations

from textwrap import fill, shorten
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from .style import (
    BLUE,
    FAINT,
    VERMILION,
    WIDTH,
    Figure,
    axes_at,
    canvas,
    counted,
    nothing,
    short,
    styled,
)

_KNOWN = ("evaluations", "temperature", "violation", "energy")
_SMALL = 1e-3
_PRINTED, _REPRODUCED = BLUE, VERMILION


@styled
def search_trace(
    trace: pd.DataFrame, *, labels: dict[str, str] | None = None, most: int = 14
) -> Figure:
    """How the total violation falls, and which constraints hold out longest.

    Parameters
    ----------
    trace : DataFrame
        A row a checkpoint: `evaluations`, `violation` (or `energy`), any `temperature`, and a
        column of violations a constraint.
    labels : dict, optional
        Words for constraints.
    most : int
        Constraints shown, those that were met last.

    Returns
    -------
    Figure
        The table has `constraint`, `violation_at_start`, `last_violated_at` (evaluations).
    """
    if trace.empty:
        return nothing("the search left no trace")
    total = "violation" if "violation" in trace else "energy"
    at = trace["evaluations"].to_numpy(float)
    constraints = [column for column in trace.columns if column not in _KNOWN]
    violated = {name: at[trace[name].to_numpy(float) > 0] for name in constraints}
    table = pd.DataFrame(
        {
            "constraint": [(labels or {}).get(name, name) for name in constraints],
            "violation_at_start": [float(trace[name].iloc[0]) for name in constraints],
            "last_violated_at": [
                float(violated[name].max()) if len(violated[name]) else np.nan
                for name in constraints
            ],
        },
        index=constraints,
    ).sort_values("last_violated_at", ascending=False, na_position="last", kind="stable")
    shown = list(table.dropna().head(most).index)
    rows = 0.23 * max(len(shown), 1)
    left, below = 2.15, 0.6
    drawing = canvas(below + rows + 0.35 + 1.9 + 0.3, layout="none")
    lower = axes_at(drawing, left, below, WIDTH - left - 0.75, rows)
    upper = axes_at(drawing, left, below + rows + 0.35, WIDTH - left - 0.75, 1.9)
    upper.plot(at, trace[total].to_numpy(float), color=BLUE, marker="o", markersize=3)
    upper.set_yscale("symlog", linthresh=0.1)
    upper.set(ylabel="Total violation", ylim=(0, None), xlim=(0, max(at.max(), 1)))
    upper.tick_params(labelbottom=False)
    if shown:
        values = trace[shown].to_numpy(float).T
        values = np.where(values > 0, np.maximum(values, _SMALL), np.nan)
        edges = np.append(at, at[-1] + (at[-1] - at[-2] if len(at) > 1 else 1))
        mesh = lower.pcolormesh(
            edges,
            np.arange(len(shown) + 1),
            values,
            cmap="viridis_r",
            norm=LogNorm(_SMALL, max(float(np.nanmax(values)), 10 * _SMALL)),
        )
        bar = axes_at(drawing, WIDTH - 0.66, below, 0.13, rows)
        drawing.colorbar(mesh, cax=bar)
        bar.tick_params(labelsize=10)
        bar.set_title("violation", fontsize=10, fontweight="normal", loc="center")
    lower.set_yticks(np.arange(len(shown)) + 0.5, [table.loc[n, "constraint"] for n in shown])
    lower.tick_params(axis="y", length=0, labelsize=10)
    lower.set(xlim=(0, max(at.max(), 1)), ylim=(max(len(shown), 1), 0), xlabel="Cohorts evaluated")
    for ax in (upper, lower):
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ax.xaxis.set_major_locator(MaxNLocator(5))
    final = float(trace[total].iloc[-1])
    alt = (
        f"Line plot over {at.max():,.0f} evaluations: the total violation of "
        f"{counted(len(constraints), 'constraint')} falls from {short(float(trace[total].iloc[0]))} "
        f"to {'zero' if final == 0 else short(final)}."
    )
    if shown:
        alt += f" Below it a map of the constraints met last; the very last is {table.iloc[0, 0]}."
    return Figure(drawing, alt, table.reset_index(drop=True))


@styled
def scorecard(rows: pd.DataFrame) -> Figure:
    """Printed numbers (open marks) with the reproduced ones (dots), a panel a unit.

    Parameters
    ----------
    rows : DataFrame
        `what`, `unit`, `printed`, `reproduced` and, where known, `verdict` and `relation`. What
        is not a number, and rows with the verdict `definition`, are left out. A relation of `<`,
        `<=`, `>` or `>=` makes the printed number a bound: an open triangle that points to where
        the reproduced one may lie.

    Returns
    -------
    Figure
        The table has `unit`, `what`, `printed`, `reproduced` and, where given, `relation` and
        `verdict`.
    """
    frame = rows.copy()
    for column in ("printed", "reproduced"):
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    frame = frame.dropna(subset=["printed"])
    if "verdict" in frame:
        frame = frame[frame["verdict"] != "definition"]
    if frame.empty:
        return nothing("no printed number to compare")
    units = list(dict.fromkeys(frame["unit"]))
    heights = [0.36 * int((frame["unit"] == unit).sum()) + 0.05 for unit in units]
    left, between = 3.0, 0.62
    whole = sum(heights) + between * len(units) + 0.45
    drawing = canvas(whole, layout="none")
    top = whole - 0.75
    for unit, height in zip(units, heights, strict=True):
        part = frame[frame["unit"] == unit].reset_index(drop=True)
        ax = axes_at(drawing, left, top - height, WIDTH - left - 0.25, height)
        _printed_and_reproduced(ax, part)
        ax.set_title("p value" if unit == "p" else unit, fontsize=10.5)
        top -= height + between
    ring: dict[str, Any] = {
        "linestyle": "none",
        "markerfacecolor": "none",
        "markeredgecolor": _PRINTED,
    }
    handles = [
        Line2D([], [], marker="o", markersize=10, markeredgewidth=1.6, label="printed", **ring),
        Line2D([], [], marker=">", markersize=9, markeredgewidth=1.6, label="bound", **ring),
        Line2D([], [], marker="o", markersize=5, color=_REPRODUCED, linestyle="none",
               label="reproduced"),
    ]  # fmt: skip
    drawing.legend(handles=handles, loc="upper right", ncols=3)
    missing = int(frame["reproduced"].isna().sum())
    alt = (
        f"Dot plot of {counted(len(frame), 'printed number')} with the reproduced one on each, in "
        f"panels by unit ({', '.join(units)})"
    )
    if "verdict" in frame:
        alt += f": {int((frame['verdict'] == 'agrees').sum())} agree at the printed precision"
    alt += f"; {missing} cannot be computed." if missing else "."
    wanted = ("unit", "what", "relation", "printed", "reproduced", "verdict")
    columns = [column for column in wanted if column in frame]
    return Figure(drawing, alt, frame[columns].reset_index(drop=True))


def _printed_and_reproduced(ax: Axes, part: pd.DataFrame) -> None:
    y = np.arange(len(part), dtype=float)
    ax.hlines(y, part["printed"], part["reproduced"], color=FAINT, linewidth=1)
    relation = part["relation"] if "relation" in part else pd.Series("=", index=part.index)
    for sign, marker in (("=", "o"), ("<", "<"), (">", ">")):
        here = relation.str[0] == sign
        ax.plot(
            part["printed"][here], y[here], marker, markersize=10 if sign == "=" else 9,
            markerfacecolor="none", markeredgecolor=_PRINTED, markeredgewidth=1.6,
        )  # fmt: skip
    ax.plot(part["reproduced"], y, "o", markersize=4.5, color=_REPRODUCED)
    for row in y[part["reproduced"].isna()]:
        ax.text(
            float(part["printed"][int(row)]), row, "   not computable", va="center", fontsize=9.5
        )
    words = [shorten(str(what), 78, placeholder=" …") for what in part["what"]]
    ax.set_yticks(y, [fill(text, 40) for text in words], linespacing=0.95)
    ax.tick_params(axis="y", length=0, labelsize=9.5)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(part) - 0.5, -0.5)
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(5))
