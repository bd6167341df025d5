"""How many events a hazard ratio needs: two groups, one covariate among others, an interaction.

A ratio r between two groups is known with the variance 1/d + 1/e, where d and e are the events of
each. All that follows is this sum, and a guess of how the events divide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from .needed import PlanError, check_between, check_positive, check_ratio, check_share, check_test


def both_quantiles(power: float, alpha: float) -> float:
    """The sum of the two quantiles of the normal distribution behind every formula here.

    Parameters
    ----------
    power, alpha : float
        Chance to find what is there, and two-sided level.

    Raises
    ------
    PlanError
        For a power that is not above the level.
    """
    check_test(power, alpha)
    return float(ndtri(1 - alpha / 2) + ndtri(power))


def schoenfeld(
    hazard_ratio: float,
    share: float,
    power: float = 0.8,
    alpha: float = 0.05,
    explained: float = 0.0,
) -> float:
    """Events for a two-sided test of a hazard ratio near one between two groups.

    Parameters
    ----------
    hazard_ratio : float
        Of one group to the other; it and its inverse need the same.
    share : float
        Of the patients in one of the groups.
    power, alpha : float
        Chance to find it, and two-sided level of the test.
    explained : float
        Share of the variance of the group that the other covariates of a Cox model explain, R².

    Returns
    -------
    float
        Events of both groups together, not rounded.

    Raises
    ------
    PlanError

    References
    ----------
    Schoenfeld 1983, doi 10.2307/2531021; for `explained`, Hsieh and Lavori 2000,
    doi 10.1016/S0197-2456(00)00104-5. The formula supposes that events divide as the patients do,
    which holds for ratios near one. Far from it the formula is too small where most patients are in the
    group with the higher hazard, and too large where few are; see `expected_test`.
    """
    check_ratio(hazard_ratio)
    check_share(share, "share")
    check_between(explained, "explained", 0)
    if explained >= 1:
        raise PlanError(
            "explained: less than 100% was expected; what other covariates tell wholly has no effect "
            "of its own"
        )
    information = share * (1 - share) * (1 - explained)
    return float(both_quantiles(power, alpha) ** 2 / (information * np.log(hazard_ratio) ** 2))


def freedman(hazard_ratio: float, share: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """Events for a log-rank test, by the share of the group among the dying.

    Where the ratio is far from one, most events are of one group, and the test learns less of each.
    It supposes that the shares of those at risk stay what they were at the start; `expected_test` does
    not. Far from one it is too large where most patients are in the group with the higher hazard, and too
    small where few are.

    Parameters
    ----------
    hazard_ratio : float
        Of the group that `share` counts, to the other.
    share : float
    power, alpha : float

    Returns
    -------
    float
        Events of both groups together, not rounded.

    Raises
    ------
    PlanError

    References
    ----------
    Freedman 1982, doi 10.1002/sim.4780010204. lifelines' `sample_size_necessary_under_cph` has it in
    whole patients of each group, from which the events cannot be told.
    """
    check_ratio(hazard_ratio)
    check_share(share, "share")
    odds = share / (1 - share)
    signal = odds * (hazard_ratio - 1) ** 2 / (1 + odds * hazard_ratio) ** 2
    return both_quantiles(power, alpha) ** 2 / signal


def detectable(events: float, share: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The hazard ratio above one that so many events find, by Schoenfeld's formula turned round.

    Parameters
    ----------
    events : float
        Of both groups together.
    share : float
        Of the patients in one of the groups.
    power, alpha : float

    Raises
    ------
    PlanError

    References
    ----------
    As `schoenfeld`, which needs so many events for it.
    """
    check_share(share, "share")
    check_positive(events, "events")
    return float(np.exp(both_quantiles(power, alpha) / np.sqrt(events * share * (1 - share))))


def within_factor(factor: float, share: float, level: float = 0.95) -> float:
    """Events for a ratio whose interval reaches from a factor below it to one above.

    Parameters
    ----------
    factor : float
        Above 1: with 1.5, an estimate of 3 has an interval from 2 to 4.5.
    share : float
        Of the events in one of the groups.
    level : float
        Of the interval.

    Returns
    -------
    float
        Not rounded. The width is that of 1/d + 1/e; R's `coxph` has it on average.

    Raises
    ------
    PlanError
    """
    check_share(share, "share")
    check_share(level, "level")
    if not factor > 1:
        raise PlanError(f"factor: more than 1 was expected, found {factor:g}")
    return float((ndtri((1 + level) / 2) / np.log(factor)) ** 2 / (share * (1 - share)))


def cells(treated: float, marked: float) -> tuple[float, float, float, float]:
    """Shares of the four groups of a trial in which the treatment is randomised whatever the marker.

    Parameters
    ----------
    treated, marked : float
        Shares of the patients.

    Returns
    -------
    tuple of float
        Untreated and treated without the marker, untreated and treated with it.

    Raises
    ------
    PlanError
    """
    check_share(treated, "treated")
    check_share(marked, "marked")
    return (
        (1 - treated) * (1 - marked),
        treated * (1 - marked),
        (1 - treated) * marked,
        treated * marked,
    )


def interaction(
    ratio_of_ratios: float, divided: Sequence[float], power: float = 0.8, alpha: float = 0.05
) -> float:
    """Events for a test whether a treatment's hazard ratio differs between two groups.

    The log ratio of two hazard ratios is a sum over four cells, so its variance is the sum of one over
    the events of each: with equal cells 16 over all events, where one ratio of two equal groups has 4.
    That is where the factor of four comes from.

    Parameters
    ----------
    ratio_of_ratios : float
    divided : sequence of float, length 4
        Share of all events in each cell, such as `cells` gives for ratios near one.
    power, alpha : float

    Returns
    -------
    float
        Events of all four cells together, not rounded.

    Raises
    ------
    PlanError

    References
    ----------
    Peterson and George 1993, doi 10.1016/0197-2456(93)90031-8, whose text was not read: R's
    `Hmisc::ciapower` and SWOG's calculator, which say that they follow them, have the same sum. So has,
    with shares of the patients, the example of Schmoor, Sauerbrei and Schumacher 2000, Statistics in
    Medicine 19, pages 441 to 452.
    """
    check_ratio(ratio_of_ratios, "interaction")
    shares = np.asarray(divided, float)
    if shares.shape != (4,) or not (shares > 0).all() or not np.isclose(shares.sum(), 1):
        raise PlanError(
            f"divided: four shares above 0 that add up to 1 were expected, found {divided}"
        )
    variance = float((1 / shares).sum())
    return both_quantiles(power, alpha) ** 2 * variance / float(np.log(ratio_of_ratios) ** 2)


def power_of(log_ratio: float, events: Sequence[float], alpha: float = 0.05) -> float:
    """Power of a two-sided Wald test of a log ratio, given the expected events of each group or cell.

    Parameters
    ----------
    log_ratio : float
        Of two groups, or of two ratios where there are four.
    events : sequence of float
        Expected in each.
    alpha : float

    Returns
    -------
    float
        With the far tail, as R's Hmisc has it: `cpower` for two groups, `ciapower` for four.

    Raises
    ------
    PlanError
    """
    check_share(alpha, "alpha")
    each = np.asarray(events, float)
    if not (each > 0).all():
        raise PlanError(f"events: more than 0 in each group was expected, found {list(events)}")
    signal, limit = abs(log_ratio) / np.sqrt((1 / each).sum()), ndtri(1 - alpha / 2)
    return float(ndtr(signal - limit) + ndtr(-signal - limit))
