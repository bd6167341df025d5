"""Times read from a growth curve, each with three intervals: inverse prediction, doubling.

Standard errors and profiles come from the curve written anew (`profiles`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, log, nan

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from .fitting import GrowthFit
from .laws import GrowthError, Law, grows, months_to
from .least_squares import least_squares, parameters_of
from .profiles import Anew, ends_of_time, over


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
    Profile: Bates and Watts 1988, chapter 6, doi 10.1002/9780470316757, as R's `confint` of an
    `nls` fit; lmfit finds its ends to a relative 5e-5. Bootstrap of cases, percentile interval:
    Davison and Hinkley 1997, doi 10.1017/CBO9780511802843.
    """
    law, values = fitted.law, fitted.estimates
    estimate = months_to(law, values, diameter_mm)
    se, lower, upper = ends_of_time(fitted, diameter_mm, estimate, level)
    bootstrap, failed = _bootstrap(
        fitted, lambda other: months_to(law, other, diameter_mm), level, resamples, seed, cluster
    )
    return Interval(
        what=f"growth to {diameter_mm:g} mm",
        estimate=estimate,
        se=se,
        level=level,
        delta=_delta(fitted, estimate, se, level),
        profile=Bounds(lower, upper),
        bootstrap=bootstrap,
        resamples=resamples,
        failed=failed,
    )


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
    law, values = fitted.law, fitted.estimates
    estimate = _doubling(law, values)
    rate = Anew.of(fitted, law.curve, parameters_of(law, values))
    se = log(2) / values["k"] ** 2 * rate.error("k")
    slowest, fastest = (rate.end("k", level, side) for side in (-1, 1))
    bootstrap, failed = _bootstrap(
        fitted, lambda other: _doubling(law, other), level, resamples, seed, cluster
    )
    diameter = Interval(
        what="doubling of the diameter",
        estimate=estimate,
        se=se,
        level=level,
        delta=_delta(fitted, estimate, se, level),
        profile=Bounds(log(2) / fastest, over(log(2), slowest)),
        bootstrap=bootstrap,
        resamples=resamples,
        failed=failed,
    )
    return DoublingTime(diameter, _third(diameter, "doubling of the volume"))


def _doubling(law: Law, values: dict[str, float]) -> float:
    if not grows(law, values):
        raise GrowthError("exponential growth: the fitted curve does not grow")
    return log(2) / values["k"]


def _third(whole: Interval, what: str) -> Interval:
    def third(bounds: Bounds) -> Bounds:
        return Bounds(bounds.lower / 3, bounds.upper / 3)

    return replace(
        whole,
        what=what,
        estimate=whole.estimate / 3,
        se=whole.se / 3,
        delta=third(whole.delta),
        profile=third(whole.profile),
        bootstrap=third(whole.bootstrap),
    )


def _delta(fitted: GrowthFit, estimate: float, se: float, level: float) -> Bounds:
    half = float(stdtrit(fitted.n - len(fitted.parameters), (1 + level) / 2)) * se
    return Bounds(estimate - half, estimate + half)


def _bootstrap(
    fitted: GrowthFit,
    read: Callable[[dict[str, float]], float],
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
    start = parameters_of(fitted.law, fitted.estimates)
    rng = np.random.default_rng(seed)
    times, failed = [], 0
    for _ in range(resamples):
        drawn = rng.integers(len(groups), size=len(groups))
        sample = np.concatenate([groups[i] for i in drawn])
        other = least_squares(
            fitted.law.curve, months[sample], diameter_mm[sample], start, rough=True
        )
        if other is None or np.unique(months[sample]).size < 2:
            failed += 1
            continue
        try:
            times.append(read(other.best_values))
        except GrowthError:
            times.append(inf)
    if not times:
        return Bounds(nan, nan), failed
    ends = np.quantile(times, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return Bounds(float(ends[0]), float(ends[1])), failed
