"""What one printed rate forces in a group of any size: exact bounds, without counting any sets.

For each number of deaths it is decided whether a set of risk-set sizes prints the rate, and how few
and how many patients can be at risk at the last death; see `walk`, which also gives such a set.
Whether a set exists whose sizes are all at least a can only turn from yes to no as a grows, so the
most at risk at the last death is found by halving; the fewest is sought from the smallest size up,
which stops where the largest product is no longer too small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from .asked import MOST_PATIENTS, check_followed, sizes_of
from .percentage import ForcedError, Percentage, percentage
from .walk import UndecidedError, Walk


@dataclass(frozen=True)
class SizeBounds:
    """What a rate forces in a group of one size; None where no set prints it, or where it is open.

    Attributes
    ----------
    n : int
        Patients in the group.
    deaths_min, deaths_max : int or None
        The fewest and the most deaths.
    followed_min, followed_max : int or None
        The fewest and the most who can be still followed.
    decided : bool
        False where a rate has so many decimals that too many sets would have to be tried.
    """

    n: int
    deaths_min: int | None = None
    deaths_max: int | None = None
    followed_min: int | None = None
    followed_max: int | None = None
    decided: bool = True


@dataclass(frozen=True)
class DeathBounds:
    """What a rate forces in a group of one size if so many died.

    Attributes
    ----------
    n, deaths : int
    last_min, last_max : int
        The fewest and the most at risk at the last death; n + 1 without a death.
    followed_min, followed_max : int
        The fewest and the most who can be still followed.
    witness_min, witness_max : tuple of int
        Sets with the fewest and the most at risk at the last death, sizes falling.
    """

    n: int
    deaths: int
    last_min: int
    last_max: int
    followed_min: int
    followed_max: int
    witness_min: tuple[int, ...]
    witness_max: tuple[int, ...]


@dataclass(frozen=True)
class Bounds:
    """What a printed rate forces in groups of any size.

    A set counts if it prints the rate with halves rounded up or rounded to even.

    Attributes
    ----------
    percentage : Percentage
        The rate as printed.
    sizes : tuple of int
        Sizes of the group that were asked for.
    followed : int
        Patients who have to be still watched at the horizon, unless the estimate is 0.
    complete : bool
        Whether nobody was lost before the horizon, so that the rate is a plain share.
    """

    percentage: Percentage
    sizes: tuple[int, ...]
    followed: int = 1
    complete: bool = False

    @cached_property
    def by_size(self) -> tuple[SizeBounds, ...]:
        """What is forced for each size."""
        return tuple(self._of_size(n) for n in self.sizes)

    def by_deaths(self, n: int) -> tuple[DeathBounds, ...]:
        """What is forced for each possible number of deaths in a group of n.

        Raises
        ------
        ForcedError
            When it is not decided.
        """
        try:
            return tuple(self._rows(n))
        except UndecidedError:
            raise ForcedError(
                f"n: {n} patients have too many sets to try for a rate of so many decimals"
            ) from None

    @property
    def deaths(self) -> tuple[int, ...]:
        """Numbers of deaths that some size allows, of those that are decided."""
        sizes = [size.n for size in self.by_size if size.deaths_min is not None]
        if not self.complete:
            sizes = sizes[-1:]  # what fits a group fits every larger one
        return tuple(sorted({k for n in sizes for k in self._deaths_of(n)}))

    @property
    def fits(self) -> bool:
        """Whether some size prints the rate, of those that are decided."""
        return any(size.deaths_min is not None for size in self.by_size)

    @cached_property
    def _walk(self) -> Walk:
        return Walk(self.percentage.limits())

    @property
    def _least(self) -> int:
        """The smallest size at which a death can leave enough patients."""
        return max(self.followed, 1) + 1

    def _of_size(self, n: int) -> SizeBounds:
        try:
            deaths = list(self._deaths_of(n))
            if not deaths:
                return SizeBounds(n)
            if self.complete:
                return SizeBounds(n, deaths[0], deaths[-1], n - deaths[-1], n - deaths[0])
            low, high = self._least - 1, n + 1
            while low < high:  # the largest size from which on all deaths can be
                middle = (low + high + 1) // 2
                if self._walk.any_exists(middle, n):
                    low = middle
                else:
                    high = middle - 1
        except UndecidedError:
            return SizeBounds(n, decided=False)
        if self.percentage.units == 0:
            return SizeBounds(n, deaths[0], deaths[-1], 0, low - 1 if low >= self._least else 0)
        return SizeBounds(n, deaths[0], deaths[-1], self.followed, low - 1)

    def _deaths_of(self, n: int) -> Iterator[int]:
        """The possible numbers of deaths, rising."""
        if self.percentage.units == 0 and not self.complete:
            yield from range(1, n + 1)
        elif self.complete:
            yield from _lost_to_death(self.percentage, n, self.followed)
        elif self.followed <= n:
            for k in self._walk.counts(self._least, n):
                if self._walk.exists(k, self._least, n):
                    yield k

    def _rows(self, n: int) -> Iterator[DeathBounds]:
        for k in self._deaths_of(n):
            if self.complete:
                witness = tuple(range(n, n - k, -1))
                yield DeathBounds(n, k, n - k + 1, n - k + 1, n - k, n - k, witness, witness)
                continue
            fewest, most = self._ends(n, k)
            followed = 0 if 1 in fewest else self.followed
            last_max = min(most, default=n + 1)
            yield DeathBounds(
                n, k, min(fewest, default=n + 1), last_max, followed, last_max - 1, fewest, most
            )

    def _ends(self, n: int, k: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Sets of k with the fewest and with the most at risk at the last death."""
        walk, least = self._walk, self._least
        emptied = tuple(range(k, 0, -1))
        if k == 0:
            return (), ()
        first, last = least - 1, n - k + 1
        while first < last:
            middle = (first + last + 1) // 2
            if walk.exists(k, middle, n):
                first = middle
            else:
                last = middle - 1
        most = walk.witness(k, first, n) if first >= least else None
        if self.percentage.units == 0:
            return emptied, most or emptied
        assert most is not None
        for size in range(least, first):
            # The largest product that ends in this size: a smaller one only has smaller ones.
            if walk.is_below((size - 1) * (n - k + 1), size * n):
                continue
            rest = walk.witness(k - 1, size + 1, n, size - 1, size)
            if rest is not None:
                return (*rest, size), most
        return most, most


