"""The partial likelihood of one coefficient, under a slider."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, exp, floor, isfinite, log

import numpy as np
import pandas as pd

from ..tables import number
from .explorer import Explorer, State, explorer
from .style import BLUE, FAINT, INK, VERMILION, canvas, styled

_WIDTH = 0.9  # of the tangent to each side, in units of the coefficient


@styled
def partial_likelihood(
    curve: pd.DataFrame, *, predict: str, of: str, within: float, start: int = 0
) -> Explorer:
    """Log partial likelihood over the coefficient of one covariate, with its tangent.

    Parameters
    ----------
    curve : DataFrame
        A row a coefficient, rising: `beta`, `log_likelihood`, `score` (the slope), `information`
        (minus the curvature), and `distance`, twice what the log-likelihood lies below its
        maximum. NaN in `distance` means that there is no maximum.
    predict : str
        The question before the slider is moved.
    of : str
        Name of the covariate.
    within : float
        Distance up to which a coefficient is in the likelihood interval, a dashed line.
    start : int
        Row shown at first.

    Returns
    -------
    Explorer
        A position a row. The axis has hazard ratios at even steps of their logarithm, so that the
        tangent is straight.
    """
    beta, height = curve["beta"].to_numpy(float), curve["log_likelihood"].to_numpy(float)
    top = float(np.median(height + curve["distance"].to_numpy(float) / 2))
    bounded = isfinite(top)
    highest = top if bounded else float(height.max())
    room = 0.12 * (highest - float(height.min()))
    drawing = canvas(3.4)
    ax = drawing.add_subplot()
    ax.set(xlim=(beta[0], beta[-1]), ylim=(height.min() - 0.3 * room, highest + room))
    powers = range(ceil(round(beta[0] / log(2), 9)), floor(round(beta[-1] / log(2), 9)) + 1)
    ax.set_xticks([k * log(2) for k in powers], [str(Fraction(2) ** k) for k in powers])
    ax.set(xlabel=f"Hazard ratio of {of} (even steps of β)", ylabel="Log partial likelihood")
    ax.plot(beta, height, color=BLUE)
    if bounded:
        ax.axhline(top, color=FAINT, linewidth=1, linestyle=":")
        ax.axhline(top - within / 2, color=FAINT, linewidth=1, linestyle="--")
    (tangent,) = ax.plot([0], [0], color=VERMILION, linewidth=2)
    (drop,) = ax.plot([0], [0], color=INK, linewidth=1)
    (now,) = ax.plot([0], [0], "o", color=INK, markersize=8, linestyle="None")
    states = [_state(row, top) for _, row in curve.iterrows()]
    found = f"its maximum is {number(top, 2)}, dotted" if bounded else "it has no maximum"
    return explorer(
        drawing,
        {"tangent": tangent, "drop": drop, "now": now},
        states,
        slider="Coefficient",
        predict=predict,
        alt=(
            f"Log partial likelihood of the coefficient of {of}, for hazard ratios from "
            f"{number(exp(beta[0]), 2)} to {number(exp(beta[-1]), 2)}; {found}. A tangent touches it "
            "at one ratio after the other."
        ),
        start=start,
    )


def _state(row: pd.Series, top: float) -> State:
    """What is drawn and said at one coefficient."""
    beta, height, slope = row["beta"], row["log_likelihood"], row["score"]
    sides = np.array([-_WIDTH, _WIDTH])
    return State(
        f"β = {number(beta, 2)}",
        {
            "tangent": (beta + sides, height + slope * sides),
            "drop": ([beta, beta], [height, top if isfinite(top) else height]),
            "now": ([beta], [height]),
        },
        {
            "Hazard ratio": number(exp(beta), 2),
            "Log partial likelihood": number(height, 2),
            "Score": number(slope, 2),
            "Information": number(row["information"], 2),
            "Twice the way to the top": number(row["distance"], 2),
        },
    )
