"""Weighted log-rank tests of two groups, several weights at once, for many cohorts at once.

lifelines takes one weight and one cohort a call and gives no covariance between weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ._compiled import kernel
from .cohorts import Batch, Floats


@dataclass(frozen=True)
class WeightedLogRank:
    """Weighted log-rank tests of a group against the rest; the first axis is the cohort.

    Attributes
    ----------
    score : array, shape (cohorts, k)
        Weighted sum of observed minus expected events in the group.
    covariance : array, shape (cohorts, k, k)
        If the groups do not differ.
    """

    score: Floats
    covariance: Floats

    @property
    def z(self) -> Floats:
        """Score over its standard error; NaN where there is no variance."""
        return self.score / self._spread

    @property
    def p(self) -> Floats:
        """Two-sided p value of each test; NaN where there is no variance."""
        return 2 * ndtr(-np.abs(self.z))

    @property
    def correlation(self) -> Floats:
        """Of the tests of each cohort, shape (cohorts, k, k); NaN where there is no variance."""
        return self.covariance / self._spread[:, :, None] / self._spread[:, None, :]

    @property
    def _spread(self) -> Floats:
        variance = np.diagonal(self.covariance, axis1=1, axis2=2)
        return np.sqrt(np.where(variance > 1e-24, variance, np.nan))


def weighted_log_rank(
    batch: Batch, group: ArrayLike, weights: Sequence[tuple[float, float]]
) -> WeightedLogRank:
    """Fleming–Harrington tests of a group against the rest of each cohort.

    Parameters
    ----------
    batch : Batch
    group : array-like of bool, shape (cohorts, patients) or (patients,)
        In the order in which the patients were given.
    weights : sequence of (rho, gamma)
        Events weigh S^rho (1 − S)^gamma, S being everybody's Kaplan–Meier estimate just before.

    Returns
    -------
    WeightedLogRank

    Raises
    ------
    ValueError
        When a weight is negative.

    References
    ----------
    Harrington and Fleming 1982, doi 10.1093/biomet/69.3.553.
    """
    powers = np.asarray(weights, dtype=float)
    if powers.ndim != 2 or powers.shape[1] != 2 or not (powers >= 0).all():
        raise ValueError("weights: pairs of rho and gamma of at least 0 were expected")
    member = batch.flags(group, "group")
    return WeightedLogRank(
        *_weighted(batch.durations, batch.event_observed, batch.order, batch.size, member, powers)
    )


@kernel
def _weighted(durations, event_observed, order, size, member, powers):
    cohorts, k = size.size, powers.shape[0]
    score, covariance = np.zeros((cohorts, k)), np.zeros((cohorts, k, k))
    weight = np.empty(k)
    for c in range(cohorts):
        n, in_group, before = size[c], 0, 1.0
        for i in range(n):
            in_group += member[c, order[c, i]]
        i = 0
        while i < size[c]:
            now, deaths, of_group, leaving, leaving_group = durations[c, i], 0, 0, 0, 0
            while i < size[c] and durations[c, i] == now:
                one = member[c, order[c, i]]
                leaving += 1
                leaving_group += one
                if event_observed[c, i]:
                    deaths += 1
                    of_group += one
                i += 1
            if deaths:
                share = in_group / n
                variance = 0.0
                if n > 1:
                    variance = deaths * share * (1.0 - share) * (n - deaths) / (n - 1)
                for a in range(k):
                    weight[a] = before ** powers[a, 0] * (1.0 - before) ** powers[a, 1]
                    score[c, a] += weight[a] * (of_group - deaths * share)
                for a in range(k):
                    for b in range(k):
                        covariance[c, a, b] += weight[a] * weight[b] * variance
                before *= 1.0 - deaths / n
            n -= leaving
            in_group -= leaving_group
    return score, covariance
