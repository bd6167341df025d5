"""The numbers of the chapters that no printed number fixes, in every cohort.

`unprinted` knows what the entries of any study leave open; these are what the analyses of this one say
besides. A quantity is computed here without the libraries of the chapters, and a test computes each a
second time with them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import chi2

from .. import batch
from ..published import Study
from .cohorts import Ensemble
from .late_and_lost import delayed_survival, tipping_point
from .observed import Observed, observed
from .quantiles import intervals
from .quoted_fits import of_fits
from .quoted_number import Quoted
from .states import HazardRatio, hazard_ratio
from .store import EnsembleError

_Floats = NDArray[np.float64]
_Z = float(ndtri(0.975))
_OS, _LOCAL, _NEW, _MODEL = (
    "overall-survival",
    "local-recurrence",
    "new-progression",
    "multivariable",
)
_GROUPINGS = {"site": "site_group", "size": "size_group"}
_LANDMARK = 12.0
_ENTRY, _LESIONS, _CONTROL = "months_to_oligometastasis", "n_lesions", "lrf-36-other"
COLUMNS = ["quantity", "words", "unit", "measure", "cohorts", "lower", "median", "upper"]
"""Those of a table of ranges, which hold in every study."""


def ranges(ensemble: Ensemble) -> pd.DataFrame:
    """Where the quoted numbers lie under each measure: the table of `data/unprinted.csv`.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    DataFrame
        A row a quantity and measure, and one for the `envelope` of the measures: `quantity`, `words`,
        `unit`, `measure`, `cohorts` (those that give the quantity), `lower`, `median`, `upper`, of
        which the ends hold 95% of these cohorts. See `intervals`.

    Raises
    ------
    EnsembleError
        When the study has not the endpoints, groups and model of the chapters.
    """
    found = list(quoted(ensemble))
    values = pd.DataFrame({one.id: one.found for one in found})
    table = intervals(values, ensemble.record)
    about = pd.DataFrame(
        {"quantity": one.id, "words": one.words, "unit": one.unit} for one in found
    )
    return about.merge(table, on="quantity", validate="one_to_many")[COLUMNS]


def written(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it is kept: five digits, which no rounding of a machine changes."""
    kept = table.copy()
    for end in ("lower", "median", "upper"):
        kept[end] = [float(f"{value:.5g}") for value in table[end]]
    return kept


def lacking(study: Study) -> list[str]:
    """What the chapters quote numbers of and a study has not: endpoints, groupings, a model, an entry."""
    have = {*study.endpoints, *study.groupings, *study.models, *study.entries}
    wanted = (_OS, _LOCAL, _NEW, _MODEL, _CONTROL, *_GROUPINGS.values())
    return [name for name in wanted if name not in have]


def quoted(ensemble: Ensemble) -> Iterator[Quoted]:
    """Every quoted number in every cohort; see `ranges`."""
    study = ensemble.study
    if lacks := lacking(study):
        raise EnsembleError(f"{ensemble.name}: a study with {lacks[0]!r} was expected")
    groups = {
        "everyone": "all patients",
        **{name: study.groups[name].label for by in _GROUPINGS.values() for name in study.groupings[by]},
    }  # fmt: skip
    of = {name: observed(ensemble, _OS, name) for name in groups}
    for name, label in groups.items():
        yield from _of_group(ensemble, of[name], name, label)
    for term, grouping in _GROUPINGS.items():
        one, other = study.groupings[grouping]
        words = f"{groups[one]} minus {groups[other]}"
        yield from _of_difference(term, words, of[one], of[other])
        variance = batch.log_rank(
            ensemble.batch(_OS), ensemble.grid(ensemble.members(one))
        ).variance  # fmt: skip
        yield Quoted(
            f"survival.log-rank-variance.{term}",
            f"Variance of the log-rank test by {term}",
            "variance",
            variance,
        )
    yield from _of_clocks(ensemble)
    yield from _of_local(ensemble, {name: groups[name] for name in
                                    ("everyone", *study.groupings[_GROUPINGS["site"]])})  # fmt: skip
    yield from _of_progression(ensemble)
    yield from of_fits(ensemble)


