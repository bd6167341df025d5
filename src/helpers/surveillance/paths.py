"""How a lesion grows from one diameter to another, by four laws that agree at both ends.

The clock of a path counts the time from the first diameter to the second as one, so that a law and a
pace are apart: print tells of a time between two diameters, and not by which law it was passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._kernels import compiled

Reals = NDArray[np.float64]

LAWS_OF_PATHS = ("exponential", "Gompertz", "logistic", "power law")
"""The laws; a name's place is its code."""


@dataclass(frozen=True)
class Path:
    """Growth from one diameter to another.

    Attributes
    ----------
    from_mm, to_mm : float
        The diameters at 0 and at 1 on the path's clock, mm.
    law : str
        One of `LAWS_OF_PATHS`.
    top_mm : float
        Final diameter of Gompertz and logistic growth, mm.
    exponent : float
        Of the power law, with which the diameter grows as a power of time; 1 is by equal
        millimetres.

    Raises
    ------
    ValueError
        For an unknown law, diameters that do not rise, and a final one that is not above them.
    """

    from_mm: float
    to_mm: float = 15.0
    law: str = "exponential"
    top_mm: float = 200.0
    exponent: float = 1.0

    def __post_init__(self) -> None:
        if self.law not in LAWS_OF_PATHS:
            raise ValueError(f"law: one of {', '.join(LAWS_OF_PATHS)} was expected")
        if not 0 < self.from_mm < self.to_mm:
            raise ValueError("a path leads from a diameter above 0 mm to a larger one")
        if not self.to_mm < self.top_mm:
            raise ValueError(f"top_mm: more than {self.to_mm:g} mm was expected")
        if not self.exponent > 0:
            raise ValueError("exponent: a number above 0 was expected")

    @property
    def code(self) -> int:
        """The law's place among `LAWS_OF_PATHS`."""
        return LAWS_OF_PATHS.index(self.law)

    @property
    def constants(self) -> tuple[float, float, float]:
        """What `log_diameter` needs of a law."""
        start, end, top = log(self.from_mm), log(self.to_mm), log(self.top_mm)
        if self.law == "exponential":
            return start, end - start, 0.0
        if self.law == "Gompertz":
            return top, top - start, log((top - start) / (top - end))
        if self.law == "logistic":
            first = self.top_mm / self.from_mm - 1
            return top, first, log(first / (self.top_mm / self.to_mm - 1))
        root = self.from_mm ** (1 / self.exponent)
        return self.exponent, root, self.to_mm ** (1 / self.exponent) - root

    def diameter(self, clock: ArrayLike) -> Reals:
        """Diameters at times on the path's clock.

        Parameters
        ----------
        clock : array-like

        Returns
        -------
        array
            mm, of the same shape; the differential equations of the laws give the same.
        """
        with np.errstate(divide="ignore", over="ignore"):
            return np.exp(in_plain_python(self.code, *self.constants, np.asarray(clock, float)))

    def clock(self, diameter_mm: ArrayLike) -> Reals:
        """Times on the path's clock at which diameters are reached.

        Parameters
        ----------
        diameter_mm : array-like

        Returns
        -------
        array
            Of the same shape; infinite where never.
        """
        size = np.asarray(diameter_mm, float)
        one, two, three = self.constants
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.law == "exponential":
                found = (np.log(size) - one) / two
            elif self.law == "Gompertz":
                found = -np.log((one - np.log(size)) / two) / three
            elif self.law == "logistic":
                found = -np.log((self.top_mm / size - 1) / two) / three
            else:
                found = (size ** (1 / one) - two) / three
        never = (size >= self.top_mm) & (self.law in ("Gompertz", "logistic"))
        return np.where(never, inf, found)

    def pace(self, diameter_mm: float) -> float:
        """Growth of the log diameter for one on the path's clock, where it has a diameter.

        Parameters
        ----------
        diameter_mm : float

        Returns
        -------
        float
        """
        one, _, three = self.constants
        if self.law == "exponential":
            return self.constants[1]
        if self.law == "Gompertz":
            return three * (one - log(diameter_mm))
        if self.law == "logistic":
            return three * (1 - diameter_mm / self.top_mm)
        return one * three / diameter_mm ** (1 / one)


@compiled
def log_diameter(code, one, two, three, clock):  # type: ignore[no-untyped-def]
    """Log of the diameter in mm at a time on a path's clock; the constants are the path's."""
    if code == 0:
        return one + two * clock
    if code == 1:
        return one - two * np.exp(-three * clock)
    if code == 2:
        return one - np.log1p(two * np.exp(-three * clock))
    return one * np.log(np.maximum(two + three * clock, 0.0))


in_plain_python = getattr(log_diameter, "py_func", log_diameter)
"""The same for arrays."""
