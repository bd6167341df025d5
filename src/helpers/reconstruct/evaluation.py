"""How far a cohort is from the constraints of a study, computed from nothing and compiled.

`evaluate` interprets the programme that `constraints` makes of a study.
"""

from __future__ import annotations

from math import nan

import numpy as np

from ..compiled import UNCOUNTED, njit
from . import belonging, cox, fourfold, growth, limits, normal, summaries, survival
from .codes import (
    AT_RISK,
    CHI_SQUARE,
    COUNT,
    COX_ONLY,
    COX_P,
    FISHER,
    HAZARD_LIMIT,
    HAZARD_RATIO,
    INCIDENCE,
    KM,
    KM_LIMIT,
    KM_MEAN,
    KM_MEDIAN,
    KM_MEDIAN_LIMIT,
    KM_OF_ROWS,
    KM_QUANTILE,
    KM_SYMMETRIC,
    LOGRANK,
    MAXIMUM,
    MEAN,
    MEDIAN,
    MINIMUM,
    ORDER,
    QUANTILE,
    SD,
    SHARE,
    STRATIFIED,
)
from .constraints import ABOVE, AT_MOST, IN
from .layout import D_COUNT, D_EVENT, D_MAXIMUM, D_ONSET, D_REVERSE, D_TIME

_CAP = 50.0
"""Violation of a statistic that cannot be computed; about the worst of one that can."""
_STEP = 0.1
"""Least violation of a statistic that is off at all, so that near misses still matter."""


@njit(cache=True)
def _derive(programme, root, child, owner):
    for row in range(programme.derive.shape[0]):
        operation, out, a, b = programme.derive[row]
        if operation in (D_TIME, D_EVENT, D_ONSET, D_REVERSE):
            for i in range(root.shape[0]):
                root[i, out] = of_two(operation, root[i, a], root[i, b])
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


@njit(cache=True, inline="always", **UNCOUNTED)
def of_two(operation, one, other):
    """A derived value of a row, from two others of it."""
    if operation == D_TIME:
        return np.fmin(one, other)  # without an onset, the end
    if operation == D_EVENT:
        return 1.0 if one <= other else 0.0
    if operation == D_ONSET:
        return one if other != 0.0 else nan  # of an event alone
    return 0.0 if one != 0.0 else 1.0


@njit(cache=True)
def select(programme, root, child, rows):
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