def _of_group(ensemble: Ensemble, of: Observed, name: str, label: str) -> Iterator[Quoted]:
    def one(what: str, words: str, unit: str, values: _Floats) -> Quoted:
        return Quoted(f"survival.{what}.{name}", f"{words}, {label}", unit, values)

    if name in ensemble.study.groupings[_GROUPINGS["size"]]:  # who belongs to a site is printed
        yield one("patients", "Patients", "patients", of.at_risk(-np.inf))
    yield one("deaths", "Deaths", "deaths", of.events())
    yield one("deaths-36", "Deaths within 36 months", "deaths", of.events(36))
    yield one("at-risk-36", "At risk at 36 months", "patients", of.at_risk(36))
    for month in (12, 24):
        yield one(f"rate-{month}", f"Survival at {month} months", "share", of.survival(month))
    if name == "everyone":  # that of each group is printed
        yield one("rate-36", "Survival at 36 months", "share", of.survival(36))
    lower, upper = of.log_log(36, _Z)
    yield one("rate-36-lower", "Lower 95% limit of survival at 36 months", "share", lower)
    yield one("rate-36-upper", "Upper 95% limit of survival at 36 months", "share", upper)
    yield one("rate-60", "Survival at 60 months", "share", of.survival(60))
    member = ensemble.members(name)
    deaths = ensemble.batch(_OS, member)
    yield one("median", "Median survival", "months", batch.median(deaths))
    yield one("mean-36", "Mean survival within 36 months", "months", of.restricted_mean(36)[0])
    last_seen = batch.cohorts(of.time, ~of.event, of.member)
    words = "Median follow-up by the reverse Kaplan–Meier method"
    yield one("follow-up", words, "months", batch.median(last_seen))


def _of_difference(term: str, words: str, one: Observed, other: Observed) -> Iterator[Quoted]:
    def quantity(what: str, said: str, unit: str, values: _Floats) -> Quoted:
        return Quoted(f"survival.{what}.{term}", f"{said}, {words}", unit, values)

    def with_limits(
        what: str, said: str, unit: str, values: _Floats, error: _Floats
    ) -> Iterator[Quoted]:
        yield quantity(what, said, unit, values)
        limit = f"95% limit of the d{said[1:]}"
        yield quantity(f"{what}-lower", f"Lower {limit}", unit, values - _Z * error)
        yield quantity(f"{what}-upper", f"Upper {limit}", unit, values + _Z * error)

    rates = [of.survival(36) for of in (one, other)]
    sums = [of.greenwood(36) for of in (one, other)]
    gap = rates[0] - rates[1]
    with np.errstate(all="ignore"):
        error = np.sqrt(sum(rate**2 * total for rate, total in zip(rates, sums, strict=True)))
        logs = [np.where((rate > 0) & (rate < 1), np.log(rate), np.nan) for rate in rates]
        apart = np.log(-logs[0]) - np.log(-logs[1])
        spread = sum(total / log**2 for total, log in zip(sums, logs, strict=True))
        p = chi2.sf(apart**2 / spread, 1)
    said = "Difference of survival at 36 months"
    yield from with_limits("difference-36", said, "points", gap, error)
    yield quantity(
        "difference-36-p", "p value of the test of survival at 36 months", "p", np.asarray(p, float)
    )
    for month in (24, 36):
        means = [of.restricted_mean(month) for of in (one, other)]
        gap, error = means[0][0] - means[1][0], np.hypot(means[0][1], means[1][1])
        said = f"Difference of mean survival within {month} months"
        yield from with_limits(f"mean-difference-{month}", said, "months", gap, error)
        yield quantity(f"mean-difference-{month}-p", f"p value of the test of mean survival within {month} months", "p",
                       2 * ndtr(-np.abs(gap / error)))  # fmt: skip


def _of_clocks(ensemble: Ensemble) -> Iterator[Quoted]:
    """Survival of those who have lived so far, by another clock, and if the lost fared worse."""
    of = observed(ensemble, _OS)
    for month in (0, 6, 12, 24):
        words = f"Survival for 24 further months after {month} months"
        with np.errstate(all="ignore"):
            further = of.survival(month + 24) / of.survival(month)
        yield Quoted(f"clock.further-{month}", words, "share", further)
    entered = ensemble.grid(ensemble.first[_ENTRY].to_numpy(float))
    since = Observed(np.round(entered + of.time, 6), of.event, of.member & (of.time > 0))
    words = "Survival 36 months after the first diagnosis, entry"
    yield Quoted("clock.ignored-36", f"{words} ignored", "share", since.survival(36))
    late = delayed_survival(since, entered, 36)
    yield Quoted("clock.delayed-36", f"{words} delayed", "share", late)
    one, other = ensemble.study.groupings[_GROUPINGS["site"]]
    tipping = tipping_point(observed(ensemble, _OS, other), observed(ensemble, _OS, one), 36)
    words = "Tipping point of survival at 36 months by site"
    yield Quoted("clock.tipping", words, "ratio", tipping)


