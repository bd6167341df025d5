"""A growth curve and the interval between two scans, under a slider."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..tables import number, percent
from .explorer import Explorer, State, explorer
from .style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    WINE,
    canvas,
    counted,
    marked_height,
    month_step,
    of_single_patients,
    styled,
)


@styled
@of_single_patients
def growth_and_interval(
    schedule: pd.DataFrame,
    lesions: pd.DataFrame,
    *,
    predict: str,
    cut_mm: float = 15.0,
    start: int = 0,
) -> Explorer:
    """A curve of diameters with a band for new lesions, cut at one interval after the other.

    Parameters
    ----------
    schedule : DataFrame
        A row an interval between scans, rising: `months`; `curve_mm`, the fitted curve at its end;
        `lower` and `upper`, where a new lesion found then is expected, mm; `share_small`, the
        expected share of such lesions of at most `cut_mm`; `found` and `found_small`, how many of
        `lesions` were found within the interval, and how many of these are at most `cut_mm`.
    lesions : DataFrame
        A row a lesion: `months_since_negative_ct` and `diameter_mm`.
    predict : str
        The question before the slider is moved.
    cut_mm : float
        The cut-point, a dashed line.
    start : int
        Row shown at first.

    Returns
    -------
    Explorer
        A position a row. Lesions found within the interval are dots in colour, and the range of a
        new lesion at its end is a bar in two colours, cut at the cut-point.
    """
    months = schedule["months"].to_numpy(float)
    found = lesions.dropna(subset=["months_since_negative_ct", "diameter_mm"])
    found = found[["months_since_negative_ct", "diameter_mm"]].astype(float)
    drawing = canvas(3.6)
    ax = drawing.add_subplot()
    top = 1.12 * max(float(found["diameter_mm"].max()), float(schedule["curve_mm"].max()), cut_mm)
    ax.set(xlim=(0, 1.03 * months[-1]), ylim=(0, top))
    ax.set(xlabel="Months since the last negative CT", ylabel="Diameter, mm")
    ax.set_xticks(np.arange(0, months[-1] + 0.1, month_step(months[-1])))
    inside = found[found["months_since_negative_ct"] <= months[-1]]
    ax.plot(*inside.T.to_numpy(), "o", color="white", markeredgecolor=FAINT, markersize=5)
    ax.fill_between(
        months, schedule["lower"], schedule["upper"], color=BLUE, alpha=0.1, linewidth=0
    )
    ax.plot(months, schedule["curve_mm"], color=BLUE)
    ax.axhline(cut_mm, color=INK, linewidth=1, linestyle="--")
    marked_height(ax, cut_mm)
    moving = {
        "small": ax.plot([0], [0], "o", color=GREEN, markersize=5, linestyle="None")[0],
        "large": ax.plot([0], [0], "o", color=WINE, markersize=5, linestyle="None")[0],
        "below": ax.plot([0], [0], color=GREEN, linewidth=5, solid_capstyle="butt")[0],
        "above": ax.plot([0], [0], color=WINE, linewidth=5, solid_capstyle="butt")[0],
        "now": ax.plot([0], [0], "o", color=BLUE, markersize=8, linestyle="None")[0],
    }
    first, last = schedule.iloc[0], schedule.iloc[-1]
    return explorer(
        drawing,
        moving,
        [_state(row, found, cut_mm) for _, row in schedule.iterrows()],
        slider="Interval between scans",
        predict=predict,
        alt=(
            f"Growth curve through {counted(len(found), 'lesion')} with a band for a new one and a "
            f"line at {cut_mm:g} mm, cut at intervals from {first['months']:g} to "
            f"{last['months']:g} months. Of new lesions found at the end of the shortest "
            f"{percent(first['share_small'])} are expected to be at most {cut_mm:g} mm, and "
            f"{percent(last['share_small'])} at the end of the longest."
        ),
        start=start,
    )


def _state(row: pd.Series, lesions: pd.DataFrame, cut_mm: float) -> State:
    """What is drawn and said of one interval."""
    at, lower, upper = row["months"], row["lower"], row["upper"]
    within = lesions[lesions["months_since_negative_ct"] <= at]
    is_small = within["diameter_mm"] <= cut_mm
    found, small = int(row["found"]), int(row["found_small"])
    paths = {
        "small": within[is_small].T.to_numpy(),
        "large": within[~is_small].T.to_numpy(),
        "below": ([at, at], [lower, min(upper, cut_mm)]) if lower < cut_mm else ((), ()),
        "above": ([at, at], [max(lower, cut_mm), upper]) if upper > cut_mm else ((), ()),
        "now": ([at], [row["curve_mm"]]),
    }
    limit = f"at most {cut_mm:g} mm"
    share = f" ({percent(small / found)})" if found else ""
    readings = {
        "Curve at its end": f"{number(row['curve_mm'])} mm",
        "New lesion found then": f"{number(lower)} to {number(upper)} mm",
        f"Expected then, {limit}": percent(row["share_small"]),
        f"Found within it, {limit}": f"{small} of {found}{share}",
    }
    paths = {name: tuple(np.asarray(one) for one in path) for name, path in paths.items()}
    return State(counted(float(at), "month"), paths, readings)
