"""Time that misleads: curves of any kind set side by side, and tumours between scans."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike

from ..tables import percent
from .steps import capital, draw_steps, month_ticks, months_axis
from .style import (
    BLUE,
    FAINT,
    INK,
    VERMILION,
    Figure,
    canvas,
    counted,
    listed,
    look,
    nothing,
    styled,
)


@styled
def survival_curves(
    curves: Mapping[str, pd.DataFrame],
    *,
    what: str = "survival",
    x_label: str = "Months",
    mark_months: float | None = None,
    months_max: float | None = None,
) -> Figure:
    """Survival curves of any origin, such as the truth beside two estimates.

    Parameters
    ----------
    curves : mapping of label to DataFrame
        With `time`, ascending from the first time at which the curve is known, and `survival`, held
        up to the next time; or with `lower` and `upper` in place of `survival`, between which the
        curve may run anywhere.
    what, x_label : str
    mark_months : float, optional
        Draw a line at this time.
    months_max : float, optional
        End of the axis; by default the last time of any curve.

    Returns
    -------
    Figure
        The table has `curve`, `months`, and of `survival`, `lower`, `upper` what is known, a row a tick of the axis.
    """
    known = {label: frame for label, frame in curves.items() if len(frame)}
    if not known:
        return nothing("no curve to draw")
    last = months_max or max(float(frame["time"].max()) for frame in known.values())
    ticks = month_ticks(last)
    drawing = canvas(3.9)
    ax = drawing.add_subplot()
    for position, (label, frame) in enumerate(known.items()):
        shown, time = look(label, position), frame["time"].to_numpy(float)
        if "survival" in frame:
            draw_steps(ax, time, frame["survival"].to_numpy(float), shown, label=label)
        else:
            lower, upper = frame["lower"].to_numpy(float), frame["upper"].to_numpy(float)
            ax.fill_between(
                time, lower, upper, step="post", color=shown.colour, alpha=0.3, label=label
            )
            for edge in (lower, upper):
                draw_steps(ax, time, edge, shown, linewidth=0.9, linestyle="-")
    if mark_months is not None:
        ax.axvline(mark_months, color=FAINT, linewidth=1, zorder=0)
    months_axis(ax, ticks, x_label)
    ax.set(ylim=(0, 1.02), ylabel=capital(what))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="best", borderaxespad=0.2)
    at = ticks if mark_months is None else np.unique([*ticks, mark_months])
    table = pd.concat([_at(frame, at).assign(curve=label) for label, frame in known.items()])
    table = table[["curve", "months", "survival", "lower", "upper"]].reset_index(drop=True)
    table = table.dropna(axis="columns", how="all")  # the edges where no curve has a band
    said = mark_months if mark_months is not None else ticks[len(ticks) // 2]
    return Figure(drawing, _alt(what, known, said), table)


def _at(frame: pd.DataFrame, times: ArrayLike) -> pd.DataFrame:
    """A curve at some times, NaN before its first and after its last."""
    at = np.asarray(times, dtype=float)
    time = frame["time"].to_numpy(float)
    place = np.searchsorted(time, at, side="right") - 1
    inside = (place >= 0) & (at <= time[-1])
    table = frame.reindex(columns=["survival", "lower", "upper"]).iloc[np.maximum(place, 0)]
    return table.where(np.repeat(inside[:, None], 3, axis=1)).assign(months=at)


def _alt(what: str, curves: Mapping[str, pd.DataFrame], months: float) -> str:
    values = []
    for label, frame in curves.items():
        row = _at(frame, [months]).iloc[0]
        if pd.notna(row["survival"]):
            values.append(f"{label} {percent(row['survival'])}")
        elif pd.notna(row["lower"]):
            values.append(f"{label} {percent(row['lower'])} to {percent(row['upper'])}")
        else:
            values.append(f"{label} unknown")
    return f"Curves of {what} over months. At {months:g} months: {listed(values)}."


@styled
def windows(tumours: pd.DataFrame, scans: ArrayLike, *, shown: int = 30) -> Figure:
    """Each tumour's time from visible to felt, between scans.

    Parameters
    ----------
    tumours : DataFrame
        With `visible_month`, when a scan could first show it, `felt_month`, when it would be felt,
        and `found_month`, the first scan in between or else the month in which it is felt.
    scans : array-like of float
        Months of the scans.
    shown : int
        Most tumours drawn; the first ones, by length of their bar.

    Returns
    -------
    Figure
        The table has a row a tumour drawn: `visible_month`, `felt_month`, `found_month`, `found_by`.
    """
    if not len(tumours):
        return nothing("there is no tumour")
    drawn = tumours.head(shown).copy()
    drawn["length"] = drawn["felt_month"] - drawn["visible_month"]
    drawn = drawn.sort_values("length").reset_index(drop=True)
    by_scan = drawn["found_month"] < drawn["felt_month"]
    drawn["found_by"] = np.where(by_scan, "scan", "symptoms")
    drawing = canvas(4.6)
    ax = drawing.add_subplot()
    for month in np.asarray(scans, dtype=float):
        ax.axvline(month, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    for found, colour, line, marker in (
        (by_scan, BLUE, "-", "o"),
        (~by_scan, VERMILION, (0, (2, 1)), "X"),
    ):
        rows = drawn[found]
        if rows.empty:
            continue
        name = str(rows["found_by"].iloc[0])
        start, end = rows["visible_month"], rows["felt_month"]
        ax.hlines(rows.index, start, end, color=colour, linewidth=2.6, linestyle=line)
        ax.plot(
            rows["found_month"],
            rows.index,
            linestyle="none",
            marker=marker,
            color=colour,
            markeredgecolor="white",
            markersize=8,
            label=f"found by {'a scan' if name == 'scan' else name}",
        )
    months_axis(ax, month_ticks(float(drawn["felt_month"].max())), "Months")
    ax.set(yticks=[], ylabel="Tumours, the slowest on top")
    ax.spines["left"].set_visible(False)
    ax.legend(loc="lower right", facecolor="white", edgecolor=INK)
    spans = [
        f"{counted(len(rows), 'tumour')} found by {name}, visible for a median of "
        f"{rows['length'].median():.1f} months"
        for name, rows in drawn.groupby("found_by")
    ]
    return Figure(
        drawing,
        f"Bars from the month in which a tumour becomes visible to that in which it is felt, with the "
        f"scans as vertical lines: {listed(spans)}.",
        drawn[["visible_month", "felt_month", "found_month", "found_by"]],
    )
