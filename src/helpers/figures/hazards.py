"""Hazards in time: log-log curves, and estimates along an axis such as months."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

from .steps import draw_steps, month_ticks, months_axis, points_of
from .style import FAINT, Figure, canvas, counted, look, nothing, short, styled

_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
_RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


@styled
def log_log(
    fits: Mapping[str, KaplanMeierFitter], *, x_label: str = "Months since start of treatment"
) -> Figure:
    """The logarithm of the cumulative hazard, log(−log S), against months on a log axis.

    Under proportional hazards the curves keep one vertical distance. Weibull times are straight
    lines here.

    Parameters
    ----------
    fits : mapping of label to fitted KaplanMeierFitter
        Drawn where the curve is below one and above zero.
    x_label : str

    Returns
    -------
    Figure
        The table has `group`, `months`, `survival` and `log_minus_log`, a row a step.
    """
    parts = []
    for label, fit in fits.items():
        times, values = points_of(fit)
        falls = np.concatenate([[values[0] < 1], np.diff(values) < 0])
        shown = falls & (values > 0) & (values < 1) & (times > 0)
        parts.append(
            pd.DataFrame(
                {
                    "group": label,
                    "months": times[shown],
                    "survival": values[shown],
                    "log_minus_log": np.log(-np.log(values[shown])),
                    "last": float(np.max(fit.durations)),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if table.empty:
        return nothing("no curve has come down")
    drawing = canvas(3.9)
    ax = drawing.add_subplot()
    texts = []
    for position, label in enumerate(fits):
        rows = table[table["group"] == label]
        if rows.empty:
            texts.append(f"{label} has no step")
            continue
        times, values = rows["months"].to_numpy(float), rows["log_minus_log"].to_numpy(float)
        times, values = np.append(times, rows["last"].iloc[0]), np.append(values, values[-1])
        draw_steps(ax, times, values, look(label, position), label=label)
        texts.append(
            f"{label} rises in {counted(len(rows), 'step')} from {short(values[0])} at month "
            f"{short(times[0])} to {short(values[-1])} at month {short(times[-2])}"
        )
    low, high = table["months"].min() / 1.3, table["last"].max() * 1.1
    ax.set(xscale="log", xlim=(low, high), xlabel=x_label, ylabel="log(−log survival)")
    ticks = [month for month in _MONTHS if low <= month <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.legend(loc="upper left")
    alt = f"Log-log plot of survival over months on a log axis: {'; '.join(texts)}."
    return Figure(drawing, alt, table.drop(columns="last"))


@styled
def along(
    table: pd.DataFrame,
    *,
    x_label: str = "Months since start of treatment",
    y_label: str,
    level: float | None = None,
    level_label: str = "",
    months: bool = True,
    ratio: bool = False,
    top: float | None = None,
) -> Figure:
    """Lines along an axis, such as an estimate against the month, with their bands.

    Parameters
    ----------
    table : DataFrame
        `x`, `estimate` and, where there are any, `lower`, `upper`; with a column `line` several
        lines. Rows without an estimate are left out.
    x_label, y_label : str
    level : float, optional
        Height of a dotted line across.
    level_label : str
        What the dotted line is, for the legend.
    months : bool
        The horizontal axis is one of months, with ticks at years.
    ratio : bool
        The vertical axis is logarithmic.
    top : float, optional
        Where the vertical axis ends.

    Returns
    -------
    Figure
        The table is the one given, without the rows left out; `x` is called `months`, or what the
        axis says.
    """
    rows = table.dropna(subset=["estimate"]).reset_index(drop=True)
    if rows.empty:
        return nothing("no estimate could be computed")
    rows = rows if "line" in rows else rows.assign(line="")
    drawing = canvas(3.9)
    ax = drawing.add_subplot()
    texts = []
    for position, (line, part) in enumerate(rows.groupby("line", sort=False)):
        label = str(line)
        shown = look(label, position)
        x = part["x"].to_numpy(float)
        if {"lower", "upper"} <= set(part.columns):
            ax.fill_between(
                x,
                part["lower"].to_numpy(float),
                part["upper"].to_numpy(float),
                color=shown.colour,
                alpha=0.13,
                linewidth=0,
            )
        y = part["estimate"].to_numpy(float)
        ax.plot(x, y, color=shown.colour, linestyle=shown.line, label=label or None)
        ends = f"{short(y[0])} at {short(x[0])} to {short(y[-1])} at {short(x[-1])}"
        texts.append(f"{label}, from {ends}" if label else f"from {ends}")
    if level is not None:
        ax.axhline(level, color=FAINT, linestyle=":", linewidth=1.4, label=level_label or None)
    if ratio:
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        low, high = max(low, 0.02), min(high, 60.0)
        ticks = [tick for tick in _RATIOS if low <= tick <= high]
        ax.set_ylim(low, high)
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_yticks([], minor=True)
    if top is not None:
        ax.set_ylim(min(float(rows["estimate"].min()), level or top) - 0.04 * top, top)
    ax.set_ylabel(y_label)
    if months:
        months_axis(ax, month_ticks(float(rows["x"].max())), x_label)
    else:
        ax.set_xlabel(x_label)
    if ax.get_legend_handles_labels()[0]:
        drawing.legend(loc="outside upper center", ncols=2)
    alt = f"Plot of {y_label[:1].lower() + y_label[1:]} along {x_label[:1].lower() + x_label[1:]}: "
    alt += f"{'; '.join(texts)}."
    if level is not None:
        alt += f" A dotted line marks {level_label or short(level)}."
    since = months and x_label.startswith("Months")
    named = rows.rename(columns={"x": "months" if since else x_label})
    return Figure(drawing, alt, named if "line" in table else named.drop(columns="line"))
