"""What the printed months fix of growth, as a ridge, and what scans find by growth, under a slider."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, PercentFormatter

from ..tables import percent
from .explorer import Explorer, State, explorer
from .style import (
    FAINT,
    INK,
    Figure,
    canvas,
    counted,
    listed,
    look,
    nothing,
    plain,
    short,
    styled,
)

_DAYS = (5, 10, 20, 50, 100, 200, 500, 1000)


@styled
def growth_ridge(curves: pd.DataFrame, series: pd.DataFrame, *, target_mm: float = 15.0) -> Figure:
    """Doubling times that go with each diameter at the last clear scan.

    Parameters
    ----------
    curves : DataFrame
        `law`, `start_mm` and `doubling_days`, of the volume, at the target; where known `lower` and
        `upper`, the ends of an interval in days, an infinite one up to the edge.
    series : DataFrame
        A row a published series: `series`, `mean_days`, `least_days`, `most_days`.
    target_mm : float

    Returns
    -------
    Figure
        The table has `start_mm` and a column a law, in days, at whole millimetres.
    """
    if curves.empty:
        return nothing("no growth curve to draw")
    drawing = canvas(4.3)
    ax = drawing.add_subplot()
    least = float(curves["doubling_days"].min())
    most = float(curves["doubling_days"].max())
    low, high = min(0.8 * least, 10.0), max(1.2 * most, 1100.0)
    for position, row in series.reset_index(drop=True).iterrows():
        ax.axhspan(
            row["least_days"],
            row["most_days"],
            color=FAINT,
            alpha=0.12,
            linewidth=0,
            label=f"{row['series']}: range" if position == 0 else None,
        )
        ax.axhline(row["mean_days"], color=INK, linewidth=1, linestyle=":", label="its mean")
    for position, (law, rows) in enumerate(curves.groupby("law", sort=False)):
        shown = look(str(law), position)
        if "lower" in rows and rows["lower"].notna().any():
            upper = rows["upper"].clip(upper=high)
            ax.fill_between(
                rows["start_mm"], rows["lower"], upper, color=shown.colour, alpha=0.12, linewidth=0
            )
        ax.plot(
            rows["start_mm"],
            rows["doubling_days"],
            color=shown.colour,
            linestyle=shown.line,
            label=str(law),
        )
    ax.set(yscale="log", ylim=(low, high), xlim=(0, target_mm))
    ax.set_yticks([days for days in _DAYS if low <= days <= high])
    ax.yaxis.set_major_formatter(FuncFormatter(plain))
    ax.minorticks_off()
    ax.set(
        xlabel="Diameter at the last clear scan, mm",
        ylabel=f"Days to double the volume, at {target_mm:g} mm",
    )
    ax.legend(loc="upper left", ncols=2)
    table = curves.pivot_table(
        index="start_mm", columns="law", values="doubling_days", sort=False
    ).sort_index()
    whole = np.isclose(table.index % 1, 0)
    table = table[whole].rename_axis(columns=None).reset_index()
    first = curves[curves["law"] == curves["law"].iloc[0]].sort_values("start_mm")
    ends = first.iloc[[0, -1]]
    said = [
        f"{short(row['doubling_days'])} days from {row['start_mm']:g} mm"
        for _, row in ends.iterrows()
    ]
    known = [
        f"{row['series']} with a mean of {row['mean_days']:g} days, from {row['least_days']:g} to "
        f"{row['most_days']:g}"
        for _, row in series.iterrows()
    ]
    alt = (
        f"Curves of doubling time over the diameter at the last clear scan, by law of growth. For "
        f"{first['law'].iloc[0]} growth it rises from {listed(said).replace(' and ', ' to ')}."
    )
    return Figure(drawing, f"{alt} Beside them {listed(known)}." if known else alt, table)


@styled
def small_share_explorer(
    curves: pd.DataFrame,
    ridge: pd.DataFrame,
    readings: pd.DataFrame,
    *,
    predict: str,
    cut_mm: float = 15.0,
    start: int = 0,
) -> Explorer:
    """The share of lesions found small over their doubling time, by threshold, under a slider.

    Parameters
    ----------
    curves : DataFrame
        `every` (months), `threshold_mm`, `doubling_days` of the volume and `share_small`.
    ridge : DataFrame
        The same columns, a row a schedule and threshold: where the printed time puts it.
    readings : DataFrame
        A row a schedule: `every`, then what is to be read beside the drawing, in words.
    predict : str
        The question before the slider is moved.
    cut_mm : float
    start : int
        Row of `readings` shown at first.

    Returns
    -------
    Explorer
        A position a schedule.
    """
    drawing = canvas(3.9)
    ax = drawing.add_subplot()
    days = curves["doubling_days"]
    ax.set(xscale="log", xlim=(days.min(), days.max()), ylim=(0, 1.04))
    ax.set_xticks([day for day in _DAYS if days.min() <= day <= days.max()])
    ax.xaxis.set_major_formatter(FuncFormatter(plain))
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(xlabel="Days to double the volume", ylabel=f"Found at most {cut_mm:g} mm")
    thresholds = list(dict.fromkeys(curves["threshold_mm"]))
    moving, names = {}, {}
    for position, threshold in enumerate(thresholds):
        shown = look("", position)
        names[threshold] = f"line-{position}"
        label = f"visible from {threshold:g} mm"
        (moving[names[threshold]],) = ax.plot(
            [1], [1], color=shown.colour, linestyle=shown.line, label=label
        )
    (moving["ridge"],) = ax.plot(
        [1], [1], "o", color=INK, markersize=8, linestyle="None", label="with the printed months"
    )
    ax.legend(loc="lower right")
    states = []
    for _, row in readings.iterrows():
        here = curves[curves["every"] == row["every"]]
        marks = ridge[ridge["every"] == row["every"]]
        paths = {
            name: tuple(
                here.loc[here["threshold_mm"] == threshold, column].to_numpy(float)
                for column in ("doubling_days", "share_small")
            )
            for threshold, name in names.items()
        }
        paths["ridge"] = tuple(
            marks[column].to_numpy(float) for column in ("doubling_days", "share_small")
        )
        told = {str(name): str(value) for name, value in row.items() if name != "every"}
        states.append(State(counted(float(row["every"]), "month"), paths, told))
    at = ridge.groupby("every")["share_small"].agg(["min", "max"])
    first, last = at.iloc[0], at.iloc[-1]
    return explorer(
        drawing,
        moving,
        states,
        slider="Interval between scans",
        predict=predict,
        alt=(
            f"Share of lesions found at most {cut_mm:g} mm over their doubling time, a curve for each of "
            f"{len(thresholds)} thresholds. Where the printed time puts the curves the share is "
            f"{_between(first)} with scans every {at.index[0]:g} months and {_between(last)} with "
            f"scans every {at.index[-1]:g}."
        ),
        start=start,
    )


def _between(row: pd.Series) -> str:
    low, high = percent(row["min"]), percent(row["max"])
    return low if low == high else f"{low} to {high}"
