"""Draws from the priors that a study's columns declare: the state of knowledge before the search.

Each column is drawn on its own, or together with the column that its prior names. Columns that
are drawn together form a block, and the search moves a block as a whole.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from ..published import Column, Study
from ..published.prior import (
    Choice,
    EarlierOf,
    Even,
    Flag,
    Growth,
    Happened,
    Kind,
    Lognormal,
    Normal,
    SameAs,
    Uniform,
    Weibull,
)

Values = NDArray[np.float64]


def filled_later(column: Column) -> bool:
    """Whether a column is filled in after the search, from columns that the search has settled."""
    return column.type in ("id", "parent") or isinstance(column.kind, (SameAs, Even))


def blocks(study: Study, table: str) -> list[list[str]]:
    """Columns of a table that are drawn together, in an order in which they can be drawn."""
    found: list[list[str]] = []
    for name, column in study.tables[table].columns.items():
        if filled_later(column):
            continue
        parent = column.kind.needs if column.kind is not None else None
        home = next((block for block in found if parent in block), None)
        if home is not None:
            home.append(name)
        elif parent is not None and parent in study.tables[table].columns:
            found.append([parent, name])
        elif not any(name in block for block in found):
            found.append([name])
    merged = {name for block in found if len(block) > 1 for name in block}
    return [block for block in found if len(block) > 1 or block[0] not in merged]


def encode(column: Column, label: object) -> float:
    """The number that stands for a value in the search: a level's position, or the value itself."""
    if column.type == "category":
        return float(column.levels.index(str(label)))
    return float(label)  # type: ignore[arg-type]


def draw(
    study: Study, table: str, size: int, rng: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Draw rows of a table from its priors.

    Parameters
    ----------
    study : Study
    table : str
        Name of the table.
    size : int
        Rows to draw.
    rng : numpy.random.Generator

    Returns
    -------
    dict of (size,) float64 arrays
        One a column that the search can move, levels as positions, NaN where a value is absent.
    """
    columns = study.tables[table].columns
    draws = _Draws(columns, size, rng)
    for name in (name for block in blocks(study, table) for name in block):
        column = columns[name]
        assert column.prior is not None  # only identifiers go without
        values = _drawn(column.prior.kind, draws, name)
        if not isinstance(column.prior.kind, (Choice, Flag, Happened)):
            values = _rounded(values, column)
        if column.prior.absent is not None:
            values = np.where(rng.random(size) < column.prior.absent, np.nan, values)
        draws.values[name] = values
    return draws.values


@dataclass(frozen=True)
class _Draws:
    """Rows that are being drawn: what is there already.

    Attributes
    ----------
    columns : dict of Column
        Those of the table.
    size : int
    rng : numpy.random.Generator
    values : dict of (size,) float64 arrays
        By column.
    causes : dict of (size,) arrays
        Whose time was the earliest, by column.
    """

    columns: dict[str, Column]
    size: int
    rng: np.random.Generator
    values: dict[str, Values] = field(default_factory=dict)
    causes: dict[str, NDArray[np.str_]] = field(default_factory=dict)


@singledispatch
def _drawn(kind: Kind, draws: _Draws, name: str) -> Values:
    """The values of the column of a name, by the class of its prior, before they are rounded."""
    raise NotImplementedError(f"{name}: no draws from {type(kind).__name__} are known")


@_drawn.register
def _(kind: Normal, draws: _Draws, name: str) -> Values:
    return draws.rng.normal(kind.mean, kind.sd, draws.size)


@_drawn.register
def _(kind: Lognormal, draws: _Draws, name: str) -> Values:
    return kind.median * np.exp(draws.rng.normal(0, kind.sd_log, draws.size))


@_drawn.register
def _(kind: Weibull, draws: _Draws, name: str) -> Values:
    scale = kind.median / np.log(2) ** (1 / kind.shape)
    return scale * draws.rng.weibull(kind.shape, draws.size)


@_drawn.register
def _(kind: Uniform, draws: _Draws, name: str) -> Values:
    return draws.rng.uniform(kind.low, kind.high, draws.size)


@_drawn.register
def _(kind: Choice, draws: _Draws, name: str) -> Values:
    weights = np.array([kind.weights[level] for level in draws.columns[name].levels], float)
    return draws.rng.choice(len(weights), draws.size, p=weights / weights.sum()).astype(float)


@_drawn.register
def _(kind: Flag, draws: _Draws, name: str) -> Values:
    return (draws.rng.random(draws.size) < kind.probability).astype(float)


@_drawn.register
def _(kind: Happened, draws: _Draws, name: str) -> Values:
    return (draws.causes[kind.column] == kind.cause).astype(float)


@_drawn.register
def _(kind: EarlierOf, draws: _Draws, name: str) -> Values:
    causes = sorted(kind.times)
    times = np.stack([_drawn(kind.times[cause], draws, name) for cause in causes])
    draws.causes[name] = np.array(causes)[times.argmin(axis=0)]
    return np.asarray(times.min(axis=0), np.float64)


@_drawn.register
def _(kind: Growth, draws: _Draws, name: str) -> Values:
    since = draws.values[kind.since]
    grown = kind.start * 2 ** (np.nan_to_num(since) / kind.doubling_months)
    grown *= np.exp(draws.rng.normal(0, kind.sd_log, draws.size))
    return np.where(np.isnan(since), _drawn(kind.otherwise.kind, draws, name), grown)


def limits(column: Column) -> tuple[float, float]:
    """Smallest and largest value that the search may give a column."""
    within = column.prior.within if column.prior is not None else None
    low, high = within or (column.minimum, column.maximum)
    return (
        -np.inf if low is None or isinstance(low, datetime.date) else float(low),
        np.inf if high is None or isinstance(high, datetime.date) else float(high),
    )


def _rounded(values: Values, column: Column) -> Values:
    """Values folded into the limits of a column and rounded to its decimals."""
    low, high = limits(column)
    decimals = column.decimals if column.type == "number" else 0
    return np.asarray(np.round(np.clip(values, low, high), decimals), np.float64)
