"""`{columns-needed}`: which columns a cohort of one's own needs, and what falls away without each other.

What falls away was found by running the chapters without the column, and a test does it again; no
library follows what the cells of a notebook need.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

from helpers.published import Study

from .dictionary import Generated

FALLS_AWAY = Path(__file__).with_name("falls_away.csv")
"""Table, column, chapter without its number, and section, each by a row."""
_NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"


def falls_away() -> dict[tuple[str, str], dict[str, list[str]]]:
    """The sections of each chapter that say so where a column is missing, by table and column."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    with FALLS_AWAY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            chapters = found.setdefault((row["table"], row["column"]), {})
            chapters.setdefault(row["chapter"], []).append(row["section"])
    return found


class ColumnsNeeded(Generated):
    """`{columns-needed}`: a row for each column of the contract, those that are needed first."""

    head = ("Column", "What falls away without it")
    widths = (35, 65)

    def rows(self, study: Study) -> Iterator[tuple[str, ...]]:
        """A row for all needed columns, and one for each other."""
        self.env.note_dependency(str(FALLS_AWAY))
        needed = (
            f"`{name}` in {table}.csv"
            for table, spec in study.tables.items()
            for name, column in spec.columns.items()
            if column.needed
        )
        yield "\n\n".join(needed), "Everything: these are needed."
        sections = falls_away()
        covariates = [
            covariate for model in study.models.values() for covariate in model.covariates.values()
        ]
        for table, spec in study.tables.items():
            for name, column in spec.columns.items():
                if not column.needed:
                    words = [*_words(sections.get((table, name), {}))]
                    if any(name == covariate.column for covariate in covariates):
                        words.append(f"{_link(_MODELS)}: models are fitted without it.")
                    yield f"`{name}` in {table}.csv", "\n\n".join(words) or _LITTLE


_MODELS = "prognostic-factors"
_LITTLE = "Its rows in tables of who the patients are."


def _words(chapters: dict[str, list[str]]) -> Iterator[str]:
    for chapter, sections in sorted(chapters.items(), key=lambda found: _file(found[0])):
        yield f"{_link(chapter)}: {', '.join(f'*{section}*' for section in sections)}"


def _link(chapter: str) -> str:
    return f"[](../notebooks/{_file(chapter)})"


def _file(chapter: str) -> str:
    (path,) = _NOTEBOOKS.glob(f"[0-9][0-9]-{chapter}.ipynb")
    return path.name


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("columns-needed", ColumnsNeeded)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
