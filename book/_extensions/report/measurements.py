"""`{measurements} NAME`: the tables of "How this book was built", of this build or as measured on a machine.

What they show is what `make measure` and `make bench` wrote down, and how long each chapter took to
execute. MyST's `csv-table` shows files as they are: it knows no links to pages and no number of a build.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .honest import link
from .provenance import MEASURED, measured, seconds

BENCH = "book/bench.json"
IN_BROWSER = "book/in_browser.json"
_ENSEMBLE = {
    "cohorts": "Cohorts, each printing every number",
    "workers": "Cores",
    "cohorts_a_second": "Found in a second",
    "seconds_to_find": "Seconds to find all",
    "seconds_to_analyse": "Seconds to verify and analyse all",
    "seconds": "Seconds in all",
}


class Table(NamedTuple):
    """The words over the columns of a table, and the cells of each row."""

    head: list[str]
    rows: list[list[str]]


class _Column(NamedTuple):
    """A column: the words over it, what it shows of a record, and how."""

    head: str
    key: str
    form: str = "{}"


class _Placeholder(nodes.General, nodes.Element):
    """Where a table goes once every page has been read."""


class Measurements(SphinxDirective):
    """`{measurements} NAME`"""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in TABLES:
            raise self.error(f"no table is named {self.arguments[0]!r}; there are {[*TABLES]}")
        for file in (MEASURED, BENCH, IN_BROWSER):
            self.env.note_dependency(str(Path(self.env.srcdir, file)))
        return [_Placeholder(table=self.arguments[0])]


class Filling(SphinxPostTransform):
    """Put the tables in; by then it is known how long each notebook took."""

    default_priority = 5  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(_Placeholder)):
            table = TABLES[place["table"]](self.app)
            if table.rows:
                place.replace_self(_written(table, self.env.docname))
            else:  # not measured
                place.parent.remove(place)


def _shown(records: Iterable[Mapping[str, Any]], *columns: _Column) -> Table:
    """A row for each record."""
    rows = [[column.form.format(record[column.key]) for column in columns] for record in records]
    return Table([column.head for column in columns], rows)


def _execution(app: Sphinx) -> Table:
    rows = []
    for docname in app.env.toctree_includes.get("book/index", []):
        if docname.startswith("notebooks/"):
            took = seconds(app.env, docname)
            cells = json.loads(Path(app.env.doc2path(docname)).read_text(encoding="utf-8"))["cells"]
            code = sum(cell["cell_type"] == "code" for cell in cells)
            rows.append([docname, str(code), "not measured" if took is None else f"{took:.1f}"])
    return Table(["Chapter", "Code cells", "Seconds to execute"], rows)


def _weights(app: Sphinx) -> Table:
    pages = measured(Path(app.srcdir)).get("pages", {})
    return _shown(
        ({"page": name, **page} for name, page in pages.items() if name in app.env.found_docs),
        _Column("Page", "page"),
        _Column("Kilobytes, compressed", "kilobytes", "{:.0f}"),
        _Column("Files", "requests"),
        _Column("Seconds to the largest picture", "largest_paint_seconds", "{:.2f}"),
    )


_BROWSED = (
    _Column("Megabytes fetched", "megabytes", "{:.1f}"),
    _Column("Files", "requests"),
    _Column("Processor seconds until the first cell has run", "ready_cpu_seconds", "{:.1f}"),
    _Column("Processor seconds until all cells have run", "all_cpu_seconds", "{:.1f}"),
    _Column("Seconds by the clock until all cells have run", "all_seconds", "{:.0f}"),
    _Column("Megabytes of memory", "memory_megabytes", "{:,.0f}"),
    _Column("Times as long as in Python alone", "times_native", "{:.1f}"),
)


def _in_browser(app: Sphinx) -> Table:
    """A column a run, and a row a figure: there are many of these."""
    runs = measured(Path(app.srcdir), IN_BROWSER).get("runs", [])
    rows = [[row.head, *(row.form.format(run[row.key]) for run in runs)] for row in _BROWSED]
    return Table(["Measured", *(f"Cache {run['cache']}" for run in runs)], rows if runs else [])


def _bench(app: Sphinx, part: str) -> Any:
    return measured(Path(app.srcdir), BENCH).get(part, [])


def _speed(app: Sphinx) -> Table:
    """A row a statistic: what it takes here, and in each other program how many times as long."""
    statistics = _bench(app, "statistics")
    peers = list(dict.fromkeys(peer for row in statistics for peer in row["peers"]))
    rows = []
    for row in statistics:
        cells = [row["statistic"], f"{row['microseconds']:g} µs"]
        for peer in peers:
            other = row["peers"].get(peer)
            told = other and f"{other['milliseconds']:g} ms, {other['ratio']:,.0f} times"
            cells.append(told or "not compared")
        rows.append(cells)
    return Table(["One cohort", "helpers.batch", *peers], rows)


def _growth(app: Sphinx) -> Table:
    records = _bench(app, "by_patients")
    names = [name for name in (records[0] if records else {}) if name != "patients"]
    columns = (_Column(f"{name}, microseconds", name, "{:g}") for name in names)
    return _shown(records, _Column("Patients", "patients"), *columns)


def _constraints(app: Sphinx) -> Table:
    return _shown(
        _bench(app, "by_constraints"),
        _Column("Constraints", "constraints"),
        _Column("The last of them", "last"),
        _Column("Microseconds an evaluation", "microseconds", "{:g}"),
    )


def _moves(app: Sphinx) -> Table:
    return _shown(
        _bench(app, "by_moves"),
        _Column("Measure", "measure"),
        _Column("Moves a second", "moves_a_second", "{:,.0f}"),
        _Column("Microseconds a move", "microseconds", "{:g}"),
        _Column("An evaluation from nothing", "evaluation", "{:g}"),
        _Column("times as long", "ratio", "{:,.0f}"),
    )


def _effect(app: Sphinx) -> Table:
    return _shown(
        _bench(app, "by_effect"),
        _Column("Measure", "measure"),
        _Column("Slowest quantity", "slowest"),
        _Column("Effective draws", "effective", "{:,.0f}"),
        _Column("Million moves", "million_moves", "{:,.0f}"),
        _Column("Effective draws a CPU second", "effective_a_second", "{:g}"),
    )


def _surveillance(app: Sphinx) -> Table:
    return _shown(
        _bench(app, "by_surveillance"),
        _Column("Scans every, months", "scans_every", "{:g}"),
        _Column("Women a second, compiled", "women_a_second", "{:,.0f}"),
        _Column("By numpy", "numpy_women_a_second", "{:,.0f}"),
        _Column("times as long", "ratio", "{:.3g}"),
    )


def _throughput(app: Sphinx) -> Table:
    ensemble = _bench(app, "ensemble")
    rows = [[words, f"{ensemble[key]:g}"] for key, words in _ENSEMBLE.items() if key in ensemble]
    return Table(["The ensemble", "Measured"], rows)


def _machine(app: Sphinx, file: str) -> Table:
    machine = measured(Path(app.srcdir), file).get("machine", {})
    return Table(
        ["Measured on", "What it is"], [[name, str(value)] for name, value in machine.items()]
    )


TABLES: dict[str, Callable[[Sphinx], Table]] = {
    "execution": _execution,
    "weights": _weights,
    "machine": partial(_machine, file=MEASURED),
    "speed": _speed,
    "growth": _growth,
    "constraints": _constraints,
    "moves": _moves,
    "effect": _effect,
    "surveillance": _surveillance,
    "throughput": _throughput,
    "in-browser": _in_browser,
    "in-browser-machine": partial(_machine, file=IN_BROWSER),
    "bench-machine": partial(_machine, file=BENCH),
}
"""The tables by name."""


def _written(table: Table, docname: str) -> nodes.table:
    """A table whose first column holds names of pages, where they are such."""
    written, group = nodes.table(classes=["measurements"]), nodes.tgroup(cols=len(table.head))
    group += [nodes.colspec(colwidth=1) for _ in table.head]
    group += nodes.thead("", _row(table.head))
    group += nodes.tbody("", *(_row([_page(row[0], docname), *row[1:]]) for row in table.rows))
    written += group
    return written


def _row(cells: list[Any]) -> nodes.row:
    """A row; all cells but the first are figures."""
    row = nodes.row()
    for place, cell in enumerate(cells):
        inside = nodes.Text(cell) if isinstance(cell, str) else cell
        classes = ["number"] if place else []
        row += nodes.entry("", nodes.paragraph("", "", inside), classes=classes)
    return row


def _page(name: str, docname: str) -> nodes.Node:
    return link(docname, name) if "/" in name else nodes.Text(name)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(_Placeholder)
    app.add_directive("measurements", Measurements)
    app.add_post_transform(Filling)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
