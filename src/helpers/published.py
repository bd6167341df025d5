"""The printed numbers of a study, and how the tables of a cohort express them.

One YAML file describes one study. pydantic checks its form; this module adds what spans fields
(a name that is used must be defined) and says in one sentence what is wrong and where.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DATA = Path(__file__).resolve().parents[2] / "data"
"""Folder of the data that the project ships."""

Status = Literal["printed", "derived", "assumed"]
Relation = Literal["=", "<", "<=", ">", ">="]
Value = int | float | datetime.date | str


class PublishedError(ValueError):
    """A file of printed numbers that cannot be used; the message names the entry and the field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """What was published, and where."""

    name: str
    title: str
    authors: str = ""
    journal: str = ""
    year: int | None = None
    doi: str = ""


class Column(_Strict):
    """A column of a table: its type, limits, standing and prior."""

    type: Literal["id", "parent", "category", "flag", "integer", "number", "date"]
    description: str
    status: Status
    unit: str = ""
    prefix: str = ""
    levels: tuple[str, ...] = ()
    decimals: int = Field(default=0, ge=0, le=6)
    minimum: float | datetime.date | None = None
    maximum: float | datetime.date | None = None
    optional: bool = False
    prior: dict[str, Any] | None = None
    source: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Column:
        if self.type == "category" and not self.levels:
            raise ValueError("a category needs levels")
        if self.type not in ("id", "parent") and self.prior is None:
            raise ValueError("a column that is not an identifier needs a prior")
        return self


class Table(_Strict):
    """A table: as many rows as an entry says, or some rows for each row of another table."""

    columns: dict[str, Column]
    rows: str | None = None
    of: str | None = None
    per_row: dict[int, float] | None = None
    source: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sized(self) -> Table:
        if (self.rows is None) == (self.of is None):
            raise ValueError("a table needs either rows or of")
        if self.of is not None and not self.per_row:
            raise ValueError("a table that is of another needs per_row")
        return self

    @property
    def key(self) -> str:
        """Name of the identifier column."""
        return next(name for name, column in self.columns.items() if column.type == "id")


class Derived(_Strict):
    """A column of one table computed from the rows of another that belong to each of its rows."""

    table: str
    count_of: str | None = None
    maximum_of: str | None = None
    minimum_of: str | None = None
    column: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Derived:
        ways = [self.count_of, self.maximum_of, self.minimum_of]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of count_of, maximum_of and minimum_of")
        if self.count_of is None and self.column is None:
            raise ValueError("maximum_of and minimum_of need a column")
        return self

    @property
    def child(self) -> str:
        """The table that is summarised."""
        return self.count_of or self.maximum_of or self.minimum_of or ""

    @property
    def how(self) -> Literal["count", "maximum", "minimum"]:
        """The way it is summarised."""
        if self.count_of is not None:
            return "count"
        return "maximum" if self.maximum_of is not None else "minimum"


class Condition(_Strict):
    """One condition on a column; a missing value meets none."""

    column: str
    one_of: tuple[int | str, ...] | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        tests = [self.one_of, self.at_most, self.above, self.at_least]
        if sum(test is not None for test in tests) != 1:
            raise ValueError("give one of one_of, at_most, above and at_least")
        return self


class Group(_Strict):
    """The rows of a table that meet every condition."""

    table: str
    label: str
    where: tuple[Condition, ...]


class Endpoint(_Strict):
    """A pair of time and event; with `onset` and `end`, both are derived from these two."""

    label: str
    time: str
    event: str
    onset: str | None = None
    end: str | None = None


class Covariate(_Strict):
    """A regressor: membership of a group, or a column divided by `per`."""

    label: str
    group: str | None = None
    column: str | None = None
    per: float = 1.0

    @model_validator(mode="after")
    def _one_kind(self) -> Covariate:
        if (self.group is None) == (self.column is None):
            raise ValueError("give either group or column")
        return self


