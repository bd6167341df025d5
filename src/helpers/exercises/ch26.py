"""Exercises of "What one ratio estimates"."""

from __future__ import annotations

from .answers import Exercise, Mistake

_TREATED, _UNTREATED = 1 / 2, 1 / 4
"""Shares still alive of the patients who can die; as many others cannot."""


def _hazard(alive: float, each: float) -> float:
    """The hazard of an arm, half of whose patients can die: of these some are alive."""
    return each * alive / (1 + alive)


EXERCISES = (
    Exercise(
        "one-survivors",
        right=_hazard(_TREATED, 0.5) / _hazard(_UNTREATED, 1),
        unit="ratio",
        within=0.005,
        mistakes=(
            Mistake(0.5, "This is the ratio of those who can die, in each of whom it is halved."),
            Mistake(
                0.5 * _TREATED / _UNTREATED,
                "The cured are among those alive, and belong into each denominator.",
            ),
            Mistake(
                _hazard(_UNTREATED, 1) / _hazard(_TREATED, 0.5), "The arms have changed places."
            ),
            Mistake(
                _hazard(_TREATED, 1) / _hazard(_UNTREATED, 1),
                "These are the shares of those who can die; their hazard is halved besides.",
            ),
        ),
        why="Treatment leaves more patients alive who can still die.",
        hint="In each arm: what share of those alive can die, and with which hazard?",
    ),
    Exercise(
        "one-drift",
        right=2.0,
        unit="number",
        within=0.02,
        mistakes=(
            Mistake(1.0, "There the ratio is two thirds."),
            Mistake(
                1.5,
                "In the denominator the hazard of the untreated stands without the ratio of the treated.",
            ),
            Mistake(
                0.5, "The frailty stands in the numerator and, with the ratio, in the denominator."
            ),
        ),
        why="The ratio among the survivors is then half way from one half to one.",
        hint="Solve the formula for the cumulative hazard.",
    ),
    Exercise(
        "one-wears-off",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake("established", "Who is alive in the third year, with treatment and without?"),
            Mistake("refuted", "Selection can explain the picture; so can an effect that fades."),
        ),
        why="Selection of the frail makes the same picture as an effect that fades.",
        hint="The third year compares survivors. Are they alike?",
    ),
)
