"""A study as a whole: every name that is used must be defined."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import model_validator

from .entry import Entry
from .estimands import CoxOnly, CoxTerm
from .form import CoxModel, Derived, Endpoint, Group, Rule, Source, Table
from .strict import Strict


class Study(Strict):
    """A published study: its numbers, and the tables that express them."""

    study: Source
    tables: dict[str, Table]
    groups: dict[str, Group]
    entries: dict[str, Entry]
    derived: dict[str, Derived] = {}
    groupings: dict[str, tuple[str, ...]] = {}
    endpoints: dict[str, Endpoint] = {}
    models: dict[str, CoxModel] = {}
    rules: tuple[Rule, ...] = ()
    requirements: dict[str, Entry] = {}

    def __getitem__(self, id: str) -> Entry:
        """The printed entry of that id."""
        try:
            return self.entries[id]
        except KeyError:
            raise KeyError(f"no printed entry has the id {id!r}") from None

    @property
    def targets(self) -> list[Entry]:
        """Printed entries and requirements: rows of the scorecard, constraints of the search."""
        return [*self.entries.values(), *self.requirements.values()]

    def table_of(self, column: str) -> str:
        """Name of the table that has that column, own, derived or by an endpoint.

        The first table wins where two have it: the unit of analysis comes first.
        """
        for name in self.tables:
            if column in self.columns_of(name):
                return name
        raise KeyError(column)

    def columns_of(self, table: str) -> set[str]:
        """Names of the columns of a table once it is loaded."""
        names = set(self.tables[table].columns)
        names |= {name for name, derived in self.derived.items() if derived.table == table}
        for endpoint in self.endpoints.values():
            if endpoint.onset in names:
                names |= {endpoint.time, endpoint.event}
        return names

    @model_validator(mode="after")
    def _names_are_defined(self) -> Study:
        for where, kind, name in _references(self):
            known = {
                "table": set(self.tables),
                "group": set(self.groups),
                "endpoint": set(self.endpoints),
                "model": set(self.models),
                "entry": set(self.entries),
            }.get(kind)
            if known is None:
                table = kind.removeprefix("column of ")
                known = self.columns_of(table) if table in self.tables else set()
            if name not in known:
                raise ValueError(f"{where}: no {kind} is named {name!r}")
        for name, table in self.tables.items():
            if sum(column.type == "id" for column in table.columns.values()) != 1:
                raise ValueError(f"tables.{name}: one column of type id was expected")
        for entry in self.targets:
            if isinstance(entry.estimand, (CoxTerm, CoxOnly)):
                if entry.estimand.term not in self.models[entry.estimand.model].covariates:
                    raise ValueError(
                        f"{entry.id}.term: the model has no covariate {entry.estimand.term!r}"
                    )
        return self


def _references(study: Study) -> Iterator[tuple[str, str, str]]:
    """Every use of a name in a study: where, what kind of name, and the name."""
    first = next(iter(study.tables), "")
    for name, table in study.tables.items():
        if table.rows is not None:
            yield f"tables.{name}.rows", "entry", table.rows
        if table.of is not None:
            yield f"tables.{name}.of", "table", table.of
    for name, derived in study.derived.items():
        yield f"derived.{name}", "table", derived.table
        yield f"derived.{name}", "table", derived.child
        if derived.column is not None:
            yield f"derived.{name}.column", f"column of {derived.child}", derived.column
    for name, group in study.groups.items():
        yield f"groups.{name}.table", "table", group.table
        for condition in group.where:
            yield f"groups.{name}.where", f"column of {group.table}", condition.column
    for name, members in study.groupings.items():
        for member in members:
            yield f"groupings.{name}", "group", member
    for name, endpoint in study.endpoints.items():
        for part in ("onset", "end", "time", "event"):
            if (column := getattr(endpoint, part)) is not None:
                yield f"endpoints.{name}.{part}", f"column of {first}", column
    for name, model in study.models.items():
        yield f"models.{name}.endpoint", "endpoint", model.endpoint
        for term, covariate in model.covariates.items():
            if covariate.group is not None:
                yield f"models.{name}.{term}", "group", covariate.group
            if covariate.column is not None:
                yield f"models.{name}.{term}", f"column of {first}", covariate.column
    for number, rule in enumerate(study.rules, 1):
        yield f"rules.{number}.column", f"column of {rule.table}", rule.column
        owner = study.tables[rule.table].of if rule.table in study.tables else None
        for other in filter(None, (rule.not_after, rule.plus)):
            yield f"rules.{number}", f"column of {owner or rule.table}", other
    for entry in study.targets:
        estimand = entry.estimand
        for part, kind in (("group", "group"), ("of", "group"), ("endpoint", "endpoint"), ("model", "model")):
            if (name := getattr(estimand, part, None)) is not None:
                yield f"{entry.id}.{part}", kind, name
        for name in getattr(estimand, "groups", ()):
            yield f"{entry.id}.groups", "group", name
        for part in ("column", "time", "size"):
            name = getattr(estimand, part, None)
            if isinstance(name, str):
                group = study.groups.get(estimand.group)  # type: ignore[union-attr]
                yield f"{entry.id}.{part}", f"column of {group.table if group else first}", name
