"""What no printed number fixes, in every cohort: how far cohorts that print the same can differ.

Names and words come from the study: the endpoints, times, groups and models that its entries use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import batch
from ..published import (
    AtRisk,
    Count,
    CoxLimit,
    CoxOnly,
    CoxTerm,
    Entry,
    Incidence,
    KaplanMeier,
    KaplanMeierError,
    KaplanMeierLimit,
    KaplanMeierMean,
    KaplanMeierMedian,
    KaplanMeierMedianError,
    KaplanMeierMedianLimit,
    KaplanMeierQuantile,
    LogRank,
    StratifiedLogRank,
    Study,
    so_long,
)
from .cohorts import Ensemble
from .values import covariates, cox, some

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """Something that can differ between cohorts that print the same.

    Attributes
    ----------
    id : str
        `endpoint.what`, `rows.group`, `model.c-index` or `model.term.estimator`.
    words, unit : str
    main : bool
        False for a standard error, and where another quantity estimates the same.
    values : callable
        Gives it in each cohort.
    """

    id: str
    words: str
    unit: str
    values: Callable[[], _Floats]
    main: bool = True


def unprinted(ensemble: Ensemble) -> pd.DataFrame:
    """Quantities that the printed numbers leave open.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    DataFrame
        A row a cohort, a column a quantity, named as `quantities` lists them. Rates in percent,
        log hazard ratios as such; a median is infinite where the curve stays above one half; NaN
        where a cohort gives none.
    """
    found = {one.id: one.values() for one in _quantities(ensemble)}
    return pd.DataFrame(found, index=pd.RangeIndex(len(ensemble), name="cohort"))


def main(ensemble: Ensemble) -> pd.DataFrame:
    """The main ones of the columns of `unprinted`, without the time that the others take."""
    found = {one.id: one.values() for one in _quantities(ensemble) if one.main}
    return pd.DataFrame(found, index=pd.RangeIndex(len(ensemble), name="cohort"))


def quantities(ensemble: Ensemble) -> pd.DataFrame:
    """The columns of `unprinted` in words: a row a quantity (index `id`), `words`, `unit`, `main`.

    Not `main` are standard errors, and estimates of what another quantity estimates already.
    """
    rows = [(one.id, one.words, one.unit, one.main) for one in _quantities(ensemble)]
    return pd.DataFrame(rows, columns=["id", "words", "unit", "main"]).set_index("id")


def _quantities(ensemble: Ensemble) -> Iterator[Quantity]:
    study = ensemble.study
    for name in study.endpoints:
        if entries := [entry for entry in study.targets if name == _endpoint_of(study, entry)]:
            yield from _of_endpoint(ensemble, name, entries)
    printed = {
        entry.estimand.group
        for entry in study.entries.values()
        if isinstance(entry.estimand, Count) and entry.relation == "="
    }
    compared = [group for entry in study.entries.values() for group in _groups_of(entry)]
    for group in dict.fromkeys(compared):
        if group not in printed:
            label = study.groups[group].label
            yield Quantity(
                f"rows.{group}",
                f"Patients, {label}",
                study.first,
                lambda group=group: (
                    ensemble.grid(ensemble.members(group)).sum(axis=1).astype(float)
                ),  # type: ignore[misc]
            )
    for name in study.models:
        yield from _of_model(ensemble, name)


def _endpoint_of(study: Study, entry: Entry) -> str | None:
    match entry.estimand:
        case KaplanMeier(endpoint=name) | KaplanMeierMedian(endpoint=name):
            return name
        case KaplanMeierLimit(endpoint=name) | KaplanMeierError(endpoint=name):
            return name
        case KaplanMeierMedianLimit(endpoint=name) | Incidence(endpoint=name):
            return name
        case KaplanMeierMedianError(endpoint=name) | KaplanMeierMean(endpoint=name):
            return name
        case KaplanMeierQuantile(endpoint=name):
            return name
        case AtRisk(endpoint=name) | LogRank(endpoint=name) | StratifiedLogRank(endpoint=name):
            return name
        case CoxTerm(model=model) | CoxLimit(model=model) | CoxOnly(model=model):
            return study.models[model].endpoint
    return None


def _groups_of(entry: Entry) -> tuple[str, ...]:
    match entry.estimand:
        case KaplanMeier(group=group) | KaplanMeierMedian(group=group) | AtRisk(group=group):
            return (group,)
        case KaplanMeierLimit(group=group) | KaplanMeierError(group=group):
            return (group,)
        case KaplanMeierMedianLimit(group=group) | Incidence(group=group):
            return (group,)
        case KaplanMeierMedianError(group=group) | KaplanMeierMean(group=group):
            return (group,)
        case KaplanMeierQuantile(group=group):
            return (group,)
        case LogRank(groups=groups) | StratifiedLogRank(groups=groups):
            return groups
    return ()


def _of_endpoint(ensemble: Ensemble, name: str, entries: list[Entry]) -> Iterator[Quantity]:
    """Events, survival at the times that are printed, median, and who was at risk."""
    study = ensemble.study
    spec = study.endpoints[name]
    label, unit = spec.label, study.unit_of(spec)
    everyone = cache(lambda: ensemble.batch(name))
    at: dict[float, list[str]] = {}
    for entry in entries:
        if isinstance(entry.estimand, (KaplanMeier, KaplanMeierLimit, KaplanMeierError, AtRisk)):
            groups = at.setdefault(entry.estimand.time, [])
            if entry.estimand.group not in groups:
                groups.append(entry.estimand.group)

    def events() -> _Floats:
        return (everyone().event_observed & ensemble.included).sum(axis=1).astype(float)

    yield Quantity(f"{name}.events", f"Events, {label}", "events", events)
    yield Quantity(f"{name}.median", f"Median, {label}", unit, lambda: batch.median(everyone()))
    for time, groups in at.items():

        def so_far(time: float = time) -> _Floats:
            return batch.survival_at(everyone(), time).events.astype(float)

        def survival(time: float = time) -> _Floats:
            return 100 * batch.survival_at(everyone(), time).survival

        shown = f"{time:g}"
        by = so_long(shown, unit)
        yield Quantity(f"{name}.events-{shown}", f"Events by {by}, {label}", "events", so_far)
        words = f"{label[0].upper()}{label[1:]} at {by}, everyone"
        yield Quantity(f"{name}.survival-{shown}", words, "percent", survival)
        for group in groups:

            def at_risk(time: float = time, group: str = group) -> _Floats:
                chosen = ensemble.batch(name, ensemble.members(group))
                return batch.survival_at(chosen, time).at_risk.astype(float)

            words = f"At risk at {by}, {label}, {study.groups[group].label}"
            yield Quantity(f"{name}.at-risk-{shown}.{group}", words, study.first, at_risk)


def _of_model(ensemble: Ensemble, name: str) -> Iterator[Quantity]:
    """The log hazard ratio of each term by four estimators, their standard errors, and Harrell's C."""
    spec = ensemble.study.models[name]
    fits = _Fits(ensemble, name)
    for position, (term, covariate) in enumerate(spec.covariates.items()):
        estimators: list[tuple[str, str, Callable[[int], _Floats]]] = [
            ("cox", "Cox, all covariates", fits.cox),
            ("univariable", "Cox, alone", fits.univariable),
            ("firth", "Firth, all covariates", fits.firth),
        ]
        if covariate.group is not None:
            estimators.append(("one-step", "one-step (Peto), alone", fits.one_step))
        for id, words, values in estimators:
            label = f"og hazard ratio of {covariate.label}: {words}"
            for column, start, suffix in (
                (0, "L", ""),
                (1, "Standard error of the l", "-se"),
            ):
                yield Quantity(
                    f"{name}.{term}.{id}{suffix}",
                    start + label,
                    "log hazard ratio",
                    lambda at=position, how=values, column=column: how(at)[column],  # type: ignore[misc]
                    main=id == "cox" and not suffix,
                )
    yield Quantity(f"{name}.c-index", "Harrell's C of the model", "", fits.c_index)


