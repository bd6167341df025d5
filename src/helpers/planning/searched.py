"""A cut-point that is searched again in new patients, and what the search costs."""

from __future__ import annotations

from scipy.optimize import brentq
from scipy.special import ndtri

from .. import batch
from .needed import PlanError, check_share, check_test


def critical_value(alpha: float = 0.05, least: float = 0.1) -> float:
    """What the best standardised log-rank statistic of a search has to exceed.

    Parameters
    ----------
    alpha : float
        Two-sided level that the search as a whole shall have.
    least : float
        Share of patients that every cut leaves on either side.

    Raises
    ------
    PlanError

    References
    ----------
    Lausen and Schumacher 1992, doi 10.2307/2532740, by `batch.p_of_a_search`; their Table 2 and R's
    `maxstat::qLausen92` have the same.
    """
    check_share(alpha, "alpha")
    if not 0 < least < 0.5:
        raise PlanError(f"least: more than 0 and less than a half was expected, found {least:g}")

    def beyond(z: float) -> float:
        return float(batch.p_of_a_search(z, least, 1 - least)) - alpha

    if beyond(1.0) <= 0:  # a level that the formula, made for small ones, does not reach
        raise PlanError(f"alpha: a smaller level was expected, found {100 * alpha:.4g}%")
    return float(brentq(beyond, 1.0, 30.0))


def price_of_a_search(power: float = 0.8, alpha: float = 0.05, least: float = 0.1) -> float:
    """How many times the events a search needs that a cut fixed beforehand does.

    Parameters
    ----------
    power, alpha : float
        The same for both.
    least : float
        As for `critical_value`.

    Returns
    -------
    float
        If the best cut is the one in question; where another may do as well, the search finds something
        a little more often.

    Raises
    ------
    PlanError
    """
    check_test(power, alpha)
    fixed = ndtri(1 - alpha / 2) + ndtri(power)
    return float(((critical_value(alpha, least) + ndtri(power)) / fixed) ** 2)
