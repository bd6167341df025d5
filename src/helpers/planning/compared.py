"""Comparing two schedules: shares of two groups, by women or by clusters of them; composite endpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, isclose, prod

from scipy.special import ndtri
from scipy.stats import t as student

from .aims import Aim
from .needed import PlanError, check_between, check_share, check_test
from .told import Span


def two_shares(one: float, other: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """Units in each of two equal groups for a two-sided test of two shares.

    Parameters
    ----------
    one, other : float
        Shares, between 0 and 1.
    power, alpha : float

    Returns
    -------
    float
        Not rounded. By statsmodels, with the pooled variance under no difference, as R's
        `power.prop.test` and `Hmisc::bsamsize`.

    Raises
    ------
    PlanError
        For two shares that are the same, and for those that are none.
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    check_share(one, "one")
    check_share(other, "other")
    check_test(power, alpha)
    if isclose(one, other):
        raise PlanError(
            f"other: another share than {100 * one:.4g}% was expected, for no study can find a "
            "difference of 0"
        )
    return float(samplesize_proportions_2indep_onetail(one - other, other, power, alpha=alpha))


def design_effect(size: float, icc: float, variation: float = 0.0) -> float:
    """How many times as many women are needed where clusters of them are drawn.

    Parameters
    ----------
    size : float
        Women in a cluster, on average.
    icc : float
        Intraclass correlation.
    variation : float
        Standard deviation of the sizes over their mean.

    Raises
    ------
    PlanError

    References
    ----------
    Eldridge, Ashby and Kerry 2006, doi 10.1093/ije/dyl129. R's `Hmisc::deff` has it for given sizes, of
    which the standard deviation is that with n in the denominator.
    """
    check_between(size, "cluster", 1)
    check_between(icc, "icc", 0, 1)
    check_between(variation, "variation", 0)
    return 1 + ((1 + variation**2) * size - 1) * icc


@dataclass(frozen=True)
class Clustered:
    """A comparison of clusters.

    Attributes
    ----------
    design_effect : float
    clusters : int
        In each group.
    women : int
        In both groups together.
    """

    design_effect: float
    clusters: int
    women: int


def clustered(
    each: float, size: float, icc: float, power: float = 0.8, alpha: float = 0.05
) -> Clustered:
    """Clusters for what takes so many women in each group when they are drawn one by one.

    The test is of cluster means, by Student's t with two less than the number of clusters: with few of
    them its quantiles are larger than the normal ones, and the clusters more.

    Parameters
    ----------
    each : float
        Women in each group, as `two_shares` has them.
    size, icc : float
        See `design_effect`.
    power, alpha : float

    Returns
    -------
    Clustered

    Raises
    ------
    PlanError

    Notes
    -----
    R's `power.t.test`, which has the non-central distribution of t, gives the same clusters or one fewer.
    """
    check_test(power, alpha)
    effect = design_effect(size, icc)
    normal = float(ndtri(1 - alpha / 2) + ndtri(power))
    needed = each * effect / size
    number = max(2, ceil(needed))
    while True:
        df = 2 * number - 2
        wanted = float(student.ppf(1 - alpha / 2, df) + student.ppf(power, df))
        if number >= needed * (wanted / normal) ** 2:
            return Clustered(effect, number, ceil(2 * number * size))
        number += 1


def composite(*shares: float) -> float:
    """Share with at least one of several events, where these are independent.

    Parameters
    ----------
    *shares : float
        With each of the events, from 0 to 1.

    Raises
    ------
    PlanError
    """
    for share in shares:
        check_between(share, "composite", 0, 1)
    return 1 - prod(1 - share for share in shares)


@dataclass(frozen=True)
class SchedulePlan:
    """What it takes to compare two schedules of scans.

    Attributes
    ----------
    small, other : float
        Shares of lesions found small under either.
    lesions : int
        In both groups together, if each told as much as a woman.
    women : int
        For so many lesions, one a woman in whom one is found.
    large : (float, float)
        Share of all women in whom a large lesion is found, under either.
    drawn : int
        Women for these two shares: of all who are randomised, with a lesion or without.
    composed : int
        Women if death counts as well, is as frequent in both groups and independent of what is found.
    clusters : tuple of Clustered
        For `drawn`, with the intraclass correlations that were asked.
    """

    small: float
    other: float
    lesions: int
    women: int
    large: Span
    drawn: int
    composed: int
    clusters: tuple[Clustered, ...] = field(default=())


def schedule_plan(
    small: float,
    other: float,
    found: float,
    dead: float,
    size: float = 20,
    icc: tuple[float, ...] = (),
    aim: Aim | None = None,
) -> SchedulePlan:
    """Lesions, women and clusters to compare the lesions that two schedules find.

    Parameters
    ----------
    small, other : float
        Shares of lesions found small under the one schedule and the other.
    found : float
        Share of women in whom a lesion is found, taken as the same under either.
    dead : float
        Share who die in the same time, whatever the schedule.
    size : float
        Women in a cluster.
    icc : tuple of float
        Intraclass correlations.
    aim : Aim, optional

    Raises
    ------
    PlanError
    """
    aim = aim or Aim()
    for name, share in (("small", small), ("other", other), ("found", found)):
        check_share(share, name)
    if not 0 <= dead < 1:
        raise PlanError(f"dead: from 0% to less than 100% was expected, found {100 * dead:.4g}%")
    each = two_shares(small, other, aim.power, aim.alpha)
    large = (found * (1 - small), found * (1 - other))
    drawn = two_shares(*large, aim.power, aim.alpha)
    together = [composite(one, dead) for one in large]
    composed = two_shares(together[0], together[1], aim.power, aim.alpha)
    lesions = 2 * ceil(each)
    return SchedulePlan(
        small,
        other,
        lesions,
        ceil(lesions / found),
        large,
        2 * ceil(drawn),
        2 * ceil(composed),
        tuple(clustered(drawn, size, one, aim.power, aim.alpha) for one in icc),
    )