def _either(ensemble: Ensemble, endpoint: str, group: str) -> tuple[Observed, NDArray[np.bool_]]:
    """Time to the endpoint or to death without it, and for whom the endpoint came."""
    of = observed(ensemble, endpoint, group)
    died = ensemble.grid(ensemble.first[ensemble.study.endpoints[_OS].event].to_numpy(bool))
    return Observed(of.time, of.event | died, of.member), of.event


def _of_local(ensemble: Ensemble, groups: dict[str, str]) -> Iterator[Quoted]:
    for name, label in groups.items():
        of = observed(ensemble, _LOCAL, name)
        both, recurred = _either(ensemble, _LOCAL, name)
        for what, words, unit, values in (
            ("at-risk-36", "At risk of local recurrence at 36 months", "patients", of.at_risk(36)),
            ("incidence-36", "Cumulative incidence of local recurrence at 36 months", "share",
             both.incidence(recurred, 36)),
            ("death-36", "Cumulative incidence of death without local recurrence at 36 months",
             "share", both.incidence(~recurred, 36)),
        ):  # fmt: skip
            yield Quoted(f"local.{what}.{name}", f"{words}, {label}", unit, values)
    rate = float(ensemble.study[_CONTROL].value) / 100  # type: ignore[arg-type]
    other = ensemble.study.groupings[_GROUPINGS["site"]][1]
    member = ensemble.grid(ensemble.members(other))
    lesions = ensemble.grid(ensemble.first[_LESIONS].to_numpy(float))
    words = "Patients with local control, if lesions are independent"
    controlled = np.where(member, rate**lesions, 0.0).sum(axis=1) / member.sum(axis=1)
    yield Quoted("local.by-patient", f"{words}, {groups[other]}", "share", controlled)


def _of_progression(ensemble: Ensemble) -> Iterator[Quoted]:
    alone = observed(ensemble, _NEW)
    both, progressed = _either(ensemble, _NEW, "everyone")
    for month in (6, 12, 24, 36):
        words = f"Cumulative incidence of new progression at {month} months"
        yield Quoted(
            f"progression.incidence-{month}", words, "share", both.incidence(progressed, month)
        )
        words = f"One minus Kaplan–Meier for new progression at {month} months"
        yield Quoted(f"progression.one-minus-{month}", words, "share", 1 - alone.survival(month))
    failed = both.events()
    with np.errstate(all="ignore"):
        by_death = 1 - alone.events() / failed
    ends = batch.cohorts(both.time, both.event, both.member)
    for id, words, unit, values in (
        ("free-12", "Progression-free survival at 12 months", "share", both.survival(12)),
        ("free-median", "Median progression-free survival", "months", batch.median(ends)),
        ("by-death", "First failures that are deaths", "share", by_death),
    ):
        yield Quoted(f"progression.{id}", words, unit, values)
    of = observed(ensemble, _OS)
    onset = ensemble.grid(ensemble.first[ensemble.study.endpoints[_NEW].onset].to_numpy(float))
    came = alone.event
    began = np.where(came, onset, np.inf)
    by_landmark = np.where(came & (onset <= _LANDMARK), -np.inf, np.inf)
    ways = {
        "ever": ("new progression at any time (the trap)", np.where(came, -np.inf, np.inf), 0.0),
        "landmark": (f"new progression by {_LANDMARK:g} months", by_landmark, _LANDMARK),
        "changing": ("new progression as a state that changes", began, 0.0),
    }
    for id, (words, entered, start) in ways.items():
        found: HazardRatio = hazard_ratio(of.time, of.event, entered, of.member, start)
        label = f"azard ratio of death, {words}"
        yield Quoted(f"progression.hazard-ratio.{id}", f"H{label}", "ratio", found.ratio)
        yield Quoted(
            f"progression.p.{id}", f"p value of the Wald test of the h{label}", "p", found.p
        )
