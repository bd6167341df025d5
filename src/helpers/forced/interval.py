"""What an interval that is printed with a rate tells: its type, how many it takes, and who was lost.

Every type adds and subtracts, on a scale of its own, a quantile times the root of Greenwood's sum. So
an end that prints in so many decimals tells between what limits that sum lies, given the estimate; a
type fits where some estimate that prints as the rate leaves a sum for both ends. As `one_time` proves,
the sum is at least (1/S - 1)/n of n patients, and just that if nobody was lost: (1/S - 1) over the sum
is how many patients tell as much as these did. A group has to be at least as large; the more it is
larger, the more of it was lost.

Estimates are tried at steps, and ends are compared as floats: what fits hardly is no proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf, sqrt
from statistics import NormalDist

from .asked import MOST_PATIENTS
from .exact import PrintedRate
from .one_time import MOST_LISTED, SCALES, Scale, greenwood
from .percentage import ForcedError, Percentage

TYPES = {
    "log-log": "log(-log S)",
    "log": "log S",
    "plain": "S",
    "logit": "logit S",
    "arcsine": "arcsine of the root of S",
}
"""Types of an interval, and the scale of each."""
_STEPS = 1_000


@dataclass(frozen=True)
class Interval:
    """An interval as printed with a rate.

    Attributes
    ----------
    rate, low, high : Percentage
    level : float
        Such as 0.95.

    Raises
    ------
    ForcedError
        When the rate may be 0 or 100, of which an interval tells nothing, or is not within.
    """

    rate: Percentage
    low: Percentage
    high: Percentage
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.rate.lower <= 0 or self.rate.upper >= 1:
            raise ForcedError(
                f"rate: one that cannot be 0 or 100 was expected with an interval, found {self.rate.text}"
            )
        if not (self.low.lower <= self.rate.upper and self.rate.lower <= self.high.upper):
            raise ForcedError(
                f"interval: one with {self.rate.text} inside was expected, found {self.low.text} to "
                f"{self.high.text}"
            )
        if not 0 < self.level < 1:
            raise ForcedError(
                f"level: a number between 0 and 100 was expected, found {100 * self.level:g}"
            )

    @property
    def quantile(self) -> float:
        """The two-sided quantile of the normal distribution."""
        return NormalDist().inv_cdf((1 + self.level) / 2)

    def sums(self, kind: str, share: Fraction) -> tuple[float, float] | None:
        """Between what Greenwood's sum lies if the estimate is this; None if the type does not fit."""
        scale = SCALES[TYPES[kind]]
        spread = self.quantile * sqrt(scale.spread(share))
        near = max(
            _distance(scale, share, min(self.low.upper, share)),
            _distance(scale, share, max(self.high.lower, share)),
        )
        far = min(
            _distance(scale, share, self.low.lower) if self.low.lower <= share else -1.0,
            _distance(scale, share, self.high.upper) if self.high.upper >= share else -1.0,
        )
        return ((near / spread) ** 2, (far / spread) ** 2) if near <= far else None


@dataclass(frozen=True)
class TypeFit:
    """How a type of interval fits.

    Attributes
    ----------
    kind : str
        One of `TYPES`.
    patients_min, patients_max : float or None
        How many of whom nobody is lost tell as much; None where the type does not fit, or no most.
    shares : tuple of (int, int)
        Followed and all, of a group of whom nobody is lost.
    """

    kind: str
    patients_min: float | None
    patients_max: float | None
    shares: tuple[tuple[int, int], ...]

    @property
    def fits(self) -> bool:
        """Whether some estimate and some sum give both ends."""
        return self.patients_min is not None

    @property
    def smallest_size(self) -> int | None:
        """The fewest patients that it takes."""
        return None if self.patients_min is None else ceil(self.patients_min - 1e-9)


def type_fits(interval: Interval, most: int = MOST_PATIENTS) -> tuple[TypeFit, ...]:
    """How each type of interval fits what is printed.

    Parameters
    ----------
    interval : Interval
    most : int
        Patients up to which groups of whom nobody is lost are sought.

    Returns
    -------
    tuple of TypeFit
        In the order of `TYPES`.
    """
    return tuple(_fit(interval, kind, most) for kind in TYPES)


def sets_that_fit(interval: Interval, kind: str, rate: PrintedRate) -> list[tuple[int, ...]] | None:
    """The sets of risk-set sizes that print the rate and the interval; None if too many to list.

    Parameters
    ----------
    interval : Interval
    kind : str
        One of `TYPES`.
    rate : PrintedRate
        The sets that print the rate.
    """
    if rate.n_sets > MOST_LISTED:
        return None
    found = []
    for sizes in rate.listed:
        share = Fraction(1)
        for size in sizes:
            share *= Fraction(size - 1, size)
        ends = interval.sums(kind, share)
        if ends is not None and ends[0] <= float(greenwood(sizes)) <= ends[1]:
            found.append(sizes)
    return found


def _fit(interval: Interval, kind: str, most: int) -> TypeFit:
    low, width = interval.rate.lower, interval.rate.upper - interval.rate.lower
    least, largest = inf, 0.0
    for step in range(_STEPS + 1):
        share = low + width * step / _STEPS
        ends = interval.sums(kind, share)
        if ends is not None:
            lost = float(1 / share - 1)
            least = min(least, lost / ends[1])
            largest = max(largest, lost / ends[0] if ends[0] > 0 else inf)
    if least == inf:
        return TypeFit(kind, None, None, ())
    shares = tuple(_shares(interval, kind, least, min(largest, most)))
    return TypeFit(kind, least, None if largest == inf else largest, shares)


def _shares(interval: Interval, kind: str, least: float, most: float) -> Iterator[tuple[int, int]]:
    """Plain shares that print the rate and the interval."""
    for n in range(max(floor(least), 1), ceil(most) + 1):
        first, last = ceil(n * interval.rate.lower), floor(n * interval.rate.upper)
        for left in range(max(first, 1), min(last, n - 1) + 1):
            share = Fraction(left, n)
            ends = interval.sums(kind, share)
            if (
                interval.rate.prints(share)
                and ends is not None
                and ends[0] <= float((1 / share - 1) / n) <= ends[1]
            ):
                yield left, n


def _distance(scale: Scale, share: Fraction, end: Fraction) -> float:
    """How far an end is on a scale; without limit where it is cut off at 0 or 100%."""
    if end <= 0 or end >= 1:
        return inf
    return abs(scale.of(share) - scale.of(end))
