"""From the entries of a study to a programme of arrays, and its compiled evaluation.

Nothing here knows a particular study: groups, endpoints, models and entries become numbers that
`evaluate` interprets. A study has one table with a printed number of rows, and at most one table
of rows that belong to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import singledispatch
from math import copysign, inf, log10, nan
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..published import (
    AtRisk,
    Count,
    CoxOnly,
    CoxTerm,
    Definition,
    Entry,
    KaplanMeier,
    LogRank,
    MonthsToSize,
    PublishedError,
    Share,
    Study,
    Summary,
    unknown,
)
from . import priors
from . import statistics as kernels

COUNT, SHARE, MEDIAN, MINIMUM, MAXIMUM, AT_RISK, ORDER, KM, GROWTH, LOGRANK = range(10)
COX_P, HAZARD_RATIO, COX_ONLY = range(10, 13)
_FIRST_COX = COX_P
IN, AT_MOST, ABOVE, AT_LEAST = range(4)
D_COUNT, D_MAXIMUM, D_MINIMUM, D_TIME, D_EVENT = range(5)
_CAP = 50.0
"""Violation of a statistic that cannot be computed; about the worst of one that can."""
_STEP = 0.1
"""Least violation of a statistic that is off at all, so that near misses still matter."""

# How far from its target, in its own unit, counts as one violation.
_SCALE = {COUNT: 1.0, SHARE: 2.0, MEDIAN: 2.0, MINIMUM: 2.0, MAXIMUM: 4.0, AT_RISK: 1.0, ORDER: 0.5}
_SCALE |= {KM: 2.0, GROWTH: 0.5, LOGRANK: 0.2, COX_P: 0.2, HAZARD_RATIO: 0.2, COX_ONLY: 0.2}


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
    number: NDArray[np.float64]  # lowest, highest, scale, parameter


class Layout:
    """Which column of which array holds what, and the constraints in their order of evaluation."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.root, *children = study.tables  # one with rows, and at most one that is of it
        self.child = children[0] if children else None
        self.columns = {table: self._own(table) for table in study.tables}
        self.width = {table: len(names) for table, names in self.columns.items()}
        self.used: set[tuple[str, str]] = set()
        self._derive: list[tuple[int, int, int, int]] = []
        self._groups = list(study.groups)
        self._models = list(study.models)
        self.labels: list[str] = []
        self.programme = self._compile()

    def _own(self, table: str) -> list[str]:
        columns = self.study.tables[table].columns
        return [name for name, column in columns.items() if not priors.filled_later(column)]

    def column(self, table: str, name: str) -> int:
        """Position of a column in its array; derived ones are added when first asked for."""
        names = self.columns[table]
        if name in names[: self.width[table]]:
            self.used.add((table, name))
        if name in names:
            return names.index(name)
        derived = self.study.derived.get(name)
        if derived is not None and derived.table == table == self.root:
            source = self.column(derived.child, derived.column) if derived.column else 0
            code = {"count": D_COUNT, "maximum": D_MAXIMUM, "minimum": D_MINIMUM}[derived.how]
            return self._add(table, name, code, source, 0)
        for endpoint in self.study.endpoints.values():
            if name in (endpoint.time, endpoint.event) and endpoint.onset and endpoint.end:
                code = D_TIME if name == endpoint.time else D_EVENT
                onset, end = self.column(table, endpoint.onset), self.column(table, endpoint.end)
                return self._add(table, name, code, onset, end)
        raise PublishedError(f"column {name!r} is filled in after the search and cannot steer it")

    def _add(self, table: str, name: str, *operation: int) -> int:
        self.columns[table].append(name)
        position = len(self.columns[table]) - 1
        self._derive.append((operation[0], position, *operation[1:]))  # type: ignore[arg-type]
        return position

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
            derive=_array(self._derive, 4, np.int64),
            group_in_child=np.array([g.table == self.child for g in study.groups.values()], bool),
            condition=_array(conditions, 3, np.int64),
            condition_value=np.array(values, float),
            condition_levels=_memberships(levels),
            covariate=_array(covariates, 3, np.int64),
            covariate_per=np.array(pers, float),
            model=_array(models, 2, np.int64),
            what=_array([row[1] for row in rows], 5, np.int64),
            number=_array([row[2] for row in rows], 4, np.float64),
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
            low, high = _bounds(entry, asked.what[0])
            yield entry.id, asked.what, (low, high, _SCALE[asked.what[0]], asked.parameter)

    def group(self, name: str) -> int:
        """Position of a group."""
        return self._groups.index(name)

    def endpoint(self, name: str) -> tuple[int, int]:
        """Positions of the time and the event of an endpoint."""
        endpoint = self.study.endpoints[name]
        return self.column(self.root, endpoint.time), self.column(self.root, endpoint.event)

    def term(self, model: str, term: str) -> tuple[int, int]:
        """Positions of a model, and of a term in it."""
        return self._models.index(model), list(self.study.models[model].covariates).index(term)


class Code(NamedTuple):
    """A statistic in numbers: its kind and what it is of, as `Programme.what` has them."""

    what: tuple[int, int, int, int, int]
    parameter: float = 0.0


