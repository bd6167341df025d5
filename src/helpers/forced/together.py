"""What several rates of one group force together, with whatever else is known of who was followed.

Numbers at risk at a time count everybody whose time is at least that; those who die on the very day
are among them, and among the dead of a rate at that time. A median follow-up is that of everybody,
dead or alive: half of the group are followed for at least as long, and half for at most. That of the
living, or by a reversed Kaplan-Meier estimate, says neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, pairwise

from ..published.rounding import Limits
from .asked import MOST_PATIENTS, check_followed
from .bounds import bounds
from .percentage import ForcedError, Percentage
from .stages import MOST_NODES, History, Search, Stage
from .walk import UndecidedError


@dataclass(frozen=True)
class TimedRate:
    """A printed rate and its time, in whatever unit all times have."""

    time: Fraction
    percentage: Percentage


@dataclass(frozen=True)
class Within:
    """Numbers between two ends.

    Attributes
    ----------
    fewest, most : int
        No number outside can be.
    exact : bool
        Whether both ends can be.
    """

    fewest: int
    most: int
    exact: bool


@dataclass(frozen=True)
class Together:
    """Rates of one group at several times, and what else is known of it.

    A rate counts as printed with halves rounded up or to even.

    Attributes
    ----------
    rates : tuple of TimedRate
    at_risk : mapping of Fraction to int
        Numbers at risk by their times.
    median_follow_up : Limits or None
        The times for which the printed median follow-up of everybody stands.
    followed : int
        Patients who are still watched at the last rate, unless it is 0.
    complete : bool
        Whether nobody was lost before the last rate.

    Raises
    ------
    ForcedError
        Where no rate is given, or two at one time.
    """

    rates: tuple[TimedRate, ...]
    at_risk: Mapping[Fraction, int] = field(default_factory=dict)
    median_follow_up: Limits | None = None
    followed: int = 1
    complete: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", tuple(sorted(self.rates, key=lambda one: one.time)))
        times = [one.time for one in self.rates]
        if not times:
            raise ForcedError("rate: one for each of several times was expected")
        if twice := [float(one) for one, next_ in pairwise(times) if one == next_]:
            raise ForcedError(f"rate: the time {twice[0]:g} stands twice; each was expected once")
        check_followed(self.followed)

    def history(
        self, n: int, deaths: Mapping[int, int] | None = None, most: int = MOST_NODES
    ) -> History | None:
        """Risk-set sizes at the deaths up to each rate, of n patients; None if they cannot all be.

        Parameters
        ----------
        n : int
            Patients in the group.
        deaths : mapping of int to int, optional
            How many there are by the time of a rate, by its position.
        most : int
            Partial histories that are looked at, at most.

        Raises
        ------
        ForcedError
            When too many histories would have to be tried.
        """
        stages = self._stages(n)
        if stages is None:
            return None
        if self.complete:
            return self._uncensored(n, deaths or {})
        try:
            return Search(stages, n, most).history(deaths)
        except UndecidedError:
            raise ForcedError(
                f"n: {n} patients have too many histories to try for these rates"
            ) from None

    def deaths(self, n: int, position: int) -> Within | None:
        """Within what the deaths by the time of a rate lie; None if the rates cannot all be.

        Raises
        ------
        ForcedError
            As `history`.
        """
        found = self.history(n)
        if found is None:
            return None
        one = sum(map(len, found[: position + 1]))
        alone = bounds(self.rates[position].percentage.text, n, followed=0).deaths
        fewest, sure = self._first([k for k in alone if k <= one], n, position)
        most, certain = self._first([k for k in alone[::-1] if k >= one], n, position)
        return Within(fewest, most, sure and certain)

    def _first(self, numbers: Sequence[int], n: int, position: int) -> tuple[int, bool]:
        """The first number of deaths that is not excluded, and whether it can be; the last can."""
        for k in numbers[:-1]:
            try:
                if self.history(n, {position: k}, MOST_NODES // 10) is not None:
                    return k, True
            except ForcedError:
                return k, False
        return numbers[-1], True

    def smallest_size(self, above: int = 0) -> int | None:
        """The fewest patients, more than so many, for whom all of it can be; None if none are found.

        Raises
        ------
        ForcedError
            As `history`.
        """
        if self.complete or self.median_follow_up is not None:  # a larger group need not do
            most = min(20 * max(above, 50), MOST_PATIENTS)
            return next((n for n in range(above + 1, most + 1) if self.history(n)), None)
        too_few, step = above, 1
        while self.history(too_few + step) is None:
            too_few, step = too_few + step, 2 * step
            if too_few + step > MOST_PATIENTS:
                return None
        enough = too_few + step
        while too_few + 1 < enough:
            middle = (too_few + enough) // 2
            if self.history(middle) is None:
                too_few = middle
            else:
                enough = middle
        return enough

    def conflict(self, n: int) -> tuple[int, ...]:
        """Positions of the fewest rates that cannot be together in n patients; empty if all can.

        Raises
        ------
        ForcedError
            As `history`.
        """
        for many in range(1, len(self.rates) + 1):
            for some in combinations(range(len(self.rates)), many):
                if replace(self, rates=tuple(self.rates[i] for i in some)).history(n) is None:
                    return some
        return ()

    def _stages(self, n: int) -> list[Stage] | None:
        """The stages of n patients; None if what is known contradicts itself."""
        points = sorted(self.at_risk.items())
        numbers = [n, *(number for _, number in points)]
        if numbers != sorted(numbers, reverse=True) or numbers[-1] < 0:
            return None
        half = (n + 1) // 2
        begins = ends = None
        if self.median_follow_up is not None:
            begins, ends = self.median_follow_up.low, self.median_follow_up.high
            for time, number in points:
                if (begins is not None and time < begins and number < half) or (
                    ends is not None and time > ends and number > n - half
                ):
                    return None
        last = self.rates[-1].time
        stages: list[Stage] = []
        for rate in reversed(self.rates):
            limits, later = rate.percentage.limits(), stages[-1] if stages else None
            least = [number for time, number in points if time > rate.time]
            most = [number for time, number in points if time < rate.time]
            if begins is not None and rate.time < begins:
                least.append(half)
            if ends is not None and rate.time > ends:
                most.append(n - half)
            is_zero = limits.low is not None and limits.low <= 0
            stages.append(
                Stage(
                    limits,
                    max(least, default=0),
                    min(most, default=None),
                    self.at_risk.get(rate.time),
                    is_zero and not any(least) and (later is None or later.may_empty),
                )
            )
        stages.reverse()
        for i, stage in enumerate(stages):  # who is followed to the last rate is so at every one
            followed = 0 if stages[-1].may_empty and self.rates[i].time < last else self.followed
            stages[i] = replace(stage, least=max(stage.least, followed))
        return stages

    def _uncensored(self, n: int, deaths: Mapping[int, int]) -> History | None:
        """The history in which nobody is lost: each rate is a share."""
        chain, died = [], 0
        for i, rate in enumerate(self.rates):
            before = [n - number for time, number in self.at_risk.items() if time <= rate.time]
            after = [n - number for time, number in self.at_risk.items() if time > rate.time]
            died = next(
                (
                    k
                    for k in range(max([died, *before]), min([n, *after]) + 1)
                    if rate.percentage.prints(Fraction(n - k, n))
                    and deaths.get(i, k) == k
                    and (n - k >= self.followed or k == n)
                ),
                -1,
            )
            if died < 0:
                return None
            chain.append(died)
        starts = [0, *chain]
        return tuple(
            tuple(range(n - first, n - last, -1))
            for first, last in zip(starts, chain, strict=False)
        )


def timed(rates: Sequence[tuple[str | float | Fraction, Percentage]]) -> tuple[TimedRate, ...]:
    """Rates by their times."""
    return tuple(TimedRate(Fraction(time), percentage) for time, percentage in rates)
