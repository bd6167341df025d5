"""Cox's partial likelihood of one cohort with its derivatives, in one pass back in time.

Going from the last patient to the first, those at risk only grow in number: sums over them are
carried along, and nothing is summed twice.
"""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np

from ._compiled import kernel
from ._linear import dot


@kernel
def standardise(covariates, order, n, z, mean, spread):
    """Covariates of the first `n` patients in order of time, centred and in standard deviations.

    Whether every covariate varies.
    """
    p = covariates.shape[1]
    for j in range(p):
        low = high = covariates[order[0], j]
        total = 0.0
        for k in range(n):
            value = covariates[order[k], j]
            low, high = min(low, value), max(high, value)
            total += value
        mean[j] = total / n
        squares = 0.0
        for k in range(n):
            z[k, j] = covariates[order[k], j] - mean[j]
            squares += z[k, j] * z[k, j]
        spread[j] = sqrt(squares / n)
        if low == high or spread[j] == 0.0:
            return False
        for k in range(n):
            z[k, j] /= spread[j]
    return True


@kernel
def _reference(n, z, beta):
    """Log hazard to which others are told relatively, so that none is too large for a number.

    0 as a rule, since no standardised value is larger than the root of n; else the highest.
    """
    length = 0.0
    for j in range(beta.size):
        length += abs(beta[j])
    if length * sqrt(n) < 600.0:
        return 0.0
    highest = -np.inf
    for k in range(n):
        highest = max(highest, dot(z[k], beta))
    return highest


@kernel
def partial_likelihood(durations, event_observed, n, z, beta, efron, work, score, information):
    """Log partial likelihood at `beta`; its gradient and information are put into place.

    Not finite where the hazards lie too far apart for floating point numbers.

    Parameters
    ----------
    durations, event_observed : arrays
        In order of time; the first `n` count.
    z : array, shape (patients, p)
        Covariates in the same order.
    efron : bool
        Efron's approximation for tied events, else Breslow's.
    work : array, shape (4, p, p)
        Room for sums.
    score, information : arrays, shapes (p,) and (p, p)
        Results; of the latter the lower triangle.
    """
    p = beta.size
    squares, dying_squares = work[0], work[1]
    sums, dying_sums = work[2, 0], work[3, 0]
    for i in range(p):
        score[i] = sums[i] = 0.0
        for j in range(i + 1):
            information[i, j] = squares[i, j] = 0.0
    total, loglik = 0.0, 0.0
    top = _reference(n, z, beta)
    product = 1.0  # of sums over those at risk: one logarithm of many costs less than many
    k = n - 1
    while k >= 0:
        now, last = durations[k], k
        deaths = 0
        while k >= 0 and durations[k] == now:
            deaths += event_observed[k]
            k -= 1
        tied = deaths > 1 and efron
        dying_total = 0.0
        if tied:
            for i in range(p):
                dying_sums[i] = 0.0
                for j in range(i + 1):
                    dying_squares[i, j] = 0.0
        for m in range(last, k, -1):
            eta = -top
            for i in range(p):
                eta += beta[i] * z[m, i]
            weight = exp(eta)
            total += weight
            for i in range(p):
                part = weight * z[m, i]
                sums[i] += part
                for j in range(i + 1):
                    squares[i, j] += part * z[m, j]
            if event_observed[m]:
                loglik += eta
                for i in range(p):
                    score[i] += z[m, i]
                if tied:
                    dying_total += weight
                    for i in range(p):
                        part = weight * z[m, i]
                        dying_sums[i] += part
                        for j in range(i + 1):
                            dying_squares[i, j] += part * z[m, j]
        if tied:
            for d in range(deaths):
                share = d / deaths
                here = total - share * dying_total
                product *= here
                if not 1e-150 < product < 1e150:
                    loglik -= log(product)
                    product = 1.0
                inverse = 1.0 / here
                for i in range(p):
                    mean = (sums[i] - share * dying_sums[i]) * inverse
                    score[i] -= mean
                    for j in range(i + 1):
                        other = (sums[j] - share * dying_sums[j]) * inverse
                        square = (squares[i, j] - share * dying_squares[i, j]) * inverse
                        information[i, j] += square - mean * other
        elif deaths:
            for _ in range(deaths):
                product *= total
                if not 1e-150 < product < 1e150:
                    loglik -= log(product)
                    product = 1.0
            inverse = 1.0 / total
            for i in range(p):
                mean = sums[i] * inverse
                score[i] -= deaths * mean
                for j in range(i + 1):
                    square = squares[i, j] * inverse - mean * sums[j] * inverse
                    information[i, j] += deaths * square
    return loglik - log(product)


