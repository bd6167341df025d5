"""Rates against the size of their group: each alone, all together, and with who was followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from ..forced import ForcedError, Percentage, Together
from ..forced.asked import MOST_PATIENTS
from ..forced.stages import Search, Stage
from ..forced.walk import UndecidedError, Walk
from ..published import Entry, Study
from . import nearest
from .found import Contradiction, named, registered
from .printed import Curve, curves
from .sizes import Allowed, Sizes

_MOST_NODES = 20_000
"""Partial histories that are looked at for one question: a fraction of a second."""
_MOST_SIZES = 200
"""Sizes of a group that are tried where a larger one may do what a smaller one does not, or the reverse."""


@registered(turn=5)
def rates(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Rates that no group of their size prints."""
    for curve in curves(study):
        n = sizes[curve.group].high
        if n is None or n < 1:
            continue
        alone = [entry for entry in curve.rates if _impossible(curve.together([entry]), n)]
        for entry in alone:
            yield Contradiction(
                (entry.id, *sizes[curve.group].high_from),
                f"{named(entry)}: no group of {sizes.describe(curve.group)} has this Kaplan-Meier "
                f"rate.",
                nearest.of_rate(study, entry, n),
            )
        rest = replace(curve, rates=[entry for entry in curve.rates if entry not in alone])
        found = _together(study, sizes, rest, n)
        if found is None:
            found = _with_at_risk(sizes, rest, n) or _with_median(sizes, rest)
        if found is not None:
            yield found
        if not curve.of_rows:
            yield from _with_deaths(study, sizes, curve, n)


def _together(study: Study, sizes: Sizes, curve: Curve, n: int) -> Contradiction | None:
    """The fewest rates that cannot be printed of so many."""
    conflict = _conflict(curve, n)
    if not conflict:
        return None
    together, fewer = {
        2: ("both", "each"), 3: ("all", "every two"), 4: ("all", "every three"),
    }.get(len(conflict), ("all", f"every {len(conflict) - 1}"))  # fmt: skip
    return Contradiction(
        (*(entry.id for entry in conflict), *sizes[curve.group].high_from),
        f"{', '.join(map(named, conflict))}: these cannot {together} be Kaplan-Meier rates of "
        f"{sizes.describe(curve.group)}, though {fewer} of them can.",
        _nearest_together(study, conflict, curve, n),
    )


def _conflict(curve: Curve, n: int, **with_what: bool) -> list[Entry]:
    """The fewest rates that cannot be, of so many; none if they all can or it is not decided."""
    for many in range(1, len(curve.rates) + 1):
        for some in combinations(curve.rates, many):
            if _impossible(curve.together(list(some), **with_what), n):
                return list(some)
    return []


def _impossible(known: Together | None, n: int) -> bool:
    if known is None or n > MOST_PATIENTS:  # so many print whatever falls
        return False
    try:
        return known.history(n, most=_MOST_NODES) is None
    except ForcedError:
        return False


def _nearest_together(study: Study, conflict: list[Entry], curve: Curve, n: int) -> str:
    known = curve.together(conflict)
    assert known is not None
    stages = [Stage(rate.percentage.truncated) for rate in known.rates]
    try:
        if Search(stages, n, _MOST_NODES).history() is not None:
            return f"With decimals cut off instead of rounded, {n} can print them."
        smallest = known.smallest_size(n)
    except (UndecidedError, ForcedError):
        return ""
    if smallest is None:
        return ""
    words = f"The smallest group that can print them has {smallest}"
    for number, source in nearest.other_counts(study, {n}):
        if number >= smallest:
            return f"{words}, and {source.id} counts {number}."
    return f"{words}."


def _with_at_risk(sizes: Sizes, curve: Curve, n: int) -> Contradiction | None:
    """Rates against numbers at risk."""
    if not curve.at_risk:
        return None
    conflict = _conflict(curve, n, at_risk=True)
    if not conflict:
        return None
    numbers = curve.at_risk
    for one in numbers:  # the one that is enough, if one is
        if _impossible(
            Curve(curve.endpoint, curve.group, conflict, [one]).together(conflict, at_risk=True), n
        ):
            numbers = [one]
            break
    return Contradiction(
        tuple(entry.id for entry in (*conflict, *numbers)) + sizes[curve.group].high_from,
        f"{', '.join(map(named, conflict))}: of {sizes.describe(curve.group)} it cannot be with "
        f"{', '.join(map(named, numbers))} at risk.",
    )


def _with_median(sizes: Sizes, curve: Curve) -> Contradiction | None:
    """Rates against a median follow-up of everybody: half of them were followed for that long."""
    size, median = sizes[curve.group], curve.summaries.get("median")
    if median is None or size.high is None or size.high - size.low >= _MOST_SIZES:
        return None
    possible = range(max(size.low, 1), size.high + 1)
    conflict: list[Entry] = []
    for n in possible:
        conflict = _conflict(curve, n, median=True)
        if not conflict:
            return None
    return Contradiction(
        (*(entry.id for entry in conflict), median.id, *size.high_from),
        f"{', '.join(map(named, conflict))}: of {sizes.describe(curve.group)}, half were followed "
        f"for {named(median)}, dead or alive, and so many cannot have died by then.",
        "If the median is that of the living, or of follow-up by a reversed Kaplan-Meier estimate, "
        "it could be.",
    )


def _with_deaths(study: Study, sizes: Sizes, curve: Curve, n: int) -> Iterator[Contradiction]:
    """Rates that need more events than are counted."""
    most, ids = _most_events(study, sizes, curve, n)
    if most is None:
        return
    for entry in curve.rates:
        printed = nearest.percentage(entry)
        if printed is None:
            continue
        fewest = _fewest_events(printed, n)
        if fewest is not None and fewest > most:
            yield Contradiction(
                (entry.id, *ids),
                f"{named(entry)}: of {sizes.describe(curve.group)} it takes at least {fewest} "
                f"events, and there are at most {most} ({', '.join(ids)}).",
            )


def _fewest_events(printed: Percentage, n: int) -> int | None:
    """The fewest events that a rate takes in n rows; None where it cannot be or is not decided."""
    if printed.units == 0:
        return 1
    walk = Walk(printed.limits())
    try:
        return next((k for k in walk.counts(2, n) if walk.exists(k, 2, n)), None)
    except UndecidedError:
        return None


def _most_events(
    study: Study, sizes: Sizes, curve: Curve, n: int
) -> tuple[int | None, tuple[str, ...]]:
    """The most events that a group can have by the counts of those with and without one."""
    event = study.endpoints[curve.endpoint].event
    base = sizes.conditions[curve.group]
    best: tuple[int | None, tuple[str, ...]] = None, ()
    for group in study.groups:
        conditions = dict(sizes.conditions[group])
        allowed = conditions.pop(event, None)
        if allowed is None or conditions != base or event in base:
            continue
        size = sizes.plain[group]
        if _only(allowed, 1) and size.high is not None:
            number, ids = size.high, size.high_from
        elif _only(allowed, 0) and size.low:
            number, ids = n - size.low, size.low_from
        else:
            continue
        if best[0] is None or number < best[0]:
            best = number, ids
    return best


def _only(allowed: Allowed, value: int) -> bool:
    return value in allowed and 1 - value not in allowed
