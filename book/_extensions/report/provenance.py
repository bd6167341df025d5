"""Where a page comes from: at its foot the commit, the data, the versions and the time to execute.

Sphinx's `last_updated` is a date alone, and myst-nb's `nb-exec-table` tells when a notebook was run,
which differs from build to build. Here the same commit gives the same words: with
`SOURCE_DATE_EPOCH` set, the times to execute are those that `make measure` wrote down.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from helpers import published

from .dependencies import digest
from .honest import link
from .repository import git

LIBRARIES = ("lifelines", "statsmodels", "scipy", "pandas", "numpy", "matplotlib")
MEASURED = "book/measured.json"
BENCH = "book/bench.json"


@dataclass(frozen=True)
class Origin:
    """What all pages of a build have in common.

    Attributes
    ----------
    commit, date : str
        Of the checkout; empty outside of one.
    edited : bool
        Whether files differ from that commit.
    data, lock : str
        Digests of the data and of the lock file.
    versions : dict of str
        Of Python, of the helpers and of the libraries.
    """

    commit: str
    date: str
    edited: bool
    data: str
    lock: str
    versions: dict[str, str]


def origin(folder: Path) -> Origin:
    """The origin of a book in a folder."""
    sources = [published.DATA]
    if cohort := os.environ.get("COHORT"):
        sources.append(Path(cohort).resolve())
    return Origin(
        commit=git(folder, "rev-parse", "HEAD"),
        date=git(folder, "show", "-s", "--format=%cs", "HEAD"),
        edited=bool(git(folder, "status", "--porcelain")),
        data=digest(*sources),
        lock=digest(folder / "requirements.txt"),
        versions={
            "Python": platform.python_version(),
            "helpers": version("oligometastatic-cervix-report"),
            **{name: version(name) for name in LIBRARIES},
        },
    )


def measured(folder: Path, file: str = MEASURED) -> dict[str, Any]:
    """What `make measure` or `make bench` wrote down; empty where it has not run."""
    path = folder / file
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def seconds(env: BuildEnvironment, docname: str) -> float | None:
    """How long a page's notebook took to run: now, or as measured where a build must be repeatable."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        page = measured(Path(env.srcdir)).get("pages", {}).get(docname, {})
        return page.get("seconds_to_execute")
    ran = NbMetadataCollector.get_doc_data(env).get(docname, {}).get("exec_data")
    return None if ran is None else ran["runtime"]


def _look_up(app: Sphinx, config: Config) -> None:
    """Find the origin; where it has changed, all pages are written again."""
    found = origin(Path(app.srcdir))
    config.book_origin = (found.commit, found.date, found.edited, found.data, found.lock)
    config.book_versions = tuple(found.versions.items())
    app.book_origin = found  # type: ignore[attr-defined]


