"""The simplest surveillance in closed form: a threshold, equal distances, any date alike.

A lesion passes the threshold on any day between two scans with the same chance, and each scan after
that shows it with the same probability. Then shares and lead times are sums over the scans that missed
it, as in Zelen and Feinleib 1969 (doi 10.1093/biomet/56.3.601).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

_FEW = 1e-15


@dataclass(frozen=True)
class Steady:
    """What scans at equal distances find in the long run; an element a lesion that was asked for.

    Attributes
    ----------
    share_by_scan : array
        Found by a scan before they are felt.
    share_small : array
        Found by a scan within the window, while they are small.
    lead_months : array
        Mean time by which scans are ahead of feeling; felt lesions count as 0.
    """

    share_by_scan: NDArray[np.float64]
    share_small: NDArray[np.float64]
    lead_months: NDArray[np.float64]


def steady(
    every: ArrayLike,
    window_months: ArrayLike,
    felt_after: ArrayLike = inf,
    *,
    seen: float = 1.0,
) -> Steady:
    """Shares and lead time of lesions that grow at given paces.

    Parameters
    ----------
    every : array-like
        Months between scans.
    window_months : array-like
        From the threshold to the cut-point, months.
    felt_after : array-like
        From the threshold to feeling, months; infinite where a lesion is never felt.
    seen : float
        Probability that a scan shows a lesion above the threshold; times the adherence.

    Returns
    -------
    Steady

    Raises
    ------
    ValueError
        For a distance that is not positive, or a probability that is none.
    """
    gap, window, felt = np.broadcast_arrays(
        np.asarray(every, float), np.asarray(window_months, float), np.asarray(felt_after, float)
    )
    if not (gap > 0).all() or not 0 <= seen <= 1:
        raise ValueError("every above 0 and seen from 0 to 1 were expected")
    small, scan, lead = np.zeros(gap.shape), np.zeros(gap.shape), np.zeros(gap.shape)
    missed, chance = 0, seen
    while chance > _FEW:
        reached = np.clip(felt / gap - missed, 0, 1)
        scan += chance * reached
        small += chance * np.clip(np.minimum(window, felt) / gap - missed, 0, 1)
        with np.errstate(invalid="ignore"):
            ahead = reached * (felt - gap * (missed + reached / 2))
        lead += chance * np.where(reached > 0, ahead, 0.0)
        missed, chance = missed + 1, chance * (1 - seen)
        if np.isfinite(felt).all() and (felt <= gap * missed).all():
            break
    return Steady(scan, small, lead)


def lognormal_points(median: float, spread: float, count: int = 400) -> NDArray[np.float64]:
    """Equally likely points of a log-normal distribution, for means over it.

    Parameters
    ----------
    median, spread : float
        Its median, and the SD of the logarithm.
    count : int

    Returns
    -------
    (count,) array
        The quantiles in the middle of as many equal parts.
    """
    return median * np.exp(spread * ndtri((np.arange(count) + 0.5) / count))
