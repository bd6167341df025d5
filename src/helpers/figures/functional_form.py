"""What a continuous covariate does to the hazard, without a cut."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from .. import disclosure
from .style import (
    BLUE,
    FAINT,
    INK,
    WINE,
    Figure,
    canvas,
    counted,
    listed,
    look,
    nothing,
    of_single_patients,
    short,
    styled,
)

_RATIOS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)


@styled
@of_single_patients
def residuals_by_covariate(
    values: ArrayLike,
    residuals: ArrayLike,
    smooth: ArrayLike,
    events: ArrayLike,
    *,
    x_label: str = "Largest diameter, mm",
) -> Figure:
    """Martingale residuals of a model without a covariate, against it, with a smooth line.

    Parameters
    ----------
    values, residuals : array-like, shape (n,)
    smooth : array-like, shape (m, 2)
        Values and heights of the line, rising.
    events : array-like of 0 and 1, shape (n,)
        Who died.
    x_label : str

    Returns
    -------
    Figure
        The table has `value`, `residual`, `event`.
    """
    x, y, died = np.asarray(values, float), np.asarray(residuals, float), np.asarray(events) == 1
    line = np.asarray(smooth, float).reshape(-1, 2)
    if not died.any():
        return nothing("nobody died, so there are no residuals to look at")
    drawing = canvas(3.2)
    ax = drawing.add_subplot()
    ax.axhline(0, color=FAINT, linewidth=1, linestyle="--")
    ax.plot(x[died], y[died], "o", color=WINE, markersize=5, label="died")
    ax.plot(x[~died], y[~died], "o", mfc="white", mec=INK, markersize=5, label="last seen alive")
    ax.plot(line[:, 0], line[:, 1], color=BLUE, linewidth=2.5, label="smooth")
    ax.set(xlabel=x_label, ylabel="Martingale residual")
    ax.legend(loc="lower right", ncols=3)
    ends = "no line"
    if len(line):
        ends = (
            f"a smooth line that goes from {short(line[0, 1])} at {line[0, 0]:g} to "
            f"{short(line[-1, 1])} at {line[-1, 0]:g}"
        )
    alt = f"Martingale residuals of {counted(len(x), 'patient')} against {x_label.lower()}, with {ends}."
    return Figure(
        drawing, alt, pd.DataFrame({"value": x, "residual": y, "event": died.astype(int)})
    )


@styled
def functional_forms(
    curves: Mapping[str, pd.DataFrame],
    values: ArrayLike,
    *,
    x_label: str = "Largest diameter, mm",
    against: str = "the reference",
) -> Figure:
    """Hazard ratios along a covariate under several models, the first with its band.

    Parameters
    ----------
    curves : mapping of label to DataFrame
        `value`, `log_hazard_ratio` and, in the first, `lower` and `upper`.
    values : array-like, shape (n,)
        Of the patients, for a rug; a book of aggregates has none.
    x_label : str
    against : str
        Whom the ratios compare with.

    Returns
    -------
    Figure
        The table has `model`, `value`, `hazard_ratio`, `lower`, `upper`.
    """
    if not curves:
        return nothing("no model could be fitted")
    drawing = canvas(3.6)
    ax = drawing.add_subplot()
    first = next(iter(curves.values()))
    ax.fill_between(
        first["value"], np.exp(first["lower"]), np.exp(first["upper"]), color=BLUE, alpha=0.13
    )
    for position, (label, curve) in enumerate(curves.items()):
        shown = look(label, position)
        ax.plot(
            curve["value"],
            np.exp(curve["log_hazard_ratio"]),
            color=shown.colour,
            linestyle=shown.line,
            label=label,
        )
    ax.axhline(1, color=FAINT, linewidth=1, zorder=0)
    ratios = np.exp(np.concatenate([curve["log_hazard_ratio"] for curve in curves.values()]))
    low, high = min(ratios.min() / 3, 0.3), max(ratios.max() * 3, 3)
    ax.set(yscale="log", ylim=(low, high), xlabel=x_label, ylabel="Hazard ratio (log scale)")
    ax.set_yticks([t for t in _RATIOS if low <= t <= high])
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_locator(NullLocator())
    rug = np.asarray(() if disclosure.only_aggregates() else values, float)
    ax.plot(rug, np.full(len(rug), 0.02), "|", color=INK, transform=ax.get_xaxis_transform())
    ax.legend(loc="lower right")
    columns = {"lower": np.nan, "upper": np.nan}
    table = pd.concat(
        [curve.assign(**(columns | dict(curve)), model=label) for label, curve in curves.items()],
        ignore_index=True,
    )
    table = pd.DataFrame(
        {
            "model": table["model"],
            "value": table["value"],
            "hazard_ratio": np.exp(table["log_hazard_ratio"]),
            "lower": np.exp(table["lower"]),
            "upper": np.exp(table["upper"]),
        }
    )
    ends = [
        f"{label} goes from {short(np.exp(curve['log_hazard_ratio'].iloc[0]))} to "
        f"{short(np.exp(curve['log_hazard_ratio'].iloc[-1]))}"
        for label, curve in curves.items()
    ]
    alt = f"Hazard ratio against {against} along {x_label.lower()}, log scale: {listed(ends)}."
    return Figure(drawing, alt, table)