@njit(cache=True, inline="always", **UNCOUNTED)
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
    fitted = cox.cox_fit(
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
    select(programme, root, child, rows)
    most = programme.covariate.shape[0]
    beta = np.empty(most)
    standard_error = np.empty(most)
    fitted_model = -1
    terms = 0
    total = 0.0
    for c in range(programme.what.shape[0]):
        kind, a, b, d, e = programme.what[c]
        parameter, until, by = programme.number[c, 3:]
        if kind >= COX_P:
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
            value = survival.kaplan_meier_at(root[:, b], root[:, d], rows[a, :n], parameter)
        elif kind == KM_MEDIAN:
            n = root.shape[0]
            value = survival.median_off(root[:, b], root[:, d], rows[a, :n], until, by)
        elif kind == LOGRANK:
            n = root.shape[0]
            value = log10_p(survival.logrank_p(root[:, b], root[:, d], rows[a, :n], rows[e, :n]))
        elif KM_OF_ROWS <= kind <= STRATIFIED:
            value = _of_curves(
                programme, kind, a, b, d, e, parameter, until, by, root, child, owner, rows
            )
        elif kind in (FISHER, CHI_SQUARE):
            table = child if programme.group_in_child[a] else root
            value = log10_p(fourfold.p(kind == FISHER, d, rows[a], rows[e], rows[b], len(table)))
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
def _of_curves(programme, kind, a, b, d, e, parameter, until, by, root, child, owner, rows):
    """A statistic of curves, whose rows are in no order."""
    if kind == KM_OF_ROWS:
        return belonging.kaplan_meier_of_rows(root, child, rows[a], owner, 0, b, d, e, parameter)
    order = np.argsort(root[:, b], kind="mergesort")
    size = rows[a, : root.shape[0]].sum()
    return ordered_statistic(
        programme, kind, a, b, d, e, parameter, until, by, root, rows, size, order
    )


@njit(cache=True, **UNCOUNTED)
def ordered_statistic(programme, kind, a, b, d, e, parameter, until, by, root, rows, size, order):
    """A statistic of curves of the first table, whose rows are given by rising time in `order`."""
    time, event = root[:, b], root[:, d]
    if kind == KM_LIMIT:
        return limits.limit_at(time, event, rows[a], size, order, parameter, e, until)
    if kind == KM_MEDIAN_LIMIT:
        return limits.median_limit_off(time, event, rows[a], size, order, until, by, e, parameter)
    if kind == KM_QUANTILE:
        return survival.quantile_off(time, event, rows[a], size, order, until, by, parameter)
    if kind == KM_SYMMETRIC:
        return normal.symmetric(time, event, rows[a], size, order, e, until)
    if kind == KM_MEAN:
        return normal.mean_of_curve(time, event, rows[a], size, order, parameter, e, until)
    if kind == INCIDENCE:
        return survival.incidence_at(time, event, root[:, e], rows[a], size, order, parameter)
    p = survival.stratified_p(
        time, event, rows[a], rows[e], rows, programme.strata[int(parameter)], order
    )
    return log10_p(p)


@njit(cache=True, **UNCOUNTED)
def plain_statistic(kind, b, d, parameter, table, chosen, whole):
    """A statistic that needs no order: of the rows chosen, or of them among the whole."""
    if kind == COUNT:
        return float(chosen.sum())
    if kind == SHARE:
        size = whole.sum()
        return 100.0 * chosen.sum() / size if size > 0 else nan
    if kind == MEDIAN:
        return summaries.median(table[:, b], chosen)
    if kind == MEAN:
        return summaries.mean(table[:, b], chosen)
    if kind == SD:
        return summaries.deviation(table[:, b], chosen)
    if kind == QUANTILE:
        return summaries.quantile(table[:, b], chosen, parameter, d)
    if kind == MINIMUM:
        return summaries.extreme(table[:, b], chosen, -1.0)
    if kind == MAXIMUM:
        return summaries.extreme(table[:, b], chosen, 1.0)
    if kind == AT_RISK:
        value = 0.0
        size = 0
        for i in range(table.shape[0]):
            size += chosen[i]
            value += chosen[i] and table[i, b] >= parameter
        return value if size > 0 else nan
    return growth.months_to_size(table[:, b], table[:, d], chosen, parameter)


@njit(cache=True, **UNCOUNTED)
def cox_value(kind, terms, b, parameter, beta, standard_error):
    """A statistic of a fitted Cox model; NaN when it did not converge, or of a term left out."""
    if terms <= 0 or (kind != COX_ONLY and np.isinf(standard_error[b])):
        return nan
    if kind == COX_P:
        return log10_p(cox.p_of_wald(beta[b], standard_error[b]))
    if kind == HAZARD_RATIO:
        return beta[b] / np.log(10.0)
    if kind == HAZARD_LIMIT:
        return (beta[b] + parameter * standard_error[b]) / np.log(10.0)
    value = 0.0
    for k in range(terms):
        excess = log10_p(cox.p_of_wald(beta[k], standard_error[k])) - np.log10(parameter)
        # A little inside the level, on either side.
        value += max(0.0, excess + 0.02) if k == b else max(0.0, 0.02 - excess)
    return value


@njit(cache=True, **UNCOUNTED)
def violation_of(number, c, value):
    """How far a value is from what its constraint allows: 0 within."""
    low, high, scale = number[c, 0], number[c, 1], number[c, 2]
    if np.isnan(value):
        return _CAP
    distance = max(0.0, low - value, value - high)
    return distance / scale + _STEP if distance > 0 else 0.0


@njit(cache=True, **UNCOUNTED)
def log10_p(p):
    """Logarithm of a p value, which may have vanished; NaN of none."""
    return np.log10(max(p, 1e-30)) if p == p else p
