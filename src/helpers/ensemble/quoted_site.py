"""What chapters say of the sites side by side and nothing prints, in every cohort.

Ratios of hazards and of times, hazards by period, and tests of whether they keep one ratio: part of
the numbers of `quoted`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .. import batch, survival
from .cohorts import Ensemble
from .observed import Observed, in_some, observed
from .other_models import (
    log_normal_time_ratio,
    share_cured,
    stratified_ratio,
    subdistribution_ratio,
    weibull_time_ratio,
)
from .quoted_number import Quoted
from .states import hazard_ratio, log_time_ratio, proportional_p

_Floats = NDArray[np.float64]
_OS, _NEW = "overall-survival", "new-progression"
_GROUPINGS = {"site": "site_group", "size": "size_group"}
_CHANGE = 18.0


def of_site(ensemble: Ensemble) -> Iterator[Quoted]:
    """The first site beside the others."""
    yield from _ratios(ensemble)
    yield from _that_change(ensemble)
    yield from _by_period(ensemble)
    yield from _beside(ensemble)
    yield from _by_other_models(ensemble)


def _ratios(ensemble: Ensemble) -> Iterator[Quoted]:
    """Hazard ratios of the first site against the others, for parts of follow-up and each first event."""
    one, _ = ensemble.study.groupings[_GROUPINGS["site"]]
    label = f"azard ratio of {ensemble.study.groups[one].label} disease"
    inside = np.where(ensemble.grid(ensemble.members(one)), -np.inf, np.inf)
    of, new = observed(ensemble, _OS), observed(ensemble, _NEW)
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


def _that_change(ensemble: Ensemble) -> Iterator[Quoted]:
    """A ratio that goes with the logarithm of time, and tests that ask for more than one ratio."""
    one, _ = ensemble.study.groupings[_GROUPINGS["site"]]
    label = f"azard ratio of {ensemble.study.groups[one].label} disease"
    member = ensemble.grid(ensemble.members(one))
    inside, of = np.where(member, -np.inf, np.inf), observed(ensemble, _OS)
    moving = log_time_ratio(of.time / 12, of.event, inside, of.member)
    words = f"H{label} at 12 months, if it goes with log time"
    yield Quoted("site.ratio.at-12", words, "ratio", moving.ratio)
    words = f"Coefficient of log time in the h{label}"
    yield Quoted("site.log-time", words, "coefficient", moving.slope)
    words = "p value of the score test of proportional hazards, site alone"
    test = proportional_p(of.time, of.event, inside, of.member)
    yield Quoted("site.proportional-p", words, "p", test)
    by_weight = batch.weighted_log_rank(ensemble.batch(_OS), member, survival.FAMILY)
    largest, known = np.abs(by_weight.z).max(axis=1), np.isfinite(by_weight.z).all(axis=1)
    combined = np.full(len(ensemble), np.nan)
    for cohort in np.flatnonzero(known):
        combined[cohort] = survival.max_combo_p(largest[cohort], by_weight.correlation[cohort])
    words = "p value of the max-combo test by site"
    yield Quoted("site.max-combo-p", words, "p", combined)


def _by_period(ensemble: Ensemble) -> Iterator[Quoted]:
    """Deaths over months lived, before a time and after it."""
    periods = {
        "early": (0.0, _CHANGE, f"first {_CHANGE:g} months"),
        "late": (_CHANGE, np.inf, "later"),
    }
    for id, (start, end, words) in periods.items():
        for name in ensemble.study.groupings[_GROUPINGS["site"]]:
            of = observed(ensemble, _OS, name)
            lived = np.where(of.member, np.clip(of.time, start, end) - start, 0.0).sum(axis=1)
            deaths = of.events(end) - (of.events(start) if start else 0.0)
            with np.errstate(all="ignore"):
                rate: _Floats = np.where(lived > 0, 100 * deaths / lived, np.nan)
            label = ensemble.study.groups[name].label
            said = f"Deaths per 100 person-months, {label}, {words}"
            yield Quoted(f"site.deaths-per-100.{id}.{name}", said, "rate", rate)


def _beside(ensemble: Ensemble) -> Iterator[Quoted]:
    """The same with size in the model."""
    one, _ = ensemble.study.groupings[_GROUPINGS["site"]]
    large = ensemble.study.groupings[_GROUPINGS["size"]][1]
    both = np.stack(
        [ensemble.grid(ensemble.members(name)).astype(float) for name in (one, large)], axis=-1
    )
    fit = batch.cox(ensemble.batch(_OS), both)
    ratio = np.where(fit.status == batch.Status.CONVERGED, np.exp(fit.coef[:, 0]), np.nan)
    words = f"Hazard ratio of {ensemble.study.groups[one].label} disease, death, size beside it"
    yield Quoted("site.ratio.beside-size", words, "ratio", ratio)


def _by_other_models(ensemble: Ensemble) -> Iterator[Quoted]:
    """Ratios of the first site against the others that no Cox model of all patients gives."""
    study = ensemble.study
    site, size = (study.groupings[name] for name in _GROUPINGS.values())
    label = f"atio of {study.groups[site[0]].label} disease"
    inside = ensemble.grid(ensemble.members(site[0])).astype(bool)
    large = ensemble.grid(ensemble.members(size[1])).astype(bool)
    of, new = observed(ensemble, _OS), observed(ensemble, _NEW)
    of = Observed(of.time, of.event, of.member & (of.time > 0))
    first = Observed(new.time, new.event | of.event, of.member & (new.time > 0))
    stratified = stratified_ratio(of, inside, large).ratio
    yield Quoted(
        "site.ratio.stratified", f"Hazard r{label}, death, size a stratum", "ratio", stratified
    )
    for id, words, cause in (
        ("new-progression", "new progression", new.event),
        ("death-without-it", "death without new progression", of.event & ~new.event),
    ):
        found = subdistribution_ratio(first, cause, inside).ratio
        words = f"Subdistribution hazard r{label}, {words}"
        yield Quoted(f"site.subdistribution.{id}", words, "ratio", found)
    for law, ratio in (("Weibull", weibull_time_ratio), ("log-normal", log_normal_time_ratio)):
        words = f"R{label} in times to death, {law} law"
        yield Quoted(f"site.times.{law.lower()}", words, "ratio", ratio(of, inside))
    (cured,) = in_some(
        of, lambda cohort, member: [share_cured(of.time[cohort, member], of.event[cohort, member])]
    )
    yield Quoted("survival.cured", "Share cured, the others by Weibull's law", "share", cured)
