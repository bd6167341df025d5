"""Yearly hazards from counts of events in cells of time.

Parametric laws for such cells are lifelines': `WeibullFitter().fit_interval_censoring(lower, upper,
weights=counts, fit_options={"ftol": 1e-16, "gtol": 1e-10})` agrees with R's `survreg` to nine
digits; without the options it stops at the sixth. Hazards a cell with exact limits are in no
library.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .steps import Floats


def yearly_hazards(
    lower_months: ArrayLike, upper_months: ArrayLike, counts: ArrayLike, alpha: float = 0.05
) -> pd.DataFrame:
    """Hazard in each cell of time, taken as constant within it, with exact limits.

    Every patient has the event in the end, so those at risk in a cell are those of this cell and
    of all later ones. The share q of them that has its event in the cell is binomial, and the
    hazard −log(1 − q) / width rises with q: the limits of Clopper and Pearson for q become limits
    for the hazard.

    Parameters
    ----------
    lower_months, upper_months : array-like, shape (k,)
        Ends of the cells, adjoining and ascending; the last upper end may be infinite.
    counts : array-like of int, shape (k,)
        Patients whose event fell in each cell.
    alpha : float
        One minus the level.

    Returns
    -------
    DataFrame
        A row a cell: `lower_months`, `upper_months`, `at_risk`, `events`, `share`, `hazard`,
        `lower`, `upper`; hazards per year. Infinite where everybody at risk had the event; NaN in
        an open last cell, which has no width, and where nobody was at risk.

    Raises
    ------
    ValueError
        When cells do not adjoin, or counts are not whole numbers of at least 0.

    References
    ----------
    Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404.
    """
    from statsmodels.stats.proportion import proportion_confint

    start, end = np.asarray(lower_months, dtype=float), np.asarray(upper_months, dtype=float)
    events = np.asarray(counts, dtype=float)
    if not (start.shape == end.shape == events.shape) or start.ndim != 1:
        raise ValueError("cells: ends and counts of one length were expected")
    if (start[1:] != end[:-1]).any() or (end <= start).any():
        raise ValueError("cells: adjoining cells in ascending order were expected")
    if not ((events >= 0) & (events % 1 == 0)).all():
        raise ValueError("counts: whole numbers of at least 0 were expected")
    at_risk = events[::-1].cumsum()[::-1]
    years = np.where(np.isfinite(end), (end - start) / 12, np.nan)
    somebody = at_risk > 0
    share, low, high = (np.full(events.shape, np.nan) for _ in range(3))
    share[somebody] = events[somebody] / at_risk[somebody]
    low[somebody], high[somebody] = proportion_confint(
        events[somebody], at_risk[somebody], alpha, method="beta"
    )

    def hazard(q: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return -np.log1p(-q) / years

    return pd.DataFrame(
        {
            "lower_months": start,
            "upper_months": end,
            "at_risk": at_risk.astype(int),
            "events": events.astype(int),
            "share": share,
            "hazard": hazard(share),
            "lower": hazard(low),
            "upper": hazard(high),
        }
    )
