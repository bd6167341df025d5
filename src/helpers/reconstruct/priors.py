"""Draws from the priors that a study's columns declare: the state of knowledge before the search.

Each column is drawn on its own, or together with the column that its prior names. Columns that
are drawn together form a block, and the search moves a block as a whole.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..published import Column, PublishedError, Study

Values = NDArray[np.float64]
Spec = dict[str, Any]


def _normal(rng: np.random.Generator, size: int, spec: Spec) -> Values:
    return rng.normal(spec["mean"], spec["sd"], size)


def _lognormal(rng: np.random.Generator, size: int, spec: Spec) -> Values:
    return spec["median"] * np.exp(rng.normal(0, spec["sd_log"], size))


def _weibull(rng: np.random.Generator, size: int, spec: Spec) -> Values:
    scale = spec["median"] / np.log(2) ** (1 / spec["shape"])
    return scale * rng.weibull(spec["shape"], size)


def _uniform(rng: np.random.Generator, size: int, spec: Spec) -> Values:
    return rng.uniform(spec["from"], spec["to"], size)


_DISTRIBUTIONS: dict[str, Callable[[np.random.Generator, int, Spec], Values]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "weibull": _weibull,
    "uniform": _uniform,
}
_LATER = ("same_as", "even")
"""Priors of columns that are filled in after the search."""


def filled_later(column: Column) -> bool:
    """Whether a column is filled in after the search, from columns that the search has settled."""
    return column.type in ("id", "parent") or any(kind in (column.prior or {}) for kind in _LATER)


def blocks(study: Study, table: str) -> list[list[str]]:
    """Columns of a table that are drawn together, in an order in which they can be drawn."""
    found: list[list[str]] = []
    for name, column in study.tables[table].columns.items():
        if filled_later(column):
            continue
        parent = _parent(column)
        home = next((block for block in found if parent in block), None)
        if home is not None:
            home.append(name)
        elif parent is not None and parent in study.tables[table].columns:
            found.append([parent, name])
        elif not any(name in block for block in found):
            found.append([name])
    merged = {name for block in found if len(block) > 1 for name in block}
    return [block for block in found if len(block) > 1 or block[0] not in merged]


def _parent(column: Column) -> str | None:
    """The column of the same table that a prior depends on."""
    prior = column.prior or {}
    for kind, key in (("happened", "column"), ("growth", "since")):
        if kind in prior:
            return str(prior[kind][key])
    return None


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

    Raises
    ------
    PublishedError
        When a prior is of no known kind or lacks a parameter.
    """
    columns = study.tables[table].columns
    drawn: dict[str, Values] = {}
    causes: dict[str, NDArray[np.str_]] = {}
    for name in (name for block in blocks(study, table) for name in block):
        column = columns[name]
        try:
            values = _draw_column(column, name, size, rng, drawn, causes)
        except KeyError as missing:
            raise PublishedError(
                f"tables.{table}.{name}.prior: {missing} was expected, found {column.prior}"
            ) from None
        if (share := (column.prior or {}).get("absent")) is not None:
            values = np.where(rng.random(size) < share, np.nan, values)
        drawn[name] = values
    return drawn


def _draw_column(
    column: Column,
    name: str,
    size: int,
    rng: np.random.Generator,
    drawn: dict[str, Values],
    causes: dict[str, NDArray[np.str_]],
) -> Values:
    prior = column.prior or {}
    if "choice" in prior:
        weights = np.array([prior["choice"][level] for level in column.levels], float)
        return rng.choice(len(weights), size, p=weights / weights.sum()).astype(float)
    if "flag" in prior:
        return (rng.random(size) < prior["flag"]).astype(float)
    if "happened" in prior:
        spec = prior["happened"]
        return (causes[spec["column"]] == spec["cause"]).astype(float)
    if "earlier_of" in prior:
        names = sorted(prior["earlier_of"])
        times = np.stack([_latent(prior["earlier_of"][cause], size, rng) for cause in names])
        causes[name] = np.array(names)[times.argmin(axis=0)]
        return _rounded(times.min(axis=0), column)
    if "growth" in prior:
        spec = prior["growth"]
        since = drawn[spec["since"]]
        grown = spec["start"] * 2 ** (np.nan_to_num(since) / spec["doubling_months"])
        grown *= np.exp(rng.normal(0, spec["sd_log"], size))
        otherwise = _latent(spec["otherwise"], size, rng)
        return _rounded(np.where(np.isnan(since), otherwise, grown), column)
    return _rounded(_latent(prior, size, rng), column)


def _latent(prior: Spec, size: int, rng: np.random.Generator) -> Values:
    for kind, sample in _DISTRIBUTIONS.items():
        if kind in prior:
            return sample(rng, size, prior[kind])
    raise KeyError(" or ".join(_DISTRIBUTIONS))


def limits(column: Column) -> tuple[float, float]:
    """Smallest and largest value that the search may give a column."""
    low, high = (column.prior or {}).get("within", (column.minimum, column.maximum))
    return (
        -np.inf if low is None or isinstance(low, datetime.date) else float(low),
        np.inf if high is None or isinstance(high, datetime.date) else float(high),
    )


def _rounded(values: Values, column: Column) -> Values:
    """Values folded into the limits of a column and rounded to its decimals."""
    low, high = limits(column)
    decimals = column.decimals if column.type == "number" else 0
    return np.asarray(np.round(np.clip(values, low, high), decimals), np.float64)
