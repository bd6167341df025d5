"""Names that stand for two things, of which one would be lost without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from .references import place_of

if TYPE_CHECKING:
    from ..study import Study

RESERVED = ("cohort",)
"""Names of columns that an ensemble gives to every table."""


def doubles(study: Study) -> Iterator[str]:
    """Names that stand for two things, each with the field where it stands."""
    return chain.from_iterable(part(study) for part in _PARTS)


def _ids(study: Study) -> Iterator[str]:
    """An id of a requirement that a printed entry has."""
    for id in study.requirements:
        if id in study.entries:
            yield f"requirements.{id}: an id was expected that no printed entry has"


def _columns(study: Study) -> Iterator[str]:
    """Columns that would be written over by what is derived, and by what an ensemble adds."""
    for table in study.tables:
        yield from _columns_of(study, table)


def _columns_of(study: Study, table: str) -> Iterator[str]:
    """Columns of a table that would be written over by what is derived, and by what an ensemble adds."""
    origin = dict.fromkeys(RESERVED, "a column of every ensemble")
    named = [
        (f"tables.{table}.columns.{name}", name, f"a column of {table}")
        for name in study.tables[table].columns
    ]
    if table == study.first:
        named += [(f"derived.{name}", name, "a derived column") for name in study.derived]
        for name, endpoint in study.endpoints.items():
            if endpoint.derived:
                of = [*endpoint.first_of, *filter(None, (endpoint.onset, endpoint.end))]
                made = f"made of {' and '.join(of)}"
                named.append((f"endpoints.{name}.time", endpoint.time, f"a time {made}"))
                named.append((f"endpoints.{name}.event", endpoint.event, f"an event {made}"))
        named += [(f"groupings.{name}", name, "a grouping") for name in study.groupings]
    for where, name, what in named:
        # Two endpoints may share a column that is made in the same way.
        if origin.setdefault(name, what) != what:
            yield f"{where}: {name!r} is {origin[name]} too"


def _tables(study: Study) -> Iterator[str]:
    """Tables whose files could be one."""
    for name in _repeated(table.casefold() for table in study.tables):
        yield f"tables: two are named {name!r}, and their files could be one"


def _levels(study: Study) -> Iterator[str]:
    """Levels of a category that stand twice."""
    for name, spec in study.tables.items():
        for column, kind in spec.columns.items():
            for level in _repeated(kind.levels):
                yield f"tables.{name}.columns.{column}.levels: {level!r} stands twice"


def _levels_of_groups(study: Study) -> Iterator[str]:
    """Levels that a group asks for twice."""
    for name, group in study.groups.items():
        for condition in group.where:
            for level in _repeated(condition.one_of or ()):
                yield f"groups.{name}.where: {level!r} stands twice"


def _labels(study: Study) -> Iterator[str]:
    """Groups of a grouping that a table would show as one."""
    for name, members in study.groupings.items():
        for label in _repeated(study.groups[member].label for member in members):
            yield f"groupings.{name}: two groups with the label {label!r}"


def _endpoints(study: Study) -> Iterator[str]:
    """Endpoints whose time is their event."""
    for name, endpoint in study.endpoints.items():
        if endpoint.time == endpoint.event:
            yield f"endpoints.{name}.event: {endpoint.event!r} is its time too"


def _parts_of_endpoints(study: Study) -> Iterator[str]:
    """Parts of an endpoint that are a column and an endpoint, or that stand there twice."""
    columns = study.columns_of(study.first)
    for id, endpoint in study.endpoints.items():
        for name in _repeated(endpoint.first_of):
            yield f"endpoints.{id}.first_of: {name!r} stands twice"
        for name in endpoint.first_of:
            if name in study.endpoints and name in columns:
                yield f"endpoints.{id}.first_of: {name!r} is an endpoint and a column"


def _terms(study: Study) -> Iterator[str]:
    """Terms of a model that a table of its columns, or of its terms, would not tell apart."""
    for name, model in study.models.items():
        endpoint = study.endpoints[model.endpoint]
        for term in model.covariates:
            if term in (endpoint.time, endpoint.event):
                yield f"models.{name}.covariates.{term}: a column of the endpoint has this name too"
            if term == "none" or "," in term:
                yield f"models.{name}.covariates: {term!r} would be read as none or as several"


def _members_of_measures(study: Study) -> Iterator[str]:
    """Groups that a measure names twice."""
    for name, measure in study.measures.items():
        for member in _repeated(measure.groups):
            yield f"measures.{name}.groups: {member!r} stands twice"


def _groups_of_entries(study: Study) -> Iterator[str]:
    """Tests of a group against itself, strata that stand twice, and endpoints against themselves."""
    for entry in study.targets:
        parts = entry.estimand.model_dump()
        for member in _repeated(parts.get("groups", ())):
            yield f"{place_of(entry)}.groups: two groups were expected, found {member!r} twice"
        for member in _repeated(parts.get("strata", ())):
            yield f"{place_of(entry)}.strata: {member!r} stands twice"
        if "competing" in parts and parts["competing"] == parts["endpoint"]:
            yield f"{place_of(entry)}.competing: another endpoint was expected"


def _repeated(names: Iterable[object]) -> list[object]:
    """The names that stand there more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


_PARTS = (
    _ids,
    _columns,
    _tables,
    _levels,
    _levels_of_groups,
    _labels,
    _endpoints,
    _parts_of_endpoints,
    _terms,
    _members_of_measures,
    _groups_of_entries,
)
