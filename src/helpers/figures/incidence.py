"""Cumulative incidence: rising steps, such as Aalen–Johansen beside 1 − Kaplan–Meier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from matplotlib.ticker import PercentFormatter

from ..tables import percent
from .steps import capital, draw_steps, month_ticks, months_axis, points_of
from .style import Figure, canvas, listed, look, nothing, styled


@styled
def cumulative_incidence(
    curves: Mapping[str, pd.DataFrame | KaplanMeierFitter | AalenJohansenFitter],
    *,
    what: str = "cumulative incidence",
    x_label: str = "Months since start of treatment",
    causes: Mapping[Any, str] | None = None,
    months_max: float | None = None,
) -> Figure:
    """Cumulative incidence curves, rising steps, such as Aalen–Johansen beside 1 − Kaplan–Meier.

    Parameters
    ----------
    curves : mapping of label to curve
        A frame with `time`, `estimate` and, where there is an interval, `lower` and `upper`; a
        frame with a column `cause` gives one curve, of its first cause, unless `causes` names
        them. A KaplanMeierFitter is drawn as one minus its curve.
    what, x_label : str
    causes : mapping of cause to label, optional
        Draw these causes of each frame that has several.
    months_max : float, optional

    Returns
    -------
    Figure
        The table has `curve`, `months`, `estimate`, `lower`, `upper`, a row a step.
    """
    frames = _incidence_frames(curves, causes)
    if not frames:
        return nothing("no curve to draw")
    longest = max(float(frame["time"].max()) for frame in frames.values())
    last = months_max or max(longest, 1.0)
    ticks = month_ticks(last)
    drawing = canvas(3.8)
    ax = drawing.add_subplot()
    top = 0.0
    for position, (label, frame) in enumerate(frames.items()):
        shown = look(label, position)
        times, values = frame["time"].to_numpy(float), frame["estimate"].to_numpy(float)
        if frame[["lower", "upper"]].notna().any(axis=None):
            lower, upper = frame["lower"].to_numpy(float), frame["upper"].to_numpy(float)
            ax.fill_between(
                times, lower, upper, step="post", color=shown.colour, alpha=0.13, linewidth=0
            )
            top = max(top, float(np.nanmax(upper, initial=0)))
        draw_steps(ax, times, values, shown, label=label)
        top = max(top, float(np.nanmax(values, initial=0)))
    months_axis(ax, ticks, x_label)
    ax.set(ylim=(0, min(1.02, max(1.25 * top, 0.1))), ylabel=capital(what))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="upper left")
    ends = [
        f"{label} ends at {percent(frame['estimate'].iloc[-1])} after {frame['time'].max():.0f} months"
        for label, frame in frames.items()
    ]
    table = pd.concat([frame.assign(curve=label) for label, frame in frames.items()])
    table = table.rename(columns={"time": "months"})
    return Figure(
        drawing,
        f"Step plot of {what} over months: {listed(ends)}.",
        table[["curve", "months", "estimate", "lower", "upper"]].reset_index(drop=True),
    )


def _incidence_frames(
    curves: Mapping[str, Any], causes: Mapping[Any, str] | None
) -> dict[str, pd.DataFrame]:
    frames: dict[str, pd.DataFrame] = {}
    for label, curve in curves.items():
        if isinstance(curve, KaplanMeierFitter):
            times, values = points_of(curve)
            band = 1 - curve.confidence_interval_
            frames[label] = pd.DataFrame(
                {
                    "time": times,
                    "estimate": 1 - values,
                    "lower": band.iloc[:, 1].to_numpy(),
                    "upper": band.iloc[:, 0].to_numpy(),
                }
            )
        elif isinstance(curve, AalenJohansenFitter):
            density = curve.cumulative_density_.iloc[:, 0]
            frames[label] = pd.DataFrame({"time": density.index, "estimate": density.to_numpy()})
        elif "cause" in curve and causes is not None:
            for cause, name in causes.items():
                frames[name] = curve[curve["cause"] == cause]
        elif "cause" in curve:
            frames[label] = curve[curve["cause"] == curve["cause"].min()]
        else:
            frames[label] = curve
    return {label: _from_zero(frame) for label, frame in frames.items() if len(frame)}


def _from_zero(frame: pd.DataFrame) -> pd.DataFrame:
    """A curve with its interval, from zero on."""
    frame = frame.reindex(columns=["time", "estimate", "lower", "upper"]).sort_values("time")
    if frame["time"].iloc[0] > 0:
        start = pd.DataFrame([{"time": 0.0, "estimate": 0.0, "lower": 0.0, "upper": 0.0}])
        frame = pd.concat([start, frame], ignore_index=True)
    return frame
