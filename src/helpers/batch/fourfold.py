"""Fisher's exact test and chi-square of many tables of two by two.

scipy takes one table a call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, gammaln

from .cohorts import Floats

_ALIKE = 1e-7
"""By which share a table may be more probable and still counts as no more so; R's own."""


def fisher(tables: ArrayLike) -> Floats:
    """Two-sided p value of Fisher's exact test.

    Parameters
    ----------
    tables : array-like of int, shape (tables, 2, 2)

    Returns
    -------
    array, shape (tables,)
        The probability of all tables of the same margins that are no more probable, as `fisher.test`
        of R; NaN where a row is empty.
    """
    counts = _counts(tables)
    different, where = np.unique(counts.reshape(-1, 4), axis=0, return_inverse=True)
    return np.array([_fisher(*table) for table in different.tolist()])[where.ravel()]


def chi_square(tables: ArrayLike, corrected: bool = False) -> Floats:
    """p value of the chi-square test with one degree of freedom.

    Parameters
    ----------
    tables : array-like of int, shape (tables, 2, 2)
    corrected : bool
        With Yates' correction, of at most one half, as `chisq.test` of R.

    Returns
    -------
    array, shape (tables,)
        NaN where a row or a column is empty.
    """
    counts = _counts(tables).astype(float)
    whole = counts.sum(axis=(1, 2), keepdims=True)
    with np.errstate(all="ignore"):
        expected = counts.sum(axis=2, keepdims=True) * counts.sum(axis=1, keepdims=True) / whole
        off = np.abs(counts - expected)
        off -= np.minimum(0.5, off) if corrected else 0.0
        return np.asarray(chdtrc(1, (off**2 / expected).sum(axis=(1, 2))), dtype=float)


def _counts(tables: ArrayLike) -> NDArray[np.int64]:
    counts = np.asarray(tables, dtype=np.int64)
    if counts.ndim != 3 or counts.shape[1:] != (2, 2) or (counts < 0).any():
        raise ValueError(f"tables: counts in (tables, 2, 2) were expected, found {counts.shape}")
    return counts


def _fisher(a: int, b: int, c: int, d: int) -> float:
    if a + b == 0 or c + d == 0:
        return np.nan
    first = np.arange(max(0, a - d), min(a + b, a + c) + 1)
    cells = np.stack([first, a + b - first, a + c - first, d - a + first])
    log = -gammaln(cells + 1.0).sum(axis=0)
    relative = np.exp(log - log.max())
    here = relative[a - first[0]]
    return float(relative[relative <= here * (1 + _ALIKE)].sum() / relative.sum())
