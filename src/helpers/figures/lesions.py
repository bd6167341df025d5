"""Lesions: growth curves, residuals, and how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .. import disclosure
from ..growth import GrowthFit, Interval
from . import binned
from .style import (
    BLUE,
    FAINT,
    INK,
    Figure,
    canvas,
    counted,
    listed,
    look,
    marked_height,
    nothing,
    of_single_patients,
    short,
    styled,
)

_POINTS = 201
_ROWS = 20  # of the table of a curve, besides the first


@styled
def growth(
    fits: GrowthFit | Mapping[str, GrowthFit],
    *,
    interval: Interval | None = None,
    target_mm: float = 15.0,
    level: float = 0.95,
    x_label: str = "Months since the last negative CT",
) -> Figure:
    """Lesions with fitted growth curves; a prediction band for the first of them.

    A book of aggregates has the curves alone.

    Parameters
    ----------
    fits : GrowthFit or mapping of label to GrowthFit
        The lesions drawn are those of the first.
    interval : Interval, optional
        Time at which the first curve reaches the target, drawn with its profile interval.
    target_mm : float
        Height of the horizontal line.
    level : float
        Coverage of the prediction band.
    x_label : str

    Returns
    -------
    Figure
        The table has `months` in even steps, a column of diameters a curve, and `lower` and `upper`
        of the first curve's band for a new lesion.
    """
    curves = {fits.name: fits} if isinstance(fits, GrowthFit) else dict(fits)
    if not curves:
        return nothing("no growth curve could be fitted")
    first = next(iter(curves.values()))
    months = first.lesions["months"].to_numpy(float)
    last = float(months.max())
    if interval is not None and isfinite(interval.estimate):
        last = max(last, min(interval.estimate * 1.1, 3 * last))
    at = np.linspace(0, last, _POINTS)
    band = first.prediction_band(at, level)
    drawing = canvas(4.5)
    ax = drawing.add_subplot()
    observed = first.lesions["observed_mm"].to_numpy(float)
    top = 1.12 * max(float(observed.max()), target_mm)
    if not disclosure.only_aggregates():
        ax.scatter(
            months, observed, s=26, color=FAINT, edgecolor="white", linewidth=0.5, alpha=0.85
        )
    name = next(iter(curves))
    shown = look(name)
    ax.fill_between(
        at,
        band["lower"],
        band["upper"],
        color=shown.colour,
        alpha=0.12,
        linewidth=0,
        label=f"{level:.0%} band for a new lesion",
    )
    table = pd.DataFrame({"months": at})
    for position, (label, fitted) in enumerate(curves.items()):
        shown = look(label, position)
        table[label] = fitted.predict(at)
        ax.plot(at, table[label], color=shown.colour, linestyle=shown.line, label=label)
    table["lower"], table["upper"] = band["lower"], band["upper"]
    ax.axhline(target_mm, color=INK, linewidth=1, linestyle=":")
    marked_height(ax, target_mm)
    ax.set(xlim=(0, last * 1.03), ylim=(0, top), xlabel=x_label, ylabel="Diameter, mm")
    if interval is not None and 0 <= interval.estimate <= last:
        ends = np.clip([interval.profile.lower, interval.profile.upper], 0, last * 1.03)
        if np.isfinite(ends).all():
            ax.plot(ends, [target_mm] * 2, color=INK, linewidth=4, solid_capstyle="butt")
        ax.plot([interval.estimate] * 2, [0, target_mm], color=INK, linewidth=1)
        ax.plot(interval.estimate, target_mm, "o", color=INK, markersize=6)
        ax.annotate(
            f"{interval.estimate:.1f} months",
            (interval.estimate, 0),
            (5, 5),
            textcoords="offset points",
            fontweight="bold",
        )
    drawing.legend(loc="outside lower center", ncols=3, columnspacing=1.4)
    every = table.iloc[:: _POINTS // _ROWS].reset_index(drop=True)
    every = every.rename(columns=lambda name: name if name == "months" else f"{name}_mm")
    return Figure(drawing, _growth_alt(curves, interval, target_mm), every)


@styled
@of_single_patients
def residuals(fitted: GrowthFit) -> Figure:
    """Residuals of a growth curve against its fitted values and against time.

    Returns
    -------
    Figure
        The table has `months`, `observed_mm`, `fitted_mm`, `residual_mm`, a row a lesion.
    """
    rows = fitted.lesions
    drawing = canvas(3.2)
    panels = drawing.subplots(1, 2, sharey=True)
    columns = {"fitted_mm": "Fitted diameter, mm", "months": "Months since negative CT"}
    for ax, (column, label) in zip(panels, columns.items(), strict=True):
        for height, line in ((0, "-"), (fitted.residual_sd, ":"), (-fitted.residual_sd, ":")):
            ax.axhline(height, color=FAINT, linewidth=1, linestyle=line)
        ax.scatter(rows[column], rows["residual_mm"], s=24, color=BLUE, alpha=0.75)
        ax.set_xlabel(label)
    panels[0].set_ylabel("Observed minus fitted, mm")
    beyond = int((rows["residual_mm"].abs() > 2 * fitted.residual_sd).sum())
    alt = (
        f"Two scatter plots of the residuals of {fitted.name} growth, against the fitted diameter "
        f"and against time, for {counted(fitted.n, 'lesion')}. Their standard deviation is "
        f"{short(fitted.residual_sd)} mm; {beyond} lie more than two of them from zero, the "
        f"largest at {short(rows['residual_mm'].abs().max())} mm."
    )
    table = rows[["months", "observed_mm", "fitted_mm", "residual_mm"]].reset_index(drop=True)
    return Figure(drawing, alt, table)


@styled
def diameters(
    lesions: pd.DataFrame,
    *,
    by: str | None = "site",
    diameter_col: str = "diameter_mm",
    cut_mm: float = 15.0,
    bin_mm: int = 5,
    unit: str = "lesions",
) -> Figure:
    """Histogram of diameters, stacked by group, with a line at the cut-point.

    Parameters
    ----------
    lesions : DataFrame
        A row a lesion, or a patient.
    by : str, optional
        Column of groups.
    diameter_col : str
    cut_mm : float
        Where the line stands; a diameter equal to it counts to its left.
    bin_mm : int
        Width of a bin. Bins run from just above a multiple of it to the next multiple.
    unit : str
        What a row is, in the plural.

    Returns
    -------
    Figure
        The table has `above_mm`, `up_to_mm`, a column a group, and `all`. In a book of aggregates the
        groups are together, and bins so wide that none has fewer than five.
    """
    import seaborn as sns

    rows = lesions.dropna(subset=[diameter_col])
    by = None if disclosure.only_aggregates() else by
    if rows.empty:
        return nothing("no diameter is known")
    groups = ["all"] if by is None else [g for g in _levels(rows[by]) if (rows[by] == g).any()]
    colours = {group: look(group, position) for position, group in enumerate(groups)}
    top = bin_mm * int(np.ceil(rows[diameter_col].max() / bin_mm))
    edges: NDArray[np.number] = np.arange(0, top + bin_mm, bin_mm)
    if disclosure.only_aggregates():
        edges = binned.together(rows[diameter_col].to_numpy(float), edges).astype(int)
    data = pd.DataFrame({"mm": rows[diameter_col].astype(float)})
    data["group"] = "all" if by is None else rows[by].astype(str)
    drawing = canvas(3.4)
    ax = drawing.add_subplot()
    sns.histplot(
        data=data.reset_index(drop=True),
        x="mm",
        hue="group",
        hue_order=groups,
        bins=list(edges + 0.5),
        multiple="stack",
        palette={group: shown.colour for group, shown in colours.items()},
        edgecolor="white",
        alpha=0.9,
        ax=ax,
        legend=False,
    )
    # seaborn draws the last group first
    for container, group in zip(ax.containers, reversed(groups), strict=True):
        for patch in container:
            patch.set_hatch(colours[group].hatch)
        container.set_label(group)
    ax.axvline(cut_mm + 0.5, color=INK, linewidth=1.2, linestyle="--")
    ax.text(cut_mm + 0.7, 0.98, f"{cut_mm:g} mm", transform=ax.get_xaxis_transform(), va="top")
    ax.set(xlabel="Diameter, mm", ylabel=f"Number of {unit}")
    ax.set_xticks(edges + 0.5, [str(edge) for edge in edges])
    ax.xaxis.set_tick_params(labelrotation=0)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(top=1.13 * ax.get_ylim()[1])
    if len(groups) > 1:
        ax.legend(handles=list(reversed(ax.containers)), loc="upper right")
    cells = pd.cut(data["mm"], list(edges), right=True)
    table = pd.crosstab(cells, data["group"], dropna=False).reindex(columns=groups, fill_value=0)
    if groups != ["all"]:
        table["all"] = table.sum(axis=1)
    table.insert(0, "above_mm", edges[:-1])
    table.insert(1, "up_to_mm", edges[1:])
    small = int((data["mm"] <= cut_mm).sum())
    alt = f"Histogram of the diameters of {len(data)} {unit}{_range(data['mm'])}; {small} are at most {cut_mm:g} mm, the line of the cut-point."
    return Figure(drawing, alt, table.reset_index(drop=True).rename_axis(columns=None))


def _range(diameters: pd.Series) -> str:
    """The least and the largest, which are those of single lesions."""
    if disclosure.only_aggregates():
        return ""
    return f", from {diameters.min():.0f} to {diameters.max():.0f} mm"


def _levels(column: pd.Series) -> list[str]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(level) for level in column.cat.categories]
    return [str(level) for level in dict.fromkeys(column)]


def _drawn_as() -> str:
    return "Plot" if disclosure.only_aggregates() else "Scatter plot"


def _growth_alt(
    curves: Mapping[str, GrowthFit], interval: Interval | None, target_mm: float
) -> str:
    first = next(iter(curves.values()))
    text = (
        f"{_drawn_as()} of diameter against months since the last negative CT for "
        f"{counted(first.n, 'lesion')}, with {listed([f'the {name} curve' for name in curves])} "
        f"and a band for a new lesion around the {next(iter(curves))} one."
    )
    if interval is not None:
        text += (
            f" That curve reaches {target_mm:g} mm after {interval.estimate:.1f} months, 95% "
            f"interval {short(interval.profile.lower)} to {short(interval.profile.upper)}."
        ).replace("95%", f"{interval.level:.0%}")
    return text
