"""What is named rightly and still cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from ..estimands import (
    ChiSquare,
    Fisher,
    KaplanMeierMedianLimit,
    KaplanMeierOfRows,
    Moment,
    Quantile,
    Summary,
)
from ..measure import Measure
from ..prior import EarlierOf, Even, Happened, SameAs
from .references import place_of, units_of_analysis

if TYPE_CHECKING:
    from ..study import Study


def misfits(study: Study) -> Iterator[str]:
    """What is named rightly and still cannot work, each with the field where it stands."""
    return chain.from_iterable(part(study) for part in _PARTS)


def _derived(study: Study) -> Iterator[str]:
    """Columns that are derived from rows which are not theirs."""
    for id, derived in study.derived.items():
        if derived.table != study.first or study.tables[derived.child].of != study.first:
            yield f"derived.{id}: a column of {study.first} from rows that are of it was expected"


def _conditions(study: Study) -> Iterator[str]:
    """Conditions of groups that no value can be asked for."""
    for id, group in study.groups.items():
        for condition in group.where:
            column = study.tables[group.table].columns.get(condition.column)
            kind = column.type if column is not None else "number"
            if condition.one_of is None and kind not in ("number", "integer", "flag"):
                yield f"groups.{id}.where: one_of was expected, for {condition.column} is no number"
            for level in condition.one_of or ():
                if column is not None and kind == "category" and level not in column.levels:
                    yield f"groups.{id}.where: {condition.column} has no level {level!r}"
                elif kind != "category" and not (isinstance(level, int) and 0 <= level <= 50):
                    yield (
                        f"groups.{id}.where: one_of takes levels or whole numbers from 0 to 50, "
                        f"found {level!r}"
                    )


def _endpoints(study: Study) -> Iterator[str]:
    """Endpoints whose columns are no times and no events, or that are made of themselves."""
    columns, above = study.tables[study.first].columns, list[str]()
    for id, endpoint in study.endpoints.items():
        onsets, others = study.parts(endpoint)
        for name in endpoint.first_of:
            if name in study.endpoints and name not in above:
                yield f"endpoints.{id}.first_of: {name!r} was expected above it"
        if endpoint.first_of and not others and endpoint.end is None:
            yield f"endpoints.{id}: an end was expected, since no endpoint is among its first_of"
        times = [("time", endpoint.time)] if not endpoint.derived else []
        times += [("end", endpoint.end)] if endpoint.end is not None else []
        for part, name in times:
            column = columns.get(name)
            if column is not None and (column.type not in ("number", "integer") or column.optional):
                yield f"endpoints.{id}.{part}: a number in every row was expected, found {name!r}"
        for name in onsets:
            if name in columns and columns[name].type not in ("number", "integer"):
                yield f"endpoints.{id}: a column of times was expected, found {name!r}"
        column = columns.get(endpoint.event)
        if column is not None and (column.type != "flag" or column.optional):
            yield f"endpoints.{id}.event: a flag in every row was expected, found {endpoint.event!r}"
        above.append(id)


def _summaries(study: Study) -> Iterator[str]:
    """Medians and extremes of what has no order, means and quantiles of what is no number."""
    for entry in study.targets:
        if isinstance(entry.estimand, (Summary, Moment, Quantile)):
            table = study.groups[entry.estimand.group].table
            column = study.tables[table].columns.get(entry.estimand.column)
            dates = isinstance(entry.estimand, Summary)
            if column is None or column.type in ("number", "integer", *("date",) * dates):
                continue
            yield (
                f"{place_of(entry)}.column: a number{' or a date' if dates else ''} was expected, "
                f"found {entry.estimand.column!r}, {_KINDS[column.type]}"
            )


def _tables_of_tests(study: Study) -> Iterator[str]:
    """Tests of groups that are not of one table."""
    for entry in study.targets:
        if isinstance(entry.estimand, (Fisher, ChiSquare)):
            table = study.groups[entry.estimand.group].table
            for name in entry.estimand.groups:
                if study.groups[name].table != table:
                    yield f"{place_of(entry)}.groups: groups of {table} were expected, found {name!r}"


def _rows(study: Study) -> Iterator[str]:
    """Curves of rows that belong to no others, or whose onsets are no times."""
    for entry in study.targets:
        asked = entry.estimand
        if not isinstance(asked, KaplanMeierOfRows):
            continue
        table = study.groups[asked.group].table
        if study.tables[table].of != study.first:
            yield (
                f"{place_of(entry)}.group: a group of rows that belong to {study.first} was expected, "
                f"found {asked.group!r}"
            )
        column = study.tables[table].columns.get(asked.onset or "")
        if column is not None and column.type not in ("number", "integer"):
            yield f"{place_of(entry)}.onset: a column of times was expected, found {asked.onset!r}"


def _symmetric(study: Study) -> Iterator[str]:
    """Limits that are so many standard errors from a median, and are no numbers."""
    for entry in study.targets:
        asked = entry.estimand
        if (
            isinstance(asked, KaplanMeierMedianLimit)
            and asked.interval == "symmetric"
            and isinstance(entry.value, str)
        ):
            yield (
                f"{place_of(entry)}.interval: a limit that is not reached is none of a symmetric "
                "interval"
            )


_KINDS = {
    "date": "a date",
    "category": "a category",
    "flag": "a flag",
    "id": "an identifier",
    "parent": "an identifier",
}


def _priors(study: Study) -> Iterator[str]:
    """Priors that cannot be drawn."""
    for name in study.tables:
        yield from _priors_of(study, name)


def _circles(study: Study) -> Iterator[str]:
    """Measures whose endpoint cannot be drawn given their groups."""
    for name, measure in study.measures.items():
        yield from _circles_of(study, name, measure)


def _units(study: Study) -> Iterator[str]:
    """Groups that do not consist of units of analysis where they have to."""
    for where, name in units_of_analysis(study):
        if study.groups[name].table != study.first:
            yield f"{where}: a group of {study.first} was expected, found {name!r}"


def _terms(study: Study) -> Iterator[str]:
    """Terms that their model has not."""
    for entry in study.targets:
        parts = entry.estimand.model_dump()
        if "model" in parts and "term" in parts:
            names = [parts["term"], *([entry.value] if entry.estimand.unit == "term" else [])]
            for term in names:
                if term not in study.models[parts["model"]].covariates:
                    yield f"{place_of(entry)}.term: the model has no covariate {term!r}"


def _priors_of(study: Study, table: str) -> Iterator[str]:
    """Priors that name a column which cannot be drawn before their own."""
    columns, owner = study.tables[table].columns, study.tables[table].of
    above: set[str] = set()
    for name, column in columns.items():
        where, kind = f"tables.{table}.columns.{name}.prior", column.kind
        if isinstance(kind, SameAs) and (
            owner is None or kind.column not in study.tables[owner].columns
        ):
            yield f"{where}.same_as: a column of the row that owns it was expected, found {kind.column!r}"
        elif kind is not None and kind.needs is not None:
            needed = columns.get(kind.needs)
            if needed is None or needed.kind is None or isinstance(needed.kind, (SameAs, Even)):
                yield f"{where}: a column with a prior was expected, found {kind.needs!r}"
            elif needed.kind.needs is not None and kind.needs not in above:
                yield f"{where}: {kind.needs!r} was expected above it, since its prior needs a column too"
            elif isinstance(kind, Happened) and not (
                isinstance(needed.kind, EarlierOf) and kind.cause in needed.kind.times
            ):
                yield f"{where}.happened: {kind.column!r} has no time of {kind.cause!r}"
        above.add(name)


def _circles_of(study: Study, name: str, measure: Measure) -> Iterator[str]:
    """What keeps an endpoint from being drawn, given the groups of a measure."""
    if measure.endpoint is None:
        return
    endpoint = study.endpoints[measure.endpoint]
    columns = study.tables[study.first].columns
    event = columns.get(endpoint.event)
    kind = event.kind if event is not None else None
    by_time = isinstance(kind, Happened) and kind.column == endpoint.time
    if endpoint.derived or not by_time:
        yield (
            f"measures.{name}.endpoint: an event whose prior is that it happened by "
            f"{endpoint.time!r} was expected"
        )
    for group in measure.groups:
        for condition in study.groups[group].where:
            if condition.column in (endpoint.time, endpoint.event):
                yield (
                    f"measures.{name}.groups: {group!r} depends on {condition.column}, "
                    f"which is drawn given the groups"
                )


_PARTS = (
    _derived,
    _conditions,
    _endpoints,
    _summaries,
    _tables_of_tests,
    _rows,
    _symmetric,
    _priors,
    _circles,
    _units,
    _terms,
)
