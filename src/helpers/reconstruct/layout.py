"""Where the columns, groups and models of a study are in the arrays of the search.

Nothing here knows a particular study. A study has one table with a printed number of rows, and at
most one table of rows that belong to them.
"""

from __future__ import annotations

from functools import partial, reduce

from ..published import Endpoint, PublishedError, Study
from . import priors

D_COUNT, D_MAXIMUM, D_MINIMUM, D_TIME, D_EVENT, D_ONSET, D_REVERSE = range(7)


class Places:
    """Which column of which array holds what; positions of groups, models and their terms."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.root, *children = study.tables  # one with rows, and at most one that is of it
        self.child = children[0] if children else None
        self.columns = {table: self._own(table) for table in study.tables}
        self.width = {table: len(names) for table, names in self.columns.items()}
        self.used: set[tuple[str, str]] = set()
        self.derive: list[tuple[int, int, int, int]] = []
        self.strata: list[tuple[int, ...]] = []
        self._groups = list(study.groups)
        self._models = list(study.models)

    def _own(self, table: str) -> list[str]:
        columns = self.study.tables[table].columns
        return [name for name, column in columns.items() if not priors.filled_later(column)]

    def column(self, table: str, name: str) -> int:
        """Position of a column in its array; derived ones are added when first asked for."""
        names = self.columns[table]
        if name in names[: self.width[table]]:
            self.used.add((table, name))
        if name in names:
            return names.index(name)
        derived = self.study.derived.get(name)
        if derived is not None and derived.table == table == self.root:
            source = self.column(derived.child, derived.column) if derived.column else 0
            code = {"count": D_COUNT, "maximum": D_MAXIMUM, "minimum": D_MINIMUM}[derived.how]
            return self._add(table, name, code, source, 0)
        for endpoint in self.study.endpoints.values():
            if name in (endpoint.time, endpoint.event) and endpoint.derived:
                code = D_TIME if name == endpoint.time else D_EVENT
                return self._add(table, name, code, *self._first(table, endpoint))
        raise PublishedError(f"column {name!r} is filled in after the search and cannot steer it")

    def _first(self, table: str, endpoint: Endpoint) -> tuple[int, int]:
        """Positions of the first event of an endpoint, and of the end of its follow-up."""
        onsets, others = self.study.parts(endpoint)
        events = [self.column(table, name) for name in onsets]
        ends = [self.column(table, endpoint.end)] if endpoint.end is not None else []
        for other in others:
            time, event = self.column(table, other.time), self.column(table, other.event)
            events.append(self._made(table, D_ONSET, time, event))
            ends.append(time)
        earlier = partial(self._made, table, D_TIME)
        return reduce(earlier, events), reduce(earlier, ends)

    def _made(self, table: str, operation: int, first: int, second: int) -> int:
        """Position of a column that a study has no name for, made of two others."""
        name = f"\0{operation} of {first} and {second}"
        names = self.columns[table]
        if name in names:
            return names.index(name)
        return self._add(table, name, operation, first, second)

    def _add(self, table: str, name: str, *operation: int) -> int:
        self.columns[table].append(name)
        position = len(self.columns[table]) - 1
        self.derive.append((operation[0], position, *operation[1:]))  # type: ignore[arg-type]
        return position

    def group(self, name: str) -> int:
        """Position of a group."""
        return self._groups.index(name)

    def endpoint(self, name: str) -> tuple[int, int]:
        """Positions of the time and the event of an endpoint."""
        endpoint = self.study.endpoints[name]
        return self.column(self.root, endpoint.time), self.column(self.root, endpoint.event)

    def reversed(self, name: str) -> tuple[int, int]:
        """Positions of the time of an endpoint, and of whether it ended without the event."""
        time, event = self.endpoint(name)
        return time, self._made(self.root, D_REVERSE, event, event)

    def first_of_two(self, name: str, competing: str) -> tuple[int, int, int]:
        """Positions of the time of the first of two endpoints, of whether one came, and of whether the first."""
        ends = self.endpoint(name), self.endpoint(competing)
        one, other = (self._made(self.root, D_ONSET, *end) for end in ends)
        time = self._made(self.root, D_TIME, ends[0][0], ends[1][0])
        any_of_them = self._made(self.root, D_TIME, one, other)
        came = self._made(self.root, D_EVENT, any_of_them, time)
        return time, came, self._made(self.root, D_EVENT, one, time)

    def strata_of(self, names: tuple[str, ...]) -> int:
        """Number of a set of groups, added when first asked for."""
        groups = tuple(self.group(name) for name in names)
        if groups not in self.strata:
            self.strata.append(groups)
        return self.strata.index(groups)

    def term(self, model: str, term: str) -> tuple[int, int]:
        """Positions of a model, and of a term in it."""
        return self._models.index(model), list(self.study.models[model].covariates).index(term)
