"""What two printed rates force of the p value of their own difference, at the time they are for.

Whatever the scale on which S is compared, its variance is Greenwood's sum times a number that S
tells, and the sum has a least value once S is printed. A death with b at risk adds 1/(b (b - 1)) to it; d tied deaths with a at
risk add d/(a (a - d)), which is the sum of these over b = a, …, a - d + 1. So it is a sum over the
set of risk-set sizes of `exact`, ties or not, and where the sets can be listed its least value is
found among them.

Where they are too many there is a bound. Of n patients the a at risk are at most the share of n
that the estimate S' just before the death tells, a <= n S', with equality as long as nobody was
censored. So d/(a (a - d)) is at least d/(n S' (a - d)), which is (1/S - 1/S')/n with the
estimate S just after it: summed over all deaths, (1/S - 1)/n.

No library has either: the variance is a matter of one data set there, not of all that print a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import asin, erfc, log, sqrt
from typing import NamedTuple

from .exact import PrintedRate
from .percentage import ForcedError

MOST_LISTED = 20_000
"""Sets up to which the least sum is looked for among them."""


class Scale(NamedTuple):
    """A scale on which survival is compared: increasing or decreasing throughout.

    Attributes
    ----------
    of : callable
        What is compared, of a survival.
    spread : callable
        Its variance over Greenwood's sum, which nowhere decreases with survival.
    """

    of: Callable[[Fraction], float]
    spread: Callable[[Fraction], float]


SCALES = {
    "log(-log S)": Scale(lambda s: log(-log(s)), lambda s: 1 / log(s) ** 2),
    "S": Scale(float, lambda s: float(s**2)),
    "log S": Scale(log, lambda s: 1.0),
    "logit S": Scale(lambda s: log(s / (1 - s)), lambda s: float(1 / (1 - s) ** 2)),
    "arcsine of the root of S": Scale(lambda s: asin(sqrt(s)), lambda s: float(s / (4 * (1 - s)))),
}
"""The five of Klein and colleagues."""


@dataclass(frozen=True)
class AtOneTime:
    """The largest statistic and the smallest p value that two printed rates can have between them.

    Attributes
    ----------
    z : float
        No cohort has a larger one, in size.
    p : float
        Two-sided; no cohort has a smaller one.
    """

    z: float
    p: float


def greenwood(sizes: Iterable[int]) -> Fraction:
    """Greenwood's sum for deaths one after another with so many at risk, none of them the last.

    Parameters
    ----------
    sizes : iterable of int
        Numbers at risk at each death, all at least 2.
    """
    return sum((Fraction(1, b * (b - 1)) for b in sizes), start=Fraction(0))


def least_greenwood(rate: PrintedRate) -> Fraction:
    """A number that Greenwood's sum is never below when a rate is printed of the largest group.

    Parameters
    ----------
    rate : PrintedRate
        Neither 0 nor without a set.

    Returns
    -------
    Fraction
        The least of all sets where these can be listed, and a bound otherwise.
    """
    _check(rate)
    if rate.n_sets <= MOST_LISTED:
        return min(map(greenwood, rate.listed))
    return (1 / rate.percentage.upper - 1) / rate.sizes[-1]


def smallest_p(first: PrintedRate, second: PrintedRate, scale: str = "log(-log S)") -> AtOneTime:
    """Bound the p value of two printed rates that are compared with each other.

    Parameters
    ----------
    first, second : PrintedRate
        Of two groups of known sizes, at the same time; neither prints as 0 or 100.
    scale : str
        On which they are compared, one of `SCALES`.

    Returns
    -------
    AtOneTime
        For every cohort that prints both, with halves rounded up or to even.

    Raises
    ------
    ForcedError
        For a scale that is none of these, when a rate is one of which a scale knows nothing, or when
        no set prints it.

    References
    ----------
    Klein et al. 2007, doi 10.1002/sim.2864, for the tests.
    """
    if scale not in SCALES:
        raise ForcedError(f"scale: one of {', '.join(SCALES)} was expected, found {scale}")
    of, spread = SCALES[scale]
    variance = 0.0
    for rate in (first, second):
        _check(rate)
        # The spread is least at the lower limit.
        variance += float(least_greenwood(rate)) * spread(rate.percentage.lower)
    ends = [[of(limit) for limit in (rate.percentage.lower, rate.percentage.upper)]
            for rate in (first, second)]  # fmt: skip
    z = max(abs(one - other) for one in ends[0] for other in ends[1]) / sqrt(variance)
    return AtOneTime(z, erfc(z / sqrt(2)))


def _check(rate: PrintedRate) -> None:
    if rate.percentage.lower <= 0 or rate.percentage.upper >= 1:
        raise ForcedError(
            f"rate: one that cannot be 0 or 100 was expected, found {rate.percentage.text}"
        )
    if rate.n_sets == 0:
        raise ForcedError(
            f"rate: {rate.sizes[-1]} patients cannot print {rate.percentage.text} percent"
        )
