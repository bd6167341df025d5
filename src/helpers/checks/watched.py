"""The median follow-up by reverse Kaplan–Meier, and means of curves, against how long anybody was followed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..published import Entry, KaplanMeierMean, KaplanMeierMedian, Study, Summary
from .found import Contradiction, named, registered
from .sizes import Sizes
from .stands import limits


@registered(turn=11)
def watched(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Medians and means that end after everybody has left, and reverse medians before half have.

    The reverse estimate is never below the share that is still followed. So where it is at most one
    half, half or more have left: of an odd number the median is among them, of an even one the lower
    of the two in the middle.
    """
    for entry in study.targets:
        told = entry.estimand
        if isinstance(entry.value, str) or entry.relation != "=":
            continue
        if isinstance(told, KaplanMeierMedian) and told.reverse:
            summaries = _summaries(study, told)
            yield from _after_the_last(entry, summaries)
            yield from _before_half(sizes, entry, summaries)
        elif isinstance(told, KaplanMeierMean) and told.statistic == "kaplan-meier-mean":
            yield from _after_the_last(entry, _summaries(study, told))


def _summaries(study: Study, told: KaplanMeierMedian | KaplanMeierMean) -> dict[str, Entry]:
    """Median and extremes of the endpoint's own time in a group, where it is a column that is complete."""
    time = study.endpoints[told.endpoint].time
    column = study.tables[study.first].columns.get(time)
    if column is None or column.optional:
        return {}
    return {
        entry.estimand.statistic: entry
        for entry in study.targets
        if isinstance(entry.estimand, Summary)
        and (entry.estimand.column, entry.estimand.group) == (time, told.group)
        and entry.relation == "="
    }


def _after_the_last(entry: Entry, summaries: dict[str, Entry]) -> Iterator[Contradiction]:
    low = limits(entry).low
    if "maximum" in summaries and low is not None:
        last = limits(summaries["maximum"]).high
        if last is not None and low > last:
            yield Contradiction(
                (entry.id, summaries["maximum"].id),
                f"{named(entry)}: nobody was followed for so long, since the longest was "
                f"{named(summaries['maximum'])}.",
            )


def _before_half(
    sizes: Sizes, entry: Entry, summaries: dict[str, Entry]
) -> Iterator[Contradiction]:
    if "median" not in summaries:
        return
    median, high = summaries["median"], limits(entry).high
    low = limits(median).low
    if high is None or low is None:
        return
    assert isinstance(entry.estimand, KaplanMeierMedian)
    size = sizes[entry.estimand.group]
    ids, least = size.high_from, low
    if size.exact is None or size.exact % 2 == 0:
        last = limits(summaries["maximum"]).high if "maximum" in summaries else None
        if last is None:
            return
        least, ids = 2 * low - Fraction(last), (summaries["maximum"].id,)
    if high < least:
        yield Contradiction(
            (entry.id, median.id, *ids),
            f"{named(entry)} is below {named(median)}: until then the reverse estimate is above one "
            "half, since more than half were still followed.",
            "If the shorter one is the plain median and the longer one the reverse one, it could be.",
        )
