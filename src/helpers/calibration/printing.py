"""The abstract that a complete cohort would have printed, in the form of a given one.

Every entry keeps its estimand and its reading; its value is what `helpers.estimates` finds in the
cohort, rounded as the entry is. So the abstract is a function of the cohort alone, and a method that
is right given every abstract has to be right on average over the cohorts that print them.

Where a cohort cannot print what the form says, it prints what such an abstract would have said:

- a p value that is not below the bound of the form is printed as journals do: with two decimals, with
  three where two would show only zeros, and as `<0.001` below that;
- a rate has at least one decimal, so that 100% means everybody and not 99.6% as well;
- the only significant covariate is the cohort's own; where none or several are significant, the
  sentence is left out, and `Abstract.left_out` names it.

A limit (at least, at most) is a condition of eligibility or of the reading, and is kept as it is.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from ..cohort import Cohort
from ..estimates import NotEstimable, estimate
from ..published import CoxOnly, Definition, Entry, Relation, Study, Value

_BOUNDS = ((0.001, 3), (0.01, 2), (0.05, 2))
"""By which of these a p value is smaller, where the form says by which one; and their decimals."""
_FLOOR, _FLOOR_DECIMALS, _DECIMALS = 0.001, 3, 2
"""Below the first, a p value is printed as smaller than it; its decimals, and those of other p values."""


class Unprintable(ValueError):
    """A cohort that cannot print an abstract of that form; the message names the entry and says why."""


@dataclass(frozen=True)
class Abstract:
    """What a cohort prints.

    Attributes
    ----------
    study : Study
        The form, its values replaced by the cohort's.
    left_out : tuple of str
        Entries that the cohort cannot print in any form.
    """

    study: Study
    left_out: tuple[str, ...] = ()


def abstract(cohort: Cohort) -> Abstract:
    """The abstract of a cohort, in the form of the cohort's study.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    Abstract
        The same for the same cohort.

    Raises
    ------
    Unprintable
        When a statistic cannot be computed in the cohort, or a limit does not hold.
    """
    study = cohort.study
    found = {entry.id: printed(cohort, entry) for entry in study.targets}
    kept = {id: entry for id, entry in found.items() if entry is not None}
    parts = dict(study)  # its parts as they are, checked as one again
    for section in ("entries", "requirements"):
        parts[section] = {id: kept[id] for id in parts[section] if id in kept}
    left_out = tuple(id for id, entry in found.items() if entry is None)
    return Abstract(Study.model_validate(parts), left_out)


def printed(cohort: Cohort, entry: Entry) -> Entry | None:
    """An entry with the cohort's value; None where there is nothing to print.

    Raises
    ------
    Unprintable
        When the statistic cannot be computed in the cohort, or a limit does not hold.
    """
    if isinstance(entry.estimand, Definition):
        return entry
    try:
        value = estimate(cohort, entry.estimand)
    except NotEstimable as error:
        raise Unprintable(f"{entry.id}: {error}") from None
    if isinstance(entry.estimand, CoxOnly):
        if value not in cohort.study.models[entry.estimand.model].covariates:
            return None  # none of them, or several
        return _with(entry, value=value, estimand={**entry.estimand.model_dump(), "term": value})
    if entry.unit == "p":
        return _p_value(entry, float(value))  # type: ignore[arg-type]
    if entry.relation != "=":
        if not entry.agrees(value):
            raise Unprintable(f"{entry.id}: {entry.statement} was expected, found {value}")
        return entry
    if isinstance(value, (datetime.date, str)):
        return _with(entry, value=value)
    return _rounded(entry, value, max(entry.decimals, int(entry.unit == "percent")))


def _p_value(entry: Entry, p: float) -> Entry:
    if entry.relation != "=":
        for bound, decimals in _BOUNDS:
            if p < bound:
                return _with(entry, value=bound, decimals=decimals, relation="<")
        return _with(entry, value=bound, decimals=decimals, relation=">=")
    if p < _FLOOR:
        return _with(entry, value=_FLOOR, decimals=_FLOOR_DECIMALS, relation="<")
    shown = _rounded(entry, p, _DECIMALS, "=")
    return shown if shown.value else _rounded(entry, p, _FLOOR_DECIMALS, "=")


def _rounded(entry: Entry, value: float, decimals: int, relation: Relation = "=") -> Entry:
    blank = _with(entry, value=0, decimals=decimals, relation=relation)
    text = blank.format(value).removesuffix("%")
    number: Value = float(text) if decimals else int(text)
    return _with(blank, value=number)


def _with(entry: Entry, **changes: object) -> Entry:
    return Entry.model_validate({**entry.model_dump(), **changes})
