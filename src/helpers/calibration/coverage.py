"""Does an interval that claims 80% hold the truth 80% of the time? Counted without flattering ties.

A quantity such as a number of deaths takes few values, so the closed interval between two of its
quantiles holds more than it claims, whatever the method. Here the truth is given its place among
the draws, ties broken at random, and spread over the width of that place (Talts and others 2018,
arXiv:1804.06788; the randomised probability integral transform). If truth and draws come from one
distribution the place is uniform on 0 to 1 exactly, for any number of draws and any ties, as long as
the draws are independent, and the central 80% of places is held 80% of the time.

arviz has rank plots but no such place; scipy gives the binomial interval and the test.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

LEVELS = (0.5, 0.8, 0.95)


def place(truth: float, draws: ArrayLike, rng: np.random.Generator) -> float:
    """Where a truth stands among draws, from 0 to 1, ties broken at random.

    Parameters
    ----------
    truth : float
        May be infinite.
    draws : array-like, shape (n,)
        May be infinite; those that are NaN are left out.
    rng : numpy.random.Generator

    Returns
    -------
    float
        Uniform when truth and draws are exchangeable; NaN without a truth or draws.
    """
    values = np.asarray(draws, float)
    values = values[~np.isnan(values)]
    if np.isnan(truth) or values.size == 0:
        return float("nan")
    below, tied = int((values < truth).sum()), int((values == truth).sum())
    rank = below + int(rng.integers(tied + 1))
    return float((rank + rng.random()) / (values.size + 1))


def table(places: pd.DataFrame, by: list[str], levels: tuple[float, ...] = LEVELS) -> pd.DataFrame:
    """How often intervals held the truth, with the Monte Carlo error of that.

    Parameters
    ----------
    places : DataFrame
        A row a truth: `place`, and the columns of `by`. Rows without a place are left out.
    by : list of str
        What to count apart, in the order of its first appearance.
    levels : tuple of float
        What the intervals claim.

    Returns
    -------
    DataFrame
        A row for each of `by` and each level: `level`, `truths`, `held` (share), `lower` and
        `upper` (95% Clopper–Pearson interval of the share), `p` (Kolmogorov–Smirnov test of all
        places against the uniform distribution, the same for all levels).
    """
    rows = []
    for key, group in places.dropna(subset="place").groupby(by, sort=False, observed=True):
        u = group["place"].to_numpy()
        p = float(stats.kstest(u, "uniform").pvalue)
        for level in levels:
            held = int((np.abs(u - 0.5) < level / 2).sum())
            exact = stats.binomtest(held, u.size).proportion_ci(0.95, "exact")
            rows.append(
                {
                    **dict(zip(by, key, strict=True)),
                    "level": level,
                    "truths": u.size,
                    "held": held / u.size,
                    "lower": exact.low,
                    "upper": exact.high,
                    "p": p,
                }
            )
    return pd.DataFrame(rows)
