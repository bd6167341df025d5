"""What a printed time to a diameter fixes: a doubling time for every diameter at its beginning."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .paths import Path

DAYS_A_MONTH = 30.4375


def volume_doubling_days(
    start_mm: ArrayLike,
    months: float,
    target_mm: float = 15.0,
    *,
    law: str = "exponential",
    top_mm: float = 200.0,
    exponent: float = 1.0,
) -> NDArray[np.float64]:
    """Doubling times of the volume at the target, of lesions that reach it in a given time.

    Parameters
    ----------
    start_mm : array-like
        Diameters at the beginning, mm.
    months : float
        From there to the target.
    target_mm : float
    law, top_mm, exponent
        As of a `Path`.

    Returns
    -------
    array
        Days in which the volume of a sphere would double, at the pace that it has at the target.
        Averaged from the start to the target all laws have that of the exponential.
    """
    starts = np.asarray(start_mm, float)
    paths = [Path(float(one), target_mm, law, top_mm, exponent) for one in starts.flat]
    days = [DAYS_A_MONTH * months * log(2) / (3 * path.pace(target_mm)) for path in paths]
    return np.array(days).reshape(starts.shape)
