"""Whether so many risk-set sizes have a product between two limits, for any number of sizes.

Let k sizes be taken from lo, …, hi. Each is a death and multiplies the estimate by (a - 1)/a, so the
smallest product has the smallest sizes and is (lo - 1)/(lo - 1 + k), and the largest is (hi - k)/hi.
One comes from the other by a walk of single steps, each of which moves one size a to a + 1 and
multiplies the product by a²/(a² - 1). With limits L and U no such step jumps over what lies between
them if a²/(a² - 1) is at most U/L, which is so from the size A = ⌈√(U/(U - L))⌉ on. For sizes from A
up there is therefore a set if and only if the smallest product is not above the limits and the
largest is not below them; and bisecting the walk gives one. Where neither limit counts, a step of
exactly U/L could lead from one to the other, so A is then the first size with a smaller step.

Only sizes below A, which does not depend on how many patients there are, have to be tried one by
one: the largest first, and those alone from which the limits can still be reached. Everything is
compared in whole numbers.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from ..published.rounding import Limits

MOST_TRIED = 100_000
"""Sizes that are tried for one question, at most."""


class UndecidedError(Exception):
    """More sizes would have to be tried than are."""


class Walk:
    """Sets of risk-set sizes whose product lies within limits.

    Parameters
    ----------
    limits : Limits
        Of the product; a lower limit of 0 or less excludes no product of sizes from 2 on.
    most : int
        Sizes that are tried for one question, at most.
    """

    def __init__(self, limits: Limits, most: int = MOST_TRIED) -> None:
        low = limits.low if limits.low is not None else Fraction(-1)
        high = limits.high if limits.high is not None else Fraction(2)
        self._low, self._low_of = low.numerator, low.denominator
        self._high, self._high_of = high.numerator, high.denominator
        self._low_counts, self._high_counts = limits.low_counts, limits.high_counts
        self._most = most
        self.from_size = _first_safe(low, high, limits.low_counts or limits.high_counts)

    def is_below(self, over: int, under: int) -> bool:
        """Whether a product, given as a fraction, is too small."""
        left, right = over * self._low_of, self._low * under
        return left < right or (left == right and not self._low_counts)

    def is_above(self, over: int, under: int) -> bool:
        """Whether a product, given as a fraction, is too large."""
        left, right = over * self._high_of, self._high * under
        return left > right or (left == right and not self._high_counts)

    def exists(self, k: int, low: int, high: int, over: int = 1, under: int = 1) -> bool:
        """Whether k of the sizes from low to high, times a fraction, have a product within.

        Parameters
        ----------
        k : int
            How many sizes.
        low, high : int
            The smallest and the largest, `low` at least 2.
        over, under : int
            What the product is multiplied by: `over / under`.

        Raises
        ------
        UndecidedError
            When too many sizes below `from_size` would have to be tried.
        """
        return self._chosen(k, low, high, over, under) is not None

    def counts(self, low: int, high: int, over: int = 1, under: int = 1) -> range:
        """How many sizes from low to high may do, times a fraction: no other numbers can.

        From `from_size` on each of these numbers does.
        """
        if low > high:
            return range(0, 1 if self._spans(0, low, high, over, under) else 0)
        # (low - 1)/(low - 1 + k) must not be above, and (high - k)/high not below.
        first, last = 0, high - low + 2
        while first < last:
            k = (first + last) // 2
            if self.is_above(over * (low - 1), under * (low - 1 + k)):
                first = k + 1
            else:
                last = k
        least, last = first, high - low + 2
        first = least
        while first < last:
            k = (first + last) // 2
            if self.is_below(over * (high - k), under * high):
                last = k
            else:
                first = k + 1
        return range(least, min(first, high - low + 2))

    def any_exists(self, low: int, high: int, over: int = 1, under: int = 1) -> bool:
        """Whether some number of sizes does; see `exists`."""
        safe = max(low, self.from_size)
        return bool(self.counts(safe, high, over, under)) or any(
            self.exists(k, low, high, over, under) for k in self.counts(low, high, over, under)
        )

    def witness(
        self, k: int, low: int, high: int, over: int = 1, under: int = 1
    ) -> tuple[int, ...] | None:
        """Such a set, sizes falling; None if there is none. See `exists`."""
        found = self._chosen(k, low, high, over, under)
        if found is None:
            return None
        for size in found:
            over, under = over * (size - 1), under * size
        rest = self._bisected(k - len(found), max(low, self.from_size), high, over, under)
        return (*rest, *found)

    def _chosen(self, k: int, low: int, high: int, over: int, under: int) -> tuple[int, ...] | None:
        """The sizes of a set that are below `from_size`; None if there is no set."""
        if not 0 <= k <= max(high - low + 1, 0):
            return None
        safe = max(low, self.from_size)
        # What is left to choose, the largest size below `safe` that may still be, product, chosen.
        start: tuple[int, ...] = ()
        waiting = [(k, min(high, safe - 1), over, under, start)]
        tried = 0
        while waiting:
            k, cap, over, under, chosen = waiting.pop()
            if self._spans(k, safe, high, over, under):
                return chosen
            while self._reaches(k, low, cap, safe, high, over, under):
                tried += 1
                if tried > self._most:
                    raise UndecidedError
                # With this size, and later without it.
                waiting.append((k, cap - 1, over, under, chosen))
                k, over, under, chosen = k - 1, over * (cap - 1), under * cap, (*chosen, cap)
                cap -= 1
                if self._spans(k, safe, high, over, under):
                    return chosen
        return None

    def _spans(self, k: int, safe: int, high: int, over: int, under: int) -> bool:
        """Whether k sizes from `safe` to `high` have a product within: no step jumps over it."""
        if k == 0:
            return not self.is_below(over, under) and not self.is_above(over, under)
        return (
            k <= high - safe + 1
            and not self.is_above(over * (safe - 1), under * (safe - 1 + k))
            and not self.is_below(over * (high - k), under * high)
        )

    def _reaches(
        self, k: int, low: int, cap: int, safe: int, high: int, over: int, under: int
    ) -> bool:
        """Whether k sizes from low to cap and from `safe` to `high`, one of the former, may do."""
        few, many = cap - low + 1, max(high - safe + 1, 0)
        if k < 1 or few < 1 or k > few + many:
            return False
        if k == 1:  # the size is known but for the limits
            return self._one(low, cap, over, under)
        if k <= few:
            least = (low - 1, low - 1 + k)
        else:
            least = ((low - 1) * (safe - 1), cap * (safe - 1 + k - few))
        above = min(k - 1, many)
        most = ((high - above) if many else 1, high if many else 1)
        rest = k - above
        most = (most[0] * (cap - rest), most[1] * cap)
        return not self.is_above(over * least[0], under * least[1]) and not self.is_below(
            over * most[0], under * most[1]
        )

    def _one(self, low: int, cap: int, over: int, under: int) -> bool:
        """Whether one of the sizes from low to cap does: the first that is not below is."""
        first, last = low, cap + 1
        while first < last:
            middle = (first + last) // 2
            if self.is_below(over * (middle - 1), under * middle):
                first = middle + 1
            else:
                last = middle
        return first <= cap and not self.is_above(over * (first - 1), under * first)

    def _bisected(self, k: int, low: int, high: int, over: int, under: int) -> tuple[int, ...]:
        """The set that the walk from the smallest sizes to the largest comes to within the limits."""
        if k == 0:
            return ()
        room = high - low + 1 - k
        first, last = 0, k * room
        while first < last:
            middle = (first + last) // 2
            top, one, bottom = _position(middle, k, room, low, high)
            times, by = (high - top), high
            if one:
                times, by = times * (one - 1), by * one
            times, by = times * (low - 1), by * (low - 1 + bottom)
            if self.is_below(over * times, under * by):
                first = middle + 1
            else:
                last = middle
        top, one, bottom = _position(first, k, room, low, high)
        return (
            *range(high, high - top, -1),
            *([one] if one else []),
            *range(low + bottom - 1, low - 1, -1),
        )


def _position(step: int, k: int, room: int, low: int, high: int) -> tuple[int, int, int]:
    """How many sizes have reached the top after so many steps, which one is on its way, how many wait."""
    if room == 0 or step == k * room:
        return k, 0, 0
    moved, part = divmod(step, room)
    return moved, low + (k - 1 - moved) + part, k - 1 - moved


def _first_safe(low: Fraction, high: Fraction, either_counts: bool) -> int:
    """The first size from 2 on from which no step of a walk jumps over what lies between limits."""
    if high > 1:
        return 2  # no product is above
    width = high - low
    if width <= 0:
        raise ValueError(f"a lower limit below the upper was expected, found {low} and {high}")
    ratio = high / width  # a² has to be at least this
    size = isqrt(ratio.numerator // ratio.denominator)
    while size * size < ratio or (size * size == ratio and not either_counts):
        size += 1
    return max(size, 2)
