"""What one printed Kaplan–Meier rate forces: every set of risk-set sizes that prints it.

Deaths at times with `a` at risk and `d` dying multiply the estimate by (a - d)/a. This is the
product of (b - 1)/b over b = a, a - 1, …, a - d + 1, since neighbours cancel: d tied deaths count
as d deaths one after another. Whoever leaves, dead or censored, leaves the risk set for good, so
the sizes b of all deaths differ. The estimate of n patients is therefore

    S = product of (b - 1)/b over a set D of sizes from 1 to n.

Every D occurs: let the patients leave one by one, the one who leaves b at risk dying if b is in D
and censored if not. So the sets D by which S prints as it does are exactly the histories that a
printed rate allows, as far as S goes; times within the horizon do not matter.

After a death at size b, b - 1 patients are left, of whom any number may be censored before the
horizon. If `followed` of them must still be watched there, D has no size up to `followed`. An
estimate of 0 needs nobody: then the last death, at size 1, leaves none. (Patients who die on the
day of the horizon itself have died by it, and are not among the followed.) Sets for n patients are
sets for n + 1 too, with the first to leave censored: what fits a group fits every larger one.

No library inverts a Kaplan–Meier estimate. IPDfromKM and others that follow Guyot et al. (doi
10.1186/1471-2288-12-9) need the drawn curve and give one data set; CLOSURE and CORVIDS list all
data sets behind a mean and a standard deviation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

from .asked import check_followed, sizes_of
from .percentage import ForcedError, Percentage, percentage
from .products import Count, Tally, count
from .subsets import MOST_EXPONENTS, MOST_SIZES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PrintedRate:
    """The sets of risk-set sizes that print a rate, counted.

    A set counts if it prints the rate with halves rounded up or rounded to even; `half_up` and
    `half_even` are the sets by either habit alone.

    Attributes
    ----------
    percentage : Percentage
        The rate as printed.
    sizes : tuple of int
        Sizes of the group that were asked for.
    followed : int
        Patients who have to be still watched at the horizon, unless the estimate is 0.
    by_size : DataFrame
        A row a size: `n`, `sets`, `half_up`, `half_even`, and over all sets `deaths_min`,
        `deaths_max`, `followed_min`, `followed_max`, which are missing where there is no set.
    by_deaths : DataFrame
        A row a size and a possible number of deaths: `n`, `deaths`, `sets`, `half_up`,
        `half_even`; `last_min` and `last_max`, the fewest and the most at risk at the last death
        (n + 1 without a death); `followed_min` and `followed_max`; `witness_min` and
        `witness_max`, sets with the fewest and the most at risk at the last death, as tuples.
    by_position : DataFrame
        A row a size and a risk-set size: `n`, `at_risk`, `sets` with a death there, and their
        `share` of all sets.
    """

    percentage: Percentage
    sizes: tuple[int, ...]
    followed: int
    by_size: pd.DataFrame
    by_deaths: pd.DataFrame
    by_position: pd.DataFrame

    @property
    def deaths(self) -> tuple[int, ...]:
        """Numbers of deaths that some size allows."""
        return tuple(sorted({int(deaths) for deaths in self.by_deaths["deaths"]}))

    @property
    def n_sets(self) -> int:
        """Sets of the largest group, which are those of every smaller one and more."""
        return int(self.by_size["sets"].iloc[-1])

    @property
    def depends_on_rounding(self) -> bool:
        """Whether some set prints the rate by one habit of rounding only."""
        return bool((self.by_size["half_up"] != self.by_size["half_even"]).any())

    @cached_property
    def listed(self) -> tuple[tuple[int, ...], ...]:
        """All of `sets`, found once and kept; for rates of not too many."""
        return tuple(self.sets())

    def sets(self) -> Iterator[tuple[int, ...]]:
        """List the sets of the largest group one by one, sizes falling.

        Nothing is shared with the counting but the limits, and no float is used; millions take
        minutes.
        """
        n, least = self.sizes[-1], max(self.followed, 1) + 1
        if self.followed <= n:
            yield from _walk(self.percentage, n, least, (), Fraction(1))
        if self.percentage.units == 0:
            for deaths in range(n):
                for others in combinations(range(n, 1, -1), deaths):
                    yield (*others, 1)


def rate(
    printed: str | float,
    n: int | Sequence[int],
    *,
    decimals: int | None = None,
    followed: int = 1,
) -> PrintedRate:
    """Count the sets of risk-set sizes at which deaths can have happened, given a printed rate.

    Parameters
    ----------
    printed : str or number
        A Kaplan–Meier rate in percent as printed, such as `"93.5"`; a number needs `decimals`.
    n : int or sequence of int
        Patients in the group, or the sizes that it may have, such as `range(12, 41)`.
    decimals : int, optional
        Decimals printed, where the text does not show them.
    followed : int
        Patients who have to be still watched at the horizon, unless the estimate is 0.

    Returns
    -------
    PrintedRate

    Raises
    ------
    ForcedError
        When a number is none that can be, or the sets are too many to count.

    Notes
    -----
    The counts are exact; see `products`. They agree with trying all subsets for every group of up
    to 12 patients (`tests/proofs/test_forced_exact.py`).
    """
    read = percentage(printed, decimals)
    sizes = sizes_of(n, MOST_SIZES)
    check_followed(followed, sizes)
    found = {size: _count(read, size, followed) for size in sizes}
    return PrintedRate(read, sizes, followed, *_views(read, found, followed))


def countable(
    read: Percentage, sizes: Sequence[int], followed: int, most_exponents: int
) -> PrintedRate | None:
    """The same for those of some rising sizes that are counted with short tables; None for none.

    Parameters
    ----------
    read : Percentage
    sizes : sequence of int
        What cannot be counted for one cannot be for a larger one.
    followed : int
    most_exponents : int
        Exponents that a table may have; see `subsets`.
    """
    found = {}
    for size in sizes:
        if size > MOST_SIZES:
            break
        try:
            found[size] = _count(read, size, followed, most_exponents)
        except ForcedError:
            break
    if not found:
        return None
    return PrintedRate(read, tuple(found), followed, *_views(read, found, followed))


def _count(read: Percentage, n: int, followed: int, most_exponents: int = MOST_EXPONENTS) -> Count:
    """The sets that leave enough patients, and with a rate of 0 those that leave none."""
    sizes = range(max(followed, 1) + 1, n + 1)
    if followed > n:
        found = Count({}, {})
    else:
        found = count(
            sizes,
            read.lower,
            read.upper,
            upper_counts=read.is_even,
            most_exponents=most_exponents,
        )
    tallies = dict(found.tallies)
    containing = {a: found.containing.get(a, 0) for a in range(1, n + 1)}
    if read.units == 0:
        for deaths in range(1, n + 1):
            nonzero = tallies.get(deaths, Tally())
            emptied = tuple(range(deaths, 0, -1))
            tallies[deaths] = Tally(
                nonzero.inside + comb(n - 1, deaths - 1),
                nonzero.at_lower,
                nonzero.at_upper,
                1,
                nonzero.highest or 1,
                emptied,
                nonzero.high or emptied,
            )
        for a in containing:
            containing[a] += 2 ** (n - 1) if a == 1 else 2 ** (n - 2)
    return Count(dict(sorted(tallies.items())), containing)


def _walk(
    read: Percentage, below: int, least: int, chosen: tuple[int, ...], share: Fraction
) -> Iterator[tuple[int, ...]]:
    """The sets that begin with those chosen and go on below; `share` is their product so far."""
    if read.prints(share):
        yield chosen
    for a in range(below, least - 1, -1):
        # Smaller sizes cost more. Deaths at a and all sizes below it leave (least - 1)/a.
        if share * (a - 1) / a < read.lower or share * (least - 1) / a > read.upper:
            return
        yield from _walk(read, a - 1, least, (*chosen, a), share * (a - 1) / a)


def _views(
    read: Percentage, found: dict[int, Count], followed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables by size, by number of deaths, and by position."""
    import pandas as pd  # slow to import

    deaths = pd.DataFrame(
        [_row(read, n, k, tally, followed) for n, c in found.items() for k, tally in c.tallies.items()],
        columns=[
            *("n", "deaths", "sets", "half_up", "half_even", "last_min", "last_max"),
            *("followed_min", "followed_max", "witness_min", "witness_max"),
        ],
    )  # fmt: skip
    by_size = pd.DataFrame({"n": list(found)})
    groups = [deaths[deaths["n"] == n] for n in found]
    for name in ("sets", "half_up", "half_even"):
        by_size[name] = [sum(map(int, group[name])) for group in groups]
    for name, least, most in (
        ("deaths", "deaths", "deaths"),
        ("followed", "followed_min", "followed_max"),
    ):
        by_size[f"{name}_min"] = pd.array([_end(g[least], min) for g in groups], dtype="Int64")
        by_size[f"{name}_max"] = pd.array([_end(g[most], max) for g in groups], dtype="Int64")
    totals_of = dict(zip(by_size["n"], by_size["sets"], strict=True))
    positions = pd.DataFrame(
        [
            {"n": n, "at_risk": a, "sets": sets, "share": sets / totals_of[n]}
            for n, c in found.items()
            if totals_of[n]
            for a, sets in c.containing.items()
        ],
        columns=["n", "at_risk", "sets", "share"],
    )
    return by_size, deaths, positions


def _end(values: pd.Series, which: Callable[[list[int]], int]) -> int | None:
    return which(list(values)) if len(values) else None


def _row(read: Percentage, n: int, deaths: int, tally: Tally, followed: int) -> tuple[object, ...]:
    half_up = tally.inside + tally.at_lower
    half_even = tally.inside + (tally.at_lower + tally.at_upper if read.is_even else 0)
    sets = half_up + tally.at_upper
    followed_ends = (0 if tally.lowest == 1 else followed, tally.highest - 1)
    last = (tally.lowest, tally.highest)
    return (n, deaths, sets, half_up, half_even, *last, *followed_ends, tally.low, tally.high)
