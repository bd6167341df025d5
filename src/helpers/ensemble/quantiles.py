"""Where quantities lie under each measure, and how well the draws know it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .mixing import quantile_error

ENVELOPE = "envelope"
"""In place of a measure: from the least lower end to the greatest upper one."""
_ENDS = ("lower", "median", "upper")


def intervals(values: pd.DataFrame, record: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Central intervals of quantities under each measure, with Monte Carlo standard errors.

    Measures are not pooled: that would need a weight of each, which neither the printed numbers nor
    the draws give. Their envelope needs none.

    Parameters
    ----------
    values : DataFrame
        A row a cohort, a column a quantity, as from `unprinted`.
    record : DataFrame
        Of the same cohorts: `measure` and `shard`, the chain each is of, in the order of the chain.
    level : float
        Share of the cohorts of a measure in its interval.

    Returns
    -------
    DataFrame
        A row a quantity and measure: the number of `cohorts` that have the quantity; `lower`,
        `median` and `upper`, which are values of cohorts; and `lower_error`, `median_error` and
        `upper_error`, what these would vary by if the chains were drawn again (see
        `mixing.quantile_error`). A last row of each quantity is the envelope, without a median;
        its ends have the errors of the measures that they are of.
    """
    tail = round((1 - level) / 2, 9)  # of 0.95 exactly what 0.025 is
    probabilities = (tail, 0.5, 1 - tail)
    rows = []
    numbered = record.reset_index(drop=True)
    for name, column in values.items():
        of_all = column.to_numpy(float)
        found = []
        for measure, members in numbered.groupby("measure", sort=False, observed=True):
            of = of_all[members.index]
            known = of[~np.isnan(of)]
            draws = of_all[_even(members)]
            errors = [quantile_error(draws, one) for one in probabilities]
            found.append((name, measure, len(known), *quantile(known, probabilities), *errors))
        rows += found
        low = min(found, key=lambda row: row[3])
        high = max(found, key=lambda row: row[5])
        count = sum(row[2] for row in found)
        rows.append(
            (name, ENVELOPE, count, low[3], np.nan, high[5], low[6], np.nan, high[8])
        )  # fmt: skip
    errors_of = [f"{end}_error" for end in _ENDS]
    return pd.DataFrame(rows, columns=["quantity", "measure", "cohorts", *_ENDS, *errors_of])


def _even(members: pd.DataFrame) -> NDArray[np.int64]:
    """Of one measure, the cohorts of each chain, as many of each as the shortest has."""
    chains = [one.index.to_numpy() for _, one in members.groupby("shard", sort=False)]
    shortest = min(map(len, chains))
    return np.stack([one[:shortest] for one in chains])


def quantile(values: ArrayLike, probabilities: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles as the book has them of cohorts: values themselves, so that infinite ones do no harm.

    Parameters
    ----------
    values : array-like
        Those that are not known (NaN) are left out.
    probabilities : sequence of float

    Returns
    -------
    ndarray
        The least value with at least such a share at or below it; NaN where no value is known.
    """
    found = np.asarray(values, float)
    found = found[~np.isnan(found)]
    if not len(found):
        return np.full(len(probabilities), np.nan)
    return np.quantile(found, probabilities, method="inverted_cdf")