class CoxModel(_Strict):
    """A Cox model with Efron's ties."""

    endpoint: str
    covariates: dict[str, Covariate]


class Rule(_Strict):
    """Order in time within a row: `column` is not after another, or ends by a date."""

    table: str
    column: str
    not_after: str | None = None
    plus: str | None = None
    ends_by: datetime.date | None = None
    assumed: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Rule:
        if (self.not_after is None) == (self.ends_by is None):
            raise ValueError("give either not_after, or plus and ends_by")
        if (self.plus is None) != (self.ends_by is None):
            raise ValueError("plus and ends_by go together")
        return self


class Definition(_Strict):
    """A number that defines, and that no cohort can reproduce or contradict."""

    statistic: Literal["definition"]


class Count(_Strict):
    """Rows in a group."""

    statistic: Literal["count"]
    group: str


class Share(_Strict):
    """Rows in a group as percent of the rows in another."""

    statistic: Literal["share"]
    group: str
    of: str


class Summary(_Strict):
    """Median, minimum or maximum of a column, missing values left out."""

    statistic: Literal["median", "minimum", "maximum"]
    column: str
    group: str


class KaplanMeier(_Strict):
    """Kaplan–Meier estimate at a time, in percent."""

    statistic: Literal["kaplan-meier"]
    endpoint: str
    group: str
    time: float = Field(gt=0)


class AtRisk(_Strict):
    """Rows with a time of at least `time`."""

    statistic: Literal["at-risk"]
    endpoint: str
    group: str
    time: float = Field(gt=0)


class LogRank(_Strict):
    """Two-sided p value of the log-rank test between two groups."""

    statistic: Literal["log-rank"]
    endpoint: str
    groups: tuple[str, str]


class CoxTerm(_Strict):
    """Wald p value or hazard ratio of one term of a Cox model."""

    statistic: Literal["cox-p", "hazard-ratio"]
    model: str
    term: str


class CoxOnly(_Strict):
    """The only term of a Cox model whose Wald p value is at most `level`."""

    statistic: Literal["cox-only"]
    model: str
    term: str
    level: float = Field(gt=0, lt=1)


class MonthsToSize(_Strict):
    """Months at which exponential growth, fitted by least squares, reaches a target size."""

    statistic: Literal["months-to-size"]
    group: str
    time: str
    size: str
    target: float = Field(gt=0)


Estimand = Annotated[
    Definition
    | Count
    | Share
    | Summary
    | KaplanMeier
    | AtRisk
    | LogRank
    | CoxTerm
    | CoxOnly
    | MonthsToSize,
    Field(discriminator="statistic"),
]


