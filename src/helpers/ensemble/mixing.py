"""Whether chains agree: rank-normalised split R-hat and effective sample size.

arviz has both, and is heavy; arviz-stats is light, but not among the kept packages. Checked against
its values in `tests/engine/test_mixing.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

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
    scores = _normal_scores(halves)
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
    if length < 3 or np.isnan(given).any() or (given == given.flat[0]).all():
        return None
    return np.concatenate([given[:, :length], given[:, -length:]])


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
