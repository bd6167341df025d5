"""Seeking the ends of all intervals, one stored step after the other.

First cohorts that are there already are offered. Then each end is annealed: a cohort that goes far,
from the best one known. Then the solver is
asked whether any goes further. The first value asked for is the next beyond what is attained, which
settles the end if there is none; where the solver comes to no end, values half way to what is
excluded follow. A cohort that it finds moves what is attained outwards, a proof that there is none
moves what is excluded inwards.

Everything known is kept in the file after every answer, so that a run that is stopped goes on
where it was. What is known is used throughout: a cohort found for one question counts for all
others, and what is out of reach in one reading of the abstract is so in a stricter one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import ceil, floor
from pathlib import Path

from ..published import Study
from . import certificates, counting, model, starts, witness
from .abstract import Abstract, ProofError
from .certificates import Certificate, Certificates, End, OutdatedError
from .programme import JointProgramme, Solved
from .questions import VARIANTS, Question, Variant, questions

Report = Callable[[str], None]
_CLIMBS = 2  # annealings of an end
_ATTEMPTS = 20  # cohorts in a row that only roundings let pass


def prove(
    study: Study,
    path: Path,
    effort: float,
    report: Report,
    only: tuple[str, ...] = (),
    offered: Sequence[str] = (),
) -> Certificates:
    """Seek all ends, going on from what is stored.

    Parameters
    ----------
    study : Study
    path : Path
        The file of certificates; written after every answer.
    effort : float
        For one question to the solver; see `programme.JointProgramme.solve`. Questions left open by an
        earlier run are asked again only with a greater effort.
    report : callable
        Takes a line on every answer.
    only : tuple of str
        Ids of variants; all when empty.
    offered : sequence of str
        Cohorts in the notation of `witness` that may attain an end, such as those of an ensemble.

    Raises
    ------
    ProofError
        When there is no such variant, the solver is not installed, the file cannot be read as
        certificates, or no cohort is found to begin with.
    """
    known = [reading.id for reading in VARIANTS]
    for id in only:
        if id not in known:
            raise ProofError(f"variant {id!r}: one of {', '.join(known)} was expected")
    name = model.solver()
    items: dict[tuple[str, str], Certificate] = {}
    if path.exists():
        try:
            items = certificates.load(path, study).items
        except OutdatedError as error:
            report(f"begun anew, since {error}")
    counted = (counting.bounds(study, reading) for reading in (None, "reverse"))
    store = Certificates(name, items, *counted)
    # What is proved without any test serves all others.
    readings = sorted(VARIANTS, key=lambda one: one.test is not None)
    ends = [
        _Search(study, store, reading, asked, sign, path, effort, report)
        for reading in readings
        if not only or reading.id in only
        for asked in questions(reading.abstract(study))
        if not reading.questions or asked.id in reading.questions
        for sign in (-1, 1)
    ]
    for end in ends:
        end.offer(offered)
    for end in ends:
        end.anneal()
    for end in ends:
        end.solve()
    return store


@dataclass(frozen=True)
class _Search:
    """The search for one end."""

    study: Study
    store: Certificates
    reading: Variant
    asked: Question
    sign: int
    path: Path
    effort: float
    report: Report

    @property
    def facts(self) -> Abstract:
        return self.reading.abstract(self.study)

    @property
    def stored(self) -> Certificate:
        key = self.reading.id, self.asked.id
        return self.store.items.get(key) or Certificate(*self._about)

    @property
    def _about(self) -> tuple[Variant, Question, str]:
        return self.reading, self.asked, self.facts.digest

    def offer(self, lines: Sequence[str]) -> None:
        """The cohort that goes furthest of some, if it goes further than what is stored."""
        end = stored = self.stored.end(self.sign)
        for line in lines:
            value = self.sign * _value(line, self.asked.id)
            if (end is None or value > self.sign * end.value) and _meets(line, self.facts):
                end = _reach(
                    self.asked, self.sign, end or _begin(self.asked, self.sign, line), line
                )
        if end is not None and end != stored:
            self._keep(end, "offered", 0.0)

    def anneal(self) -> None:
        """A first cohort for the end, unless one is stored."""
        if self.stored.end(self.sign) is not None:
            return
        end = known(self.store, self.stored, self.facts, self.sign)
        end = end or _begin(self.asked, self.sign, self._first())
        self._keep(self._climbed(end), "annealed", 0.0)

    def _climbed(self, end: End) -> End:
        """An end moved outwards by annealing, unless it is settled."""
        for seed in range(_CLIMBS):
            if next_limit(self.asked, self.sign, end, self.effort) is not None:
                line = starts.climbed(self.facts, self.asked, self.sign, end.cohort, seed)
                end = _reach(self.asked, self.sign, end, line)
        return end

    def solve(self) -> None:
        """Ask the solver until it has no more to say; of tests that it does not know, nothing.

        Before the first question of a run what is known by then is annealed further.
        """
        climbed = False
        while True:
            end = known(self.store, self.stored, self.facts, self.sign)
            assert end is not None  # there is an annealed one
            limit = next_limit(self.asked, self.sign, end, self.effort)
            if limit is not None and not climbed:
                climbed, end = True, self._climbed(end)
                limit = next_limit(self.asked, self.sign, end, self.effort)
            if end != self.stored.end(self.sign):
                self._keep(end, "annealed further", 0.0)
            if limit is None or self.facts.test not in (None, "log-rank"):
                return
            found = ask(self.facts, self.asked.id, self.sign, limit, self.effort)
            end = replace(end, seconds=end.seconds + found.seconds)
            if found.outcome == "possible":
                end = _reach(self.asked, self.sign, end, found.line)
            elif found.outcome == "impossible":
                end = replace(end, excluded=limit, source=self.reading.id)
            else:
                end = replace(end, open={**end.open, limit: self.effort})
            self._keep(end, f"{float(limit):.4g} {found.outcome}", found.seconds)

    def _first(self) -> str:
        """A cohort to begin with: a shipped one, one annealed from it, or else the solver's."""
        if line := starts.shipped(self.study, self.facts):
            return line
        if line := starts.shipped(self.study, replace(self.facts, test=None, reading=None)):
            for seed in range(5):
                if found := starts.climbed(self.facts, self.asked, self.sign, line, seed):
                    return found
        answer = ask(self.facts, None, 1, Fraction(0), 10 * self.effort)
        if answer.outcome != "possible":
            raise ProofError(
                f"{self.reading.id}: no cohort was found to begin with: {answer.outcome}"
            )
        return answer.line

    def _keep(self, end: End, what: str, seconds: float) -> None:
        """Store an end, and say so."""
        end = _tidy(end, self.sign)
        key = self.reading.id, self.asked.id
        self.store.items[key] = self.stored.with_end(self.sign, end)
        certificates.write(self.store, self.path)
        self.report(
            f"{self.reading.id}  {self.asked.id}  {'high' if self.sign > 0 else 'low'}  {what}: "
            f"attained {float(end.value):.4g}, excluded {float(end.excluded):.4g}  {seconds:.1f} s"
        )


