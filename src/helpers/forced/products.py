"""Sets of risk-set sizes whose product of (a - 1)/a lies between limits, counted exactly.

Two tables of subsets grow towards each other, one from the smallest size up and one from the largest
down, always the shorter, until they have met. A set is then a row of either, and for each row of one
a sorted search finds its partners in the other: meeting in the middle, after Horowitz and Sahni 1974
(doi 10.1145/321812.321823). Floats decide only what is further than `MARGIN` from both limits;
nearer pairs are decided by exponents, or, where these are not the limit's, by fractions.

numpy sorts and searches. Counters of models (sharpSAT, CP-SAT's enumeration) would have to be told
the limits in integers of 50 digits, and list what is here only counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf, log, prod

import numpy as np
from numpy.typing import NDArray

from .subsets import MARGIN, MOST_EXPONENTS, Ints, exponents_of, halves, primes_to


@dataclass
class Tally:
    """The sets with one number of deaths.

    Attributes
    ----------
    inside, at_lower, at_upper : int
        Sets whose product lies between the limits, and at either of them.
    lowest, highest : int
        The fewest and the most at risk at the last death, over the sets that count.
    low, high : tuple of int
        A set for either, sizes falling.
    """

    inside: int = 0
    at_lower: int = 0
    at_upper: int = 0
    lowest: int = 0
    highest: int = 0
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()


_End = tuple[int, int, int]


@dataclass(frozen=True)
class Count:
    """Sets counted: a `Tally` for each number of deaths, and how many sets contain each size."""

    tallies: dict[int, Tally]
    containing: dict[int, int]


def count(
    sizes: range,
    lower: Fraction,
    upper: Fraction,
    *,
    upper_counts: bool,
    most_exponents: int = MOST_EXPONENTS,
) -> Count:
    """Count the subsets of consecutive sizes whose product lies between two limits.

    Parameters
    ----------
    sizes : range
        Risk-set sizes, all at least 2 and at most `subsets.MOST_SIZES`.
    lower, upper : Fraction
        Limits of the product; their ratio is more than 1 + 10 `MARGIN`. A product at the lower
        one counts.
    upper_counts : bool
        Whether a product at the upper one counts too.
    most_exponents : int
        Exponents that either table may have.

    Returns
    -------
    Count
        With the numbers of deaths that at least one set has.

    Raises
    ------
    ForcedError
        When there are too many to count.
    """
    return _Meeting(sizes, (lower, upper), (True, upper_counts), most_exponents).count()


class _Meeting:
    """Rows of either table, and the pairs whose joint product lies between the limits."""

    def __init__(
        self,
        sizes: range,
        limits: tuple[Fraction, Fraction],
        counts_at: tuple[bool, bool],
        most_exponents: int,
    ) -> None:
        self.limits, self.counts_at = limits, counts_at
        self.logs = [log(limit) if limit > 0 else -inf for limit in limits]
        self.primes = primes_to(sizes.stop - 1)
        self.grown = halves(sizes, self.logs[0], self.logs[1], most_exponents)
        self.orders = [np.lexsort((table.logs, table.deaths)) for table in self.grown]
        self.below, self.above = (
            table.take(order) for table, order in zip(self.grown, self.orders, strict=True)
        )
        self.until = np.append(0, np.cumsum(self.above.ways))
        # Partners of each row of `below`; for `above`, their differences from row to row.
        self.partners = np.zeros(len(self.below), np.int64)
        self.changes = np.zeros(len(self.above) + 1, np.int64)
        self.tallies: dict[int, Tally] = {}
        # The fewest and the most at risk at the last death, each with the pair of rows.
        self.ends: dict[int, tuple[_End, _End]] = {}

    def count(self) -> Count:
        for mine in _runs(self.below.deaths):
            for theirs in _runs(self.above.deaths):
                self._meet(mine, theirs)
        for deaths, (low, high) in self.ends.items():
            tally = self.tallies[deaths]
            tally.lowest, tally.low = low[0], self._set(*low[1:], highest=False)
            tally.highest, tally.high = high[0], self._set(*high[1:], highest=True)
        containing: dict[int, int] = {}
        weights = self.partners, np.cumsum(self.changes)[:-1]
        for table, order, sorted_weights in zip(self.grown, self.orders, weights, strict=True):
            of_row = np.empty_like(sorted_weights)
            of_row[order] = sorted_weights
            containing |= dict(table.containing(of_row))
        return Count(
            {deaths: self.tallies[deaths] for deaths in sorted(self.ends)},
            dict(sorted(containing.items())),
        )

    def _meet(self, mine: slice, theirs: slice) -> None:
        """Rows with one number of deaths each: what is surely inside, then what is near a limit."""
        x, y = self.below.logs[mine], self.above.logs[theirs]
        deaths = int(self.below.deaths[mine.start] + self.above.deaths[theirs.start])
        first = np.searchsorted(y, self.logs[0] - x + MARGIN)
        last = np.maximum(first, np.searchsorted(y, self.logs[1] - x - MARGIN))
        some = np.flatnonzero(last > first)
        if len(some):
            left = mine.start + some
            first, last = theirs.start + first[some], theirs.start + last[some]
            self._tally(deaths).inside += self._keep(deaths, left, first, last)
        for limit in (0, 1):
            around = self.logs[limit] - x
            one, two = (np.searchsorted(y, around + margin) for margin in (-MARGIN, MARGIN))
            near = two - one
            if near.any():
                left = np.repeat(np.arange(len(x)), near)
                right = np.arange(len(left)) - np.repeat(np.cumsum(near) - near - one, near)
                self._decide(deaths, limit, mine.start + left, theirs.start + right)

    def _decide(self, deaths: int, limit: int, left: Ints, right: Ints) -> None:
        """Pairs so near a limit that floats cannot tell; exponents and fractions can."""
        edge = self.limits[limit]
        goal = exponents_of(edge.numerator, self.primes)
        goal = goal - exponents_of(edge.denominator, self.primes)
        exponents = self.below.exponents[left] + self.above.exponents[right]
        # A limit that has larger primes too is no product of these.
        at_limit = (exponents == goal).all(axis=1) & (self._product(goal) == edge)
        inside = np.zeros(len(left), bool)
        for pair in np.flatnonzero(~at_limit):
            inside[pair] = self.limits[0] < self._product(exponents[pair]) < self.limits[1]
        tally = self._tally(deaths)
        tally.inside += self._keep(deaths, left[inside], right[inside], right[inside] + 1)
        left, right = left[at_limit], right[at_limit]
        if self.counts_at[limit]:
            sets = self._keep(deaths, left, right, right + 1)
            if limit == 0:
                tally.at_lower += sets
            else:
                tally.at_upper += sets

    def _keep(self, deaths: int, left: Ints, first: Ints, last: Ints) -> int:
        """Count rows of `below`, each with a run of rows of `above`, and remember them."""
        if not len(left):
            return 0
        ways, partners = self.below.ways[left], self.until[last] - self.until[first]
        np.add.at(self.partners, left, partners)
        np.add.at(self.changes, first, ways)
        np.add.at(self.changes, last, -ways)
        if self.below.deaths[left[0]] == 0:  # the empty subset alone: the last death is in `above`
            right = np.concatenate([np.arange(*run) for run in zip(first, last, strict=True)])
            sizes = (last - first).astype(np.intp)
            left, source, rows = np.repeat(left, sizes), self.above, right
        else:
            right, source, rows = first, self.below, left
        at = int(source.lowest[rows].argmin())
        low = int(source.lowest[rows[at]]), int(left[at]), int(right[at])
        at = int(source.highest[rows].argmax())
        high = int(source.highest[rows[at]]), int(left[at]), int(right[at])
        before = self.ends.get(deaths, (low, high))
        self.ends[deaths] = min(low, before[0]), max(high, before[1])
        return int(ways @ partners)

    def _tally(self, deaths: int) -> Tally:
        return self.tallies.setdefault(deaths, Tally())

    def _product(self, exponents: NDArray[np.int16]) -> Fraction:
        powers = zip(self.primes, map(int, exponents), strict=True)
        return prod((Fraction(prime) ** power for prime, power in powers), start=Fraction(1))

    def _set(self, left: int, right: int, *, highest: bool) -> tuple[int, ...]:
        sizes: list[int] = []
        for table, order, row in zip(self.grown, self.orders, (left, right), strict=True):
            sizes += table.subset(int(order[row]), highest=highest)
        return tuple(sorted(sizes, reverse=True))


def _runs(deaths: Ints) -> list[slice]:
    """Runs of equal numbers in a sorted array."""
    if not len(deaths):
        return []
    starts = [0, *(int(at) for at in np.flatnonzero(np.diff(deaths)) + 1)]
    return [slice(*ends) for ends in zip(starts, [*starts[1:], len(deaths)], strict=True)]
