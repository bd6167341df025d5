"""What came of a schedule, with its Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .watching import Watched


@dataclass(frozen=True)
class Outcome:
    """Estimates over simulated women who get a metastasis, each with its standard error.

    Attributes
    ----------
    women : int
    share_small : float
        Lesions found, by a scan or felt, that are at most the cut-point.
    median_mm : float
        Median diameter when found, mm.
    share_felt : float
        Lesions that no scan found first: felt between scans (interval cancers) or after the last one.
    lead_months : float
        Mean time by which scans were ahead of feeling; felt lesions count as 0.
    scans_with : float
        Mean scans of a woman with a metastasis until it is found.
    se : Outcome or None
        The standard errors, in the same places.
    covariance : float
        Of the estimates `share_small` and `scans_with`.
    """

    women: int
    share_small: float
    median_mm: float
    share_felt: float
    lead_months: float
    scans_with: float
    se: Outcome | None = None
    covariance: float = 0.0

    def scans_a_woman(self, planned: float, incidence: float) -> float:
        """Mean scans of a woman, with a metastasis or without.

        Parameters
        ----------
        planned : float
            Scans that a woman without one has.
        incidence : float
            Share of women who get one.

        Returns
        -------
        float
        """
        return incidence * self.scans_with + (1 - incidence) * planned

    def scans_a_small_lesion(self, planned: float, incidence: float) -> float:
        """Scans of all women for each lesion found at most as large as the cut-point.

        Parameters
        ----------
        planned, incidence : float
            As for `scans_a_woman`.

        Returns
        -------
        float
            Infinite where no lesion is found small.
        """
        small = incidence * self.share_small
        return self.scans_a_woman(planned, incidence) / small if small > 0 else np.inf

    def error_of_scans(self, incidence: float) -> float:
        """Standard error of `scans_a_woman`.

        Parameters
        ----------
        incidence : float
            As for `scans_a_woman`.

        Returns
        -------
        float
            NaN without the errors of the estimates.
        """
        return incidence * self.se.scans_with if self.se is not None else np.nan

    def error_of_price(self, planned: float, incidence: float) -> float:
        """Standard error of `scans_a_small_lesion` by the delta method.

        Parameters
        ----------
        planned, incidence : float
            As for `scans_a_woman`.

        Returns
        -------
        float
            NaN where no lesion is found small, and without the errors of the estimates.
        """
        if self.se is None or not self.share_small > 0:
            return np.nan
        price = self.scans_a_small_lesion(planned, incidence)
        variance = self.se.scans_with**2 + (price * self.se.share_small) ** 2
        return sqrt(max(variance - 2 * price * self.covariance, 0.0)) / self.share_small


def outcome(*parts: Watched, cut_mm: float = 15.0) -> Outcome:
    """Estimates over women under one schedule, or under several that divide them.

    Parameters
    ----------
    *parts : Watched
        Such as women at higher and at lower risk, each under her own schedule.
    cut_mm : float
        A lesion of at most this diameter is small, mm.

    Returns
    -------
    Outcome
        With standard errors by the variance between women; that of the median by the distance
        between order statistics.

    Raises
    ------
    ValueError
        Without a woman.
    """

    def together(name: str) -> NDArray[np.float64]:
        return np.concatenate([np.asarray(getattr(part, name), float) for part in parts])

    size = together("diameter_mm")
    n = len(size)
    if n == 0:
        raise ValueError("a woman at least was expected")
    small, felt = size <= cut_mm, 1 - together("by_scan")
    lead, had = together("lead_months"), together("scans")
    lead = np.where(np.isfinite(lead), lead, np.nan)
    step = 0.5 / sqrt(n)
    low, middle, high = np.quantile(size, [max(0.5 - step, 0), 0.5, min(0.5 + step, 1)])
    values = (small, felt, lead, had)
    share_small, share_felt, ahead, scans = (float(np.mean(one)) for one in values)
    of_small, of_felt, of_lead, of_scans = (float(np.std(one)) / sqrt(n) for one in values)
    errors = Outcome(n, of_small, float(high - low) / 2, of_felt, of_lead, of_scans)
    together_with = float(np.mean((small - share_small) * (had - scans))) / n
    return Outcome(
        n, share_small, float(middle), share_felt, ahead, scans, errors, covariance=together_with
    )
