"""The empty tables of the contract, and a codebook in which every column of them is explained."""

from __future__ import annotations

import re

import pandas as pd

from .. import package
from ..contract.columns import expected
from ..published import Column, Study, Table

CODEBOOK = "codebook.csv"


def empty_tables(study: Study) -> dict[str, bytes]:
    """The tables of a study with a header and no rows, by the names of their files."""
    return {
        f"{name}.csv": package.csv(pd.DataFrame(columns=list(table.columns)))
        for name, table in study.tables.items()
    }


def codebook(study: Study) -> bytes:
    """A row for each column: its table, what is expected in it, its unit, and what it means."""
    rows = [
        {
            "table": f"{name}.csv",
            "column": column,
            "expected": expected(about),
            "unit": about.unit,
            "may be empty": "yes" if about.optional else "no",
            "meaning": meaning(about, table),
        }
        for name, table in study.tables.items()
        for column, about in table.columns.items()
    ]
    return package.csv(pd.DataFrame(rows))


def meaning(about: Column, table: Table) -> str:
    """What a column means in any cohort; what follows in its description is of the printed study."""
    if about.type == "id":
        return "Names the row; stands once."
    if about.type == "parent":
        allowed = sorted(table.per_row or {})
        return (
            f"Names the row of {table.of}.csv that this one is of; "
            f"{allowed[0]} to {allowed[-1]} rows for each."
        )
    return re.split(r"(?<=[.])\s", about.description, maxsplit=1)[0]