@cache
def _meets(line: str, facts: Abstract) -> bool:
    return not witness.faults(witness.parse(line), facts)


@cache
def _value(line: str, quantity: str) -> Fraction:
    return witness.exact_value(witness.parse(line), quantity)


def known(store: Certificates, one: Certificate, facts: Abstract, sign: int) -> End | None:
    """What is known of an end from everything stored; None without any cohort."""
    end = one.end(sign)
    for line in store.cohorts():
        value = _value(line, one.question.id)
        if (end is None or sign * value > sign * end.value) and _meets(line, facts):
            end = replace(
                end or _begin(one.question, sign, line), value=value, cohort=line, whole=None
            )
    if end is None:
        return None
    for other in store:
        theirs = other.end(sign)
        if (
            theirs is not None
            and other.question.id == one.question.id
            and one.variant.implies(other.variant)
            and sign * theirs.excluded < sign * end.excluded
        ):
            end = replace(end, excluded=theirs.excluded, source=theirs.source)
    return _tidy(end, sign)


def _begin(asked: Question, sign: int, line: str) -> End:
    most = asked.high if sign > 0 else asked.low
    return End(_value(line, asked.id), line, most + sign * asked.step, "", {}, 0.0)


def _reach(asked: Question, sign: int, end: End, line: str) -> End:
    """An end that a cohort attains, if it goes further."""
    value = _value(line, asked.id) if line else end.value
    if sign * value <= sign * end.value:
        return end
    return _tidy(replace(end, value=value, cohort=line, whole=None), sign)


def _tidy(end: End, sign: int) -> End:
    """Without open values that lie no longer between the attained and the excluded."""
    inside = {
        limit: spent
        for limit, spent in end.open.items()
        if sign * end.value < sign * limit < sign * end.excluded
    }
    return replace(end, open=inside)


def next_limit(asked: Question, sign: int, end: End, effort: float) -> Fraction | None:
    """The value to ask for next, a multiple of the step; None when nothing is left to ask.

    Where the solver comes to no end, what is excluded is moved to within an eighth of the gap.
    """
    attained = floor(sign * end.value / asked.step)
    excluded = ceil(sign * end.excluded / asked.step)
    tried = [sign * limit / asked.step for limit, spent in end.open.items() if spent >= effort]
    if not tried:
        wanted = attained + 1
    else:
        left = excluded - int(max(tried))
        if left <= max(1, (excluded - attained) // 8):
            return None
        wanted = excluded - left // 2
    return sign * asked.step * wanted if wanted < excluded else None


def ask(facts: Abstract, quantity: str | None, sign: int, limit: Fraction, effort: float) -> Solved:
    """Whether a cohort goes as far as a limit; one that is found is checked exactly."""
    programme = JointProgramme(facts)
    if quantity is not None:
        programme.at_least(quantity, sign, limit)
    spent = 0.0
    for _ in range(_ATTEMPTS):
        found = programme.solve(effort)
        spent += found.seconds
        if found.outcome == "possible":
            exits = witness.parse(found.line)
            far = quantity is None or sign * witness.exact_value(exits, quantity) >= sign * limit
            if not far or witness.faults(exits, facts):
                programme.forbid()
                continue
        return replace(found, seconds=spent)
    return Solved("open", "", spent)
