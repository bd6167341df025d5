"""The log-rank test that a study expects, with its hazards, its accrual and its losses.

Schoenfeld's formula takes the shares of those at risk for constant and the ratio for near one, Freedman's
the former alone. Here they change as the patients die, and hazards need not be proportional.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .enrolment import Enrolment
from .events import both_quantiles
from .needed import PlanError, check_share
from .worlds import World

_POINTS = 1_000
"""Points in time at which what is expected is added up, in even steps and in growing ones."""
_FIRST = 1e-3
"""The first growing step, in mean times to the event of those with the highest hazard."""


@dataclass(frozen=True)
class ExpectedTest:
    """What one patient is expected to bring to a log-rank test.

    Attributes
    ----------
    events : float
        Chance that the event is seen.
    difference : float
        Observed less expected events of the group.
    variance : float
        Of that difference.
    """

    events: float
    difference: float
    variance: float

    def patients(self, power: float = 0.8, alpha: float = 0.05) -> float:
        """Patients for a two-sided test, not rounded.

        Parameters
        ----------
        power, alpha : float

        Raises
        ------
        PlanError
            When nothing is to be found.
        """
        if self.difference == 0:
            raise PlanError("ratio: groups that differ were expected")
        return both_quantiles(power, alpha) ** 2 * self.variance / self.difference**2


def expected_test(truth: World, share: float, enrolment: Enrolment) -> ExpectedTest:
    """What a patient brings to the log-rank test of two groups.

    Parameters
    ----------
    truth : World
        Hazards a month, with a ratio that may change once.
    share : float
        Of the patients in the group with the ratios.
    enrolment : Enrolment

    Returns
    -------
    ExpectedTest

    Raises
    ------
    PlanError

    References
    ----------
    Lakatos 1988, doi 10.2307/2531910, who adds up over small steps of time as is done here. Not held
    against an example of his. `tests/reference/planning.R` has the three integrals by R's quadrature, and as
    R's `survdiff` counts them in simulated studies, with the power; near one it is Schoenfeld's formula.
    """
    check_share(share, "share")
    end = enrolment.accrual + enrolment.follow_up
    change = min(truth.change, end)
    highest = truth.hazard * max(1.0, truth.before, truth.after)
    growing = np.geomspace(min(_FIRST / highest, end), end, _POINTS)
    even = np.linspace(0, end, _POINTS + 1)
    edges = np.unique(np.minimum(np.concatenate([even, growing, change + growing, [change]]), end))
    time, step = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    ratio = np.where(time < truth.change, truth.before, truth.after)
    spent = np.where(
        time < truth.change,
        truth.before * time,
        truth.before * truth.change + truth.after * (time - truth.change),
    )
    followed = enrolment.followed(time)
    group = share * np.exp(-truth.hazard * spent) * followed
    others = (1 - share) * np.exp(-truth.hazard * time) * followed
    of_group = group * truth.hazard * ratio * step
    deaths = of_group + others * truth.hazard * step
    at_risk = group + others
    mine = np.divide(group, at_risk, out=np.zeros_like(group), where=at_risk > 0)
    return ExpectedTest(
        float(deaths.sum()),
        float((of_group - mine * deaths).sum()),
        float((mine * (1 - mine) * deaths).sum()),
    )
