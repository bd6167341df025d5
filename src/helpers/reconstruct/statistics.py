"""Compiled statistics for the search: every statistic of `published.Estimand` on plain arrays.

The search evaluates them hundreds of thousands of times, which lifelines cannot do in minutes.
They share nothing with the book's analyses, and the tests hold each against lifelines,
statsmodels or scipy on random cohorts with ties and censoring.

All functions take float64 arrays of one table; `rows` is a boolean array that selects rows.
"""

from __future__ import annotations

from math import erfc, exp, frexp, inf, ldexp, log, nan, sqrt

import numpy as np
from numba import njit


@njit(cache=True)
def kaplan_meier_at(time, event, rows, at):
    """Kaplan–Meier estimate at a time, in percent; NaN when nobody was followed so long.

    An estimate of 0 needs nobody who was: the curve cannot fall further.

    Every row leaves the risk set once, so the estimate is the product of 1 - d/a over the
    distinct death times, with a at risk.
    """
    n = time.size
    survival = 1.0
    followed = False
    for i in range(n):
        if not rows[i]:
            continue
        followed = followed or time[i] >= at
        if event[i] == 0 or time[i] > at:
            continue
        at_risk = 0
        deaths = 0
        first = True
        for j in range(n):
            if rows[j] and time[j] >= time[i]:
                at_risk += 1
                if time[j] == time[i] and event[j] != 0:
                    deaths += 1
                    if j < i:
                        first = False  # this death time was counted at an earlier row
        if first:
            survival *= 1.0 - deaths / at_risk
    return 100.0 * survival if followed or survival <= 0.0 else nan


@njit(cache=True)
def logrank_p(time, event, first, second):
    """Two-sided p value of the log-rank test of two groups; a row in both counts in both.

    NaN with an empty group or without events. 1 without variance: when at every event only one group
    is at risk, as by R's `survdiff`, or all who are die.
    """
    n = time.size
    difference = 0.0
    variance = 0.0
    events = 0.0
    for i in range(n):
        if not (first[i] or second[i]) or event[i] == 0:
            continue
        at_risk = at_risk_first = deaths = deaths_first = 0
        new = True
        for j in range(n):
            if not (first[j] or second[j]) or time[j] < time[i]:
                continue
            both = first[j] + second[j]
            at_risk += both
            at_risk_first += first[j]
            if time[j] == time[i] and event[j] != 0:
                deaths += both
                deaths_first += first[j]
                if j < i:
                    new = False
        if not new:
            continue
        events += deaths
        share = at_risk_first / at_risk
        difference += deaths_first - deaths * share
        if at_risk > 1:
            variance += deaths * share * (1 - share) * (at_risk - deaths) / (at_risk - 1)
    if events == 0.0 or not first.any() or not second.any():
        return nan
    if variance <= 0:
        return 1.0
    return erfc(abs(difference) / sqrt(2 * variance))


@njit(cache=True)
def ordered_kaplan_meier_at(time, event, rows, size, order, at):
    """`kaplan_meier_at` of the `size` rows, all rows being given by rising time in `order`."""
    n = order.size
    at_risk = size
    survival = 1.0
    r = 0
    while r < n and time[order[r]] < at:
        now = time[order[r]]
        deaths = leaving = 0
        while r < n and time[order[r]] == now:
            i = order[r]
            leaving += rows[i]
            deaths += rows[i] and event[i] != 0
            r += 1
        if deaths > 0:
            survival *= 1.0 - deaths / at_risk
        at_risk -= leaving
    followed = at_risk > 0
    deaths = 0
    while r < n and time[order[r]] == at:
        deaths += rows[order[r]] and event[order[r]] != 0
        r += 1
    if deaths > 0:
        survival *= 1.0 - deaths / at_risk
    return 100.0 * survival if followed or survival <= 0.0 else nan


@njit(cache=True)
def ordered_logrank_p(time, event, first, second, order):
    """`logrank_p`, the rows being given by rising time in `order`."""
    n = order.size
    at_risk = at_risk_first = 0
    for i in order:
        at_risk += first[i] + second[i]
        at_risk_first += first[i]
    if at_risk_first == 0 or not second.any():
        return nan
    difference = 0.0
    variance = 0.0
    events = 0
    r = 0
    while r < n:
        now = time[order[r]]
        deaths = deaths_first = leaving = leaving_first = 0
        while r < n and time[order[r]] == now:
            i = order[r]
            both = first[i] + second[i]
            leaving += both
            leaving_first += first[i]
            if event[i] != 0:
                deaths += both
                deaths_first += first[i]
            r += 1
        if deaths > 0:
            events += deaths
            share = at_risk_first / at_risk
            difference += deaths_first - deaths * share
            if at_risk > 1:
                variance += deaths * share * (1 - share) * (at_risk - deaths) / (at_risk - 1)
        at_risk -= leaving
        at_risk_first -= leaving_first
    if events == 0:
        return nan
    if variance <= 0:
        return 1.0
    return erfc(abs(difference) / sqrt(2 * variance))


