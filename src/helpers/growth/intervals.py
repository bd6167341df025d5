"""Times read from a growth curve, each with three intervals: inverse prediction, doubling.

The curve is written anew so that the time is itself a parameter, `interval`. lmfit's standard
error of it is then the delta method's, and lmfit's profile of it the profile of the time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, log, nan

import lmfit
import numpy as np
import pandas as pd
from scipy.stats import t as student

from .fitting import GrowthError, GrowthFit, least_squares, months_to

_STEPS = 500


@dataclass(frozen=True)
class Bounds:
    """Both ends of an interval, months; infinite where unbounded, NaN where not computed."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Interval:
    """A time read from a growth curve, in months, with three intervals.

    Attributes
    ----------
    what : str
        The time in words.
    estimate, se : float
        The time, and its standard error by the delta method.
    level : float
        Coverage of the intervals.
    delta, profile, bootstrap : Bounds
        By the delta method with Student's t; by the profile of the residual sum of squares with
        the F distribution; percentiles of the bootstrap.
    resamples, failed : int
        Bootstrap samples drawn, and those among them to which no curve could be fitted; these
        are left out. A sample whose curve never gets there counts as infinite.
    """

    what: str
    estimate: float
    se: float
    level: float
    delta: Bounds
    profile: Bounds
    bootstrap: Bounds
    resamples: int
    failed: int

    @property
    def table(self) -> pd.DataFrame:
        """A row a method (index `method`) with `lower` and `upper`, months."""
        methods = {
            "delta method": self.delta,
            "profile likelihood": self.profile,
            "bootstrap": self.bootstrap,
        }
        return pd.DataFrame(
            [(name, bounds.lower, bounds.upper) for name, bounds in methods.items()],
            columns=["method", "lower", "upper"],
        ).set_index("method")


@dataclass(frozen=True)
class DoublingTime:
    """Months in which the diameter doubles, and the volume of a sphere of that diameter."""

    diameter: Interval
    volume: Interval


def interval_to(
    fitted: GrowthFit,
    diameter_mm: float = 15.0,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 1,
    cluster: str | None = None,
) -> Interval:
    """Months from the negative CT to a diameter: inverse prediction with three intervals.

    Parameters
    ----------
    fitted : GrowthFit
    diameter_mm : float
        The diameter to be reached, mm.
    level : float
        Coverage.
    resamples : int
        Bootstrap samples; 0 leaves the bootstrap out.
    seed : int
        Of the bootstrap.
    cluster : str, optional
        A column of the lesions, such as the patient, whose values are drawn whole. Left out,
        lesions are drawn one by one, as if those of one patient grew independently.

    Returns
    -------
    Interval
        An end is infinite when no time in that direction is rejected, however long.

    Raises
    ------
    GrowthError
        When the curve does not grow, or never reaches the diameter.

    Notes
    -----
    Profile ends, which lmfit finds to a relative 5e-5, as R's `confint` of an `nls` fit: Bates and Watts 1988, chapter 6, doi
    10.1002/9780470316757. Bootstrap of cases, percentile interval: Davison and Hinkley 1997, doi
    10.1017/CBO9780511802843.
    """
    if fitted.law.by_interval is None:
        raise GrowthError(f"{fitted.name}: the law is not written for the time to a diameter")
    time = _Time(
        f"growth to {diameter_mm:g} mm",
        lambda values: months_to(fitted.law, values, diameter_mm),
        *fitted.law.by_interval,
        target_mm=diameter_mm,
    )
    return _interval(fitted, time, level, resamples, seed, cluster)


def doubling_time(
    fitted: GrowthFit,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 1,
    cluster: str | None = None,
) -> DoublingTime:
    """Doubling time of diameter and volume under exponential growth.

    Parameters are those of `interval_to`. The volume of a sphere doubles three times while its
    diameter doubles once.

    Returns
    -------
    DoublingTime

    Raises
    ------
    GrowthError
        For another law, which has no constant doubling time, or when the curve does not grow.
    """
    if fitted.name != "exponential":
        raise GrowthError(f"{fitted.name} growth has no constant doubling time")
    time = _Time("doubling of the diameter", _doubling, "k", "log(2) / interval", target_mm=1.0)
    diameter = _interval(fitted, time, level, resamples, seed, cluster)
    return DoublingTime(diameter, _third(diameter, "doubling of the volume"))


@dataclass(frozen=True)
class _Time:
    """A time: how it is read from the estimates, and which parameter it takes the place of."""

    what: str
    read: Callable[[dict[str, float]], float]
    replaced: str
    expression: str
    target_mm: float


