"""An estimate in many resamples, drawn once for each way of resampling."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike

from ..tables import percent
from .style import FAINT, Figure, canvas, listed, look, nothing, styled

_BINS = 15


@styled
def resampled(draws: Mapping[str, ArrayLike], estimate: float, *, what: str = "Rate") -> Figure:
    """Outlines of histograms with their middle 95% as a bar above, and the estimate as a line.

    Parameters
    ----------
    draws : mapping of label to shares, shape (m,)
        The estimate in each resample, by the way of resampling.
    estimate : float
        In the data themselves, a share from 0 to 1.
    what : str
        What the share is.

    Returns
    -------
    Figure
        The table has `resampled`, `resamples`, and the quantiles `lower`, `middle` and `upper`
        that leave 2.5%, 50% and 97.5% below.
    """
    values = {label: np.asarray(found, dtype=float) for label, found in draws.items()}
    values = {label: found[np.isfinite(found)] for label, found in values.items()}
    values = {label: found for label, found in values.items() if found.size}
    if not values:
        return nothing("no resample to draw")
    together = np.concatenate(list(values.values()))
    low, high = float(together.min()), float(together.max())
    edges = np.linspace(low, high if high > low else low + 0.01, _BINS + 1)
    drawing = canvas(3.2)
    ax = drawing.add_subplot()
    tallest = max(
        float(np.histogram(found, edges)[0].max()) / found.size for found in values.values()
    )
    rows = []
    for position, (label, found) in enumerate(values.items()):
        shown = look(label, position)
        share = np.histogram(found, edges)[0] / found.size
        ax.stairs(share, edges, color=shown.colour, linestyle=shown.line, linewidth=2, label=label)
        lower, middle, upper = np.quantile(found, [0.025, 0.5, 0.975])
        height = tallest * (1.1 + 0.09 * position)
        ax.plot(
            [lower, upper],
            [height, height],
            color=shown.colour,
            linestyle=shown.line,
            marker="|",
            markersize=9,
            markeredgewidth=2,
        )
        rows.append((label, found.size, lower, middle, upper))
    ax.axvline(estimate, color=FAINT, linewidth=1.4, label="the data themselves")
    ax.set(
        xlabel=what, ylabel="Share of resamples", ylim=(0, tallest * (1.45 + 0.09 * len(values)))
    )
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="upper center", ncols=3, fontsize=9.5)
    table = pd.DataFrame(rows, columns=["resampled", "resamples", "lower", "middle", "upper"])
    ranges = [
        f"{label} from {percent(lower)} to {percent(upper)}" for label, _, lower, _, upper in rows
    ]
    return Figure(
        drawing,
        f"Outlined histograms of the {what.lower()} in resamples around {percent(estimate)}; "
        f"the middle 95% lie, {listed(ranges)}.",
        table,
    )
