"""Seeking the ends of an interval with the solver, one stored step after the other.

For each end the solver is asked again and again whether a cohort goes as far as some value. A
cohort moves what is attained outwards, a proof that there is none moves what is excluded inwards;
the first value asked for is the next beyond what annealing attained, which mostly settles the end;
where the solver comes to no end, values half way to what is excluded follow.

Everything known is kept in `data/certificates.json` after every answer, so that a run that is
stopped goes on where it was. What is known is used throughout: a cohort found for one question
starts all others, and what is out of reach in one reading of the abstract is so in a stricter one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, log
from pathlib import Path

import numpy as np
from scipy.stats import chi2

from .. import cohort
from ..cohort import CohortError
from ..published import DATA, KaplanMeier, Study
from . import annealing, certificates, joint, witness
from .certificates import Certificate, Certificates, End
from .printed import GROUPS, Abstract, JointError
from .questions import VARIANTS, Question, Variant, questions

Report = Callable[[str], None]
_MOVES = 4_000_000  # of annealing, a few seconds
_CLIMBS = 4
_ATTEMPTS = 20  # cohorts in a row that only roundings let pass


def prove(
    study: Study, path: Path, effort: float, report: Report,
    only: tuple[str, ...] = (),
) -> Certificates:  # fmt: skip
    """Seek all ends, going on from what is stored.

    Parameters
    ----------
    study : Study
    path : Path
        The file of certificates; written after every answer.
    effort : float
        For one question to the solver; see `joint.Programme.solve`.
    report : callable
        Takes a line on every answer.
    only : tuple of str
        Ids of variants; all when empty.
    """
    name = joint.solver()
    try:
        store = certificates.load(path, study)
    except JointError:
        if path.exists():
            report(f"{path}: begun anew")
        store = Certificates(name, {})
    store = Certificates(name, dict(store.items))
    for reading in VARIANTS:
        if only and reading.id not in only:
            continue
        facts = reading.abstract(study)
        for asked in questions(facts):
            if reading.questions and asked.id not in reading.questions:
                continue
            for sign in (-1, 1):
                _seek(study, store, reading, facts, asked, sign, path, effort, report)
    return store


def _seek(
    study: Study, store: Certificates, reading: Variant, facts: Abstract, asked: Question,
    sign: int, path: Path, effort: float, report: Report,
) -> None:  # fmt: skip
    key = (reading.id, asked.id)
    side = "high" if sign > 0 else "low"
    solvable = facts.test in (None, "log-rank")
    annealed = False
    while True:
        one = store.items.get(key) or Certificate(reading, asked, facts.digest)
        end = known(store, one, facts, sign)
        if end is None:
            end = _begin(asked, sign, _first(study, reading, facts, effort))
        limit = next_limit(asked, sign, end, effort)
        if limit is not None and not annealed:
            annealed = True
            for seed in range(_CLIMBS):
                end = _reach(asked, sign, end, climbed(facts, asked, sign, end.cohort, seed))
            report(f"{reading.id}  {asked.id}  {side}  annealed  attained {float(end.value):.4g}")
            limit = next_limit(asked, sign, end, effort)
        if limit is not None and solvable:
            found = ask(facts, asked.id, sign, limit, effort)
            end = _learn(asked, sign, end, limit, found, reading.id, effort)
            report(
                f"{reading.id}  {asked.id}  {side}  asked {float(limit):.4g}: {found.outcome}  "
                f"attained {float(end.value):.4g}  excluded {float(end.excluded):.4g}  "
                f"{found.seconds:.1f} s"
            )
        if end != one.end(sign):
            store.items[key] = one.with_end(sign, end)
            certificates.write(store, path)
        if limit is None or not solvable:
            return


def _first(study: Study, reading: Variant, facts: Abstract, effort: float) -> str:
    """A cohort to begin with: a shipped one, one annealed from it, or else the solver's."""
    if line := shipped(study, facts):
        return line
    asked = questions(facts)[0]
    if line := shipped(study, replace(facts, test=None, reading=None)):
        for seed in range(_CLIMBS):
            if found := climbed(facts, asked, 1, line, seed):
                return found
    answer = ask(facts, None, 1, Fraction(0), 10 * effort)
    if answer.outcome != "possible":
        raise JointError(f"{reading.id}: no cohort was found to begin with: {answer.outcome}")
    return answer.line


def shipped(study: Study, facts: Abstract) -> str:
    """The exits of a shipped cohort that meets an abstract; empty without one."""
    for folder in (DATA / "cohort", *sorted((DATA / "alternatives").glob("*"))):
        with suppress(CohortError):
            line = order_of_exits(cohort.load(folder, study))
            if not witness.faults(witness.parse(line), facts):
                return line
    return ""


