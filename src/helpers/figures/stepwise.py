"""A Kaplan–Meier estimate that grows exit by exit, under a slider."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from ..tables import percent
from .explorer import Explorer, State, explorer
from .steps import capital, month_ticks, months_axis
from .style import (
    BLUE,
    FAINT,
    INK,
    canvas,
    counted,
    of_single_patients,
    styled,
)


@styled
@of_single_patients
def kaplan_meier_by_exit(
    product: pd.DataFrame, *, predict: str, what: str = "survival"
) -> Explorer:
    """The product, one exit after the other.

    Parameters
    ----------
    product : DataFrame
        A row a month in which patients left, rising: `months`, `left`, `deaths`, `at_risk`,
        `share_surviving` and `survival`, the product so far.
    predict : str
        The question before the slider is moved.
    what : str
        What the curve is the share of.

    Returns
    -------
    Explorer
        A position before the first exit, and one a row. Deaths are steps, and months in which
        patients were only last seen are ticks on the curve.
    """
    drawing = canvas(3.2)
    ax = drawing.add_subplot()
    last = float(product["months"].max())
    months_axis(ax, month_ticks(last), "Months since start of treatment")
    ax.set(ylim=(0, 1.03), ylabel=capital(what))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    (whole,) = ax.plot([], [], color=FAINT, linewidth=1, linestyle=":", drawstyle="steps-post")
    whole.set_data(np.r_[0, product["months"]], np.r_[1, product["survival"]])
    (curve,) = ax.plot([0], [1], color=BLUE, drawstyle="steps-post")
    (ticks,) = ax.plot([0], [1], color=INK, linewidth=1.2)
    (now,) = ax.plot([0], [1], "o", color=BLUE, markersize=8, linestyle="None")
    states = [_state(product.iloc[:k]) for k in range(len(product) + 1)]
    end = product["survival"].iloc[-1]
    return explorer(
        drawing,
        {"curve": curve, "ticks": ticks, "now": now},
        states,
        slider="Exit",
        predict=predict,
        start=len(product) // 2,
        alt=(
            f"Kaplan–Meier estimate of {what}, built from {counted(len(product), 'exit')} one by one; "
            f"after the last it is {percent(end)} at {last:.1f} months."
        ),
    )


def _state(so_far: pd.DataFrame) -> State:
    """What is drawn and said after the exits so far."""
    months = np.r_[0.0, so_far["months"]]
    survival = np.r_[1.0, so_far["survival"]]
    censored = so_far[so_far["left"] > so_far["deaths"]]
    x = np.repeat(censored["months"].to_numpy(float), 3)
    y = np.repeat(censored["survival"].to_numpy(float), 3)
    y[0::3] -= 0.025
    y[1::3] += 0.025
    y[2::3] = np.nan
    if so_far.empty:
        told = ["nobody yet", "", "", percent(1.0)]
        at = "none yet"
    else:
        row = so_far.iloc[-1]
        died, seen = int(row["deaths"]), int(row["left"] - row["deaths"])
        words = [f"{died} died"] * (died > 0) + [f"{seen} last seen alive"] * (seen > 0)
        told = [
            " and ".join(words),
            f"{row['at_risk']:.0f}",
            f"{row['at_risk'] - died:.0f} of {row['at_risk']:.0f}",
            percent(row["survival"]),
        ]
        at = f"{len(so_far)}, after {row['months']:.1f} months"
    names = ["Who leaves", "At risk before", "Share surviving", "Product"]
    paths = {
        "curve": (np.r_[months, months[-1]], np.r_[survival, survival[-1]]),
        "ticks": (x, y),
        "now": (months[-1:], survival[-1:]),
    }
    return State(at, paths, dict(zip(names, told, strict=True)))
