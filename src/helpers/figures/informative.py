"""A slider that makes censoring informative: the estimate stays where it is, the truth moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from ..tables import number, percent
from .explorer import Explorer, State, explorer
from .steps import draw_steps, month_ticks, months_axis
from .style import FAINT, VERMILION, canvas, look, styled


@styled
def informative_censoring(
    estimate: pd.DataFrame,
    truths: Sequence[pd.DataFrame],
    factors: Sequence[float],
    *,
    at_months: float,
    predict: str,
) -> Explorer:
    """A Kaplan–Meier estimate beside the truth, which a slider moves.

    Parameters
    ----------
    estimate : DataFrame
        With `time` and `survival`, held up to the next time.
    truths : sequence of DataFrames
        The same of the truth, one a factor.
    factors : sequence of float
        By which the hazard is multiplied after censoring; one of them is 1, where the slider begins.
    at_months : float
        Where estimate and truth are compared.
    predict : str
        The question before the slider is moved.

    Returns
    -------
    Explorer
        A row a factor: both curves at the month, and the difference in percentage points.

    Raises
    ------
    ValueError
        When there are not as many truths as factors, or none of the factors is 1.
    """
    if len(truths) != len(factors) or 1 not in list(factors):
        raise ValueError("factors: as many as truths were expected, 1 among them")
    drawing = canvas(3.9)
    ax = drawing.add_subplot()
    shown = look("Kaplan–Meier estimate", 0)
    draw_steps(
        ax,
        estimate["time"].to_numpy(float),
        estimate["survival"].to_numpy(float),
        shown,
        label="Kaplan–Meier estimate",
    )
    start = list(factors).index(1)
    (truth,) = ax.step(
        truths[start]["time"],
        truths[start]["survival"],
        where="post",
        color=VERMILION,
        linestyle=(0, (5, 1.5)),
        label="truth",
    )
    (gap,) = ax.plot([], [], color=FAINT, linewidth=5, alpha=0.7, label="bias")
    ax.axvline(at_months, color=FAINT, linewidth=1, zorder=0)
    ticks = month_ticks(float(estimate["time"].max()))
    months_axis(ax, ticks, "Months since start of treatment")
    ax.set(ylim=(0, 1.02), ylabel="Survival")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="upper right")
    ours = _value(estimate, at_months)
    states = []
    for factor, frame in zip(factors, truths, strict=True):
        theirs = _value(frame, at_months)
        states.append(
            State(
                _named(factor),
                {
                    "truth": (frame["time"], frame["survival"]),
                    "bias": ([at_months, at_months], [theirs, ours]),
                },
                {
                    f"Kaplan–Meier estimate at {at_months:g} months": percent(ours),
                    "truth": percent(theirs),
                    "bias, percentage points": number(100 * (ours - theirs)),
                },
            )
        )
    first, last = _value(truths[0], at_months), _value(truths[-1], at_months)
    return explorer(
        drawing,
        {"truth": truth, "bias": gap},
        states,
        slider="Hazard after censoring",
        predict=predict,
        alt=(
            f"Two survival curves over months. The Kaplan–Meier estimate stays at {percent(ours)} at "
            f"{at_months:g} months, while the truth moves from {percent(first)} to {percent(last)} as "
            f"the hazard after censoring goes from {_named(factors[0])} to {_named(factors[-1])}."
        ),
        start=start,
    )


def _value(frame: pd.DataFrame, months: float) -> float:
    place = np.searchsorted(frame["time"].to_numpy(float), months, side="right") - 1
    return float(frame["survival"].iloc[place])


def _named(factor: float) -> str:
    if factor == 1:
        return "unchanged"
    return f"× {factor:.3g}" if factor > 1 else f"÷ {1 / factor:.3g}"
