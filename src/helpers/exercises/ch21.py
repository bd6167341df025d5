"""Exercises of "Judging a prediction"."""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd

from .. import batch
from ..cohort import Cohort
from .answers import Exercise, Mistake

_CHANCES, _LEFT = (0.2, 0.7, 0.6, 0.8, 0.9), ("died", "lost", "died", "alive", "alive")
"""Predicted chance of each of five invented patients to be alive, and what became of her."""


def _brier(weights: tuple[float, ...], *, lost: float = 0.0, square: bool = True) -> float:
    """Weighted mean of squared errors, the lost counted as alive (1) or dead (0)."""
    alive = {"died": 0.0, "lost": lost, "alive": 1.0}
    misses = [abs(alive[left] - p) for left, p in zip(_LEFT, _CHANCES, strict=True)]
    terms = [w * (miss**2 if square else miss) for w, miss in zip(weights, misses, strict=True)]
    return sum(terms) / sum(weights)


def _skill(months: float, *, score: bool = False) -> object:
    """Skill on its own patients of Firth's model at some months, or its Brier score."""

    def found(cohort: Cohort) -> float:
        patients = cohort.patients
        covariates = cohort.study.models["multivariable"].covariates.values()
        columns = {
            one.label: cohort.members(one.group) if one.group else patients[one.column] / one.per
            for one in covariates
        }
        x = pd.DataFrame(columns).astype(float)
        x = x.loc[:, x.min() < x.max()]
        everybody = batch.cohorts(patients["follow_up_months"], patients["died"])
        if not patients["died"].any() or x.empty:
            return nan
        risk = batch.firth(everybody, x.to_numpy()).coef @ x.to_numpy().T
        if not np.isfinite(risk).all():
            return nan
        hazard = batch.baseline(everybody, risk, months)
        given = batch.brier(everybody, np.exp(-hazard[:, None] * np.exp(risk)), months)
        return float((given.score if score else given.skill)[0])

    return found


_WATCHED = (1.0, 0.0, 4 / 3, 4 / 3, 4 / 3)
_EVEN = (1.0,) * 5

EXERCISES = (
    Exercise(
        "brier-by-hand",
        right=_brier(_WATCHED),
        unit="number",
        within=0.0005,
        mistakes=(
            Mistake(
                _brier((1.0, 0.0, 1.0, 1.0, 1.0)),
                "The lost patient was dropped, but nobody took over her weight.",
            ),
            Mistake(_brier(_EVEN, lost=1.0), "The lost patient was counted as alive."),
            Mistake(_brier(_EVEN), "The lost patient was counted as dead."),
            Mistake(_brier(_WATCHED, square=False), "The distances have to be squared."),
            Mistake(
                _brier((1.0, 0.0, 5 / 4, 5 / 4, 5 / 4)),
                "The one who had died was counted among those who could be lost.",
            ),
        ),
        why="Those watched longer than the lost patient share her weight.",
        hint="Weight each known patient with one over the chance of having been watched so long.",
    ),
    Exercise(
        "skill-at-two-years",
        right=_skill(24),
        unit="proportion",
        within=0.002,
        mistakes=(
            Mistake(
                _skill(36), "That is the skill at three years; set the horizon and run all cells."
            ),
            Mistake(
                _skill(24, score=True),
                "That is the Brier score itself; the skill is the share of it that the model saves.",
            ),
        ),
        why="A prediction is good or poor at a time, and its skill there says how much it saves.",
        hint="It stands in the table of the measures, in the row of the skill, as it looks.",
    ),
    Exercise(
        "net-benefit-by-hand",
        right=(7 - 5 / 4) / 20,
        unit="number",
        within=0.001,
        mistakes=(
            Mistake((7 - 5) / 20, "A false alarm costs only the odds of the threshold."),
            Mistake(
                (7 - 5 / 5) / 20, "That is the threshold itself; false alarms count at its odds."
            ),
            Mistake((7 - 5 / 4) / 12, "All women count below the line, also those not acted on."),
            Mistake((8 - 12 / 4) / 20, "That is the net benefit of acting on everybody."),
        ),
        why="Deaths found count one each, false alarms the odds of the threshold.",
        hint="Deaths among those acted on, less the others times the odds, as a share of all women.",
    ),
    Exercise(
        "order-or-chance",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake("supported", "The C-index compares pairs of patients; no chance enters it."),
            Mistake("contradicted", "The chance may be right; a good order just does not say so."),
        ),
        why="An order stays as it is when all chances are wrong in the same direction.",
        hint="What would become of the C-index if all predicted chances were halved?",
    ),
)
