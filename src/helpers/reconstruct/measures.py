"""Reference measures: how likely an exit is, given who leaves and the parameters of the measure.

An exit is a time on the grid of its column and whether it was the event. Death and censoring are
two latent times; the earlier one is recorded. The probability of a grid point is that of its
interval, with everything beyond the limits of the column folded into the first and the last, as the
priors of the columns are; the event's share of it is its share of the hazard in the middle.
So no normalising constant is needed. Both latent times are Weibull or have a piecewise constant
hazard. scipy.stats has neither competing times nor anything that compiled code could call.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import COUNTED, UNCOUNTED, njit
from ..published import Hazard, Measure, PublishedError, Study
from ..published.measure import WeibullHazard
from ..published.prior import EarlierOf, Happened, Lognormal, Weibull
from . import priors
from .constraints import Layout

_LOG_2 = np.log(2.0)
_EVENT, _CENSORING = 0, 1


class Exits(NamedTuple):
    """The exits under a measure, as arrays; `time` is -1 where their columns are drawn like any other."""

    time: int  # column
    event: int  # column
    per_unit: float  # grid points a unit of time
    first: int  # the first grid point, in grid points
    steps: int
    groups: NDArray[np.int64]  # a cell is the memberships of these, as bits
    cuts: NDArray[np.float64]  # cause, cut; empty for a Weibull time, else filled up with infinity
    pieces: NDArray[np.int64]  # cause: pieces of the hazard, 0 for a Weibull time
    base: NDArray[np.int64]  # cause, cell, parameter: its place in theta
    ratio: NDArray[np.int64]  # group: place of its log hazard ratio in theta, or -1
    centre: NDArray[np.float64]  # prior means of theta
    spread: NDArray[np.float64]  # prior standard deviations, 0 where fixed
    log_edge: NDArray[np.float64]  # logarithms of where the interval of each grid point begins
    log_middle: NDArray[np.float64]  # and of its middle


class Compiled(NamedTuple):
    """A measure, ready to be sampled from.

    Attributes
    ----------
    exits : Exits
    names : list of str
        Names of the parameters theta; logarithms, but for the log hazard ratios, which are so already.
    """

    exits: Exits
    names: list[str]


def compiled(study: Study, name: str | None, layout: Layout) -> Compiled:
    """Turn a measure of a study into arrays; without a name, that of the columns' own priors.

    Raises
    ------
    PublishedError
        When the study has no measure of that name.
    """
    if name is None:
        return _of_the_columns(study, layout)
    if name not in study.measures:
        known = ", ".join(study.measures)
        raise PublishedError(f"measures: one of {known} was expected, found {name!r}")
    measure = study.measures[name]
    if measure.endpoint is None:
        return _of_the_columns(study, layout)
    endpoint = study.endpoints[measure.endpoint]
    return _exits(study, layout, measure, endpoint.time, endpoint.event)


def _of_the_columns(study: Study, layout: Layout) -> Compiled:
    """The measure that the columns' own priors give; exits where two Weibull times compete."""
    for event, column in study.tables[layout.root].columns.items():
        happened = column.kind
        if not isinstance(happened, Happened):
            continue
        latent = study.tables[layout.root].columns[happened.column].kind
        assert isinstance(latent, EarlierOf)  # as a study is checked for
        weibull = {
            cause: Hazard(weibull=WeibullHazard(median=time.median, shape=time.shape))
            for cause, time in latent.times.items()
            if isinstance(time, Weibull)
        }
        if len(weibull) == len(latent.times) == 2:
            other = next(cause for cause in weibull if cause != happened.cause)
            measure = Measure(
                label="",
                words="",
                endpoint=event,
                event=weibull[happened.cause],
                censoring=weibull[other],
            )
            return _exits(study, layout, measure, happened.column, event)
    nothing = np.zeros((0, 0, 0), np.int64)
    none = np.zeros(0)
    exits = Exits(
        -1, -1, 1.0, 0, 1, np.zeros(0, np.int64), np.zeros((2, 0)), np.zeros(2, np.int64),
        nothing, np.zeros(0, np.int64), none, none, none, none,
    )  # fmt: skip
    return Compiled(exits, [])


