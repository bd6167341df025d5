"""What an abstract prints about two groupings of one cohort, as intervals of exact fractions.

Only data: the programme (`programme`) and the check of its witnesses (`witness`) read the same
numbers here and share nothing else.

A number printed with so many decimals stands for every value that rounds to it, halves rounded up
or to even: the closed interval of half a unit of the last decimal on either side.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ..published import Entry, KaplanMeier, LogRank, Study, Summary

GROUPS = ("supraclavicular", "other-sites", "small", "large")
"""The groups of the study: two by site, and two by size."""
Reading = Literal["plain", "reverse", "alive"]
Test = Literal["log-rank", "peto-peto", "wald"]
TESTS: dict[Test, str] = {
    "log-rank": "log-rank test, which is Cox's score test as well",
    "peto-peto": "Peto–Peto test",
    "wald": "Wald test of a Cox model with the group alone",
}
READINGS: dict[Reading, str] = {
    "plain": "median of the follow-up of all patients",
    "reverse": "reverse Kaplan–Meier median, in which deaths are censored",
    "alive": "median of the follow-up of those still alive",
}


class ProofError(ValueError):
    """A question, a witness or a certificate that cannot stand; the message says which and why."""


@dataclass(frozen=True)
class Interval:
    """All values from `low` to `high`, both among them."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Abstract:
    """The printed numbers that depend on the order of the exits and on the cut alone.

    Attributes
    ----------
    sites : (int, int)
        Patients in the first and the second group by site. Those by size are not printed.
    rates : tuple of Interval
        Kaplan–Meier estimates at the cut of both groups by site, then of small and large, from 0
        to 1. In each somebody is followed beyond the cut.
    site_p, size_p : Interval
        Two-sided p values.
    test : {"log-rank", "peto-peto", "wald"} or None
        Of which test they are; None where they are not used.
    reading : {"plain", "reverse", "alive"} or None
        How the median follow-up is read, which is printed as earlier than the cut; None where it
        is not used.
    """

    sites: tuple[int, int]
    rates: tuple[Interval, Interval, Interval, Interval]
    site_p: Interval
    size_p: Interval
    test: Test | None = "log-rank"
    reading: Reading | None = "plain"

    @property
    def patients(self) -> int:
        """Patients in all."""
        return sum(self.sites)

    @property
    def digest(self) -> str:
        """A fingerprint of everything above."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def rounded(entry: Entry) -> Interval:
    """The values that print as an entry does; those of a percent from 0 to 1.

    An entry with the relation "<" stands for the values up to its own, which the difference of
    one value, reached only by coincidence, does not make unsound.
    """
    unit = Fraction(1, 100) if entry.unit == "percent" else Fraction(1)
    value = Fraction(str(entry.value))
    if entry.relation == "<":
        return Interval(Fraction(0), value * unit)
    half = Fraction(1, 2 * 10**entry.decimals)
    return Interval(max(Fraction(0), value - half) * unit, (value + half) * unit)


def abstract(
    study: Study, test: Test | None = "log-rank", reading: Reading | None = "plain"
) -> Abstract:
    """The abstract of a study.

    Parameters
    ----------
    study : Study
        With a Kaplan–Meier rate of overall survival for each of `GROUPS`, log-rank p values by
        site and by size, and a median follow-up before the time of the rates.
    test : {"log-rank", "peto-peto", "wald"} or None
        Of which test the p values are; None to leave them out.
    reading : {"plain", "reverse", "alive"} or None
        How the median follow-up is read.

    Raises
    ------
    ProofError
        When one of them is missing, or the median does not lie before the rates' time.
    """
    rates = tuple(_rate(study, group) for group in GROUPS)
    times = {entry.estimand.time for entry in rates if isinstance(entry.estimand, KaplanMeier)}
    if len(times) != 1:
        raise ProofError(f"rates at one time were expected, found {sorted(times)}")
    median = next(
        (
            entry
            for entry in study.entries.values()
            if isinstance(entry.estimand, Summary)
            and (entry.estimand.statistic, entry.estimand.column) == ("median", "follow_up_months")
        ),
        None,
    )
    horizon = Fraction(str(times.pop()))
    if reading is not None and (median is None or 2 * rounded(median).high - horizon < 1):
        # Else half of the patients by the cut would not be all that the median implies.
        raise ProofError("a median follow-up was expected, of more than half the time of the rates")
    if reading is not None and median is not None and rounded(median).high >= horizon:
        raise ProofError("a median follow-up before the time of the rates was expected")
    return Abstract(
        sites=(
            _size(study, ("supraclavicular",)),
            _size(study, ("lung", "other")),
        ),
        rates=tuple(rounded(entry) for entry in rates),  # type: ignore[arg-type]
        site_p=rounded(_log_rank(study, GROUPS[:2])),
        size_p=rounded(_log_rank(study, GROUPS[2:])),
        test=test,
        reading=reading,
    )


def _rate(study: Study, group: str) -> Entry:
    for entry in study.entries.values():
        estimand = entry.estimand
        if isinstance(estimand, KaplanMeier) and (
            (estimand.endpoint, estimand.group) == ("overall-survival", group)
        ):
            return entry
    raise ProofError(f"a survival rate of {group} was expected, found none")


def _log_rank(study: Study, groups: tuple[str, ...]) -> Entry:
    for entry in study.targets:
        if isinstance(entry.estimand, LogRank) and set(entry.estimand.groups) == set(groups):
            return entry
    raise ProofError(f"a log-rank test of {' against '.join(groups)} was expected, found none")


def _size(study: Study, groups: tuple[str, ...]) -> int:
    sizes = {
        entry.estimand.group: int(entry.value)  # type: ignore[arg-type]
        for entry in study.entries.values()
        if entry.estimand.statistic == "count"
    }
    missing = [group for group in groups if group not in sizes]
    if missing:
        raise ProofError(f"a number of patients of {missing[0]} was expected, found none")
    return sum(sizes[group] for group in groups)
