"""A study as a whole: every name that is used must be defined."""

from __future__ import annotations

from ..forms import Field, model_validator
from . import consistency
from .entry import Entry
from .form import CoxModel, Derived, Endpoint, Group, Margins, Rule, Source, Table
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
    margins: Margins = Margins()

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

    def columns_of(self, table: str) -> set[str]:
        """Names of the columns of a table once it is loaded."""
        names = set(self.tables[table].columns)
        names |= {name for name, derived in self.derived.items() if derived.table == table}
        if table == self.first:
            for endpoint in self.endpoints.values():
                if endpoint.derived:
                    names |= {endpoint.time, endpoint.event}
        return names

    def parts(self, endpoint: Endpoint) -> tuple[list[str], list[Endpoint]]:
        """What a derived endpoint is made of: columns of onsets, and other endpoints."""
        names = endpoint.first_of or filter(None, [endpoint.onset])
        onsets = [name for name in names if name not in self.endpoints]
        others = [self.endpoints[name] for name in endpoint.first_of if name in self.endpoints]
        return onsets, others

    def unit_of(self, endpoint: Endpoint) -> str:
        """The unit of the time of an endpoint, which is that of what ends it."""
        others = self.parts(endpoint)[1]
        if endpoint.end is None and others:
            return self.unit_of(others[0])
        column = self.tables[self.first].columns.get(endpoint.end or endpoint.time)
        return column.unit if column is not None and column.unit else "time units"

    @property
    def first(self) -> str:
        """Name of the table whose rows are the units of analysis."""
        return next(iter(self.tables))

    @model_validator(mode="after")
    def _is_consistent(self) -> Study:
        for problem in consistency.problems(self):
            raise ValueError(problem)
        return self
