"""The numbers of the chapters that no printed number fixes, in every cohort.

`unprinted` knows what the entries of any study leave open; these are what the analyses of this one say
besides. A quantity is computed here without the libraries of the chapters, and a test computes each a
second time with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import chi2

from .. import batch
from ..published import Study
from . import growing
from .cohorts import Ensemble
from .leeway import unprinted
from .observed import Observed
from .quantiles import intervals
from .states import HazardRatio, hazard_ratio
from .store import EnsembleError
from .values import covariates

_Floats = NDArray[np.float64]
_Z = float(ndtri(0.975))
_OS, _LOCAL, _NEW, _MODEL = (
    "overall-survival",
    "local-recurrence",
    "new-progression",
    "multivariable",
)
_GROUPINGS = {"site": "site_group", "size": "size_group"}
_TARGET_MM, _LANDMARK, _CHANGE = 15.0, 12.0, 18.0


@dataclass(frozen=True)
class Quoted:
    """A number that a chapter quotes.

    Attributes
    ----------
    id : str
    words : str
        What it is.
    unit : str
        `share`, `points` (a difference of shares), `months`, `mm`, `ratio`, `p`, `index`,
        `variance`, or what is counted.
    found : array, shape (cohorts,)
        Infinite where a median is not reached, NaN where a cohort gives none.
    """

    id: str
    words: str
    unit: str
    found: _Floats


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
    columns = ["quantity", "words", "unit", "measure", "cohorts", "lower", "median", "upper"]
    return about.merge(table, on="quantity", validate="one_to_many")[columns]


def written(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it is kept: five digits, which no rounding of a machine changes."""
    kept = table.copy()
    for end in ("lower", "median", "upper"):
        kept[end] = [float(f"{value:.5g}") for value in table[end]]
    return kept


def quoted(ensemble: Ensemble) -> Iterator[Quoted]:
    """Every quoted number in every cohort; see `ranges`."""
    study = ensemble.study
    have = {*study.endpoints, *study.groupings, *study.models}
    for name in (_OS, _LOCAL, _NEW, _MODEL, *_GROUPINGS.values()):
        if name not in have:
            raise EnsembleError(f"{ensemble.name}: a study with {name!r} was expected")
    groups = {
        "everyone": "all patients",
        **{name: study.groups[name].label for by in _GROUPINGS.values() for name in study.groupings[by]},
    }  # fmt: skip
    of = {name: _observed(ensemble, _OS, name) for name in groups}
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
    yield from _of_local(ensemble, {name: groups[name] for name in
                                    ("everyone", *study.groupings[_GROUPINGS["site"]])})  # fmt: skip
    yield from _of_progression(ensemble)
    yield from _of_site(ensemble)
    yield from _of_size(ensemble)
    yield from _of_model(ensemble, study)
    yield from _of_growth(ensemble)


def _observed(ensemble: Ensemble, endpoint: str, group: str = "everyone") -> Observed:
    spec = ensemble.study.endpoints[endpoint]
    return Observed(
        ensemble.grid(ensemble.first[spec.time].to_numpy(float)),
        ensemble.grid(ensemble.first[spec.event].to_numpy(bool)),
        ensemble.grid(ensemble.members(group)),
    )


def _of_group(ensemble: Ensemble, of: Observed, name: str, label: str) -> Iterator[Quoted]:
    def one(what: str, words: str, unit: str, values: _Floats) -> Quoted:
        return Quoted(f"survival.{what}.{name}", f"{words}, {label}", unit, values)

    if name in ensemble.study.groupings[_GROUPINGS["size"]]:  # who belongs to a site is printed
        yield one("patients", "Patients", "patients", of.at_risk(-np.inf))
    yield one("deaths", "Deaths", "deaths", of.events())
    yield one("deaths-36", "Deaths within 36 months", "deaths", of.events(36))
    yield one("at-risk-36", "At risk at 36 months", "patients", of.at_risk(36))
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
    yield quantity("difference-36-p", "Test of survival at 36 months", "p", np.asarray(p, float))
    means = [of.restricted_mean(36) for of in (one, other)]
    gap, error = means[0][0] - means[1][0], np.hypot(means[0][1], means[1][1])
    said = "Difference of mean survival within 36 months"
    yield from with_limits("mean-difference-36", said, "months", gap, error)
    yield quantity("mean-difference-36-p", "Test of mean survival within 36 months", "p",
                   2 * ndtr(-np.abs(gap / error)))  # fmt: skip


