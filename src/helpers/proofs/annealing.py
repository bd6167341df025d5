"""Cohorts that meet an abstract and push one quantity as far as they can, by annealing.

The solver proves that nothing lies beyond a bound; cohorts it finds slowly. This search finds them
in seconds and proves nothing: what it returns counts only once `witness` has checked it. It also
knows tests that no linear programme expresses. It is written here because moves and penalty are
those of the problem; it works in floating point and in order of exits, as `witness` does exactly.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np

from ..compiled import njit

QUANTITIES = (
    "patients:small",
    "deaths-by-cut",
    "deaths",
    "survival:everyone",
    "followed:everyone",
    "followed:first",
    "followed:second",
    "followed:small",
    "followed:large",
    "log-hazard-ratio:large",
    "log-hazard-ratio:first",
    "large-share:first",
    "large-share:second",
    "large-share-difference",
)
"""Quantities of a cohort in the order in which `measure` gives them."""
TEST_CODES = ("log-rank", "peto-peto", "wald")
READING_CODES = (None, "plain", "reverse", "alive")
_ROUND = 200_000  # moves from one heating to the next


@njit(cache=True)
def summarise(site, size, died, cut, quantities, rates, z):
    """Rates, tests and quantities of a cohort.

    Parameters
    ----------
    site, size, died : (n,) int64 arrays
        Exits in order: 1 for the first group by site, 1 for small, 1 for a death.
    cut : int
        Exits by the cut.
    quantities, rates, z : float64 arrays of 14, 4 and 2 by 2
        Overwritten: `QUANTITIES`; logarithms of the four rates; z of site and of size by the
        log-rank and by the Peto–Peto test, whose weight is the product of r / (r + 1) over the
        deaths so far, the present one among them (Prentice's estimate of survival).
    """
    n = site.size
    rates[:] = 0.0
    n_first, n_small = site.sum(), size.sum()
    first, small = n_first, n_small
    by_cut = deaths = large_first = pooled = 0.0
    weight = 1.0
    u, v, uw, vw = np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2)
    first_at_cut = small_at_cut = 0
    for k in range(n):
        r = n - k
        if k == cut:
            first_at_cut, small_at_cut = first, small
        if died[k]:
            deaths += 1
            weight *= r / (r + 1.0)
            for g in range(2):
                share = (first if g == 0 else small) / r
                difference = (site[k] if g == 0 else size[k]) - share
                variance = share * (1 - share)
                u[g] += difference
                v[g] += variance
                uw[g] += weight * difference
                vw[g] += weight * weight * variance
            if k < cut:
                by_cut += 1
                pooled += _log_fall(r)
                rates[0 if site[k] else 1] += _log_fall(first if site[k] else r - first)
                rates[2 if size[k] else 3] += _log_fall(small if size[k] else r - small)
        large_first += site[k] * (1 - size[k])
        first -= site[k]
        small -= size[k]
    for g in range(2):
        z[g, 0] = u[g] / v[g] ** 0.5 if v[g] > 0 else 0.0
        z[g, 1] = uw[g] / vw[g] ** 0.5 if vw[g] > 0 else 0.0
    left, n_large = n - cut, n - n_small
    quantities[0] = n_small
    quantities[1] = by_cut
    quantities[2] = deaths
    quantities[3] = exp(pooled)
    quantities[4] = left
    quantities[5] = first_at_cut
    quantities[6] = left - first_at_cut
    quantities[7] = small_at_cut
    quantities[8] = left - small_at_cut
    quantities[9] = -u[1] / v[1] if v[1] > 0 else 0.0
    quantities[10] = u[0] / v[0] if v[0] > 0 else 0.0
    quantities[11] = large_first / n_first
    quantities[12] = (n_large - large_first) / (n - n_first)
    quantities[13] = quantities[11] - quantities[12]


@njit(cache=True)
def _log_fall(at_risk):
    """By how much a death among so many changes the logarithm of the estimate."""
    return log((at_risk - 1.0) / at_risk) if at_risk > 1 else -50.0


@njit(cache=True)
def wald(group, died):
    """Wald z of a Cox model with one group as its covariate; 0 where it has no maximum."""
    n = group.size
    beta = information = 0.0
    for _ in range(50):
        own = group.sum()
        score = information = 0.0
        for k in range(n):
            if died[k]:
                share = own * exp(beta) / (own * exp(beta) + n - k - own)
                score += group[k] - share
                information += share * (1 - share)
            own -= group[k]
        if information < 1e-9 or abs(beta) > 12:
            return 0.0
        step = score / information
        beta += min(1.0, max(-1.0, step))
        if abs(step) < 1e-10:
            break
    return beta * information**0.5


@njit(cache=True)
def _violation(site, size, died, cut, rates, z, quantities, bounds, z_bounds, test, reading):
    """How far a cohort is from the printed numbers; 0 where it meets them all."""
    n = site.size
    total = 0.0
    for g in range(4):
        total += 400 * max(0.0, bounds[g, 0] - rates[g], rates[g] - bounds[g, 1])
        total += quantities[5 + g] < 1
    for g in range(2):
        if z_bounds[g, 1] > 0:
            found = abs(wald(site if g == 0 else size, died) if test == 2 else z[g, test])
            total += 20 * max(0.0, z_bounds[g, 0] - found, found - z_bounds[g, 1])
    if reading == 1:
        total += max(0, (n + 1) // 2 - cut)
    elif reading == 2:
        watched = 0.0
        for k in range(cut):
            watched += 0.0 if died[k] else _log_fall(n - k)
        total += 5 * max(0.0, watched - log(0.5) + 1e-12)
    elif reading == 3:
        censored = n - died.sum()
        total += max(0, (censored + 1) // 2 - (cut - died[:cut].sum())) + (censored == 0)
    return total


@njit(cache=True)
def climb(
    rng, moves, site, size, died, cut, bounds, z_bounds, test, reading, goal, sign, step
):  # fmt: skip
    """Anneal a cohort and keep the best one that meets the abstract.

    Parameters
    ----------
    rng : numpy.random.Generator
    moves : int
        How many are tried.
    site, size, died : (n,) int64 arrays
        A cohort to start from; overwritten with the best one found.
    cut : int
    bounds : (4, 2) float64 array
        Logarithms of the limits of the four rates.
    z_bounds : (2, 2) float64 array
        Limits of |z| by site and by size; zeros where the test is not used.
    test, reading : int
        Index into `TEST_CODES` and `READING_CODES`.
    goal, sign : int
        Index into `QUANTITIES`, and +1 to push it up or -1 to push it down.
    step : float
        How much further than the best cohort the next should be.

    Returns
    -------
    int
        Exits by the cut of the best cohort, or -1 when none was found.
    """
    n = site.size
    quantities, rates, z = np.empty(14), np.empty(4), np.empty((2, 2))
    best_site, best_size, best_died, best_cut = site.copy(), size.copy(), died.copy(), -1
    new_site, new_size, new_died = site.copy(), size.copy(), died.copy()
    best, energy = -inf, inf
    for i in range(moves):
        phase = i % _ROUND
        if phase == 0:
            energy = inf
            if best_cut >= 0:
                site[:], size[:], died[:], cut = best_site, best_size, best_died, best_cut
        hot = 3.0 if best_cut < 0 or (i // _ROUND) % 2 else 0.5
        temperature = hot * (1 - phase / _ROUND) ** 2 + 0.02
        new_site[:], new_size[:], new_died[:], new_cut = site, size, died, cut
        if i > 0:
            for _ in range(1 + rng.integers(0, 3)):
                kind = rng.integers(0, 8)
                j, k = rng.integers(0, n), rng.integers(0, n)
                if kind in (1, 7):
                    k = min(n - 1, max(0, j + rng.integers(-4, 5)))
                if kind in (0, 1, 7):
                    new_site[j], new_site[k] = new_site[k], new_site[j]
                if kind in (3, 7):
                    new_size[j], new_size[k] = new_size[k], new_size[j]
                if kind in (5, 7):
                    new_died[j], new_died[k] = new_died[k], new_died[j]
                if kind == 2:
                    new_size[j] = 1 - new_size[j]
                elif kind == 4:
                    new_died[j] = 1 - new_died[j]
                elif kind == 6:
                    new_cut = min(n - 1, max(1, new_cut + rng.integers(-2, 3)))
        summarise(new_site, new_size, new_died, new_cut, quantities, rates, z)
        off = _violation(
            new_site, new_size, new_died, new_cut, rates, z, quantities, bounds, z_bounds, test,
            reading,
        )  # fmt: skip
        value = sign * quantities[goal]
        if off == 0.0 and value > best:
            best, best_cut = value, new_cut
            best_site[:], best_size[:], best_died[:] = new_site, new_size, new_died
        short = 0.0 if best == -inf else max(0.0, best + step - value) / step
        new_energy = off + min(short, 5.0 + 0.05 * short)
        if rng.random() < exp(min(0.0, (energy - new_energy) / temperature)):
            energy = new_energy
            site[:], size[:], died[:], cut = new_site, new_size, new_died, new_cut
    if best_cut >= 0:
        site[:], size[:], died[:] = best_site, best_size, best_died
    return best_cut
