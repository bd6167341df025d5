"""Whether chains agree: rank-normalised split R-hat and effective sample size.

arviz has both, and is heavy; arviz-stats is light, but not among the kept packages. Checked against
its values in `tests/engine/test_mixing.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import beta, rankdata

_Floats = NDArray[np.float64]


def r_hat(draws: ArrayLike) -> float:
    """Rank-normalised split R-hat, the larger of those for location and for spread.

    Parameters
    ----------
    draws : array-like, shape (chains, draws)
        Infinite values are ranked like others.

    Returns
    -------
    float
        Near 1 where chains agree. NaN with fewer than 6 draws a chain, a missing value, or when
        nothing varies.

    References
    ----------
    Vehtari et al. 2021, doi 10.1214/20-BA1221.
    """
    halves = _halves(draws)
    if halves is None:
        return np.nan
    middle = np.median(halves)
    with np.errstate(invalid="ignore"):
        folded = np.where(halves == middle, 0.0, np.abs(halves - middle))
    return max(_potential(_normal_scores(halves)), _potential(_normal_scores(folded)))


def effective_size(draws: ArrayLike) -> float:
    """Number of independent draws that would know the centre as well (bulk effective size).

    Parameters
    ----------
    draws : array-like, shape (chains, draws)

    Returns
    -------
    float
        Above the number of draws where these are negatively correlated; NaN as in `r_hat`.

    References
    ----------
    Vehtari et al. 2021, doi 10.1214/20-BA1221; Geyer 1992, doi 10.1214/ss/1177011137, for where
    the sum of autocorrelations ends.
    """
    halves = _halves(draws)
    if halves is None:
        return np.nan
    return _size(_normal_scores(halves))


def tail_effective_size(draws: ArrayLike) -> float:
    """Number of independent draws that would know the 5% and the 95% quantile as well.

    The smaller of the two sizes for how often a draw is at most the quantile.

    Parameters
    ----------
    draws : array-like, shape (chains, draws)
        Infinite values are ordered like others.

    Returns
    -------
    float
        NaN as in `r_hat`. A quantile that no draw exceeds is known by every draw.

    References
    ----------
    Vehtari et al. 2021, doi 10.1214/20-BA1221.
    """
    given = np.asarray(draws, float)
    if _halves(given) is None:
        return np.nan
    ordered = np.sort(given, axis=None)
    sizes = []
    for probability in (0.05, 0.95):
        below = given <= ordered[int((given.size - 1) * probability)]
        halves = _halves(below)
        even = 2 * (given.shape[1] // 2) * len(given)
        sizes.append(even if halves is None else _size(halves))
    return float(min(sizes))


def quantile_error(draws: ArrayLike, probability: float) -> float:
    """Monte Carlo standard error of a quantile.

    Half the distance between the quantiles that stand one standard error to its left and right, by
    how well the effective size of the draws knows how often one is at most the quantile.

    Parameters
    ----------
    draws : array-like, shape (chains, draws)
        Infinite values are ordered like others.
    probability : float
        Of the quantile, above 0 and below 1.

    Returns
    -------
    float
        0 where nothing varies around the quantile, NaN as in `r_hat` otherwise; infinite next to
        infinite values.

    References
    ----------
    Vehtari et al. 2021, doi 10.1214/20-BA1221.
    """
    given = np.asarray(draws, float)
    if given.shape[1] < 6 or np.isnan(given).any():
        return np.nan
    ordered = np.sort(given, axis=None)
    halves = _halves(given <= ordered[int((given.size - 1) * probability)])
    size = given.size if halves is None else _size(halves)
    ends = beta.ppf(ndtr([-1.0, 1.0]), size * probability + 1, size * (1 - probability) + 1)
    low = ordered[max(int(np.floor(ends[0] * given.size)) - 1, 0)]
    high = ordered[min(int(np.ceil(ends[1] * given.size)) - 1, given.size - 1)]
    return 0.0 if low == high else float((high - low) / 2)


def _size(scores: _Floats) -> float:
    """Effective size of chains as they are, by Geyer's initial monotone sequence."""
    chains, length = scores.shape
    centred = scores - scores.mean(axis=1, keepdims=True)
    covariance = np.array(
        [np.mean(np.sum(centred[:, lag:] * centred[:, : length - lag], axis=1)) / length
         for lag in range(length)]
    )  # fmt: skip
    within = covariance[0] * length / (length - 1)
    total = covariance[0] + scores.mean(axis=1).var(ddof=1)
    correlation = 1 - (within - covariance) / total
    correlation[0] = 1.0
    pairs = correlation[: length - length % 2].reshape(-1, 2).sum(axis=1)[: (length - 1) // 2]
    falls = np.flatnonzero(pairs < 0)
    end = falls[0] if len(falls) else max(len(pairs) - 1, 1)
    after = max(correlation[2 * end], 0.0) if 2 * end < length else 0.0
    time = -1 + 2 * np.minimum.accumulate(pairs[:end]).sum() + after
    size = chains * length
    return size / max(time, 1 / np.log10(size))


def _halves(draws: ArrayLike) -> _Floats | None:
    """Each chain cut in two, an odd draw in the middle left out; None where there is no answer."""
    given = np.asarray(draws, float)
    length = given.shape[1] // 2
    if length < 3 or np.isnan(given).any():
        return None
    halves = np.concatenate([given[:, :length], given[:, -length:]])
    return None if (halves == halves.flat[0]).all() else halves


def _normal_scores(values: _Floats) -> _Floats:
    """Blom's normal scores of the ranks among all values."""
    ranks = rankdata(values).reshape(values.shape)
    return ndtri((ranks - 0.375) / (values.size + 0.25))


def _potential(scores: _Floats) -> float:
    """R-hat of chains as they are; infinite where chains stand still at different places."""
    length = scores.shape[1]
    within = scores.var(axis=1, ddof=1).mean()
    between = scores.mean(axis=1).var(ddof=1)
    if within == 0:
        return np.inf if between > 0 else np.nan
    return float(np.sqrt((length - 1) / length + between / within))
