"""Bins that hold enough patients or lesions to be shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..disclosure import SMALL


def together(values: ArrayLike, edges: ArrayLike) -> NDArray[np.float64]:
    """Edges of which those are left out that would make a bin with fewer than five values, or none.

    Parameters
    ----------
    values : array-like, shape (n,)
    edges : array-like, shape (m,)
        Rising, around all values; a value on an edge is in the bin below it.

    Returns
    -------
    ndarray
        The first and the last edge, and some between them.
    """
    found, at = np.asarray(values, float), np.asarray(edges, float)
    kept = [at[0]]
    for edge in at[1:-1]:
        inside = ((found > kept[-1]) & (found <= edge)).sum()
        if inside >= SMALL and (found > edge).sum() >= SMALL:
            kept.append(edge)
    return np.array([*kept, at[-1]])
