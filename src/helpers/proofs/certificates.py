"""Certified intervals of what the abstract does not print: their file, and its verification.

An interval has two ends. Each is held by a cohort that attains it, and beside it stands the
nearest value that the solver proved to be out of reach. An end is `proved` when no value lies
between the two (of a quantity with finely spaced values: none of a stated step), and `witnessed`
otherwise.

`verify` needs no solver: cohorts are checked again by `witness`, statuses against the numbers
that they rest on, and the bounds against every cohort in the file, in every reading that the
cohort meets. That nothing lies beyond a bound is the solver's word, as its version is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from .. import package, published
from ..published import Study
from . import witness
from .abstract import ProofError
from .questions import VARIANTS, Question, Variant, questions, variant

Status = Literal["proved", "witnessed"]
FILE = published.DATA / "certificates.json"


class OutdatedError(ProofError):
    """Certificates about other printed numbers."""


@dataclass(frozen=True)
class End:
    """One end of an interval.

    Attributes
    ----------
    value : Fraction
        What the cohort attains.
    cohort : str
        In the notation of `witness`.
    excluded : Fraction
        The nearest value that no cohort attains or passes, as far as was proved.
    source : str
        The variant in which that was proved; empty while it is no more than what no cohort of that
        size could pass.
    open : dict of Fraction to float
        Values between the two about which the solver came to no end, and the seconds it had.
    seconds : float
        Spent by the solver.
    """

    value: Fraction
    cohort: str
    excluded: Fraction
    source: str
    open: dict[Fraction, float]
    seconds: float

    def status(self, question: Question) -> Status:
        """Whether better is excluded."""
        gap = abs(self.excluded - self.value)
        return "proved" if gap <= question.step else "witnessed"

    def bound(self, question: Question) -> Fraction:
        """What no cohort passes."""
        if not question.discrete:
            return self.excluded
        return self.excluded - question.step * (1 if self.excluded > self.value else -1)


@dataclass(frozen=True)
class Certificate:
    """The interval of a quantity in one reading; an end not yet sought is None."""

    variant: Variant
    question: Question
    digest: str
    low: End | None = None
    high: End | None = None

    def end(self, sign: int) -> End | None:
        """The high end for 1, the low one for -1."""
        return self.high if sign > 0 else self.low

    def with_end(self, sign: int, end: End) -> Certificate:
        """With one end replaced."""
        return replace(self, high=end) if sign > 0 else replace(self, low=end)


@dataclass(frozen=True)
class Certificates:
    """All of them, by variant and question, and the solver that proved the bounds."""

    solver: str
    items: dict[tuple[str, str], Certificate]

    def __iter__(self) -> Iterator[Certificate]:
        return iter(self.items.values())

    def cohorts(self) -> list[str]:
        """Every cohort that holds an end, once."""
        ends = [end for one in self for end in (one.low, one.high) if end is not None]
        return list(dict.fromkeys(end.cohort for end in ends))

    def table(self) -> pd.DataFrame:
        """A row an interval: variant, question, words, unit, and of both ends value, status, bound."""
        rows = []
        for one in self:
            row: dict[str, Any] = {
                "variant": one.variant.id, "question": one.question.id,
                "words": one.question.words, "unit": one.question.unit,
            }  # fmt: skip
            for name, end in (("low", one.low), ("high", one.high)):
                if end is not None:
                    row[name] = float(end.value)
                    row[f"{name}_status"] = end.status(one.question)
                    row[f"{name}_bound"] = float(end.bound(one.question))
            rows.append(row)
        return pd.DataFrame(rows)


def load(path: Path | None = None, study: Study | None = None) -> Certificates:
    """Read certificates, without verifying them.

    Parameters
    ----------
    path : path-like, optional
        The file; `data/certificates.json` when left out.
    study : Study, optional
        The study that they are about; the shipped one when left out.

    Raises
    ------
    ProofError
        When the file is missing, has not the form, or is about other printed numbers.
    """
    path, study = path or FILE, study or published.load()
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        items = {}
        for entry in raw["certificates"]:
            one = _read(entry, study, path)
            items[one.variant.id, one.question.id] = one
        return Certificates(str(raw["solver"]), items)
    except OSError:
        raise ProofError(f"{path}: no such file; make certificates writes it") from None
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        if isinstance(error, ProofError):
            raise
        raise ProofError(f"{path}: not the form of certificates: {error!r}") from None


def _read(entry: dict[str, Any], study: Study, path: Path) -> Certificate:
    reading = variant(entry["variant"])
    facts = reading.abstract(study)
    if entry["digest"] != facts.digest:
        raise OutdatedError(
            f"{path}, {entry['variant']}, {entry['question']}: made from other printed numbers "
            f"({entry['digest']}, these are {facts.digest}); make certificates makes it anew"
        )
    by_id = {one.id: one for one in questions(facts)}
    if entry["question"] not in by_id:
        raise ProofError(f"{path}: no question has the id {entry['question']!r}")
    asked = by_id[entry["question"]]
    ends: list[End | None] = []
    for name in ("low", "high"):
        raw = entry.get(name)
        if raw is None:
            ends.append(None)
            continue
        end = End(
            Fraction(raw["value"]), raw["cohort"], Fraction(raw["excluded"]), raw["source"],
            {Fraction(limit): seconds for limit, seconds in raw["open"].items()}, raw["seconds"],
        )  # fmt: skip
        if raw["status"] != end.status(asked):
            raise ProofError(
                f"{path}, {reading.id}, {asked.id}, {name}: {end.status(asked)} was expected, "
                f"since {raw['value']} is attained and {raw['excluded']} excluded, "
                f"found {raw['status']}"
            )
        ends.append(end)
    return Certificate(reading, asked, facts.digest, *ends)


def write(certificates: Certificates, path: Path | None = None) -> None:
    """Write certificates, so that an interrupted run leaves the earlier file whole."""
    path = path or FILE
    order = {one.id: number for number, one in enumerate(VARIANTS)}
    entries = []
    for one in sorted(certificates, key=lambda one: order[one.variant.id]):
        entry: dict[str, Any] = {
            "variant": one.variant.id, "reading": one.variant.words, "question": one.question.id,
            "words": one.question.words, "step": str(one.question.step), "digest": one.digest,
        }  # fmt: skip
        for name, end in (("low", one.low), ("high", one.high)):
            if end is not None:
                entry[name] = {
                    "value": str(end.value),
                    "status": end.status(one.question),
                    "excluded": str(end.excluded),
                    "source": end.source,
                    "open": {str(limit): seconds for limit, seconds in sorted(end.open.items())},
                    "seconds": round(end.seconds, 1),
                    "cohort": end.cohort,
                }
        entries.append(entry)
    content = json.dumps(
        {"solver": certificates.solver, "certificates": entries}, indent=1, ensure_ascii=False
    )
    package.write(path.parent, {path.name: (content + "\n").encode()})


def verify(certificates: Certificates, study: Study | None = None) -> None:
    """Check everything that can be checked without the solver.

    Raises
    ------
    ProofError
        Naming variant, question and end: when a cohort does not meet the abstract or does not
        attain the value, or when a cohort of the file lies at or beyond a value said to be out of
        reach.
    """
    study = study or published.load()
    abstracts = {one.id: one.abstract(study) for one in VARIANTS}
    parsed = {line: witness.parse(line) for line in certificates.cohorts()}
    for one in certificates:
        for sign, name in ((-1, "low"), (1, "high")):
            end = one.end(sign)
            if end is None:
                continue
            where = f"{one.variant.id}, {one.question.id}, {name}"
            cohort = parsed[end.cohort]
            if wrong := witness.faults(cohort, abstracts[one.variant.id]):
                raise ProofError(f"{where}: its cohort does not print the abstract: {wrong[0]}")
            if (found := witness.exact_value(cohort, one.question.id)) != end.value:
                raise ProofError(f"{where}: the value {found} was expected, found {end.value}")
    for line, cohort in parsed.items():
        met = [id for id, facts in abstracts.items() if not witness.faults(cohort, facts)]
        for one in certificates:
            if one.variant.id not in met:
                continue
            found = witness.exact_value(cohort, one.question.id)
            for sign, name in ((-1, "low"), (1, "high")):
                end = one.end(sign)
                if end is not None and sign * found >= sign * end.excluded:
                    raise ProofError(
                        f"{one.variant.id}, {one.question.id}, {name}: {end.excluded} was to be "
                        f"out of reach, but this cohort has {found}: {line}"
                    )