class _Fits:
    """The fits of a model to every cohort, each computed once; arrays of shape (2, cohorts)."""

    def __init__(self, ensemble: Ensemble, name: str) -> None:
        self.ensemble, self.name = ensemble, name
        self.spec = ensemble.study.models[name]
        self._cox = cache(lambda: cox(ensemble, name))
        self._patients = cache(lambda: ensemble.batch(self.spec.endpoint))
        self._design = cache(lambda: covariates(ensemble, name))
        self._firth = cache(lambda: self._fitted(batch.firth, self._design()))
        self.univariable = cache(
            lambda at: self._fitted(batch.cox, self._design()[..., [at]])[..., 0]
        )

    def _fitted(self, fit: Callable[..., batch.Cox | batch.Firth], design: _Floats) -> _Floats:
        """Coefficients and standard errors, shape (2, cohorts, terms); NaN without a fit."""
        found = np.full((2, len(design), design.shape[-1]), np.nan)
        whole = np.asarray(~np.isnan(design).any(axis=(1, 2)))
        if whole.any():
            fitted = fit(some(self._patients(), whole), design[whole])
            good = (fitted.status == batch.Status.CONVERGED)[:, None]
            found[0, whole] = np.where(good, fitted.coef, np.nan)
            found[1, whole] = np.where(good, fitted.se, np.nan)
        return found

    def cox(self, at: int) -> _Floats:
        """The whole model, which leaves out what does not vary."""
        fitted = self._cox()
        return np.stack([fitted.log_hazard_ratio.iloc[:, at], fitted.se.iloc[:, at]])

    def firth(self, at: int) -> _Floats:
        """The whole model under Firth's penalty."""
        return self._firth()[..., at]

    def one_step(self, at: int) -> _Floats:
        """Observed minus expected over the variance of the log-rank test."""
        member = self._design()[..., at] == 1
        found = batch.log_rank(self._patients(), member)
        return np.stack([found.log_hazard_ratio, np.where(found.variance > 0, found.se, np.nan)])

    def c_index(self) -> _Floats:
        """Of the linear predictor of the whole model, on the patients it was fitted to."""
        fitted = self._cox().log_hazard_ratio.to_numpy()
        used = ~np.isnan(fitted)
        risk = np.einsum("cpk,ck->cp", self._design(), np.where(used, fitted, 0.0))
        risk[~used.any(axis=1)] = np.nan
        return batch.concordance(self._patients(), risk).index
