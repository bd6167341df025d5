"""What is asked of all cohorts that print an abstract, and under which reading of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..published import Study
from .abstract import READINGS, TESTS, Abstract, ProofError, Reading, Test, abstract


@dataclass(frozen=True)
class Variant:
    """A reading of the abstract.

    Attributes
    ----------
    id, words : str
    test : {"log-rank", "peto-peto", "wald"} or None
        Of which test both p values are. None leaves them out: what is proved then holds whatever
        test was printed.
    reading : {"plain", "reverse", "alive"} or None
        How the median follow-up is read.
    questions : tuple of str
        Ids of what is asked; all when empty.
    """

    id: str
    words: str
    test: Test | None
    reading: Reading | None
    questions: tuple[str, ...] = ()

    def abstract(self, study: Study) -> Abstract:
        """The abstract of a study in this reading."""
        return abstract(study, self.test, self.reading)

    def implies(self, other: Variant) -> bool:
        """Whether every cohort that meets this reading meets another one."""
        return other.test in (None, self.test) and other.reading in (None, self.reading)


@dataclass(frozen=True)
class Question:
    """A quantity that the abstract does not print.

    Attributes
    ----------
    id, words : str
    unit : str
    step : Fraction
        Apart by how much the quantity is asked for; that of whole numbers and of shares is the
        distance of neighbouring values.
    discrete : bool
        Whether all values are multiples of the step.
    low, high : Fraction
        What it cannot pass for any cohort of that size.
    required : Fraction or None
        The least that a requirement of ours alone leaves: that somebody is followed in each group.
    """

    id: str
    words: str
    unit: str
    step: Fraction
    discrete: bool
    low: Fraction
    high: Fraction
    required: Fraction | None = None


_KEY = (
    "patients:small",
    "deaths-by-cut",
    "deaths",
    "log-hazard-ratio:large",
    "log-hazard-ratio:first",
)


def _variant(
    id: str, test: Test | None, reading: Reading, questions: tuple[str, ...] = ()
) -> Variant:
    words = f"p values of the {TESTS[test]}" if test else "p values left out"
    return Variant(id, f"{words}; {READINGS[reading]}", test, reading, questions)


VARIANTS = (
    _variant("log-rank", "log-rank", "plain"),
    _variant("any-test", None, "plain"),
    _variant("peto-peto", "peto-peto", "plain", _KEY),
    _variant("wald", "wald", "plain", _KEY),
    _variant("log-rank-reverse", "log-rank", "reverse", _KEY),
    _variant("log-rank-alive", "log-rank", "alive", _KEY),
)
"""Readings, the book's own first."""


def questions(abstract: Abstract) -> tuple[Question, ...]:
    """All questions about an abstract."""
    n, (first, second) = abstract.patients, abstract.sites
    one, patients = Fraction(1), "patients"

    def count(id: str, words: str, most: int, required: int | None = None) -> Question:
        least = None if required is None else Fraction(required)
        return Question(id, words, patients, one, True, Fraction(0), Fraction(most), least)

    return (
        count("patients:small", "Patients with tumours of at most the cut-point", n),
        count("deaths-by-cut", "Deaths by the time of the rates", n),
        count("deaths", "Deaths in all", n),
        Question(
            "survival:everyone", "Survival of all patients at the time of the rates", "",
            Fraction(1, 200), False, Fraction(0), one,
        ),
        count("followed:everyone", "Patients followed beyond the time of the rates", n, 2),
        count("followed:first", "Of these, supraclavicular", first, 1),
        count("followed:second", "Of these, other sites", second, 1),
        count("followed:small", "Of these, small tumours", n, 1),
        count("followed:large", "Of these, large tumours", n, 1),
        # (x - p) / (p (1 - p)) is at most 1/p, and p at least 1/n where x can be 1.
        Question(
            "log-hazard-ratio:large", "One-step log hazard ratio of large against small tumours", "",
            Fraction(1, 50), False, Fraction(-n), Fraction(n),
        ),
        Question(
            "log-hazard-ratio:first", "One-step log hazard ratio of supraclavicular against other sites",
            "", Fraction(1, 50), False, Fraction(-n), Fraction(n),
        ),
        Question(
            "large-share:first", "Share of large tumours, supraclavicular", "",
            Fraction(1, first), True, Fraction(0), one,
        ),
        Question(
            "large-share:second", "Share of large tumours, other sites", "",
            Fraction(1, second), True, Fraction(0), one,
        ),
        Question(
            "large-share-difference", "Share of large tumours, supraclavicular minus other sites", "",
            Fraction(1, 50), False, -one, one,
        ),
    )  # fmt: skip


def question(abstract: Abstract, id: str) -> Question:
    """The question of that id.

    Raises
    ------
    ProofError
        When there is none.
    """
    for one in questions(abstract):
        if one.id == id:
            return one
    raise ProofError(f"no question has the id {id!r}")


def variant(id: str) -> Variant:
    """The variant of that id.

    Raises
    ------
    ProofError
        When there is none.
    """
    for one in VARIANTS:
        if one.id == id:
            return one
    raise ProofError(f"no variant has the id {id!r}")
