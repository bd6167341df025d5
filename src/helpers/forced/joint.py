"""The integer programme behind the certificates: all orders of the exits that print an abstract.

Survival by two groupings, the log-rank tests and the median follow-up depend on the order of the
exits alone (site, size, died or censored) and on how many of them happen by the cut. The exits are
counted by the number r at risk just before, from n down to 1. Of the r at risk, a are in the first
group of a grouping: a path that falls by 1 or stays as r falls by 1, one step an exit.

Everything printed is then linear, or nearly so:

- A group's Kaplan–Meier estimate depends on at which numbers at risk in the group a death happens
  by the cut. Its logarithm is a sum over them.
- Observed minus expected deaths are a sum over the deaths of x - a/r, x whether the deceased was in
  the group; the variance of the log-rank test is a sum of a (r - a)/r². A p value between two
  limits is the square of the first between two multiples of the second.
- The median follow-up lies before the cut. Read plainly, half of all exits come by the cut, and
  nothing else follows for their order (given half of them, times can be found). In the reverse
  Kaplan–Meier estimate censoring is the event: the estimate has fallen to 1/2 by the cut. Among
  those alive, half of the censored leave by the cut.

The Peto–Peto and the Wald test are no such sums. For them the p values are left out, and what is
impossible without any test is impossible with theirs.

Rounding. The solver takes whole numbers, so coefficients are multiplied and rounded, and every
limit is moved outwards by what the roundings together could amount to. The programme is a
relaxation: it loses no cohort, so what it finds impossible is impossible. What it finds possible
is checked exactly by `witness`, and forbidden if it does not stand.

Neighbours. Two censored exits next to each other on the same side of the cut can change places,
and nothing above changes: of such pairs one order is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, log
from typing import Any, Literal

from scipy.stats import chi2

from .printed import Abstract, Interval, JointError

_LOGS = 10**6  # logarithms are multiplied by this before they are rounded
_TESTS = 10**5  # and the terms of the log-rank test by this
_MARGIN = 1e-9  # relative; scipy's quantiles are good to 1e-12

Outcome = Literal["possible", "impossible", "open"]


@dataclass(frozen=True)
class Found:
    """What the solver said.

    Attributes
    ----------
    outcome : {"possible", "impossible", "open"}
        Open when its time ran out.
    line : str
        The cohort found, in the notation of `witness`; empty without one.
    seconds : float
    """

    outcome: Outcome
    line: str
    seconds: float


def solver() -> str:
    """Name and version of the solver.

    Raises
    ------
    JointError
        When it is not installed.
    """
    return f"OR-tools CP-SAT {_ortools().__version__}"


def _ortools() -> Any:
    try:
        import ortools
        import ortools.sat.python.cp_model
    except ImportError:
        raise JointError(
            "the solver OR-tools is not installed: pip install 'oligometastatic-cervix-report[proofs]'"
        ) from None
    return ortools


class Programme:
    """The cohorts that print an abstract, for the solver.

    Parameters
    ----------
    abstract : Abstract
    """

    def __init__(self, abstract: Abstract) -> None:
        _ortools()
        from ortools.sat.python import cp_model

        self._cp = cp_model
        self.model = cp_model.CpModel()
        self.abstract = abstract
        n = abstract.patients
        self.sizes = range(n, 0, -1)
        new = self.model.new_bool_var
        self.died = {r: new(f"died{r}") for r in self.sizes}
        self.after = {r: new(f"after{r}") for r in self.sizes}
        self.by_cut = {r: self.both(self.died[r], ~self.after[r]) for r in self.sizes}
        self.later = {r: self.both(self.died[r], self.after[r]) for r in self.sizes}
        for r in self.sizes[:-1]:
            self.model.add_implication(self.after[r], self.after[r - 1])
        self.site = _Grouping(self, [abstract.sites[0]], abstract.rates[:2])
        self.size = _Grouping(self, range(1, n), abstract.rates[2:])
        self._large_first = [self.both(self.site.first[r], ~self.size.first[r]) for r in self.sizes]
        self._totals()
        self._follow_up()
        self._one_order_of_neighbours()
        if abstract.test == "log-rank":
            self.site.test(abstract.site_p)
            self.size.test(abstract.size_p)

    def both(self, one: Any, other: Any) -> Any:
        """A variable that is true exactly where two others are."""
        new = self.model.new_bool_var("")
        self.model.add_implication(new, one)
        self.model.add_implication(new, other)
        self.model.add_bool_or(~one, ~other, new)
        return new

    def weighted(self, terms: Iterable[tuple[Any, int]]) -> Any:
        """A sum of variables with whole weights."""
        pairs = [(variable, weight) for variable, weight in terms if weight]
        if not pairs:
            return 0
        variables, weights = zip(*pairs, strict=True)
        return self._cp.LinearExpr.weighted_sum(variables, weights)

    def total(self, terms: Any, most: int) -> Any:
        """A variable for a sum, so that bounds pass from one constraint to the next through it."""
        new = self.model.new_int_var(0, most, "")
        self.model.add(new == terms)
        return new

    def _totals(self) -> None:
        """Sums over all patients are sums over two groups, or implied by them."""
        n = self.abstract.patients
        self.deaths_by_cut = self.total(sum(self.by_cut.values()), n)
        self.deaths = self.total(sum(self.later.values()) + self.deaths_by_cut, n)
        self.followed = self.total(sum(self.after.values()), n)
        terms = [(self.by_cut[r], _scaled_log(r)) for r in self.sizes if r > 1]
        self.hazard = self.total(self.weighted(terms), _LOGS * n)
        for grouping in (self.site, self.size):
            self.model.add(self.deaths_by_cut == sum(grouping.deaths.values()))
            self.model.add(self.followed == sum(grouping.followed.values()))
            # Among all at risk a death counts for less than in its own group.
            self.model.add(self.hazard <= sum(grouping.hazards.values()))

    def _follow_up(self) -> None:
        """What a median follow-up before the cut implies."""
        n, reading = self.abstract.patients, self.abstract.reading
        if reading == "plain":
            for r in self.sizes[: (n + 1) // 2]:
                self.model.add(self.after[r] == 0)
            return
        if reading is None:
            return
        censored = {r: self.both(~self.died[r], ~self.after[r]) for r in self.sizes}
        if reading == "reverse":
            terms = [(censored[r], _scaled_log(r)) for r in self.sizes if r > 1]
            self.model.add(self.weighted(terms) >= floor(_LOGS * log(2)) - n // 2 - 1)
        else:
            alive = n - sum(self.died.values())
            self.model.add(2 * sum(censored.values()) >= alive)
            self.model.add(alive >= 1)

    def _one_order_of_neighbours(self) -> None:
        """Of two censored neighbours on one side of the cut: first group first, small first."""
        first, small = self.site.first, self.size.first
        for r in self.sizes[:-1]:
            for apart in (~self.after[r], self.after[r - 1]):
                clause = [self.died[r], self.died[r - 1], apart]
                self.model.add_bool_or(*clause, first[r], ~first[r - 1])
                for same in ([first[r], first[r - 1]], [~first[r], ~first[r - 1]]):
                    self.model.add_bool_or(*clause, *same, small[r], ~small[r - 1])

    def at_least(self, quantity: str, sign: int, limit: Fraction) -> None:
        """Ask for cohorts whose quantity times sign is at least a limit times sign.

        Raises
        ------
        JointError
            When no quantity has that name.
        """
        kind, _, group = quantity.partition(":")
        n = self.abstract.patients
        if kind == "survival":
            slack = n // 2 + 1
            hazard = self.hazard
            if sign > 0:
                self.model.add(hazard <= ceil(-_LOGS * log(limit)) + slack)
            else:
                self.model.add(hazard >= floor(-_LOGS * log(limit)) - slack)
        elif kind == "log-hazard-ratio":
            grouping, way = (self.site, 1) if group == "first" else (self.size, -1)
            p, q = limit.numerator, limit.denominator
            slack = (q + abs(p)) * (n // 2 + 1)
            difference, variance = grouping.terms()
            self.model.add(sign * (q * way * difference - p * variance) >= -slack)
        else:
            total, unit = self._count(kind, group)
            self.model.add(sign * total >= ceil(sign * limit * unit))

    def _count(self, kind: str, group: str) -> tuple[Any, int]:
        """A quantity as a whole number, and by what it is divided."""
        sites = self.abstract.sites
        if kind == "patients":
            n = self.abstract.patients
            return self.weighted((self.size.node[n, a], a) for a in self.size.starts), 1
        if kind == "deaths-by-cut":
            return self.deaths_by_cut, 1
        if kind == "deaths":
            return self.deaths, 1
        if kind == "followed":
            if group == "everyone":
                return self.followed, 1
            grouping = self.site if group in ("first", "second") else self.size
            return grouping.followed[group in ("first", "small")], 1
        large_first = sum(self._large_first)
        large_second = sum(~small for small in self.size.first.values()) - large_first
        if kind == "large-share":
            return (large_first, sites[0]) if group == "first" else (large_second, sites[1])
        if kind == "large-share-difference":
            return sites[1] * large_first - sites[0] * large_second, sites[0] * sites[1]
        raise JointError(f"no quantity is named {kind!r}")

    def solve(self, effort: float, seed: int = 1) -> Found:
        """Look for one cohort, with linear relaxations first and then without.

        Parameters
        ----------
        effort : float
            When to give up: seconds of the solver's own clock, which counts its work and not the
            load of the machine. The same effort gives the same answer.
        seed : int
            Of the solver.
        """
        spent = 0.0
        for relaxations in (1, 0):
            search = self._cp.CpSolver()
            search.parameters.max_deterministic_time = effort / 2
            search.parameters.random_seed = seed
            search.parameters.num_workers = 1
            search.parameters.linearization_level = relaxations
            status = search.solve(self.model)
            spent += search.wall_time
            if status != self._cp.UNKNOWN:
                break
        if status == self._cp.INFEASIBLE:
            return Found("impossible", "", spent)
        if status not in (self._cp.OPTIMAL, self._cp.FEASIBLE):
            return Found("open", "", spent)
        words = []
        for r in self.sizes:
            if search.value(self.after[r]) and "|" not in words:
                words.append("|")
            letter = "S" if search.value(self.site.first[r]) else "O"
            letter = letter.lower() if search.value(self.size.first[r]) else letter
            words.append(letter + ("" if search.value(self.died[r]) else "+"))
        if "|" not in words:
            words.append("|")
        self._last = [
            variable if search.value(variable) else ~variable
            for r in self.sizes
            for variable in (
                self.died[r],
                self.after[r],
                self.site.first[r],
                self.size.first[r],
            )
        ]
        return Found("possible", " ".join(words), spent)

    def forbid(self) -> None:
        """Exclude the cohort found last, which only the roundings let pass."""
        self.model.add_bool_or(~literal for literal in self._last)


class _Grouping:
    """Two groups that every patient is in one of: who leaves, and how many are at risk."""

    def __init__(
        self, programme: Programme, sizes: Iterable[int], rates: tuple[Interval, ...]
    ) -> None:
        self.programme, self.model = programme, programme.model
        self.n = programme.abstract.patients
        self.starts = set(sizes)
        self.most = {True: max(self.starts), False: self.n - min(self.starts)}
        new = self.model.new_bool_var
        self.first = {r: new("") for r in programme.sizes}
        self.node = {
            (r, a): new("")
            for r in programme.sizes
            for a in range(max(0, r - self.most[False]), min(r, self.most[True]) + 1)
        }
        self._sums: tuple[Any, Any] | None = None
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
        by_cut, after, most = self.programme.by_cut, self.programme.after, self.most[inside]
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
        high = ceil(-_LOGS * log(rate.low)) + slack if rate.low > 0 else _LOGS * most
        low = floor(-_LOGS * log(rate.high)) - slack if rate.high < 1 else 0
        terms = [(variable, _scaled_log(own)) for own, variable in death.items() if own > 1]
        low = max(0, low)
        self.hazards[inside] = self.programme.total(self.programme.weighted(terms), high)
        self.model.add(self.hazards[inside] >= low)
        self.followed[inside] = self.programme.total(sum(late.values()), most)
        self.deaths[inside] = self.programme.total(sum(death.values()), most)
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
            died = self.programme.died
            deaths = {
                place: self.programme.both(node, died[place[0]])
                for place, node in self.node.items()
            }
            for r in self.first:
                self.model.add(sum(one for (q, _), one in deaths.items() if q == r) == died[r])
            observed = sum(self.programme.both(first, died[r]) for r, first in self.first.items())
            expected = self.programme.weighted(
                (one, round(_TESTS * Fraction(a, r))) for (r, a), one in deaths.items()
            )
            variance = self.programme.weighted(
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
        least = floor(_TESTS * chi2.isf(float(p.high), 1) * (1 - _MARGIN))
        self.model.add(square + 2 * e * absolute + e * e >= least * (variance - e))
        if p.low > 0:
            most = ceil(_TESTS * chi2.isf(float(p.low), 1) * (1 + _MARGIN))
            self.model.add(square - 2 * e * absolute <= most * (variance + e))


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
            shift = _scaled_log(size)
            for deaths in range(size, 0, -1):
                reached[deaths] |= (reached[deaths - 1] << shift) & below
        found.append([deaths for deaths, sums in enumerate(reached) if sums & window])
    return found


def _scaled_log(at_risk: int) -> int:
    """By how much a death among so many lowers the logarithm of the estimate, multiplied."""
    return round(_LOGS * log(at_risk / (at_risk - 1)))
