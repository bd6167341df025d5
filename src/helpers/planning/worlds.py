"""The hazards under which so many of all patients survive so long, with a ratio that may change once.

Hazards are constant but for that change. It is an assumption of planning, named wherever it is used: what is
known of the next study's patients is their survival at one time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from .enrolment import Enrolment
from .needed import check_between, check_positive, check_ratio, check_share

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Hazards a month of two groups, with a ratio that may change once.

    Attributes
    ----------
    hazard : float
        Of the group that the ratios are to, at all times.
    before, after : float
        Hazard ratios of the other group until the change and from then on.
    change : float
        Months from entry to the change.
    """

    hazard: float
    before: float
    after: float
    change: float

    def alive(self, months: float, share: float) -> float:
        """Share of all patients who are alive at a time.

        Parameters
        ----------
        months : float
        share : float
            Of the patients in the group with the ratios.

        Returns
        -------
        float
        """
        early = min(months, self.change)
        spent = self.before * early + self.after * (months - early)
        lower, higher = np.exp(-self.hazard * months), np.exp(-self.hazard * spent)
        return float((1 - share) * lower + share * higher)

    def times(self, exposure: _Floats, group: NDArray[np.bool_]) -> _Floats:
        """Times of the event: when a hazard has used up an exposure.

        Parameters
        ----------
        exposure : (studies, patients) array
            Of the unit exponential.
        group : (patients,) array of bool
            Who has the ratios.

        Returns
        -------
        (studies, patients) array
            Months.
        """
        early = exposure / (self.hazard * self.before)
        late = self.change + (exposure - self.hazard * self.before * self.change) / (
            self.hazard * self.after
        )
        there = np.where(early < self.change, early, late)
        return np.where(group, there, exposure / self.hazard)


def world(
    survival: float,
    months: float,
    share: float,
    before: float,
    after: float | None = None,
    change: float = 12.0,
) -> World:
    """The world in which so many of all patients survive so long, with such hazard ratios.

    Parameters
    ----------
    survival : float
        Share of all patients alive at `months`.
    months : float
    share : float
        Of the patients in the group with the ratios.
    before, after : float
        Ratios until the change and from then on, above 0 and 1 allowed; `after` left out is `before`,
        which is proportional hazards.
    change : float
        Months.

    Raises
    ------
    PlanError
    """
    check_share(survival, "survival")
    check_share(share, "share")
    check_positive(months, "months")
    later = before if after is None else after
    for name, ratio in (("before", before), ("after", later)):
        if not isclose(ratio, 1):
            check_ratio(ratio, name)
    check_between(change, "change", 0)

    def too_many(log_hazard: float) -> float:
        return (
            World(float(np.exp(log_hazard)), before, later, change).alive(months, share) - survival
        )

    return World(float(np.exp(brentq(too_many, -60, 60, xtol=1e-13))), before, later, change)


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
        """Chance that the event of a patient of either group is seen.

        Parameters
        ----------
        enrolment : Enrolment

        Returns
        -------
        float
        """
        one, other = (enrolment.event_probability(rate) for rate in (self.lower, self.higher))
        return (1 - self.share) * one + self.share * other

    def share_of_events(self, enrolment: Enrolment) -> float:
        """Share of the events that the group has whose share of the patients is `share`.

        Parameters
        ----------
        enrolment : Enrolment

        Returns
        -------
        float
        """
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
    check_positive(hazard_ratio, "ratio")
    found = world(survival, months, share, hazard_ratio).hazard
    return Hazards(found, found * hazard_ratio, share)
