"""What is looked at, and drawn, only where a state would be kept.

Let the printed numbers be C1, which the chain has, and C2, those that need a Cox model. The chain
has the measure times exp(-V / T), with V the violation of C1 alone. Looked at every so many moves, it
is a Markov chain of the same distribution; watched only in those looks in which V is 0 and C2 holds
it is a Markov chain again, and its distribution is the measure conditioned on C1 and C2, as if both
had been in the chain (the chain watched on a set, which here is smaller). A move then costs no fit,
and the states that are kept are the same.

Some blocks of columns share no constraint of C1 with any other block, and the measure does not weigh
them. Given their own constraints they are independent of all the rest, so at each look they can be
drawn afresh and exactly (see `fresh`): the pair of the chain and an independent draw is a Markov
chain too, with the product of both distributions, and C2 conditions the pair.
"""

from __future__ import annotations

import numpy as np

from ..compiled import COUNTED, njit
from . import cox
from .codes import COX_P
from .evaluation import cox_value, violation_of
from .fresh import redraw
from .settling import order_of

_PRECISE = 3e-3
"""Newton step after which a quick fit ends; the next would be about its square."""
_CLEARLY = 0.15
"""Violation that a quick fit cannot be mistaken about; the least of a statistic that is off is 0.1."""


@njit(cache=True, **COUNTED)
def retained(programme, plan, state, blocks, fresh, position, rng):
    """Draw the fresh columns, and tell whether the constraints that the chain leaves out hold."""
    redraw(programme, plan, state, blocks, fresh, position, rng, True)
    return holds(programme, plan, state)


@njit(cache=True, **COUNTED)
def holds(programme, plan, state):
    """Whether the constraints that need a Cox model hold.

    A quick fit, from where the last one ended, tells most of those that do not; the others are
    fitted from nothing, as by `evaluation`, so that what is told does not depend on what was before.
    """
    return _hold(programme, plan, state, True) and _hold(programme, plan, state, False)


@njit(cache=True, **COUNTED)
def _hold(programme, plan, state, quick):
    fitted = -1
    terms = 0
    for row in range(programme.what.shape[0]):
        kind, model, b = programme.what[row, 0], programme.what[row, 1], programme.what[row, 2]
        if kind < COX_P:
            continue
        if model != fitted:
            terms = _fit(programme, plan, state, model, quick)
            fitted = model
        parameter = programme.number[row, 3]
        value = cox_value(kind, terms, b, parameter, state.beta[model], state.standard_error)
        if violation_of(programme.number, row, value) > (_CLEARLY if quick else 0.0):
            return False
    return True


@njit(cache=True)
def _fit(programme, plan, state, model, quick):
    """Fit a Cox model; its terms, negative when it did not converge."""
    root, members, covariate = state.root, state.members, programme.covariate
    n = root.shape[0]
    time, event = programme.model[model]
    order = order_of(plan, state, time)
    terms = 0
    for k in range(covariate.shape[0]):
        terms += covariate[k, 0] == model
    x = np.empty((n, terms))
    t = np.empty(n)
    d = np.empty(n)
    for r in range(n):
        t[r] = root[order[n - 1 - r], time]
        d[r] = root[order[n - 1 - r], event]
    column = 0
    for k in range(covariate.shape[0]):
        owner, group, source = covariate[k, 0], covariate[k, 1], covariate[k, 2]
        if owner != model:
            continue
        per = programme.covariate_per[k]
        mean = 0.0
        for r in range(n):
            i = order[n - 1 - r]
            if group >= 0:
                x[r, column] = 1.0 if members[group, i] else 0.0
            else:
                x[r, column] = root[i, source] / per
            mean += x[r, column] / n
        if not np.isnan(mean):
            for r in range(n):
                x[r, column] -= mean
        column += 1
    b = state.beta[model, :terms]
    se = state.standard_error[:terms]
    if quick and b.any():
        warm = x.copy()
        if cox.fit(warm, t, d, b, se, _PRECISE):
            return terms
    b[:] = 0.0
    if cox.fit(x, t, d, b, se, 1e-9):
        return terms
    b[:] = 0.0
    return -terms
