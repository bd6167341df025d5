"""Tables without what identifies a patient: what a book of aggregates is computed from.

No page can show what its notebook never had. Identifiers become numbers in an order that is not that
of the file, dates become years, times whole months, ages multiples of five, and columns that the
contract does not name are left out. Recodings of this kind are described in Hundepool et al.,
*Statistical Disclosure Control* (2012), chapter 3, doi 10.1002/9781118348239.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..disclosure import HIDDEN
from ..published import Column, Study
from .ties import UNITS_OF_TIME

_AGES = 5
_OLDEST = 90
"""Ages from here on are one: the rule of the Safe Harbor of HIPAA, 45 CFR 164.514."""
_ROUNDING = 1e-9  # an hour in a hundred thousand years: a time that is whole but for its last bits


def coarsened(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables of which no row can be told from the file by an identifier, a date, an age or a time.

    Parameters
    ----------
    study : Study
    tables : dict of DataFrames
        As the contract has them, without the columns that are derived.

    Returns
    -------
    dict of DataFrames
        The same columns and the same number of rows, in another order. Times are rounded up, so that
        who has had an event by the end of a whole month is the same as before, and no time but 0
        becomes 0.
    """
    found: dict[str, pd.DataFrame] = {}
    called: dict[str, dict[str, str]] = {}
    for name, spec in study.tables.items():
        frame = tables[name]
        there = {column: about for column, about in spec.columns.items() if column in frame}
        coarse = pd.DataFrame(
            {column: _coarse(frame[column], about) for column, about in there.items()}
        )
        order = [column for column, about in there.items() if about.type != "id"]
        if spec.of is not None:
            coarse[spec.parent] = coarse[spec.parent].map(called[spec.of])
        coarse = coarse.sort_values(order, kind="stable", ignore_index=True)
        called[name] = {old: f"{HIDDEN}{row}" for row, old in enumerate(coarse[spec.key], 1)}
        coarse[spec.key] = list(called[name].values())
        found[name] = coarse
    return found


def _coarse(values: pd.Series, column: Column) -> pd.Series:
    if column.type == "date":
        return values.dt.to_period("Y").dt.to_timestamp()
    if column.type == "number":
        if column.unit in UNITS_OF_TIME:
            return np.ceil(values - _ROUNDING).clip(lower=0) + 0.0
        return values.map(lambda value: float(f"{value:.2g}"))
    if column.type == "integer" and column.unit == "years":
        nearest = (values + _AGES // 2) // _AGES * _AGES
        return nearest.clip(upper=_OLDEST)
    return values