@singledispatch
def code(estimand: object, layout: Layout) -> Code | None:
    """The code of an estimand, by its class; None where the search has no hand in it."""
    raise unknown(estimand, "helpers.reconstruct.constraints.code")


@code.register
def _(estimand: Definition, layout: Layout) -> Code | None:
    return None


@code.register
def _(estimand: Count, layout: Layout) -> Code | None:
    return Code((COUNT, layout.group(estimand.group), 0, 0, 0))


@code.register
def _(estimand: Share, layout: Layout) -> Code | None:
    return Code((SHARE, layout.group(estimand.group), layout.group(estimand.of), 0, 0))


@code.register
def _(estimand: Summary, layout: Layout) -> Code | None:
    table = layout.study.groups[estimand.group].table
    column = layout.study.tables[table].columns.get(estimand.column)
    if column is not None and priors.filled_later(column):
        return None
    kind = {"median": MEDIAN, "minimum": MINIMUM, "maximum": MAXIMUM}[estimand.statistic]
    return Code((kind, layout.group(estimand.group), layout.column(table, estimand.column), 0, 0))


@code.register
def _(estimand: KaplanMeier, layout: Layout) -> Code | None:
    place = layout.group(estimand.group), *layout.endpoint(estimand.endpoint)
    return Code((KM, *place, 0), estimand.time)


@code.register
def _(estimand: AtRisk, layout: Layout) -> Code | None:
    place = layout.group(estimand.group), *layout.endpoint(estimand.endpoint)
    return Code((AT_RISK, *place, 0), estimand.time)


@code.register
def _(estimand: LogRank, layout: Layout) -> Code | None:
    first, second = (layout.group(name) for name in estimand.groups)
    return Code((LOGRANK, first, *layout.endpoint(estimand.endpoint), second))


@code.register
def _(estimand: MonthsToSize, layout: Layout) -> Code | None:
    table = layout.study.groups[estimand.group].table
    months, size = layout.column(table, estimand.time), layout.column(table, estimand.size)
    return Code((GROWTH, layout.group(estimand.group), months, size, 0), estimand.target)


@code.register
def _(estimand: CoxTerm, layout: Layout) -> Code | None:
    kind = COX_P if estimand.statistic == "cox-p" else HAZARD_RATIO
    return Code((kind, *layout.term(estimand.model, estimand.term), 0, 0))


@code.register
def _(estimand: CoxOnly, layout: Layout) -> Code | None:
    return Code((COX_ONLY, *layout.term(estimand.model, estimand.term), 0, 0), estimand.level)


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
    if kind == COX_ONLY:
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


def _inside(end: Fraction, counts: bool, way: int, share: float) -> float:
    """An end that counts, or else a value beside it, by a share of it upwards (1) or downwards (-1)."""
    value = float(end)
    if counts:
        return value
    return value * (1 + way * copysign(share, value)) if value else way * 1e-9


@njit(cache=True)
def _derive(programme, root, child, owner):
    for row in range(programme.derive.shape[0]):
        operation, out, a, b = programme.derive[row]
        if operation == D_TIME:
            for i in range(root.shape[0]):
                root[i, out] = np.fmin(root[i, a], root[i, b])  # without an onset, the end
        elif operation == D_EVENT:
            for i in range(root.shape[0]):
                root[i, out] = 1.0 if root[i, a] <= root[i, b] else 0.0
        elif operation == D_COUNT:
            root[:, out] = 0.0
            for i in range(owner.size):
                root[owner[i], out] += 1.0
        else:
            sign = 1.0 if operation == D_MAXIMUM else -1.0
            root[:, out] = nan
            for i in range(owner.size):
                value = child[i, a]
                best = root[owner[i], out]
                if not np.isnan(value) and (np.isnan(best) or sign * value > sign * best):
                    root[owner[i], out] = value


@njit(cache=True)
def _select(programme, root, child, rows):
    """Mark the rows of every group; `rows` is (groups, longest table)."""
    rows[:, :] = False
    for g in range(rows.shape[0]):
        rows[g, : child.shape[0] if programme.group_in_child[g] else root.shape[0]] = True
    for c in range(programme.condition.shape[0]):
        g, column, test = programme.condition[c]
        bound = programme.condition_value[c]
        table = child if programme.group_in_child[g] else root
        for i in range(table.shape[0]):
            met = meets(test, bound, programme.condition_levels, c, table[i, column])
            rows[g, i] = rows[g, i] and met


@njit(cache=True, inline="always")
def meets(test, bound, levels, c, value):
    """Whether a value meets a condition, that of row `c` of the levels; a missing one meets none."""
    if test == IN:
        return 0.0 <= value < levels.shape[1] and value == int(value) and levels[c, int(value)]
    if test == AT_MOST:
        return value <= bound
    if test == ABOVE:
        return value > bound
    return value >= bound


