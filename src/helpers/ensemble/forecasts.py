"""What a model of the study predicts, and how good that is on its own patients, in every cohort."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .. import batch
from .cohorts import Ensemble
from .observed import Observed
from .values import covariates, cox

_Floats = NDArray[np.float64]


class Forecast:
    """Survival that the Cox model predicts, Efron's ties, in each cohort of an ensemble.

    Parameters
    ----------
    ensemble : Ensemble
    model : str
        Of the study. A covariate that does not vary in a cohort is left out there.
    """

    def __init__(self, ensemble: Ensemble, model: str) -> None:
        spec = ensemble.study.models[model]
        self.terms = list(spec.covariates)
        self.design = covariates(ensemble, model)
        self._patients = ensemble.batch(spec.endpoint)
        fitted = cox(ensemble, model).log_hazard_ratio.to_numpy()
        self._without = np.isnan(fitted).all(axis=1)
        self._coef = np.nan_to_num(fitted)
        self._included = ensemble.included
        self._risk = self._log_hazard(self.design)

    def of(self, profile: Mapping[str, float], time: float) -> _Floats:
        """Survival of a patient; what the profile has not is 0.

        Returns
        -------
        array, shape (cohorts,)
            NaN in a cohort without a model, or with nobody followed so long.
        """
        x = np.array([profile.get(term, 0.0) for term in self.terms])
        return np.exp(-self._baseline(time) * np.exp(self._coef @ x))

    def mean(self, term: str, value: float, time: float) -> _Floats:
        """Mean survival of all patients, if each had this value of a covariate; see `of`."""
        everybody = self.design.copy()
        everybody[..., self.terms.index(term)] = value
        hazard = self._baseline(time)[:, None] * np.exp(self._log_hazard(everybody))
        each = np.where(self._included, np.exp(-hazard), 0.0)
        return each.sum(axis=1) / self._included.sum(axis=1)

    def _log_hazard(self, x: _Floats) -> _Floats:
        return np.einsum("cpk,ck->cp", x, self._coef)

    def _baseline(self, time: float) -> _Floats:
        found = batch.baseline(self._patients, self._risk, time, ties="efron")
        return np.where(self._without, np.nan, found)


def own_area(of: Observed, risk: _Floats, time: float) -> _Floats:
    """Area under the ROC curve at a time, those lost before it weighed away; see `of.member`.

    Parameters
    ----------
    of : Observed
    risk : array, shape (cohorts, patients)
    time : float

    Returns
    -------
    array, shape (cohorts,)
        NaN where nobody had the event by then, or nobody outlived it.

    References
    ----------
    As `helpers.prognosis.area_under_curve`.
    """
    weight = 1 / of.still_watched(np.minimum(of.time, time))
    dead = of.member & of.event & (of.time <= time)
    alive = of.member & ~dead & (of.time >= time)
    pairs = (weight * dead)[:, :, None] * (weight * alive)[:, None, :]
    higher = risk[:, :, None] > risk[:, None, :]
    alike = risk[:, :, None] == risk[:, None, :]
    with np.errstate(invalid="ignore"):
        return (pairs * (higher + 0.5 * alike)).sum(axis=(1, 2)) / pairs.sum(axis=(1, 2))


def net_benefit(of: Observed, dying: _Floats, threshold: float, time: float) -> _Floats:
    """Net benefit of acting on a predicted chance of at least a threshold; see `own_area`.

    Parameters
    ----------
    of : Observed
    dying : array, shape (cohorts, patients)
        Predicted chance of the event by the time.
    threshold, time : float

    Returns
    -------
    array, shape (cohorts,)

    References
    ----------
    As `helpers.prognosis.net_benefit`.
    """
    dead = of.member & of.event & (of.time <= time)
    known = of.member & (dead | (of.time >= time))
    weight = np.where(known, 1 / of.still_watched(np.minimum(of.time, time)), 0.0)
    acted = np.where(dying >= threshold, weight, 0.0) / weight.sum(axis=1, keepdims=True)
    return np.asarray(np.where(dead, acted, -threshold / (1 - threshold) * acted).sum(axis=1))
