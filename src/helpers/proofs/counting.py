"""A second proof of some ends: by counting the sets of each printed rate, and by adding up.

`forced` lists, without a solver and without rounding, how many deaths a group can have behind its
rate, and of how many patients each number of deaths leaves at most to be followed. Both groupings
divide the same patients, so deaths and followed add up to the same by site and by size. What these
sums leave out is out of reach for every cohort, whatever test and follow-up were printed.

A reverse Kaplan–Meier median before the time of the rates adds one condition. With F patients followed
for longer and c censored before, the last of these was one of at least F + 1 under observation, the
one before of at least F + 2, and so on. So the estimate does not fall below F/(F + c), and a median
by then asks for F <= c.

This shares nothing with the programme or with its solver. It knows nothing of the order of the
exits, and so it proves less: an end that it does not reach rests on the solver's word alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from .. import forced
from ..published import Study
from .abstract import GROUPS, ProofError, Reading, rate_of, sizes_of

Bounds = dict[tuple[str, int], Fraction]
"""What no cohort passes, by question and by sign: 1 for the most, -1 for the least."""
_Followed = dict[int, int]  # the most that can be followed, by deaths by the cut


def bounds(study: Study, reading: Reading | None = None) -> Bounds:
    """What counting alone excludes.

    Parameters
    ----------
    study : Study
        With the numbers that `abstract.abstract` asks for.
    reading : {"plain", "reverse", "alive"} or None
        How the median follow-up is read; of these only "reverse" excludes more.

    Returns
    -------
    dict
        Of the questions about numbers of patients and of deaths. That somebody is followed in each
        group is supposed, as everywhere.

    Raises
    ------
    ProofError
        When no cohort can print the rates.
    """
    first, second = sizes_of(study)
    n = first + second
    by_site = _joined(
        _groups(study, GROUPS[0], [first])[first], _groups(study, GROUPS[1], [second])[second]
    )
    least = {group: _smallest(study, group) for group in GROUPS[2:]}
    sizes = range(least[GROUPS[2]], n - least[GROUPS[3]] + 1)
    small = _groups(study, GROUPS[2], sizes)
    large = _groups(study, GROUPS[3], [n - size for size in sizes])
    found: Bounds = {}
    for size in sizes:
        for deaths, (followed, ones) in _joined(small[size], large[n - size]).items():
            if deaths not in by_site or by_site[deaths][0] < 2:
                continue
            most = min(followed, by_site[deaths][0])
            if reading == "reverse":
                most = min(most, (n - deaths) // 2)
            if most < 2:
                continue
            _widen(found, "patients:small", size, size)
            _widen(found, "deaths-by-cut", deaths, deaths)
            _widen(found, "deaths", deaths, deaths + most)
            _widen(found, "followed:everyone", 2, most)
            for group, one in zip(("small", "large"), ones, strict=True):
                _widen(found, f"followed:{group}", 1, min(one, most - 1))
    for deaths, (_, ones) in by_site.items():
        if ("deaths-by-cut", 1) in found and deaths <= found["deaths-by-cut", 1]:
            for group, one in zip(("first", "second"), ones, strict=True):
                _widen(found, f"followed:{group}", 1, one)
    if not found:
        raise ProofError("rates that one cohort can print were expected, found none")
    return found


def _groups(study: Study, group: str, sizes: Iterable[int]) -> dict[int, _Followed]:
    """Of a group of each size, what its own rate allows."""
    rows = forced.rate(rate_of(study, group).text, n=list(sizes)).by_deaths
    return {
        size: dict(zip(map(int, one["deaths"]), map(int, one["followed_max"]), strict=True))
        for size, one in ((size, rows[rows["n"] == size]) for size in sizes)
    }


def _smallest(study: Study, group: str) -> int:
    found = forced.smallest_size(rate_of(study, group).text)
    if found is None:
        raise ProofError(f"{group}: a rate that a group can print was expected")
    return found


def _joined(one: _Followed, other: _Followed) -> dict[int, tuple[int, tuple[int, int]]]:
    """By deaths of two groups together: the most followed, in both and in each of them."""
    found: dict[int, tuple[int, tuple[int, int]]] = {}
    for deaths, followed in one.items():
        for more, beside in other.items():
            most, (left, right) = found.get(deaths + more, (0, (0, 0)))
            ones = max(left, followed), max(right, beside)
            found[deaths + more] = (max(most, followed + beside), ones)
    return found


def _widen(found: Bounds, question: str, least: int, most: int) -> None:
    for sign, value in ((-1, Fraction(least)), (1, Fraction(most))):
        before = found.get((question, sign), value)
        found[question, sign] = sign * max(sign * before, sign * value)
