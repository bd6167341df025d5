"""How likely a scan is to show a lesion of a given diameter."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit


@dataclass(frozen=True)
class Sensitivity:
    """Sensitivity that rises with the diameter, logistic in its logarithm.

    Attributes
    ----------
    half_mm : float
        Diameter at which half of what can be seen at all is seen, mm; with infinite steepness the
        threshold, which itself is seen.
    steepness : float
        Slope of the log odds in the log diameter.
    most : float
        Sensitivity for the largest lesions.

    Raises
    ------
    ValueError
        For a diameter or a steepness that is not positive, and for a share that is none.
    """

    half_mm: float
    steepness: float = inf
    most: float = 1.0

    def __post_init__(self) -> None:
        if not (self.half_mm > 0 and self.steepness > 0):
            raise ValueError("half_mm and steepness: numbers above 0 were expected")
        if not 0 <= self.most <= 1:
            raise ValueError("most: a share from 0 to 1 was expected")

    def at(self, diameter_mm: ArrayLike) -> NDArray[np.float64]:
        """Probability that a scan shows a lesion.

        Parameters
        ----------
        diameter_mm : array-like

        Returns
        -------
        array
            Of the same shape.
        """
        with np.errstate(divide="ignore"):
            over = np.log(np.asarray(diameter_mm, float)) - np.log(self.half_mm)
        if self.steepness == inf:
            return np.where(over >= 0, self.most, 0.0)
        return self.most * expit(self.steepness * over)
