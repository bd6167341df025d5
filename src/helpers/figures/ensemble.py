"""Many cohorts that print the same: a flip-book of their curves, and where a quantity lies in them.

matplotlib's own animations are films, or need a script; a reader turns these pages by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter, ScalarFormatter

from ..tables import percent
from .steps import capital, draw_steps, months_axis, points_of
from .style import (
    FAINT,
    INK,
    WIDTH,
    Figure,
    axes_at,
    canvas,
    counted,
    listed,
    look,
    nothing,
    short,
    styled,
)


@dataclass(frozen=True)
class FlipBook(Figure):
    """A drawing of several frames, of which one is seen at a time.

    Attributes
    ----------
    frames : tuple of str
        Words for each frame; in the drawing frame i (from 0) is the group `frame-i`.
    """

    frames: tuple[str, ...]


@styled
def flip_book(
    cohorts: Mapping[str, Sequence[Mapping[str, KaplanMeierFitter]]],
    *,
    mark_months: float,
    months_max: float = 60,
    what: str = "survival",
) -> FlipBook:
    """Curves of one cohort after the other, in the same axes.

    Parameters
    ----------
    cohorts : mapping of words to sequence of mappings of label to fitted KaplanMeierFitter
        A frame each, named by its words; a panel for each mapping of groups.
    mark_months : float
        Time of the line at which all cohorts agree.
    months_max : float
        End of the axis.
    what : str
        What the curves are the share of.

    Returns
    -------
    FlipBook
        The table has a row a frame and group: `frame`, `group`, the share at half the marked time
        (`at_half`) and at that time (`at_mark`).
    """
    panels = len(next(iter(cohorts.values())))
    drawing = canvas(3.1, layout="none")
    width = (WIDTH - 0.7 - 0.1 * panels) / panels
    axes = [axes_at(drawing, 0.65 + i * (width + 0.1), 0.55, width, 2.1) for i in range(panels)]
    ticks = np.arange(0, months_max + 1, 12)
    for i, ax in enumerate(axes):
        months_axis(ax, ticks, "Months since start of treatment")
        ax.xaxis.label.set_fontsize(9.5)
        ax.set(ylim=(0, 1.02))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.axvline(mark_months, color=FAINT, linewidth=1, zorder=0)
        if i:
            ax.tick_params(labelleft=False)
    axes[0].set_ylabel(capital(what))
    rows = []
    for number, (words, groups) in enumerate(cohorts.items()):
        title = drawing.text(0.02, 0.955, words, fontsize=10.5, fontweight="bold")
        title.set_gid(f"frame-{number}")
        for ax, fits in zip(axes, groups, strict=True):
            _frame(ax, fits, number, months_max)
            for label, fit in fits.items():
                rows.append([words, label, *fit.predict([mark_months / 2, mark_months])])
    for ax, fits in zip(axes, next(iter(cohorts.values())), strict=True):
        for position, label in enumerate(fits):
            shown = look(label, position)
            ax.plot([], [], color=shown.colour, linestyle=shown.line, label=label)
        ax.legend(loc="lower left", fontsize=9.5, borderaxespad=0.2)
    table = pd.DataFrame(rows, columns=["frame", "group", "at_half", "at_mark"])
    return FlipBook(drawing, _flip_alt(table, what, mark_months), table, tuple(cohorts))


def _frame(ax: Axes, fits: Mapping[str, KaplanMeierFitter], number: int, last: float) -> None:
    for position, (label, fit) in enumerate(fits.items()):
        times, values = points_of(fit)
        inside = times <= last
        before = len(ax.lines)
        end = min(last, times[-1])
        draw_steps(
            ax,
            np.append(times[inside], end),
            np.append(values[inside], values[inside][-1]),
            look(label, position),
        )
        for line in ax.lines[before:]:
            line.set_gid(f"frame-{number}")


def _flip_alt(table: pd.DataFrame, what: str, mark_months: float) -> str:
    spans = []
    for label, rows in table.groupby("group", sort=False):
        at, half = rows["at_mark"], rows["at_half"]
        spans.append(
            f"{label} {percent(at.min())} to {percent(at.max())} "
            f"({percent(half.min())} to {percent(half.max())} at {mark_months / 2:g} months)"
        )
    return (
        f"A flip-book of {counted(table['frame'].nunique(), 'cohort')}: Kaplan–Meier curves of {what}, "
        f"one cohort at a time. At {mark_months:g} months, over all of them: {listed(spans)}."
    )


_DRAWN = [0, 0.025, 0.25, 0.5, 0.75, 0.975, 1]


@styled
def intervals(
    values: Mapping[str, Mapping[str, Any]],
    *,
    x_label: str,
    log: bool = False,
    mark: Mapping[str, float] | None = None,
    marked: str = "",
) -> Figure:
    """Where a quantity lies in many cohorts: half of them, 95% of them, and all.

    Parameters
    ----------
    values : mapping of panel to mapping of label to array
        One value a cohort; NaN where a cohort has none.
    x_label : str
    log : bool
        Whether the axis is logarithmic.
    mark : mapping of panel to value, optional
        What a dotted line marks in a panel, such as the value of the book's cohort.
    marked : str
        Words above the first of these lines.

    Returns
    -------
    Figure
        The table has `panel`, `row`, `cohorts`, `minimum`, `2.5%`, `25%`, `median`, `75%`, `97.5%`
        and `maximum`.
    """
    rows = []
    for panel, labels in values.items():
        for label, of in labels.items():
            found = np.asarray(of, float)
            found = found[~np.isnan(found)]
            if len(found):
                # Values of cohorts, as `ensemble.quantile` has them beside the figure.
                ends = np.quantile(found, _DRAWN, method="inverted_cdf")
                rows.append([panel, label, len(found), *ends])
    columns = ["minimum", "2.5%", "25%", "median", "75%", "97.5%", "maximum"]
    table = pd.DataFrame(rows, columns=["panel", "row", "cohorts", *columns])
    if table.empty:
        return nothing("no cohort has a value")
    gaps = (table["panel"] != table["panel"].shift()).cumsum().to_numpy() - 1
    y = np.arange(len(table)) + 0.6 * gaps
    height = 0.3 * (y[-1] + 1) + 0.95
    drawing = canvas(height, layout="none")
    ax = axes_at(drawing, 2.3, 0.6, WIDTH - 2.5, height - 0.95)
    for place, (_, row) in zip(y, table.iterrows(), strict=True):
        colour = look(str(row["row"]), 0).colour
        ax.plot([row["minimum"], row["maximum"]], [place] * 2, color=FAINT, linewidth=1)
        ax.plot([row["2.5%"], row["97.5%"]], [place] * 2, color=colour, linewidth=2.4)
        ax.plot([row["25%"], row["75%"]], [place] * 2, color=colour, linewidth=6.5)
        ax.plot([row["median"]], [place], "o", color="white", markeredgecolor=INK, markersize=6)
    for panel, value in (mark or {}).items():
        if len(at := y[table["panel"] == panel]):
            ax.plot(
                [value] * 2, [at[0] - 0.5, at[-1] + 0.5], color=INK, linewidth=1.4, linestyle=":"
            )
        if panel == table["panel"][0]:
            ax.annotate(
                marked, (value, 1), (0, 3), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="center", va="bottom", fontsize=10,
            )  # fmt: skip
    ax.set_yticks(y, list(table["row"]), fontsize=10)
    ax.tick_params(axis="y", length=0)
    outside: dict[str, Any] = {"fontsize": 10, "fontweight": "bold", "va": "center"}
    for gap in range(1, gaps[-1] + 1) if gaps[-1] else ():
        first = int(np.argmax(gaps == gap))
        ax.axhline((y[first - 1] + y[first]) / 2, color="#DDDDDD", linewidth=0.8)
    for heading, group in table.groupby("panel", sort=False) if gaps[-1] else ():
        top = y[group.index[0]]
        ax.text(-2.25 / (WIDTH - 2.5), top - 0.62, str(heading), transform=ax.get_yaxis_transform(), **outside)  # fmt: skip
    ax.set(ylim=(y[-1] + 0.6, y[0] - (1.0 if gaps[-1] else 0.6)), xlabel=x_label)
    ax.spines["left"].set_visible(False)
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter(ScalarFormatter())
        ax.xaxis.set_minor_formatter(NullFormatter())
    named = table["row"] + (" (" + table["panel"] + ")" if gaps[-1] else "")
    medians = [
        f"{name} {short(row['median'])}, 95% of cohorts "
        f"from {short(row['2.5%'])} to {short(row['97.5%'])}"
        for name, (_, row) in zip(named, table.iterrows(), strict=True)
    ]
    alt = f"Interval plot of {x_label[:1].lower() + x_label[1:]}: median {'; '.join(medians)}."
    return Figure(drawing, alt, table)
