"""Dates of scans, in months after a scan at month 0 that showed nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def every(months: float, until: float = 60.0, after: float = 0.0) -> NDArray[np.float64]:
    """Scans at equal distances.

    Parameters
    ----------
    months : float
        Between two scans.
    until, after : float
        Months of the last possible scan and of the one before the first.

    Returns
    -------
    (n,) array
        Months of the scans, rising; empty where none falls before the end.

    Raises
    ------
    ValueError
        For a distance that is not positive.
    """
    if not months > 0:
        raise ValueError("months: a distance above 0 was expected")
    count = int(np.floor((until - after) / months + 1e-9))
    return np.asarray(after + months * np.arange(1, max(count, 0) + 1), np.float64)


def denser(
    months: float, first_until: float, later: float, until: float = 60.0
) -> NDArray[np.float64]:
    """Scans at one distance up to a month, and at another from there on.

    Parameters
    ----------
    months, later : float
        Between two scans, up to `first_until` and after it.
    first_until, until : float
        Months.

    Returns
    -------
    (n,) array
        Months of the scans, rising.
    """
    return np.concatenate([every(months, first_until), every(later, until, first_until)])
