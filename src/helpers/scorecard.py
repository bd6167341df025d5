"""Printed against reproduced: every entry of a study beside its value in a cohort."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from math import isfinite

import pandas as pd

from . import disclosure, tables
from .cohort import Cohort
from .estimates import NotEstimable, estimate
from .published import Entry, Value, rounding

_REQUIRED = "Not printed, but required"


@dataclass(frozen=True)
class Row:
    """One row of the scorecard.

    Attributes
    ----------
    entry : Entry
    reproduced : int, float, date, str or None
        The value in the cohort; None where it cannot be computed.
    reproduced_text : str
        The same at the printed precision.
    agrees : bool or None
        Whether it prints the same; None for a definition.
    reason : str
        Why there is no value, or by how much it differs.
    """

    entry: Entry
    reproduced: Value | None
    reproduced_text: str
    agrees: bool | None
    reason: str

    @property
    def kind(self) -> str:
        """What it rests on: printed, derived from what is printed, or assumed by us."""
        return "assumed" if self.entry.assumed else self.entry.kind

    @property
    def verdict(self) -> str:
        """The verdict in a word."""
        if self.agrees is None:
            return "definition"
        if self.reproduced is None:
            return "not computable"
        return "agrees" if self.agrees else "differs"


def rows(cohort: Cohort) -> list[Row]:
    """A row for each printed entry and each requirement, in the order of the file."""
    return [_row(cohort, entry) for entry in cohort.study.targets]


def table(cohort: Cohort, ids: list[str] | None = None) -> pd.DataFrame:
    """The scorecard as a table.

    Parameters
    ----------
    cohort : Cohort
    ids : list of str, optional
        Only these entries, in this order; without, all of them in the order of the publication.

    Returns
    -------
    DataFrame
        Columns `id`, `section`, `what`, `printed`, `reproduced`, `verdict`, `kind`, `reason`.
    """
    targets = {entry.id: entry for entry in cohort.study.targets}
    if ids is None:
        ids = sorted(targets, key=lambda id: (targets[id].kind == "derived", targets[id].place))
    return table_of([_row(cohort, targets[id]) for id in ids])


def chapter(cohort: Cohort, ids: list[str] | None = None) -> pd.DataFrame:
    """Rows as a reader needs them: without ids, and with reasons where rows differ.

    Of all rows, without `ids`, it has the `section` in which each number is printed.
    """
    found = table(cohort, ids).drop(columns="id" if ids is None else ["id", "section"])
    told = (found["reason"] != "") & (found["verdict"] != "definition")
    return found if told.any() else found.drop(columns="reason")


def printed(entry: Entry) -> str:
    """What is printed, with its unit: `≥ 1`, `40.1%`, `24 months`, `< 0.001`, `not reached`."""
    if isinstance(entry.value, str):
        return entry.statement
    return _with_unit(entry.statement.replace("<", "< ").replace("  ", " "), entry.unit)


def numbers(cohort: Cohort) -> pd.DataFrame:
    """What the figure of the scorecard draws: printed numbers, and all that prints as they do.

    Returns
    -------
    DataFrame
        Columns `what`, `unit`, `lowest` and `highest` (the same for a count), `reproduced`, `verdict`.
        A book of aggregates has no count below five.
    """
    return pd.DataFrame(
        {
            "what": row.entry.words,
            "unit": row.entry.unit,
            "lowest": row.entry.value if row.entry.estimand.counts else row.entry.limits.low,
            "highest": row.entry.value if row.entry.estimand.counts else row.entry.limits.high,
            "reproduced": row.reproduced,
            "verdict": row.verdict,
        }
        for row in rows(cohort)
        if row.entry.kind == "printed"
        and row.entry.relation == "="
        and row.agrees is not None
        and isinstance(row.entry.value, (int, float))
        and not _is_small(row)
    ).astype({"lowest": float, "highest": float, "reproduced": float})


def _is_small(row: Row) -> bool:
    return (
        disclosure.only_aggregates()
        and row.entry.estimand.counts
        and isinstance(row.reproduced, (int, float))
        and disclosure.few(row.reproduced)
    )


def table_of(found: list[Row]) -> pd.DataFrame:
    """Rows of the scorecard as a table; see `table`."""
    return pd.DataFrame(
        {
            "id": row.entry.id,
            "section": row.entry.place or _REQUIRED,
            "what": row.entry.words + (", p value" if row.entry.unit == "p" else ""),
            "printed": printed(row.entry),
            "reproduced": row.reproduced_text,
            "verdict": row.verdict,
            "kind": row.kind,
            "reason": row.reason,
        }
        for row in found
    )


def _row(cohort: Cohort, entry: Entry) -> Row:
    try:
        value = estimate(cohort, entry.estimand)
    except NotEstimable as error:
        return Row(entry, None, "—", entry.agrees(None), str(error))
    agrees = entry.agrees(value)
    reason = "" if agrees else f"{printed(entry)} printed, {_shown(entry, value)} here"
    return Row(entry, value, _shown(entry, value), agrees, reason)


def _shown(entry: Entry, value: Value) -> str:
    """A value at the entry's precision; against a limit with the digits that tell on which side it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.date):
        day = "" if disclosure.only_aggregates() else f"{value.day} {value:%B} "
        return f"{day}{value.year}"
    return _with_unit(_number(entry, value), entry.unit)


def _number(entry: Entry, value: float) -> str:
    if entry.relation == "=" or not isfinite(value):
        return entry.format(value)
    agrees = entry.agrees(value)
    percent = "%" if entry.unit == "percent" else ""
    shortest = f"{value:.2g}" if entry.relation == "<" else entry.format(value)
    if entry.unit == "p" and agrees and entry.value >= 0.001:  # type: ignore[operator]
        shortest = tables.p_in_table(value)
        if shortest[0] in "<>":  # `< 0.001` and `> 0.99` are no numbers
            return shortest
    longer = (f"{value:.{digits}g}{percent}" for digits in range(3, rounding.DIGITS))
    return next(
        (text for text in (shortest, *longer) if entry.agrees(float(text.rstrip("%"))) is agrees),
        f"{value:.{rounding.DIGITS}g}{percent}",
    )


def _with_unit(text: str, unit: str) -> str:
    if unit not in ("mm", "months", "years"):
        return text
    return f"{text} {unit.rstrip('s') if text == '1' else unit}"
