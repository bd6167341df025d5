"""Certified intervals of what the abstract does not print: their file, and its verification.

An interval has two ends. Each is held by a cohort that attains it, and beside it stands the
nearest value that the solver proved to be out of reach. An end is `proved` when no value lies
between the two (of a quantity with finely spaced values: none of a stated step), and `witnessed`
otherwise.

That nothing lies beyond a bound is the solver's word, as its version is named; where counting the
sets of each rate excludes as much, `counting` is the second proof. `verifying` verifies the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from .. import package, published
from ..published import Study
from .abstract import ProofError
from .counting import Bounds
from .questions import VARIANTS, Question, Variant, questions, variant

Status = Literal["proved", "witnessed"]
Ground = Literal["requirement", "limit", "counting", "solver", ""]
"""What a proved end rests on: a requirement of ours alone, what no cohort of that size can pass, both
the solver and counting, or the solver alone; nothing where it is witnessed."""
FILE = published.DATA / "certificates.json"

_COUNTED = ("counted", "counted_reverse")
_GROUNDS = {
    "requirement": "our own requirement",
    "limit": "proved, as nothing lies beyond",
    "counting": "proved twice",
    "solver": "proved by the solver",
}


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
    whole : int or None
        The seed with which `completion.completed` makes of this cohort one that prints every number
        of the abstract, the sentence about the model included; None where none is known.
    """

    value: Fraction
    cohort: str
    excluded: Fraction
    source: str
    open: dict[Fraction, float]
    seconds: float
    whole: int | None = None

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
    """All of them, by variant and question.

    Attributes
    ----------
    solver : str
        Which proved the bounds.
    items : dict
    counted : dict
        What `counting.bounds` found, whatever the reading.
    counted_reverse : dict
        What it found where the follow-up is read as the reverse Kaplan–Meier one.
    """

    solver: str
    items: dict[tuple[str, str], Certificate]
    counted: Bounds = field(default_factory=dict)
    counted_reverse: Bounds = field(default_factory=dict)

    def __iter__(self) -> Iterator[Certificate]:
        return iter(self.items.values())

    def cohorts(self) -> list[str]:
        """Every cohort that holds an end, once."""
        ends = [end for one in self for end in (one.low, one.high) if end is not None]
        return list(dict.fromkeys(end.cohort for end in ends))

    def counted_of(self, reading: Variant) -> Bounds:
        """What counting excludes in a reading."""
        return self.counted_reverse if reading.reading == "reverse" else self.counted

    def bound(self, one: Certificate, sign: int) -> Fraction:
        """What no cohort passes at an end, by the solver or by counting, whichever excludes more."""
        end = one.end(sign)
        assert end is not None
        by_solver = end.bound(one.question)
        counted = self.counted_of(one.variant).get((one.question.id, sign), by_solver)
        return sign * min(sign * by_solver, sign * counted)

    def ground(self, one: Certificate, sign: int) -> Ground:
        """What an end rests on."""
        end, asked = one.end(sign), one.question
        if end is None or end.status(asked) != "proved":
            return ""
        if sign < 0 and end.value == asked.required:
            return "requirement"
        if end.value == (asked.high if sign > 0 else asked.low):
            return "limit"
        counted = self.counted_of(one.variant).get((asked.id, sign))
        return "counting" if counted == end.value else "solver"

    def _evidence(self, one: Certificate, sign: int) -> str:
        """How an end is known, in words."""
        end, ground = one.end(sign), self.ground(one, sign)
        assert end is not None
        if ground:
            return _GROUNDS[ground]
        return "witnessed" if end.source else "witnessed, with nothing excluded"

    def table(self) -> pd.DataFrame:
        """A row an interval: variant, question, words, unit, and of both ends value, status, bound, ground, evidence, whole."""
        rows = []
        for one in self:
            row: dict[str, Any] = {
                "variant": one.variant.id, "question": one.question.id,
                "words": one.question.words, "unit": one.question.unit,
            }  # fmt: skip
            for name, sign, end in (("low", -1, one.low), ("high", 1, one.high)):
                if end is not None:
                    row[f"{name}_ground"] = self.ground(one, sign)
                    row[f"{name}_evidence"] = self._evidence(one, sign)
                    row[f"{name}_whole"] = end.whole is not None
                    row[name] = float(end.value)
                    row[f"{name}_status"] = end.status(one.question)
                    row[f"{name}_bound"] = float(self.bound(one, sign))
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
        counted = (
            {
                (question, sign): Fraction(bound)
                for question, ends in raw[which].items()
                for sign, bound in zip((-1, 1), ends, strict=True)
            }
            for which in _COUNTED
        )
        return Certificates(str(raw["solver"]), items, *counted)
    except OSError:
        raise ProofError(f"{path}: no such file; make certificates writes it") from None
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
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
            raw.get("whole"),
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
                } | ({} if end.whole is None else {"whole": end.whole})
        entries.append(entry)
    whole: dict[str, Any] = {"solver": certificates.solver}
    for which in _COUNTED:
        counted: dict[str, list[str]] = {}
        for (question, _), bound in sorted(getattr(certificates, which).items()):
            counted.setdefault(question, []).append(str(bound))
        whole[which] = counted
    whole["certificates"] = entries
    content = json.dumps(whole, indent=1, ensure_ascii=False)
    package.write(path.parent, {path.name: (content + "\n").encode()})
