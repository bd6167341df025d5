"""What `python -m helpers plan` says: an answer, a table, and a sentence for a protocol."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from math import ceil, log
from typing import TYPE_CHECKING

from ..published import so_long
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
_WHICH = (
    "The ratio is that of size alone, or its lower 95% limit; high and low are the outermost ends of the "
    "middle 95% of the ensemble under three measures."
)
Named = Sequence[tuple[float, str]]
"""Values, each with what it is; no words where a reader gave it."""


def named_ratios(study: Told) -> list[tuple[float, str]]:
    """Hazard ratios of size that the study leaves open, that of size alone, the least last."""
    return [
        (study.ratio[1], "ratio, high"),
        (study.ratio[0], "ratio, low"),
        (study.ratio_lower[1], "limit, high"),
        (study.ratio_lower[0], "limit, low"),
    ]


def named_rates(study: Told) -> list[tuple[float, str]]:
    """Rates that the study prints, and the range of that of all patients."""
    return [
        (study.small, f"up to {study.cut_mm:g} mm, printed"),
        (study.large, f"above {study.cut_mm:g} mm, printed"),
        (study.survival[0], "all, lower end"),
        (study.survival[1], "all, upper end"),
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
    least = min(plans, key=lambda one: abs(log(one.hazard_ratio)))
    lasts = until is None and since is None
    formulas = ("Schoenfeld", "Freedman") if lasts else ()
    rows: list[tuple[str, ...]] = [("ratio", *formulas, "deaths", "patients", "centres", "such as")]
    accrual = setting.enrolment.accrual
    for one, (_, words) in zip(plans, named, strict=True):
        by_formula = (_whole(one.schoenfeld), _whole(one.freedman)) if lasts else ()
        centres = (
            _thousands(_range([study.centres(n, accrual) for n in one.patients]))
            if accrual
            else "-"
        )
        rows.append(
            (
                _number(one.hazard_ratio),
                *by_formula,
                _thousands(one.events),
                _thousands(one.patients),
                centres,
                words,
            )
        )
    there = "" if until is None else f", present in the first {until:g} months only"
    there = there if since is None else f", present from {since:g} months on only"
    lines = _said(
        f"A hazard ratio of {_number(least.hazard_ratio)}{there}: {_thousands(least.events)} deaths, "
        f"{_thousands(least.patients)} patients.",
        (
            "Deaths by two formulas, which do not know of losses, and, for"
            if lasts
            else "Deaths, for"
        )
        + " the plan, as the log-rank test is expected to have them; centres: how many of this study's "
        f"pace, {study.a_year:.1f} patients a year, enter them in {accrual:g} months.",
        *((_WHICH,) if named[0][1] else ()),
    )
    lines += _headed(rows, "which ratio")
    if checked:
        lines += ["", *_simulated(plans, checked)]
    covariates = "" if lasts else ","
    if explained:
        covariates = (
            f", adjusted for covariates that explain {_percent(explained)} of the variance of size,"
        )
    with_formulas = (
        f"; Schoenfeld's formula asks for {_whole(least.schoenfeld)}, Freedman's for "
        f"{_whole(least.freedman)}"
        if lasts
        else ""
    )
    sentence = (
        f"The study is designed to detect a hazard ratio of death of {_number(least.hazard_ratio)} between "
        f"patients whose largest lesion exceeds {study.cut_mm:g} mm and all others{there}{covariates} with "
        f"{_of_test(aim)}. This takes {least.patients[1]:,} patients and up to {least.events[1]:,} deaths "
        f"(log-rank test as expected under the hazards of this plan, after Lakatos{with_formulas}). These are "
        f"the upper ends of {_thousands(least.patients)} and {_thousands(least.events)}, over what is not "
        f"known: {_percents(setting.larger)} of the patients have larger tumours. {_entering(setting)}"
    )
    return "\n".join([*lines, "", *_protocol(sentence)])


def of_interaction(
    found: Sequence[InteractionPlan], named: Named, setting: Setting, aim: Aim, study: Told
) -> str:
    """What it takes to show that a treatment helps one group more."""
    rows: list[tuple[str, ...]] = [("ratio of size", "deaths", "patients", "such as")]
    for one, (ratio, words) in zip(found, named, strict=True):
        rows.append((_number(ratio), _whole(one.events), _thousands(one.patients), words))
    together = list(zip(found, named, strict=True))
    planned = [pair for pair in together if pair[1][1] == "ratio, low"] or together
    most, (of_size_alone, _) = max(planned, key=lambda pair: pair[0].patients[1])
    times = f"{most.events[1] / most.main:.1f}"
    sentence = (
        f"Patients are randomised 1:1 to two treatments. The trial is designed to detect that the hazard "
        f"ratio of treatment differs by a factor of {_number(most.ratio_of_ratios)} between patients whose "
        f"largest lesion exceeds {study.cut_mm:g} mm and all others, with {_of_test(aim)}, if the hazard "
        f"ratio of size is {_number(of_size_alone)} and the treatment changes no hazard on average. This "
        f"takes {most.patients[1]:,} patients and up to {ceil(most.events[1]):,} deaths, {times} times as "
        f"many as one ratio of that size between two equal groups. These are the upper ends of "
        f"{_thousands(most.patients)} and {_whole(most.events)}, over what is not known: "
        f"{_percents(setting.larger)} of the patients have larger tumours. {_entering(setting)}"
    )
    return "\n".join(
        [
            *_said(
                f"An interaction by a factor of {_number(most.ratio_of_ratios)}, with a hazard ratio of size of "
                f"{_number(of_size_alone)}: {_whole(most.events)} deaths; "
                f"{_whole((most.main, most.main))} would do for one such ratio of two equal groups.",
                "The more the groups differ in hazard, the fewer deaths those with the lower one have.",
                *((_WHICH,) if named[0][1] else ()),
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
    together = list(zip(found, named, strict=True))
    most, (_, who) = max(together, key=lambda pair: pair[0].log_log[1])
    whom = f" of patients with tumours {who.removesuffix(', printed')}" if "printed" in who else ""
    whom = " of all patients" if who.startswith("all") else whom
    lost = span(*(_percent(one.lost) for one in (ways[0], ways[-1])))
    at = so_long(f"{months:g}", "months")
    sentence = (
        f"The study is designed to estimate survival{whom} at {at} so that neither limit of its "
        f"{_percent(level)} interval is expected to lie more than {100 * points:g} points from it. For a rate "
        f"of {_percent(most.survival)} this takes {most.log_log[1]:,} patients, the upper end of "
        f"{_thousands(most.log_log)} with {lost} lost a year at a constant rate (Greenwood's variance, "
        f"log-log scale, constant hazard; accrual {ways[0].accrual:g} months, {ways[0].follow_up:g} more of "
        f"follow-up); if all are followed, {most.exact:,} (exact binomial interval)."
    )
    return "\n".join(
        [
            *_said(
                f"To {100 * points:g} points at {at}: {most.exact:,} patients if all are "
                f"followed, {_thousands(most.log_log)} with censoring.",
                f"Lost a year: {lost}; this study had {study.patients:g} patients. These are for the width "
                "that is expected: half of all studies come out wider.",
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
    slope: float,
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
    ratio, needs = min(found, key=lambda one: abs(log(one[0])))
    first, last = needs[0], needs[-1]
    sentence = (
        f"The cut-point of {study.cut_mm:g} mm is fixed before the first patient enters and is not searched "
        f"again. The study is designed to detect a hazard ratio of {_number(ratio)} between its two sides with "
        f"{_of_test(aim)}. This takes {first.patients[1]:,} patients and up to {first.events[1]:,} deaths, the "
        f"upper ends of {_thousands(first.patients)} and {_thousands(first.events)}, over what is not known: "
        f"{_percents(setting.larger)} of the patients have larger tumours. {_entering(setting)} That the "
        f"hazard steps there by the same ratio, beside a steady rise with the diameter, would take "
        f"{last.patients[1]:,} patients and up to {last.events[1]:,} deaths, since only the "
        f"{_percent(sum(beside))} of patients within {band:g} mm of it tell and the diameter explains "
        f"{_percent(slope)} of the variance of the side among them."
    )
    return "\n".join(
        [
            *_said(
                f"A hazard ratio of {_number(ratio)}: {_thousands(first.events)} deaths show that the "
                f"groups differ, {_thousands(last.events)} a step of that ratio beside a steady rise.",
                f"Within {band:g} mm of it: {_percent(beside[0])} of patients below, "
                f"{_percent(beside[1])} above; the diameter explains {_percent(slope)} of the variance of "
                "the side there. That those just beside the cut differ shows no step: they do if the hazard "
                "rises steadily, too.",
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
    cut_mm: float,
    study: Told | None = None,
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
        f"Women are randomised 1:1 to one of two schedules of scans. The outcome is that a large lesion is "
        f"found, among all women randomised: {_percent(most.large[0])} under the one and "
        f"{_percent(most.large[1])} under the other, assuming that a lesion is found in {_percent(found)} of "
        f"women under either and that {_percent(most.small)} or {_percent(most.other)} of lesions are at "
        f"most {cut_mm:g} mm. With {_of_test(aim)} this takes {most.drawn:,} women, randomised one by one. In whole "
        f"clusters of {size:g} (Student's quantiles) it takes {2 * max(many):,} clusters, "
        f"{max(drawn_women):,} women, the most over an intraclass correlation of "
        f"{span(f'{icc[0]:g}', f'{icc[-1]:g}')}."
    )
    return "\n".join(
        [
            *_said(
                f"{_thousands(_range([one.lesions for one in plans]))} lesions, so "
                f"{_thousands(_range([one.women for one in plans]))} women; of all women randomised, "
                f"{_thousands(_range([one.drawn for one in plans]))}.",
                f"If death counts too ({_percent(died)} in either group, independent of what is found): "
                f"{_thousands(_range([one.composed for one in plans]))}.",
                *(() if study is None else (_supposed(study),)),
                "A difference in size at detection is no difference in survival.",
            ),
            *aligned(rows),
            "",
            *_protocol(sentence),
        ]
    )


def _supposed(study: Told) -> str:
    """How far the shares are known that a comparison of schedules starts from."""
    small, found = (_percents(ends) for ends in (study.found_small_limits, study.found_limits))
    return (
        f"The shares are suppositions: that of small lesions is of {study.lesions} found within half a year "
        f"of a clear CT (exact 95% limits {small}), and a lesion was found after treatment, in another "
        f"population ({found}); it is taken as equally frequent under both schedules."
    )


def _simulated(plans: Sequence[SizePlan], checked: Sequence[dict[str, Simulated]]) -> list[str]:
    """Power in simulated studies with the most patients of each plan."""
    rows: list[tuple[str, ...]] = [("ratio", "patients", "deaths", *checked[0], "error")]
    for one, found in zip(plans, checked, strict=True):
        always = found["as planned"]
        rows.append(
            (
                _number(one.hazard_ratio),
                f"{always.patients:,}",
                f"{always.events:.0f}",
                *(_percent(each.power) for each in found.values()),
                _percent(max(each.error for each in found.values())),
            )
        )
    number = checked[0]["as planned"].studies
    otherwise = (
        ", and with the ratio in the first year alone or later alone" if len(checked[0]) > 1 else ""
    )
    return [
        *_said(
            f"Power in {number:,} simulated studies, where the plan takes the most patients"
            f"{otherwise}:"
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
    return [
        *(line for one in sentences for line in textwrap.wrap(one, _WIDTH, break_on_hyphens=False)),
        "",
    ]


def _protocol(sentence: str) -> list[str]:
    return ["For a protocol:", *_indented(sentence)]


def of_synthetic() -> list[str]:
    """The end of a sentence for a protocol whose ranges were not given."""
    return _indented(
        "Ranges that the planner was not given are those of synthetic cohorts that print the same abstract; "
        "they are no estimates from patients."
    )


def _indented(sentence: str) -> list[str]:
    return textwrap.wrap(
        sentence, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


def _of_test(aim: Aim) -> str:
    return f"{_percent(aim.power)} power at a two-sided level of {_percent(aim.alpha)}"


def _entering(setting: Setting) -> str:
    """Who enters and how, as a sentence."""
    one = setting.enrolment
    ends = setting.lost or (one.lost, one.lost)
    lost = f"{_percents(ends)} are lost a year" if any(ends) else "nobody is lost"
    return (
        f"It is assumed that {_percents(setting.survival)} of all patients are alive at "
        f"{so_long(f'{setting.months:g}', 'months')}, that hazards are constant, that patients enter evenly over "
        f"{one.accrual:g} months and the last is followed for {one.follow_up:g}, and that {lost}."
    )


def _range(values: Sequence[int]) -> tuple[int, int]:
    return min(values), max(values)


def _number(value: float) -> str:
    """A ratio in few digits, and in more where they would make it 1, which it is not."""
    short = f"{value:.3g}" if value < 10 else f"{value:.0f}"
    return str(float(value)) if short == "1" and value != 1 else short


def _whole(ends: tuple[float, float]) -> str:
    return _thousands((ceil(ends[0]), ceil(ends[1])))


def _thousands(ends: tuple[int, int]) -> str:
    return span(f"{ends[0]:,}", f"{ends[1]:,}")


def _percent(value: float) -> str:
    return f"{100 * value:.3g}%"


def _percents(ends: tuple[float, float]) -> str:
    return span(_percent(ends[0]), _percent(ends[1]))
