"""A share against the counts of which it is one, or against any count that there can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ..published import Entry, Limits, Share, Study, rounding
from . import nearest
from .found import Contradiction, named, registered
from .sizes import Sizes
from .stands import limits

_MOST_TRIED = 2_000
"""Sizes of a whole that are tried, at most."""


@registered(turn=1)
def shares(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Shares that are none of their counts."""
    for entry in study.targets:
        if isinstance(entry.estimand, Share) and isinstance(entry.value, (int, float)):
            yield from _share(study, sizes, entry, entry.estimand)


def _share(study: Study, sizes: Sizes, entry: Entry, estimand: Share) -> Iterator[Contradiction]:
    part, whole = sizes.plain[estimand.group], sizes.plain[estimand.of]
    allowed = _shares(limits(entry))
    k, n = part.exact, whole.exact
    if k is not None and n is not None:
        if n > 0 and Fraction(k, n) not in allowed:
            value = rounding.text(Fraction(100 * k, n), max(entry.decimals, 1))
            yield Contradiction(
                _ids(entry, part.low_from, whole.low_from),
                f"{named(entry)}: {k} ({_listed(part.low_from)}) of {n} "
                f"({_listed(whole.low_from)}) is {value}%.",
                nearest.of_share(study, entry, k, n),
            )
        return
    within = sizes.is_part(estimand.group, estimand.of)
    if n is not None and within:
        if n > 0 and not nearest.numerators(allowed, n):
            yield Contradiction(
                _ids(entry, whole.low_from),
                f"{named(entry)}: no number of {n} ({_listed(whole.low_from)}) has this share.",
                nearest.of_share(study, entry, None, n),
            )
        return
    if k is None or not within or not allowed.low or not allowed.high:
        return
    # The whole is from k / high to k / low.
    for of in range(max(k, 1), min(int(k / allowed.low) + 1, _MOST_TRIED) + 1):
        if Fraction(k, of) in allowed and (whole.high is None or of <= whole.high):
            return
    if k / allowed.low < _MOST_TRIED:
        yield Contradiction(
            _ids(entry, part.low_from, whole.high_from if whole.high is not None else ()),
            f"{named(entry)}: {k} ({_listed(part.low_from)}) has this share of no number"
            f"{f' up to {sizes.plain[estimand.of].high}' if whole.high is not None else ''}.",
            nearest.of_share(study, entry, k, None),
        )


def _shares(percent: Limits) -> Limits:
    return replace(
        percent,
        low=None if percent.low is None else percent.low / 100,
        high=None if percent.high is None else percent.high / 100,
    )


def _ids(entry: Entry, *groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((entry.id, *(id for ids in groups for id in ids))))


def _listed(ids: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(ids))
