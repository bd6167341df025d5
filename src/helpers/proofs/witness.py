"""Exact check of a cohort against an abstract: rational arithmetic, no solver, no rounding.

It shares nothing with the programme that found the cohort, nor with the book's analyses: every
number is a fraction worked out from the exits one by one. lifelines works in floating point, which
cannot decide at the edge of a rounding; the tests hold this module against it.

A cohort is written as its exits in their order, with a bar at the cut: `O` a patient of the second
group by site (other sites), `S` one of the first (supraclavicular); capitals have large tumours,
small letters small ones; a `+` behind marks the censored, as usual for survival times.
`o O+ s | S` is four exits, three of them by the cut. No two deaths are taken to be tied. (Tied
deaths would change the variance of the tests; nothing else in this module.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import isqrt

from .abstract import Abstract, Interval, ProofError

# 50 digits of pi, cut and raised by one unit of the last.
_DIGITS = 314159265358979323846264338327950288419716939937510
PI = Interval(Fraction(_DIGITS, 10**50), Fraction(_DIGITS + 1, 10**50))


@dataclass(frozen=True)
class Exit:
    """How one patient left: from which groups, and whether by death."""

    first: bool
    small: bool
    died: bool


@dataclass(frozen=True)
class Witness:
    """Exits in order of time, and how many of them happened by the cut."""

    exits: tuple[Exit, ...]
    cut: int

    def __str__(self) -> str:
        words = [
            (letter.lower() if one.small else letter) + ("" if one.died else "+")
            for one in self.exits
            for letter in ("S" if one.first else "O",)
        ]
        return " ".join([*words[: self.cut], "|", *words[self.cut :]])


def parse(text: str) -> Witness:
    """The cohort that a line stands for.

    Raises
    ------
    ProofError
        When a word of it is none of the kinds above, or there is not exactly one bar.
    """
    words = text.split()
    if words.count("|") != 1:
        raise ProofError(f"one | at the cut was expected, found {words.count('|')}")
    cut = words.index("|")
    words.remove("|")
    for word in words:
        if re.fullmatch(r"[sSoO]\+?", word) is None:
            raise ProofError(f"an exit such as S, s+, O or o was expected, found {word!r}")
    exits = tuple(Exit(word[0] in "sS", word[0].islower(), len(word) == 1) for word in words)
    return Witness(exits, cut)


@dataclass(frozen=True)
class LogRank:
    """Observed minus expected deaths of the first group, and their variance."""

    difference: Fraction
    variance: Fraction

    @property
    def chi_square(self) -> Fraction:
        """The statistic of the test; 0 where there is nothing to compare."""
        return self.difference**2 / self.variance if self.variance else Fraction(0)


def kaplan_meier(witness: Witness, group: str) -> Fraction:
    """Kaplan–Meier estimate of a group at the cut."""
    members = [(member(one, group), one.died) for one in witness.exits]
    at_risk = sum(inside for inside, _ in members)
    survival = Fraction(1)
    for inside, died in members[: witness.cut]:
        if inside and died:
            survival *= Fraction(at_risk - 1, at_risk)
        at_risk -= inside
    return survival


def log_rank(witness: Witness, group: str) -> LogRank:
    """Log-rank test of a group against all others, over the whole follow-up.

    Without tied deaths it is the score test of Cox's model with that group as its covariate: at a
    coefficient of 0 the score is the sum over deaths of x - a/r, with x whether the deceased was in
    the group, a of whose patients are among the r at risk, and the information is the sum of
    a/r (1 - a/r). These are the difference and the hypergeometric variance of the log-rank test,
    d a/r (1 - a/r) (r - d)/(r - 1), with d = 1.
    """
    difference = variance = Fraction(0)
    for inside, own, r in _deaths(witness, group):
        share = Fraction(own, r)
        difference += inside - share
        variance += share * (1 - share)
    return LogRank(difference, variance)


def member(one: Exit, group: str) -> bool:
    """Whether a patient is of a group: everyone, first, second, small or large."""
    return {
        "everyone": True,
        "first": one.first,
        "second": not one.first,
        "small": one.small,
        "large": not one.small,
    }[group]


def p_value(chi_square: Fraction) -> Interval:
    """Two fractions between which the p value of a chi-square with one degree of freedom lies.

    1 - p = erf(√(x/2)) = √(2x/π) A with A = Σ (-x/2)^k / (k! (2k + 1)): from where its terms fall,
    A lies between any two partial sums that follow each other (Leibniz). Abramowitz and Stegun
    7.1.5. The terms are cut at a width of 1e-15.
    """
    half = chi_square / 2
    # Fewer digits, outwards, so that the fractions stay short.
    scale = 10**30
    low, high = Fraction(int(half * scale), scale), Fraction(int(half * scale) + 1, scale)
    bounds = [_erf(low), _erf(high)]
    return Interval(1 - bounds[1].high, 1 - bounds[0].low)


def _erf(square: Fraction) -> Interval:
    """The error function at the root of a number."""
    term, total, k = Fraction(1), Fraction(1), 0
    before = Fraction(0)
    while k < square or abs(total - before) > Fraction(1, 10**18):
        k += 1
        term *= -square / k
        # Cut to 60 digits: what is lost is far below the width of the result.
        term = Fraction(round(term * 10**60), 10**60)
        before, total = total, total + term / (2 * k + 1)
    slack = Fraction(1, 10**40)
    low, high = min(before, total) - slack, max(before, total) + slack
    root_low, root_high = _root(4 * square / PI.high), _root(4 * square / PI.low)
    return Interval(max(Fraction(0), root_low.low * low), min(Fraction(1), root_high.high * high))


def _root(number: Fraction) -> Interval:
    """The square root of a number, to 40 digits."""
    scale = 10**80
    floor = isqrt(int(number * scale))
    return Interval(Fraction(floor, 10**40), Fraction(floor + 1, 10**40))


def log_rank_p(witness: Witness, group: str) -> Interval:
    """The p value of the log-rank test, between two fractions."""
    return p_value(log_rank(witness, group).chi_square)


def peto_peto_p(witness: Witness, group: str) -> Interval:
    """The p value of the Peto–Peto test, between two fractions.

    Each death counts by Prentice's estimate of survival, the product of r / (r + 1) over the
    deaths so far with r at risk, the present one among them. Prentice 1978, doi
    10.1093/biomet/65.1.167; `weightings="peto"` of lifelines.
    """
    difference = variance = Fraction(0)
    weight = Fraction(1)
    for inside, own, r in _deaths(witness, group):
        weight *= Fraction(r, r + 1)
        share = Fraction(own, r)
        difference += weight * (inside - share)
        variance += weight**2 * share * (1 - share)
    return p_value(difference**2 / variance if variance else Fraction(0))


def wald_p(witness: Witness, group: str) -> Interval:
    """The p value of the Wald test of a Cox model with a group alone, between two fractions.

    With θ the hazard ratio the score, Σ x - aθ / (aθ + r - a), falls in θ: its signs at two
    fractions show that the estimate lies between them. The information, Σ s (1 - s) with
    s = aθ / (aθ + r - a), changes by less than a quarter of the deaths times the change of log θ.
    Decimal's logarithm is correctly rounded. Without a finite estimate p is taken for 1.
    """
    deaths = list(_deaths(witness, group))

    def score(theta: Fraction) -> Fraction:
        return sum((x - own * theta / (own * theta + r - own) for x, own, r in deaths), Fraction(0))

    low, high = Fraction(1, 2**20), Fraction(2**20)
    if not score(low) > 0 > score(high):
        return Interval(Fraction(1), Fraction(1))
    while high - low > low / 2**40:
        # The middle in few binary digits; of the logarithm while the two are far apart.
        middle = (
            low * 2 ** ((high / low).__floor__().bit_length() // 2)
            if high > 4 * low
            else (low + high) / 2
        )
        low, high = (middle, high) if score(middle) > 0 else (low, middle)
    logs = _log(low).low, _log(high).high
    shares = [own * low / (own * low + r - own) for _, own, r in deaths]
    information = sum((share * (1 - share) for share in shares), Fraction(0))
    slack = Fraction(len(deaths), 4) * (logs[1] - logs[0])
    squares = sorted(one**2 for one in logs)
    if logs[0] < 0 < logs[1]:
        squares[0] = Fraction(0)
    return Interval(
        p_value(squares[1] * (information + slack)).low,
        p_value(squares[0] * max(Fraction(0), information - slack)).high,
    )


_TESTS = {"log-rank": log_rank_p, "peto-peto": peto_peto_p, "wald": wald_p}


def _deaths(witness: Witness, group: str) -> Iterator[tuple[bool, int, int]]:
    """Of every death: whether it is of a group, and the number at risk in it and in all."""
    own, r = sum(member(one, group) for one in witness.exits), len(witness.exits)
    for one in witness.exits:
        if one.died:
            yield member(one, group), own, r
        own -= member(one, group)
        r -= 1


def _log(number: Fraction) -> Interval:
    """The natural logarithm, to 30 digits."""
    with localcontext() as context:
        context.prec = 50
        found = Fraction((Decimal(number.numerator) / Decimal(number.denominator)).ln())
    slack = Fraction(1, 10**30)
    return Interval(found - slack, found + slack)


def faults(witness: Witness, abstract: Abstract) -> list[str]:
    """What of an abstract a cohort does not meet, in words; nothing when it meets all of it."""
    exits, cut, n = witness.exits, witness.cut, len(witness.exits)
    found = []
    counts = tuple(sum(member(one, group) for one in exits) for group in ("first", "second"))
    if counts != abstract.sites:
        found.append(f"patients by site: {abstract.sites} were expected, found {counts}")
    for group, rate in zip(("first", "second", "small", "large"), abstract.rates, strict=True):
        if not any(member(one, group) for one in exits[cut:]):
            found.append(f"{group}: somebody followed beyond the cut was expected, found nobody")
        survival = kaplan_meier(witness, group)
        if survival not in rate:
            found.append(f"{group}: a rate of {_words(rate)} was expected, found {survival}")
    for group, p in (("first", abstract.site_p), ("small", abstract.size_p)):
        if abstract.test is None:
            continue
        reached = _TESTS[abstract.test](witness, group)
        if p.misses(reached):
            found.append(f"{group}: p of {_words(p)} was expected, found {float(reached.low):.6f}")
        elif not p.holds(reached):
            found.append(f"{group}: p of {_words(p)} was expected, too close to its edge to say")
    if abstract.reading == "plain" and 2 * cut < n:
        found.append(f"exits by the cut: half of {n} were expected, found {cut}")
    if abstract.reading == "reverse":
        watched = Fraction(1)
        for k, one in enumerate(exits[:cut]):
            watched *= 1 if one.died else Fraction(n - k - 1, n - k)
        if watched > Fraction(1, 2):
            found.append(f"reverse Kaplan–Meier: at most 1/2 was expected, found {watched}")
    if abstract.reading == "alive":
        alive = [k < cut for k, one in enumerate(exits) if not one.died]
        if not alive or 2 * sum(alive) < len(alive):
            found.append(f"censored by the cut: half of {len(alive)} were expected")
    return found


def _words(interval: Interval) -> str:
    return f"{float(interval.low):g} to {float(interval.high):g}"


def exact_value(witness: Witness, quantity: str) -> Fraction:
    """An unprinted quantity of a cohort, exactly.

    Raises
    ------
    ProofError
        When no quantity has that name.
    """
    exits, after = witness.exits, witness.exits[witness.cut :]
    by_cut = witness.exits[: witness.cut]
    kind, _, group = quantity.partition(":")
    if kind == "patients":
        return Fraction(sum(member(one, group) for one in exits))
    if kind == "followed":
        return Fraction(sum(member(one, group) for one in after))
    if kind == "deaths-by-cut":
        return Fraction(sum(one.died for one in by_cut))
    if kind == "deaths":
        return Fraction(sum(one.died for one in exits))
    if kind == "survival":
        return kaplan_meier(witness, group)
    if kind == "log-hazard-ratio":
        test = log_rank(witness, group)
        if not test.variance:
            raise ProofError(f"{quantity}: both groups at risk at a death were expected")
        return test.difference / test.variance
    if kind == "large-share":
        return _large_share(exits, group)
    if quantity == "large-share-difference":
        return _large_share(exits, "first") - _large_share(exits, "second")
    raise ProofError(f"no quantity is named {quantity!r}")


def _large_share(exits: tuple[Exit, ...], group: str) -> Fraction:
    inside = [not one.small for one in exits if member(one, group)]
    return Fraction(sum(inside), len(inside))
