"""The most typical cohort of an ensemble: its medoid over what no printed number fixes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .cohorts import Ensemble
from .leeway import quantities, unprinted


def medoid(ensemble: Ensemble) -> int:
    """Number of the cohort that is nearest to all others in what no printed number fixes.

    Only quantities that are `main` count: one estimate a term, and no standard errors. For the
    distance see `remoteness`.
    """
    main = quantities(ensemble)["main"]
    return int(np.argmin(remoteness(unprinted(ensemble)[main.index[main]])))


def remoteness(values: pd.DataFrame) -> NDArray[np.float64]:
    """Mean distance of each cohort from all cohorts.

    The distance of two cohorts is the mean, over quantities, of the absolute difference of their
    ranks as shares of the number of cohorts: it has no unit, an outlier or an infinite median
    weighs no more than the last rank, and no scale has to be chosen. Ties share their mean rank; a
    missing value ranks last. A quantity that ranks the cohorts as an earlier one does, or the other
    way round, and one that does not vary, is left out: it would count twice, or for nothing. The
    medoid is the cohort with the least mean distance, and among equals the one of lowest number.

    Parameters
    ----------
    values : DataFrame
        A row a cohort, as from `unprinted`.

    Returns
    -------
    array, shape (cohorts,)

    References
    ----------
    Kaufman and Rousseeuw 1990, doi 10.1002/9780470316801, for the medoid; Gower 1971,
    doi 10.2307/2528823, for a distance that is a mean over scaled quantities.
    """
    ranks = values.rank(na_option="bottom").to_numpy()
    count = len(ranks)
    kept: list[NDArray[np.float64]] = []
    for column in ranks.T:
        if np.ptp(column) == 0 or any(
            np.array_equal(column, other) or np.array_equal(column, count + 1 - other)
            for other in kept
        ):
            continue
        kept.append(column)
    total, place = np.zeros(count), np.arange(count)
    for column in kept:
        # Sums of distances to all others, from sorted ranks and their running sums.
        order = np.argsort(column, kind="stable")
        ranked = column[order]
        below = np.cumsum(ranked) - ranked
        above = ranked.sum() - below - ranked
        total[order] += ranked * place - below + above - ranked * (count - 1 - place)
    return total / (max(len(kept), 1) * count * count)
