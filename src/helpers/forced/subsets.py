"""Tables of the products of (a - 1)/a over all subsets of some risk-set sizes a.

Subsets with the same product and the same number of deaths share a row, and rows that can no longer
reach the limits are dropped. A product is kept as the exponents of its prime factors: whole numbers,
and by unique factorisation the same if and only if the products are. Its logarithm, a float, only
orders and prunes. With at most 1,000 sizes it is a sum of at most 1,000 terms between -0.7 and 0,
each and each partial sum right to 2^-53 of at most 7, so its error is below 2 · 1000 · 7 · 2^-53,
less than 2e-12; `MARGIN` is more than five times that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log1p

import numpy as np
from numpy.typing import NDArray

from .percentage import ForcedError

MOST_SIZES = 1000
"""Largest risk set; `MARGIN` relies on it."""

MARGIN = 1e-11
"""What two logarithms have to differ by for floats to tell which is larger."""

MOST_EXPONENTS = 25_000_000
"""Exponents that a table has at most, unless said otherwise."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Step:
    """How a table grew by one size.

    `without` and `having` say of each row where it went without the size and with it, -1 if
    nowhere. `lowest` and `highest` say of each new row where its example of either kind came from;
    a number beyond the old rows means one that took the size.
    """

    size: int
    ways: Ints
    without: Ints
    having: Ints
    lowest: Ints
    highest: Ints


@dataclass(frozen=True)
class Table:
    """Products of subsets, a row for each product and number of deaths.

    Attributes
    ----------
    logs : array of float
        Of the product; approximate.
    exponents : array (rows, primes)
        Of the primes in the product.
    deaths : array of int
        Sizes in the subset.
    ways : array of int
        Subsets that share the row.
    lowest, highest : array of int
        The least and the greatest of their smallest sizes, which are the risk sets at the last
        death; for the empty subset one more than the largest size.
    steps : tuple
        How it grew.
    """

    logs: NDArray[np.float64]
    exponents: NDArray[np.int16]
    deaths: Ints
    ways: Ints
    lowest: Ints
    highest: Ints
    steps: tuple[_Step, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.logs)

    def take(self, rows: Ints) -> Table:
        """Some rows, in another order; they no longer know how the table grew."""
        return Table(
            self.logs[rows],
            self.exponents[rows],
            self.deaths[rows],
            self.ways[rows],
            self.lowest[rows],
            self.highest[rows],
        )

    def subset(self, row: int, *, highest: bool) -> list[int]:
        """A subset of a row: the one whose smallest size is the row's `highest`, or its `lowest`."""
        sizes = []
        for step in reversed(self.steps):
            row = int((step.highest if highest else step.lowest)[row])
            if row >= len(step.ways):
                row -= len(step.ways)
                sizes.append(step.size)
        return sizes

    def containing(self, weights: Ints) -> Iterator[tuple[int, int]]:
        """Each size, and the sum over the subsets that contain it of their rows' weights."""
        for step in reversed(self.steps):
            padded = np.append(weights, 0)  # for -1, what went nowhere
            yield step.size, int(step.ways @ padded[step.having])
            weights = padded[step.without] + padded[step.having]


def primes_to(most: int) -> list[int]:
    """The primes up to a number."""
    return [p for p in range(2, most + 1) if all(p % q for q in range(2, int(p**0.5) + 1))]


def exponents_of(number: int, primes: list[int]) -> NDArray[np.int16]:
    """Exponents of the primes in a number, which may have others too."""
    found = np.zeros(len(primes), np.int16)
    for place, prime in enumerate(primes):
        while number % prime == 0:
            number //= prime
            found[place] += 1
    return found


