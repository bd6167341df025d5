"""A plan for each question: what it needs over the range of what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from math import ceil

from .compared import Clustered, clustered, composite, two_shares
from .enrolment import Enrolment
from .events import cells, freedman, interaction, schoenfeld, within_factor
from .expected import expected_test
from .needed import PlanError, check_between, check_positive, check_ratio, check_share
from .precision import exact_precision, precision
from .searched import price_of_a_search
from .told import Span
from .worlds import World, hazards, world

_STEPS = 5
"""Points of a range at which a need is computed; needs bend gently between them."""
VALIDATION = 100
"""Events that a validation of a multivariable prognostic model needs at least, and twice as many if it can.

Collins, Ogundimu and Altman 2016, doi 10.1002/sim.6787. A single cut is not a model; it is a guide.
"""
Point = tuple[float, float, Enrolment]
"""Share of the group, survival of all and enrolment: one way in which what is not known can be."""


@dataclass(frozen=True)
class Aim:
    """The test behind a plan.

    Attributes
    ----------
    power, alpha : float
        Shares; the level is two-sided.
    """

    power: float = 0.8
    alpha: float = 0.05


@dataclass(frozen=True)
class Setting:
    """Who is studied, and how: what is known as a range is one.

    Attributes
    ----------
    larger : (float, float)
        Share of the patients in the group with the higher hazard.
    survival : (float, float)
        Share of all patients that is alive at `months`.
    months : float
    enrolment : Enrolment
    lost : (float, float), optional
        Share lost a year, in place of that of `enrolment`.

    Raises
    ------
    PlanError
        For a share of none or of all.
    """

    larger: Span
    survival: Span
    months: float
    enrolment: Enrolment
    lost: Span | None = None

    def __post_init__(self) -> None:
        for name, ends in (("larger", self.larger), ("survival", self.survival)):
            for end in ends:
                check_share(end, name)
        check_positive(self.months, "months")

    def enrolments(self) -> list[Enrolment]:
        """One for each end of what is lost."""
        if self.lost is None:
            return [self.enrolment]
        return [replace(self.enrolment, lost=one) for one in dict.fromkeys(self.lost)]

    def points(self) -> Iterator[Point]:
        """All that can be together, over the ranges."""
        yield from product(_steps(self.larger), _steps(self.survival), self.enrolments())


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
        _ends(by_schoenfeld),
        _ends(by_freedman),
        _whole(events),
        _whole(patients),
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
    return InteractionPlan(ratio_of_ratios, main, _ends(events), _whole(patients))


@dataclass(frozen=True)
class RatePlan:
    """What it takes to know a rate.

    Attributes
    ----------
    survival : float
    exact : int
        Patients if everybody is followed.
    inflation : (float, float)
        Of the variance by censoring, over the range of what is lost.
    log_log, plain : (int, int)
        Patients by the scale of the interval.
    """

    survival: float
    exact: int
    inflation: Span
    log_log: tuple[int, int]
    plain: tuple[int, int]


def rate_plan(
    survival: float,
    points: float,
    months: float,
    enrolments: tuple[Enrolment, ...],
    level: float = 0.95,
) -> RatePlan:
    """Patients for a rate that is known to some points, in several ways of losing patients.

    Parameters
    ----------
    survival, points, months : float
        As for `precision`.
    enrolments : tuple of Enrolment
        The ways.
    level : float
        Of the interval.

    Returns
    -------
    RatePlan

    Raises
    ------
    PlanError
    """
    by_log = [precision(survival, points, months, one, level) for one in enrolments]
    by_plain = [precision(survival, points, months, one, level, "plain") for one in enrolments]
    return RatePlan(
        survival,
        exact_precision(survival, points, level).patients,
        _ends([one.inflation for one in by_log]),
        (min(one.patients for one in by_log), max(one.patients for one in by_log)),
        (min(one.patients for one in by_plain), max(one.patients for one in by_plain)),
    )


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
            f"each limit at most {factor:g} times from the ratio": within_factor(factor, of_events)
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
            _whole([events for events, _ in found]),
            _whole([patients for _, patients in found]),
        )
        for question, found in asked.items()
    ]


@dataclass(frozen=True)
class SchedulePlan:
    """What it takes to compare two schedules of scans.

    Attributes
    ----------
    small, other : float
        Shares of lesions found small under either.
    lesions : int
        In both groups together, if each told as much as a woman.
    women : int
        For so many lesions, one a woman in whom one is found.
    large : (float, float)
        Share of all women in whom a large lesion is found, under either.
    drawn : int
        Women for these two shares: of all who are randomised, with a lesion or without.
    composed : int
        Women if death counts as well, is as frequent in both groups and independent of what is found.
    clusters : tuple of Clustered
        For `drawn`, with the intraclass correlations that were asked.
    """

    small: float
    other: float
    lesions: int
    women: int
    large: Span
    drawn: int
    composed: int
    clusters: tuple[Clustered, ...] = field(default=())


def schedule_plan(
    small: float,
    other: float,
    found: float,
    dead: float,
    size: float = 20,
    icc: tuple[float, ...] = (),
    aim: Aim | None = None,
) -> SchedulePlan:
    """Lesions, women and clusters to compare the lesions that two schedules find.

    Parameters
    ----------
    small, other : float
        Shares of lesions found small under the one schedule and the other.
    found : float
        Share of women in whom a lesion is found, taken as the same under either.
    dead : float
        Share who die in the same time, whatever the schedule.
    size : float
        Women in a cluster.
    icc : tuple of float
        Intraclass correlations.
    aim : Aim, optional

    Raises
    ------
    PlanError
    """
    aim = aim or Aim()
    for name, share in (("small", small), ("other", other), ("found", found)):
        check_share(share, name)
    if not 0 <= dead < 1:
        raise PlanError(f"dead: from 0% to less than 100% was expected, found {100 * dead:.4g}%")
    each = two_shares(small, other, aim.power, aim.alpha)
    large = (found * (1 - small), found * (1 - other))
    drawn = two_shares(*large, aim.power, aim.alpha)
    together = [composite(one, dead) for one in large]
    composed = two_shares(together[0], together[1], aim.power, aim.alpha)
    lesions = 2 * ceil(each)
    return SchedulePlan(
        small,
        other,
        lesions,
        ceil(lesions / found),
        large,
        2 * ceil(drawn),
        2 * ceil(composed),
        tuple(clustered(drawn, size, one, aim.power, aim.alpha) for one in icc),
    )


def _steps(ends: Span) -> list[float]:
    low, high = ends
    if low == high:
        return [low]
    return [low + (high - low) * step / (_STEPS - 1) for step in range(_STEPS)]


def _ends(values: list[float]) -> Span:
    return min(values), max(values)


def _whole(values: list[float]) -> tuple[int, int]:
    """The ends in whole numbers, upwards but for errors of rounding."""
    low, high = (ceil(value - 1e-9) for value in _ends(values))
    return low, high
