"""How many patients a survival rate needs to be known to some points, with censoring and without."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtri

from .aims import span_of
from .enrolment import Enrolment
from .needed import PlanError, check_positive, check_share
from .told import Span

Scale = Literal["log-log", "plain"]
_FINEST = 0.02
"""Points of an exact interval below which thousands of sizes would have to be tried."""


@dataclass(frozen=True)
class Precision:
    """What a rate needs.

    Attributes
    ----------
    patients : int
        So many that neither limit lies further from the rate than was asked.
    inflation : float
        How many times the variance is that of a plain share: 1 without censoring.
    lower, upper : float
        The limits then expected, shares.
    """

    patients: int
    inflation: float
    lower: float
    upper: float


def inflation(survival: float, months: float, enrolment: Enrolment) -> float:
    """How many times censoring makes the variance of a Kaplan–Meier rate that of a plain share.

    Greenwood's variance of n patients tends to S² ∫ h / (S(u) G(u)) du over n, where h is the hazard and
    G(u) the chance of being followed to u. Without censoring it is S (1 - S) over n. Hazards are taken
    for constant.

    Parameters
    ----------
    survival : float
        At `months`, a share.
    months : float
    enrolment : Enrolment

    Returns
    -------
    float
        1 without censoring.

    Raises
    ------
    PlanError
        When nobody would be followed so long.

    References
    ----------
    Breslow and Crowley 1974, doi 10.1214/aos/1176342705. R's `survfit` on a grid of a million patients
    gives the same.
    """
    check_share(survival, "survival")
    check_positive(months, "months")
    if enrolment.followed(months) <= 0:
        raise PlanError(
            f"follow_up: a study of more than {months:g} months was expected, found "
            f"{enrolment.accrual + enrolment.follow_up:g}, so that nobody is followed to {months:g}"
        )
    hazard = -np.log(survival) / months

    def rate(u: float) -> float:
        return float(hazard * np.exp(hazard * u) / enrolment.followed(u))

    bends = [enrolment.follow_up] if 0 < enrolment.follow_up < months else None
    spent = quad(rate, 0, months, points=bends)[0]
    return float(survival * spent / (1 - survival))


def precision(
    survival: float,
    points: float,
    months: float,
    enrolment: Enrolment,
    level: float = 0.95,
    scale: Scale = "log-log",
) -> Precision:
    """Patients for a Kaplan–Meier rate that is known to some points either way.

    Parameters
    ----------
    survival : float
        The rate expected, a share.
    points : float
        How far either limit may lie from it, as a share: 0.1 for ten points.
    months : float
        When the rate is read.
    enrolment : Enrolment
    level : float
    scale : {"log-log", "plain"}
        Of the interval.

    Returns
    -------
    Precision
        For the expected standard error; in half of all studies the interval comes out wider.

    Raises
    ------
    PlanError

    References
    ----------
    Kalbfleisch and Prentice 2002, doi 10.1002/9781118032985, for the log-log scale; R's `survfit` has the
    same limits.
    """
    check_share(level, "level")
    check_share(points, "points")
    times = inflation(survival, months, enrolment)
    z = float(ndtri((1 + level) / 2))
    spread = np.sqrt(times * survival * (1 - survival))

    def limits(n: float) -> tuple[float, float]:
        error = z * spread / np.sqrt(n)
        if scale == "plain":
            return survival - error, survival + error
        stretch = np.exp(error / (survival * abs(np.log(survival))))
        return survival**stretch, survival ** (1 / stretch)

    def far(n: float) -> bool:
        lower, upper = limits(n)
        return bool(max(survival - lower, upper - survival) > points)

    low, high = 1, 2
    while far(high):
        low, high = high, 2 * high
        if high > 10**9:
            raise PlanError(f"points: more than {points:g} was expected")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if far(middle) else (low, middle)
    found = high if far(low) else low
    return Precision(found, times, *(float(end) for end in limits(found)))


def exact_precision(survival: float, points: float, level: float = 0.95) -> Precision:
    """Patients for a share that is known to some points either way, with everybody followed.

    The exact binomial interval of Clopper and Pearson, by statsmodels, at the whole number of survivors
    nearest to what is expected. It rises and falls with the number of patients; from the one returned on
    it never reaches further. It is no bound for `precision`: an exact interval is the wider one, and the
    plain scale can ask for fewer patients even with losses, since near 0% and 100% it is too short. Half
    of all studies come out with a wider interval than the one expected.

    Parameters
    ----------
    survival : float
        The rate expected, a share.
    points : float
        How far either limit may lie from it, as a share.
    level : float
        Of the interval.

    Returns
    -------
    Precision

    Raises
    ------
    PlanError
        For fewer than two points.
    """
    from statsmodels.stats.proportion import proportion_confint

    check_share(survival, "survival")
    check_share(points, "points")
    check_share(level, "level")
    if points < _FINEST:
        raise PlanError(
            f"points: at least {100 * _FINEST:g} points were expected, found {100 * points:.3g}"
        )
    n = np.arange(1, 200 + ceil(2.5 / points**2))
    alive = np.rint(survival * n)
    lower, upper = proportion_confint(alive, n, alpha=1 - level, method="beta")
    lower, upper = np.where(alive == 0, 0.0, lower), np.where(alive == n, 1.0, upper)
    share = alive / n
    far = np.maximum(share - lower, upper - share) > points
    first = int(np.flatnonzero(far)[-1]) + 1 if far.any() else 0
    return Precision(int(n[first]), 1.0, float(lower[first]), float(upper[first]))


@dataclass(frozen=True)
class RatePlan:
    """What it takes to know a rate.

    Attributes
    ----------
    survival : float
    exact : int
        Patients if everybody is followed.
    inflation : (float, float)
        Of the variance by censoring, over the range of what is lost.
    log_log, plain : (int, int)
        Patients by the scale of the interval.
    """

    survival: float
    exact: int
    inflation: Span
    log_log: tuple[int, int]
    plain: tuple[int, int]


def rate_plan(
    survival: float,
    points: float,
    months: float,
    enrolments: tuple[Enrolment, ...],
    level: float = 0.95,
) -> RatePlan:
    """Patients for a rate that is known to some points, in several ways of losing patients.

    Parameters
    ----------
    survival, points, months : float
        As for `precision`.
    enrolments : tuple of Enrolment
        The ways.
    level : float
        Of the interval.

    Returns
    -------
    RatePlan

    Raises
    ------
    PlanError
    """
    by_log = [precision(survival, points, months, one, level) for one in enrolments]
    by_plain = [precision(survival, points, months, one, level, "plain") for one in enrolments]
    return RatePlan(
        survival,
        exact_precision(survival, points, level).patients,
        span_of([one.inflation for one in by_log]),
        (min(one.patients for one in by_log), max(one.patients for one in by_log)),
        (min(one.patients for one in by_plain), max(one.patients for one in by_plain)),
    )
