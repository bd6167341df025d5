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
from .quoted_events import of_local, of_progression
from .quoted_fits import of_fits
from .quoted_number import Quoted
from .quoted_site import of_site
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
    rows = ensemble.tables["lesions"]["cohort"].to_numpy(np.intp)
    counted = np.bincount(rows, minlength=len(ensemble)).astype(float)
    yield Quoted("lesions", "Lesions", "lesions", counted)
    of = {name: observed(ensemble, _OS, name) for name in groups}
    for name, label in groups.items():
        yield from _of_group(ensemble, of[name], name, label)
    for term, grouping in _GROUPINGS.items():
        one, other = study.groupings[grouping]
        words = f"{groups[one]} minus {groups[other]}"
        yield from _of_difference(term, words, of[one], of[other])
        test = batch.log_rank(ensemble.batch(_OS), ensemble.grid(ensemble.members(one)))
        said = f"log-rank test by {term}"
        for id, words, unit, values in (
            ("log-rank-variance", f"Variance of the {said}", "variance", test.variance),
            ("log-rank", f"Chi-squared of the {said}", "statistic", test.chi2),
            ("excess", f"Deaths more than expected in the {said}, {groups[one]}", "number",
             test.observed - test.expected),
        ):  # fmt: skip
            yield Quoted(f"survival.{id}.{term}", words, unit, values)
    three = ensemble.grid((ensemble.first[_LESIONS] == 3).to_numpy(bool))
    test = batch.log_rank(ensemble.batch(_OS), three)
    words = "p value of the log-rank test, patients with three lesions against the others"
    yield Quoted("survival.log-rank-p.three-lesions", words, "p", test.p)
    yield from _of_clocks(ensemble)
    by_site = study.groupings[_GROUPINGS["site"]]
    control = float(study[_CONTROL].value) / 100  # type: ignore[arg-type]
    yield from of_local(ensemble, {name: groups[name] for name in ("everyone", *by_site)}, control)
    yield from of_progression(ensemble)
    yield from of_site(ensemble)
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
    limits = batch.median_limits(deaths, "log-log")
    for end, values in (("lower", limits.lower), ("upper", limits.upper)):
        words = f"{end.capitalize()} 95% limit of median survival"
        yield one(f"median-{end}", words, "months", values)
    yield one("mean-36", "Mean survival within 36 months", "months", of.restricted_mean(36)[0])
    last_seen = batch.cohorts(of.time, ~of.event, of.member)
    words = "Median follow-up by the reverse Kaplan–Meier method"
    yield one("follow-up", words, "months", batch.median(last_seen))
    if name == "everyone":
        alive = np.where(of.member & ~of.event, of.time, np.nan)
        words = "Median follow-up of those still alive"
        yield one("follow-up-alive", words, "months", np.nanmedian(alive, axis=1))
    if name in ensemble.study.groupings[_GROUPINGS["site"]]:
        patients, died = of.at_risk(-np.inf), of.events(36)
        lost = (of.member & ~of.event & (of.time < 36)).sum(axis=1)
        said = "Survival at 36 months if all who were lost before"
        yield one("worst-36", f"{said} died", "share", 1 - (died + lost) / patients)
        yield one("best-36", f"{said} lived on", "share", 1 - died / patients)


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
    for name in ensemble.study.groupings[_GROUPINGS["site"]]:
        there = since.member & ensemble.grid(ensemble.members(name))
        apart = Observed(since.time, since.event, there)
        said = f"{words} ignored, {ensemble.study.groups[name].label}"
        yield Quoted(f"clock.ignored-36.{name}", said, "share", apart.survival(36))
    late = delayed_survival(since, entered, 36)
    yield Quoted("clock.delayed-36", f"{words} delayed", "share", late)
    one, other = ensemble.study.groupings[_GROUPINGS["site"]]
    tipping = tipping_point(observed(ensemble, _OS, other), observed(ensemble, _OS, one), 36)
    words = "Tipping point of survival at 36 months by site"
    yield Quoted("clock.tipping", words, "ratio", tipping)
