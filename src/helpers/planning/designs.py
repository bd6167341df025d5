"""What it takes to find that groups differ, and that a treatment helps one more, over ranges."""

from __future__ import annotations

from dataclasses import dataclass

from .aims import Aim, Point, Setting, span_of, whole_span
from .events import cells, freedman, interaction, schoenfeld
from .expected import expected_test
from .needed import PlanError, check_positive
from .told import Span
from .worlds import World, hazards, world


@dataclass(frozen=True)
class SizePlan:
    """What it takes to find that a group has a higher hazard.

    Attributes
    ----------
    hazard_ratio : float
    schoenfeld, freedman : (float, float)
        Events by either formula, if the ratio is there always; over the range of shares.
    events, patients : (int, int)
        By the log-rank test that is expected, over all ranges.
    hardest : Point
        Where the most patients are needed.
    truth : World
        Hazards there.
    """

    hazard_ratio: float
    schoenfeld: Span
    freedman: Span
    events: tuple[int, int]
    patients: tuple[int, int]
    hardest: Point
    truth: World


def size_plan(
    hazard_ratio: float,
    setting: Setting,
    aim: Aim | None = None,
    explained: float = 0.0,
    until: float | None = None,
    since: float | None = None,
) -> SizePlan:
    """Events and patients to confirm that a group has a higher hazard.

    Parameters
    ----------
    hazard_ratio : float
        That shall be found.
    setting : Setting
    aim : Aim, optional
        One of 80% power at 5% when left out.
    explained : float
        See `schoenfeld`; the other numbers are divided by what is left, too.
    until, since : float, optional
        Months from entry up to which, or from which on, the ratio is there; otherwise it is 1.

    Raises
    ------
    PlanError
    """
    aim = aim or Aim()
    if until is not None and since is not None:
        raise PlanError("since: it was expected without until; one change can be planned for")
    change = until if since is None else since
    if change is not None:
        check_positive(change, "until" if since is None else "since")
    by_schoenfeld, by_freedman, events, patients, points = [], [], [], [], []
    for larger, survival, enrolment in setting.points():
        by_schoenfeld.append(schoenfeld(hazard_ratio, larger, aim.power, aim.alpha, explained))
        by_freedman.append(freedman(hazard_ratio, larger, aim.power, aim.alpha) / (1 - explained))
        truth = world(
            survival,
            setting.months,
            larger,
            1.0 if since is not None else hazard_ratio,
            1.0 if until is not None else hazard_ratio,
            setting.months if change is None else change,
        )
        one = expected_test(truth, larger, enrolment)
        enter = one.patients(aim.power, aim.alpha) / (1 - explained)
        events.append(enter * one.events)
        patients.append(enter)
        points.append(((larger, survival, enrolment), truth))
    hardest, truth = points[patients.index(max(patients))]
    return SizePlan(
        hazard_ratio,
        span_of(by_schoenfeld),
        span_of(by_freedman),
        whole_span(events),
        whole_span(patients),
        hardest,
        truth,
    )


@dataclass(frozen=True)
class InteractionPlan:
    """What it takes to find that a treatment helps one group more.

    Attributes
    ----------
    ratio_of_ratios : float
    main : float
        Events that one hazard ratio of the same size needs between two equal groups.
    events : (float, float)
        For the interaction, over the range of shares; not rounded.
    patients : (int, int)
    """

    ratio_of_ratios: float
    main: float
    events: Span
    patients: tuple[int, int]


def interaction_plan(
    ratio_of_ratios: float,
    setting: Setting,
    hazard_ratio: float,
    aim: Aim | None = None,
    treated: float = 0.5,
) -> InteractionPlan:
    """Events and patients for a marker that is to decide on a treatment.

    Supposes that the treatment changes no hazard on average: it lowers that of the one group by as much
    as it raises that of the other, so that deaths divide as without it.

    Parameters
    ----------
    ratio_of_ratios : float
        Of the treatment's hazard ratios in the two groups.
    setting : Setting
    hazard_ratio : float
        Of the groups, by which the events divide between them.
    aim : Aim, optional
    treated : float
        Share of the patients who get the treatment.

    Raises
    ------
    PlanError
    """
    aim = aim or Aim()
    events, patients = [], []
    for larger, survival, enrolment in setting.points():
        rates = hazards(survival, setting.months, hazard_ratio, larger)
        marked = rates.share_of_events(enrolment)
        here = interaction(ratio_of_ratios, cells(treated, marked), aim.power, aim.alpha)
        events.append(here)
        patients.append(here / rates.event_probability(enrolment))
    main = schoenfeld(ratio_of_ratios, 0.5, aim.power, aim.alpha)
    return InteractionPlan(ratio_of_ratios, main, span_of(events), whole_span(patients))