def _either(ensemble: Ensemble, endpoint: str, group: str) -> tuple[Observed, NDArray[np.bool_]]:
    """Time to the endpoint or to death without it, and for whom the endpoint came."""
    of = _observed(ensemble, endpoint, group)
    died = ensemble.grid(ensemble.first[ensemble.study.endpoints[_OS].event].to_numpy(bool))
    return Observed(of.time, of.event | died, of.member), of.event


def _of_local(ensemble: Ensemble, groups: dict[str, str]) -> Iterator[Quoted]:
    for name, label in groups.items():
        of = _observed(ensemble, _LOCAL, name)
        both, recurred = _either(ensemble, _LOCAL, name)
        for what, words, unit, values in (
            ("at-risk-36", "At risk of local recurrence at 36 months", "patients", of.at_risk(36)),
            ("incidence-36", "Cumulative incidence of local recurrence at 36 months", "share",
             both.incidence(recurred, 36)),
            ("death-36", "Cumulative incidence of death without local recurrence at 36 months",
             "share", both.incidence(~recurred, 36)),
        ):  # fmt: skip
            yield Quoted(f"local.{what}.{name}", f"{words}, {label}", unit, values)


def _of_progression(ensemble: Ensemble) -> Iterator[Quoted]:
    alone = _observed(ensemble, _NEW)
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
    of = _observed(ensemble, _OS)
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
        yield Quoted(f"progression.p.{id}", f"Wald test of the h{label}", "p", found.p)


def _of_site(ensemble: Ensemble) -> Iterator[Quoted]:
    """Hazard ratios of the first site against the others, for parts of follow-up and each first event."""
    one, _ = ensemble.study.groupings[_GROUPINGS["site"]]
    label = f"azard ratio of {ensemble.study.groups[one].label} disease"
    inside = np.where(ensemble.grid(ensemble.members(one)), -np.inf, np.inf)
    of, new = _observed(ensemble, _OS), _observed(ensemble, _NEW)
    early = of.event & (of.time <= _CHANGE)
    for id, words, time, event, start in (
        ("before-18", f"death before {_CHANGE:g} months", np.minimum(of.time, _CHANGE), early, 0.0),
        ("after-18", f"death after {_CHANGE:g} months", of.time, of.event, _CHANGE),
        ("new-progression", "new progression, cause-specific", new.time, new.event, 0.0),
        ("death-without-it", "death without new progression, cause-specific", new.time,
         of.event & ~new.event, 0.0),
    ):  # fmt: skip
        found = hazard_ratio(time, event, inside, of.member, start)
        yield Quoted(f"site.ratio.{id}", f"H{label}, {words}", "ratio", found.ratio)


def _of_size(ensemble: Ensemble) -> Iterator[Quoted]:
    """Hazard ratios of large tumours within each site."""
    groupings, groups = ensemble.study.groupings, ensemble.study.groups
    large = groupings[_GROUPINGS["size"]][1]
    inside = np.where(ensemble.grid(ensemble.members(large)), -np.inf, np.inf)
    for name in groupings[_GROUPINGS["site"]]:
        of = _observed(ensemble, _OS, name)
        words = f"Hazard ratio of death, {groups[large].label}, {groups[name].label}"
        found = hazard_ratio(of.time, of.event, inside, of.member)
        yield Quoted(f"size.ratio.{name}", words, "ratio", found.ratio)


