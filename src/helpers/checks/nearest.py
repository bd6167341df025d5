"""The nearest reading under which a printed number could be: other denominators, and cut-off decimals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from ..forced import Percentage, smallest_size
from ..forced.walk import UndecidedError, Walk
from ..published import Count, Entry, Limits, Study, rounding
from . import stands


def percentage(entry: Entry) -> Percentage | None:
    """A printed percentage; None for one that is only compared with a limit, or no percentage."""
    if (
        entry.unit != "percent"
        or entry.relation != "="
        or not isinstance(entry.value, (int, float))
    ):
        return None
    found = Percentage(
        int(rounding.written(entry.value, entry.decimals) * 10**entry.decimals), entry.decimals
    )
    printed, rounded = stands.limits(entry), found.limits()
    assert rounded.low is not None
    assert rounded.high is not None
    same = (printed.low, printed.high) == (100 * rounded.low, 100 * rounded.high)
    return found if same else None  # of another rule of rounding nothing is known here


def numerators(limits: Limits, of: int) -> range:
    """The counts whose share of a number is within limits of shares from 0 to 1."""
    first = 0 if limits.low is None else max(ceil(limits.low * of), 0)
    last = of if limits.high is None else min(floor(limits.high * of), of)
    while first <= last and Fraction(first, of) not in limits:
        first += 1
    while last >= first and Fraction(last, of) not in limits:
        last -= 1
    return range(first, last + 1)


def other_counts(study: Study, without: set[int]) -> Iterator[tuple[int, Entry]]:
    """Counts of a study that are not these, those of lesions and other rows of a second table first."""
    counts = [entry for entry in study.entries.values() if isinstance(entry.estimand, Count)]
    counts.sort(key=lambda one: study.groups[one.estimand.group].table == study.first)  # type: ignore[union-attr]
    for entry in counts:
        if entry.relation == "=" and isinstance(entry.value, (int, float)):
            number = int(entry.value)
            if number > 0 and number not in without:
                yield number, entry


def of_share(study: Study, entry: Entry, part: int | None, whole: int | None) -> str:
    """How else a share could be read."""
    printed = percentage(entry)
    if printed is None:
        return ""
    text, limits = f"{printed.text}%", printed.limits()
    if whole:
        cut = numerators(printed.truncated, whole)
        if (part is None and cut) or part in cut:
            number = cut[0] if part is None else part
            return (
                f"With decimals cut off instead of rounded, {number} of {whole} prints as {text}."
            )
        for allowed, how in ((limits, ""), (printed.truncated, ", cut off instead of rounded")):
            for other in (whole - 1, whole + 1):
                found = numerators(allowed, other) if other > 0 else range(0)
                if (part is None and found) or (part is not None and part in found):
                    number = found[0] if part is None else part
                    return f"It would be {number} of {other}{how}."
    for other, source in other_counts(study, {whole or 0}):
        found = numerators(limits, other)
        if (part is not None and part in found) or (part is None and found):
            number = found[0] if part is None else part
            return f"It would be {number} of {other}, which {source.id} counts."
    if whole and part is not None and (found := numerators(limits, whole)):
        number = min(found, key=lambda k: abs(k - part))
        return f"Of {whole} it would be {number}."
    return ""


def of_rate(study: Study, entry: Entry, n: int) -> str:
    """How else a Kaplan-Meier rate could be read that no group of n prints."""
    printed = percentage(entry)
    if printed is None:
        return ""
    smallest = smallest_size(printed.text)
    try:
        cut = Walk(printed.truncated).any_exists(2, n)
    except UndecidedError:
        cut = False
    words = []
    if smallest is not None:
        words.append(f"The smallest group that prints it has {smallest}")
        for number, source in other_counts(study, {n}):
            if number >= smallest:
                words[-1] += f", and {source.id} counts {number}"
                break
        words[-1] += "."
    if cut:
        words.append(f"With decimals cut off instead of rounded, a group of {n} prints it.")
    return " ".join(words)
