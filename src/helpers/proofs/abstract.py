"""What an abstract prints about two groupings of one cohort, as intervals of exact fractions.

Only data: the programme (`programme`) and the check of its witnesses (`witness`) read the same
numbers here and share nothing else.

Which values a printed number stands for is the rule of `published.rounding`, halves rounded up or
to even. Whether an end is among them is for `witness`, which is exact; the programme takes both in,
and so loses no cohort.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from ..published import Count, Entry, KaplanMeier, LogRank, Study, Summary, rounding
from ..published.rounding import Limits

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
    """All values from `low` to `high`.

    Attributes
    ----------
    low, high : Fraction
        The ends.
    low_counts, high_counts : bool
        Whether they are among the values.
    """

    low: Fraction
    high: Fraction
    low_counts: bool = field(default=True, repr=False)
    high_counts: bool = field(default=True, repr=False)

    def __contains__(self, value: Fraction) -> bool:
        """Whether a value is among them."""
        return value in Limits(self.low, self.high, self.low_counts, self.high_counts)

    def holds(self, other: Interval) -> bool:
        """Whether all values of another are among them."""
        return other.low in self and other.high in self

    def misses(self, other: Interval) -> bool:
        """Whether no value of another is near enough to be among them."""
        return other.high < self.low or other.low > self.high


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
        """A fingerprint of everything above, but for whether the ends of an interval count.

        The programme takes them in, so what it excludes does not depend on it, and every cohort
        is checked again.
        """
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def share(entry: Entry) -> Interval:
    """The values for which a printed rate or p value stands, from 0 to 1.

    Raises
    ------
    ProofError
        When it stands for none.
    """
    limits = _limits(entry)
    unit = Fraction(1, 100) if entry.unit == "percent" else Fraction(1)
    interval = Interval(Fraction(0), Fraction(1))
    if limits.low is not None and limits.low >= 0:
        interval = replace(interval, low=limits.low * unit, low_counts=limits.low_counts)
    if limits.high is not None:
        interval = replace(interval, high=limits.high * unit, high_counts=limits.high_counts)
    nearest = min(Fraction(1), interval.high)
    if nearest < interval.low or (nearest == interval.low and nearest not in interval):
        raise ProofError(
            f"{entry.id}: a number that a cohort can have was expected, found {entry.statement}"
        )
    return interval


def _limits(entry: Entry) -> Limits:
    """The values for which an entry stands, halves rounded up or to even."""
    assert isinstance(entry.value, (int, float))
    return rounding.limits(entry.value, entry.decimals, entry.relation, rounding.HABITS)


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
    rates = tuple(rate_of(study, group) for group in GROUPS)
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
    if reading is not None:
        latest = None if median is None else _limits(median).high
        if latest is None or 2 * latest - horizon < 1:
            # Else half of the patients by the cut would not be all that the median implies.
            raise ProofError(
                "a median follow-up was expected, of more than half the time of the rates"
            )
        if latest >= horizon:
            raise ProofError("a median follow-up before the time of the rates was expected")
    return Abstract(
        sites=sizes_of(study),
        rates=tuple(share(entry) for entry in rates),  # type: ignore[arg-type]
        site_p=share(_log_rank(study, GROUPS[:2])),
        size_p=share(_log_rank(study, GROUPS[2:])),
        test=test,
        reading=reading,
    )


def sizes_of(study: Study) -> tuple[int, int]:
    """Patients of both groups by site.

    Raises
    ------
    ProofError
        When a number of them is not printed.
    """
    return _size(study, ("supraclavicular",)), _size(study, ("lung", "other"))


def rate_of(study: Study, group: str) -> Entry:
    """The survival rate of one of `GROUPS`.

    Raises
    ------
    ProofError
        When it is not printed.
    """
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
    counts = {
        entry.estimand.group: entry
        for entry in study.entries.values()
        if isinstance(entry.estimand, Count)
    }
    missing = [group for group in groups if group not in counts]
    if missing:
        raise ProofError(f"a number of patients of {missing[0]} was expected, found none")
    for group in groups:
        if counts[group].relation != "=":
            raise ProofError(
                f"{counts[group].id}: a number of patients was expected, "
                f"found {counts[group].statement}"
            )
    numbers = (counts[group].value for group in groups)
    return sum(int(number) for number in numbers if isinstance(number, (int, float)))