@kernel
def penalty_gradient(durations, event_observed, n, z, beta, efron, inverse, work, score):
    """Add to `score` the gradient of half the log determinant of the information.

    The derivative of the information is a sum of third moments of the covariates among those at
    risk. Of them only what the inverse V picks out is needed, E[(x − m) (x − m)'V(x − m)] with m
    the mean, so that sums of x and of x'Vx suffice.

    Parameters
    ----------
    inverse : array, shape (p, p)
        Of the information at `beta`.
    work : array, shape (8, p, p)
        Room for sums. For the others see `partial_likelihood`.
    """
    p = beta.size
    squares, dying_squares = work[0], work[1]
    sums, dying_sums, thirds, dying_thirds = work[2, 0], work[3, 0], work[4, 0], work[5, 0]
    mean, turned = work[6, 0], work[7, 0]
    for i in range(p):
        sums[i] = thirds[i] = 0.0
        for j in range(p):
            squares[i, j] = 0.0
    total, seconds = 0.0, 0.0
    top = _reference(n, z, beta)
    k = n - 1
    while k >= 0:
        now, last = durations[k], k
        deaths = 0
        while k >= 0 and durations[k] == now:
            deaths += event_observed[k]
            k -= 1
        tied = deaths > 1 and efron
        dying_total, dying_seconds = 0.0, 0.0
        for i in range(p):
            dying_sums[i] = dying_thirds[i] = 0.0
            for j in range(p):
                dying_squares[i, j] = 0.0
        for m in range(last, k, -1):
            eta, second = -top, 0.0
            for i in range(p):
                eta += beta[i] * z[m, i]
                for j in range(p):
                    second += z[m, i] * inverse[i, j] * z[m, j]
            weight = exp(eta)
            dies = tied and event_observed[m]
            total += weight
            seconds += weight * second
            if dies:
                dying_total += weight
                dying_seconds += weight * second
            for i in range(p):
                part = weight * z[m, i]
                sums[i] += part
                thirds[i] += part * second
                if dies:
                    dying_sums[i] += part
                    dying_thirds[i] += part * second
                for j in range(p):
                    squares[i, j] += part * z[m, j]
                    if dies:
                        dying_squares[i, j] += part * z[m, j]
        for d in range(deaths if tied else min(1, deaths)):
            share = d / deaths
            times = 0.5 if tied else 0.5 * deaths
            scale = 1.0 / (total - share * dying_total)
            second = (seconds - share * dying_seconds) * scale
            for i in range(p):
                mean[i] = (sums[i] - share * dying_sums[i]) * scale
            for i in range(p):
                turned[i] = dot(inverse[i], mean)
            for i in range(p):
                found = (thirds[i] - share * dying_thirds[i]) * scale - mean[i] * second
                for j in range(p):
                    square = (squares[i, j] - share * dying_squares[i, j]) * scale
                    found -= 2.0 * (square - mean[i] * mean[j]) * turned[j]
                score[i] += times * found


@kernel
def separates(durations, event_observed, n, z, direction):
    """Whether the likelihood never falls along a direction.

    That is so when at each event nobody at risk lies further in the direction than who has it.
    """
    length = 0.0
    for i in range(direction.size):
        length = max(length, abs(direction[i]))
    furthest, k = -np.inf, n - 1
    while k >= 0:
        now, last = durations[k], k
        nearest = np.inf
        while k >= 0 and durations[k] == now:
            k -= 1
        for m in range(last, k, -1):
            along = 0.0
            for i in range(direction.size):
                along += direction[i] * z[m, i]
            furthest = max(furthest, along)
            if event_observed[m]:
                nearest = min(nearest, along)
        if nearest < furthest - 1e-6 * length:
            return False
    return True
