"""Cox's model with Efron's ties for the search, compiled, in any units of its covariates.

It shares nothing with the book's analyses, and the tests hold it against lifelines.
"""

from __future__ import annotations

from math import erfc, exp, frexp, inf, ldexp, log, nan, sqrt

import numpy as np

from ..compiled import njit


@njit(cache=True)
def cox_fit(design, time, event, beta, standard_error):
    """Cox model with Efron's ties by Newton's method; writes into `beta` and `standard_error`.

    Covariates are counted in units of their own, so that nothing depends on theirs.

    Parameters
    ----------
    design : (n, p) float64 array
        Covariates; one that varies and is missing somewhere makes a fit impossible.
    time, event : (n,) float64 arrays
    beta, standard_error : (p,) float64 arrays
        Overwritten with the estimates.

    Returns
    -------
    bool
        Whether it converged: False under separation, without events, or with a singular
        information matrix.
    """
    n, p = design.shape
    order = np.argsort(-time)
    x = np.empty((n, p))
    for k in range(p):
        mean = design[:, k].mean()
        if np.isnan(mean):
            mean = 0.0
        for i in range(n):
            x[i, k] = design[order[i], k] - mean
    beta[:] = 0.0
    return fit(x, time[order], event[order], beta, standard_error, 1e-9)


@njit(cache=True)
def fit(x, t, d, beta, standard_error, precise):
    """`newton` for covariates in any units; those that do not vary are left out.

    Such a covariate gets a coefficient of 0 and an infinite standard error. `x` is overwritten.
    """
    p = x.shape[1]
    place = np.empty(p, np.int64)
    units = np.empty(p)
    varying = 0
    for k in range(p):
        unit = into_units(x[:, k])
        if np.isnan(unit):
            return False
        if unit == 0.0:
            beta[k] = 0.0
            standard_error[k] = inf
            continue
        if varying < k:
            x[:, varying] = x[:, k]
        place[varying] = k
        units[varying] = unit
        varying += 1
    if varying == p:
        beta *= units
        converged = newton(x, t, d, beta, standard_error, precise)
        beta /= units
        standard_error /= units
        return converged
    if varying == 0:
        return False
    b = np.empty(varying)
    se = np.empty(varying)
    for k in range(varying):
        b[k] = beta[place[k]] * units[k]
    converged = newton(x[:, :varying].copy(), t, d, b, se, precise)
    for k in range(varying):
        beta[place[k]] = b[k] / units[k]
        standard_error[place[k]] = se[k] / units[k]
    return converged