def halves(
    sizes: range, lower: float, upper: float, most_exponents: int = MOST_EXPONENTS
) -> tuple[Table, Table]:
    """Tables of the smaller and of the larger sizes, of about the same length.

    Parameters
    ----------
    sizes : range
        Consecutive risk-set sizes from 2 or more.
    lower, upper : float
        Logarithms of the limits between which the product of a subset of all sizes has to lie.
    most_exponents : int
        Exponents that either may have.

    Returns
    -------
    tuple of two Tables
        What either lacks, the other has.

    Raises
    ------
    ForcedError
        When they would be too long.
    """
    primes = primes_to(sizes.stop - 1)
    one, end = np.ones(1, np.int64), np.full(1, sizes.stop, np.int64)
    none = np.zeros((1, len(primes)), np.int16)
    below = above = Table(np.zeros(1), none, 0 * one, one, end, end)
    too_many = ForcedError(
        f"n: {sizes.stop - 1} patients have too many sets to count for this rate"
    )
    low, high = sizes.start, sizes.stop - 1
    while low <= high:
        if len(below) <= len(above):
            rest = _log_of_all(range(low + 1, sizes.stop))
            below = _grown(below, low, primes, lower - MARGIN, upper - rest + MARGIN)
            low += 1
        else:
            rest = _log_of_all(range(sizes.start, high))
            above = _grown(above, high, primes, lower - MARGIN, upper - rest + MARGIN)
            high -= 1
        if max(below.exponents.size, above.exponents.size) > most_exponents:
            raise too_many
    if int(below.ways.sum()) * int(above.ways.sum()) >= 2**63:
        raise too_many
    return below, above


def _log_of_all(sizes: range) -> float:
    """Logarithm of the product over consecutive sizes: neighbours cancel."""
    return float(np.log((sizes.start - 1) / (sizes.stop - 1))) if sizes else 0.0


def _grown(table: Table, size: int, primes: list[int], least: float, most: float) -> Table:
    """A table with one more size; logarithms outside the limits are dropped."""
    logs = np.concatenate([table.logs, table.logs + log1p(-1 / size)])
    kept = np.flatnonzero((logs >= least) & (logs <= most))
    change = exponents_of(size - 1, primes) - exponents_of(size, primes)
    exponents = np.concatenate([table.exponents, table.exponents + change])[kept]
    deaths = np.concatenate([table.deaths, table.deaths + 1])[kept]
    # Equal rows have equal sums. Unequal ones that happen to have stay apart, or else equal ones
    # may be kept in two rows, which does no harm.
    mix = np.random.default_rng(size).integers(-(2**62), 2**62, len(primes) + 1)
    order = np.argsort(exponents @ mix[1:] + deaths * mix[0], kind="stable")
    kept, exponents, deaths = kept[order], exponents[order], deaths[order]
    new = np.ones(len(kept), bool)
    new[1:] = (exponents[1:] != exponents[:-1]).any(axis=1) | (deaths[1:] != deaths[:-1])
    starts, group = np.flatnonzero(new), np.cumsum(new) - 1
    went = np.full(len(logs), -1, np.int64)
    went[kept] = group
    last = [
        np.concatenate([table.lowest, np.minimum(table.lowest, size)])[kept],
        np.concatenate([table.highest, np.minimum(table.highest, size)])[kept],
    ]
    # Rows that a merged row consists of are neighbours; with none at all there is nothing to merge.
    lowest = np.minimum.reduceat(last[0], starts) if len(kept) else kept
    highest = np.maximum.reduceat(last[1], starts) if len(kept) else kept
    ways = np.concatenate([table.ways, table.ways])[kept]
    step = _Step(
        size,
        table.ways,
        went[: len(table)],
        went[len(table) :],
        kept[_first(group, last[0] == lowest[group])],
        kept[_first(group, last[1] == highest[group])],
    )
    return Table(
        logs[kept[starts]],
        exponents[starts],
        deaths[starts],
        np.add.reduceat(ways, starts) if len(kept) else ways,
        lowest,
        highest,
        (*table.steps, step),
    )


def _first(group: Ints, which: NDArray[np.bool_]) -> Ints:
    """Of each group, the first row of which something is true."""
    rows = np.flatnonzero(which)
    return rows[np.unique(group[rows], return_index=True)[1]]
