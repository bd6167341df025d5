"""What `python -m helpers plan` says: an answer, a table, and a sentence for a protocol."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .rate_words import aligned, span

if TYPE_CHECKING:
    from ..planning import (
        Aim,
        CutNeed,
        Enrolment,
        InteractionPlan,
        RatePlan,
        SchedulePlan,
        Setting,
        Simulated,
        SizePlan,
        Told,
    )

_WIDTH = 76
Named = Sequence[tuple[float, str]]
"""Values, each with what it is; no words where a reader gave it."""


def named_ratios(study: Told) -> list[tuple[float, str]]:
    """Hazard ratios of size that the study leaves open, the least last."""
    return [
        (study.ratio[1], "estimate, high"),
        (study.ratio[0], "estimate, low"),
        (study.ratio_lower[1], "limit, high"),
        (study.ratio_lower[0], "limit, low"),
    ]


def named_rates(study: Told) -> list[tuple[float, str]]:
    """Rates that the study prints, and the range of that of all patients."""
    return [
        (study.small, f"up to {study.cut_mm:g} mm, printed"),
        (study.large, f"above {study.cut_mm:g} mm, printed"),
        (study.survival[0], "all, at least"),
        (study.survival[1], "all, at most"),
    ]


def of_size(
    plans: Sequence[SizePlan],
    checked: Sequence[dict[str, Simulated]],
    named: Named,
    setting: Setting,
    aim: Aim,
    explained: float,
    study: Told,
    until: float | None = None,
    since: float | None = None,
) -> str:
    """What it takes to confirm that size predicts survival."""
    least = min(plans, key=lambda one: abs(_log(one.hazard_ratio)))
    rows: list[tuple[str, ...]] = [
        ("ratio", "Schoenfeld", "Freedman", "deaths", "patients", "years", "such as")
    ]
    for one, (_, words) in zip(plans, named, strict=True):
        years = [n / study.a_year for n in one.patients]
        rows.append(
            (
                _number(one.hazard_ratio),
                _whole(one.schoenfeld),
                _whole(one.freedman),
                _thousands(one.events),
                _thousands(one.patients),
                span(f"{years[0]:.0f}", f"{years[1]:.0f}"),
                words,
            )
        )
    there = "" if until is None else f", in the first {until:g} months alone"
    there = there if since is None else f", from {since:g} months on alone"
    lines = _said(
        f"A hazard ratio of {_number(least.hazard_ratio)}{there}: {_thousands(least.events)} deaths, "
        f"{_thousands(least.patients)} patients.",
        "Deaths by two formulas and, for the plan, as the log-rank test is expected to have them; "
        f"years at this study's {study.a_year:.1f} patients a year.",
    )
    lines += _headed(rows, "which ratio")
    if checked:
        lines += ["", *_simulated(plans, checked)]
    covariates = (
        f" in a model whose other covariates explain {_percent(explained)} of the variance of size"
        if explained
        else ""
    )
    sentence = (
        f"The study shall find a hazard ratio of death of {_number(least.hazard_ratio)}{there} between "
        f"patients whose largest lesion exceeds {study.cut_mm:g} mm and all others{covariates}, with "
        f"{_of_test(aim)}. With {_percents(setting.larger)} of the patients in the first group this "
        f"takes {_thousands(least.events)} deaths (log-rank test as expected under the hazards of this "
        f"plan, after Lakatos; Schoenfeld's formula {_whole(least.schoenfeld)}, Freedman's "
        f"{_whole(least.freedman)}). {_entering(setting)} {_thousands(least.patients)} patients are "
        f"expected to have them."
    )
    return "\n".join([*lines, "", *_protocol(sentence)])


def of_interaction(
    found: Sequence[InteractionPlan], named: Named, setting: Setting, aim: Aim, study: Told
) -> str:
    """What it takes to show that a treatment helps one group more."""
    rows: list[tuple[str, ...]] = [("ratio of size", "deaths", "patients", "such as")]
    for one, (ratio, words) in zip(found, named, strict=True):
        rows.append((_number(ratio), _whole(one.events), _thousands(one.patients), words))
    least = min(one.events[0] for one in found)
    most = max(found, key=lambda one: one.events[1])
    times = span(f"{least / most.main:.1f}", f"{most.events[1] / most.main:.1f}")
    fewest, most_patients = min(one.patients[0] for one in found), most.patients[1]
    sentence = (
        f"The trial draws one of two treatments for each patient, half and half. It shall find that the "
        f"hazard ratio of treatment differs by a factor of {_number(most.ratio_of_ratios)} between "
        f"patients whose largest lesion exceeds {study.cut_mm:g} mm and all others, with "
        f"{_of_test(aim)}. This takes {_whole((least, most.events[1]))} deaths, {times} times as many "
        f"as one ratio of that size between two equal groups. {_entering(setting)} "
        f"{_thousands((fewest, most_patients))} patients are expected to have them."
    )
    return "\n".join(
        [
            *_said(
                f"An interaction by a factor of {_number(most.ratio_of_ratios)}: "
                f"{_whole((least, most.events[1]))} deaths; {_whole((most.main, most.main))} would do "
                "for one such ratio of two equal groups.",
                "The more the groups differ in hazard, the fewer deaths the smaller tumours have.",
            ),
            *_headed(rows, "which ratio"),
            "",
            *_protocol(sentence),
        ]
    )


def of_rate(
    found: Sequence[RatePlan],
    named: Named,
    points: float,
    months: float,
    ways: Sequence[Enrolment],
    level: float,
    study: Told,
) -> str:
    """What it takes to know a rate."""
    rows: list[tuple[str, ...]] = [("rate", "all followed", "log-log", "plain", "such as")]
    for one, (_, words) in zip(found, named, strict=True):
        rows.append(
            (
                _percent(one.survival),
                f"{one.exact:,}",
                _thousands(one.log_log),
                _thousands(one.plain),
                words,
            )
        )
    most = max(found, key=lambda one: one.log_log[1])
    lost = span(*(_percent(one.lost) for one in (ways[0], ways[-1])))
    sentence = (
        f"The study shall estimate survival at {months:g} months so that neither limit of its "
        f"{_percent(level)} interval lies more than {100 * points:g} points from it. For a rate of "
        f"{_percent(most.survival)} this takes {most.exact:,} patients if all are followed (exact binomial "
        f"interval), and {_thousands(most.log_log)} with {lost} lost a year at a constant rate "
        f"(Greenwood's variance, log-log scale, constant hazard; accrual {ways[0].accrual:g} months, "
        f"{ways[0].follow_up:g} more of follow-up)."
    )
    return "\n".join(
        [
            *_said(
                f"To {100 * points:g} points at {months:g} months: {most.exact:,} patients if all are "
                f"followed, {_thousands(most.log_log)} with censoring.",
                f"Lost a year: {lost}; this study had {study.patients:g} patients.",
            ),
            *_headed(rows, "which rate"),
            "",
            *_protocol(sentence),
        ]
    )


def of_cut(
    found: Sequence[tuple[float, Sequence[CutNeed]]],
    beside: tuple[float, float],
    band: float,
    setting: Setting,
    aim: Aim,
    study: Told,
) -> str:
    """What it takes to validate a cut-point."""
    rows: list[tuple[str, ...]] = [("ratio", "deaths", "patients", "such as")]
    for ratio, needs in found:
        rows += [
            (_number(ratio), _thousands(one.events), _thousands(one.patients), one.question)
            for one in needs
        ]
    ratio, needs = min(found, key=lambda one: abs(_log(one[0])))
    first, last = needs[0], needs[-1]
    sentence = (
        f"The cut-point of {study.cut_mm:g} mm is fixed before the first patient enters and is not searched "
        f"again. For a hazard ratio of {_number(ratio)} between its two sides, {_of_test(aim)} take "
        f"{_thousands(first.events)} deaths. That the hazard steps there by the same ratio, and does not "
        f"rise steadily, takes {_thousands(last.events)} deaths, since only the {_percent(sum(beside))} of "
        f"patients within {band:g} mm of it tell. {_entering(setting)} {_thousands(last.patients)} patients "
        f"are expected to have them."
    )
    return "\n".join(
        [
            *_said(
                f"A hazard ratio of {_number(ratio)}: {_thousands(first.events)} deaths show that the "
                f"groups differ, {_thousands(last.events)} that the hazard steps at the cut.",
                f"Within {band:g} mm of it: {_percent(beside[0])} of patients below, "
                f"{_percent(beside[1])} above.",
            ),
            *_headed(rows, "what is to be shown"),
            "",
            *_protocol(sentence),
        ]
    )


def of_schedule(
    plans: Sequence[SchedulePlan],
    found: float,
    died: float,
    size: float,
    icc: Sequence[float],
    aim: Aim,
) -> str:
    """What it takes to compare two schedules."""
    rows: list[tuple[str, ...]] = [
        ("small", "other", "lesions", "women", "all women", "or death", "clusters")
    ]
    for one in plans:
        clusters = [each.clusters for each in one.clusters]
        rows.append(
            (
                _percent(one.small),
                _percent(one.other),
                f"{one.lesions:,}",
                f"{one.women:,}",
                f"{one.drawn:,}",
                f"{one.composed:,}",
                _thousands((2 * min(clusters), 2 * max(clusters))),
            )
        )
    most = max(plans, key=lambda one: one.drawn)
    many = [each.clusters for each in most.clusters]
    drawn_women = [each.women for each in most.clusters]
    sentence = (
        f"Women are drawn to one of two schedules of scans. The outcome is a lesion found large, of all "
        f"women drawn: {_percent(most.large[0])} under the one and {_percent(most.large[1])} under the "
        f"other, which are {_percent(found)} with a lesion, found small in {_percent(most.small)} or "
        f"{_percent(most.other)} of them. With {_of_test(aim)} this takes {most.drawn:,} women, drawn one by "
        f"one. In clusters of {size:g} with an intraclass correlation of {span(f'{icc[0]:g}', f'{icc[-1]:g}')} "
        f"it takes {_thousands((2 * min(many), 2 * max(many)))} clusters, "
        f"{_thousands((min(drawn_women), max(drawn_women)))} women."
    )
    return "\n".join(
        [
            *_said(
                f"{_thousands(_range([one.lesions for one in plans]))} lesions, so "
                f"{_thousands(_range([one.women for one in plans]))} women; of all women drawn, "
                f"{_thousands(_range([one.drawn for one in plans]))}.",
                f"If death counts too ({_percent(died)} in either group): "
                f"{_thousands(_range([one.composed for one in plans]))}.",
                "A difference in size at detection is no difference in survival.",
            ),
            *aligned(rows),
            "",
            *_protocol(sentence),
        ]
    )


def _simulated(plans: Sequence[SizePlan], checked: Sequence[dict[str, Simulated]]) -> list[str]:
    """Power in simulated studies with the most patients of each plan."""
    rows: list[tuple[str, ...]] = [
        ("ratio", "patients", "deaths", "always", "first year", "later", "error")
    ]
    for one, found in zip(plans, checked, strict=True):
        always = found["always"]
        rows.append(
            (
                _number(one.hazard_ratio),
                f"{always.patients:,}",
                f"{always.events:.0f}",
                *(_percent(each.power) for each in found.values()),
                _percent(max(each.error for each in found.values())),
            )
        )
    number = checked[0]["always"].studies
    return [
        *_said(
            f"Power in {number:,} simulated studies, the ratio there always, in the first year alone, "
            "or later alone:"
        ),
        *aligned(rows),
    ]


def _headed(rows: list[tuple[str, ...]], last: str) -> list[str]:
    """A table whose last column is words, left out where there are none."""
    if not any(row[-1] for row in rows[1:]):
        return aligned([row[:-1] for row in rows])
    lines = aligned(rows)
    return [lines[0].removesuffix("such as") + last, *lines[1:]]


def _said(*sentences: str) -> list[str]:
    """Sentences, each on lines of its own, and an empty line after them."""
    return [*(line for one in sentences for line in textwrap.wrap(one, _WIDTH)), ""]


def _protocol(sentence: str) -> list[str]:
    lines = textwrap.wrap(sentence, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    return ["For a protocol:", *lines]


def _of_test(aim: Aim) -> str:
    return f"{_percent(aim.power)} power at a two-sided level of {_percent(aim.alpha)}"


def _entering(setting: Setting) -> str:
    """Who enters and how, up to the number of patients."""
    one = setting.enrolment
    lost = f", {_percent(one.lost)} are lost a year" if one.lost else ""
    return (
        f"If {_percents(setting.survival)} of all are alive at {setting.months:g} months, hazards are "
        f"constant, patients enter evenly over {one.accrual:g} months, the last is followed for "
        f"{one.follow_up:g}{lost},"
    )


def _log(value: float) -> float:
    from math import log

    return log(value)


def _range(values: Sequence[int]) -> tuple[int, int]:
    return min(values), max(values)


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 10 else f"{value:.0f}"


def _whole(ends: tuple[float, float]) -> str:
    from math import ceil

    return _thousands((ceil(ends[0]), ceil(ends[1])))


def _thousands(ends: tuple[int, int]) -> str:
    return span(f"{ends[0]:,}", f"{ends[1]:,}")


def _percent(value: float) -> str:
    return f"{100 * value:.3g}%"


def _percents(ends: tuple[float, float]) -> str:
    return span(_percent(ends[0]), _percent(ends[1]))