@njit(cache=True)
def _fit(programme, model, root, rows, beta, standard_error):
    """Fit a Cox model; returns its number of terms, negative when it did not converge."""
    n = root.shape[0]
    terms = 0
    for c in range(programme.covariate.shape[0]):
        terms += programme.covariate[c, 0] == model
    design = np.empty((n, terms))
    k = 0
    for c in range(programme.covariate.shape[0]):
        owner, group, column = programme.covariate[c]
        if owner != model:
            continue
        for i in range(n):
            if group >= 0:
                design[i, k] = 1.0 if rows[group, i] else 0.0
            else:
                design[i, k] = root[i, column] / programme.covariate_per[c]
        k += 1
    time, event = programme.model[model]
    fitted = kernels.cox_fit(
        design, root[:, time].copy(), root[:, event].copy(), beta[:terms], standard_error[:terms]
    )
    return terms if fitted else -terms


@njit(cache=True)
def evaluate(programme, root, child, owner, budget, values, violations):
    """Evaluate the constraints, cheap ones first, until their violations exceed a budget.

    Parameters
    ----------
    programme : Programme
    root, child : (rows, columns) float64 arrays
        The tables; the derived columns are written.
    owner : (child rows,) int64 array
        Row of `root` to which each row of `child` belongs.
    budget : float
        Total violation from which on the evaluation may stop.
    values, violations : (constraints,) float64 arrays
        Overwritten as far as the evaluation got. p values and ratios are log10.

    Returns
    -------
    float
        Total violation, 0 when every constraint holds.
    """
    _derive(programme, root, child, owner)
    rows = np.empty((programme.group_in_child.size, max(root.shape[0], child.shape[0])), np.bool_)
    _select(programme, root, child, rows)
    most = programme.covariate.shape[0]
    beta = np.empty(most)
    standard_error = np.empty(most)
    fitted_model = -1
    terms = 0
    total = 0.0
    for c in range(programme.what.shape[0]):
        kind, a, b, d, e = programme.what[c]
        parameter = programme.number[c, 3]
        if kind >= _FIRST_COX:
            if a != fitted_model:
                terms = _fit(programme, a, root, rows, beta, standard_error)
                fitted_model = a
            value = cox_value(kind, terms, b, parameter, beta, standard_error)
        elif kind == ORDER:
            value = 0.0
            table = child if d else root
            for i in range(table.shape[0]):
                end = root[owner[i], b] if d else root[i, b]
                value += table[i, a] > end or (e == 1 and table[i, a] == end)
        elif kind == KM:
            n = root.shape[0]
            value = kernels.kaplan_meier_at(root[:, b], root[:, d], rows[a, :n], parameter)
        elif kind == LOGRANK:
            n = root.shape[0]
            value = log10_p(kernels.logrank_p(root[:, b], root[:, d], rows[a, :n], rows[e, :n]))
        else:
            table = child if programme.group_in_child[a] else root
            chosen = rows[a, : table.shape[0]]
            whole = rows[b] if kind == SHARE else chosen
            value = plain_statistic(kind, b, d, parameter, table, chosen, whole)
        values[c] = value
        violation = violation_of(programme.number, c, value)
        violations[c] = violation
        total += violation
        if total > budget:
            return total
    return total


@njit(cache=True)
def plain_statistic(kind, b, d, parameter, table, chosen, whole):
    """A statistic that needs no order: of the rows chosen, or of them among the whole."""
    if kind == COUNT:
        return float(chosen.sum())
    if kind == SHARE:
        size = whole.sum()
        return 100.0 * chosen.sum() / size if size > 0 else nan
    if kind == MEDIAN:
        return kernels.median(table[:, b], chosen)
    if kind == MINIMUM:
        return kernels.extreme(table[:, b], chosen, -1.0)
    if kind == MAXIMUM:
        return kernels.extreme(table[:, b], chosen, 1.0)
    if kind == AT_RISK:
        value = 0.0
        size = 0
        for i in range(table.shape[0]):
            size += chosen[i]
            value += chosen[i] and table[i, b] >= parameter
        return value if size > 0 else nan
    return kernels.months_to_size(table[:, b], table[:, d], chosen, parameter)


@njit(cache=True)
def cox_value(kind, terms, b, parameter, beta, standard_error):
    """A statistic of a fitted Cox model; NaN when it did not converge, or of a term left out."""
    if terms <= 0 or (kind != COX_ONLY and np.isinf(standard_error[b])):
        return nan
    if kind == COX_P:
        return log10_p(kernels.p_of_wald(beta[b], standard_error[b]))
    if kind == HAZARD_RATIO:
        return beta[b] / np.log(10.0)
    value = 0.0
    for k in range(terms):
        excess = log10_p(kernels.p_of_wald(beta[k], standard_error[k])) - np.log10(parameter)
        # A little inside the level, on either side.
        value += max(0.0, excess + 0.02) if k == b else max(0.0, 0.02 - excess)
    return value


@njit(cache=True)
def violation_of(number, c, value):
    """How far a value is from what its constraint allows: 0 within."""
    low, high, scale = number[c, 0], number[c, 1], number[c, 2]
    if np.isnan(value):
        return _CAP
    distance = max(0.0, low - value, value - high)
    return distance / scale + _STEP if distance > 0 else 0.0


@njit(cache=True)
def log10_p(p):
    """Logarithm of a p value, which may have vanished."""
    return np.log10(max(p, 1e-30))
