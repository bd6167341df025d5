"""From events to patients: how patients enter and leave a study, and how many of them have the event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .needed import PlanError, check_between, check_share


@dataclass(frozen=True)
class Enrolment:
    """How a study goes on: patients enter evenly, and it ends at one date.

    Attributes
    ----------
    accrual : float
        Months in which patients enter.
    follow_up : float
        Months from the last entry to the end.
    lost : float
        Share lost within a year of those who are still followed, at a constant rate.

    Raises
    ------
    PlanError
        For negative times, a study without any, and a share that is none.
    """

    accrual: float
    follow_up: float
    lost: float = 0.0

    def __post_init__(self) -> None:
        check_between(self.accrual, "accrual", 0)
        check_between(self.follow_up, "follow_up", 0)
        if self.accrual + self.follow_up <= 0:
            raise PlanError("follow_up: a study of at least some time was expected, found 0 months")
        if self.lost != 0:
            check_share(self.lost, "lost")

    @property
    def hazard_of_loss(self) -> float:
        """Per month."""
        return float(-np.log1p(-self.lost) / 12)

    def event_probability(self, hazard: float) -> float:
        """Chance that a patient's event is seen.

        Parameters
        ----------
        hazard : float
            Per month, constant.

        Returns
        -------
        float

        Raises
        ------
        PlanError
            For a hazard below 0.

        References
        ----------
        Lachin and Foulkes 1986, doi 10.2307/2531201, as R's `Hmisc::cpower` and `rpact` take it, the latter
        with losses too.
        """
        check_between(hazard, "hazard", 0)
        leaving = hazard + self.hazard_of_loss
        if leaving == 0:
            return 0.0
        last = np.exp(-leaving * self.follow_up)
        if self.accrual > 0:
            last *= -np.expm1(-leaving * self.accrual) / (leaving * self.accrual)
        return float(hazard / leaving * (1 - last))

    def followed(self, months: ArrayLike) -> NDArray[np.float64]:
        """Chance of not having left: neither lost, nor overtaken by the end of the study.

        Parameters
        ----------
        months : array-like
            Since entry, from 0 on.

        Returns
        -------
        array
            Of the same shape.
        """
        since = np.asarray(months, float)
        over = np.maximum(since - self.follow_up, 0)
        by_date = np.clip(1 - over / self.accrual, 0, 1) if self.accrual > 0 else over == 0
        return np.asarray(by_date * np.exp(-self.hazard_of_loss * since))