@njit(cache=True)
def into_units(column):
    """Divide a covariate by the power of 16 just below its range, which is returned.

    0 when it does not vary, and NaN when it does and is missing in some rows.

    A power of two, so that nothing is rounded; and few of them, so that covariates with a range from
    1 to 16, such as memberships, counts and years, stay as they are.
    """
    low, high = inf, -inf
    missing = False
    for value in column:
        missing = missing or np.isnan(value)
        if value < low:
            low = value
        if value > high:
            high = value
    width = high - low
    if not width > 0.0:
        return 0.0
    if missing:
        return nan
    unit = ldexp(1.0, 4 * ((frexp(width)[1] - 1) // 4))
    if unit != 1.0:
        column /= unit
    return unit


@njit(cache=True)
def newton(x, t, d, beta, standard_error, precise):
    """Newton's method for a Cox model from given coefficients, rows by falling time.

    Parameters
    ----------
    x : (n, p) float64 array
        Centred covariates, in units of about their range: the criteria of convergence and of
        divergence are on their coefficients.
    t, d : (n,) float64 arrays
        Times, falling, and events.
    beta, standard_error : (p,) float64 arrays
        Where to start; overwritten with the estimates.
    precise : float
        The largest last step.

    Returns
    -------
    bool
        Whether it converged.
    """
    p = x.shape[1]
    score = np.empty(p)
    information = np.empty((p, p))
    likelihood = _cox_derivatives(x, t, d, beta, score, information)
    for _ in range(30):
        if not _cholesky(information):
            return False
        step = _solve(information, score)
        fraction = 1.0
        while True:
            trial = beta + fraction * step
            new = _cox_derivatives(x, t, d, trial, score, information)
            if new >= likelihood - 1e-12 * abs(likelihood) or fraction < 1e-4:
                break
            fraction /= 2
        beta[:] = trial
        gain = new - likelihood
        likelihood = new
        if np.max(np.abs(beta)) > 25:
            return False
        settled = fraction == 1.0 and gain < 1e-4 * precise * (abs(likelihood) + 1)
        if settled and np.max(np.abs(step)) < precise:
            if not _cholesky(information):
                return False
            unit = np.zeros(p)
            for k in range(p):
                unit[:] = 0.0
                unit[k] = 1.0
                standard_error[k] = sqrt(_solve(information, unit)[k])
            return True
    return False


@njit(cache=True)
def _cox_derivatives(x, t, d, beta, score, information):
    """Log partial likelihood (Efron), with its score and information; rows by falling time.

    The information is the sum over rows of weight times x x' times the sum of 1 / (weight at risk)
    over the deaths for which the row is at risk, less m m' of the mean m at each death.
    """
    n, p = x.shape
    score[:] = 0.0
    information[:, :] = 0.0
    weight = np.empty(n)
    share = np.empty(n)  # of a row in the deaths before its own time, falling; then in its own
    sums = np.zeros((3, p))  # of weighted covariates: at risk, dying now, and the mean
    s0 = 0.0
    so_far = 0.0
    likelihood = 0.0
    i = 0
    while i < n:
        d0 = 0.0
        sums[1] = 0.0
        deaths = 0
        j = i
        while j < n and t[j] == t[i]:
            eta = 0.0
            for k in range(p):
                eta += x[j, k] * beta[k]
            if abs(eta) > 500.0:
                return -inf  # weights that vanish or overflow
            w = exp(eta)
            weight[j] = w
            share[j] = -so_far
            s0 += w
            for k in range(p):
                sums[0, k] += w * x[j, k]
            if d[j] != 0:
                deaths += 1
                likelihood += eta
                d0 += w
                for k in range(p):
                    score[k] += x[j, k]
                    sums[1, k] += w * x[j, k]
            j += 1
        part_now = 0.0
        for r in range(deaths):
            part = r / deaths
            total = s0 - part * d0
            if total <= 0.0:
                return -inf
            likelihood -= log(total)
            so_far += 1.0 / total
            part_now += part / total
            for k in range(p):
                sums[2, k] = (sums[0, k] - part * sums[1, k]) / total
            for k in range(p):
                score[k] -= sums[2, k]
                for m in range(k + 1):
                    information[k, m] -= sums[2, k] * sums[2, m]
        if deaths > 1:
            for r in range(i, j):
                if d[r] != 0:
                    share[r] -= part_now
        i = j
    for i in range(n):
        w = weight[i] * (so_far + share[i])
        for k in range(p):
            wx = w * x[i, k]
            for m in range(k + 1):
                information[k, m] += wx * x[i, m]
    return likelihood


@njit(cache=True)
def _cholesky(a):
    """Cholesky factor in the lower triangle of `a`, in place; False when not positive definite."""
    p = a.shape[0]
    for k in range(p):
        scale = a[k, k]
        for m in range(k + 1):
            total = a[k, m]
            for q in range(m):
                total -= a[k, q] * a[m, q]
            if m < k:
                a[k, m] = total / a[m, m]
            elif total <= 1e-10 * scale or not total > 0:
                return False
            else:
                a[k, k] = sqrt(total)
    return True


@njit(cache=True)
def _solve(factor, right):
    """Solve with a Cholesky factor."""
    p = right.size
    out = right.copy()
    for k in range(p):
        for q in range(k):
            out[k] -= factor[k, q] * out[q]
        out[k] /= factor[k, k]
    for k in range(p - 1, -1, -1):
        for q in range(k + 1, p):
            out[k] -= factor[q, k] * out[q]
        out[k] /= factor[k, k]
    return out


@njit(cache=True)
def p_of_wald(beta, standard_error):
    """Two-sided p value of a Wald test."""
    return erfc(abs(beta / standard_error) / sqrt(2.0))
