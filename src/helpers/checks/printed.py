"""What is printed of one curve: its rates, its numbers at risk, and how long it was followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from ..forced import Together
from ..forced.together import timed
from ..published import AtRisk, Entry, KaplanMeier, KaplanMeierOfRows, Study, Summary, rounding
from .nearest import percentage
from .stands import limits


@dataclass
class Curve:
    """What is printed of one endpoint in one group.

    Attributes
    ----------
    endpoint, group : str
    rates : list of Entry
        Rates, rising in time.
    at_risk : list of Entry
        Numbers at risk, rising in time.
    summaries : dict of str to Entry
        Median, minimum and maximum of the endpoint's own time in this group.
    of_rows : bool
        Whether it is of rows of the second table, whose times and events are not the endpoint's.
    """

    endpoint: str
    group: str
    rates: list[Entry] = field(default_factory=list)
    at_risk: list[Entry] = field(default_factory=list)
    summaries: dict[str, Entry] = field(default_factory=dict)
    of_rows: bool = False

    def together(
        self, rates: list[Entry], at_risk: bool = False, median: bool = False
    ) -> Together | None:
        """A question about some of its rates, with what else is printed; None where none is exact."""
        read = [(time_of(entry), percentage(entry)) for entry in rates]
        exact = {time: one for time, one in read if one is not None}
        if not exact:
            return None
        numbers = {
            time_of(entry): int(entry.value)
            for entry in self.at_risk
            if entry.relation == "=" and isinstance(entry.value, (int, float))
        }
        middle = self.summaries.get("median")
        return Together(
            timed(list(exact.items())),
            numbers if at_risk else {},
            limits(middle) if median and middle is not None else None,
        )


def curves(study: Study) -> Iterator[Curve]:
    """Every endpoint in every group of which a rate or a number at risk is printed."""
    found: dict[tuple[str, str, str | None], Curve] = {}
    for entry in study.targets:
        estimand = entry.estimand
        if isinstance(estimand, (KaplanMeier, AtRisk)):
            key = (estimand.endpoint, estimand.group)
            curve = found.setdefault((*key, None), Curve(*key))
            (curve.rates if isinstance(estimand, KaplanMeier) else curve.at_risk).append(entry)
        elif isinstance(estimand, KaplanMeierOfRows):
            key = (estimand.endpoint, estimand.group)
            curve = found.setdefault((*key, estimand.onset), Curve(*key, of_rows=True))
            curve.rates.append(entry)
    for curve in found.values():
        curve.rates.sort(key=time_of)
        curve.at_risk.sort(key=time_of)
        if curve.of_rows:
            continue
        time = study.endpoints[curve.endpoint].time
        column = study.tables[study.first].columns.get(time)
        if column is None or column.optional:
            continue
        for entry in study.targets:
            estimand = entry.estimand
            if (
                isinstance(estimand, Summary)
                and (estimand.column, estimand.group) == (time, curve.group)
                and entry.relation == "="
            ):
                curve.summaries.setdefault(estimand.statistic, entry)
    yield from found.values()


def time_of(entry: Entry) -> Fraction:
    """The time of a rate or of a number at risk."""
    assert isinstance(entry.estimand, (KaplanMeier, AtRisk, KaplanMeierOfRows))
    return rounding.exact(entry.estimand.time)
