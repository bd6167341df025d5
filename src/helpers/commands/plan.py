"""`python -m helpers plan`: what the next study needs, over the range of what this one leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any

import click

from . import plan_words
from .shared import Refused

if TYPE_CHECKING:
    from ..planning import Aim, Setting, SizePlan, Told

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_Verb = Callable[..., Any]
_Answer = tuple[list[Any], Callable[[], str]]
"""What was found, and how it is said."""


def _together(*options: Callable[[_Verb], _Verb]) -> Callable[[_Verb], _Verb]:
    """Several options as one decorator, in their order."""
    return lambda verb: reduce(lambda done, option: option(done), reversed(options), verb)


_months_option = click.option(
    "--months", type=float, help="When survival is read  [as this study does]"
)
_follow_up_option = click.option(
    "--follow-up", type=float, help="Months from the last entry to the end  [as --months]"
)
_lost_option = click.option(
    "--lost",
    metavar="PERCENT",
    help="Lost a year  [as if the ensemble's median follow-up came of loss alone]",
)
_larger_option = click.option(
    "--larger", metavar="PERCENT", help="Patients with larger tumours  [range of the ensemble]"
)
_enrolled = _together(
    click.option(
        "--survival",
        metavar="PERCENT",
        help="All who are alive at --months  [range of the ensemble]",
    ),
    _months_option,
    click.option("--accrual", type=float, help="Months in which patients enter  [as --months]"),
    _follow_up_option,
    _lost_option,
)
_tested = _together(
    click.option(
        "--power", type=float, default=80, show_default=True, help="Chance to find it, in percent"
    ),
    click.option(
        "--alpha", type=float, default=5, show_default=True, help="Two-sided level, in percent"
    ),
)


_OF_THE_ENSEMBLE = ("ratio", "larger", "survival", "lost")
"""Options that take their range from synthetic cohorts where they are left out."""


def _answering(verb: Callable[..., _Answer]) -> _Verb:
    """Tell a verb the study and print its answer; what cannot be planned is refused by its option."""

    @click.option("--json", "as_json", is_flag=True, help="Everything as JSON")
    @wraps(verb)
    def answer(as_json: bool, **asked: Any) -> None:
        from .. import planning

        try:
            found, words = verb(planning.told(), **asked)
            rows = [one if isinstance(one, dict) else asdict(one) for one in found]
            if as_json:
                click.echo(json.dumps(rows, indent=1))
            else:
                taken = any(asked.get(name, "") is None for name in _OF_THE_ENSEMBLE)
                click.echo("\n".join([words(), *(plan_words.of_synthetic() if taken else ())]))
        except planning.PlanError as error:
            name, colon, rest = str(error).partition(":")
            raise Refused(f"--{name.replace('_', '-')}{colon}{rest}") from None

    return answer


@click.group(short_help="Say what the next study needs, and write it for a protocol.")
def plan() -> None:
    """Say how many events and patients the next study needs.

    What is not given comes from this study: what it prints, and the range of what it leaves open over
    the cohorts that print the same. Where a range is taken, the answer is one too. Each answer ends
    with a sentence for a protocol.

    \b
    Examples:
      python -m helpers plan size --ratio 2
      python -m helpers plan size --interaction 2
      python -m helpers plan rate --survival 50 --lost 10
      python -m helpers plan cut --ratio 2:5
      python -m helpers plan schedule --small 86 --other 60 --cluster 20
    """


@plan.command(short_help="Confirm that size predicts survival.")
@click.option("--ratio", metavar="RATIO", help="Hazard ratio, such as 2, or a range, such as 2:5")
@_larger_option
@click.option(
    "--explained",
    type=float,
    default=0,
    show_default=True,
    help="Variance of size that other covariates explain, in percent",
)
@click.option(
    "--interaction",
    type=float,
    metavar="RATIO",
    help="For a treatment of half the patients: how many times its hazard ratio differs by size",
)
@click.option(
    "--until", type=float, metavar="MONTHS", help="The ratio is there up to then, and 1 after it"
)
@click.option(
    "--since", type=float, metavar="MONTHS", help="The ratio is there from then on, and 1 before"
)
@click.option(
    "--simulate", is_flag=True, help="Simulate the study too, hazards proportional or not"
)
@_enrolled
@_tested
@_answering
def size(
    study: Told,
    ratio: str | None,
    explained: float,
    interaction: float | None,
    until: float | None,
    since: float | None,
    simulate: bool,
    power: float,
    alpha: float,
    **whom: Any,
) -> _Answer:
    """Say what it takes to confirm that larger tumours go with shorter survival.

    The ratio is that of size alone, as the log-rank test compares it. Deaths and patients are those for
    the test that is expected; beside it stand Schoenfeld's and Freedman's formulas, of which, far from a
    ratio of one, the one is too small and the other too large where most patients have larger tumours,
    and the other way round where few have. With --interaction the test is whether a treatment helps one
    group more.
    """
    from .. import planning

    if interaction is not None:
        _without("interaction", explained=explained, until=until, since=since, simulate=simulate)
    if simulate:
        _without("simulate", explained=explained)
    ratios = plan_words.named_ratios(study) if ratio is None else _each(ratio, "ratio")
    if interaction is None:
        _one_side([one for one, _ in ratios])
    aim, setting = _aim(power, alpha), _setting(study, **whom)
    others = _percent(explained, "explained")
    if interaction is not None:
        found = [planning.interaction_plan(interaction, setting, one, aim) for one, _ in ratios]
        return found, lambda: plan_words.of_interaction(found, ratios, setting, aim, study)
    plans = [planning.size_plan(one, setting, aim, others, until, since) for one, _ in ratios]
    changes = until is not None or since is not None
    checked = [_simulated(one, setting, aim, changes) for one in plans] if simulate else []
    return [
        *plans,
        *(item for rows in checked for item in rows.values()),
    ], lambda: plan_words.of_size(plans, checked, ratios, setting, aim, others, study, until, since)


@plan.command(short_help="Estimate a survival rate to so many points.")
@click.option(
    "--survival",
    metavar="PERCENT",
    help="Rate expected  [those that this study prints by size, and of all]",
)
@click.option(
    "--points",
    type=float,
    default=10,
    show_default=True,
    help="How far either limit may lie from it",
)
@_months_option
@click.option(
    "--accrual", type=float, default=0, show_default=True, help="Months in which patients enter"
)
@_follow_up_option
@_lost_option
@click.option("--level", type=float, default=95, show_default=True, help="Of the interval")
@_answering
def rate(
    study: Told,
    survival: str | None,
    points: float,
    months: float | None,
    accrual: float,
    follow_up: float | None,
    lost: str | None,
    level: float,
) -> _Answer:
    """Say how many patients make a survival rate known to so many points either way.

    If everybody is followed, by the exact binomial interval; with censoring, by Greenwood's variance
    and an interval on the log-log scale or the plain one. Half of all studies come out wider than is
    expected. Near 0% and 100% the plain interval is too short: do not plan with it there.
    """
    from .. import planning

    read_at = _read_at(study, months)
    rates = plan_words.named_rates(study) if survival is None else _each(survival, "survival", 100)
    ends = study.lost if lost is None else _span(lost, "lost", 100)
    until = read_at if follow_up is None else follow_up
    ways = tuple(planning.Enrolment(accrual, until, one) for one in dict.fromkeys(ends))
    within, at = _percent(points, "points"), _percent(level, "level")
    found = [planning.rate_plan(one, within, read_at, ways, at) for one, _ in rates]
    return found, lambda: plan_words.of_rate(found, rates, within, read_at, ways, at, study)


@plan.command(short_help="Validate the cut-point in new patients.")
@click.option(
    "--ratio",
    metavar="RATIO",
    help="Hazard ratio of the sides  [from the lower end of its limit to that of its estimate]",
)
@click.option(
    "--below", type=float, help="Percent of patients just below the cut  [as in the cohort]"
)
@click.option("--above", type=float, help="Percent of patients just above it  [as in the cohort]")
@click.option(
    "--band", type=float, default=5, show_default=True, help="Millimetres that are just beside it"
)
@click.option(
    "--factor",
    type=float,
    default=1.5,
    show_default=True,
    help="To which the ratio shall be known, either way",
)
@_larger_option
@_enrolled
@_tested
@_answering
def cut(
    study: Told,
    ratio: str | None,
    below: float | None,
    above: float | None,
    band: float,
    factor: float,
    power: float,
    alpha: float,
    **whom: Any,
) -> _Answer:
    """Say what it takes to validate a cut-point in patients who had no part in its choice.

    That the groups differ is the least of it. That those just beside the cut differ shows no step, for
    they do if the hazard rises all the way, too; a step is what is left beside a slope.
    """
    from .. import planning

    asked = f"{study.ratio_lower[0]}:{study.ratio[0]}" if ratio is None else ratio
    ratios = _each(asked, "ratio")
    _one_side([one for one, _ in ratios])
    beside = planning.beside(study.cut_mm, band) if below is None or above is None else (0, 0)
    low = beside[0] if below is None else _percent(below, "below")
    high = beside[1] if above is None else _percent(above, "above")
    aim, setting = _aim(power, alpha), _setting(study, **whom)
    slope = planning.told_by_diameter(study.cut_mm, band)
    found = [
        (one, planning.cut_plan(one, setting, low, high, slope, factor, aim=aim))
        for one, _ in ratios
    ]
    rows = [{"ratio": one, **asdict(need)} for one, needs in found for need in needs]
    return rows, lambda: plan_words.of_cut(found, (low, high), band, slope, setting, aim, study)


@plan.command(short_help="Compare two schedules of scans.")
@click.option(
    "--small",
    type=float,
    help="Percent of lesions found small  [as printed, within half a year of a clear CT]",
)
@click.option(
    "--other",
    metavar="PERCENT",
    help="The same under the other schedule  [half a year after a scan, by the ensemble]",
)
@click.option(
    "--found",
    type=float,
    help="Percent of women in whom a lesion is found  [as printed, after treatment]",
)
@click.option(
    "--dead",
    type=float,
    help="Percent who die in the same time  [range of the ensemble, its middle]",
)
@click.option(
    "--cluster", "clustered", type=float, default=20, show_default=True, help="Women in a cluster"
)
@click.option(
    "--icc", default="0.01:0.1", show_default=True, help="Intraclass correlation; a guess of ours"
)
@_tested
@_answering
def schedule(
    study: Told,
    small: float | None,
    other: str | None,
    found: float | None,
    dead: float | None,
    clustered: float,
    icc: str,
    power: float,
    alpha: float,
) -> _Answer:
    """Say what it takes to compare the lesions that two schedules of scans find.

    In lesions, which are of those women alone in whom one is found; in all women, by those in whom a
    large one is; in clusters of women; and if death counts as well.
    """
    from .. import planning

    first = study.found_small if small is None else _percent(small, "small")
    others = study.small_after if other is None else _span(other, "other", 100)
    seen = study.found if found is None else _percent(found, "found")
    died = 1 - sum(study.survival) / 2 if dead is None else _percent(dead, "dead")
    if others[0] <= first <= others[1] and others[0] < others[1]:
        raise planning.PlanError(
            f"other: a range without {100 * first:.4g}% was expected, the share under the first "
            "schedule, for no study can find a difference of 0"
        )
    correlations = tuple(dict.fromkeys(_span(icc, "icc")))
    aim = _aim(power, alpha)
    plans = [
        planning.schedule_plan(first, one, seen, died, clustered, correlations, aim)
        for one in dict.fromkeys(others)
    ]
    whence = study if small is None else None
    return plans, lambda: plan_words.of_schedule(
        plans, seen, died, clustered, correlations, aim, study.cut_mm, whence
    )


def _simulated(one: SizePlan, setting: Setting, aim: Aim, changes: bool) -> dict[str, Any]:
    """The study as planned where it takes the most patients; with the ratio before or after a year, too."""
    from .. import planning

    share, survival, enrolment = one.hardest
    worlds = {"as planned": one.truth}
    if not changes:
        ratio = one.hazard_ratio
        worlds["first year"] = planning.world(survival, setting.months, share, ratio, 1.0)
        worlds["later"] = planning.world(survival, setting.months, share, 1.0, ratio)
    patients = one.patients[1]
    if round(share * patients) in (0, patients):
        raise planning.PlanError(
            f"simulate: some patients in each group were expected, found {patients} in all, "
            f"{100 * share:.3g}% of them in the one"
        )
    return {
        words: planning.simulated_power(truth, share, patients, enrolment, alpha=aim.alpha)
        for words, truth in worlds.items()
    }


def _without(name: str, **others: object) -> None:
    """Refuse options that the plan asked for does not know."""
    from ..planning import PlanError

    for other, value in others.items():
        if value not in (None, False, 0):
            raise PlanError(
                f"{name}: it was expected without --{other}, which its plan does not know"
            )


def _one_side(ratios: list[float]) -> None:
    """Refuse a range of ratios that holds no difference."""
    from ..planning import PlanError

    if min(ratios) < 1 < max(ratios):
        raise PlanError(
            f"ratio: a range on one side of 1 was expected, found {min(ratios):g}:{max(ratios):g}, for a "
            "ratio of 1 is no difference, which no study can find"
        )


def _setting(
    study: Told,
    larger: str | None,
    survival: str | None,
    months: float | None,
    accrual: float | None,
    follow_up: float | None,
    lost: str | None,
) -> Setting:
    """Whom the study would enter, and how."""
    from .. import planning

    read_at = _read_at(study, months)
    return planning.Setting(
        larger=study.larger if larger is None else _span(larger, "larger", 100),
        survival=study.survival if survival is None else _span(survival, "survival", 100),
        months=read_at,
        enrolment=planning.Enrolment(
            read_at if accrual is None else accrual,
            read_at if follow_up is None else follow_up,
        ),
        lost=study.lost if lost is None else _span(lost, "lost", 100),
    )


def _read_at(study: Told, months: float | None) -> float:
    """When survival is read, in months."""
    from ..planning.needed import check_positive

    return study.horizon if months is None else check_positive(months, "months")


def _aim(power: float, alpha: float) -> Aim:
    from .. import planning

    return planning.Aim(_percent(power, "power"), _percent(alpha, "alpha"))


def _percent(value: float, name: str) -> float:
    """A share, from a percentage."""
    from ..planning import PlanError

    if not 0 <= value <= 100:
        raise PlanError(f"{name}: a percentage from 0 to 100 was expected, found {value:g}")
    return value / 100


def _span(text: str, name: str, over: float = 1) -> tuple[float, float]:
    """The ends of `40` or `40:60`, divided."""
    from ..planning import PlanError

    match = re.fullmatch(rf"\s*(-?{_NUMBER})\s*%?\s*(?::\s*(-?{_NUMBER})\s*%?\s*)?", text)
    if match is None:
        raise PlanError(
            f"{name}: a number such as 40, or a range such as 40:60, was expected, found {text!r}"
        )
    low, high = float(match[1]), float(match[2] or match[1])
    if high < low:
        raise PlanError(f"{name}: the smaller number first was expected, found {text!r}")
    if over == 100:
        return _percent(low, name), _percent(high, name)
    return low, high


def _each(text: str, name: str, over: float = 1) -> list[tuple[float, str]]:
    """The ends of a range, none twice, each with no words of its own."""
    return [(one, "") for one in dict.fromkeys(_span(text, name, over))]
