"""Directives that write the data dictionary from the study's YAML.

sphinx-needs and autodoc_pydantic document classes or requirements, and frictionless renders a data
package to Markdown without priors, standing or citations; none takes the study's own columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers import published
from helpers.cohort import expected
from helpers.published import Column, Condition, Derived, Endpoint, Rule, Study
from helpers.published.prior import (
    Choice,
    EarlierOf,
    Even,
    Flag,
    Growth,
    Happened,
    Kind,
    Lognormal,
    Normal,
    SameAs,
    Uniform,
    Weibull,
)

_STATISTICS = {
    "count": "Number of the patient's {child}.",
    "maximum": "Largest `{column}` among the patient's {child}.",
    "minimum": "Smallest `{column}` among the patient's {child}; empty where there is none.",
}


class Generated(SphinxDirective):
    """A table whose rows are MyST text made from the study."""

    head: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()

    def run(self) -> list[nodes.Node]:
        study = published.load()
        for path in (published.DATA / "published.yaml", Path(__file__)):
            self.env.note_dependency(str(path))
        table = nodes.table(classes=["dictionary"])
        group = nodes.tgroup(cols=len(self.head))
        group += [nodes.colspec(colwidth=width) for width in self.widths]
        group += nodes.thead("", self._row(self.head))
        group += nodes.tbody("", *(self._row(row) for row in self.rows(study)))
        table += group
        return [table]

    def _row(self, cells: tuple[str, ...]) -> nodes.row:
        row = nodes.row()
        for cell in cells:
            entry = nodes.entry()
            self.state.nested_parse(StringList(cell.split("\n"), ""), 0, entry)
            row += entry
        return row

    def rows(self, study: Study) -> Iterator[tuple[str, ...]]:
        """Cells of each row, as MyST text."""
        raise NotImplementedError


class DataDictionary(Generated):
    """`{data-dictionary} TABLE`: the columns of a table."""

    required_arguments = 1
    head = ("Column", "Values", "Meaning and origin")
    widths = (30, 25, 45)

    def rows(self, study: Study) -> Iterator[tuple[str, ...]]:
        """A row for each column."""
        if self.arguments[0] not in study.tables:
            raise self.error(f"no table of the study is named {self.arguments[0]!r}")
        table = study.tables[self.arguments[0]]
        for name, column in table.columns.items():
            origin = column.description
            if prior := _prior(column):
                origin += f"\n\nPrior: {prior}."
            yield (
                f"`{name}`\n\n*{column.status}*",
                _values(column, table.of),
                origin + _sources(column.source),
            )
        if table.of is not None:
            shares = ", ".join(
                f"{rows} with probability {_number(p)}" for rows, p in (table.per_row or {}).items()
            )
            allowed = f"{min(table.per_row or {0: 0})} to {max(table.per_row or {0: 0})}"
            yield (
                f"*rows for each row of {table.of}.csv*\n\n*assumed*",
                f"{allowed} rows",
                f"How many there are.\n\nPrior: {shares}." + _sources(table.source),
            )


class DerivedColumns(Generated):
    """`{derived-columns}`: the columns that loading adds."""

    head = ("Column", "Meaning")
    widths = (40, 60)

    def rows(self, study: Study) -> Iterator[tuple[str, ...]]:
        """A row for each derived column, endpoint column and grouping."""
        for name, derived in study.derived.items():
            yield f"`{name}`", _derived(derived)
        for endpoint in study.endpoints.values():
            if not endpoint.derived:
                continue
            if endpoint.first_of:
                yield from _first_of(study, endpoint)
                continue
            yield (
                f"`{endpoint.event}`",
                f"1 where `{endpoint.onset}` is given, else 0: whether {endpoint.label} ended.",
            )
            time = f"`{endpoint.onset}` where given, else `{endpoint.end}`"
            yield f"`{endpoint.time}`", f"{time}: the time of {endpoint.label}, in months."
        for name, groups in study.groupings.items():
            labels = (
                f"*{study.groups[group].label}* ({_conditions(study.groups[group].where)})"
                for group in groups
            )
            yield f"`{name}`", f"{' or '.join(labels)}."


class CohortRules(Generated):
    """`{cohort-rules}`: what must hold between columns."""

    head = ("Rule", "Binds")
    widths = (70, 30)

    def rows(self, study: Study) -> Iterator[tuple[str, ...]]:
        """A row for each rule."""
        for rule in study.rules:
            yield _rule(rule), "the search only (assumed)" if rule.assumed else "every cohort"


def _values(column: Column, owner: str | None) -> str:
    allowed = {
        "id": "an identifier that stands once",
        "parent": f"an identifier of {owner}.csv",
    }.get(column.type) or expected(column)
    unit = f", in {column.unit}" if column.unit else ""
    return f"{allowed[0].upper()}{allowed[1:]}{unit}."


def _sources(keys: tuple[str, ...]) -> str:
    return f"\n\nSource: {{cite:t}}`{','.join(keys)}`." if keys else ""


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


@singledispatch
def _words(kind: Kind, unit: str) -> str:
    """A kind of prior in words; `unit` begins with a space, if there is one."""
    raise NotImplementedError(f"no words for a prior of {type(kind).__name__} are known")


@_words.register
def _(kind: Normal, unit: str) -> str:
    return f"normal, mean {kind.mean:g}{unit}, standard deviation {kind.sd:g}{unit}"


@_words.register
def _(kind: Lognormal, unit: str) -> str:
    return f"log-normal, median {kind.median:g}{unit}, deviation {kind.sd_log:g} of the logarithm"


@_words.register
def _(kind: Weibull, unit: str) -> str:
    return f"Weibull, median {kind.median:g}{unit}, shape {kind.shape:g}"


@_words.register
def _(kind: Uniform, unit: str) -> str:
    return f"uniform, from {kind.low:g} to {kind.high:g}{unit}"


@_words.register
def _(kind: Choice, unit: str) -> str:
    return ", ".join(f"{level} with probability {p:g}" for level, p in kind.weights.items())


@_words.register
def _(kind: Flag, unit: str) -> str:
    return f"1 with probability {kind.probability:g}"


@_words.register
def _(kind: Even, unit: str) -> str:
    return f"evenly from {kind.first} to {kind.last}"


@_words.register
def _(kind: EarlierOf, unit: str) -> str:
    times = (f"{cause} ({_words(time, unit)})" for cause, time in kind.times.items())
    return f"the earlier of {' and '.join(times)}"


@_words.register
def _(kind: Happened, unit: str) -> str:
    return f"1 where `{kind.column}` ends with {kind.cause}"


@_words.register
def _(kind: SameAs, unit: str) -> str:
    return f"copied from `{kind.column}` of the row that owns it"


@_words.register
def _(kind: Growth, unit: str) -> str:
    return (
        f"exponential growth over `{kind.since}` from {kind.start:g}{unit}, doubling every "
        f"{kind.doubling_months:g} months, deviation {kind.sd_log:g} of the logarithm; "
        f"without a scan {_words(kind.otherwise.kind, unit)}"
    )


def _prior(column: Column) -> str:
    """The prior of a column in words; empty where it has none."""
    prior = column.prior
    if prior is None:
        return ""
    words = _words(prior.kind, f" {column.unit}" if column.unit else "")
    if prior.within is not None:
        low, high = prior.within
        words += f"; kept from {low:g} to {high:g}"
    if prior.absent is not None:
        words += f"; empty with probability {prior.absent:g}"
    return words


def _derived(derived: Derived) -> str:
    return _STATISTICS[derived.how].format(child=derived.child, column=derived.column)


def _conditions(where: tuple[Condition, ...]) -> str:
    return " and ".join(_condition(condition) for condition in where) or "all"


def _condition(condition: Condition) -> str:
    if condition.one_of is not None:
        return f"`{condition.column}` {' or '.join(str(level) for level in condition.one_of)}"
    for sign, bound in (
        ("≤", condition.at_most),
        (">", condition.above),
        ("≥", condition.at_least),
    ):
        if bound is not None:
            return f"`{condition.column}` {sign} {_number(bound)}"
    raise AssertionError("a condition has one test")


def _rule(rule: Rule) -> str:
    if rule.not_after is not None:
        return f"`{rule.column}` is not after `{rule.not_after}`."
    if rule.before is not None:
        return f"`{rule.column}` is before `{rule.before}`."
    return f"`{rule.column}` plus `{rule.plus}` ends by {rule.ends_by}."


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("data-dictionary", DataDictionary)
    app.add_directive("derived-columns", DerivedColumns)
    app.add_directive("cohort-rules", CohortRules)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _first_of(study: Study, endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    """The columns of an endpoint that is the first of several."""
    onsets, others = study.parts(endpoint)
    parts = [*(f"`{name}`" for name in onsets), *(other.label for other in others)]
    yield (
        f"`{endpoint.event}`",
        f"1 where one of {', '.join(parts)} ended the time of {endpoint.label}, else 0.",
    )
    ends = [*filter(None, [endpoint.end]), *(other.time for other in others)]
    until = ", ".join(f"`{name}`" for name in (*onsets, *ends))
    yield f"`{endpoint.time}`", f"The first of {until}: the time of {endpoint.label}, in months."
