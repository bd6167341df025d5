"""What chapters say of local recurrence and of new progression and nothing prints, in every cohort.

Part of the numbers of `quoted`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri

from .. import batch
from .cohorts import Ensemble
from .observed import Observed, observed
from .quoted_number import Quoted
from .states import HazardRatio, hazard_ratio

_Floats = NDArray[np.float64]
_Z = float(ndtri(0.975))
_OS, _LOCAL, _NEW = "overall-survival", "local-recurrence", "new-progression"
_LANDMARK = 12.0
_BETWEEN_SCANS = 3.0
_LESIONS = "n_lesions"


def _either(ensemble: Ensemble, endpoint: str, group: str) -> tuple[Observed, NDArray[np.bool_]]:
    """Time to the endpoint or to death without it, and for whom the endpoint came."""
    of = observed(ensemble, endpoint, group)
    died = ensemble.grid(ensemble.first[ensemble.study.endpoints[_OS].event].to_numpy(bool))
    return Observed(of.time, of.event | died, of.member), of.event


def of_local(ensemble: Ensemble, groups: Mapping[str, str], control: float) -> Iterator[Quoted]:
    """Local recurrence.

    Parameters
    ----------
    ensemble : Ensemble
    groups : mapping of str to str
        Everybody and the groups by site, the first of two and the other, under their labels.
    control : float
        The printed rate of local control of the last group, from 0 to 1.
    """
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
    *_, one, other = groups
    apart = observed(ensemble, _LOCAL, other)
    for end, values in zip(("lower", "upper"), apart.log_log(36, _Z), strict=True):
        words = (
            f"{end.capitalize()} 95% limit of freedom from local recurrence at 36 months, log-log"
        )
        yield Quoted(f"local.rate-36-{end}.{other}", f"{words}, {groups[other]}", "share", values)
    for name in (one, other):
        words = "Lower 95% limit of freedom from local recurrence at 36 months, Clopper–Pearson"
        limit = _exact_lower(observed(ensemble, _LOCAL, name), 36)
        yield Quoted(f"local.exact-lower.{name}", f"{words}, {groups[name]}", "share", limit)
    words = "Lesions free of local recurrence at 36 months"
    yield Quoted(
        "local.by-lesion", f"{words}, {groups[other]}", "share", _by_lesion(ensemble, other)
    )
    member = ensemble.grid(ensemble.members(other))
    lesions = ensemble.grid(ensemble.first[_LESIONS].to_numpy(float))
    words = "Patients with local control, if lesions are independent"
    controlled = np.where(member, control**lesions, 0.0).sum(axis=1) / member.sum(axis=1)
    yield Quoted("local.by-patient", f"{words}, {groups[other]}", "share", controlled)


def _exact_lower(of: Observed, time: float) -> _Floats:
    """Clopper and Pearson's lower limit, at Peto's number of patients; NaN where the rate is 0."""
    free = ~(of.event & (of.time <= time))
    watched = (of.member & free & (of.time >= time)).sum(axis=1).astype(float)
    rate = of.survival(time)
    with np.errstate(all="ignore"):
        failed = watched / rate - watched
        limit = betaincinv(watched, failed + 1, 0.025)
    return np.where((rate > 0) & (watched > 0), limit, np.nan)


def _by_lesion(ensemble: Ensemble, group: str) -> _Floats:
    """Kaplan–Meier estimate at 36 months with lesions as units."""
    study = ensemble.study
    spec, key = study.endpoints[_OS], study.tables[study.first].key
    owners = ensemble.first.loc[ensemble.members(group), ["cohort", key, spec.time]]
    rows = ensemble.tables["lesions"].merge(owners, on=["cohort", key], validate="many_to_one")
    onset = rows["local_recurrence_months"].to_numpy(float, na_value=np.nan)
    end = rows[spec.time].to_numpy(float)
    number = rows["cohort"].to_numpy(np.intp)
    sizes = np.bincount(number, minlength=len(ensemble))
    inside = np.arange(max(1, sizes.max(initial=0))) < sizes[:, None]
    times, events = np.zeros(inside.shape), np.zeros(inside.shape, bool)
    order = np.argsort(number, kind="stable")
    times[inside] = np.fmin(onset, end)[order]
    events[inside] = (onset <= end)[order]
    return batch.survival_at(batch.cohorts(times, events, inside), 36).survival


def of_progression(ensemble: Ensemble) -> Iterator[Quoted]:
    """New progression, and death after it."""
    alone = observed(ensemble, _NEW)
    both, progressed = _either(ensemble, _NEW, "everyone")
    for month in (6, 12, 24, 36):
        words = f"Cumulative incidence of new progression at {month} months"
        yield Quoted(
            f"progression.incidence-{month}", words, "share", both.incidence(progressed, month)
        )
        words = f"One minus Kaplan–Meier for new progression at {month} months"
        yield Quoted(f"progression.one-minus-{month}", words, "share", 1 - alone.survival(month))
    yield from _if_seen_earlier(both, progressed)
    yield from _after_the_last(alone)
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


def _if_seen_earlier(both: Observed, progressed: NDArray[np.bool_]) -> Iterator[Quoted]:
    """Incidence if every metastasis had been there since the scan before."""
    earlier = np.where(progressed, np.maximum(both.time - _BETWEEN_SCANS, 0), both.time)
    moved = Observed(earlier, both.event, both.member)
    for month in (6, 12, 24):
        words = f"Incidence of new progression at {month} months, each {_BETWEEN_SCANS:g} months earlier"
        found = moved.incidence(progressed, month)
        yield Quoted(f"progression.earlier-{month}", words, "share", found)


def _after_the_last(alone: Observed) -> Iterator[Quoted]:
    """How long patients were watched after the last progression, and what rate that leaves possible."""
    last = np.where(alone.event & alone.member, alone.time, 0.0).max(axis=1)
    watched = np.clip(alone.time - last[:, None], 0, None)
    years = np.where(alone.member, watched, 0.0).sum(axis=1) / 12
    with np.errstate(divide="ignore"):
        most = np.where(years > 0, -np.log(0.05) / years, np.nan)
    words = "Patient-years after the last progression"
    yield Quoted("progression.years-after", words, "patient-years", years)
    words = "One-sided upper 95% limit of the yearly rate of progression after the last one"
    yield Quoted("progression.yearly-upper", words, "share", most)