def order_of_exits(found: cohort.Cohort) -> str:
    """The exits of a cohort in the notation of `witness`; of tied ones, deaths come first."""
    patients = found.patients.assign(
        first=found.members(GROUPS[0]), small=found.members(GROUPS[2])
    ).sort_values(["follow_up_months", "died"], ascending=[True, False], kind="stable")
    horizon = next(
        entry.estimand.time
        for entry in found.study.entries.values()
        if isinstance(entry.estimand, KaplanMeier)
    )
    exits = tuple(
        witness.Exit(bool(first), bool(small), bool(died))
        for first, small, died in zip(
            patients["first"], patients["small"], patients["died"], strict=True
        )
    )
    by_cut = (patients["follow_up_months"] < horizon) | (
        (patients["follow_up_months"] == horizon) & (patients["died"] == 1)
    )
    return str(witness.Witness(exits, int(by_cut.sum())))


def climbed(facts: Abstract, asked: Question, sign: int, line: str, seed: int) -> str:
    """A cohort that annealing finds from another one; empty without any."""
    start = witness.parse(line)
    first, small, died = (
        np.array([getattr(one, name) for one in start.exits], np.int64)
        for name in ("first", "small", "died")
    )
    edge = 1e-9  # so that floating point does not overstep a limit
    bounds = [(log(rate.low or 1e-9) + edge, log(rate.high) - edge) for rate in facts.rates]
    z_bounds = [
        (0.0, 0.0)
        if facts.test is None
        else (
            chi2.isf(float(p.high), 1) ** 0.5 + edge,
            chi2.isf(max(float(p.low), 1e-99), 1) ** 0.5,
        )
        for p in (facts.site_p, facts.size_p)
    ]
    cut = annealing.climb(
        np.random.default_rng(seed), _MOVES, first, small, died, start.cut, np.array(bounds), np.array(z_bounds),
        annealing.TESTS.index(facts.test or "log-rank"), annealing.READINGS.index(facts.reading),
        annealing.QUANTITIES.index(asked.id), sign, float(asked.step),
    )  # fmt: skip
    if cut < 0:
        return ""
    exits = (witness.Exit(*map(bool, one)) for one in zip(first, small, died, strict=True))
    found = witness.Witness(tuple(exits), cut)
    return "" if witness.faults(found, facts) else str(found)


def known(store: Certificates, one: Certificate, facts: Abstract, sign: int) -> End | None:
    """What is known of an end from everything stored; None without any cohort."""
    end = one.end(sign)
    for line in store.cohorts():
        exits = witness.parse(line)
        if end is not None and sign * witness.value(exits, one.question.id) <= sign * end.value:
            continue
        if not witness.faults(exits, facts):
            end = end or _begin(one.question, sign, line)
            end = replace(end, value=witness.value(exits, one.question.id), cohort=line)
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
    value = witness.value(witness.parse(line), asked.id)
    return End(value, line, most + sign * asked.step, "", {}, 0.0)


def _reach(asked: Question, sign: int, end: End, line: str) -> End:
    """An end that a cohort attains, if it goes further."""
    value = witness.value(witness.parse(line), asked.id) if line else end.value
    if sign * value <= sign * end.value:
        return end
    return _tidy(replace(end, value=value, cohort=line), sign)


def _tidy(end: End, sign: int) -> End:
    """Without open values that lie no longer between the attained and the excluded."""
    inside = {
        limit: spent
        for limit, spent in end.open.items()
        if sign * end.value < sign * limit < sign * end.excluded
    }
    return replace(end, open=inside)


def next_limit(asked: Question, sign: int, end: End, effort: float) -> Fraction | None:
    """The value to ask for next, a multiple of the step; None when nothing is left to ask."""
    attained = floor(sign * end.value / asked.step)
    excluded = ceil(sign * end.excluded / asked.step)
    tried = [sign * limit / asked.step for limit, spent in end.open.items() if spent >= effort]
    if not tried:
        wanted = attained + 1
    else:
        wanted = (int(max(tried)) + excluded) // 2
        if wanted in tried:
            return None
    return sign * asked.step * wanted if wanted < excluded else None


def ask(
    facts: Abstract, quantity: str | None, sign: int, limit: Fraction, effort: float
) -> joint.Found:
    """Whether a cohort goes as far as a limit; one that is found is checked exactly."""
    programme = joint.Programme(facts)
    if quantity is not None:
        programme.at_least(quantity, sign, limit)
    spent = 0.0
    for _ in range(_ATTEMPTS):
        found = programme.solve(effort)
        spent += found.seconds
        if found.outcome == "possible":
            exits = witness.parse(found.line)
            far = quantity is None or sign * witness.value(exits, quantity) >= sign * limit
            if not far or witness.faults(exits, facts):
                programme.forbid()
                continue
        return replace(found, seconds=spent)
    return joint.Found("open", "", spent)


def _learn(
    asked: Question, sign: int, end: End, limit: Fraction, found: joint.Found, reading: str,
    effort: float,
) -> End:  # fmt: skip
    end = replace(end, seconds=end.seconds + found.seconds)
    if found.outcome == "possible":
        end = _reach(asked, sign, end, found.line)
    elif found.outcome == "impossible":
        end = replace(end, excluded=limit, source=reading)
    else:
        end = replace(end, open={**end.open, limit: effort})
    return _tidy(end, sign)
