"""Standard error and profile of a time, from a curve written anew so that it is a parameter.

With the time itself as a parameter the profile goes through 0, the time at which the curve starts at
the diameter. Away from 0 an end can be infinite: there the parameter is the pace, one over the time,
and pace 0, a flat curve, is the time that never comes. Both are lmfit's profiles.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from .fitting import GrowthFit
from .laws import Array, GrowthError
from .least_squares import least_squares, parameters_of

if TYPE_CHECKING:
    from lmfit.parameter import Parameters

_STEPS = 500
_SMALL_MM = 1e-6
_FAR = 4
"""Standard errors."""
_EXACT = 1e-9
"""Residual standard deviation over the target below which lesions lie on the curve but for rounding."""


@dataclass(frozen=True)
class Anew:
    """lmfit's result for a curve that was written anew; None where least squares finds none."""

    result: Any

    @classmethod
    def of(
        cls,
        fitted: GrowthFit,
        curve: Callable[..., Array],
        start: Parameters,
        later: float = 0.0,
    ) -> Anew:
        """Fit another form of a curve to the same lesions, on a clock that shows so much later."""
        rows = fitted.lesions
        months, diameter_mm = rows["months"].to_numpy() + later, rows["observed_mm"].to_numpy()
        return cls(least_squares(curve, months, diameter_mm, start))

    def error(self, name: str) -> float:
        """Standard error of a parameter, NaN where there is none."""
        error = None if self.result is None else self.result.params[name].stderr
        return float(error) if error is not None and isfinite(error) and error > 0 else nan

    def end(self, name: str, level: float, side: int) -> float:
        """The end of a profile below (-1) or above (1): infinite if nothing there is rejected.

        It is NaN where it is not found.
        """
        from lmfit.confidence import ConfidenceInterval
        from lmfit.minimizer import MinimizerException

        if isnan(self.error(name)):
            return nan
        limits = {"sigmas": [level], "maxiter": _STEPS, "min_rel_change": 1e-7}
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # lmfit warns when it stops at an end that nothing rejects; that end is infinite.
            warnings.filterwarnings("ignore", message="(Bound reached|maxiter|rel_change)")
            try:
                search = ConfidenceInterval(self.result, self.result, p_names=[name], **limits)
                ((_, found),) = search.calc_ci(name, side)
            except (ValueError, ZeroDivisionError, MinimizerException):
                return nan
        return float(found)


def ends_of_time(
    fitted: GrowthFit, target_mm: float, estimate: float, level: float
) -> tuple[float, float, float]:
    """Standard error of the time to a diameter, and the lower and the upper end of its profile."""
    law, away = fitted.law, 1 if estimate >= 0 else -1
    if law.by_pace is None or law.by_time is None:
        raise GrowthError(f"{law.name}: the law is not written for the time to a diameter")
    if fitted.residual_sd < _EXACT * target_mm:
        return 0.0, estimate, estimate
    power = law.name == "power law"
    lowest = 0 if power else -inf
    start = _start(fitted, "d1" if power else "d0", target_mm)
    start.add("time", value=estimate, min=lowest)
    by_time = Anew.of(fitted, law.by_time, start)
    error, later = by_time.error("time"), 0.0
    if isfinite(error) and not power:
        # lmfit steps badly from a parameter near 0: the clock is set so that it is far from there.
        later = _FAR * error - estimate
        start["time"].set(value=estimate + later)
        by_time = Anew.of(fitted, law.by_time, start, later)
    near, far = (by_time.end("time", level, side * away) - later for side in (-1, 1))
    if estimate != 0:
        start = _start(fitted, "d1" if power else "k", target_mm)
        if "d0" in start:
            start["d0"].set(min=_SMALL_MM, max=target_mm if estimate > 0 else inf)
        start.add("pace", value=1 / estimate, min=lowest)
        slowest = Anew.of(fitted, law.by_pace, start).end("pace", level, -away)
        far = away * over(1, away * slowest)
    return (error, *((near, far) if away > 0 else (far, near)))


def over(constant: float, pace: float) -> float:
    """The time of the slow end of a pace; infinite where a flat curve is not rejected."""
    return nan if isnan(pace) else constant / pace if pace > 0 else inf


def _start(fitted: GrowthFit, without: str, target_mm: float) -> Parameters:
    kept = {name: at for name, at in fitted.estimates.items() if name != without}
    start = parameters_of(fitted.law, kept)
    if "dmax" in start:
        start["dmax"].min = target_mm + _SMALL_MM
    start.add("target_mm", value=target_mm, vary=False)
    return start
