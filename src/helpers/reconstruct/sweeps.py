"""All rates, numbers at risk and log-rank tests of an endpoint from one pass over its exits.

A row carries its memberships of the groups that an endpoint is printed for as a word, eight bits a
group. The numbers at risk of all groups are then one subtraction a row, and the deaths at a time one
addition; they are taken apart only where somebody dies. Factors come from tables of the same
divisions, so that every value is to the last bit that of `survival`. Endpoints with more groups than
fit, and larger studies, are left to `survival` itself.
"""

from __future__ import annotations

from math import erfc, inf, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcinv

from ..compiled import UNCOUNTED, njit
from .codes import AT_RISK, KM, LOGRANK, What
from .constraints import Programme
from .evaluation import log10_p

_LANES, _MOST = 8, 255
_MARGIN = 1e-9
"""A statistic so far inside its limits needs no p value."""


class Sweeps(NamedTuple):
    """What is asked of each pass; most arrays have a row a pass."""

    of: NDArray[np.int64]  # constraint: its pass, or -1
    time: NDArray[np.int64]  # column
    event: NDArray[np.int64]  # column
    lanes: NDArray[np.int64]  # groups in use
    group: NDArray[np.int64]  # pass, lane
    lane: NDArray[np.uint64]  # pass, group: its lowest bit, or 0
    cuts: NDArray[np.float64]  # pass, cut: times at which something is asked, rising
    number: NDArray[np.int64]  # how many of them
    tests: NDArray[np.int64]  # pass, test: its constraint, or -1 beyond the last
    asked: NDArray[np.int64]  # constraint: lane, its cut or the lane of the second group
    limit: NDArray[np.float64]  # constraint: least and most of the statistic of a test
    factor: NDArray[np.float64]  # deaths, at risk: 1 - deaths / at risk
    share: NDArray[np.float64]  # of a group at risk, at risk
    spread: NDArray[np.float64]  # deaths, at risk: variance but for the shares
    km: NDArray[np.float64]  # room: cut or the running one, lane
    risk: NDArray[np.uint64]  # room: cut
    test: NDArray[np.float64]  # room: constraint, (difference, variance, deaths)


def sweeps(programme: Programme, size: int) -> Sweeps:
    """Find the passes of a programme."""
    what = [What(*(int(part) for part in row)) for row in programme.what]
    by: dict[tuple[int, int], list[int]] = {}
    for row, one in enumerate(what):
        if one.kind in (KM, AT_RISK, LOGRANK) and not programme.group_in_child[one.first]:
            by.setdefault((one.second, one.third), []).append(row)
    of = np.full(len(what), -1)
    asked, limit = np.zeros((len(what), 2), np.int64), np.zeros((len(what), 2))
    passes: list[tuple[tuple[int, int], list[int], list[float]]] = []
    for endpoint, rows in by.items():
        named = [(what[r].first, *([what[r].fourth] * (what[r].kind == LOGRANK))) for r in rows]
        groups = sorted({g for some in named for g in some})
        kinds = {what[r].kind for r in rows}
        if len(groups) > _LANES or size > _MOST or kinds == {AT_RISK}:
            continue
        cuts = sorted({float(programme.number[r, 3]) for r in rows if what[r].kind != LOGRANK})
        for r, some in zip(rows, named, strict=True):
            of[r] = len(passes)
            other = cuts.index(programme.number[r, 3]) if len(some) == 1 else groups.index(some[1])
            asked[r] = groups.index(some[0]), other
            low, high = (10.0 ** min(end, 0.0) for end in programme.number[r, :2])
            limit[r] = (erfcinv(high), erfcinv(low)) if len(some) == 2 else (inf, -inf)
        passes.append((endpoint, groups, cuts))
    number = max(1, len(passes))
    group = np.zeros((number, _LANES), np.int64)
    lane = np.zeros((number, len(programme.group_in_child)), np.uint64)
    longest = max((len(cuts) for _, _, cuts in passes), default=0)
    cut = np.full((number, longest + 1), inf)
    for s, (_, groups, cuts) in enumerate(passes):
        group[s, : len(groups)] = groups
        cut[s, : len(cuts)] = cuts
        for k, g in enumerate(groups):
            lane[s, g] = 1 << (8 * k)
    tests = np.full((number, len(what) + 1), -1)
    for s in range(len(passes)):
        rows = [row for row, one in enumerate(what) if of[row] == s and one.kind == LOGRANK]
        tests[s, : len(rows)] = rows
    counts = np.arange(2 * size + 1 if passes else 1, dtype=float)
    first, second = np.meshgrid(counts, counts, indexing="ij")
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(first > 0, first / second, 0.0)
        spread = np.where(second > 1, first * (second - first) / (second - 1), 0.0)
    return Sweeps(
        of,
        np.array([time for (time, _), *_ in passes], np.int64),
        np.array([event for (_, event), *_ in passes], np.int64),
        np.array([len(groups) for _, groups, _ in passes], np.int64),
        group, lane, cut,
        np.array([len(cuts) for *_, cuts in passes], np.int64), tests,
        asked, limit, 1.0 - part, part, spread,
        np.ones((longest + 1, _LANES)), np.zeros(longest + 1, np.uint64), np.zeros((len(what), 3)),
    )  # fmt: skip


