"""A drawing that a slider moves: every position computed beforehand, so that no kernel is needed.

plotly, Bokeh and Vega-Altair bring a megabyte of script to a page each, and the first draws a slider that
no keyboard reaches. Here the axes are drawn once, by matplotlib; the paths of what moves and the
numbers beside it are kept for every position, and `explorer.js` puts those of one in place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike, NDArray

from .style import Figure, styled, svg

_POINTS = 72  # an inch, as SVG counts


@dataclass(frozen=True)
class State:
    """One position of the slider.

    Attributes
    ----------
    at : str
        What the slider stands at, such as `15 mm`.
    paths : mapping of str to pair of array-likes
        Of each moving artist its x and y, in units of its axes; NaN interrupts a line, and nothing
        at all hides it.
    readings : mapping of str to str
        Numbers shown beside the drawing, as they are to be read.
    """

    at: str
    paths: Mapping[str, tuple[ArrayLike, ArrayLike]]
    readings: Mapping[str, str]


@dataclass(frozen=True)
class Explorer(Figure):
    """A drawing with a slider.

    Attributes
    ----------
    slider : str
        What the slider moves.
    predict : str
        A question to answer before moving it.
    states : tuple of State
    paths : tuple of dicts of str to str
        Of each position the path of each moving artist, in units of the SVG.
    start : int
        Position at first.
    drawn : str
        The SVG at that position; moving artists are groups of class `moving-NAME`.
    """

    slider: str
    predict: str
    states: tuple[State, ...]
    paths: tuple[dict[str, str], ...]
    start: int
    drawn: str


@styled
def explorer(
    drawing: Drawing,
    moving: Mapping[str, Line2D | Polygon],
    states: Sequence[State],
    *,
    slider: str,
    predict: str,
    alt: str,
    start: int = 0,
) -> Explorer:
    """Make a drawing movable.

    Parameters
    ----------
    drawing : matplotlib Figure
        With everything that stays, limits of axes included.
    moving : mapping of str to Line2D or Polygon
        What moves. A line without a line style is drawn as dots as wide as its markers; one in
        `steps-post` as steps.
    states : sequence of State
        Two or more, all with the same readings.
    slider, predict : str
        What the slider moves, and a question to answer before.
    alt : str
        What the drawing shows.
    start : int
        Position at first.

    Returns
    -------
    Explorer
        The table has a row a position.

    Raises
    ------
    ValueError
        For fewer than two positions, positions that differ in their readings, paths of artists
        that are not there, and a first position that is none of them.
    """
    names = list(states[0].readings) if states else []
    if len(states) < 2 or any(list(state.readings) != names for state in states):
        raise ValueError("states: two or more were expected, all with the same readings")
    if unknown := {name for state in states for name in state.paths} - set(moving):
        raise ValueError(f"states: nothing moves by the name of {', '.join(sorted(unknown))}")
    if start not in range(len(states)):
        raise ValueError(f"start: a position from 0 to {len(states) - 1} was expected")
    drawing.set_dpi(_POINTS)
    drawing.draw_without_rendering()
    drawing.set_layout_engine("none")  # or saving would move the axes
    drawn_as = {name: _prepared(name, artist) for name, artist in moving.items()}
    height = drawing.get_size_inches()[1] * _POINTS
    paths = tuple(
        {
            name: _path(artist, *state.paths.get(name, ((), ())), drawn_as[name], height)
            for name, artist in moving.items()
        }
        for state in states
    )
    table = pd.DataFrame(
        [{slider: state.at, **state.readings} for state in states], columns=[slider, *names]
    )
    drawn = _svg(drawing, alt, paths[start])
    for name, artist in moving.items():
        _pose(artist, *states[start].paths.get(name, ((), ())), drawn_as[name])
    return Explorer(drawing, alt, table, slider, predict, tuple(states), paths, start, drawn)


def _prepared(name: str, artist: Line2D | Polygon) -> str:
    """Make sure that an artist is drawn as one path, and say how it is to be filled in."""
    artist.set_gid(f"moving-{name}")
    if isinstance(artist, Polygon):
        return "area"
    way = "steps" if artist.get_drawstyle() == "steps-post" else "line"
    if artist.get_linestyle() == "None":
        way = "dots"
        artist.set(linestyle="-", linewidth=artist.get_markersize(), solid_capstyle="round")
        artist.set_color(artist.get_markerfacecolor())
    artist.set(marker="None", drawstyle="default")
    ax = _axes(artist)
    ends = ax.transData.inverted().transform(ax.bbox.get_points())
    artist.set_transform(ax.transData)
    artist.set_data(ends[:, 0], ends[:, 1])
    return way


def _pose(artist: Line2D | Polygon, x: ArrayLike, y: ArrayLike, way: str) -> None:
    """Put an artist where it is at a position, for pictures of pixels."""
    points = np.column_stack([np.asarray(x, float).ravel(), np.asarray(y, float).ravel()])
    artist.set_visible(bool(len(points)))
    if isinstance(artist, Polygon):
        if len(points):
            artist.set_xy(points)
        return
    artist.set_data(points[:, 0], points[:, 1])
    if way == "steps":
        artist.set_drawstyle("steps-post")
    elif way == "dots":
        artist.set(marker="o", markersize=artist.get_linewidth(), linestyle="None")


def _axes(artist: Artist) -> Axes:
    assert isinstance(artist.axes, Axes)
    return artist.axes


def _path(artist: Line2D | Polygon, x: ArrayLike, y: ArrayLike, way: str, height: float) -> str:
    """A path in units of the SVG, whose origin is the upper left corner."""
    points = np.column_stack([np.asarray(x, float).ravel(), np.asarray(y, float).ravel()])
    if not len(points):
        return "M0 0"
    if way == "steps":
        points = _steps(points)
    with np.errstate(invalid="ignore"):
        at = _axes(artist).transData.transform(points)
    at[:, 1] = height - at[:, 1]
    if way == "dots":
        return " ".join(f"M{_short(p)}h0" for p in at if np.isfinite(p).all()) or "M0 0"
    parts, move = [], True
    for p in at:
        if not np.isfinite(p).all():
            move = True
            continue
        parts.append(f"{'M' if move else 'L'}{_short(p)}")
        move = False
    return "".join(parts) + ("Z" if way == "area" else "") or "M0 0"


def _steps(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps that hold each value up to the next."""
    doubled = points.repeat(2, axis=0)
    return np.column_stack([doubled[1:, 0], doubled[:-1, 1]])


def _short(point: NDArray[np.float64]) -> str:
    return " ".join(f"{value:.1f}".removesuffix(".0") for value in point)


def _svg(drawing: Drawing, alt: str, paths: Mapping[str, str]) -> str:
    text = svg(drawing, alt)
    for name, path in paths.items():
        group = re.compile(rf'<g id="moving-{re.escape(name)}">(.*?<path )d="[^"]*"', re.DOTALL)
        text, found = group.subn(
            lambda part, path=path, name=name: (  # type: ignore[misc]
                f'<g class="moving-{name}">{part.group(1)}d="{path}"'
            ),
            text,
            count=1,
        )
        if not found:
            raise ValueError(f"moving: {name!r} is not in the drawing")
    return text
