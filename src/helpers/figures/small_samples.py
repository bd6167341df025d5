"""Small samples: likelihoods without a top, permutations, exaggeration, calibration."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from ..tables import percent
from .style import BLUE, FAINT, INK, VERMILION, Figure, canvas, listed, look, nothing, short, styled

_RATIOS = (0.01, 0.1, 0.2, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50, 100, 1000, 10_000)


@styled
def log_likelihoods(
    table: pd.DataFrame, *, drop: float, lower: float, upper: float, penalised: str
) -> Figure:
    """Log likelihoods against the hazard ratio, and the profile interval of one of them.

    Parameters
    ----------
    table : DataFrame
        `hazard_ratio`, rising, and a column a curve: its log likelihood less its highest value.
    drop : float
        How far below the top an interval reaches, above 0.
    lower, upper : float
        Ends of the interval.
    penalised : str
        The column whose interval it is.

    Returns
    -------
    Figure
        The table is the one given.
    """
    curves = [str(column) for column in table if column != "hazard_ratio"]
    drawing = canvas(3.4)
    ax = drawing.add_subplot()
    ax.axhline(-drop, color=FAINT, linewidth=1)
    for position, name in enumerate(curves):
        seen = look(name, position)
        ax.plot(
            table["hazard_ratio"], table[name], color=seen.colour, linestyle=seen.line, label=name
        )
    ends = [lower, upper]
    ax.plot(ends, [-drop] * len(ends), "o", color=INK, markersize=6, label="ends of the interval")
    ratio_axis(ax, float(table["hazard_ratio"].min()), float(table["hazard_ratio"].max()))
    ax.set(ylim=(-2.6 * drop, 0.25), xlabel="Hazard ratio (log scale)")
    ax.set_ylabel("Log likelihood below its top")
    ax.legend(loc="lower right")
    best = float(table["hazard_ratio"].iloc[int(table[penalised].argmax())])
    rising = [name for name in curves if table[name].argmax() == len(table) - 1]
    alt = (
        f"Curves of log likelihood over the hazard ratio. {listed(rising) or 'None'} still rises at "
        f"the right edge; {penalised} has its top at {short(best)} and lies {drop:.2f} below it at "
        f"{short(lower)} and {short(upper)}."
    )
    return Figure(drawing, alt, table)


@styled
def permutation_tail(table: pd.DataFrame, *, observed: float) -> Figure:
    """How often a statistic at least so large comes up, by permutation and by the limit.

    Parameters
    ----------
    table : DataFrame
        `statistic`, rising, `permutation` and `chi_squared`, both chances of at least that much.
    observed : float
        The statistic of the data.

    Returns
    -------
    Figure
        The table is the one given.
    """
    if table.empty:
        return nothing("nothing was permuted")
    drawing = canvas(3.2)
    ax = drawing.add_subplot()
    ax.step(table["statistic"], table["permutation"], where="pre", color=BLUE, label="permutation")
    ax.plot(
        table["statistic"], table["chi_squared"], color=VERMILION, linestyle=(0, (5, 1.5)),
        label="chi-squared, one degree of freedom",
    )  # fmt: skip
    ax.axvline(observed, color=INK, linewidth=1.2)
    ax.set(yscale="log", xlim=(0, table["statistic"].max()))
    ax.set_ylim(max(1e-4, table.loc[table["permutation"] > 0, "permutation"].min() / 2), 1.1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel("Log-rank statistic")
    ax.set_ylabel("Chance of at least this much")
    ax.legend(loc="upper right")
    far = (table["permutation"] / table["chi_squared"])[table["chi_squared"] > 0.01]
    alt = (
        f"Two falling curves on a log scale, with a line at the observed {short(observed)}. Down to "
        f"a chance of one in a hundred the permutation's is between {short(far.min())} and "
        f"{short(far.max())} times the other's."
    )
    return Figure(drawing, alt, table)


@styled
def exaggeration(table: pd.DataFrame) -> Figure:
    """Estimates that came out significant, against the truth.

    Parameters
    ----------
    table : DataFrame
        `hazard_ratio`, the truth; `all_estimates`, their median; of those significant in the right
        direction `median`, `lower` and `upper`.

    Returns
    -------
    Figure
        The table is the one given.
    """
    shown = table.dropna()
    if shown.empty:
        return nothing("nothing was significant")
    drawing = canvas(3.6)
    ax = drawing.add_subplot()
    truth = shown["hazard_ratio"]
    ax.fill_between(truth, shown["lower"], shown["upper"], color=VERMILION, alpha=0.18, linewidth=0)
    ax.plot(truth, shown["median"], color=VERMILION, marker="s", label="significant estimates")
    ax.plot(
        truth, shown["all_estimates"], color=BLUE, marker="o", linestyle=(0, (5, 1.5)),
        label="all estimates",
    )  # fmt: skip
    ax.plot(truth, truth, color=INK, linewidth=1, linestyle=(0, (1, 1.2)), label="the truth")
    ratio_axis(ax, truth.min(), truth.max())
    low, high = float(shown[["lower", "hazard_ratio"]].min().min()), float(shown["upper"].max())
    ax.set(yscale="log", ylim=(low / 1.1, high * 1.1))
    ticks = [tick for tick in _RATIOS if low / 1.1 <= tick <= high * 1.1]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks([], minor=True)
    ax.set_xlabel("True hazard ratio (log scale)")
    ax.set_ylabel("Estimated hazard ratio (log scale)")
    ax.legend(loc="upper left")
    ends = [
        f"at {short(truth)} their median is {short(median)}"
        for truth, median in shown[["hazard_ratio", "median"]].iloc[[0, -1]].to_numpy()
    ]
    alt = (
        f"Significant estimates against the true hazard ratio: {listed(ends)}, while the median of "
        "all estimates stays near the truth."
    )
    return Figure(drawing, alt, table)


@styled
def predicted_observed(table: pd.DataFrame, *, months: float) -> Figure:
    """Survival observed in groups of patients against the survival predicted for them.

    Parameters
    ----------
    table : DataFrame
        A row a group: `predicted`, `observed`, `lower` and `upper`, shares.
    months : float
        At which time.

    Returns
    -------
    Figure
        The table is the one given.
    """
    shown = table.dropna(subset=["predicted", "observed"])
    if shown.empty:
        return nothing("no group was followed so long")
    drawing = canvas(3.8, 4.6)
    ax = drawing.add_subplot()
    ax.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    ax.vlines(shown["predicted"], shown["lower"], shown["upper"], color=BLUE, linewidth=1.8)
    ax.plot(shown["predicted"], shown["observed"], "o", color=BLUE, markersize=7)
    ax.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(f"Predicted survival at {months:g} months")
    ax.set_ylabel("Kaplan–Meier estimate")
    pairs = [
        f"{percent(predicted, 0)} predicted and {percent(observed, 0)} observed"
        for predicted, observed in shown[["predicted", "observed"]].to_numpy()
    ]
    alt = f"Points with intervals near the diagonal, one a group of patients: {listed(pairs)}."
    return Figure(drawing, alt, table)


def ratio_axis(ax: Axes, low: float, high: float) -> None:
    """A log axis of ratios with few ticks."""
    ax.set_xscale("log")
    ticks = [tick for tick in _RATIOS if low <= tick <= high]
    if high / low > 100:
        ticks = [tick for tick in ticks if f"{tick:e}".startswith("1.0")]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlim(low / 1.05, high * 1.05)
