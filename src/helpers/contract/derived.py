"""Which rows are in a group, and the columns that a study derives."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..published import Endpoint, Study
from .declared import can_hold


def members(study: Study, tables: dict[str, pd.DataFrame], group: str) -> NDArray[np.bool_]:
    """Which rows of a group's table meet its conditions; a missing value meets none.

    Raises
    ------
    KeyError
        With the name of a column that is missing, or of a group whose levels the cohort has not.
    """
    spec = study.groups[group]
    frame = tables[spec.table]
    inside = np.ones(len(frame), bool)
    for condition in spec.where:
        column = frame[condition.column]
        about = study.tables[spec.table].columns.get(condition.column)
        if about is not None and not can_hold(about.levels, condition):
            raise KeyError(group)
        if condition.one_of is not None:
            inside &= column.isin(condition.one_of).to_numpy()
        elif condition.at_most is not None:
            inside &= (column.astype(float) <= condition.at_most).to_numpy(bool)
        elif condition.above is not None:
            inside &= (column.astype(float) > condition.above).to_numpy(bool)
        else:
            inside &= (column.astype(float) >= (condition.at_least or 0.0)).to_numpy(bool)
    return inside


def _first(
    study: Study, frame: pd.DataFrame, endpoint: Endpoint
) -> tuple[pd.Series[float], pd.Series[float]]:
    """The first event of an endpoint in each row, missing without one, and the end of follow-up."""
    onsets, others = study.parts(endpoint)
    events = [frame[column].astype(float) for column in onsets]
    ends = [frame[endpoint.end].astype(float)] if endpoint.end is not None else []
    for other in others:
        time = frame[other.time].astype(float)
        events.append(time.where(frame[other.event] == 1))
        ends.append(time)
    return reduce(_earlier, events), reduce(_earlier, ends)


def _earlier(one: pd.Series[float], other: pd.Series[float]) -> pd.Series[float]:
    """The earlier of two times, or the one that is there."""
    return pd.Series(np.fmin(one, other), one.index)


def derive(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables with the columns that a study derives: summaries, endpoints and groupings.

    What would be made of a column that is missing is left out.
    """
    tables = {name: frame.copy() for name, frame in tables.items()}
    for name, derived in study.derived.items():
        frame, child = tables[derived.table], tables[derived.child]
        if derived.column is not None and derived.column not in child:
            continue
        grouped = child.groupby(study.tables[derived.child].parent)
        if derived.how == "count":
            summary = grouped.size()
        else:
            summary = grouped[str(derived.column)].agg("max" if derived.how == "maximum" else "min")
        frame[name] = frame[study.tables[derived.table].key].map(summary)
    frame = tables[study.first]
    for endpoint in study.endpoints.values():
        if endpoint.derived and set(study.parts(endpoint)[0]) <= set(frame):
            onset, end = _first(study, frame, endpoint)
            frame[endpoint.event] = (onset <= end).astype("int64")
            frame[endpoint.time] = onset.where(onset <= end, end)
    for name, groups in study.groupings.items():
        tested = {test.column for group in groups for test in study.groups[group].where}
        if not tested <= set(frame):
            continue
        labels = [study.groups[group].label for group in groups]
        values = np.full(len(frame), None, object)
        for group, label in zip(groups, labels, strict=True):
            values[members(study, tables, group)] = label
        frame[name] = pd.Categorical(values, categories=labels, ordered=True)
    return tables