def _exits(study: Study, layout: Layout, measure: Measure, time: str, event: str) -> Compiled:
    assert measure.event is not None
    assert measure.censoring is not None
    cells = list(product((0, 1), repeat=len(measure.groups)))
    names: list[str] = []
    centre: list[float] = []
    spread: list[float] = []

    def parameter(label: str, prior: Any) -> int:
        names.append(label)
        centre.append(float(np.log(prior.median if isinstance(prior, Lognormal) else prior)))
        spread.append(prior.sd_log if isinstance(prior, Lognormal) else 0.0)
        return len(names) - 1

    causes = {"event": measure.event, "censoring": measure.censoring}
    pieces = [len(h.piecewise.cuts) + 1 if h.piecewise else 0 for h in causes.values()]
    base = np.zeros((2, len(cells), max(2, *pieces)), np.int64)
    cuts = np.full((2, max(pieces)), np.inf)
    for cause, (kind, hazard) in enumerate(causes.items()):
        apart = cause == _EVENT and hazard.log_ratio is None and measure.groups
        for number, cell in enumerate(cells):
            if number and not apart:
                base[cause, number] = base[cause, 0]
                continue
            inside = [
                group
                for group, member in zip(measure.groups, reversed(cell), strict=True)
                if member
            ]
            where = f" in {' and '.join(inside) or 'neither'}" if apart else ""
            if hazard.weibull is not None:
                base[cause, number, 0] = parameter(
                    f"log median of {kind}{where}", hazard.weibull.median
                )
                base[cause, number, 1] = parameter(
                    f"log shape of {kind}{where}", hazard.weibull.shape
                )
            elif hazard.piecewise is not None:
                cuts[cause, : pieces[cause] - 1] = hazard.piecewise.cuts
                for piece in range(pieces[cause]):
                    after = (0.0, *hazard.piecewise.cuts)[piece]
                    label = f"log rate of {kind} from {after:g}{where}"
                    base[cause, number, piece] = parameter(label, hazard.piecewise.rate)
    ratio = np.full(len(measure.groups), -1, np.int64)
    if measure.event.log_ratio is not None:
        for number, group in enumerate(measure.groups):
            ratio[number] = len(names)
            names.append(f"log hazard ratio of {group}")
            centre.append(measure.event.log_ratio.mean)
            spread.append(measure.event.log_ratio.sd)
    column = study.tables[layout.root].columns[time]
    low, high = priors.limits(column)
    per_unit = 10.0 ** (column.decimals if column.type == "number" else 0)
    first, last = round(low * per_unit), round(high * per_unit)
    groups = [list(study.groups).index(group) for group in measure.groups]
    points = np.arange(first, last + 2)
    exits = Exits(
        layout.columns[layout.root].index(time), layout.columns[layout.root].index(event),
        per_unit, first, last - first + 1, np.array(groups, np.int64), cuts,
        np.array(pieces, np.int64), base, ratio, np.array(centre), np.array(spread),
        np.log(np.maximum(points - 0.5, 0.25) / per_unit), np.log(np.maximum(points, 0.25) / per_unit),
    )  # fmt: skip
    return Compiled(exits, names)


@njit(cache=True, **UNCOUNTED)
def hazards(exits, theta, out):
    """Write the parameters of every cause and cell into `out` (causes, cells, parameters + 1).

    A Weibull time has its log median and its shape, a piecewise one its rates; the last is the shift
    of the log hazard.
    """
    for cause in range(2):
        for cell in range(exits.base.shape[1]):
            shift = 0.0
            if cause == _EVENT:
                for g in range(exits.ratio.size):
                    if exits.ratio[g] >= 0 and (cell >> g) & 1:
                        shift += theta[exits.ratio[g]]
            if exits.pieces[cause] == 0:
                out[cause, cell, 0] = theta[exits.base[cause, cell, 0]]
                out[cause, cell, 1] = np.exp(theta[exits.base[cause, cell, 1]])
            else:
                for k in range(exits.pieces[cause]):
                    out[cause, cell, k] = np.exp(theta[exits.base[cause, cell, k]])
            out[cause, cell, -1] = shift


