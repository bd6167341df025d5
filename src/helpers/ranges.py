"""Beside a number that is not printed: where it lies in the cohorts that print the same.

The numbers come from `data/unprinted.csv`, which `make unprinted` writes; pandas alone is needed to read
them. In a chapter, after the cell that computes the numbers of this cohort:

```python
ranges.show(
    {
        "survival.median.small": small.median,
        "survival.mean-difference-36.site": difference.estimate,
    },
    caption="Medians and means of this chapter that are not printed",
)
```

and in prose, through `page.quote`, `ranges.text("survival.median.small")`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import isinf, isnan

import pandas as pd

from . import published, tables
from .published import Study

ENVELOPE = "envelope"
"""In place of a measure: from the least lower end to the greatest upper one."""
_POINTS = " points"


@cache
def table() -> pd.DataFrame:
    """The table: a row a quantity and measure, as `helpers.ensemble.quoted.ranges` describes it."""
    return pd.read_csv(published.DATA / "unprinted.csv")


def show(values: Mapping[str, float | None], caption: str, study: Study | None = None) -> None:
    """Display numbers of this cohort, each beside its 95% range over the ensemble; see `beside`.

    Parameters
    ----------
    values : mapping of str to float or None
        What this cohort gives, by quantity; shares from 0 to 1, infinity for a median that is not
        reached, None or NaN where it gives none.
    caption : str
        What the numbers are. How to read the table is added.
    study : Study, optional
        The shipped one when left out.
    """
    cohorts = max(int(_of(quantity)["cohorts"][ENVELOPE]) for quantity in values)
    words = (
        f"{caption}: in this cohort, and in {cohorts:,} that agree with the abstract, all synthetic. Each "
        "way of drawing has the middle 95% of its cohorts; the widest reach goes from the least of their "
        "lower ends to the greatest of their upper ends"
    )
    tables.show(beside(values, study), caption=words)


def beside(values: Mapping[str, float | None], study: Study | None = None) -> pd.DataFrame:
    """Numbers of this cohort, each beside its 95% range over the ensemble.

    Parameters
    ----------
    values, study
        See `show`.

    Returns
    -------
    DataFrame
        A row a quantity, in words: `quantity`, `this_cohort`, `all_measures` (the envelope), a column
        for each reference measure under its label, and `cohorts`, those of the ensemble that give the
        quantity.

    Raises
    ------
    ValueError
        For a quantity that the table has not.
    """
    measures = (study or published.load()).measures
    rows = []
    for quantity, value in values.items():
        found = _of(quantity)
        first = found.iloc[0]
        style = _style(first["unit"])
        row = {"quantity": _with_unit(first["words"], first["unit"])}
        row["this_cohort"] = _written(value, style)
        row["all_measures"] = text(quantity)
        for name in found.index.drop(ENVELOPE):
            row[measures[name].label] = text(quantity, name)
        rows.append({**row, "cohorts": int(found["cohorts"][ENVELOPE])})
    return pd.DataFrame(rows)


def text(quantity: str, measure: str = ENVELOPE) -> str:
    """The 95% range of a quantity over the cohorts of a measure, such as `−10.8 to −1.9`.

    Raises
    ------
    ValueError
        For a quantity or a measure that the table has not.
    """
    found = _of(quantity)
    if measure not in found.index:
        raise ValueError(f"{quantity}: one of {list(found.index)} was expected, found {measure!r}")
    style = _style(str(found["unit"].iloc[0]))
    ends = [_written(float(found[end][measure]), style) for end in ("lower", "upper")]
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(_POINTS)} to {ends[1]}"


def _of(quantity: str) -> pd.DataFrame:
    rows = table()[table()["quantity"] == quantity]
    if rows.empty:
        raise ValueError(f"data/unprinted.csv has no quantity {quantity!r}")
    return rows.set_index("measure")


def _with_unit(words: str, unit: str) -> str:
    said = unit not in ("months", "mm") or words.startswith(unit.capitalize())
    return words if said else f"{words}, in {unit}"


def _written(value: float | None, style: Callable[[float | None], str]) -> str:
    if value is None or isnan(value):
        return tables.NOT_COMPUTABLE
    return tables.NOT_REACHED if isinf(value) else style(value)


def _style(unit: str) -> Callable[[float | None], str]:
    """How numbers of a unit are written."""
    styles: dict[str, Callable[[float | None], str]] = {
        "share": tables.percent,
        "points": lambda value: f"{tables.number(100 * (value or 0.0))}{_POINTS}",
        "months": tables.number,
        "mm": tables.number,
        "ratio": _ratio,
        "p": tables.p_in_table,
        "index": lambda value: tables.number(value, 2),
        "variance": lambda value: tables.number(value, 2),
        "statistic": lambda value: tables.number(value, 2),
        "coefficient": lambda value: tables.number(value, 2),
        "rate": lambda value: tables.number(value, 2),
        "number": tables.number,
    }
    return styles.get(unit, tables.count)


def _ratio(value: float | None) -> str:
    size = abs(value or 0.0)
    return tables.number(value, 2 if size < 9.995 else 1 if size < 99.95 else 0)
