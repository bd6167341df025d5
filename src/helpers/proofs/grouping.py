"""One grouping of the patients in the programme: a path, two rates, a log-rank test.

See `programme` for the whole, the roundings, and why nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, log
from typing import Any

from scipy.stats import chi2

from .abstract import Interval
from .model import Model

LOGS = 10**6
"""Logarithms are multiplied by this before they are rounded."""
_TESTS = 10**5  # and the terms of the log-rank test by this
_MARGIN = 1e-9  # relative; scipy's quantiles are good to 1e-12


@dataclass(frozen=True)
class ExitVariables:
    """Of the exit with r at risk: whether it is a death, after the cut, a death by the cut."""

    died: dict[int, Any]
    after: dict[int, Any]
    by_cut: dict[int, Any]


class Grouping:
    """Two groups that every patient is in one of: who leaves, and how many are at risk."""

    def __init__(
        self, model: Model, exits: ExitVariables, sizes: Iterable[int], rates: tuple[Interval, ...]
    ) -> None:
        self.made, self.model, self.exits = model, model.model, exits
        self.n = len(exits.died)
        self.starts = set(sizes)
        self.most = {True: max(self.starts), False: self.n - min(self.starts)}
        new = self.model.new_bool_var
        self.first = {r: new("") for r in exits.died}
        self.node = {
            (r, a): new("")
            for r in exits.died
            for a in range(max(0, r - self.most[False]), min(r, self.most[True]) + 1)
        }
        self._sums: tuple[Any, Any] | None = None
        self.least = self.most_square = 0  # limits of the test, once there is one
        self._path()
        self.followed: dict[bool, Any] = {}
        self.deaths: dict[bool, Any] = {}
        self.hazards: dict[bool, Any] = {}
        for inside, rate in zip((True, False), rates, strict=True):
            self._rate(inside, rate)

    def _path(self) -> None:
        """The number at risk in the first group falls by one or stays with every exit."""
        self.step = {
            (r, a, inside): self.model.new_bool_var("")
            for r, a in self.node
            for inside in (True, False)
            if (a if inside else r - a) > 0
        }
        out: dict[tuple[int, int], list[Any]] = {}
        into: dict[tuple[int, int], list[Any]] = {}
        by_exit: dict[int, list[Any]] = {r: [] for r in self.first}
        for (r, a, inside), step in self.step.items():
            out.setdefault((r, a), []).append(step)
            into.setdefault((r - 1, a - inside), []).append(step)
            if inside:
                by_exit[r].append(step)
        for (r, a), node in self.node.items():
            self.model.add(sum(out[r, a]) == node)
            if r < self.n:
                self.model.add(sum(into.get((r, a), [])) == node)
            elif a not in self.starts:
                self.model.add(node == 0)
        for place, steps in into.items():
            if place[0] > 0 and place not in self.node:
                for step in steps:
                    self.model.add(step == 0)
        for r, first in self.first.items():
            self.model.add_exactly_one(node for (q, _), node in self.node.items() if q == r)
            self.model.add(sum(by_exit[r]) == first)

    def _rate(self, inside: bool, rate: Interval) -> None:
        """The group's Kaplan–Meier estimate at the cut, which somebody is followed beyond."""
        by_cut, after, most = self.exits.by_cut, self.exits.after, self.most[inside]
        death = {own: self.model.new_bool_var("") for own in range(1, most + 1)}
        late = {own: self.model.new_bool_var("") for own in range(1, most + 1)}
        steps: dict[int, list[Any]] = {own: [] for own in death}
        for (r, a, first), step in self.step.items():
            if first == inside:
                own = a if inside else r - a
                steps[own].append(step)
                self.model.add_bool_or(~step, ~by_cut[r], death[own])
                self.model.add_bool_or(~step, by_cut[r], ~death[own])
                self.model.add_bool_or(~step, ~after[r], late[own])
                self.model.add_bool_or(~step, after[r], ~late[own])
        for own, variable in death.items():
            self.model.add_at_most_one(steps[own])
            self.model.add_bool_or(*steps[own], ~variable)
            self.model.add_bool_or(*steps[own], ~late[own])
            self.model.add_implication(variable, ~late[own])
            if own > 1:
                self.model.add_implication(late[own], late[own - 1])
        self.model.add(late[1] == 1)  # somebody is followed
        slack = most // 2 + 2
        high = (
            ceil(-LOGS * log(rate.low)) + slack if rate.low > 0 else ceil(LOGS * log(most)) + slack
        )
        low = floor(-LOGS * log(rate.high)) - slack if rate.high < 1 else 0
        terms = [(variable, scaled_log(own)) for own, variable in death.items() if own > 1]
        low = max(0, low)
        self.hazards[inside] = self.made.total(self.made.weighted(terms), high)
        self.model.add(self.hazards[inside] >= low)
        self.followed[inside] = self.made.total(sum(late.values()), most)
        self.deaths[inside] = self.made.total(sum(death.values()), most)
        numbers = _numbers_of_deaths(most, low, high)
        for a in self.starts:
            possible = numbers[a if inside else self.n - a]
            start = self.node[self.n, a]
            if not possible:
                self.model.add(start == 0)
                continue
            count = self.deaths[inside]
            self.model.add(count >= min(possible)).only_enforce_if(start)
            self.model.add(count <= max(possible)).only_enforce_if(start)

    def terms(self) -> tuple[Any, Any]:
        """Observed minus expected deaths of the first group, and their variance, multiplied."""
        if self._sums is None:
            died = self.exits.died
            deaths = {
                place: self.made.both(node, died[place[0]]) for place, node in self.node.items()
            }
            for r in self.first:
                self.model.add(sum(one for (q, _), one in deaths.items() if q == r) == died[r])
            observed = sum(self.made.both(first, died[r]) for r, first in self.first.items())
            expected = self.made.weighted(
                (one, round(_TESTS * Fraction(a, r))) for (r, a), one in deaths.items()
            )
            variance = self.made.weighted(
                (one, round(_TESTS * Fraction(a * (r - a), r * r)))
                for (r, a), one in deaths.items()
            )
            size = _TESTS * self.n
            sums = (self.model.new_int_var(-size, size, ""), self.model.new_int_var(0, size, ""))
            self.model.add(sums[0] == _TESTS * observed - expected)
            self.model.add(sums[1] == variance)
            self._sums = sums
        return self._sums

    def test(self, p: Interval) -> None:
        """The log-rank test's p value lies in an interval."""
        difference, variance = self.terms()
        size = _TESTS * self.n
        absolute = self.model.new_int_var(0, size, "")
        self.model.add_abs_equality(absolute, difference)
        square = self.model.new_int_var(0, size**2, "")
        self.model.add_multiplication_equality(square, [absolute, absolute])
        e = self.n // 2 + 1  # what the roundings of either sum can amount to
        self.least = least = floor(_TESTS * chi2.isf(min(1.0, float(p.high)), 1) * (1 - _MARGIN))
        self.model.add(square + 2 * e * absolute + e * e >= least * (variance - e))
        if p.low > 0:
            self.most_square = most = ceil(_TESTS * chi2.isf(float(p.low), 1) * (1 + _MARGIN))
            self.model.add(square - 2 * e * absolute <= most * (variance + e))

    def ratio(self, way: int, limit: Fraction) -> None:
        """Difference times way, divided by the variance V, is at least a limit t.

        Implied by the test, which keeps the squared difference between l V and m V: with t > 0,
        t² V is at most m; with t < 0 the difference is positive or t² V at least l.
        """
        difference, variance = self.terms()
        p, q = limit.numerator, limit.denominator
        e = self.n // 2 + 1
        self.model.add(way * q * difference - p * variance >= -(q + abs(p)) * e)
        if limit > 0 and self.most_square:
            self.model.add(variance <= floor(self.most_square / limit**2) + e + 1)
        elif limit < 0 and self.least:
            positive = self.model.new_bool_var("")
            self.model.add(way * difference >= -e).only_enforce_if(positive)
            least = floor(self.least / limit**2) - e - 1
            self.model.add(variance >= least).only_enforce_if(~positive)


def _numbers_of_deaths(most: int, low: int, high: int) -> list[list[int]]:
    """For groups of 0 to `most` patients: how many deaths some set of numbers at risk can have.

    The sums of the scaled logarithms that sets of so many deaths reach, as bits of one integer.
    """
    window = (1 << high + 1) - (1 << low)
    below = (1 << high + 1) - 1
    reached = [1] + [0] * most
    found = []
    for size in range(most + 1):
        if size > 1:
            shift = scaled_log(size)
            for deaths in range(size, 0, -1):
                reached[deaths] |= (reached[deaths - 1] << shift) & below
        found.append([deaths for deaths, sums in enumerate(reached) if sums & window])
    return found


def scaled_log(at_risk: int) -> int:
    """By how much a death among so many lowers the logarithm of the estimate, multiplied."""
    return round(LOGS * log(at_risk / (at_risk - 1)))
