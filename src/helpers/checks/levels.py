"""Levels that add up to more than their whole, or where there are no others to less."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

from ..published import Entry, Share, Study
from .found import Contradiction, registered
from .sizes import Allowed, Sizes
from .stands import limits


@registered(turn=3)
def levels(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Groups that divide another by one column and do not add up to it."""
    for whole in study.groups:
        for column in study.columns_of(study.groups[whole].table):
            family = _family(study, sizes, whole, column)
            if len(family) > 1:
                table = study.groups[whole].table
                allowed = sizes.conditions[whole].get(column)
                covered = _covered(study, table, column, list(family.values()), allowed)
                yield from _sum(study, sizes, whole, family, covered)
    yield from _whole_tables(study, sizes)


def _whole_tables(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Levels of a table that has no group of all its rows add up to them too, by its `rows`."""
    for name, table in study.tables.items():
        groups = [g for g in study.groups if study.groups[g].table == name]
        if table.rows is None or any(sizes.is_whole(group) for group in groups):
            continue
        for column in study.columns_of(name):
            family = _divided(
                {
                    g: sizes.conditions[g][column]
                    for g in groups
                    if set(sizes.conditions[g]) == {column}
                }
            )
            total = sizes.tables[name].exact
            if len(family) > 1 and total is not None:
                covered = _covered(study, name, column, list(family.values()), None)
                yield from _against(study, sizes, family, total, (table.rows,), covered)


def _family(study: Study, sizes: Sizes, whole: str, column: str) -> dict[str, Allowed]:
    """Groups that are in another but for a condition on one column, and share no row."""
    base = {c: a for c, a in sizes.conditions[whole].items() if c != column}
    found = {}
    for group in study.groups:
        conditions = sizes.conditions[group]
        others = {c: a for c, a in conditions.items() if c != column}
        if (
            group != whole
            and study.groups[group].table == study.groups[whole].table
            and column in conditions
            and others == base
            and sizes.is_part(group, whole)
        ):
            found[group] = conditions[column]
    return _divided(found)


def _divided(groups: dict[str, Allowed]) -> dict[str, Allowed]:
    """As many of these groups as share no row with one taken before, the smallest first."""
    found: dict[str, Allowed] = {}
    for name, allowed in sorted(groups.items(), key=lambda one: len(one[1].values or ())):
        if all(allowed.apart(other) for other in found.values()):
            found[name] = allowed
    return found


def _covered(
    study: Study, table: str, column: str, parts: list[Allowed], whole: Allowed | None
) -> bool:
    """Whether every value of a column that its whole allows is in one of these parts."""
    spec = study.tables[table].columns.get(column)
    if whole is not None and whole.values is not None:
        return all(any(value in part for part in parts) for value in whole.values)
    if spec is None or spec.optional:
        return False
    if spec.type in ("category", "flag"):
        values: tuple[int | str, ...] = spec.levels if spec.type == "category" else (0, 1)
        allowed = [value for value in values if whole is None or value in whole]
        return all(any(value in part for part in parts) for value in allowed)
    if any(part.values is not None for part in parts):
        return False
    start, counts = (whole.low, whole.low_counts) if whole is not None else (Allowed().low, True)
    for part in sorted(parts, key=lambda one: one.low):
        if part.low > start or (part.low == start and counts and not part.low_counts):
            return False
        start, counts = part.high, False
    return start >= (whole.high if whole is not None else Allowed().high)


def _sum(
    study: Study, sizes: Sizes, whole: str, family: dict[str, Allowed], covered: bool
) -> Iterator[Contradiction]:
    size = sizes.plain[whole]
    if size.exact is not None:
        yield from _against(study, sizes, family, size.exact, size.low_from, covered)
        return
    shares = {g: _share_of(study, g, whole) for g in family}
    known = {g: entry for g, entry in shares.items() if entry is not None}
    lows = [limits(entry).low for entry in known.values()]
    highs = [limits(entry).high for entry in known.values()]
    least = sum(low for low in lows if low is not None and low > 0)
    ids = tuple(entry.id for entry in known.values())
    if least > 100:
        yield Contradiction(ids, f"{', '.join(ids)}: the shares add up to more than 100%.")
    elif covered and len(known) == len(family) and None not in highs:
        most = sum(high for high in highs if high is not None)
        if most < 100:
            yield Contradiction(ids, f"{', '.join(ids)}: the shares add up to less than 100%.")


def _against(
    study: Study,
    sizes: Sizes,
    family: dict[str, Allowed],
    total: int,
    total_from: tuple[str, ...],
    covered: bool,
) -> Iterator[Contradiction]:
    """Levels whose counts, or the counts that their shares allow, do not add up to a total."""
    least = most = 0
    lows: list[str] = []
    highs: list[str] = []
    for group in family:
        own = sizes.plain[group]
        low, high, low_from, high_from = own.low, own.high, own.low_from, own.high_from
        for entry in study.targets:
            estimand = entry.estimand
            if not isinstance(estimand, Share) or estimand.group != group or own.exact is not None:
                continue
            if sizes.plain[estimand.of].exact != total or isinstance(entry.value, str):
                continue
            allowed = limits(entry)
            if allowed.low is not None and ceil(allowed.low * total / 100) > low:
                low, low_from = ceil(allowed.low * total / 100), (entry.id,)
            if allowed.high is not None and (
                high is None or floor(allowed.high * total / 100) < high
            ):
                high, high_from = floor(allowed.high * total / 100), (entry.id,)
        least += low
        most += total if high is None else high
        lows += low_from if low else []
        highs += high_from
    for number, ids, words, wrong in (
        (least, lows, "at least", least > total),
        (most, highs, "at most", covered and most < total),
    ):
        if wrong:
            named = tuple(dict.fromkeys(ids))
            words = "" if least == most else f"{words} "
            yield Contradiction(
                tuple(dict.fromkeys((*named, *total_from))),
                f"{', '.join(named)}: these add up to {words}{number}, and {', '.join(total_from)} "
                f"has {total}.",
                _nearest(number, total),
            )


def _nearest(number: int, total: int) -> str:
    if number > total:
        return "If one row can be in several of these groups, it could be."
    return "If some rows are in none of these groups, it could be."


def _share_of(study: Study, group: str, of: str) -> Entry | None:
    for entry in study.targets:
        estimand = entry.estimand
        if isinstance(estimand, Share) and estimand.group == group and estimand.of == of:
            return entry
    return None
