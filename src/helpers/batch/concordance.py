"""Harrell's concordance of a risk score with survival, for many cohorts at once.

lifelines and scikit-survival count the pairs of one cohort a call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ._compiled import kernel
from .cohorts import Batch, Floats, Integers


@dataclass(frozen=True)
class Concordance:
    """Pairs of patients of whom it is known who had the event first; an element a cohort.

    Attributes
    ----------
    concordant, discordant, tied : array of int
        Pairs in which the first to have it has the higher risk, the lower, or the same.
    """

    concordant: Integers
    discordant: Integers
    tied: Integers

    @property
    def index(self) -> Floats:
        """Harrell's C, tied pairs counted as half; 0.5 is chance, NaN without a pair."""
        pairs = self.concordant + self.discordant + self.tied
        right = self.concordant + self.tied / 2
        return np.divide(right, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def concordance(batch: Batch, risk: ArrayLike) -> Concordance:
    """Concordance of a score: the higher it is, the sooner the event is expected.

    Two events at one time give no pair; who is censored at the time of an event outlives it.

    Parameters
    ----------
    batch : Batch
    risk : array-like, shape (cohorts, patients) or (patients,)
        In the order in which the patients were given, as `Cox.risk` has it. A cohort with a NaN
        gets no pair.

    Returns
    -------
    Concordance

    References
    ----------
    Harrell et al. 1982, doi 10.1001/jama.1982.03320430047030; ties as in lifelines'
    `concordance_index` and in `concordance` of R's package survival.
    """
    values = np.asarray(risk, dtype=float)
    unknown = np.atleast_2d(np.isnan(values)).any(axis=1)
    ranks = batch.scores(np.nan_to_num(values), "risk")
    pairs = _pairs(batch.durations, batch.event_observed, batch.order, batch.size, ranks)
    return Concordance(*(np.where(unknown, 0, count) for count in pairs))


@kernel
def _pairs(durations, event_observed, order, size, risk):
    cohorts, patients = durations.shape
    concordant, discordant = np.zeros(cohorts, np.int64), np.zeros(cohorts, np.int64)
    tied = np.zeros(cohorts, np.int64)
    ranked = np.empty(patients)
    for c in range(cohorts):
        n = size[c]
        for k in range(n):
            ranked[k] = risk[c, order[c, k]]
        k = 0
        while k < n:
            first, now = k, durations[c, k]
            while k < n and durations[c, k] == now:
                k += 1
            for i in range(first, k):
                if not event_observed[c, i]:
                    continue
                mine, lower, higher, comparable = ranked[i], 0, 0, n - k
                for j in range(first, k):
                    if not event_observed[c, j]:
                        comparable += 1
                        lower += ranked[j] < mine
                        higher += ranked[j] > mine
                for j in range(k, n):
                    lower += ranked[j] < mine
                    higher += ranked[j] > mine
                concordant[c] += lower
                discordant[c] += higher
                tied[c] += comparable - lower - higher
    return concordant, discordant, tied
