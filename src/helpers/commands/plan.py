"""`python -m helpers plan`: what the next study needs, over the range of what this one leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from . import plan_words
from .shared import Refused

if TYPE_CHECKING:
    from ..planning import Aim, Enrolment, Setting, Told

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_json_option = click.option("--json", "as_json", is_flag=True, help="Everything as JSON")
_power_option = click.option(
    "--power", type=float, default=80, show_default=True, help="Chance to find it, in percent"
)
_alpha_option = click.option(
    "--alpha", type=float, default=5, show_default=True, help="Two-sided level, in percent"
)
_larger_option = click.option(
    "--larger", metavar="PERCENT", help="Patients with larger tumours  [range of the ensemble]"
)
_survival_option = click.option(
    "--survival",
    metavar="PERCENT",
    help="All who are alive at --months  [range of the ensemble]",
)
_months_option = click.option(
    "--months", type=float, help="When survival is read  [as this study does]"
)
_accrual_option = click.option(
    "--accrual", type=float, help="Months in which patients enter  [as --months]"
)
_follow_up_option = click.option(
    "--follow-up", type=float, help="Months from the last entry to the end  [as --months]"
)


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
@_survival_option
@_months_option
@_accrual_option
@_follow_up_option
@click.option("--lost", type=float, default=0, show_default=True, help="Percent lost a year")
@_power_option
@_alpha_option
@_json_option
def size(
    ratio: str | None,
    larger: str | None,
    explained: float,
    interaction: float | None,
    until: float | None,
    since: float | None,
    simulate: bool,
    survival: str | None,
    months: float | None,
    accrual: float | None,
    follow_up: float | None,
    lost: float,
    power: float,
    alpha: float,
    as_json: bool,
) -> None:
    """Say what it takes to confirm that larger tumours go with shorter survival.

    Deaths and patients are those for the log-rank test that is expected; Schoenfeld's and Freedman's
    formulas stand beside it, of which the one is too small and the other too large where a ratio is
    far from one. With --interaction they are those of a test whether a treatment helps one group more.
    """
    from .. import planning

    with _refusing():
        study = planning.told()
        ratios = plan_words.named_ratios(study) if ratio is None else _each(ratio, "ratio")
        aim = _aim(power, alpha)
        setting = _setting(study, larger, survival, months, accrual, follow_up, lost)
        others = _percent(explained, "explained")
        if interaction is not None:
            found = [planning.interaction_plan(interaction, setting, one, aim) for one, _ in ratios]
            _say(
                as_json,
                found,
                lambda: plan_words.of_interaction(found, ratios, setting, aim, study),
            )
            return
        plans = [planning.size_plan(one, setting, aim, others, until, since) for one, _ in ratios]
        checked = (
            [_simulated(one.hazard_ratio, one.patients[1], setting, aim) for one in plans]
            if simulate
            else []
        )
        _say(
            as_json,
            [*plans, *(item for rows in checked for item in rows.values())],
            lambda: plan_words.of_size(
                plans, checked, ratios, setting, aim, others, study, until, since
            ),
        )


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
@click.option(
    "--lost",
    metavar="PERCENT",
    help="Lost a year  [as the median follow-up of the ensemble has it]",
)
@click.option("--level", type=float, default=95, show_default=True, help="Of the interval")
@_json_option
def rate(
    survival: str | None,
    points: float,
    months: float | None,
    accrual: float,
    follow_up: float | None,
    lost: str | None,
    level: float,
    as_json: bool,
) -> None:
    """Say how many patients make a survival rate known to so many points either way.

    If everybody is followed, by the exact binomial interval; with censoring, by Greenwood's variance
    and an interval on the log-log scale or the plain one.
    """
    from .. import planning

    with _refusing():
        study = planning.told()
        read_at = _read_at(study, months)
        rates = (
            plan_words.named_rates(study) if survival is None else _each(survival, "survival", 100)
        )
        ends = study.lost if lost is None else _span(lost, "lost", 100)
        until = read_at if follow_up is None else follow_up
        ways = tuple(planning.Enrolment(accrual, until, one) for one in dict.fromkeys(ends))
        within, at = _percent(points, "points"), _percent(level, "level")
        found = [planning.rate_plan(one, within, read_at, ways, at) for one, _ in rates]
        _say(
            as_json,
            found,
            lambda: plan_words.of_rate(found, rates, within, read_at, ways, at, study),
        )


@plan.command(short_help="Validate the cut-point in new patients.")
@click.option(
    "--ratio",
    metavar="RATIO",
    help="Hazard ratio of the sides  [from the least lower limit to the least estimate]",
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
@_survival_option
@_months_option
@_accrual_option
@_follow_up_option
@click.option("--lost", type=float, default=0, show_default=True, help="Percent lost a year")
@_power_option
@_alpha_option
@_json_option
def cut(
    ratio: str | None,
    below: float | None,
    above: float | None,
    band: float,
    factor: float,
    larger: str | None,
    survival: str | None,
    months: float | None,
    accrual: float | None,
    follow_up: float | None,
    lost: float,
    power: float,
    alpha: float,
    as_json: bool,
) -> None:
    """Say what it takes to validate a cut-point in patients who had no part in its choice.

    That the groups differ is the least of it. Whether the hazard steps at the cut, or rises all the
    way, only those tell who stand just beside it.
    """
    from .. import planning

    with _refusing():
        study = planning.told()
        asked = f"{study.ratio_lower[0]}:{study.ratio[0]}" if ratio is None else ratio
        ratios = _each(asked, "ratio")
        beside = planning.beside(study.cut_mm, band) if below is None or above is None else (0, 0)
        low = beside[0] if below is None else _percent(below, "below")
        high = beside[1] if above is None else _percent(above, "above")
        aim = _aim(power, alpha)
        setting = _setting(study, larger, survival, months, accrual, follow_up, lost)
        found = [
            (one, planning.cut_plan(one, setting, low, high, factor, aim=aim)) for one, _ in ratios
        ]
        _say(
            as_json,
            [{"ratio": one, **asdict(need)} for one, needs in found for need in needs],
            lambda: plan_words.of_cut(found, (low, high), band, setting, aim, study),
        )


@plan.command(short_help="Compare two schedules of scans.")
@click.option(
    "--small",
    type=float,
    help="Percent of lesions found small  [as printed, within the window of this study]",
)
@click.option(
    "--other",
    metavar="PERCENT",
    help="The same under the other schedule  [half a year after a scan, by the ensemble]",
)
@click.option(
    "--found", type=float, help="Percent of women in whom a lesion is found  [as printed]"
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
@_power_option
@_alpha_option
@_json_option
def schedule(
    small: float | None,
    other: str | None,
    found: float | None,
    dead: float | None,
    clustered: float,
    icc: str,
    power: float,
    alpha: float,
    as_json: bool,
) -> None:
    """Say what it takes to compare the lesions that two schedules of scans find.

    In lesions, which are of those women alone in whom one is found; in all women, by those in whom a
    large one is; in clusters of women; and if death counts as well.
    """
    from .. import planning

    with _refusing():
        study = planning.told()
        first = study.found_small if small is None else _percent(small, "small")
        others = study.small_after if other is None else _span(other, "other", 100)
        seen = study.found if found is None else _percent(found, "found")
        died = 1 - sum(study.survival) / 2 if dead is None else _percent(dead, "dead")
        correlations = tuple(dict.fromkeys(_span(icc, "icc")))
        aim = _aim(power, alpha)
        plans = [
            planning.schedule_plan(first, one, seen, died, clustered, correlations, aim)
            for one in dict.fromkeys(others)
        ]
        _say(
            as_json,
            plans,
            lambda: plan_words.of_schedule(plans, seen, died, clustered, correlations, aim),
        )


def _simulated(ratio: float, patients: int, setting: Setting, aim: Aim) -> dict[str, Any]:
    """The study as planned, with the ratio at all times, before one year alone and after it alone."""
    from .. import planning

    share, survival = (sum(ends) / 2 for ends in (setting.larger, setting.survival))
    found = {}
    for words, before, after in (
        ("always", ratio, ratio),
        ("first year", ratio, 1.0),
        ("later", 1.0, ratio),
    ):
        truth = planning.world(survival, setting.months, share, before, after)
        found[words] = planning.simulated_power(
            truth, share, patients, setting.enrolment, alpha=aim.alpha
        )
    return found


def _setting(
    study: Told,
    larger: str | None,
    survival: str | None,
    months: float | None,
    accrual: float | None,
    follow_up: float | None,
    lost: float,
) -> Setting:
    """Whom the study would enter, and how."""
    from .. import planning

    read_at = _read_at(study, months)
    return planning.Setting(
        larger=study.larger if larger is None else _span(larger, "larger", 100),
        survival=study.survival if survival is None else _span(survival, "survival", 100),
        months=read_at,
        enrolment=_enrolment(
            read_at if accrual is None else accrual,
            read_at if follow_up is None else follow_up,
            lost,
        ),
    )


def _read_at(study: Told, months: float | None) -> float:
    """When survival is read, in months."""
    from ..planning.needed import check_positive

    return study.horizon if months is None else check_positive(months, "months")


def _enrolment(accrual: float, follow_up: float, lost: float) -> Enrolment:
    from .. import planning

    return planning.Enrolment(accrual, follow_up, _percent(lost, "lost"))


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


def _say(as_json: bool, found: list[Any], words: Any) -> None:
    """Everything for a machine, or words."""
    if not as_json:
        click.echo(words())
        return
    rows = [one if isinstance(one, dict) else asdict(one) for one in found]
    click.echo(json.dumps(rows, indent=1))


@contextmanager
def _refusing() -> Iterator[None]:
    """Within, what cannot be planned is refused by the name of its option."""
    from ..planning import PlanError

    try:
        yield
    except PlanError as error:
        name, colon, rest = str(error).partition(":")
        raise Refused(f"--{name.replace('_', '-')}{colon}{rest}") from None
