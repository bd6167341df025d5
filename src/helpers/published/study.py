"""A study as a whole: every name that is used must be defined."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from .entry import Entry
from .estimands import AtRisk, CoxOnly, CoxTerm, KaplanMeier, LogRank
from .form import CoxModel, Derived, Endpoint, Group, Rule, Source, Table
from .measure import PRIORS, Measure
from .strict import Strict


class Study(Strict):
    """A published study: its numbers, and the tables that express them."""

    study: Source
    tables: dict[str, Table] = Field(min_length=1)
    groups: dict[str, Group]
    entries: dict[str, Entry]
    derived: dict[str, Derived] = Field(default={})
    groupings: dict[str, tuple[str, ...]] = Field(default={})
    endpoints: dict[str, Endpoint] = Field(default={})
    models: dict[str, CoxModel] = Field(default={})
    rules: tuple[Rule, ...] = ()
    requirements: dict[str, Entry] = Field(default={})
    measures: dict[str, Measure] = Field(default=PRIORS, min_length=1)

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
        if table == self.first:
            for endpoint in self.endpoints.values():
                if endpoint.onset is not None:
                    names |= {endpoint.time, endpoint.event}
        return names

    @property
    def first(self) -> str:
        """Name of the table whose rows are the units of analysis."""
        return next(iter(self.tables))

    @model_validator(mode="after")
    def _is_consistent(self) -> Study:
        roots = [name for name, table in self.tables.items() if table.rows is not None]
        if len(roots) != 1 or roots[0] != self.first or len(self.tables) > 2:
            raise ValueError(
                "tables: first one with rows, and then at most one that is of it, were expected"
            )
        defined = {
            "table": set(self.tables),
            "group": set(self.groups),
            "endpoint": set(self.endpoints),
            "model": set(self.models),
            "entry": set(self.entries),
        }
        for where, kind, name in _references(self):
            if kind.startswith("column of "):
                table = kind.removeprefix("column of ")
                known = self.columns_of(table) if table in self.tables else set()
            else:
                known = defined[kind]
            if name not in known:
                raise ValueError(f"{where}: no {kind} is named {name!r}")
        for problem in _misfits(self):
            raise ValueError(problem)
        return self


def _misfits(study: Study) -> Iterator[str]:
    """What is named rightly and still cannot work."""
    for id, derived in study.derived.items():
        if derived.table != study.first or study.tables[derived.child].of != study.first:
            yield f"derived.{id}: a column of {study.first} from rows that are of it was expected"
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
    for name, measure in study.measures.items():
        yield from _circles(study, name, measure)
    for where, name in _units(study):
        if study.groups[name].table != study.first:
            yield f"{where}: a group of {study.first} was expected, found {name!r}"
    for entry in study.targets:
        estimand = entry.estimand
        if isinstance(estimand, (CoxTerm, CoxOnly)):
            terms = study.models[estimand.model].covariates
            names = [estimand.term, *([str(entry.value)] * isinstance(estimand, CoxOnly))]
            for term in names:
                if term not in terms:
                    yield f"{_place(entry)}.term: the model has no covariate {term!r}"


def _circles(study: Study, name: str, measure: Measure) -> Iterator[str]:
    """What keeps an endpoint from being drawn, given the groups of a measure."""
    if measure.endpoint is None:
        return
    endpoint = study.endpoints[measure.endpoint]
    columns = study.tables[study.first].columns
    event = columns.get(endpoint.event)
    happened = ((event.prior or {}).get("happened") or {}) if event is not None else {}
    if endpoint.onset is not None or happened.get("column") != endpoint.time:
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


def _units(study: Study) -> Iterator[tuple[str, str]]:
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
        if isinstance(entry.estimand, (KaplanMeier, AtRisk)):
            yield f"{_place(entry)}.group", entry.estimand.group
        elif isinstance(entry.estimand, LogRank):
            for group in entry.estimand.groups:
                yield f"{_place(entry)}.groups", group


def _place(entry: Entry) -> str:
    """Where the estimand of an entry stands in the file."""
    return f"{'requirements' if entry.kind == 'derived' else 'entries'}.{entry.id}.estimand"


def _references(study: Study) -> Iterator[tuple[str, str, str]]:
    """Every use of a name in a study: where, what kind of name, and the name."""
    first = study.first
    for name, table in study.tables.items():
        if table.rows is not None:
            yield f"tables.{name}.rows", "entry", table.rows
        if table.of is not None:
            yield f"tables.{name}.of", "table", table.of
        for column, spec in table.columns.items():
            for kind, key in (("happened", "column"), ("growth", "since"), ("same_as", None)):
                if (prior := (spec.prior or {}).get(kind)) is not None:
                    home = table.of or name if key is None else name
                    used = prior if key is None else prior[key]
                    yield f"tables.{name}.columns.{column}.prior", f"column of {home}", used
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
        for other in filter(None, (rule.limit, rule.plus)):
            yield f"rules.{number}", f"column of {owner or rule.table}", other
    for name, measure in study.measures.items():
        if measure.endpoint is not None:
            yield f"measures.{name}.endpoint", "endpoint", measure.endpoint
        for member in measure.groups:
            yield f"measures.{name}.groups", "group", member
    for entry in study.targets:
        yield from _entry_references(study, entry)


def _entry_references(study: Study, entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Every use of a name in the estimand of an entry."""
    parts, place = entry.estimand.model_dump(), _place(entry)
    for part in ("group", "of", "endpoint", "model"):
        if part in parts:
            yield f"{place}.{part}", "group" if part == "of" else part, parts[part]
    for group in parts.get("groups", ()):
        yield f"{place}.groups", "group", group
    for part in ("column", "time", "size"):
        if isinstance(parts.get(part), str):
            group = study.groups.get(parts["group"])
            table = group.table if group is not None else study.first
            yield f"{place}.{part}", f"column of {table}", parts[part]