class Entry(_Strict):
    """A number, as printed or as required by what is printed.

    Attributes
    ----------
    id : str
        Its name, unique in the study.
    value : int, float, date or str
        The number; percent for rates, months for times.
    decimals : int
        Decimals printed.
    relation : str
        How the reproduced value has to stand to the value.
    words, place, reading, other_readings
        What it is, where it is printed, how it is read, and how else it could be.
    estimand : Estimand
        The same, for a machine.
    kind : {"printed", "derived"}
        Whether the abstract prints it, or it follows from what is printed.
    """

    id: str
    value: Value
    unit: str
    words: str
    reading: str
    estimand: Estimand
    decimals: int = Field(default=0, ge=0, le=6)
    relation: Relation = "="
    place: str = ""
    other_readings: tuple[str, ...] = ()
    kind: Literal["printed", "derived"] = "printed"

    @model_validator(mode="after")
    def _value_fits_unit(self) -> Entry:
        wanted = {"date": datetime.date, "term": str}.get(self.unit, (int, float))
        if not isinstance(self.value, wanted) or isinstance(self.value, bool):
            raise ValueError(f"a value in {self.unit} was expected, found {self.value!r}")
        if self.unit == "percent" and not 0 <= float(self.value) <= 100:  # type: ignore[arg-type]
            raise ValueError(f"a percentage from 0 to 100 was expected, found {self.value}")
        if isinstance(self.value, float):
            if round(self.value, self.decimals) != self.value:
                raise ValueError(f"{self.value} has more than {self.decimals} decimals")
        return self

    @property
    def text(self) -> str:
        """The value as printed, such as `40.1%`, `<0.001` or `January 2007`."""
        if isinstance(self.value, datetime.date):
            return f"{self.value:%B %Y}"
        if isinstance(self.value, str):
            return self.value
        sign = self.relation if self.relation == "<" else ""
        return f"{sign}{self.format(self.value)}"

    def format(self, number: float) -> str:
        """A number with the entry's decimals, rounded half up as people do, and unit of percent."""
        quantum = Decimal(1).scaleb(-self.decimals)
        # Twelve digits first, so that 0.5 stored as 0.49999999999999994 rounds up.
        rounded = Decimal(f"{number:.12g}").quantize(quantum, rounding=ROUND_HALF_UP)
        return f"{rounded}{'%' if self.unit == 'percent' else ''}"

    def agrees(self, reproduced: Value | None) -> bool | None:
        """Whether a reproduced value agrees at the printed precision; None for a definition."""
        if self.estimand.statistic == "definition":
            return None
        if reproduced is None or reproduced != reproduced:
            return False
        if isinstance(self.value, str) or isinstance(reproduced, str):
            return reproduced == self.value
        match self.relation:
            case "<":
                return bool(reproduced < self.value)  # type: ignore[operator]
            case "<=":
                return bool(reproduced <= self.value)  # type: ignore[operator]
            case ">":
                return bool(reproduced > self.value)  # type: ignore[operator]
            case ">=":
                return bool(reproduced >= self.value)  # type: ignore[operator]
        return self.format(reproduced) == self.format(self.value)  # type: ignore[arg-type]


class Study(_Strict):
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


def load(path: str | os.PathLike[str] | None = None) -> Study:
    """Load a file of printed numbers.

    Parameters
    ----------
    path : path-like, optional
        The YAML file; the shipped `data/published.yaml` when left out.

    Returns
    -------
    Study

    Raises
    ------
    PublishedError
        When the file is missing, is no YAML or does not have the form; the message names the
        file, the entry and the field, what was expected and what was found.
    """
    path = Path(path) if path is not None else DATA / "published.yaml"
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        raise PublishedError(f"{path}: no such file") from None
    return _load(path, stamp)


class _UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key given twice, where YAML's own would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)  # type: ignore[no-untyped-call]
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the name {name!r} stands twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


@lru_cache(maxsize=8)
def _load(path: Path, stamp: int) -> Study:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except OSError as error:
        raise PublishedError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise PublishedError(f"{path}: byte {error.start} is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise PublishedError(f"{path}, line {line}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise PublishedError(f"{path}: not YAML: {error}") from None
    if not isinstance(raw, dict):
        raise PublishedError(f"{path}: sections such as study, tables and entries were expected")
    for section, kind in (("entries", "printed"), ("requirements", "derived")):
        for id, entry in (raw.get(section) or {}).items():
            if isinstance(entry, dict):
                entry.update(id=str(id), kind=kind)
    try:
        return Study.model_validate(raw)
    except ValidationError as error:
        raise PublishedError(f"{path}: {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    """The first problem that pydantic found, as a sentence."""
    problem = error.errors()[0]
    parts = [str(part) for part in problem["loc"]]
    where = ""
    if parts[:1] in (["entries"], ["requirements"]) and len(parts) > 1:
        where = f"entry {parts[1]!r}: "
        parts = parts[2:]
    if parts:
        where += f"field {'.'.join(parts)!r}: "
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        return f"{where}it is missing"
    if problem["type"] == "extra_forbidden":
        return f"{where}no field of that name is known"
    found = problem.get("input")
    if problem["type"] != "value_error" and not isinstance(found, (dict, list, BaseModel)):
        message += f", found {found!r}"
    return where + message[0].lower() + message[1:]
