"""One number that the chapters quote and nothing prints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quoted:
    """A number that a chapter quotes.

    Attributes
    ----------
    id : str
    words : str
        What it is.
    unit : str
        `share`, `points` (a difference of shares), `months`, `mm`, `ratio`, `p`, `index`,
        `variance`, `statistic`, `coefficient`, `rate`, `number`, or what is counted.
    found : array, shape (cohorts,)
        Infinite where a median is not reached, NaN where a cohort gives none.
    """

    id: str
    words: str
    unit: str
    found: _Floats
