"""Whether one history of deaths prints several rates of the same group: a search, and its limits.

Deaths go on at ever smaller risk sets, so the sets of successive stages lie one below the other: what
one stage leaves is the most that the next can begin with. Stage by stage the next size to die at is
chosen, the largest first, as long as every later rate can still be reached by bounds that cost two
comparisons; at the last stage the walk decides. A stage that cannot follow with fewer patients than
some number makes that number a floor for all stages before it. What has failed with so much left of
an estimate fails with less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd

from ..published.rounding import Limits
from .walk import UndecidedError, Walk

MOST_NODES = 100_000
"""Partial histories that are looked at for one question, at most."""


@dataclass(frozen=True)
class Stage:
    """Deaths up to the time of one rate.

    Attributes
    ----------
    limits : Limits
        Of the estimate then, as a share.
    least : int
        Patients who are still there after it at least.
    most : int or None
        And at most, where that is known.
    at_risk : int or None
        Patients at risk on the very day of the rate, some of whom may die on it.
    may_empty : bool
        Whether all may have died by then instead, so that it and all later rates are 0.
    """

    limits: Limits
    least: int = 1
    most: int | None = None
    at_risk: int | None = None
    may_empty: bool = False


History = tuple[tuple[int, ...], ...]


class Search:
    """Histories of n patients that print a rate at the end of each stage.

    Parameters
    ----------
    stages : sequence of Stage
        In the order of their times.
    n : int
        Patients in the group.
    most : int
        Partial histories that are looked at for one question, at most, and sizes for one rate.
    """

    def __init__(self, stages: Sequence[Stage], n: int, most: int = MOST_NODES) -> None:
        self._n, self._most = n, most
        self._stages = _with_floors(stages, n, most)
        self._walks = [Walk(stage.limits, most) for stage in self._stages]
        self._fewest = [0, *(_fewest(*pair, n) for pair in pairwise(self._stages))]
        self._tried = 0
        self._failed: dict[tuple[int, int, int, int], int] = {}
        self._deaths: Mapping[int, int] = {}

    def history(self, deaths: Mapping[int, int] | None = None) -> History | None:
        """The risk-set sizes at the deaths of each stage, falling; None if there is no history.

        Parameters
        ----------
        deaths : mapping of int to int, optional
            How many there are by the end of a stage, by its position.

        Raises
        ------
        UndecidedError
            When too many would have to be looked at.
        """
        self._tried, self._failed, self._deaths = 0, {}, deaths or {}
        if any(max(stage.least, stage.at_risk or 0) > self._n for stage in self._stages):
            return None
        return self._after(0, self._n, 1, 1, 0)

    def _after(self, i: int, left: int, over: int, under: int, k: int) -> History | None:
        """The stages from the i-th on, when so many are left, k have died, and this is the estimate."""
        if i == len(self._stages):
            return ()
        if self._stages[i].may_empty and left >= 1:
            fewest = max(self._stages[i].at_risk or 0, 1)
            died = {self._deaths[j] - k for j in range(i, len(self._stages)) if j in self._deaths}
            if len(died) <= 1 and all(fewest <= many <= left for many in died):
                emptied = tuple(range(next(iter(died), fewest), 0, -1))
                return (emptied, *(() for _ in self._stages[i + 1 :]))
        shared = gcd(over, under)
        key = (i, over // shared, under // shared, k if self._deaths else 0)
        if left <= self._failed.get(key, -1):
            return None
        ways = self._last if i == len(self._stages) - 1 else self._ways
        for way in ways(i, left, over, under, k):
            rest = self._after(i + 1, way.left, way.over, way.under, k + len(way.sizes))
            if rest is not None:
                return (way.sizes, *rest)
        self._failed[key] = left
        return None

    def _ways(self, i: int, left: int, over: int, under: int, k: int) -> Iterator[_Way]:
        """The ways through a stage from which every later rate may be reached, sizes falling."""
        path: list[tuple[int, int, int]] = []
        size, low = left, self._low(i)
        yield from self._closed(i, _Way((), left, over, under), k)
        while True:
            above, below = over * (size - 1), under * size
            if size < low or self._walks[i].is_below(above, below):  # and smaller ones more so
                if not path:
                    return
                size, over, under = path.pop()
            else:
                self._tried += 1
                if self._tried > self._most:
                    raise UndecidedError
                if self._may(i, size - 1, above, below, k + len(path) + 1):
                    path.append((size, over, under))
                    shared = gcd(above, below)  # neighbours cancel, or numbers would grow long
                    over, under = above // shared, below // shared
                    if self._may_close(i, over, under):
                        sizes = tuple(chosen for chosen, *_ in path)
                        yield from self._closed(i, _Way(sizes, size - 1, over, under), k)
            size -= 1

    def _may_close(self, i: int, over: int, under: int) -> bool:
        """Whether a stage can end here: the estimate is low enough, or falls on its last day."""
        return self._stages[i].at_risk is not None or not self._walks[i].is_above(over, under)

    def _closed(self, i: int, way: _Way, k: int) -> Iterator[_Way]:
        """A stage that ends here, with none or some of those at risk dying on its last day."""
        stage, walk, wanted = self._stages[i], self._walks[i], self._deaths.get(i)
        for ended in _tied(stage, way):
            if walk.is_below(ended.over, ended.under):
                return
            if not walk.is_above(ended.over, ended.under) and (
                wanted is None or wanted == k + len(ended.sizes)
            ):
                left = ended.left if stage.most is None else min(ended.left, stage.most)
                yield replace(ended, left=left)

    def _last(self, i: int, left: int, over: int, under: int, k: int) -> Iterator[_Way]:
        """A way through the last stage, if there is one, which the walk decides."""
        stage, walk, wanted = self._stages[i], self._walks[i], self._deaths.get(i)
        low = self._low(i)
        for day in _tied(stage, _Way((), left, over, under)):
            if walk.is_below(day.over, day.under):
                return
            counts = walk.counts(max(low, walk.from_size), left, day.over, day.under)
            counts = counts or walk.counts(low, left, day.over, day.under)
            if wanted is not None:
                many = wanted - k - len(day.sizes)
                counts = range(many, many + 1)
            for many in counts:
                found = walk.witness(many, low, left, day.over, day.under)
                if found is not None:
                    yield replace(day, sizes=(*found, *day.sizes))
                    return

    def _may(self, i: int, left: int, over: int, under: int, k: int) -> bool:
        """Whether every rate from the i-th on can still be reached, as far as bounds tell."""
        still = 0  # deaths that later stages need at least
        for j in range(i, len(self._stages)):
            if self._stages[j].may_empty:
                return True
            still += self._fewest[j] if j > i else 0
            low = max(self._stages[j].least, 1) + 1
            counts = self._walks[j].counts(low, left, over, under)
            wanted = self._deaths.get(j)
            if not counts:
                return False
            if wanted is not None and (wanted - k not in counts or wanted - k < still):
                return False
        return True

    def _low(self, i: int) -> int:
        """The smallest size at which a death of a stage can be, those of its last day apart."""
        stage = self._stages[i]
        return max(stage.least, stage.at_risk or 0, 1) + 1


@dataclass(frozen=True)
class _Way:
    """A stage gone through: sizes at its deaths, patients left, and the estimate as a fraction."""

    sizes: tuple[int, ...]
    left: int
    over: int
    under: int


def _tied(stage: Stage, way: _Way) -> Iterator[_Way]:
    """A way as it is, or with more and more of those at risk dying on the day of the rate."""
    if stage.most is not None and stage.most < stage.least:
        return
    if stage.at_risk is None:
        yield way
        return
    if stage.at_risk == 0 and stage.least <= 0:
        yield replace(way, left=0)  # all are lost, and the estimate stays where it was
    for deaths in range(stage.at_risk - max(stage.least, 1) + 1):
        left = stage.at_risk - deaths
        yield _Way(
            (*way.sizes, *range(stage.at_risk, left, -1)),
            left,
            way.over * left,
            way.under * stage.at_risk,
        )


def _with_floors(stages: Sequence[Stage], n: int, most: int) -> list[Stage]:
    """Stages that leave enough for each later one to be reached from them."""
    floors = [stage.least for stage in stages]
    for later in range(len(stages) - 1, 0, -1):
        for earlier in range(later):
            ratio = _ratio(stages[earlier].limits, stages[later].limits)
            needed = 0 if ratio is None else _needed(Walk(ratio, most), floors[later], n)
            for i in range(earlier + 1):
                floors[i] = max(floors[i], needed)
    return [replace(stage, least=floor) for stage, floor in zip(stages, floors, strict=True)]


def _needed(walk: Walk, least: int, n: int) -> int:
    """The fewest left after one rate from whom another can be reached; n + 1 if none are enough."""
    if not walk.is_below(1, 1) and not walk.is_above(1, 1):
        return 0
    low, high = least, n + 1
    try:
        while low < high:
            middle = (low + high) // 2
            if walk.any_exists(max(least, 1) + 1, middle):
                high = middle
            else:
                low = middle + 1
    except UndecidedError:
        return 0
    return high


def _fewest(earlier: Stage, later: Stage, n: int) -> int:
    """The fewest deaths that lead from one rate to the next."""
    ratio = _ratio(earlier.limits, later.limits)
    if ratio is None or later.may_empty:
        return 0
    return Walk(ratio).counts(max(later.least, 1) + 1, n).start


def _ratio(earlier: Limits, later: Limits) -> Limits | None:
    """What a later estimate can be of an earlier one; None where nothing is known of that."""
    if earlier.low is None or earlier.high is None or later.low is None or later.high is None:
        return None
    if later.low <= 0 or earlier.low <= 0:
        return None
    return Limits(
        later.low / earlier.high,
        later.high / earlier.low,
        later.low_counts and earlier.high_counts,
        later.high_counts and earlier.low_counts,
    )
