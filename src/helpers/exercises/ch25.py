"""Exercises of "A ratio that changes"."""

from __future__ import annotations

from math import nan

from ..cohort import Cohort
from .answers import Exercise, Mistake

_A = ((4, 1), (6, 1), (20, 1), (30, 0))
_B = ((10, 1), (16, 1), (22, 0), (30, 0))
_CUT = 12


def _ratios(way: str = "right") -> list[float]:
    """Hazard ratios of A to B before and after the cut."""

    def rates(group: tuple[tuple[int, int], ...]) -> list[float]:
        deaths = [
            sum(died for month, died in group if month <= _CUT),
            sum(died for month, died in group if month > _CUT),
        ]
        late = [month for month, _ in group if month > _CUT]
        lived = [
            sum(min(month, _CUT) for month, _ in group),
            sum(month - _CUT for month in late),
        ]
        if way == "patients":
            lived = [len(group), len(late)]
        if way == "from the start":
            lived[1] = sum(late)
        if way == "all of it first":
            lived[0] = sum(month for month, _ in group)
        return [d / t for d, t in zip(deaths, lived, strict=True)]

    return [a / b for a, b in zip(rates(_A), rates(_B), strict=True)]


def _months(horizon: float, *, neck: bool = True):  # type: ignore[no-untyped-def]
    """Difference of the areas under two curves up to a horizon, neck minus others or the reverse."""

    def area(cohort: Cohort, mine: bool) -> float:
        at_neck = cohort.patients["site_group"].cat.codes == 0
        rows = cohort.patients[at_neck if mine else ~at_neck]
        time, died = rows["follow_up_months"].to_numpy(float), rows["died"].to_numpy(float)
        if not len(time):
            return nan
        alive, before, total = 1.0, 0.0, 0.0
        for now in sorted({*time[(died == 1) & (time <= horizon)], horizon}):
            total += alive * (now - before)
            at_risk = (time >= now).sum()
            if at_risk:
                alive *= 1 - ((time == now) & (died == 1)).sum() / at_risk
            before = now
        return total if time.max() >= horizon or alive == 0 else nan

    def difference(cohort: Cohort) -> float:
        return area(cohort, neck) - area(cohort, not neck)

    return difference


EXERCISES = (
    Exercise(
        "nph-two-periods",
        right=_ratios(),
        unit="ratio",
        within=0.02,
        mistakes=(
            Mistake(
                _ratios("patients"),
                "Deaths were divided by patients; a hazard divides by the months that they lived.",
            ),
            Mistake(
                _ratios("from the start"),
                "In the second period the months before the cut were counted again.",
            ),
            Mistake(
                _ratios("all of it first"),
                "In the first period months after the cut were counted too.",
            ),
        ),
        why="Each period has its own deaths over its own months.",
        hint="Write deaths and months lived for each group and period, four of each.",
    ),
    Exercise(
        "nph-horizon",
        right=_months(24),
        unit="months",
        within=0.02,
        mistakes=(
            Mistake(_months(36), "This is the difference up to three years."),
            Mistake(_months(24, neck=False), "The groups have changed places."),
        ),
        why="It is the area between the two curves up to the horizon.",
        hint="Change the last argument, in months, and keep the order of the groups.",
    ),
    Exercise(
        "nph-gone",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "established", "That one p value is small and the other is not tests no change."
            ),
            Mistake("refuted", "The change may be real; the two ratios could also be the same."),
        ),
        why="The two ratios differ by little more than their common standard error.",
        hint="Divide the difference of the log ratios by its standard error.",
    ),
    Exercise(
        "nph-strata",
        right="size",
        unit="choice",
        mistakes=(
            Mistake("site", "Site varies within the strata, so its ratio is still estimated."),
            Mistake("hazard", "Each stratum has a baseline hazard, and it can be estimated."),
        ),
        why="Within a stratum size does not vary.",
        hint="Which of the three does not vary among the patients who are compared?",
    ),
)
