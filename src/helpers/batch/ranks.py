"""The log-rank test of two groups and the hazard ratio that goes with it, for many cohorts at once.

lifelines and scikit-survival have the test, one cohort a call; neither gives observed minus
expected, from which the one-step hazard ratio follows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ._compiled import kernel
from .cohorts import Batch, Floats


@dataclass(frozen=True)
class LogRank:
    """Log-rank test of a group against the rest; an element a cohort.

    Attributes
    ----------
    observed : array
        Events in the group.
    expected : array
        Events expected in it if hazards were equal.
    variance : array
        Of observed minus expected, hypergeometric; 0 where no event has both groups at risk.
    """

    observed: Floats
    expected: Floats
    variance: Floats

    @property
    def chi2(self) -> Floats:
        """Test statistic with one degree of freedom; NaN where the variance is 0."""
        return _over((self.observed - self.expected) ** 2, self.variance)

    @property
    def p(self) -> Floats:
        """Two-sided p value; NaN where the variance is 0."""
        return 2 * ndtr(-np.sqrt(self.chi2))

    @property
    def log_hazard_ratio(self) -> Floats:
        """One-step estimate of the group's log hazard ratio, by Peto; NaN where the variance is 0."""
        return _over(self.observed - self.expected, self.variance)

    @property
    def se(self) -> Floats:
        """Standard error of the one-step estimate; infinite where the variance is 0."""
        with np.errstate(divide="ignore"):
            return 1 / np.sqrt(self.variance)


def log_rank(batch: Batch, group: ArrayLike) -> LogRank:
    """Log-rank test of a group against the rest of each cohort.

    Parameters
    ----------
    batch : Batch
    group : array-like of bool, shape (cohorts, patients) or (patients,)
        In the order in which the patients were given.

    Returns
    -------
    LogRank

    References
    ----------
    Mantel 1966; Peto and Peto 1972, doi 10.2307/2344317; Yusuf et al. 1985,
    doi 10.1016/S0033-0620(85)80003-7, for the one-step estimate.
    """
    member = batch.flags(group, "group")
    return LogRank(
        *_log_rank(batch.durations, batch.event_observed, batch.order, batch.size, member)
    )


def stratified_log_rank(batch: Batch, group: ArrayLike, strata: list[ArrayLike]) -> LogRank:
    """Log-rank test of a group against the rest of each cohort, within each of some strata.

    Parameters
    ----------
    batch : Batch
    group : array-like of bool, shape (cohorts, patients) or (patients,)
        In the order in which the patients were given.
    strata : list of the same
        Who is in none of them is left out.

    Returns
    -------
    LogRank
        Sums over the strata.
    """
    tests = [log_rank(batch.subset(stratum), group) for stratum in strata]
    return LogRank(
        np.sum([test.observed for test in tests], axis=0),
        np.sum([test.expected for test in tests], axis=0),
        np.sum([test.variance for test in tests], axis=0),
    )


def _over(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(
        numerator, denominator, out=np.full(len(numerator), np.nan), where=denominator > 0
    )


@kernel
def _log_rank(durations, event_observed, order, size, member):
    cohorts = size.size
    observed, expected = np.zeros(cohorts), np.zeros(cohorts)
    variance = np.zeros(cohorts)
    for c in range(cohorts):
        k, at_risk, in_group = size[c] - 1, 0, 0
        while k >= 0:
            now, deaths, of_group = durations[c, k], 0, 0
            while k >= 0 and durations[c, k] == now:
                one = member[c, order[c, k]]
                at_risk += 1
                in_group += one
                if event_observed[c, k]:
                    deaths += 1
                    of_group += one
                k -= 1
            if deaths:
                share = in_group / at_risk
                observed[c] += of_group
                expected[c] += deaths * share
                if at_risk > 1:
                    left = (at_risk - deaths) / (at_risk - 1)
                    variance[c] += deaths * share * (1.0 - share) * left
    return observed, expected, variance
