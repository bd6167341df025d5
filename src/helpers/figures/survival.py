"""Kaplan–Meier curves over the KMunicate table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import PercentFormatter

from .. import disclosure
from ..survival import at_risk_table
from ..tables import percent
from .steps import capital, draw_steps, month_ticks, months_axis, points_of
from .style import (
    FAINT,
    WIDTH,
    Figure,
    Look,
    axes_at,
    canvas,
    counted,
    listed,
    look,
    nothing,
    styled,
)

_LINE = 0.2
_LEFT, _RIGHT, _BELOW = 1.0, 0.15, 0.6
_ROWS = {"at_risk": "At risk", "censored": "Censored", "events": "Events"}


@styled
def kaplan_meier(
    fits: Mapping[str, KaplanMeierFitter],
    *,
    what: str = "survival",
    x_label: str = "Months since start of treatment",
    mark_months: float | None = None,
    show_median: bool = False,
    months_max: float | None = None,
    alternatives: Mapping[str, Sequence[KaplanMeierFitter]] | None = None,
) -> Figure:
    """Kaplan–Meier curves over a table of at risk, censored and events (KMunicate).

    Parameters
    ----------
    fits : mapping of label to fitted KaplanMeierFitter
        In the order of legend and table. Groups may be of one patient, or without events.
    what : str
        What the curve is the share of, such as `overall survival`.
    x_label : str
    mark_months : float, optional
        Draw a line at this time and write each curve's value beside it, where patients are left.
    show_median : bool
        Draw each median that is reached.
    months_max : float, optional
        End of the axis; by default the longest duration.
    alternatives : mapping of label to fitters, optional
        Faint curves behind those of the same label, such as other cohorts that print the same.

    Returns
    -------
    Figure
        The table has a row a group and tick: `group`, `months`, `survival` (or what the curve is
        the share of), `lower`, `upper`, `at_risk`, `censored` and `events` (the last two up to that
        month).

    Notes
    -----
    Layout: Morris et al. 2019, doi 10.1136/bmjopen-2019-030215. At risk at t are those with
    T ≥ t; censored and events count up to and including t. A book of aggregates has the numbers at
    risk alone, rounded to fives, no ticks, and no curve of fewer than five patients.
    """
    if disclosure.only_aggregates():
        fits = {label: fit for label, fit in fits.items() if len(fit.durations) >= disclosure.SMALL}
        if not fits:
            return nothing(f"no group has {disclosure.SMALL} patients or more")
    if not fits:
        return nothing("no group has a patient")
    others = alternatives or {}
    longest = max(float(np.max(fit.durations)) for fit in fits.values())
    last = months_max or max(longest, 1.0)
    ticks = month_ticks(last)
    counts = {
        label: at_risk_table(fit.durations, fit.event_observed, list(ticks))
        for label, fit in fits.items()
    }
    told = _ROWS if not disclosure.only_aggregates() else {"at_risk": _ROWS["at_risk"]}
    table_height = len(fits) * (1 + len(told)) * _LINE + 0.1
    drawing = canvas(0.15 + 3.3 + _BELOW + table_height, layout="none")
    ax = axes_at(drawing, _LEFT, table_height + _BELOW, WIDTH - _LEFT - _RIGHT, 3.3)
    marked: dict[str, float] = {}
    for position, (label, fit) in enumerate(fits.items()):
        shown = look(label, position)
        for other in others.get(label, ()):
            draw_steps(ax, *points_of(other), shown, linewidth=0.9, alpha=0.8)
        _draw_curve(ax, fit, shown, label)
        if show_median and isfinite(fit.median_survival_time_):
            median = float(fit.median_survival_time_)
            ax.plot([0, median], [0.5, 0.5], color=FAINT, linewidth=1, linestyle=":")
            ax.plot([median, median], [0, 0.5], color=shown.colour, linewidth=1, linestyle=":")
        if mark_months is not None and _value(fit, mark_months)[0] >= 0:
            marked[label] = _value(fit, mark_months)[0]
    if mark_months is not None:
        _mark(ax, marked, list(fits), mark_months, ticks[-1])
    months_axis(ax, ticks, x_label)
    ax.set(ylim=(0, 1.02), ylabel=capital(what))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="best", borderaxespad=0.2)
    _table_below(drawing, counts, ticks, table_height, told)
    return Figure(
        drawing,
        _kaplan_meier_alt(fits, what, marked, mark_months, show_median),
        _kaplan_meier_table(fits, counts, ticks, mark_months).rename(
            columns={} if "survival" in what else {"survival": what}
        ),
    )


def _draw_curve(ax: Axes, fit: KaplanMeierFitter, shown: Look, label: str) -> None:
    times, values = points_of(fit)
    band = fit.confidence_interval_
    ax.fill_between(
        band.index.to_numpy(float),
        band.iloc[:, 0].to_numpy(float),
        band.iloc[:, 1].to_numpy(float),
        step="post",
        color=shown.colour,
        alpha=0.13,
        linewidth=0,
    )
    draw_steps(ax, times, values, shown, label=label)
    if disclosure.only_aggregates():
        return
    censored = np.asarray(fit.durations)[np.asarray(fit.event_observed) == 0]
    ax.plot(
        censored,
        fit.survival_function_at_times(censored) if len(censored) else [],
        linestyle="none",
        marker="|",
        markersize=8,
        markeredgewidth=1.1,
        color=shown.colour,
    )


def _value(fit: KaplanMeierFitter, months: float) -> tuple[float, float, float]:
    """The curve and its band at a month; NaN where nobody was followed for so long.

    As in `helpers.survival.survival_at` a curve that has not fallen has no band once somebody has left.
    """
    times, values = points_of(fit)
    value = float(values[times <= months][-1])
    if value > 0 and not (np.asarray(fit.durations) >= months).any():
        return nan, nan, nan
    if value == 1 and months >= float(np.min(fit.durations)):
        return value, nan, nan
    band = fit.confidence_interval_.loc[:months].iloc[-1]
    return value, float(band.iloc[0]), float(band.iloc[1])


def _mark(
    ax: Axes, marked: dict[str, float], labels: list[str], months: float, last: float
) -> None:
    """A line at a month, and each curve's value beside it, kept apart."""
    ax.axvline(months, color=FAINT, linewidth=1, zorder=0)
    height = 1.03
    for label in sorted(marked, key=lambda label: -marked[label]):
        shown = look(label, labels.index(label))
        beside = marked[label] + (0.045 if marked[label] < 0.92 else -0.05)
        height = min(beside, height - 0.08)
        ax.plot([months], [marked[label]], "o", color=shown.colour, markersize=5)
        right = months <= 0.8 * last
        ax.annotate(
            percent(marked[label]),
            (months, max(height, 0.03)),
            (6 if right else -6, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            color=shown.colour,
            fontweight="bold",
            bbox={"facecolor": "white", "alpha": 0.85, "pad": 1, "edgecolor": "none"},
        )


def _table_below(
    drawing: Drawing,
    counts: dict[str, pd.DataFrame],
    ticks: np.ndarray,
    height: float,
    rows: Mapping[str, str],
) -> None:
    """The table under the axis, its numbers under the ticks."""
    ax = axes_at(drawing, _LEFT, 0.0, WIDTH - _LEFT - _RIGHT, height)
    pad = 0.02 * ticks[-1]
    ax.set(xlim=(-pad, ticks[-1] + pad), ylim=(-height, 0))
    ax.axis("off")
    y = -0.5 * _LINE
    edge: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center"}
    outside = -(_LEFT - 0.1) / (WIDTH - _LEFT - _RIGHT)
    for position, (label, table) in enumerate(counts.items()):
        colour = look(label, position).colour
        ax.text(outside, y, label, color=colour, fontweight="bold", fontsize=10.5, **edge)
        for column, name in rows.items():
            y -= _LINE
            ax.text(outside, y, name, fontsize=10, **edge)
            for tick, count in zip(ticks, table[column], strict=True):
                ax.text(tick, y, str(_told(count)), ha="center", va="center", fontsize=10)
        y -= _LINE


def _told(count: float) -> int | str:
    """A number at risk as it may be told: a book of aggregates rounds it to fives.

    Masking small ones alone would not do: a number can be told from its neighbours, and from the
    curves of other groups.
    """
    if not disclosure.only_aggregates():
        return int(count)
    if count < disclosure.SMALL:
        return disclosure.MASKED
    return disclosure.SMALL * int(count / disclosure.SMALL + 0.5)


def _counts(row: pd.Series) -> dict[str, int | str]:
    if disclosure.only_aggregates():
        return {"at_risk": _told(row["at_risk"])}
    return {column: int(row[column]) for column in _ROWS}


def _kaplan_meier_table(
    fits: Mapping[str, KaplanMeierFitter],
    counts: dict[str, pd.DataFrame],
    ticks: np.ndarray,
    mark_months: float | None,
) -> pd.DataFrame:
    rows = []
    extra = [] if mark_months is None or mark_months in ticks else [mark_months]
    for label, fit in fits.items():
        table = counts[label]
        if extra:
            more = at_risk_table(fit.durations, fit.event_observed, extra)
            table = pd.concat([table, more]).sort_index()
        for months, (_, count) in zip(table.index.to_numpy(float), table.iterrows(), strict=True):
            survival, lower, upper = _value(fit, months)
            rows.append(
                {
                    "group": label,
                    "months": months,
                    "survival": survival,
                    "lower": lower,
                    "upper": upper,
                    **_counts(count),
                }
            )
    return pd.DataFrame(rows)


def _kaplan_meier_alt(
    fits: Mapping[str, KaplanMeierFitter],
    what: str,
    marked: dict[str, float],
    mark_months: float | None,
    show_median: bool,
) -> str:
    groups = [
        f"{label} ({counted(len(fit.durations), 'patient')}, "
        f"{counted(int(np.sum(fit.event_observed)), 'event')})"
        for label, fit in fits.items()
    ]
    text = f"Kaplan–Meier plot of {what} over months: {listed(groups)}."
    if mark_months is not None:
        values = [
            f"{percent(marked[label])} in {label}"
            if label in marked
            else f"not computable in {label}, where nobody was followed for so long"
            for label in fits
        ]
        text += f" At {mark_months:g} months it is {listed(values)}."
    if show_median:
        medians = [
            f"{fit.median_survival_time_:.1f} months in {label}"
            if isfinite(fit.median_survival_time_)
            else f"not reached in {label}"
            for label, fit in fits.items()
        ]
        text += f" The median is {listed(medians)}."
    if mark_months is None and not show_median:
        ends = [
            f"{percent(points_of(fit)[1][-1])} in {label} after "
            f"{counted(round(np.max(fit.durations)), 'month')}"
            for label, fit in fits.items()
        ]
        text += f" The curves end at {listed(ends)}."
    return text
