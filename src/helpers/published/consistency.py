"""What spans the parts of a study: names that are used are defined, and none stands for two things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .entry import Entry
from .measure import Measure
from .prior import EarlierOf, Even, Happened, SameAs

if TYPE_CHECKING:
    from .study import Study

RESERVED = ("cohort",)
"""Names of columns that an ensemble gives to every table."""


def problems(study: Study) -> Iterator[str]:
    """What is wrong with a study as a whole, each with the field where it stands."""
    roots = [name for name, table in study.tables.items() if table.rows is not None]
    if roots != [study.first] or len(study.tables) > 2:
        yield "tables: first one with rows, and then at most one that is of it, were expected"
        return
    yield from _undefined(study)
    yield from _doubles(study)
    yield from _misfits(study)


def _undefined(study: Study) -> Iterator[str]:
    """Names that are used and not defined."""
    defined = {
        "table": set(study.tables),
        "group": set(study.groups),
        "endpoint": set(study.endpoints),
        "model": set(study.models),
        "entry": set(study.entries),
    }
    for where, kind, name in _references(study):
        if kind.startswith("column of "):
            table = kind.removeprefix("column of ")
            known = study.columns_of(table) if table in study.tables else set()
        else:
            known = defined[kind]
        if name not in known:
            yield f"{where}: no {kind} is named {name!r}"


def _doubles(study: Study) -> Iterator[str]:
    """Names that stand for two things, of which one would be lost without a word."""
    for id in study.requirements:
        if id in study.entries:
            yield f"requirements.{id}: an id was expected that no printed entry has"
    for table in study.tables:
        yield from _doubled_columns(study, table)
    for name in _repeated(table.casefold() for table in study.tables):
        yield f"tables: two are named {name!r}, and their files could be one"
    for name, spec in study.tables.items():
        for column, kind in spec.columns.items():
            for level in _repeated(kind.levels):
                yield f"tables.{name}.columns.{column}.levels: {level!r} stands twice"
    for name, group in study.groups.items():
        for condition in group.where:
            for level in _repeated(condition.one_of or ()):
                yield f"groups.{name}.where: {level!r} stands twice"
    for name, members in study.groupings.items():
        for label in _repeated(study.groups[member].label for member in members):
            yield f"groupings.{name}: two groups with the label {label!r}"
    for name, endpoint in study.endpoints.items():
        if endpoint.time == endpoint.event:
            yield f"endpoints.{name}.event: {endpoint.event!r} is its time too"
    for name, model in study.models.items():
        endpoint = study.endpoints[model.endpoint]
        for term in model.covariates:
            if term in (endpoint.time, endpoint.event):
                yield f"models.{name}.covariates.{term}: a column of the endpoint has this name too"
            if term == "none" or "," in term:
                yield f"models.{name}.covariates: {term!r} would be read as none or as several"
    for name, measure in study.measures.items():
        for member in _repeated(measure.groups):
            yield f"measures.{name}.groups: {member!r} stands twice"
    for entry in study.targets:
        for member in _repeated(entry.estimand.model_dump().get("groups", ())):
            yield f"{_place(entry)}.groups: two groups were expected, found {member!r} twice"


def _doubled_columns(study: Study, table: str) -> Iterator[str]:
    """Columns of a table that would be written over by what is derived, and by what an ensemble adds."""
    origin = dict.fromkeys(RESERVED, "a column of every ensemble")
    named = [
        (f"tables.{table}.columns.{name}", name, f"a column of {table}")
        for name in study.tables[table].columns
    ]
    if table == study.first:
        named += [(f"derived.{name}", name, "a derived column") for name in study.derived]
        for name, endpoint in study.endpoints.items():
            if endpoint.onset is not None:
                made = f"made of {endpoint.onset} and {endpoint.end}"
                named.append((f"endpoints.{name}.time", endpoint.time, f"a time {made}"))
                named.append((f"endpoints.{name}.event", endpoint.event, f"an event {made}"))
        named += [(f"groupings.{name}", name, "a grouping") for name in study.groupings]
    for where, name, what in named:
        # Two endpoints may share a column that is made in the same way.
        if origin.setdefault(name, what) != what:
            yield f"{where}: {name!r} is {origin[name]} too"


def _repeated(names: Iterable[object]) -> list[object]:
    """The names that stand there more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


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
    for name in study.tables:
        yield from _undrawable(study, name)
    for name, measure in study.measures.items():
        yield from _circles(study, name, measure)
    for where, name in _units(study):
        if study.groups[name].table != study.first:
            yield f"{where}: a group of {study.first} was expected, found {name!r}"
    for entry in study.targets:
        parts = entry.estimand.model_dump()
        if "model" in parts and "term" in parts:
            names = [parts["term"], *([entry.value] if entry.estimand.unit == "term" else [])]
            for term in names:
                if term not in study.models[parts["model"]].covariates:
                    yield f"{_place(entry)}.term: the model has no covariate {term!r}"


def _undrawable(study: Study, table: str) -> Iterator[str]:
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


def _circles(study: Study, name: str, measure: Measure) -> Iterator[str]:
    """What keeps an endpoint from being drawn, given the groups of a measure."""
    if measure.endpoint is None:
        return
    endpoint = study.endpoints[measure.endpoint]
    columns = study.tables[study.first].columns
    event = columns.get(endpoint.event)
    kind = event.kind if event is not None else None
    by_time = isinstance(kind, Happened) and kind.column == endpoint.time
    if endpoint.onset is not None or not by_time:
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
        parts = entry.estimand.model_dump()
        if "endpoint" in parts:
            if "group" in parts:
                yield f"{_place(entry)}.group", parts["group"]
            for group in parts.get("groups", ()):
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
            where = f"tables.{name}.columns.{column}.prior"
            if spec.kind is not None and spec.kind.needs is not None:
                yield where, f"column of {name}", spec.kind.needs
            if isinstance(spec.kind, SameAs) and table.of is not None:
                yield where, f"column of {table.of}", spec.kind.column
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
    """Every use of a name in the estimand of an entry, by the names of its fields."""
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