def _doubling(values: dict[str, float]) -> float:
    if not values["k"] > 0:
        raise GrowthError("exponential growth: the fitted curve does not grow")
    return log(2) / values["k"]


def _third(whole: Interval, what: str) -> Interval:
    def third(bounds: Bounds) -> Bounds:
        return Bounds(bounds.lower / 3, bounds.upper / 3)

    return Interval(
        what=what,
        estimate=whole.estimate / 3,
        se=whole.se / 3,
        level=whole.level,
        delta=third(whole.delta),
        profile=third(whole.profile),
        bootstrap=third(whole.bootstrap),
        resamples=whole.resamples,
        failed=whole.failed,
    )


def _interval(
    fitted: GrowthFit,
    time: _Time,
    level: float,
    resamples: int,
    seed: int,
    cluster: str | None,
) -> Interval:
    estimate = time.read(fitted.values)
    se, profile = _delta_and_profile(fitted, time, estimate, level)
    half = float(student.ppf((1 + level) / 2, fitted.n - len(fitted.parameters))) * se
    bootstrap, failed = _bootstrap(fitted, time, level, resamples, seed, cluster)
    return Interval(
        what=time.what,
        estimate=estimate,
        se=se,
        level=level,
        delta=Bounds(estimate - half, estimate + half),
        profile=profile,
        bootstrap=bootstrap,
        resamples=resamples,
        failed=failed,
    )


def _delta_and_profile(
    fitted: GrowthFit, time: _Time, estimate: float, level: float
) -> tuple[float, Bounds]:
    """Standard error of the time and its profile bounds, from the curve written for the time."""
    law, values = fitted.law, fitted.values
    parameters = lmfit.Parameters()
    parameters.add("target", value=time.target_mm, vary=False)
    for name in law.parameters:
        if name != time.replaced:
            low = time.target_mm if name == "dmax" else law.lowest.get(name, -inf)
            parameters.add(name, value=values[name], min=low)
    parameters.add("interval", value=estimate, min=0 if law.name == "power law" else -inf)
    parameters.add(time.replaced, expr=time.expression)
    rows = fitted.lesions
    result = least_squares(
        law, rows["months"].to_numpy(), rows["observed_mm"].to_numpy(), parameters
    )
    stderr = None if result is None else result.params["interval"].stderr
    if result is None or stderr is None or not isfinite(stderr) or not stderr > 0:
        return nan, Bounds(nan, nan)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # lmfit warns when it stops at an end that nothing rejects; that end is infinite.
        warnings.filterwarnings("ignore", message="(Bound reached|maxiter|rel_change)")
        try:
            (_, lower), _, (_, upper) = result.conf_interval(
                p_names=["interval"],
                sigmas=[level],
                maxiter=_STEPS,
                min_rel_change=1e-7,
            )["interval"]
        except (ValueError, lmfit.minimizer.MinimizerException):
            return float(stderr), Bounds(nan, nan)
    return float(stderr), Bounds(float(lower), float(upper))


def _bootstrap(
    fitted: GrowthFit,
    time: _Time,
    level: float,
    resamples: int,
    seed: int,
    cluster: str | None,
) -> tuple[Bounds, int]:
    """Percentile bounds over resampled lesions or patients, and how many could not be fitted."""
    rows = fitted.lesions
    if cluster is not None and cluster not in rows:
        raise GrowthError(f"the lesions have no column {cluster!r}")
    groups = (
        [np.array([i]) for i in range(len(rows))]
        if cluster is None
        else list(rows.groupby(cluster, observed=True).indices.values())
    )
    months, diameter_mm = rows["months"].to_numpy(), rows["observed_mm"].to_numpy()
    rng = np.random.default_rng(seed)
    times, failed = [], 0
    for _ in range(resamples):
        drawn = rng.integers(len(groups), size=len(groups))
        sample = np.concatenate([groups[i] for i in drawn])
        other = least_squares(
            fitted.law,
            months[sample],
            diameter_mm[sample],
            fitted.values,
            tolerance=1e-6,
        )
        if other is None or np.unique(months[sample]).size < 2:
            failed += 1
            continue
        try:
            times.append(time.read(other.best_values))
        except GrowthError:
            times.append(inf)
    if not times:
        return Bounds(nan, nan), failed
    ends = np.quantile(times, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return Bounds(float(ends[0]), float(ends[1])), failed
