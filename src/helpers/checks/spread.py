"""Means, standard deviations and quantiles: against the range, the median, and each other."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from ..published import Entry, Moment, Quantile, Study, Summary
from .found import Contradiction, named, registered
from .sizes import Sizes
from .stands import limits

Ends = tuple[Fraction, Fraction]
_QUARTER, _FEWEST = Fraction(1, 4), 2
_NO_NUMBERS = "If these are of other patients, or the one is a standard error, it could be."


@dataclass(frozen=True)
class _Column:
    """What is printed of a column in a group, each with the least and the most that it stands for."""

    entries: dict[str, Entry]
    ends: dict[str, Ends]
    quantiles: list[tuple[Fraction, int, Entry, Ends]]

    def range(self) -> tuple[Ends, Ends] | None:
        """What minimum and maximum stand for, where both are printed."""
        if "minimum" in self.ends and "maximum" in self.ends:
            return self.ends["minimum"], self.ends["maximum"]
        return None


@registered(turn=9)
def spread(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """What no values between a minimum and a maximum have."""
    for (column, group), told in _columns(study).items():
        yield from _order(told)
        yield from _mean_and_median(told)
        spec = study.tables[study.groups[group].table].columns.get(column)
        size = sizes[group]
        complete = spec is not None and not spec.optional
        fewest = max(size.low, _FEWEST) if complete else _FEWEST
        yield from _too_wide(told, fewest, size.low_from if complete else ())
        if size.high is not None and size.high >= _FEWEST:
            yield from _too_narrow(told, size.high, size.high_from)


def _columns(study: Study) -> dict[tuple[str, str], _Column]:
    found: dict[tuple[str, str], _Column] = {}
    for entry in study.targets:
        told = entry.estimand
        if entry.relation != "=" or isinstance(entry.value, (str, datetime.date)):
            continue
        if not isinstance(told, (Summary, Moment, Quantile)):
            continue
        stands = limits(entry)
        assert stands.low is not None
        assert stands.high is not None
        ends = stands.low, stands.high
        of = found.setdefault((told.column, told.group), _Column({}, {}, []))
        if isinstance(told, Quantile):
            of.quantiles.append((Fraction(str(told.share)), told.rule, entry, ends))
        else:
            of.entries.setdefault(told.statistic, entry)
            of.ends.setdefault(told.statistic, ends)
    return found


def _order(told: _Column) -> Iterator[Contradiction]:
    """A mean or a quantile outside the range, and quantiles in no order.

    Of one rule, quantiles rise with their shares; and by every rule the first quarter is no higher
    than the median and the last no lower.
    """
    inner = [("mean", told.entries["mean"], told.ends["mean"])] if "mean" in told.ends else []
    inner += [("quantile", entry, ends) for _, _, entry, ends in told.quantiles]
    for name, entry, ends in inner:
        for end, above in (("minimum", False), ("maximum", True)):
            if end in told.ends:
                low, high = (ends, told.ends[end]) if above else (told.ends[end], ends)
                if low[0] > high[1]:
                    pair = (entry, told.entries[end]) if above else (told.entries[end], entry)
                    yield _above(*pair, f"the {name} lies within the range")
    if "median" in told.ends:
        for share, _, entry, ends in told.quantiles:
            median = told.ends["median"]
            if share <= _QUARTER and ends[0] > median[1]:
                yield _above(entry, told.entries["median"], "they are quantiles of one column")
            if share >= 1 - _QUARTER and median[0] > ends[1]:
                yield _above(told.entries["median"], entry, "they are quantiles of one column")
    ordered = sorted(told.quantiles, key=lambda one: one[0])
    for (less, rule, first, one), (more, other, second, two) in combinations(ordered, 2):
        if rule == other and one[0] > two[1] and less < more:
            yield _above(first, second, "they are quantiles of one column")


def _above(first: Entry, second: Entry, why: str) -> Contradiction:
    return Contradiction(
        (first.id, second.id), f"{named(first)} cannot be above {named(second)}: {why}."
    )


def _mean_and_median(told: _Column) -> Iterator[Contradiction]:
    """A mean further from the median than one standard deviation."""
    if not {"mean", "median", "sd"} <= told.ends.keys():
        return
    mean, median, sd = (told.ends[name] for name in ("mean", "median", "sd"))
    apart = max(mean[0] - median[1], median[0] - mean[1])
    if apart > sd[1]:
        entries = [told.entries[name] for name in ("mean", "median", "sd")]
        yield Contradiction(
            tuple(one.id for one in entries),
            f"{named(entries[0])} and {named(entries[1])}: no mean is further from the median than one "
            f"standard deviation, {named(entries[2])}.",
            _NO_NUMBERS,
        )


def _too_wide(told: _Column, fewest: int, ids: tuple[str, ...]) -> Iterator[Contradiction]:
    """A standard deviation that is too large for the range, of so many values at least.

    Of n values between a and b with mean m the squares about it sum to at most n (b - m)(m - a), and
    whatever the mean is to n (b - a)² / 4.
    """
    ends = told.range()
    if ends is None or "sd" not in told.ends:
        return
    low, high = ends[0][0], ends[1][1]
    middle = (low + high) / 2
    mean = told.ends.get("mean")
    at = middle if mean is None else min(max(middle, mean[0]), mean[1])
    if not low <= at <= high:
        return  # of which another check speaks
    most = (high - at) * (at - low) * Fraction(fewest, fewest - 1)
    least = told.ends["sd"][0]
    if least > 0 and least**2 > most:
        yield _spread(told, ids, at == middle, "is too large for values")


def _too_narrow(told: _Column, most: int, ids: tuple[str, ...]) -> Iterator[Contradiction]:
    """A standard deviation that is too small for the range, of so many values at most.

    One value is the minimum and one the maximum: about any mean the squares of these two alone sum to
    at least half the square of the range.
    """
    ends = told.range()
    if ends is None or "sd" not in told.ends:
        return
    wide = ends[1][0] - ends[0][1]
    if wide > 0 and told.ends["sd"][1] ** 2 * 2 * (most - 1) < wide**2:
        yield _spread(told, ids, True, "is too small for values")


def _spread(told: _Column, ids: tuple[str, ...], alone: bool, words: str) -> Contradiction:
    names = ["sd", "minimum", "maximum"] + ["mean"] * (not alone and "mean" in told.entries)
    entries = [told.entries[name] for name in names]
    mean = f" about {named(entries[3])}" if len(entries) > 3 else ""
    return Contradiction(
        tuple(dict.fromkeys((*(one.id for one in entries), *ids))),
        f"{named(entries[0])} {words} from {named(entries[1])} to {named(entries[2])}{mean}.",
        _NO_NUMBERS,
    )
