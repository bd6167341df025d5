"""Known truths and the worth of a further number: points and intervals in labelled rows."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator

from ..tables import percent
from .style import BLUE, FAINT, INK, WIDTH, Figure, axes_at, canvas, listed, look, nothing, styled

_TICKS = (0.01, 0.05, 0.2, 0.5, 1, 2, 5, 20, 100)
_ROW, _LEFT, _BELOW, _LEGEND = 0.17, 2.5, 0.6, 0.4


@styled
def rank_histograms(table: pd.DataFrame) -> Figure:
    """Histograms of the ranks of known cohorts, beside what chance would make of flat ones.

    Parameters
    ----------
    table : DataFrame
        Columns `measure` (words), `rank_class` from 1, `ranks`, `expected`, and `lower` and `upper`,
        between which a number of ranks lies in 95% of cases when nothing is amiss.

    Returns
    -------
    Figure
        The table is the one given.
    """
    if table.empty:
        return nothing("no rank was found")
    panels = list(dict.fromkeys(table["measure"]))
    drawing = canvas(0.3 + 1.75 * len(panels))
    axes = drawing.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    beyond = []
    for ax, panel in zip(axes, panels, strict=True):
        bars = table[table["measure"] == panel]
        at = bars["rank_class"] - 0.5
        ax.bar(at, bars["ranks"], width=0.94, color="#D5D5D5", edgecolor=INK, linewidth=0.8)
        ax.errorbar(
            at, bars["expected"], [bars["expected"] - bars["lower"], bars["upper"] - bars["expected"]],
            color=BLUE, linestyle="", marker="_", capsize=4, label="95% when nothing is amiss",
        )  # fmt: skip
        ax.set_title(panel)
        ax.set_ylabel("Ranks")
        ax.set_ylim(0, None)
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        off = bars[(bars["ranks"] < bars["lower"]) | (bars["ranks"] > bars["upper"])]
        beyond.append(f"{panel}: {len(off)} of {len(bars)}")
    last = int(table["rank_class"].max())
    axes[-1].set_xlim(0, last)
    axes[-1].set_xticks([0, last / 2, last], ["below all", "in the middle", "above all"])
    axes[-1].set_xlabel("Where the known cohort stands among the members")
    named = axes[0].get_legend_handles_labels()
    drawing.legend(*named, loc="outside upper right", fontsize=9.5)
    alt = (
        "Histograms of ranks, with what flat ones would show. Bars beyond their limits: "
        f"{'; '.join(beyond)}."
    )
    return Figure(drawing, alt, table.reset_index(drop=True))


@styled
def outside(table: pd.DataFrame) -> Figure:
    """The share of known cohorts outside all members, beside what is expected.

    Parameters
    ----------
    table : DataFrame
        Columns `quantity` and `measure` (words), `truths`, `share`, `lower`, `upper` and `expected`.

    Returns
    -------
    Figure
        The table is the one given.
    """
    if table.empty:
        return nothing("no truth was compared")
    drawing, ax = _frame(table, "quantity", "measure")
    expected = float(table["expected"].mean())
    ax.axvline(expected, color=INK, linewidth=1, linestyle=":", zorder=0)
    _marks(ax, table, "quantity", "measure", "share")
    ax.set_xlim(-0.02, 1.02)
    ticks = (0, 0.25, 0.5, 0.75, 1)
    ax.set_xticks(ticks, [percent(x, 0) for x in ticks])
    ax.set_xlabel(f"Outside all members; expected, dotted: {percent(expected, 0)}")
    far = table.loc[table["share"].idxmax()].to_dict()
    above = int((table["lower"] > table["expected"]).sum())
    alt = (
        f"Points with intervals: shares of known cohorts outside all members. {above} of "
        f"{len(table)} intervals lie above the expected {percent(expected, 0)}; the largest share is "
        f"{percent(far['share'], 0)} of {far['truths']}, for {far['quantity']}, {far['measure']}."
    )
    return Figure(drawing, alt, table.reset_index(drop=True))


@styled
def worth(table: pd.DataFrame) -> Figure:
    """The share of what is open that each further printed number would close.

    Parameters
    ----------
    table : DataFrame
        Columns `number` (words), `measure`, `closed`, `lower` and `upper`, shares.

    Returns
    -------
    Figure
        The table is the one given.
    """
    if table.empty:
        return nothing("no further number was considered")
    drawing, ax = _frame(table, "number", "measure")
    ax.axvline(0, color=FAINT, linewidth=1, zorder=0)
    _marks(ax, table, "number", "measure", "closed")
    ax.set_xlim(min(-0.1, float(table["lower"].min())), 1.03)
    ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel("Share of the variance that it would close")
    mean = table.groupby("number", sort=False)["closed"].mean()
    alt = (
        f"Points with intervals for {len(mean)} further numbers. Most is closed by "
        f"{mean.idxmax()}, {percent(mean.max(), 0)} on average over "
        f"{listed(dict.fromkeys(table['measure']))}; least by {mean.idxmin()}, "
        f"{percent(mean.min(), 0)}."
    )
    return Figure(drawing, alt, table.reset_index(drop=True))


@styled
def against(table: pd.DataFrame, *, x_label: str, log: bool = False) -> Figure:
    """Intervals of ensembles with the truth that each was not shown.

    Parameters
    ----------
    table : DataFrame
        Columns `cohort`, `measure`, `median`, `lower`, `upper` and `truth`.
    x_label : str
    log : bool
        Whether the axis is logarithmic.

    Returns
    -------
    Figure
        The table is the one given.
    """
    shown = table.dropna(subset="median")
    if shown.empty:
        return nothing("no ensemble was found")
    drawing, ax = _frame(shown, "cohort", "measure")
    _marks(ax, shown, "cohort", "measure", "median")
    place = {name: number for number, name in enumerate(dict.fromkeys(shown["cohort"]))}
    each = len(set(shown["measure"]))
    for name, truth in shown.groupby("cohort", sort=False)["truth"].first().items():
        y = place[name] * (each + 1)
        label = "the real value" if place[name] == 0 else None
        ax.plot(
            [truth, truth],
            [y - 0.5, y + each - 0.5],
            color=INK,
            linewidth=2.5,
            label=label,
            zorder=1,
        )
    if log:
        ax.set_xscale("log")
        low, high = ax.get_xlim()
        ticks = [tick for tick in _TICKS if low <= tick <= high]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_xticks([], minor=True)
    ax.set_xlabel(x_label)
    _legend(drawing, ax)
    held = (shown["lower"] <= shown["truth"]) & (shown["truth"] <= shown["upper"])
    missed = [f"{row.cohort} ({row.measure})" for row in shown[~held].itertuples()]
    alt = (
        f"Intervals of {len(shown)} ensembles of {len(place)} real cohorts, with the real value. "
        f"{int(held.sum())} hold it; "
        + (f"missed: {listed(missed)}." if missed else "none misses it.")
    )
    return Figure(drawing, alt, table.reset_index(drop=True))


def _frame(table: pd.DataFrame, row: str, series: str) -> tuple[Drawing, Axes]:
    """Axes with a label for each row, high enough for all series of it."""
    rows, each = list(dict.fromkeys(table[row])), len(set(table[series]))
    height = _ROW * len(rows) * (each + 1)
    drawing = canvas(_BELOW + height + _LEGEND, layout="none")
    ax = axes_at(drawing, _LEFT, _BELOW, WIDTH - _LEFT - 0.25, height)
    ax.set_ylim(len(rows) * (each + 1) - 1, -1)
    at = [number * (each + 1) + (each - 1) / 2 for number in range(len(rows))]
    ax.set_yticks(at, [fill(str(name), 30) for name in rows], fontsize=10, linespacing=1.15)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return drawing, ax


def _marks(ax: Axes, table: pd.DataFrame, row: str, series: str, value: str) -> None:
    """A point with its interval for each line of a table."""
    rows, models = list(dict.fromkeys(table[row])), list(dict.fromkeys(table[series]))
    for position, model in enumerate(models):
        lines = table[table[series] == model]
        y = [rows.index(name) * (len(models) + 1) + position for name in lines[row]]
        seen = look(str(model), position)
        ax.hlines(y, lines["lower"], lines["upper"], color=seen.colour, linewidth=1.6)
        ax.plot(
            lines[value], y, linestyle="", color=seen.colour, marker=seen.marker, markersize=5.5,
            label=str(model),
        )  # fmt: skip
    _legend(ax.figure, ax)


def _legend(drawing: object, ax: Axes) -> None:
    assert isinstance(drawing, Drawing)
    for earlier in list(drawing.legends):
        earlier.remove()
    drawing.legend(*ax.get_legend_handles_labels(), loc="upper center", ncols=2, fontsize=9.5)
