"""Patients: the cohort's flow, and one bar a patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Patch

from .. import disclosure
from . import binned
from .style import (
    INK,
    WIDTH,
    Figure,
    axes_at,
    canvas,
    counted,
    drawable,
    listed,
    look,
    nothing,
    styled,
    withheld,
)

_MARKS = {
    "progression": ("^", "#E69F00"),
    "local recurrence": ("D", "#56B4E9"),
    "death": ("X", INK),
}
_CHARACTERS_AN_INCH = 12.2


@dataclass(frozen=True)
class Box:
    """A box of a flow diagram.

    Attributes
    ----------
    label : str
        The words; unique in the diagram.
    n : int, str or None
        The number under them; a text such as `not printed`; or nothing.
    parent : str, optional
        Label of the box from which an arrow comes.
    aside : bool
        Whether it stands to the right of the arrow, as those who leave do.
    """

    label: str
    n: int | str | None = None
    parent: str | None = None
    aside: bool = False


@styled
def cohort_flow(boxes: Sequence[Box], *, unit: str = "patient") -> Figure:
    """Flow diagram: boxes under their parents, with arrows.

    Parameters
    ----------
    boxes : sequence of Box
        Parents before their children.
    unit : str
        What the numbers count, in the singular.

    Returns
    -------
    Figure
        The table has `box`, `n`, `from`.

    Raises
    ------
    ValueError
        When a parent is missing or stands after its child.
    """
    if not boxes:
        return nothing("no box to draw")
    depth = _depths(boxes)
    levels = [
        [box for box in boxes if depth[box.label] == level]
        for level in range(max(depth.values()) + 1)
    ]
    widths = [min(3.6, (WIDTH - 0.2) / max(len(level), 1) - 0.2) for level in levels]
    texts = {
        box.label: _box_text(box, unit, 2.6 if box.aside else width)
        for level, width in zip(levels, widths, strict=True)
        for box in level
    }
    heights = [
        max((0.22 * (texts[box.label].count("\n") + 1) for box in level), default=0.2) + 0.2
        for level in levels
    ]
    gap = 0.38
    whole = sum(heights) + gap * (len(levels) - 1) + 0.2
    drawing = canvas(whole, layout="none")
    ax = axes_at(drawing, 0, 0, WIDTH, whole)
    ax.set(xlim=(0, WIDTH), ylim=(0, whole))
    ax.axis("off")
    places: dict[str, tuple[float, float, float, float]] = {}
    top = whole - 0.1
    for level, width, height in zip(levels, widths, heights, strict=True):
        inline = [box for box in level if not box.aside]
        for position, box in enumerate(level):
            if box.aside:
                x, wide = WIDTH - 0.1 - 1.35, 2.7
            else:
                x = WIDTH * (position + 0.5) / len(inline) if len(inline) > 1 else WIDTH / 2
                x = x if any(b.aside for b in boxes) is False or len(inline) > 1 else WIDTH * 0.3
                wide = width
            places[box.label] = (x, top - height / 2, wide, height)
            ax.add_patch(
                FancyBboxPatch(
                    (x - wide / 2, top - height),
                    wide,
                    height,
                    boxstyle="round,pad=0,rounding_size=0.06",
                    facecolor="#F4F4F4" if not box.aside else "white",
                    edgecolor=INK,
                    linewidth=1.2,
                    linestyle="--" if box.aside else "-",
                )
            )
            ax.text(x, top - height / 2, texts[box.label], ha="center", va="center")
        top -= height + gap
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    for box in boxes:
        if box.parent is None:
            continue
        x, y, wide, height = places[box.label]
        from_x, from_y, _, from_height = places[box.parent]
        if box.aside:
            ax.annotate("", (x - wide / 2, y), (from_x, y), arrowprops=arrow)
            continue
        bottom = from_y - from_height / 2
        turn = y + height / 2 + gap / 2
        ax.plot([from_x, from_x, x], [bottom, turn, turn], color=INK, linewidth=1.2)
        ax.annotate("", (x, y + height / 2), (x, turn), arrowprops=arrow)
    table = pd.DataFrame({"box": b.label, "n": b.n, "from": b.parent or ""} for b in boxes)
    said = "; ".join(
        box.label if box.n is None else f"{box.label}, {_n(box.n, unit)}" for box in boxes
    )
    return Figure(drawing, f"Flow diagram of the cohort: {said}.", table)


@styled
def swimmer(
    patients: pd.DataFrame,
    *,
    by: str = "site",
    x_label: str = "Months since start of treatment",
) -> Figure:
    """One bar a patient, longest follow-up on top, with marks for what happened.

    Parameters
    ----------
    patients : DataFrame
        `follow_up_months` and `died`; where they exist, `patient_id`, `progression_months`, and
        `local_time_months` with `local_recurrence`. A patient without a mark at the end of the
        bar was alive when last seen.
    by : str
        Column of groups, which give the bars their colours.
    x_label : str

    Returns
    -------
    Figure
        The table has a row a bar: `patient`, the group, `follow_up_months`, `progression_months`,
        `local_recurrence_months`, `died`. A book of aggregates has in its place a bar for each span
        of follow-up in whole years, none of fewer than five patients; its table has `above_months`,
        `up_to_months` and `patients`.
    """
    if patients.empty:
        return nothing("no patient to draw")
    if disclosure.only_aggregates():
        return _by_year(patients, x_label)
    rows = _swimmer_rows(patients, by)
    groups = [group for group in _order(patients[by]) if (rows[by] == group).any()]
    looks = {group: look(group, position) for position, group in enumerate(groups)}
    bar = 0.27 if len(rows) <= 15 else 0.135
    body, below, above = bar * len(rows) + 0.15, 0.6, 0.62
    left = 0.75 if len(rows) <= 25 else 0.35
    drawing = canvas(below + body + above, layout="none")
    ax = axes_at(drawing, left, below, WIDTH - left - 0.2, body)
    for y, (_, row) in enumerate(rows.iterrows()):
        shown = looks[row[by]]
        ax.barh(
            y,
            row["follow_up_months"],
            height=0.72,
            color=shown.colour,
            alpha=0.55,
            hatch=shown.hatch,
            edgecolor="white",
            linewidth=0,
        )
    size = 34 if len(rows) <= 15 else 20
    y_values = np.arange(len(rows))
    events = {
        "progression": rows["progression_months"],
        "local recurrence": rows["local_recurrence_months"],
        "death": rows["follow_up_months"].where(rows["died"] == 1),
    }
    seen = []
    for name, times in events.items():
        if times.notna().any():
            seen.append(name)
            marker, colour = _MARKS[name]
            ax.scatter(
                times, y_values, s=size, marker=marker, color=colour, edgecolor=INK,
                linewidth=0.6, zorder=3, clip_on=False,
            )  # fmt: skip
    last = max(float(rows["follow_up_months"].max()), 1.0)
    ax.set(xlim=(0, last * 1.02), ylim=(len(rows) - 0.4, -0.6), xlabel=x_label)
    ax.spines["left"].set_visible(False)
    if len(rows) <= 25:
        named = [drawable(str(name), row) for row, name in enumerate(rows["patient"], 1)]
        ax.set_yticks(y_values, named)
        for label in ax.get_yticklabels():
            label.set_parse_math(False)
        ax.tick_params(axis="y", length=0)
    else:
        ax.set_yticks([])
        ax.set_ylabel(counted(len(rows), "patient"))
    handles: list[Any] = [
        Patch(
            facecolor=looks[g].colour, alpha=0.55, hatch=looks[g].hatch, edgecolor="white", label=g
        )
        for g in groups
    ]
    handles += [
        Line2D([], [], linestyle="none", marker=_MARKS[name][0], color=_MARKS[name][1],
               markeredgecolor=INK, markersize=7, label=name)
        for name in seen
    ]  # fmt: skip
    drawing.legend(
        handles=handles, loc="upper center", ncols=3, columnspacing=1.2, handletextpad=0.5
    )
    alt = (
        f"Swimmer plot of {counted(len(rows), 'patient')}, one bar each, sorted by follow-up from "
        f"{rows['follow_up_months'].max():.0f} down to {rows['follow_up_months'].min():.0f} "
        f"months: {counted(int(rows['died'].sum()), 'death')}, "
        f"{counted(int(rows['progression_months'].notna().sum()), 'new progression')} and "
        f"{counted(int(rows['local_recurrence_months'].notna().sum()), 'local recurrence')}."
    )
    return Figure(drawing, alt, rows.reset_index(drop=True))


def _by_year(patients: pd.DataFrame, x_label: str) -> Figure:
    """How many patients were followed for how long, in years of which none has few of them."""
    if len(patients) < disclosure.SMALL:
        return withheld()
    months = patients["follow_up_months"].to_numpy(float)
    years = max(int(np.ceil(months.max() / 12)), 1)
    edges = binned.together(months, np.r_[-1, np.arange(1, years + 1) * 12])
    counts = [int(((months > low) & (months <= high)).sum()) for low, high in pairwise(edges)]
    starts = np.maximum(edges[:-1], 0)
    drawing = canvas(3.2)
    ax = drawing.add_subplot()
    ax.bar(
        starts, counts, width=edges[1:] - starts, align="edge", color=look("all").colour,
        alpha=0.55, edgecolor="white",
    )  # fmt: skip
    ax.set(xlabel=x_label, ylabel="Patients")
    ax.set_xticks(np.r_[starts, edges[-1]])
    table = pd.DataFrame({"above_months": starts, "up_to_months": edges[1:], "patients": counts})
    spans = listed(
        f"{count} up to month {end:.0f}" for count, end in zip(counts, edges[1:], strict=True)
    )
    alt = (
        f"Bars, in place of one for each patient, of how many of {counted(len(months), 'patient')} "
        f"were followed for how long: {spans}."
    )
    return Figure(drawing, alt, table)


def _swimmer_rows(patients: pd.DataFrame, by: str) -> pd.DataFrame:
    none = pd.Series(np.nan, index=patients.index)
    local = patients.get("local_time_months", none)
    if "local_recurrence" in patients:
        local = local.where(patients["local_recurrence"] == 1)
    elif "local_time_months" in patients:
        local = none
    rows = pd.DataFrame(
        {
            "patient": patients.get("patient_id", pd.Series(patients.index, patients.index)),
            by: patients[by].astype(str),
            "follow_up_months": patients["follow_up_months"].astype(float),
            "progression_months": patients.get("progression_months", none).astype(float),
            "local_recurrence_months": local.astype(float),
            "died": patients["died"].astype(int),
        }
    )
    return rows.sort_values("follow_up_months", ascending=False, kind="stable")


def _order(column: pd.Series) -> list[str]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(level) for level in column.cat.categories]
    return sorted({str(value) for value in column})


def _depths(boxes: Sequence[Box]) -> dict[str, int]:
    """On which level each box stands, from 0 at the top."""
    depth: dict[str, int] = {}
    for box in boxes:
        if box.parent is not None and box.parent not in depth:
            raise ValueError(
                f"box {box.label!r}: its parent {box.parent!r} does not stand before it"
            )
        depth[box.label] = 0 if box.parent is None else depth[box.parent] + 1
    # A box aside stands on a level of its own, so what follows its parent moves one down.
    for box in boxes:
        if box.aside:
            pushed = [
                other.label
                for other in boxes
                if not other.aside and _descends(other, box.parent, boxes)
            ]
            for label in pushed:
                depth[label] += 1
    return depth


def _descends(box: Box, parent: str | None, boxes: Sequence[Box]) -> bool:
    above = {other.label: other.parent for other in boxes}
    label = box.parent
    while label is not None:
        if label == parent:
            return True
        label = above[label]
    return False


def _box_text(box: Box, unit: str, width: float) -> str:
    words = fill(box.label, int(_CHARACTERS_AN_INCH * width) - 2)
    return words if box.n is None else f"{words}\n{_n(box.n, unit)}"


def _n(n: int | str, unit: str) -> str:
    return n if isinstance(n, str) else counted(int(n), unit)