@njit(cache=True, forceinline=True, **UNCOUNTED)
def _cumulative(exits, parameters, cause, cell, time, log_time):
    """Cumulative hazard at a time above 0."""
    shift = parameters[cause, cell, -1]
    pieces = exits.pieces[cause]
    if pieces == 0:
        log_median, shape = parameters[cause, cell, 0], parameters[cause, cell, 1]
        return np.exp(shape * (log_time - log_median) + shift) * _LOG_2
    total = 0.0
    begin = 0.0
    for k in range(pieces):
        end = min(time, exits.cuts[cause, k])
        total += parameters[cause, cell, k] * (end - begin)
        if time <= end:
            break
        begin = end
    return total * np.exp(shift)


@njit(cache=True, forceinline=True, **UNCOUNTED)
def _log_rate(exits, parameters, cause, cell, time, log_time):
    """Log hazard at a time above 0."""
    shift = parameters[cause, cell, -1]
    if exits.pieces[cause] == 0:
        log_median, shape = parameters[cause, cell, 0], parameters[cause, cell, 1]
        return np.log(_LOG_2 * shape) + shape * (log_time - log_median) - log_time + shift
    k = 0
    while time > exits.cuts[cause, k]:
        k += 1
    return np.log(parameters[cause, cell, k]) + shift


@njit(cache=True, **UNCOUNTED)
def log_probability(exits, parameters, cell, step, event):
    """Log probability of an exit.

    Parameters
    ----------
    exits : Exits
    parameters : (causes, cells, parameters + 1) float64 array
        From `hazards`.
    cell : int
        Memberships of the groups of the measure, as bits.
    step : int
        Point of the grid, from 0.
    event : float
        Whether it was the event.
    """
    half = 0.5 / exits.per_unit
    middle = (exits.first + step) / exits.per_unit
    before = 0.0
    if step > 0:
        time, log_time = middle - half, exits.log_edge[step]
        before = _cumulative(exits, parameters, 0, cell, time, log_time)
        before += _cumulative(exits, parameters, 1, cell, time, log_time)
    share = 0.0  # log of the share of the interval among those who reach it
    if step < exits.steps - 1:
        time, log_time = middle + half, exits.log_edge[step + 1]
        after = _cumulative(exits, parameters, 0, cell, time, log_time)
        after += _cumulative(exits, parameters, 1, cell, time, log_time)
        share = np.log(-np.expm1(before - after))
    log_middle = exits.log_middle[step]
    odds = _log_rate(exits, parameters, 0, cell, middle, log_middle)
    odds -= _log_rate(exits, parameters, 1, cell, middle, log_middle)
    return share - before - np.log1p(np.exp(-odds if event != 0.0 else odds))


@njit(cache=True, **COUNTED)
def log_grid(exits, parameters, cell):
    """Log probabilities of all exits of a cell, (grid points, 2) with the event last."""
    out = np.empty((exits.steps, 2))
    for step in range(exits.steps):
        for event in range(2):
            out[step, event] = log_probability(exits, parameters, cell, step, float(event))
    return out


def grid(exits: Exits, parameters: NDArray[np.float64], cell: int) -> NDArray[np.float64]:
    """Probabilities of all exits of a cell, (grid points, 2) with the event last."""
    return np.exp(log_grid(exits, parameters, cell))


def room(exits: Exits) -> NDArray[np.float64]:
    """An array for the parameters that `hazards` writes."""
    causes, cells, width = exits.base.shape
    return np.zeros((max(causes, 1), max(cells, 1), width + 1))