@njit(cache=True, forceinline=True, **UNCOUNTED)
def sweep(programme, plan, state, order, s):
    """Pass over the exits of an endpoint, and write the values of its constraints."""
    w = plan.sweeps
    of, asked, what, test = w.of, w.asked, programme.what, w.test
    km, risk, cuts, number = w.km, w.risk, w.cuts[s], w.number[s]
    factor, shares, spread = w.factor, w.share, w.spread
    root, packed, size = state.root, state.packed[s], state.size
    time, event, lanes = w.time[s], w.event[s], w.lanes[s]
    rows, n = of.size, order.size
    eight, full = np.uint64(8), np.uint64(255)
    at_risk = np.uint64(0)
    for k in range(lanes):
        at_risk += np.uint64(size[w.group[s, k]]) << (np.uint64(k) * eight)
        km[number, k] = 1.0
    tests = w.tests[s]
    tested = 0
    while tests[tested] >= 0:
        row = tests[tested]
        test[row, 0] = test[row, 1] = test[row, 2] = 0.0
        tested += 1
    begun = passed = r = 0
    while r < n:
        now = root[order[r], time]
        if now != now:
            break
        while begun < number and cuts[begun] <= now:
            risk[begun] = at_risk
            begun += 1
        while passed < number and cuts[passed] < now:
            for k in range(lanes):
                km[passed, k] = km[number, k]
            passed += 1
        deaths = leaving = np.uint64(0)
        while r < n and root[order[r], time] == now:
            word = packed[order[r]]
            leaving += word
            if root[order[r], event] != 0:
                deaths += word
            r += 1
        if deaths != 0:
            if passed < number:
                for k in range(lanes):  # a factor is 1 where none of a group died
                    shift = np.uint64(k) * eight
                    km[number, k] *= factor[(deaths >> shift) & full, (at_risk >> shift) & full]
            for q in range(tested):
                row = tests[q]
                one, other = np.uint64(asked[row, 0]) * eight, np.uint64(asked[row, 1]) * eight
                dead_first = np.int64((deaths >> one) & full)
                dead = dead_first + np.int64((deaths >> other) & full)
                if dead > 0:
                    first = np.int64((at_risk >> one) & full)
                    both = first + np.int64((at_risk >> other) & full)
                    share = shares[first, both]
                    test[row, 0] += dead_first - dead * share
                    test[row, 1] += share * (1 - share) * spread[dead, both]
                    test[row, 2] += dead
        at_risk -= leaving
    while begun < number:
        risk[begun] = at_risk
        begun += 1
    while passed < number:
        for k in range(lanes):
            km[passed, k] = km[number, k]
        passed += 1
    values = state.swept
    for row in range(rows):
        if of[row] != s:
            continue
        kind, lane = what[row, 0], asked[row, 0]
        if kind == LOGRANK:
            values[row] = _log_p(programme, plan, state, row)
            continue
        left = np.int64((risk[asked[row, 1]] >> (np.uint64(lane) * eight)) & full)
        if kind == KM:
            survival = km[asked[row, 1], lane]
            values[row] = 100.0 * survival if left > 0 or survival <= 0.0 else nan
        else:
            values[row] = float(left) if size[what[row, 1]] > 0 else nan


@njit(cache=True, forceinline=True, **UNCOUNTED)
def _log_p(programme, plan, state, row):
    """Logarithm of the p value of a test; an end of its limits where it is safely within them."""
    w = plan.sweeps
    difference, variance, deaths = w.test[row, 0], w.test[row, 1], w.test[row, 2]
    first, second = programme.what[row, 1], programme.what[row, 4]
    if state.size[first] == 0 or state.size[second] == 0 or deaths == 0:
        return nan
    if variance <= 0:
        return log10_p(1.0)
    statistic = abs(difference) / sqrt(2 * variance)
    if w.limit[row, 0] + _MARGIN < statistic < w.limit[row, 1] - _MARGIN:
        low, high = programme.number[row, 0], programme.number[row, 1]
        return high if np.isfinite(high) else low
    return log10_p(erfc(statistic))


@njit(cache=True, forceinline=True, **UNCOUNTED)
def untouched(plan, state, changed, i, j, s):
    """Whether a move of up to two rows leaves all that a pass would find as it was.

    So it does where nobody's memberships changed, the rows had no event and have none, and neither
    an event nor a cut lies between where they were and where they are.
    """
    w = plan.sweeps
    if i < 0 or plan.sweep_bits[s] & changed != 0:
        return False
    root, time, event = state.root, w.time[s], w.event[s]
    for which in range(1 if j < 0 else 2):
        row = i if which == 0 else j
        if state.packed[s, row] == 0:
            continue
        before, now = state.exit_before[s, which, 0], root[row, time]
        if state.exit_before[s, which, 1] != 0.0 or root[row, event] != 0.0:
            return False
        low, high = min(before, now), max(before, now)
        if not low <= high:
            return False
        for k in range(w.number[s]):
            if low <= w.cuts[s, k] <= high:
                return False
        k = 0
        while plan.ordered[k] != time:
            k += 1
        order, at = state.order[k], state.rank[k, row]
        for r in range(at + 1, order.size):
            if not root[order[r], time] <= high:
                break
            if root[order[r], event] != 0.0:
                return False
        for r in range(at - 1, -1, -1):
            if not root[order[r], time] >= low:
                break
            if root[order[r], event] != 0.0:
                return False
    return True


@njit(cache=True, forceinline=True, **UNCOUNTED)
def remember(plan, state, row, which):
    """Keep where a row is, before a move."""
    w = plan.sweeps
    for s in range(w.time.size):
        state.exit_before[s, which, 0] = state.root[row, w.time[s]]
        state.exit_before[s, which, 1] = state.root[row, w.event[s]]
