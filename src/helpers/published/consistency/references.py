"""Every use of a name in a study: where it stands, what kind of name it is, and the name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from ..entry import Entry
from ..estimands import KaplanMeierOfRows
from ..prior import SameAs

if TYPE_CHECKING:
    from ..study import Study


def references(study: Study) -> Iterator[tuple[str, str, str]]:
    """Every use of a name in a study: where, what kind of name, and the name."""
    return chain.from_iterable(part(study) for part in _PARTS)


def units_of_analysis(study: Study) -> Iterator[tuple[str, str]]:
    """Every use of a group that has to consist of units of analysis: where, and its name."""
    for name, members in study.groupings.items():
        for member in members:
            yield f"groupings.{name}", member
    for name, model in study.models.items():
        for term, covariate in model.covariates.items():
            if covariate.group is not None:
                yield f"models.{name}.covariates.{term}", covariate.group
    for name, measure in study.measures.items():
        for member in measure.groups:
            yield f"measures.{name}.groups", member
    for entry in study.targets:
        parts = entry.estimand.model_dump()
        if isinstance(entry.estimand, KaplanMeierOfRows):
            continue  # of rows that belong to them
        for part in ("group", "groups", "strata") if "endpoint" in parts else ():
            for group in _several(parts.get(part, ())):
                yield f"{place_of(entry)}.{part}", group


def _several(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


_KINDS = {"of": "group", "competing": "endpoint"}
"""What the fields of an estimand name that are not called so."""


def place_of(entry: Entry) -> str:
    """Where the estimand of an entry stands in the file."""
    return f"{'requirements' if entry.kind == 'derived' else 'entries'}.{entry.id}.estimand"


def _of_tables(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the tables name."""
    for name, table in study.tables.items():
        if table.rows is not None:
            yield f"tables.{name}.rows", "entry", table.rows
        if table.of is not None:
            yield f"tables.{name}.of", "table", table.of
        for column, spec in table.columns.items():
            where = f"tables.{name}.columns.{column}.prior"
            if spec.kind is not None and spec.kind.needs is not None:
                yield where, f"column of {name}", spec.kind.needs
            if isinstance(spec.kind, SameAs) and table.of is not None:
                yield where, f"column of {table.of}", spec.kind.column


def _of_derived(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the derived columns name."""
    for name, derived in study.derived.items():
        yield f"derived.{name}", "table", derived.table
        yield f"derived.{name}", "table", derived.child
        if derived.column is not None:
            yield f"derived.{name}.column", f"column of {derived.child}", derived.column


def _of_groups(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the groups name."""
    for name, group in study.groups.items():
        yield f"groups.{name}.table", "table", group.table
        for condition in group.where:
            yield f"groups.{name}.where", f"column of {group.table}", condition.column


def _of_groupings(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the groupings name."""
    for name, members in study.groupings.items():
        for member in members:
            yield f"groupings.{name}", "group", member


def _of_endpoints(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the endpoints name."""
    for name, endpoint in study.endpoints.items():
        for part in ("onset", "end", "time", "event"):
            if (column := getattr(endpoint, part)) is not None:
                yield f"endpoints.{name}.{part}", f"column of {study.first}", column
        for column in study.parts(endpoint)[0]:
            yield f"endpoints.{name}", f"column of {study.first}", column


def _of_models(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the models name."""
    for name, model in study.models.items():
        yield f"models.{name}.endpoint", "endpoint", model.endpoint
        for term, covariate in model.covariates.items():
            if covariate.group is not None:
                yield f"models.{name}.{term}", "group", covariate.group
            if covariate.column is not None:
                yield f"models.{name}.{term}", f"column of {study.first}", covariate.column


def _of_rules(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the rules name."""
    for number, rule in enumerate(study.rules, 1):
        yield f"rules.{number}.column", f"column of {rule.table}", rule.column
        owner = study.tables[rule.table].of if rule.table in study.tables else None
        for other in filter(None, (rule.limit, rule.plus)):
            yield f"rules.{number}", f"column of {owner or rule.table}", other


def _of_measures(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the measures name."""
    for name, measure in study.measures.items():
        if measure.endpoint is not None:
            yield f"measures.{name}.endpoint", "endpoint", measure.endpoint
        for member in measure.groups:
            yield f"measures.{name}.groups", "group", member


def _of_entries(study: Study) -> Iterator[tuple[str, str, str]]:
    """What the estimands of the entries name, by the names of their fields."""
    for entry in study.targets:
        parts, place = entry.estimand.model_dump(), place_of(entry)
        for part in ("group", "of", "endpoint", "competing", "model"):
            if part in parts:
                yield f"{place}.{part}", _KINDS.get(part, part), parts[part]
        for part in ("groups", "strata"):
            for group in parts.get(part, ()):
                yield f"{place}.{part}", "group", group
        for part in ("column", "time", "size", "onset"):
            if isinstance(parts.get(part), str):
                group = study.groups.get(parts["group"])
                table = group.table if group is not None else study.first
                yield f"{place}.{part}", f"column of {table}", parts[part]


_PARTS = (
    _of_tables,
    _of_derived,
    _of_groups,
    _of_groupings,
    _of_endpoints,
    _of_models,
    _of_rules,
    _of_measures,
    _of_entries,
)
