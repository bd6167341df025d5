"""From the entries and rules of a study to a programme of arrays, which `evaluation` interprets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..published import Study
from . import priors
from .accepted import accepted, times
from .codes import (
    AS_POWERS,
    AT_RISK,
    COUNT,
    COX_ONLY,
    GROWTH,
    KM_OF_ROWS,
    MAXIMUM,
    MEAN,
    MEDIAN,
    MINIMUM,
    OF_CURVES,
    ORDER,
    QUANTILE,
    SD,
    SHARE,
    WITH_A_TIME,
    code,
)
from .layout import Places

IN, AT_MOST, ABOVE, AT_LEAST = range(4)
# How far from its target, in its own unit, counts as one violation.
_SCALE = {COUNT: 1.0, SHARE: 2.0, MEDIAN: 2.0, MINIMUM: 2.0, MAXIMUM: 4.0, AT_RISK: 1.0, ORDER: 0.5}
_SCALE |= {MEAN: 1.0, SD: 1.0, QUANTILE: 2.0, GROWTH: 0.5, COX_ONLY: 0.2, KM_OF_ROWS: 2.0}
_SCALE |= dict.fromkeys(OF_CURVES, 2.0) | dict.fromkeys(AS_POWERS, 0.2)


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
    number: NDArray[np.float64]  # lowest, highest, scale, parameter, and two times or errors
    strata: NDArray[np.bool_]  # set of strata, group


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
            strata=_flags(self.strata, len(study.groups)),
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
            low, high = accepted(entry, kind, self.study.margins)
            more = times(entry) if kind in WITH_A_TIME else (asked.errors, 0.0)
            yield entry.id, asked.what, (low, high, _SCALE[kind], asked.parameter, *more)


def _array(rows: list[tuple[Any, ...]], width: int, dtype: type) -> NDArray[Any]:
    return np.array(rows, dtype).reshape(len(rows), width)


def _memberships(levels: list[list[int]]) -> NDArray[np.bool_]:
    """A row a condition, a column a level, as many as the highest that is named."""
    highest = max((level for named in levels for level in named), default=-1)
    return _flags(levels, highest + 1)


def _flags(sets: Sequence[Sequence[int]], width: int) -> NDArray[np.bool_]:
    """A row a set of numbers, a column a number."""
    out = np.zeros((len(sets), width), bool)
    for row, named in zip(out, sets, strict=True):
        row[list(named)] = True
    return out
