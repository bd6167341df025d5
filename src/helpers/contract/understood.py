"""What was understood of valid tables, and what in them looks odd: for a reader to see a slip.

A flag with 0 and 1 exchanged, times in years or a column filled with one value meet every limit of a
contract. Nothing here refuses; it says what to look at.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..published import Endpoint, Study
from .derived import members

_FEW = 5  # rows from which a pattern is worth a word
_MANY_AT_0 = 0.1
_EARLY = 0.25  # of all times, the share that is called early
_RARE = 0.05  # how often times that tell nothing of the event look exchanged
_SHORT = {"months": 15, "days": 150, "weeks": 60}  # no time beyond: another unit is likely


def facts(study: Study, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Endpoints with events and follow-up, dates, and sizes of groups: a line each, where there are any.

    Parameters
    ----------
    study : Study
    tables : dict of DataFrames
        With the columns that are derived.

    Returns
    -------
    list of str
    """
    lines = []
    for endpoint in study.endpoints.values():
        if endpoint.time not in tables[study.first]:
            continue
        times, happened = _of(study, tables, endpoint)
        lines.append(
            f"{endpoint.label}: {endpoint.event} is 1 in {happened.sum()}{_middle(times[happened])} "
            f"and 0 in {(~happened).sum()}{_middle(times[~happened])}; "
            f"{endpoint.time} {_spread(times, study.unit_of(endpoint))}"
        )
    for table, spec in study.tables.items():
        for name, column in spec.columns.items():
            if column.type == "date":
                dates = tables[table][name].dropna().dt.date
                lines.append(f"{name}: {_from_to(dates)}")
    sizes: dict[str, list[str]] = {}
    for name, group in study.groups.items():
        try:
            size = members(study, tables, name).sum()
        except KeyError:  # of columns or levels that the cohort has not
            continue
        sizes.setdefault(group.table, []).append(f"{group.label} {size}")
    lines.extend(f"groups of {table}: {', '.join(groups)}" for table, groups in sizes.items())
    return lines


def odd(study: Study, tables: dict[str, pd.DataFrame]) -> list[str]:
    """What meets the contract and may all the same be a slip: a sentence each.

    Parameters
    ----------
    study : Study
    tables : dict of DataFrames
        With the columns that are derived.

    Returns
    -------
    list of str
    """
    sentences: list[str] = []
    for endpoint in study.endpoints.values():
        if not endpoint.derived:
            times, happened = _of(study, tables, endpoint)
            if len(times) >= _FEW:
                sentences.extend(_about(endpoint, times, happened, study.unit_of(endpoint)))
    for table, spec in study.tables.items():
        frame = tables[table]
        if len(frame) < _FEW:
            continue
        same = [name for name in spec.columns if (frame[name] == frame[name].iloc[0]).all()]
        if same:
            sentences.append(f"{table}.csv: one value in all rows of {', '.join(same)}")
    return sentences


def _about(
    endpoint: Endpoint, times: pd.Series[float], happened: pd.Series[bool], unit: str
) -> Iterator[str]:
    event, time = endpoint.event, endpoint.time
    at_start = int((times == 0).sum())
    if at_start == len(times):
        yield f"{time} is 0 in every row"
        return
    if at_start > _MANY_AT_0 * len(times):
        yield f"{time} is 0 in {at_start} of {len(times)} rows"
    limit = _SHORT.get(unit)
    if limit is not None and times.max() < limit:
        yield f"no {time} is beyond {times.max():g}: are these {unit}?"
    if not happened.any() or happened.all():
        yield f"{event} is {int(happened.all())} in every row"
        return
    if happened.sum() > (~happened).sum():
        yield (
            f"{event} is 1 in {happened.sum()} of {len(times)} rows, more often than not: "
            "1 is that it happened, 0 that it had not when she was last seen"
        )
    if times[happened].min() > np.quantile(times, _EARLY):
        yield (
            f"no row with {event} 1 is among the shortest {_EARLY:.0%} of {time}; "
            f"the first is at {times[happened].min():g}"
        )
    from scipy.stats import mannwhitneyu

    with_event, without = times[happened], times[~happened]
    if mannwhitneyu(with_event, without, alternative="greater").pvalue < _RARE:
        yield (
            f"rows with {event} 1 have a longer {time} (median {with_event.median():g}) than rows "
            f"with 0 ({without.median():g}): are 0 and 1 exchanged?"
        )


def _of(
    study: Study, tables: dict[str, pd.DataFrame], endpoint: Endpoint
) -> tuple[pd.Series[float], pd.Series[bool]]:
    frame = tables[study.first]
    return frame[endpoint.time].astype(float), frame[endpoint.event] == 1


def _spread(values: pd.Series[float], unit: str) -> str:
    return f"median {values.median():g} {unit} ({values.min():g} to {values.max():g})"


def _middle(values: pd.Series[float]) -> str:
    return f" (median {values.median():g})" if len(values) else ""


def _from_to(dates: pd.Series[datetime.date]) -> str:
    return f"{dates.min()} to {dates.max()}" if len(dates) else "none"
