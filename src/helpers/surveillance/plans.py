"""Schedules set side by side on the same women, under stated settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
from numpy.typing import ArrayLike

from .courses import Courses, draw_courses
from .outcomes import Outcome, outcome
from .paths import Path, Reals
from .sensitivity import Sensitivity
from .watching import Watched, drawn_for, watch

_GROUP = 3
"""Of the random number that says to which risk a woman belongs."""


@dataclass(frozen=True)
class Plan:
    """A schedule, or two by risk.

    Attributes
    ----------
    name : str
    scans : array
        Months of the scans; with two schedules those of women at higher risk.
    lower : array, optional
        Months of the scans of women at lower risk.
    women_higher, lesions_higher : float
        Share of women at higher risk, and of metastases that come to them.
    """

    name: str
    scans: Reals
    lower: Reals | None = None
    women_higher: float = 1 / 3
    lesions_higher: float = 2 / 3

    @property
    def planned(self) -> float:
        """Scans of a woman in whom nothing is found, on average."""
        if self.lower is None:
            return float(len(self.scans))
        share = self.women_higher
        return share * len(self.scans) + (1 - share) * len(self.lower)

    def watch(self, courses: Courses, sensitivity: Sensitivity, **how: float) -> list[Watched]:
        """All women under the schedule of each.

        Parameters
        ----------
        courses : Courses
        sensitivity : Sensitivity
        **how : float
            `adherence` and `seed` of `watch`.

        Returns
        -------
        list of Watched
            One, or by risk two: women at higher risk and at lower.
        """
        if self.lower is None:
            return [watch(courses, self.scans, sensitivity, **how)]  # type: ignore[arg-type]
        higher = drawn_for(courses.number, _GROUP) < self.lesions_higher
        groups = ((higher, self.scans), (~higher, self.lower))
        return [watch(courses.where(at), scans, sensitivity, **how) for at, scans in groups]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Setting:
    """What is supposed of growth, of scans and of onset.

    Attributes
    ----------
    path : Path
    window_months : float
        Median time on the path.
    spread : float
        SD of its logarithm.
    sensitivity : Sensitivity
    adherence : float
    shares : array-like, optional
        Of the cells of the printed distribution.
    printed_mm : float, optional
        Diameter in the printed month.
    """

    path: Path = field(default_factory=lambda: Path(5.0))
    window_months: float = 6.0
    spread: float = 0.0
    sensitivity: Sensitivity = field(default_factory=lambda: Sensitivity(5.0))
    adherence: float = 1.0
    shares: ArrayLike | None = None
    printed_mm: float | None = None

    def courses(self, count: int, cells: pd.DataFrame, seed: int = 1) -> Courses:
        """Women drawn under these suppositions, by `draw_courses`.

        Parameters
        ----------
        count : int
        cells : DataFrame
            Distribution of the printed month.
        seed : int

        Returns
        -------
        Courses
        """
        return draw_courses(
            count, cells, self.path, self.window_months, spread=self.spread,
            shares=self.shares, printed_mm=self.printed_mm, seed=seed,
        )  # fmt: skip


def compare_plans(
    plans: Sequence[Plan],
    setting: Setting,
    cells: pd.DataFrame,
    women: int,
    *,
    incidence: float = 0.1,
    cut_mm: float = 15.0,
    seed: int = 1,
) -> pd.DataFrame:
    """The same women under each of some plans.

    Parameters
    ----------
    plans : sequence of Plan
    setting : Setting
    cells : DataFrame
        Distribution of the printed month: `lower`, `upper`, `patients`.
    women : int
        Women with a metastasis, simulated.
    incidence : float
        Share of all women who get one; scans of the others count too.
    cut_mm : float
    seed : int

    Returns
    -------
    DataFrame
        A row a plan: `plan`, the estimates of `Outcome`, `scans_a_woman`, `scans_a_small_lesion`,
        and `se_…`, the Monte Carlo standard errors of all of them.
    """
    courses = setting.courses(women, cells, seed)
    rows = []
    for plan in plans:
        parts = plan.watch(courses, setting.sensitivity, adherence=setting.adherence)
        rows.append(
            {"plan": plan.name} | _row(outcome(*parts, cut_mm=cut_mm), plan, setting, incidence)
        )
    return pd.DataFrame(rows)


def _row(found: Outcome, plan: Plan, setting: Setting, incidence: float) -> dict[str, float]:
    names = ("share_small", "median_mm", "share_felt", "lead_months")
    planned = plan.planned * setting.adherence
    errors = {} if found.se is None else {f"se_{name}": getattr(found.se, name) for name in names}
    return {
        **{name: getattr(found, name) for name in names},
        "scans_a_woman": found.scans_a_woman(planned, incidence),
        "scans_a_small_lesion": found.scans_a_small_lesion(planned, incidence),
        **errors,
        "se_scans_a_woman": found.error_of_scans(incidence),
        "se_scans_a_small_lesion": found.error_of_price(planned, incidence),
    }
