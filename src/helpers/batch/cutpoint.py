"""Maximally selected log-rank statistics: the best cut of a covariate, and a p value that knows it.

No maintained Python package has them; R's maxstat does, one cohort a call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ._compiled import kernel
from .cohorts import Batch, Floats


@dataclass(frozen=True)
class Cutpoint:
    """The cut of a covariate that separates survival best; an element a cohort, NaN without a cut.

    Attributes
    ----------
    cut : array
        The group below has values of at most this.
    statistic : array
        Largest standardised log-rank statistic over all cuts, in absolute value.
    p_uncorrected : array
        As if the cut had been chosen beforehand.
    p_1992, p_1994 : array
        Approximations of the p value corrected for the search: over a continuum of cuts, and by an
        improved Bonferroni inequality over the cuts that there are; the latter never above 1.
    p_permutation : array
        By exchanging the outcomes among the patients; NaN where none were asked for.
    """

    cut: Floats
    statistic: Floats
    p_uncorrected: Floats
    p_1992: Floats
    p_1994: Floats
    p_permutation: Floats


def maximally_selected(
    batch: Batch,
    covariate: ArrayLike,
    least: float = 0.1,
    most: float = 0.9,
    permutations: int = 0,
    seed: int = 2023,
) -> Cutpoint:
    """Maximally selected log-rank statistic of each cohort.

    Parameters
    ----------
    batch : Batch
    covariate : array-like, shape (cohorts, patients) or (patients,)
        In the order in which the patients were given.
    least, most : float
        Shares of patients between which the group below a cut has to lie.
    permutations : int
        Random exchanges behind `p_permutation`. They are the same for every cohort of one size, so
        that a cohort's p value does not depend on which others it is analysed with.
    seed : int

    Returns
    -------
    Cutpoint

    Raises
    ------
    ValueError
        When the shares are not 0 < least < most < 1.

    References
    ----------
    Lausen and Schumacher 1992, doi 10.2307/2532740; Lausen, Sauerbrei and Schumacher 1994;
    Hothorn and Lausen 2003, doi 10.1016/S0167-9473(02)00225-6, for scores under ties and for the
    permutation. Checked against `maxstat.test` of R's package maxstat.
    """
    if not 0 < least < most < 1:
        raise ValueError(f"0 < least < most < 1 was expected, found {least} and {most}")
    if permutations < 0:
        raise ValueError(f"permutations: at least 0 was expected, found {permutations}")
    values = batch.scores(covariate, "covariate")
    counted = np.zeros(values.shape, bool)
    np.put_along_axis(counted, batch.order, np.arange(batch.patients) < batch.size[:, None], axis=1)
    rank = np.argsort(np.where(counted, values, np.inf), axis=1, kind="stable")
    cut, statistic, beyond, bonferroni = _maximum(
        batch.durations,
        batch.event_observed,
        batch.order,
        batch.size,
        values,
        rank,
        float(least),
        float(most),
        np.random.default_rng(seed).random((batch.patients, permutations)),
    )
    alone = 2 * ndtr(-statistic)
    smooth = p_of_a_search(statistic, least, most)
    return Cutpoint(
        cut,
        statistic,
        alone,
        smooth,
        np.minimum(alone + bonferroni, 1),
        (1 + beyond) / (1 + permutations) if permutations else np.full(len(batch), np.nan),
    )


def p_of_a_search(statistic: ArrayLike, least: float, most: float) -> Floats:
    """The p value of the best cut of a continuum, by the formula of 1992 behind `Cutpoint.p_1992`.

    Parameters
    ----------
    statistic : array-like
        Largest standardised statistic of the search, in absolute value.
    least, most : float
        Shares of patients between which the group below a cut had to lie.

    Returns
    -------
    array
        1 below a statistic of 1, where the formula says nothing; NaN where the statistic is.

    References
    ----------
    Lausen and Schumacher 1992, doi 10.2307/2532740.
    """
    z = np.asarray(statistic, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        width = np.log(most * (1 - least) / ((1 - most) * least))
        smooth = 4 * density / z + density * (z - 1 / z) * width
    found = np.where(z < 1, 1.0, np.maximum(smooth, 0))
    return np.where(np.isnan(z), np.nan, found)


@kernel
def _scores(durations, event_observed, order, n, out):
    """Log-rank scores by patient as given: one if it happened, less the hazard gathered by then."""
    gathered, k = 0.0, 0
    while k < n:
        first, now = k, durations[k]
        while k < n and durations[k] == now:
            k += 1
        for m in range(first, k):
            if event_observed[m]:
                gathered += 1.0 / (n - k + 1)
        for m in range(first, k):
            out[order[m]] = event_observed[m] - gathered


@kernel
def _best(scores, ends, n, total, squares):
    """Largest standardised statistic over cuts, and which cut has it."""
    best, place, gathered, k = -1.0, -1, 0.0, 0
    for e in range(ends.size):
        while k < ends[e]:
            gathered += scores[k]
            k += 1
        variance = k * (n - k) / (n * n * (n - 1.0)) * (n * squares - total * total)
        here = abs(gathered - k * total / n) / np.sqrt(variance)
        if here > best:
            best, place = here, e
    return best, place


@kernel
def _maximum(durations, event_observed, order, size, values, rank, least, most, drawn):
    cohorts, patients = values.shape
    cut, statistic = np.full(cohorts, np.nan), np.full(cohorts, np.nan)
    beyond, bonferroni = np.full(cohorts, np.nan), np.full(cohorts, np.nan)
    scores, mine = np.empty(patients), np.empty(patients)
    room = np.empty(patients, np.int64)
    for c in range(cohorts):
        n, found = size[c], 0
        # A cut lies behind the last of equal values; how many patients are below it.
        low, high = max(1, int(np.floor(n * least))), min(n - 1, int(np.floor(n * most)))
        for m in range(low, high + 1):
            if values[c, rank[c, m - 1]] < values[c, rank[c, m]]:
                room[found] = m
                found += 1
        if found == 0:
            continue
        ends = room[:found]
        _scores(durations[c], event_observed[c], order[c], n, scores)
        total, squares = 0.0, 0.0
        for k in range(n):
            mine[k] = scores[rank[c, k]]
            total += mine[k]
            squares += mine[k] * mine[k]
        if not n * squares - total * total > 1e-12 * n * squares:
            continue  # no event, or all scores alike
        best, place = _best(mine, ends, n, total, squares)
        statistic[c] = best
        cut[c] = values[c, rank[c, ends[place] - 1]]
        joint = 0.0
        for e in range(found - 1):
            one, two = ends[e], ends[e + 1]
            t = np.sqrt(1.0 - one * (n - two) / ((n - one) * two))
            joint += (
                np.exp(-best * best / 2.0) / np.pi * (t - (best * best / 4.0 - 1.0) * t**3 / 6.0)
            )
        bonferroni[c] = joint
        if drawn.shape[1]:
            beyond[c] = 0.0
            for b in range(drawn.shape[1]):
                for k in range(n - 1, 0, -1):
                    other = int(drawn[k, b] * (k + 1))
                    mine[k], mine[other] = mine[other], mine[k]
                beyond[c] += _best(mine, ends, n, total, squares)[0] >= best * (1.0 - 1e-12)
    return cut, statistic, beyond, bonferroni
