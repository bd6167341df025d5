"""Where to cut a continuous covariate: every cut that could have been tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from matplotlib.ticker import NullFormatter, NullLocator, PercentFormatter
from numpy.typing import ArrayLike

from .. import disclosure
from ..tables import p_value, percent
from .explorer import Explorer, State, explorer
from .steps import capital, month_ticks, months_axis, points_of
from .style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    VERMILION,
    WINE,
    Figure,
    canvas,
    counted,
    look,
    nothing,
    of_single_patients,
    plain,
    styled,
)

_DASHED = (0, (5, 1.5))


@styled
@of_single_patients
def cut_explorer(
    searched: pd.DataFrame,
    fits: Mapping[float, Sequence[KaplanMeierFitter]],
    *,
    corrected: float,
    predict: str,
    start: float | None = None,
    what: str = "survival",
    unit: str = "mm",
) -> Explorer:
    """Kaplan–Meier curves on either side of a cut that a slider moves.

    Parameters
    ----------
    searched : DataFrame
        A row a cut, rising: `cut`, `p`, and of both sides `patients_below`, `deaths_below`,
        `patients_above`, `deaths_above`.
    fits : mapping of cut to a pair of KaplanMeierFitter
        Those at most the cut, and those above.
    corrected : float
        p of the best cut, corrected for the search; the same beside every position.
    predict : str
        The question before the slider is moved.
    start : float, optional
        Cut at first; the one nearest to it is taken. Left out, the one in the middle.
    what, unit : str
        What the curves are the share of, and the unit of the cut.

    Returns
    -------
    Explorer
        A book of aggregates has none: groups at neighbouring cuts differ by single patients.
    """
    rows = searched.reset_index(drop=True)
    drawing = canvas(3.6)
    ax = drawing.add_subplot()
    longest = max(float(np.max(fit.durations)) for pair in fits.values() for fit in pair)
    months_axis(ax, month_ticks(longest), "Months since start of treatment")
    ax.set(ylim=(0, 1.03), ylabel=capital(what))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    moving = {}
    for name, label, colour, line in (
        ("below", "at most the cut", GREEN, "-"),
        ("above", "larger", WINE, _DASHED),
    ):
        (moving[name],) = ax.plot(
            [0], [1], color=colour, linestyle=line, drawstyle="steps-post", label=label
        )
    ax.legend(loc="upper right")
    states = [
        State(
            f"{row['cut']:g} {unit}",
            {name: points_of(fit) for name, fit in zip(moving, fits[row["cut"]], strict=True)},
            {
                "At most": _side(row, "below"),
                "Larger": _side(row, "above"),
                "Log-rank test": p_value(float(row["p"])),
                "Best cut, corrected for the search": p_value(corrected),
            },
        )
        for _, row in rows.iterrows()
    ]
    middle = len(rows) // 2 if start is None else int((rows["cut"] - start).abs().argmin())
    best = rows.loc[rows["p"].idxmin()]
    return explorer(
        drawing,
        moving,
        states,
        slider="Cut",
        predict=predict,
        alt=(
            f"Kaplan–Meier curves of {what} on either side of a cut that moves from "
            f"{rows['cut'].min():g} to {rows['cut'].max():g} {unit}; the log-rank p value is "
            f"smallest at {best['cut']:g} {unit} ({p_value(float(best['p']))})."
        ),
        start=middle,
    )


def _side(row: pd.Series, side: str) -> str:
    patients, deaths = int(row[f"patients_{side}"]), int(row[f"deaths_{side}"])
    return f"{counted(patients, 'patient')}, {counted(deaths, 'death')}"


@styled
def p_by_cut(
    searched: pd.DataFrame, *, corrected: float, level: float = 0.05, unit: str = "mm"
) -> Figure:
    """The p value at every cut, and what the smallest is worth once the search is counted.

    Parameters
    ----------
    searched : DataFrame
        A row a cut: `cut`, `p` and `searched`, whether the correction counts it.
    corrected : float
        p of the best cut, corrected.
    level : float
        Where a line is drawn.
    unit : str
        Unit of the cut.

    Returns
    -------
    Figure
        The table is the one given, without columns that are not drawn. A book of aggregates has the
        cuts alone that were searched.
    """
    rows = searched[["cut", "p", "searched"]].dropna().reset_index(drop=True)
    if disclosure.only_aggregates():
        rows = rows[rows["searched"].astype(bool)].reset_index(drop=True)
    if rows.empty or not rows["searched"].any():
        return nothing("no cut leaves enough patients on both sides")
    drawing = canvas(3.3)
    ax = drawing.add_subplot()
    inside, outside = rows[rows["searched"]], rows[~rows["searched"]]
    ax.plot(rows["cut"], rows["p"], color=BLUE, linewidth=1)
    ax.plot(outside["cut"], outside["p"], "o", mfc="white", mec=BLUE, label="too few on a side")
    ax.plot(inside["cut"], inside["p"], "o", color=BLUE, label="cut that was tried")
    best = inside.loc[inside["p"].idxmin()]
    at, smallest = float(best["cut"]), float(best["p"])
    ax.axhline(level, color=FAINT, linewidth=1, linestyle="--", label=f"p = {level:g}")
    ax.plot([at, at], [smallest, corrected], color=VERMILION, linewidth=1.5)
    ax.plot(at, corrected, "D", color=VERMILION, markersize=8, label="best cut, corrected")
    ax.set(yscale="log", xlabel=f"Cut, {unit}", ylabel="Log-rank p")
    ax.yaxis.set_major_formatter(plain)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend(loc="lower right")
    below = int((rows["p"] <= level).sum())
    alt = (
        f"Log-rank p value at {len(rows)} cuts on a log axis; at {below} of them it is at most "
        f"{level:g}. It is smallest at {at:g} {unit} ({p_value(smallest)}), and there "
        f"{p_value(corrected)} once the search is counted."
    )
    return Figure(drawing, alt, rows)


@styled
def cuts_found(found: Mapping[str, ArrayLike], *, mark: float, unit: str = "mm") -> Figure:
    """How often each cut came out best, a panel a way of drawing patients again.

    Parameters
    ----------
    found : mapping of label to array-like
        Best cuts; NaN where there was none.
    mark : float
        A cut to be marked.
    unit : str
        Unit of the cut.

    Returns
    -------
    Figure
        The table has `draws`, `cut`, `share`.
    """
    cuts = {label: np.asarray(values, float) for label, values in found.items()}
    cuts = {label: values[np.isfinite(values)] for label, values in cuts.items()}
    cuts = {label: values for label, values in cuts.items() if len(values)}
    if not cuts:
        return nothing("no draw of patients had a cut")
    drawing = canvas(1.5 * len(cuts) + 0.6)
    grid = drawing.subplots(len(cuts), 1, sharex=True, squeeze=False)[:, 0]
    tables, told = [], []
    for position, (ax, (label, values)) in enumerate(zip(grid, cuts.items(), strict=True)):
        cut, times = np.unique(values, return_counts=True)
        share = times / times.sum()
        shown = look("", position)
        ax.bar(cut, share, width=0.8, color=shown.colour, hatch=shown.hatch, edgecolor="white")
        ax.axvline(mark, color=INK, linewidth=1.2, linestyle=":")
        ax.set_title(label, fontsize=10.5)
        ax.set_ylim(0, max(1.12 * share.max(), 0.12))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        tables.append(pd.DataFrame({"draws": label, "cut": cut, "share": share}))
        told.append(
            f"{label}, most often {cut[share.argmax()]:g} {unit} ({percent(share.max())}), "
            f"at the least {cut[0]:g} and at the most {cut[-1]:g} {unit}"
        )
    grid[-1].set_xlabel(f"Best cut, {unit}")
    alt = f"Bar charts of which cut separates best: {'; '.join(told)}."
    return Figure(drawing, alt, pd.concat(tables, ignore_index=True))
