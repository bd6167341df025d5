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

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, log
from typing import Any, Literal

from .abstract import Abstract, ProofError
from .grouping import LOGS, ExitVariables, Grouping, scaled_log
from .model import Model

Outcome = Literal["possible", "impossible", "open"]


@dataclass(frozen=True)
class Solved:
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


class JointProgramme:
    """The cohorts that print an abstract, for the solver.

    Parameters
    ----------
    abstract : Abstract
    """

    def __init__(self, abstract: Abstract) -> None:
        self.made = Model()
        self.model = self.made.model
        self.abstract = abstract
        n = abstract.patients
        self.sizes = range(n, 0, -1)
        new = self.model.new_bool_var
        self.died = {r: new(f"died{r}") for r in self.sizes}
        self.after = {r: new(f"after{r}") for r in self.sizes}
        self.by_cut = {r: self.made.both(self.died[r], ~self.after[r]) for r in self.sizes}
        self.later = {r: self.made.both(self.died[r], self.after[r]) for r in self.sizes}
        for r in self.sizes[:-1]:
            self.model.add_implication(self.after[r], self.after[r - 1])
        exits = ExitVariables(self.died, self.after, self.by_cut)
        self.site = Grouping(self.made, exits, [abstract.sites[0]], abstract.rates[:2])
        self.size = Grouping(self.made, exits, range(1, n), abstract.rates[2:])
        self._large_first = [
            self.made.both(self.site.first[r], ~self.size.first[r]) for r in self.sizes
        ]
        self._totals()
        self._follow_up()
        self._one_order_of_neighbours()
        if abstract.test == "log-rank":
            self.site.test(abstract.site_p)
            self.size.test(abstract.size_p)

    def _totals(self) -> None:
        """Sums over all patients are sums over two groups, or implied by them."""
        n = self.abstract.patients
        self.deaths_by_cut = self.made.total(sum(self.by_cut.values()), n)
        self.deaths = self.made.total(sum(self.later.values()) + self.deaths_by_cut, n)
        self.followed = self.made.total(sum(self.after.values()), n)
        terms = [(self.by_cut[r], scaled_log(r)) for r in self.sizes if r > 1]
        self.hazard = self.made.total(self.made.weighted(terms), LOGS * n)
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
        censored = {r: self.made.both(~self.died[r], ~self.after[r]) for r in self.sizes}
        if reading == "reverse":
            terms = [(censored[r], scaled_log(r)) for r in self.sizes if r > 1]
            self.model.add(self.made.weighted(terms) >= floor(LOGS * log(2)) - n // 2 - 1)
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
        ProofError
            When no quantity has that name.
        """
        kind, _, group = quantity.partition(":")
        n = self.abstract.patients
        if kind == "survival":
            slack = n // 2 + 1
            hazard = self.hazard
            if sign > 0:
                self.model.add(hazard <= ceil(-LOGS * log(limit)) + slack)
            else:
                self.model.add(hazard >= floor(-LOGS * log(limit)) - slack)
        elif kind == "log-hazard-ratio":
            grouping, way = (self.site, 1) if group == "first" else (self.size, -1)
            grouping.ratio(sign * way, sign * limit)
        else:
            total, unit = self._count(kind, group)
            self.model.add(sign * total >= ceil(sign * limit * unit))

    def _count(self, kind: str, group: str) -> tuple[Any, int]:
        """A quantity as a whole number, and by what it is divided."""
        sites = self.abstract.sites
        if kind == "patients":
            n = self.abstract.patients
            return self.made.weighted((self.size.node[n, a], a) for a in self.size.starts), 1
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
        raise ProofError(f"no quantity is named {kind!r}")

    def solve(self, effort: float, seed: int = 1) -> Solved:
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
            search = self.made.cp.CpSolver()
            search.parameters.max_deterministic_time = effort / 2
            search.parameters.random_seed = seed
            search.parameters.num_workers = 1
            search.parameters.linearization_level = relaxations
            status = search.solve(self.model)
            spent += search.wall_time
            if status != self.made.cp.UNKNOWN:
                break
        if status == self.made.cp.INFEASIBLE:
            return Solved("impossible", "", spent)
        if status not in (self.made.cp.OPTIMAL, self.made.cp.FEASIBLE):
            return Solved("open", "", spent)
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
        return Solved("possible", " ".join(words), spent)

    def forbid(self) -> None:
        """Exclude the cohort found last, which only the roundings let pass."""
        self.model.add_bool_or(~literal for literal in self._last)
