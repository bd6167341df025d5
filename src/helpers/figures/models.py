"""Regression models: forest plots and Schoenfeld residuals."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, isnan, log
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..tables import p_value
from .style import (
    BLUE,
    FAINT,
    INK,
    VERMILION,
    WIDTH,
    Figure,
    Look,
    axes_at,
    canvas,
    listed,
    look,
    nothing,
    of_single_patients,
    short,
    styled,
)

_LINE, _LABEL, _TEXT = 0.36, 2.2, 2.1
_TICKS = (0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000)
_TICKS_NEAR_ONE = (0.7, 0.8, 0.9, 1, 1.2, 1.4)
_WIDEST = 200.0
_NEAR_ONE = 1.5
"""Where all ratios and their limits lie within this factor of 1, they are told to two decimals."""


@styled
def forest(
    table: pd.DataFrame, *, measure: str = "Hazard ratio", x_label: str | None = None
) -> Figure:
    """Forest plot on a log axis; unbounded ends are arrows, absent estimates are named.

    Parameters
    ----------
    table : DataFrame
        Columns `term` (or `event`, where the ratios are those of one covariate), `hazard_ratio`,
        `lower`, `upper` and, where there are any, `p`. With a column `model` the models' lines of
        a term stand under each other. Bounds may be 0, infinite or missing.
    measure : str
        What the ratio is.
    x_label : str, optional
        By default the measure with its 95% interval and the log scale.

    Returns
    -------
    Figure
        The table is the one given.
    """
    if table.empty:
        return nothing("no covariate could be estimated")
    rows = table.reset_index(drop=True).rename(columns={"event": "term"})
    models = list(dict.fromkeys(rows["model"])) if "model" in rows else []
    looks = {model: look(str(model), position) for position, model in enumerate(models)}
    near = _near_one(rows)
    low, high = _limits(rows, near)
    terms = list(dict.fromkeys(rows["term"]))
    height = _LINE * (len(rows) + (len(terms) if len(models) > 1 else 0)) + 0.1
    legend = 0.35 if len(models) > 1 else 0.0
    below, above = 0.62, 0.1 + legend
    drawing = canvas(below + height + above, layout="none")
    ax = axes_at(drawing, _LABEL, below, WIDTH - _LABEL - _TEXT, height)
    ax.axvline(1, color=FAINT, linewidth=1)
    outside, beside = -_LABEL / (WIDTH - _LABEL - _TEXT), 1.03
    y = 0.0
    for term in terms:
        lines = rows[rows["term"] == term]
        label: dict[str, Any] = {
            "transform": ax.get_yaxis_transform(),
            "va": "center",
            "fontsize": 10.5,
        }
        if len(models) > 1:
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            ax.text(outside + 0.03, y, str(term), fontweight="bold", bbox=ground, **label)
            y -= 1
        for _, row in lines.iterrows():
            shown = looks[row["model"]] if len(models) > 1 else Look(INK, "-", "s", "")
            name = f"  {row['model']}" if len(models) > 1 else fill(str(term), 24)
            ax.text(outside + 0.03, y, name, linespacing=1.15, **label)
            ax.text(beside, y, _beside(row, near), **(label | {"fontsize": 10}))
            _line(ax, row, y, low, high, shown)
            y -= 1
    ax.set(xscale="log", xlim=(low, high), ylim=(y + 0.4, 0.6))
    ticks = [tick for tick in (_TICKS_NEAR_ONE if near else _TICKS) if low <= tick <= high]
    if len(ticks) > 6:
        ticks = [tick for tick in ticks if abs(np.log10(tick) % 1) < 1e-9]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(x_label or f"{measure}, 95% interval (log scale)")
    if len(models) > 1:
        handles = [
            ax.plot([], [], color=shown.colour, marker=shown.marker, label=str(model))[0]
            for model, shown in looks.items()
        ]
        drawing.legend(handles=handles, loc="upper center", ncols=len(models))
    return Figure(drawing, _forest_alt(rows, measure, near), table.reset_index(drop=True))


@styled
@of_single_patients
def schoenfeld(
    residuals: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    coefficients: Mapping[str, float] | None = None,
    p_values: Mapping[str, float] | None = None,
    x_label: str = "Months since start of treatment",
) -> Figure:
    """Scaled Schoenfeld residuals against time, a panel a covariate, with a LOWESS line.

    Parameters
    ----------
    residuals : DataFrame
        A row an event. The times are the index, or a column `time`; every other column but
        `transformed_time` is a covariate's scaled residuals. If they have the coefficient added,
        as `prognosis.proportional_hazards_test` returns them, a flat line at the coefficient
        means proportional hazards.
    labels : mapping, optional
        Words for covariates; `coefficients` and `p_values` go by the covariates themselves.
    coefficients : mapping, optional
        Height of a dashed line in each panel; 0 when left out.
    p_values : mapping, optional
        Of the test of proportional hazards, for the titles; `GLOBAL` is that of all together.
    x_label : str

    Returns
    -------
    Figure
        The table has `term`, `months`, `scaled_residual`.
    """
    frame = residuals.set_index("time") if "time" in residuals else residuals
    frame = frame.drop(columns="transformed_time", errors="ignore")
    if frame.empty:
        return nothing("no event, so there are no residuals")
    import seaborn as sns

    terms = [str(term) for term in frame.columns]
    words = {term: (labels or {}).get(term, term) for term in terms} | {"GLOBAL": "all together"}
    columns = 1 if len(terms) == 1 else 2
    lines = -(-len(terms) // columns)
    drawing = canvas(2.3 * lines + 0.3)
    grid = drawing.subplots(lines, columns, squeeze=False)
    times = frame.index.to_numpy(float)
    for position, ax in enumerate(grid.flat):
        if position >= len(terms):
            ax.axis("off")
            continue
        term = terms[position]
        values = frame.iloc[:, position].to_numpy(float)
        ax.axhline((coefficients or {}).get(term, 0.0), color=FAINT, linestyle="--", linewidth=1.2)
        enough = len(np.unique(times)) >= 5
        sns.regplot(
            x=times,
            y=values,
            ax=ax,
            lowess=enough,
            fit_reg=enough,
            color=BLUE,
            scatter_kws={"s": 18, "alpha": 0.7},
            line_kws={"color": VERMILION, "linewidth": 2},
        )
        p = (p_values or {}).get(term)
        ax.set_title(
            fill(words[term] if p is None else f"{words[term]} ({p_value(p)})", 32), fontsize=10.5
        )
    drawing.supxlabel(x_label, fontsize=11)
    drawing.supylabel("Scaled Schoenfeld residual", fontsize=11)
    tested = [f"{words[t]} {p_value(p)}" for t, p in (p_values or {}).items() if t in words]
    alt = (
        f"Scatter plots of scaled Schoenfeld residuals over months at {len(frame)} events, "
        f"one panel each for {listed(words[term] for term in terms)}, with a smooth line."
    )
    if tested:
        alt += f" Tests of proportional hazards: {listed(tested)}."
    table = frame.rename_axis("months").reset_index().melt("months", var_name="term")
    table = table.rename(columns={"value": "scaled_residual"}).assign(
        term=lambda rows: rows["term"].astype(str).map(words)
    )
    return Figure(drawing, alt, table[["term", "months", "scaled_residual"]])


def _near_one(rows: pd.DataFrame) -> bool:
    values = rows[["hazard_ratio", "lower", "upper"]].to_numpy(float)
    return bool(((values > 1 / _NEAR_ONE) & (values < _NEAR_ONE)).all())


def _limits(rows: pd.DataFrame, near: bool) -> tuple[float, float]:
    """Ends of the axis: the finite bounds, but not far beyond the estimates."""
    if near:
        return 1 / _NEAR_ONE, _NEAR_ONE
    finite = rows[["hazard_ratio", "lower", "upper"]].to_numpy(float).ravel()
    finite = finite[np.isfinite(finite) & (finite > 0)]
    finite = np.clip(finite, 1 / _WIDEST, _WIDEST)
    low, high = min([*finite, 0.5]) / 1.3, max([*finite, 2.0]) * 1.3
    # Room for the arrow of an end that is off the axis.
    low /= 2 if (rows["lower"] < low).any() else 1
    high *= 2 if (rows["upper"] > high).any() else 1
    return low, high


def _line(ax: Axes, row: pd.Series, y: float, low: float, high: float, shown: Look) -> None:
    estimate = float(row["hazard_ratio"])
    if isnan(estimate):
        return
    ends = []
    for end, edge, arrow in ((row["lower"], low, "<"), (row["upper"], high, ">")):
        if pd.isna(end):
            ends.append(float(np.clip(estimate, low, high)))
        elif low <= end <= high:
            ends.append(float(end))
        else:
            ends.append(edge)
            ax.plot(
                edge * (1.06 if arrow == "<" else 1 / 1.06),
                y,
                arrow,
                color=shown.colour,
                markersize=8,
                clip_on=False,
            )
    ax.plot(ends, [y, y], color=shown.colour, linewidth=1.8, solid_capstyle="butt")
    if low <= estimate <= high:
        ax.plot(estimate, y, shown.marker, color=shown.colour, markersize=6.5)


def _beside(row: pd.Series, near: bool) -> str:
    if pd.isna(row["hazard_ratio"]):
        return "not computable"
    end = "{:.2f}".format if near else _sign
    text = end(row["hazard_ratio"]) if near else short(row["hazard_ratio"])
    if pd.notna(row["lower"]) and pd.notna(row["upper"]):
        text += f" ({end(row['lower'])} to {end(row['upper'])})"
    if "p" in row and pd.notna(row["p"]):
        text += f"\n{p_value(row['p'])}" if len(text) > 18 else f"  {p_value(row['p'])}"
    return text


def _sign(value: float) -> str:
    if value == 0:
        return "0"
    return short(value) if isfinite(value) else "∞"


def _forest_alt(rows: pd.DataFrame, measure: str, near: bool) -> str:
    lines = []
    for _, row in rows.iterrows():
        name = f"{row['term']}, {row['model']}" if "model" in rows else str(row["term"])
        lines.append(f"{name} {_beside(row, near).replace(chr(10), ', ').replace('  ', ', ')}")
    estimated = rows.dropna(subset=["hazard_ratio"])
    text = (
        f"Forest plot of {measure.lower()}s with 95% intervals on a log axis: {'; '.join(lines)}."
    )
    if len(estimated) > 1 and "model" not in rows:
        far = estimated["hazard_ratio"].map(lambda ratio: abs(log(max(ratio, 1e-300)))).idxmax()
        text += f" The ratio farthest from 1 is that of {estimated.loc[far, 'term']}."
    return text