def _lost_to_death(read: Percentage, n: int, followed: int) -> Iterator[int]:
    """The numbers of deaths for which a plain share prints as it, rising."""
    for left in range(min(floor(n * read.upper), n), max(ceil(n * read.lower), 0) - 1, -1):
        if read.prints(Fraction(left, n)) and (left >= followed or left == 0):
            yield n - left


def bounds(
    printed: str | float,
    n: int | Sequence[int],
    *,
    decimals: int | None = None,
    followed: int = 1,
    complete: bool = False,
) -> Bounds:
    """Bound what a printed rate allows in groups of any size, exactly and without counting sets.

    Parameters
    ----------
    printed : str or number
        A Kaplan–Meier rate in percent as printed, such as `"93.5"`; a number needs `decimals`.
    n : int or sequence of int
        Patients in the group, or the sizes that it may have, such as `range(40, 121)`.
    decimals : int, optional
        Decimals printed, where the text does not show them.
    followed : int
        Patients who have to be still watched at the horizon, unless the estimate is 0.
    complete : bool
        Whether nobody was lost before the horizon.

    Returns
    -------
    Bounds

    Raises
    ------
    ForcedError
        When a number is none that can be.
    """
    read = percentage(printed, decimals)
    sizes = sizes_of(n)
    check_followed(followed, sizes)
    return Bounds(read, sizes, followed, complete)


def smallest_size(
    printed: str | float,
    *,
    decimals: int | None = None,
    followed: int = 1,
    complete: bool = False,
) -> int | None:
    """The fewest patients whose rate can print so; every larger group can then print it too.

    With nobody lost the rate is a share, which a larger group need not print.

    Parameters
    ----------
    printed, decimals, followed, complete
        As in `bounds`.

    Returns
    -------
    int or None
        None where too many sets would have to be tried.
    """
    read = percentage(printed, decimals)
    check_followed(followed)
    if read.units == 0:
        return 1
    walk, least = Walk(read.limits()), max(followed, 1)
    if complete:
        sizes = range(least, MOST_PATIENTS + 1)
        return next(
            (n for n in sizes if any(True for _ in _lost_to_death(read, n, followed))), None
        )

    def prints(n: int) -> bool:
        return n >= least and walk.any_exists(least + 1, n)

    # As many patients as there are units in 1, all followed, print every rate above 0.
    enough = max(ceil(least / read.lower), 100 * 10**read.decimals)
    too_few, step = (0, 1)
    if read.upper < 1:  # one death in n costs at least 1/n, and the followed are at least 1 of n
        too_few = max(ceil(1 / (1 - read.lower)), ceil(Fraction(least) / read.upper)) - 1
    try:
        while not prints(min(too_few + step, enough)):
            too_few, step = too_few + step, 2 * step
        last = min(too_few + step, enough)
        while too_few + 1 < last:
            middle = (too_few + last) // 2
            if prints(middle):
                last = middle
            else:
                too_few = middle
    except UndecidedError:
        return None
    return last
