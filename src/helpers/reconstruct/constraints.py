"""From the entries and rules of a study to a programme of arrays, which `evaluation` interprets."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import copysign, inf, log10
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..published import Entry, Study
from . import priors
from .codes import (
    AT_RISK,
    COUNT,
    COX_ONLY,
    COX_P,
    GROWTH,
    HAZARD_RATIO,
    KM,
    KM_MEDIAN,
    LOGRANK,
    MAXIMUM,
    MEDIAN,
    MINIMUM,
    ORDER,
    SHARE,
    code,
)
from .layout import Places

IN, AT_MOST, ABOVE, AT_LEAST = range(4)
# How far from its target, in its own unit, counts as one violation.
_SCALE = {COUNT: 1.0, SHARE: 2.0, MEDIAN: 2.0, MINIMUM: 2.0, MAXIMUM: 4.0, AT_RISK: 1.0, ORDER: 0.5}
_SCALE |= {
    KM: 2.0,
    KM_MEDIAN: 2.0,
    GROWTH: 0.5,
    LOGRANK: 0.2,
    COX_P: 0.2,
    HAZARD_RATIO: 0.2,
    COX_ONLY: 0.2,
}
_BESIDE = 1e-7
"""A time just before or after another: less than the last decimal of any column."""


class Programme(NamedTuple):
    """The constraints of a study as arrays; a row a constraint, condition, derivation or covariate."""

    derive: NDArray[np.int64]  # operation, output column, first input, second input
    group_in_child: NDArray[np.bool_]
    condition: NDArray[np.int64]  # group, column, test
    condition_value: NDArray[np.float64]  # a bound
    condition_levels: NDArray[np.bool_]  # condition, level: whether it is one of the levels
    covariate: NDArray[np.int64]  # model, group or -1, column or -1
    covariate_per: NDArray[np.float64]
    model: NDArray[np.int64]  # time column, event column
    what: NDArray[np.int64]  # kind, first index, second, third, fourth
    number: NDArray[np.float64]  # lowest, highest, scale, parameter, and two times of a median


class Layout(Places):
    """Where everything is, and the constraints in their order of evaluation."""

    def __init__(self, study: Study) -> None:
        super().__init__(study)
        self.labels: list[str] = []
        self.programme = self._compile()

    def _compile(self) -> Programme:
        study = self.study
        conditions, values, levels = [], [], []
        for number, group in enumerate(study.groups.values()):
            for condition in group.where:
                column = self.column(group.table, condition.column)
                codes: list[int] = []
                if condition.one_of is not None:
                    spec = study.tables[group.table].columns.get(condition.column)
                    codes = [
                        int(priors.encode(spec, level) if spec else float(level))
                        for level in condition.one_of
                    ]
                    test, value = IN, 0.0
                elif condition.at_most is not None:
                    test, value = AT_MOST, condition.at_most
                elif condition.above is not None:
                    test, value = ABOVE, condition.above
                else:
                    test, value = AT_LEAST, condition.at_least or 0.0
                conditions.append((number, column, test))
                values.append(value)
                levels.append(codes)
        covariates, pers, models = [], [], []
        for number, model in enumerate(study.models.values()):
            models.append(self.endpoint(model.endpoint))
            for covariate in model.covariates.values():
                member = -1 if covariate.group is None else self._groups.index(covariate.group)
                column = (
                    -1 if covariate.column is None else self.column(self.root, covariate.column)
                )
                covariates.append((number, member, column))
                pers.append(covariate.per)
        rows = sorted([*self._rules(), *self._entries()], key=lambda row: row[1][0])
        self.labels = [label for label, *_ in rows]
        return Programme(
            derive=_array(self.derive, 4, np.int64),
            group_in_child=np.array([g.table == self.child for g in study.groups.values()], bool),
            condition=_array(conditions, 3, np.int64),
            condition_value=np.array(values, float),
            condition_levels=_memberships(levels),
            covariate=_array(covariates, 3, np.int64),
            covariate_per=np.array(pers, float),
            model=_array(models, 2, np.int64),
            what=_array([row[1] for row in rows], 5, np.int64),
            number=_array([(*row[2], 0.0, 0.0)[:6] for row in rows], 6, np.float64),
        )

    def _rules(self) -> Iterator[tuple[str, tuple[int, ...], tuple[float, ...]]]:
        """One constraint for each pair of columns, the strictest of its rules, named by the first."""
        labels: dict[tuple[str, str, str], str] = {}
        strict: dict[tuple[str, str, str], bool] = {}
        for rule in self.study.rules:
            if rule.limit is None:
                continue  # a date, drawn after the search so that it holds
            pair = rule.table, rule.column, rule.limit
            relation = "not after" if rule.before is None else "before"
            labels.setdefault(pair, f"{rule.column} {relation} {rule.limit}")
            strict[pair] = strict.get(pair, False) or rule.before is not None
        for (table, name, limit), label in labels.items():
            column, other = self.column(table, name), self.column(self.root, limit)
            code = (ORDER, column, other, int(table == self.child), int(strict[table, name, limit]))
            yield label, code, (0.0, 0.0, _SCALE[ORDER], 0.0)

    def _entries(self) -> Iterator[tuple[str, tuple[int, ...], tuple[float, ...]]]:
        for entry in self.study.targets:
            asked = code(entry.estimand, self)
            if asked is None:
                continue
            kind = asked.what.kind
            low, high = _bounds(entry, kind)
            times = _times(entry) if kind == KM_MEDIAN else (0.0, 0.0)
            yield entry.id, asked.what, (low, high, _SCALE[kind], asked.parameter, *times)


def _array(rows: list[tuple[Any, ...]], width: int, dtype: type) -> NDArray[Any]:
    return np.array(rows, dtype).reshape(len(rows), width)


def _memberships(levels: list[list[int]]) -> NDArray[np.bool_]:
    """A row a condition, a column a level, as many as the highest that is named."""
    highest = max((level for named in levels for level in named), default=-1)
    out = np.zeros((len(levels), highest + 1), bool)
    for row, named in zip(out, levels, strict=True):
        row[named] = True
    return out


def _bounds(entry: Entry, kind: int) -> tuple[float, float]:
    """Limits between which a statistic agrees with the entry, a little inside its own."""
    if kind in (COX_ONLY, KM_MEDIAN):
        return 0.0, 0.0
    on_log_scale = kind in (LOGRANK, COX_P, HAZARD_RATIO)
    limits = entry.limits
    if limits.low is not None and limits.high is not None:
        middle = float((limits.low + limits.high) / 2)
        half = float((limits.high - limits.low) / 2) * 0.98
        low, high = middle - half, middle + half
    else:
        share = 0.05 if on_log_scale else 1e-10
        low = -inf if limits.low is None else _inside(limits.low, limits.low_counts, 1, share)
        high = inf if limits.high is None else _inside(limits.high, limits.high_counts, -1, share)
    if on_log_scale:
        low, high = (log10(bound) if bound > 0 else -inf for bound in (low, high))
    return low, high


def _times(entry: Entry) -> tuple[float, float]:
    """Until when a curve stays above one half, and by when it is not; infinite without a limit.

    The median is the first time at which the curve is at most one half. So it is within its limits
    if and only if the curve is above one half until just before, or just after, the lower end, and
    no more just before, or just after, the upper one, by which of the ends count.
    """
    if isinstance(entry.value, str):  # not reached
        return inf, inf
    limits = entry.limits
    until, by = -inf, inf
    if limits.low is not None:
        until = float(limits.low) + (-_BESIDE if limits.low_counts else _BESIDE)
    if limits.high is not None:
        by = float(limits.high) + (_BESIDE if limits.high_counts else -_BESIDE)
    return until, by


def _inside(end: Fraction, counts: bool, way: int, share: float) -> float:
    """An end that counts, or else a value beside it, by a share of it upwards (1) or downwards (-1)."""
    value = float(end)
    if counts:
        return value
    return value * (1 + way * copysign(share, value)) if value else way * 1e-9
