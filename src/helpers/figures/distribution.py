"""The time to oligometastasis: five interval-censored cells, fitted curves, yearly hazards."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from ..tables import percent
from .style import FAINT, INK, Figure, canvas, listed, look, nothing, short, styled


@styled
def interval_distribution(
    cells: pd.DataFrame,
    curves: Mapping[str, Any],
    *,
    x_label: str = "Months since the cervical cancer",
    y_label: str = "Oligometastasis diagnosed",
) -> Figure:
    """The share within each year, as far as cells tell, with fitted distributions.

    Parameters
    ----------
    cells : DataFrame
        A row a cell in order of time: `lower`, `upper` (months; infinite in the last), `share`
        (within the upper end) and, where there are intervals, `share_lower`, `share_upper`. In
        place of `share` there may be `patients`, the count in the cell.
    curves : mapping of label to distribution
        A callable from months to the share by then, or a fitted lifelines model.
    x_label, y_label : str

    Returns
    -------
    Figure
        The table has `months`, `observed`, and a column a curve, at the ends of the cells.
    """
    if cells.empty:
        return nothing("no cell has a patient")
    cells = cells.copy()
    if "share" not in cells:
        total = cells["patients"].sum()
        if total == 0:
            return nothing("no cell has a patient")
        cells["share"] = cells["patients"].cumsum() / total
    ends = cells[np.isfinite(cells["upper"].astype(float))]
    months = ends["upper"].to_numpy(float)
    last = float(months.max()) * 1.25 if len(months) else 60.0
    at = np.linspace(0, last, 300)
    drawing = canvas(3.9)
    ax = drawing.add_subplot()
    start = 0.0
    for _, cell in cells.iterrows():
        end = float(cell["upper"]) if isfinite(cell["upper"]) else last
        ax.fill_between(
            [float(cell["lower"]), end],
            start,
            float(cell["share"]),
            color=FAINT,
            alpha=0.16,
            linewidth=0,
            label="where the curve can run" if start == 0 else None,
        )
        start = float(cell["share"])
    table = pd.DataFrame({"months": months, "observed": ends["share"].to_numpy(float)})
    for position, (label, curve) in enumerate(curves.items()):
        shown = look(label, position)
        ax.plot(at, _share(curve, at), color=shown.colour, linestyle=shown.line, label=label)
        table[label] = _share(curve, months)
    if {"share_lower", "share_upper"} <= set(ends.columns):
        table["lower"] = ends["share_lower"].to_numpy(float)
        table["upper"] = ends["share_upper"].to_numpy(float)
        ax.vlines(months, table["lower"], table["upper"], color=INK, linewidth=1.6)
    ax.plot(months, table["observed"], "o", color=INK, markersize=7, label="observed")
    ax.set(xlim=(0, last), ylim=(0, 1.02), xlabel=x_label, ylabel=y_label)
    ax.set_xticks(np.arange(0, last + 1, 12))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="lower right")
    points = [
        f"{percent(row['observed'])} by {row['months']:.0f} months" for _, row in table.iterrows()
    ]
    far = [
        f"{label} by at most {100 * (table[label] - table['observed']).abs().max():.1f} "
        "percentage points"
        for label in curves
    ]
    alt = f"Plot of the share diagnosed over time: {listed(points)}."
    if far:
        alt += f" The fitted curves miss these points, {listed(far)}."
    return Figure(drawing, alt, table)


@styled
def yearly_hazards(
    hazards: pd.DataFrame,
    *,
    x_label: str = "Years since the cervical cancer",
    y_label: str = "Rate per year",
) -> Figure:
    """Rates year by year with their intervals.

    Parameters
    ----------
    hazards : DataFrame
        A row a period, as `survival.yearly_hazards` returns it: `lower_months`, `upper_months`,
        `hazard` (per year) and its `lower` and `upper`. An infinite rate or bound is an arrow at
        the edge.
    x_label, y_label : str

    Returns
    -------
    Figure
        The table has `from_month`, `to_month`, `hazard`, `lower` and `upper`, a row a period.
    """
    names = {"lower_months": "from_month", "upper_months": "to_month"}
    rows = hazards.rename(columns=names).dropna(subset=["hazard"])
    if rows.empty:
        return nothing("no rate could be computed")
    drawing = canvas(3.3)
    ax = drawing.add_subplot()
    finite = rows[["hazard", "lower", "upper"]].to_numpy(float)
    top = 1.15 * float(finite[np.isfinite(finite)].max(initial=0.1))
    right = float(rows["to_month"].replace(np.inf, np.nan).max())
    right = float(rows["from_month"].max()) + 12 if np.isinf(rows["to_month"]).any() else right
    shown = look("all")
    for _, row in rows.iterrows():
        left, end = row["from_month"] / 12, min(row["to_month"], right) / 12
        middle = (left + end) / 2
        if row["hazard"] <= top:
            ax.plot([left, end], [row["hazard"]] * 2, color=shown.colour, linewidth=2.4)
            ax.plot(middle, row["hazard"], shown.marker, color=shown.colour)
        ax.plot(
            [middle] * 2,
            [row["lower"], min(row["upper"], top)],
            color=shown.colour,
            linewidth=1.4,
        )
        if row["upper"] > top:
            ax.plot(middle, top, "^", color=shown.colour, clip_on=False)
    ax.set(xlim=(0, right / 12), ylim=(0, top), xlabel=x_label, ylabel=y_label)
    texts = [
        f"{short(row['hazard'])} ({short(row['lower'])} to {short(row['upper'])}) from "
        f"month {row['from_month']:.0f}"
        for _, row in rows.iterrows()
    ]
    alt = f"Plot of the rate per year by period, with 95% intervals: {listed(texts)}."
    columns = ["from_month", "to_month", "hazard", "lower", "upper"]
    return Figure(drawing, alt, rows[columns].reset_index(drop=True))


def _share(curve: Any, months: np.ndarray) -> np.ndarray:
    if hasattr(curve, "cumulative_density_at_times"):
        return np.asarray(curve.cumulative_density_at_times(months), float)
    return np.asarray(curve(months), float)
