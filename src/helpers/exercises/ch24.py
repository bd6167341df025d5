"""Exercises of "When hazards are not proportional"."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .. import survival
from ..cohort import Cohort
from .answers import Exercise, Mistake

_ORDER = "ABABAB"
"""Groups of six invented patients in the order in which they died."""


def _late(*, after: bool = False, weight: str = "late", group: str = "A") -> float:
    """Weighted observed minus expected deaths of a group."""
    total = Fraction(0)
    for dead, mine in enumerate(_ORDER):
        rest = _ORDER[dead:]
        gone = Fraction(dead + after, len(_ORDER))
        w = {"late": gone, "early": 1 - gone, "none": Fraction(1)}[weight]
        total += w * ((mine == group) - Fraction(rest.count(group), len(rest)))
    return float(total)


def _combined(column: str, group: int, *, p: bool = False) -> Callable[[Cohort], float]:
    """For a group of a grouping, the largest of four weighted statistics, or the p value of the max-combo test."""

    def found(cohort: Cohort) -> float:
        patients = cohort.patients
        member = patients[column].cat.codes == group
        test = survival.max_combo(patients["follow_up_months"], patients["died"], member)
        return test.p_value if p else test.statistic

    return found


EXERCISES = (
    Exercise(
        "nph-late-weight",
        right=_late(),
        unit="number",
        within=0.004,
        mistakes=(
            Mistake(
                _late(after=True),
                "The weight was taken just after each death; the weight of a death is known before it.",
            ),
            Mistake(
                _late(weight="early"), "These weights are S, which counts the early deaths most."
            ),
            Mistake(
                _late(weight="none"), "This is the log-rank sum, in which all weights are one."
            ),
            Mistake(_late(group="B"), "This is the sum of the other group."),
        ),
        why="Each term is the weight just before the death times observed less expected.",
        hint="A line a death: 1 − S before it, whether A died, and the share of A among those at risk.",
    ),
    Exercise(
        "nph-combo-size",
        right=_combined("size_group", 1),
        unit="number",
        within=0.01,
        mistakes=(
            Mistake(_combined("site_group", 0), "These are the statistics of the site."),
            Mistake(
                _combined("size_group", 1, p=True),
                "That is the p value; the largest statistic was asked for.",
            ),
        ),
        why="It is the largest of the four, and its p value allows for that.",
        hint="Give `survival.max_combo` the column of the large tumours, and read `statistic`.",
    ),
    Exercise(
        "nph-works-late",
        right="suggested",
        unit="choice",
        mistakes=(
            Mistake(
                "established",
                "The weight was chosen after the curves had been seen, so its p value is too small.",
            ),
            Mistake("refuted", "A test that finds no difference does not show that there is none."),
        ),
        why="What was chosen by the data can raise a question, not settle it.",
        hint="When was the weight chosen, and by what?",
    ),
)
