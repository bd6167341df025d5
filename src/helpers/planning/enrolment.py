"""From events to patients: how patients enter and leave a study, and how many of them have the event.

Hazards are constant. That is an assumption of planning, named wherever it is used: what is known of the
next study's patients is their survival at one time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from .needed import PlanError, check_between, check_positive, check_share


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
        """Chance that a patient's event is seen, with a constant hazard a month.

        As R's `Hmisc::cpower` takes it: Lachin and Foulkes 1986, doi 10.2307/2531201.
        """
        check_between(hazard, "hazard", 0)
        leaving = hazard + self.hazard_of_loss
        if leaving == 0:
            return 0.0
        last = np.exp(-leaving * self.follow_up)
        if self.accrual > 0:
            last *= -np.expm1(-leaving * self.accrual) / (leaving * self.accrual)
        return float(hazard / leaving * (1 - last))

    def followed(self, months: float) -> float:
        """Chance of not having left by then: neither lost, nor overtaken by the end of the study."""
        by_date = 1.0
        if months > self.follow_up:
            over = months - self.follow_up
            by_date = max(1 - over / self.accrual, 0.0) if self.accrual > 0 else 0.0
        return float(by_date * np.exp(-self.hazard_of_loss * months))


@dataclass(frozen=True)
class Hazards:
    """Constant hazards a month of two groups that give a survival of all.

    Attributes
    ----------
    lower, higher : float
        Of the group that the ratio is to, and of the other, whose share is `share`.
    share : float
    """

    lower: float
    higher: float
    share: float

    def event_probability(self, enrolment: Enrolment) -> float:
        """Chance that the event of a patient of either group is seen."""
        one, other = (enrolment.event_probability(rate) for rate in (self.lower, self.higher))
        return (1 - self.share) * one + self.share * other

    def share_of_events(self, enrolment: Enrolment) -> float:
        """Share of the events that the group has whose share of the patients is `share`."""
        mine = self.share * enrolment.event_probability(self.higher)
        return mine / self.event_probability(enrolment)


def hazards(survival: float, months: float, hazard_ratio: float, share: float) -> Hazards:
    """The two constant hazards with a ratio under which so many of all patients survive so long.

    Parameters
    ----------
    survival : float
        Share of all patients that is alive then.
    months : float
    hazard_ratio : float
        Of the group with `share` of the patients, to the other; 1 is allowed.
    share : float

    Raises
    ------
    PlanError
    """
    check_share(survival, "survival")
    check_share(share, "share")
    check_positive(hazard_ratio, "ratio")
    check_positive(months, "months")

    def too_many(log_rate: float) -> float:
        rate = np.exp(log_rate)
        alive = (1 - share) * np.exp(-rate) + share * np.exp(-rate * hazard_ratio)
        return float(alive - survival)

    found = float(np.exp(brentq(too_many, -60, 60, xtol=1e-13))) / months
    return Hazards(found, found * hazard_ratio, share)
