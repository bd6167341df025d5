"""Traces of chains: a quantity from draw to draw, chain below chain.

arviz's `plot_trace` lays chains over one another, and brings its own style and much else with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .steps import capital
from .style import (
    BLUE,
    FAINT,
    WIDTH,
    Figure,
    axes_at,
    canvas,
    counted,
    listed,
    short,
    styled,
)


@styled
def traces(
    chains: Mapping[str, ArrayLike], *, what: str, notes: Sequence[str] | None = None
) -> Figure:
    """Draw chains side by side, each column with a panel a chain.

    Parameters
    ----------
    chains : mapping of heading to array of shape (chains, draws)
        A column each, all of as many chains; finite.
    what : str
        What is drawn.
    notes : sequence of str, optional
        A line under each heading.

    Returns
    -------
    Figure
        The table has a row a column and chain: `column`, `chain`, `draws`, `minimum`, `median`,
        `maximum` and `as_the_one_before`, the share of draws that are equal to the one before.
    """
    columns = {heading: np.asarray(values, float) for heading, values in chains.items()}
    count = max(len(values) for values in columns.values())
    low = min(values.min() for values in columns.values())
    high = max(values.max() for values in columns.values())
    pad = 0.08 * (high - low) or 1.0
    each, top = 0.72, 0.7
    height = top + count * (each + 0.1) + 0.55
    width = (WIDTH - 0.75 - 0.25 * len(columns)) / len(columns)
    drawing = canvas(height, layout="none")
    rows = []
    for place, (heading, values) in enumerate(columns.items()):
        left = 0.65 + place * (width + 0.3)
        drawing.text(left / WIDTH, 1 - 0.2 / height, heading, fontsize=10.5, fontweight="bold", va="top")  # fmt: skip
        if notes:
            drawing.text(left / WIDTH, 1 - 0.42 / height, notes[place], fontsize=10, va="top")
        for number, chain in enumerate(values, start=1):
            ax = axes_at(drawing, left, 0.55 + (count - number) * (each + 0.1), width, each)
            draws = np.arange(1, len(chain) + 1)
            ax.plot(draws, chain, color=BLUE, linewidth=1.1, drawstyle="steps-mid")
            ax.set(xlim=(0, len(chain) + 1), ylim=(low - pad, high + pad))
            ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
            ax.grid(axis="y", color=FAINT, linewidth=0.5)
            if place:
                ax.tick_params(labelleft=False)
            if number < count:
                ax.tick_params(labelbottom=False)
            else:
                ax.set_xlabel("Draw")
            same = float(np.mean(chain[1:] == chain[:-1])) if len(chain) > 1 else np.nan
            rows.append(
                [heading, number, len(chain), chain.min(), np.median(chain), chain.max(), same]
            )  # fmt: skip
    drawing.text(0.015, (0.55 + count * (each + 0.1) / 2) / height, capital(what), rotation=90, va="center", fontsize=10)  # fmt: skip
    names = ["column", "chain", "draws", "minimum", "median", "maximum", "as_the_one_before"]
    table = pd.DataFrame(rows, columns=names)
    return Figure(drawing, _alt(table, what), table)


def _alt(table: pd.DataFrame, what: str) -> str:
    parts = []
    for heading, of in table.groupby("column", sort=False):
        spans = [
            f"{short(low)} to {short(high)}"
            for low, high in zip(of["minimum"], of["maximum"], strict=True)
        ]
        parts.append(
            f"{heading}: {counted(len(of), 'chain')}, which range over {listed(spans)}; "
            f"{of['as_the_one_before'].mean():.0%} of draws are equal to the one before"
        )
    return f"Traces of {what}. {'. '.join(parts)}."