def _foot(app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    context["book_origin"] = app.book_origin  # type: ignore[attr-defined]
    context["book_repository"] = getattr(app, "book_repository", None)
    context["book_seconds"] = seconds(app.env, pagename) if doctree is not None else None


class _Placeholder(nodes.General, nodes.Element):
    """Where a table goes once every page has been read."""


class Measurements(SphinxDirective):
    """`{measurements} NAME`: a table of figures of this build, or of those measured on a machine."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in _TABLES:
            raise self.error(f"no table is named {self.arguments[0]!r}; there are {[*_TABLES]}")
        for file in (MEASURED, BENCH):
            self.env.note_dependency(str(Path(self.env.srcdir, file)))
        return [_Placeholder(table=self.arguments[0])]


class Filling(SphinxPostTransform):
    """Put the tables in; by then it is known how long each notebook took."""

    default_priority = 5  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(_Placeholder)):
            head, rows = _TABLES[place["table"]](self.app)
            if rows:
                place.replace_self(_table(head, rows, self.env.docname))
            else:  # not measured
                place.parent.remove(place)


def _chapters(app: Sphinx) -> Iterator[str]:
    for docname in app.env.toctree_includes.get("book/index", []):
        if docname.startswith("notebooks/"):
            yield docname


def _execution(app: Sphinx) -> tuple[list[str], list[list[str]]]:
    rows = []
    for docname in _chapters(app):
        took = seconds(app.env, docname)
        cells = json.loads(Path(app.env.doc2path(docname)).read_text(encoding="utf-8"))["cells"]
        code = sum(cell["cell_type"] == "code" for cell in cells)
        rows.append([docname, str(code), "not measured" if took is None else f"{took:.1f}"])
    return ["Chapter", "Code cells", "Seconds to execute"], rows


def _weights(app: Sphinx) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            docname,
            f"{page['kilobytes']:.0f}",
            str(page["requests"]),
            f"{page['largest_paint_seconds']:.2f}",
        ]
        for docname, page in measured(Path(app.srcdir)).get("pages", {}).items()
        if docname in app.env.found_docs
    ]
    return ["Page", "Kilobytes, compressed", "Files", "Seconds to the largest picture"], rows


def _bench(app: Sphinx) -> dict[str, Any]:
    return measured(Path(app.srcdir), BENCH)


def _speed(app: Sphinx) -> tuple[list[str], list[list[str]]]:
    """A row a statistic: what it takes here, and in each other program how many times as long."""
    statistics = _bench(app).get("statistics", [])
    peers = list(dict.fromkeys(peer for row in statistics for peer in row["peers"]))
    rows = []
    for row in statistics:
        cells = [row["statistic"], f"{row['microseconds']:g} µs"]
        for peer in peers:
            other = row["peers"].get(peer)
            told = other and f"{other['milliseconds']:g} ms, {other['ratio']:,.0f} times"
            cells.append(told or "not compared")
        rows.append(cells)
    return ["One cohort", "helpers.batch", *peers], rows


def _growth(app: Sphinx) -> tuple[list[str], list[list[str]]]:
    found = _bench(app).get("by_patients", [])
    names = [name for name in (found[0] if found else {}) if name != "patients"]
    rows = [[str(row["patients"]), *(f"{row[name]:g}" for name in names)] for row in found]
    return ["Patients", *(f"{name}, microseconds" for name in names)], rows


def _constraints(app: Sphinx) -> tuple[list[str], list[list[str]]]:
    rows = [
        [str(row["constraints"]), row["last"], f"{row['microseconds']:g}"]
        for row in _bench(app).get("by_constraints", [])
    ]
    return ["Constraints", "The last of them", "Microseconds an evaluation"], rows


_THROUGHPUT = {
    "cohorts": "Cohorts, each printing every number",
    "workers": "Cores",
    "cohorts_a_second": "Found in a second",
    "seconds_to_find": "Seconds to find all",
    "seconds_to_analyse": "Seconds to verify and analyse all",
    "seconds": "Seconds in all",
}


def _throughput(app: Sphinx) -> tuple[list[str], list[list[str]]]:
    found = _bench(app).get("ensemble", {})
    rows = [[words, f"{found[name]:g}"] for name, words in _THROUGHPUT.items() if name in found]
    return ["The ensemble", "Measured"], rows


def _machine(app: Sphinx, file: str = MEASURED) -> tuple[list[str], list[list[str]]]:
    machine = measured(Path(app.srcdir), file).get("machine", {})
    return ["Measured on", "What it is"], [[name, str(value)] for name, value in machine.items()]


_TABLES = {
    "execution": _execution,
    "weights": _weights,
    "machine": _machine,
    "speed": _speed,
    "growth": _growth,
    "constraints": _constraints,
    "throughput": _throughput,
    "bench-machine": partial(_machine, file=BENCH),
}


def _table(head: list[str], rows: list[list[str]], docname: str) -> nodes.table:
    """A table whose first column holds names of pages, where they are such."""
    table, group = nodes.table(classes=["measurements"]), nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(head))
    group += nodes.tbody("", *(_row([_page(row[0], docname), *row[1:]]) for row in rows))
    table += group
    return table


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
    for name in ("book_origin", "book_versions"):
        app.add_config_value(name, (), "html", tuple)
    app.connect("config-inited", _look_up, priority=160)
    app.connect("html-page-context", _foot)
    app.add_node(_Placeholder)
    app.add_directive("measurements", Measurements)
    app.add_post_transform(Filling)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
