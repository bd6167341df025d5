"""Seeking the ends of an interval with the solver, one stored step after the other.

For each end the solver is asked again and again whether a cohort goes as far as some value. A
cohort moves what is attained outwards, a proof that there is none moves what is excluded inwards;
the next value asked for lies half way between. Where the solver comes to no end in its time, the
values on either side of it are asked for.

Everything known is kept in `data/certificates.json` after every answer, so that a run that is
stopped goes on where it was. What is known is used throughout: a cohort found for one question
starts all others, and what is out of reach in one reading of the abstract is so in a stricter one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from ..published import Study
from . import certificates, joint, witness
from .certificates import Certificate, Certificates, End
from .printed import Abstract, JointError
from .questions import VARIANTS, Question, Variant, questions

Report = Callable[[str], None]
_ATTEMPTS = 20  # cohorts in a row that only roundings let pass


def prove(
    study: Study, path: Path, seconds: float, report: Report, workers: int = 1,
    only: tuple[str, ...] = (),
) -> Certificates:  # fmt: skip
    """Seek all ends, going on from what is stored.

    Parameters
    ----------
    study : Study
    path : Path
        The file of certificates; written after every answer.
    seconds : float
        For one call of the solver.
    report : callable
        Takes a line on every answer.
    workers : int
        Threads of the solver.
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
                _seek(store, reading, facts, asked, sign, path, seconds, report, workers)
    return store


def _seek(
    store: Certificates, reading: Variant, facts: Abstract, asked: Question, sign: int, path: Path,
    seconds: float, report: Report, workers: int,
) -> None:  # fmt: skip
    key = (reading.id, asked.id)
    side = "high" if sign > 0 else "low"
    while True:
        one = store.items.get(key) or Certificate(reading, asked, facts.digest)
        end = known(store, one, facts, sign)
        if end is None:
            found = _ask(facts, None, sign, Fraction(0), seconds, workers)
            if found.outcome != "possible":
                raise JointError(f"{reading.id}: no cohort was found to begin with: {found.outcome}")
            end = _begin(asked, sign, found.line)
        limit = next_limit(asked, sign, end, seconds)
        if limit is not None:
            found = _ask(facts, asked.id, sign, limit, seconds, workers)
            end = _learn(asked, sign, end, limit, found, reading.id, seconds)
            report(
                f"{reading.id}  {asked.id}  {side}  asked {float(limit):.4g}: {found.outcome}  "
                f"attained {float(end.value):.4g}  excluded {float(end.excluded):.4g}  "
                f"{found.seconds:.1f} s"
            )
        store.items[key] = one.with_end(sign, end)
        if limit is not None:
            certificates.write(store, path)
        else:
            return


def known(store: Certificates, one: Certificate, facts: Abstract, sign: int) -> End | None:
    """What is known of an end from everything stored; None without any cohort."""
    end = one.end(sign)
    for line in store.cohorts():
        cohort = witness.parse(line)
        if end is not None and sign * witness.value(cohort, one.question.id) <= sign * end.value:
            continue
        if not witness.faults(cohort, facts):
            end = end or _begin(one.question, sign, line)
            end = replace(end, value=witness.value(cohort, one.question.id), cohort=line)
    if end is None:
        return None
    for other in store:
        theirs = other.end(sign)
        if other.question.id == one.question.id and theirs and one.variant.implies(other.variant):
            if sign * theirs.excluded < sign * end.excluded:
                end = replace(end, excluded=theirs.excluded, source=theirs.source)
    return _tidy(end, sign)


def _begin(asked: Question, sign: int, line: str) -> End:
    most = asked.high if sign > 0 else asked.low
    value = witness.value(witness.parse(line), asked.id)
    return End(value, line, most + sign * asked.step, "", {}, 0.0)


def _tidy(end: End, sign: int) -> End:
    """Without open values that lie no longer between the attained and the excluded."""
    inside = {
        limit: spent
        for limit, spent in end.open.items()
        if sign * end.value < sign * limit < sign * end.excluded
    }
    return replace(end, open=inside)


def next_limit(asked: Question, sign: int, end: End, seconds: float) -> Fraction | None:
    """The value to ask for next, a multiple of the step; None when nothing is left to ask."""
    attained = floor(sign * end.value / asked.step)
    excluded = ceil(sign * end.excluded / asked.step)
    tried = [sign * limit / asked.step for limit, spent in end.open.items() if spent >= seconds]
    for low, high in (
        (attained, min(tried, default=Fraction(excluded))),
        (max(tried, default=Fraction(excluded)), excluded),
    ):
        if high - low > 1:
            return sign * asked.step * ((int(low) + int(high)) // 2)
    return None


def _ask(
    facts: Abstract, quantity: str | None, sign: int, limit: Fraction, seconds: float, workers: int
) -> joint.Found:
    """Whether a cohort goes as far as a limit; one that is found is checked exactly."""
    programme = joint.Programme(facts)
    if quantity is not None:
        programme.at_least(quantity, sign, limit)
    spent = 0.0
    for _ in range(_ATTEMPTS):
        found = programme.solve(max(0.1, seconds - spent), workers=workers)
        spent += found.seconds
        if found.outcome == "possible":
            cohort = witness.parse(found.line)
            far = quantity is None or sign * witness.value(cohort, quantity) >= sign * limit
            if not far or witness.faults(cohort, facts):
                programme.forbid()
                continue
        return replace(found, seconds=spent)
    return joint.Found("open", "", spent)


def _learn(
    asked: Question, sign: int, end: End, limit: Fraction, found: joint.Found, reading: str,
    seconds: float,
) -> End:  # fmt: skip
    end = replace(end, seconds=end.seconds + found.seconds)
    if found.outcome == "possible":
        value = witness.value(witness.parse(found.line), asked.id)
        end = replace(end, value=value, cohort=found.line)
    elif found.outcome == "impossible":
        end = replace(end, excluded=limit, source=reading)
    else:
        end = replace(end, open={**end.open, limit: seconds})
    return _tidy(end, sign)