def _of_model(ensemble: Ensemble, study: Study) -> Iterator[Quoted]:
    fits = unprinted(ensemble)
    of = ensemble.batch(study.models[_MODEL].endpoint)
    penalised = batch.firth(of, covariates(ensemble, _MODEL), ties="breslow")  # as firthmodels
    settled = penalised.status == batch.Status.CONVERGED
    for place, (term, covariate) in enumerate(study.models[_MODEL].covariates.items()):
        for way, words in (("univariable", "alone"), ("cox", "in the model")):
            log = fits[f"{_MODEL}.{term}.{way}"].to_numpy()
            se = fits[f"{_MODEL}.{term}.{way}-se"].to_numpy()
            about = f"azard ratio of {covariate.label}, {words}"
            for id, said, unit, found in (
                ("", "H", "ratio", np.exp(log)),
                ("-lower", "Lower 95% limit of the h", "ratio", np.exp(log - _Z * se)),
                ("-upper", "Upper 95% limit of the h", "ratio", np.exp(log + _Z * se)),
                ("-p", "Wald test of the h", "p", 2 * ndtr(-np.abs(log / se))),
            ):
                yield Quoted(f"model.{term}.{way}{id}", said + about, unit, found)
        words = f"Hazard ratio of {covariate.label}, in the model with Firth's penalty"
        ratio = np.where(settled, np.exp(penalised.coef[:, place]), np.nan)
        yield Quoted(f"model.{term}.firth", words, "ratio", ratio)
    index = fits[f"{_MODEL}.c-index"].to_numpy()
    yield Quoted("model.c-index", "C-index of the model, on its own patients", "index", index)
    large = ensemble.grid(ensemble.members(study.groupings[_GROUPINGS["size"]][1])).astype(float)
    alone = batch.concordance(ensemble.batch(_OS), large).index
    yield Quoted("model.c-index-size", "C-index of the size group alone", "index", alone)


def _of_growth(ensemble: Ensemble) -> Iterator[Quoted]:
    lesions, count = ensemble.tables["lesions"], len(ensemble)
    columns = ("months_since_negative_ct", "diameter_mm")
    curve = growing.exponential(lesions[ensemble.members("any-ct")], count, *columns)
    recent = growing.exponential(lesions[ensemble.members("recent-ct")], count, *columns)
    line = growing.log_line(curve)
    lower, upper = curve.profile(_TARGET_MM)
    with np.errstate(all="ignore"):
        spread = np.sqrt(curve.squares / (curve.lesions - 2))
    for id, words, unit, values in (
        ("lesions", "Lesions with an earlier negative CT", "lesions", curve.lesions),
        ("start", "Diameter at the negative CT", "mm", curve.start),
        ("residual-sd", "Residual standard deviation of the curve", "mm", spread),
        ("doubling", "Months in which the diameter doubles", "months", curve.doubling),
        ("volume-doubling", "Months in which the volume doubles", "months", curve.doubling / 3),
        ("to-15", "Growth to 15 mm", "months", curve.months_to(_TARGET_MM)),
        ("to-15-lower", "Lower 95% profile limit of growth to 15 mm", "months", lower),
        ("to-15-upper", "Upper 95% profile limit of growth to 15 mm", "months", upper),
        ("to-15-recent", "Growth to 15 mm, lesions found within 6 months alone", "months",
         recent.months_to(_TARGET_MM)),
        ("to-15-log", "Growth to 15 mm, least squares on the log scale", "months",
         line.months_to(_TARGET_MM)),
        ("above-15-1", "New lesions above 15 mm one month after a negative CT", "share",
         line.share_above(_TARGET_MM, 1)),
        ("above-15-6", "New lesions above 15 mm six months after a negative CT", "share",
         line.share_above(_TARGET_MM, 6)),
    ):  # fmt: skip
        yield Quoted(f"growth.{id}", words, unit, values)