@njit(cache=True)
def ordered_median(values, rows, order):
    """`median`, the rows being given by rising value in `order`, missing ones last."""
    present = 0
    for i in order:
        present += rows[i] and not np.isnan(values[i])
    if present == 0:
        return nan
    low = nan
    seen = 0
    for i in order:
        if not rows[i]:
            continue
        if seen == (present - 1) // 2:
            low = values[i]
        if seen == present // 2:
            return (low + values[i]) / 2
        seen += 1
    return nan


@njit(cache=True)
def median(values, rows):
    """Median of the values present in the rows; NaN without any."""
    present = np.empty(values.size)
    n = 0
    for i in range(values.size):
        if rows[i] and not np.isnan(values[i]):
            present[n] = values[i]
            n += 1
    if n == 0:
        return nan
    present = np.sort(present[:n])
    return (present[(n - 1) // 2] + present[n // 2]) / 2


@njit(cache=True)
def extreme(values, rows, sign):
    """Largest (sign 1) or smallest (sign -1) value present in the rows; NaN without any."""
    best = nan
    for i in range(values.size):
        if not rows[i] or np.isnan(values[i]):
            continue
        if np.isnan(best) or sign * values[i] > sign * best:
            best = values[i]
    return best


_EVEN = 1e-13
"""Share of their squares to which the spread of times that are all the same can come by rounding."""
_RISE = 1e-9
"""A rise over the observed times, as a share, that is rounding and no growth."""
_FLAT = 1e-14
"""A last step that moves no size by a larger share, however little it grows."""


@njit(cache=True)
def months_to_size(months, size, rows, target):
    """Months at which size = a exp(b months), fitted by least squares, reaches the target.

    Gauss–Newton with halved steps from the log-linear fit. NaN with fewer than three points,
    without growth, or without convergence.
    """
    return months_to_size_from(months, size, rows, target, np.zeros(2), 1e-10)


@njit(cache=True)
def months_to_size_from(months, size, rows, target, start, precise):
    """`months_to_size`, from given coefficients, which are overwritten with the estimates.

    Zeros stand for no start. `precise` is the largest last step, relative to the coefficients.
    """
    if start[0] != 0.0:
        found = _gauss_newton(months, size, rows, target, start, precise)
        if not np.isnan(found):
            return found
    if not _log_linear(months, size, rows, start):
        start[:] = 0.0
        return nan
    found = _gauss_newton(months, size, rows, target, start, 1e-10)
    if np.isnan(found):
        start[:] = 0.0
    return found


@njit(cache=True)
def _log_linear(months, size, rows, start):
    n = 0
    sx = sy = sxx = sxy = 0.0
    for i in range(months.size):
        if rows[i] and not np.isnan(months[i]) and not np.isnan(size[i]):
            y = log(size[i])
            n += 1
            sx += months[i]
            sy += y
            sxx += months[i] * months[i]
            sxy += months[i] * y
    spread = n * sxx - sx * sx
    if n < 3 or spread <= _EVEN * n * sxx:
        return False
    b = (n * sxy - sx * sy) / spread
    start[0], start[1] = exp((sy - b * sx) / n), b
    return True


@njit(cache=True)
def _gauss_newton(months, size, rows, target, start, precise):
    a, b = start
    rss = _rss(months, size, rows, a, b)
    for _ in range(50):
        n = 0
        jaa = jab = jbb = ra = rb = longest = 0.0
        for i in range(months.size):
            if rows[i] and not np.isnan(months[i]) and not np.isnan(size[i]):
                if months[i] < 0.0 or size[i] <= 0.0:
                    return nan
                n += 1
                longest = max(longest, abs(months[i]))
                growth = exp(b * months[i])
                slope = a * months[i] * growth
                residual = size[i] - a * growth
                jaa += growth * growth
                jab += growth * slope
                jbb += slope * slope
                ra += growth * residual
                rb += slope * residual
        determinant = jaa * jbb - jab * jab
        if n < 3 or determinant <= _EVEN * jaa * jbb:
            return nan
        step_a = (jbb * ra - jab * rb) / determinant
        step_b = (jaa * rb - jab * ra) / determinant
        fraction = 1.0
        while True:
            trial = _rss(months, size, rows, a + fraction * step_a, b + fraction * step_b)
            if trial <= rss or fraction < 1e-6:
                break
            fraction /= 2
        a += fraction * step_a
        b += fraction * step_b
        rss = trial
        least = _FLAT / longest
        if abs(step_a) <= precise * abs(a) and abs(step_b) <= precise * abs(b) + least:
            start[0], start[1] = a, b
            if a <= 0 or b * longest <= _RISE:
                return nan
            return log(target / a) / b
    return nan


@njit(cache=True)
def _rss(months, size, rows, a, b):
    total = 0.0
    for i in range(months.size):
        if rows[i] and not np.isnan(months[i]) and not np.isnan(size[i]):
            residual = size[i] - a * exp(b * months[i])
            total += residual * residual
    return total


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
