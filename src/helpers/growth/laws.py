"""The laws of growth: curve, starting values, and the curve written for the time to a diameter.

Exponential, Gompertz and logistic growth as in Benzekry et al. 2014 (doi
10.1371/journal.pcbi.1003800), for diameters instead of volumes. Their power law is a differential
equation with a free start; ours has two parameters and starts from nothing at the negative scan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = dict[str, float]


class GrowthError(ValueError):
    """A growth curve, or a time read from one, that the lesions cannot give; it says why."""


@dataclass(frozen=True)
class Law:
    """A curve with parameters.

    Attributes
    ----------
    name : str
    formula : str
        In LaTeX, without dollar signs.
    curve : callable
        `curve(months, **parameters)` gives the diameter in mm.
    starts : callable
        `starts(months, diameter_mm)` gives one or more sets of starting values; the best fit of
        all is kept.
    parameters : dict of (unit, meaning)
        In the order of the curve.
    lowest : dict
        Lower limits of parameters that have one.
    months_to : callable, optional
        `months_to(target_mm, parameters)`; NaN where the curve never gets there.
    by_pace : callable, optional
        `by_pace(months, pace, target_mm, **parameters)` is the same curve with one over the
        months to the target in place of the rate (of `d1` in the power law). At pace 0 it is flat.
    by_time : callable, optional
        `by_time(months, time, target_mm, **parameters)` is the same curve with the months to the
        target in place of `d0` (of `d1` in the power law). At time 0 it starts at the target.
    """

    name: str
    formula: str
    curve: Callable[..., Array]
    starts: Callable[[Array, Array], list[Values]]
    parameters: dict[str, tuple[str, str]]
    lowest: Values = field(default_factory=dict)
    months_to: Callable[[float, Values], float] | None = None
    by_pace: Callable[..., Array] | None = None
    by_time: Callable[..., Array] | None = None


def _exp(x: Array) -> Array:
    """The exponential, kept so far from overflow that its square is finite."""
    return np.exp(np.clip(x, -300, 300))


def _exponential(months: Array, d0: float, k: float) -> Array:
    return d0 * _exp(k * months)


def _gompertz(months: Array, d0: float, dmax: float, k: float) -> Array:
    return dmax * (d0 / dmax) ** _exp(-k * months)


def _logistic(months: Array, d0: float, dmax: float, k: float) -> Array:
    return dmax / (1 + (dmax / d0 - 1) * _exp(-k * months))


def _power(months: Array, d1: float, b: float) -> Array:
    return d1 * months**b


def _exponential_by_pace(months: Array, pace: float, target_mm: float, d0: float) -> Array:
    return _exponential(months, d0, pace * np.log(target_mm / d0))


def _gompertz_by_pace(
    months: Array, pace: float, target_mm: float, d0: float, dmax: float
) -> Array:
    return _gompertz(months, d0, dmax, pace * np.log(np.log(d0 / dmax) / np.log(target_mm / dmax)))


def _logistic_by_pace(
    months: Array, pace: float, target_mm: float, d0: float, dmax: float
) -> Array:
    return _logistic(months, d0, dmax, pace * np.log((dmax / d0 - 1) / (dmax / target_mm - 1)))


def _power_by_pace(months: Array, pace: float, target_mm: float, b: float) -> Array:
    return target_mm * (pace * months) ** b


def _exponential_by_time(months: Array, time: float, target_mm: float, k: float) -> Array:
    return _exponential(months - time, target_mm, k)


def _gompertz_by_time(months: Array, time: float, target_mm: float, dmax: float, k: float) -> Array:
    return _gompertz(months - time, target_mm, dmax, k)


def _logistic_by_time(months: Array, time: float, target_mm: float, dmax: float, k: float) -> Array:
    return _logistic(months - time, target_mm, dmax, k)


def _power_by_time(months: Array, time: float, target_mm: float, b: float) -> Array:
    return target_mm * (months / time) ** b


def _log_linear(months: Array, diameter_mm: Array) -> Values:
    k, intercept = np.polyfit(months, np.log(diameter_mm), 1)
    return {"d0": float(np.exp(intercept)), "k": float(k)}


def _with_plateau(months: Array, diameter_mm: Array) -> list[Values]:
    k, d0 = (
        max(abs(_log_linear(months, diameter_mm)["k"]), 0.01),
        float(diameter_mm.min()),
    )
    top = float(diameter_mm.max())
    return [{"d0": d0, "dmax": top * over, "k": k * over} for over in (1.1, 2.0, 5.0)]


def _log_log(months: Array, diameter_mm: Array) -> list[Values]:
    later = months > 0
    if np.unique(months[later]).size < 2:
        return [{"d1": float(diameter_mm.mean()), "b": 0.5}]
    b, intercept = np.polyfit(np.log(months[later]), np.log(diameter_mm[later]), 1)
    return [{"d1": float(np.exp(intercept)), "b": max(float(b), 0.05)}]


def _to_exponential(target: float, at: Values) -> float:
    return float(np.log(target / at["d0"]) / at["k"])


def _to_gompertz(target: float, at: Values) -> float:
    ratio = np.log(target / at["dmax"]) / np.log(at["d0"] / at["dmax"])
    return float(-np.log(ratio) / at["k"])


def _to_logistic(target: float, at: Values) -> float:
    ratio = (at["dmax"] / target - 1) / (at["dmax"] / at["d0"] - 1)
    return float(-np.log(ratio) / at["k"])


def _to_power(target: float, at: Values) -> float:
    return float((target / at["d1"]) ** (1 / at["b"]))


_START = ("mm", "diameter at the negative CT")
_RATE = ("per month", "rate of growth")
_TOP = ("mm", "final diameter")

LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        Law(
            name="exponential",
            formula=r"d(t) = d_0\, e^{k t}",
            curve=_exponential,
            starts=lambda months, diameter_mm: [_log_linear(months, diameter_mm)],
            parameters={"d0": _START, "k": _RATE},
            months_to=_to_exponential,
            by_pace=_exponential_by_pace,
            by_time=_exponential_by_time,
        ),
        Law(
            name="Gompertz",
            formula=r"d(t) = d_\infty \left(d_0 / d_\infty\right)^{e^{-k t}}",
            curve=_gompertz,
            starts=_with_plateau,
            parameters={"d0": _START, "dmax": _TOP, "k": _RATE},
            lowest={"d0": 0, "dmax": 0, "k": 0},
            months_to=_to_gompertz,
            by_pace=_gompertz_by_pace,
            by_time=_gompertz_by_time,
        ),
        Law(
            name="logistic",
            formula=r"d(t) = d_\infty / \left(1 + (d_\infty / d_0 - 1)\, e^{-k t}\right)",
            curve=_logistic,
            starts=_with_plateau,
            parameters={"d0": _START, "dmax": _TOP, "k": _RATE},
            lowest={"d0": 0, "dmax": 0, "k": 0},
            months_to=_to_logistic,
            by_pace=_logistic_by_pace,
            by_time=_logistic_by_time,
        ),
        Law(
            name="power law",
            formula=r"d(t) = d_1\, t^{b}",
            curve=_power,
            starts=_log_log,
            parameters={
                "d1": ("mm", "diameter after one month"),
                "b": ("", "exponent"),
            },
            lowest={"d1": 0, "b": 0},
            months_to=_to_power,
            by_pace=_power_by_pace,
            by_time=_power_by_time,
        ),
    )
}


def with_top(law: str | Law, top_mm: float) -> Law:
    """A law whose final diameter is given, and not fitted.

    Parameters
    ----------
    law : str or Law
        A name among `LAWS`, or a law.
    top_mm : float
        Final diameter, mm.

    Returns
    -------
    Law
        The law itself where it has no final diameter.

    Raises
    ------
    GrowthError
        For a diameter that is not above 0.

    Notes
    -----
    Its fit and its profile are checked against `nls` and `confint` of R.
    """
    law = law if isinstance(law, Law) else LAWS[law]
    if not top_mm > 0:
        raise GrowthError(f"a final diameter above 0 mm was expected, found {top_mm:g}")
    if "dmax" not in law.parameters:
        return law

    def given(curve: Callable[..., Any] | None) -> Callable[..., Any] | None:
        if curve is None:
            return None
        bound: Any = partial(curve, dmax=top_mm)
        bound.__name__ = curve.__name__  # lmfit asks for it
        return bound

    def kept(values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name != "dmax"}

    to, curve = law.months_to, given(law.curve)
    assert curve is not None
    return replace(
        law,
        curve=curve,
        starts=lambda months, diameter_mm: [*map(kept, law.starts(months, diameter_mm))],
        parameters=kept(law.parameters),
        lowest=kept(law.lowest),
        months_to=to and (lambda target, at: to(target, at | {"dmax": top_mm})),
        by_pace=given(law.by_pace),
        by_time=given(law.by_time),
    )


def grows(law: Law, values: dict[str, float]) -> bool:
    """Whether a curve rises after the negative CT."""
    with np.errstate(all="ignore"):
        before, after = law.curve(np.array([0.0, 1.0]), **values)
    return bool(after > before)


def months_to(law: Law, values: dict[str, float], target_mm: float) -> float:
    """Months from the negative CT at which a curve with given parameters reaches a diameter.

    Raises
    ------
    GrowthError
        When the curve does not grow, or never reaches the diameter.
    """
    if law.months_to is None:
        raise GrowthError(f"{law.name}: the law does not say when it reaches a diameter")
    if not target_mm > 0:
        raise GrowthError(f"a diameter above 0 mm was expected, found {target_mm}")
    if not grows(law, values):
        raise GrowthError(f"{law.name} growth: the fitted curve does not grow")
    with np.errstate(all="ignore"):
        try:
            months = law.months_to(target_mm, values)
        except (ZeroDivisionError, OverflowError):
            months = inf
    if not isfinite(months):
        raise GrowthError(f"{law.name} growth: the fitted curve never reaches {target_mm:g} mm")
    return months
