"""What it takes to validate a cut-point in patients who had no part in its choice."""

from __future__ import annotations

from dataclasses import dataclass

from .aims import Aim, Setting, whole_span
from .events import within_factor
from .expected import expected_test
from .needed import PlanError, check_between, check_ratio, check_share
from .searched import price_of_a_search
from .worlds import hazards, world

VALIDATION = 100
"""Events that a validation of a multivariable prognostic model needs at least, and twice as many if it can.

Collins, Ogundimu and Altman 2016, doi 10.1002/sim.6787. A single cut is not a model; it is a guide.
"""


@dataclass(frozen=True)
class CutNeed:
    """Events and patients for one way to validate a cut-point.

    Attributes
    ----------
    question : str
        In words.
    events : (int, int)
        Over the ranges.
    patients : (int, int)
    """

    question: str
    events: tuple[int, int]
    patients: tuple[int, int]


def cut_plan(
    hazard_ratio: float,
    setting: Setting,
    below: float,
    above: float,
    slope: float = 0.75,
    factor: float = 1.5,
    least: float = 0.1,
    aim: Aim | None = None,
) -> list[CutNeed]:
    """What each question about a cut-point takes in patients who had no part in its choice.

    Parameters
    ----------
    hazard_ratio : float
        Between the two sides of the cut and, for the last two questions, between those just beside it.
        That the latter differ shows no step: they do if the hazard rises all the way, too. Only a step
        that is left when the diameter is in the model is one.
    setting : Setting
    below, above : float
        Shares of all patients in the bands beside the cut.
    slope : float
        Share of the variance of the side that the diameter explains within the bands, R²; three quarters
        if diameters are spread evenly there.
    factor : float
        To which the hazard ratio shall be known, either way.
    least : float
        Share of patients on either side of every cut of a new search.
    aim : Aim, optional

    Raises
    ------
    PlanError
    """
    aim = aim or Aim()
    check_ratio(hazard_ratio)
    price = price_of_a_search(aim.power, aim.alpha, least)
    check_between(slope, "slope", 0, 0.999)
    check_share(below, "below")
    check_share(above, "above")
    near = below + above
    if near > 1:
        raise PlanError(f"above: together at most 100% was expected, found {100 * near:.4g}%")
    if setting.larger[1] < above - 1e-9 or 1 - setting.larger[0] < below - 1e-9:
        raise PlanError(
            f"larger: at least the {100 * above:.4g}% just above the cut was expected, and at most all but "
            f"the {100 * below:.4g}% just below it"
        )
    asked: dict[str, list[tuple[float, float]]] = {}
    for larger, survival, enrolment in setting.points():
        rates = hazards(survival, setting.months, hazard_ratio, larger)
        seen = rates.event_probability(enrolment)
        of_events = rates.share_of_events(enrolment)
        truth, close = (
            world(survival, setting.months, share, hazard_ratio) for share in (larger, above / near)
        )
        fixed = expected_test(truth, larger, enrolment).patients(aim.power, aim.alpha)
        beside = expected_test(close, above / near, enrolment).patients(aim.power, aim.alpha) / near
        needs = {
            "the groups differ, cut fixed beforehand": fixed,
            "the groups differ, cut searched again": fixed * price,
            f"each limit within {factor:g} times the ratio": within_factor(factor, of_events)
            / seen,
            "a rule of thumb for prognostic models": VALIDATION / seen,
            "those beside the cut differ by the ratio": beside,
            "a step by the ratio on top of a slope": beside / (1 - slope),
        }
        for question, patients in needs.items():
            asked.setdefault(question, []).append((patients * seen, patients))
    return [
        CutNeed(
            question,
            whole_span([events for events, _ in found]),
            whole_span([patients for _, patients in found]),
        )
        for question, found in asked.items()
    ]
