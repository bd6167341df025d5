"""Cohorts drawn from a reference measure, together with the abstract that each prints.

The sampler draws cohorts given an abstract; this draws them given nothing, by the definition of the
measure alone, and keeps those that can print an abstract of the study's form. It shares the priors
of single columns with the sampler, and nothing else: not the statistics, not the endpoint.

What is kept has to be decided by the abstract and the rules that the sampler also keeps to. Then the
cohort is a draw from the measure given its abstract, as the members of the ensemble claim to be, and
its place among them is uniform (Cook, Gelman and Rubin 2006, doi:10.1198/106186006X136976; Talts and
others 2018, arXiv:1804.06788).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..cohort import Cohort, derive, members, of_tables
from ..published import AtRisk, CoxOnly, Hazard, Measure, Study
from ..published.prior import Lognormal
from ..reconstruct import priors
from ..reconstruct.writing import written_out
from .printing import Unprintable, abstract, printed

_Floats = NDArray[np.float64]


class UndrawableError(ValueError):
    """No cohort of a measure was found that prints an abstract of the form."""


@dataclass(frozen=True)
class Truth:
    """A cohort that is known, and what is known of it.

    Attributes
    ----------
    cohort : Cohort
        Of the study whose entries are the cohort's own abstract.
    log_ratios : mapping of str to float
        Log hazard ratio of each group of the measure from which the cohort was drawn; empty where
        the measure has none.
    drawn : int
        Cohorts that were drawn until one could print such an abstract.
    """

    cohort: Cohort
    log_ratios: Mapping[str, float]
    drawn: int

    @property
    def study(self) -> Study:
        """The abstract that it prints."""
        return self.cohort.study


def draw(study: Study, measure: str, rng: np.random.Generator, attempts: int = 100_000) -> Truth:
    """Draw a cohort from a measure of a study until it can print an abstract of the study's form.

    Parameters
    ----------
    study : Study
    measure : str
        Name of one of its measures.
    rng : numpy.random.Generator
    attempts : int
        Cohorts to draw at most.

    Returns
    -------
    Truth

    Raises
    ------
    UndrawableError
        When none could.
    """
    reason = "none was drawn"
    decisive = [
        entry for entry in study.targets if isinstance(entry.estimand, (AtRisk, CoxOnly))
    ]  # most cohorts fail these
    for drawn in range(1, attempts + 1):
        tables, log_ratios = _cohort(study, study.measures[measure], rng)
        if not _in_order(study, tables):
            reason = "a time is later than another lets it be"
            continue
        cohort = of_tables(tables, study, f"drawn from {measure}")
        try:
            missing = [entry.id for entry in decisive if printed(cohort, entry) is None]
            if missing:
                reason = f"{missing[0]}: nothing to print"
                continue
            found = abstract(cohort)
        except Unprintable as error:
            reason = str(error)
            continue
        return Truth(replace(cohort, study=found.study), log_ratios, drawn)
    raise UndrawableError(
        f"measures.{measure}: no cohort that prints such an abstract was drawn in {attempts:,} "
        f"attempts; the last one: {reason}"
    )


def _cohort(
    study: Study, measure: Measure, rng: np.random.Generator
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """Tables by the priors of their columns, and the exits by the measure."""
    root, *children = study.tables
    size = study.entries[study.tables[root].rows or ""].value
    assert isinstance(size, int)
    drawn = {root: pd.DataFrame(priors.draw(study, root, size, rng))}
    owner = np.zeros(0, np.int64)
    for name in children:
        per_row = study.tables[name].per_row or {}
        weights = np.array(list(per_row.values()), float)
        counts = rng.choice(list(per_row), size, p=weights / weights.sum())
        owner = np.repeat(np.arange(size), counts.astype(np.intp))
        drawn[name] = pd.DataFrame(priors.draw(study, name, len(owner), rng))
    tables = written_out(study, drawn, owner, rng)
    if measure.endpoint is None or measure.event is None or measure.censoring is None:
        return tables, {}
    loaded = derive(study, tables)
    inside = np.array([members(study, loaded, group) for group in measure.groups], bool)
    inside = inside.reshape(len(measure.groups), size)
    log_ratios = np.zeros(len(measure.groups))
    if measure.event.log_ratio is not None:
        normal = measure.event.log_ratio
        log_ratios = rng.normal(normal.mean, normal.sd, len(measure.groups))
        cells = np.zeros(size, int)
    else:
        cells = 2 ** np.arange(len(measure.groups)) @ inside.astype(int)
    event = _times(measure.event, cells, log_ratios @ inside, rng)
    censoring = _times(measure.censoring, np.zeros(size, int), np.zeros(size), rng)
    endpoint = study.endpoints[measure.endpoint]
    column = study.tables[root].columns[endpoint.time]
    months = np.clip(np.minimum(event, censoring), *priors.limits(column))
    tables[root][endpoint.time] = np.round(months, column.decimals)
    tables[root][endpoint.event] = (event <= censoring).astype("int64")
    known = measure.event.log_ratio is not None
    return tables, dict(zip(measure.groups, map(float, log_ratios), strict=True)) if known else {}


def _times(
    hazard: Hazard, cells: NDArray[np.int64], log_ratio: _Floats, rng: np.random.Generator
) -> _Floats:
    """Times at which the cumulative hazard of each row reaches a standard exponential draw."""
    times = np.empty(len(cells))
    reached = rng.exponential(size=len(cells)) / np.exp(log_ratio)
    for cell in range(int(cells.max()) + 1):
        here = cells == cell
        if hazard.weibull is not None:
            median, shape = (
                _parameter(p, rng) for p in (hazard.weibull.median, hazard.weibull.shape)
            )
            times[here] = median * (reached[here] / log(2)) ** (1 / shape)
        elif hazard.piecewise is not None:
            cuts = np.array([0.0, *hazard.piecewise.cuts])
            rates = np.array([_parameter(hazard.piecewise.rate, rng) for _ in cuts])
            at_cuts = np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(cuts))])
            piece = np.searchsorted(at_cuts, reached[here], side="right") - 1
            times[here] = cuts[piece] + (reached[here] - at_cuts[piece]) / rates[piece]
    return times


def _parameter(spec: float | Lognormal, rng: np.random.Generator) -> float:
    """A parameter as it is given, or drawn from its prior."""
    if isinstance(spec, Lognormal):
        return float(spec.median * np.exp(rng.normal(0, spec.sd_log)))
    return spec


def _in_order(study: Study, tables: dict[str, pd.DataFrame]) -> bool:
    """Whether times are in the order that the rules want, those that bind the search among them."""
    for rule in study.rules:
        if rule.limit is None:
            continue
        table = study.tables[rule.table]
        limits = tables[study.first][rule.limit]
        if table.of is not None:
            owners = tables[table.of].set_index(study.tables[table.of].key)
            limits = tables[rule.table][table.parent].map(owners[rule.limit])
        values = tables[rule.table][rule.column]
        if rule.is_broken(values.astype(float), limits.astype(float)).any():
            return False
    return True
