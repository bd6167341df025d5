"""What a printed rate forces: where the deaths can have been, and how many sets fit a group's size."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ..tables import percent
from .style import Figure, canvas, counted, listed, look, nothing, plain, styled


@styled
def death_positions(
    positions: Mapping[str, pd.DataFrame],
    *,
    x_label: str = "Patients at risk, herself included",
    y_label: str = "Sets with a death here",
) -> Figure:
    """The share of all sets that have a death at each number at risk, a panel a rate.

    Parameters
    ----------
    positions : mapping of label to DataFrame
        `at_risk`, `sets` and `share`, as in `forced.PrintedRate.by_position`, of one size each.
    x_label, y_label : str

    Returns
    -------
    Figure
        The table has `group`, `at_risk`, `sets`, `share`.
    """
    shown = {label: frame for label, frame in positions.items() if len(frame)}
    if not shown:
        return nothing("no set of deaths prints the rate")
    drawing = canvas(1.0 + 1.75 * len(shown))
    axes = drawing.subplots(len(shown), squeeze=False)[:, 0]
    parts = []
    for place, (ax, (label, frame)) in enumerate(zip(axes, shown.items(), strict=True)):
        style = look(label, place)
        ax.bar(
            frame["at_risk"],
            frame["share"],
            width=0.8,
            color=style.colour,
            hatch=style.hatch,
            edgecolor="white",
        )
        # The curve runs from many at risk to few.
        ax.set(xlim=(frame["at_risk"].max() + 0.7, 0.3), ylim=(0, 1.02), title=label)
        ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_ylabel(y_label)
        peak = int(frame["share"].to_numpy().argmax())
        share, at = float(frame["share"].iloc[peak]), int(frame["at_risk"].iloc[peak])
        never = frame.loc[frame["sets"] == 0, "at_risk"]
        parts.append(
            f"{label} most often, in {percent(share)} of the sets, with {at} at risk"
            + (f", and never with {_runs(never)}" if len(never) else "")
        )
    axes[-1].set_xlabel(x_label)
    alt = (
        f"Bar chart, {counted(len(shown), 'panel')}, of the share of sets that have a death at each "
        f"number at risk: {'; '.join(parts)}."
    )
    table = pd.concat(
        [frame[["at_risk", "sets", "share"]].assign(group=label) for label, frame in shown.items()]
    )
    return Figure(drawing, alt, table[["group", "at_risk", "sets", "share"]].reset_index(drop=True))


@styled
def sets_by_size(
    rates: Mapping[str, pd.DataFrame],
    *,
    printed: Mapping[str, str] | None = None,
    x_label: str = "Patients in the group",
    y_label: str = "Sets that print the rate",
) -> Figure:
    """How many sets print each rate, against the size of the group.

    Parameters
    ----------
    rates : mapping of label to DataFrame
        `n` and `sets`, as in `forced.PrintedRate.by_size`. Sizes without a set are not drawn.
    printed : mapping of label to str, optional
        The rates as printed, which the legend shows.
    x_label, y_label : str

    Returns
    -------
    Figure
        The table has `n` and a column of sets a rate.
    """
    fitting = {label: frame[frame["sets"] > 0] for label, frame in rates.items()}
    fitting = {label: frame for label, frame in fitting.items() if len(frame)}
    if not fitting:
        return nothing("no group of these sizes prints the rate")
    drawing = canvas(3.9)
    ax = drawing.add_subplot()
    sentences = []
    for place, (label, frame) in enumerate(fitting.items()):
        style = look(label, place)
        sets = frame["sets"].astype(float)
        words = f"{label}: {printed[label]}" if printed else label
        ax.plot(
            frame["n"], sets, style.marker, color=style.colour, linestyle=style.line,
            markersize=4, label=words,
        )  # fmt: skip
        first, last = frame.iloc[0], frame.iloc[-1]
        sentences.append(
            f"{words} from {first['n']} patients on, with {last['sets']:,} sets at {last['n']}"
        )
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(plain)
    sizes = np.concatenate([frame["n"].to_numpy() for frame in rates.values()])
    ax.set(xlim=(sizes.min() - 0.5, sizes.max() + 0.5), xlabel=x_label, ylabel=y_label)
    ax.set_ylim(bottom=0.7)
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.legend(loc="upper left")
    alt = (
        "Line plot of the number of sets, on a log axis, against the size of the group. Sets fit "
        f"{listed(sentences)}."
    )
    columns = [frame.set_index("n")["sets"].rename(label) for label, frame in rates.items()]
    return Figure(drawing, alt, pd.concat(columns, axis=1).sort_index().reset_index())


@styled
def group_sizes(sizes: pd.DataFrame, *, x_label: str = "Patients in the group") -> Figure:
    """Which groups can print something, and the group that is named, a line each.

    Parameters
    ----------
    sizes : DataFrame
        `what`, `printed_n` and `smallest_group`; every group from the smallest on can print it.
    x_label : str

    Returns
    -------
    Figure
        The table has the same columns.
    """
    if sizes.empty:
        return nothing("no group is asked about")
    drawing = canvas(1.4 + 0.45 * len(sizes))
    ax = drawing.add_subplot()
    most = 1.08 * float(sizes[["printed_n", "smallest_group"]].max().max())
    y = np.arange(len(sizes))
    fits = (sizes["printed_n"] >= sizes["smallest_group"]).to_numpy()
    line, too_small = look("", 0), look("", 1)
    ax.hlines(
        y, sizes["smallest_group"], most, color=line.colour, linewidth=5, label="can print it"
    )
    for which, marker, colour, words in (
        (fits, "o", "black", "named"),
        (~fits, "X", too_small.colour, "named, too small"),
    ):
        if which.any():
            ax.plot(
                sizes["printed_n"][which], y[which], marker, color=colour, markersize=8, label=words
            )
    ax.set_yticks(y, list(sizes["what"]))
    ax.set(xlim=(0, most), ylim=(len(sizes) - 0.5, -0.5), xlabel=x_label)
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
    parts = [
        f"{row.what} from {row.smallest_group} on, {row.printed_n} named"
        + ("" if fit else ", too small")
        for row, fit in zip(sizes.itertuples(), fits, strict=True)
    ]
    alt = f"Lines over the sizes of groups that can print a number: {'; '.join(parts)}."
    return Figure(
        drawing, alt, sizes[["what", "printed_n", "smallest_group"]].reset_index(drop=True)
    )


def _runs(numbers: pd.Series) -> str:
    """Rising whole numbers in words, those in a row as their ends."""
    values = numbers.to_numpy(int)
    parts = np.split(values, np.flatnonzero(np.diff(values) > 1) + 1)
    return listed(f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)
