"""The reconstruction: how the search converges."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.ticker import MaxNLocator

from .style import (
    BLUE,
    WIDTH,
    Figure,
    axes_at,
    canvas,
    counted,
    nothing,
    plain,
    short,
    styled,
)

_KNOWN = ("evaluations", "temperature", "violation", "energy")
_SMALL = 1e-3


@styled
def search_trace(
    trace: pd.DataFrame, *, labels: dict[str, str] | None = None, most: int = 14
) -> Figure:
    """How the total violation falls, and which constraints hold out longest.

    Parameters
    ----------
    trace : DataFrame
        A row a checkpoint: `evaluations`, `violation` (or `energy`), any `temperature`, and a
        column of violations a constraint.
    labels : dict, optional
        Words for constraints.
    most : int
        Constraints shown, those that were met last.

    Returns
    -------
    Figure
        The table has `constraint`, `violation_at_start`, `last_violated_at` (evaluations).
    """
    if trace.empty:
        return nothing("the search left no trace")
    total = "violation" if "violation" in trace else "energy"
    at = trace["evaluations"].to_numpy(float)
    constraints = [column for column in trace.columns if column not in _KNOWN]
    violated = {name: at[trace[name].to_numpy(float) > 0] for name in constraints}
    table = pd.DataFrame(
        {
            "constraint": [(labels or {}).get(name, name) for name in constraints],
            "violation_at_start": [float(trace[name].iloc[0]) for name in constraints],
            "last_violated_at": [
                float(violated[name].max()) if len(violated[name]) else np.nan
                for name in constraints
            ],
        },
        index=constraints,
    ).sort_values("last_violated_at", ascending=False, na_position="last", kind="stable")
    shown = list(table.dropna().head(most).index)
    rows = 0.23 * max(len(shown), 1)
    left, below = 2.15, 0.6
    drawing = canvas(below + rows + 0.35 + 1.9 + 0.3, layout="none")
    lower = axes_at(drawing, left, below, WIDTH - left - 0.75, rows)
    upper = axes_at(drawing, left, below + rows + 0.35, WIDTH - left - 0.75, 1.9)
    upper.plot(at, trace[total].to_numpy(float), color=BLUE, marker="o", markersize=3)
    upper.set_yscale("symlog", linthresh=0.1)
    upper.yaxis.set_major_formatter(plain)
    upper.set(ylabel="Total violation", ylim=(0, None), xlim=(0, max(at.max(), 1)))
    upper.tick_params(labelbottom=False)
    if shown:
        values = trace[shown].to_numpy(float).T
        values = np.where(values > 0, np.maximum(values, _SMALL), np.nan)
        edges = np.append(at, at[-1] + (at[-1] - at[-2] if len(at) > 1 else 1))
        mesh = lower.pcolormesh(
            edges,
            np.arange(len(shown) + 1),
            values,
            cmap="viridis_r",
            norm=LogNorm(_SMALL, max(float(np.nanmax(values)), 10 * _SMALL)),
        )
        bar = axes_at(drawing, WIDTH - 0.66, below, 0.13, rows)
        drawing.colorbar(mesh, cax=bar, format=plain)
        bar.tick_params(labelsize=10)
        bar.set_title("violation", fontsize=10, fontweight="normal", loc="center")
    lower.set_yticks(np.arange(len(shown)) + 0.5, [table.loc[n, "constraint"] for n in shown])
    lower.tick_params(axis="y", length=0, labelsize=10)
    lower.set(xlim=(0, max(at.max(), 1)), ylim=(max(len(shown), 1), 0), xlabel="Cohorts evaluated")
    for ax in (upper, lower):
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ax.xaxis.set_major_locator(MaxNLocator(5))
    final = float(trace[total].iloc[-1])
    alt = (
        f"Line plot over {at.max():,.0f} evaluations: the total violation of "
        f"{counted(len(constraints), 'constraint')} falls from {short(float(trace[total].iloc[0]))} "
        f"to {'zero' if final == 0 else short(final)}."
    )
    if shown:
        alt += f" Below it a map of the constraints met last; the very last is {table.iloc[0, 0]}."
    return Figure(drawing, alt, table.reset_index(drop=True))
