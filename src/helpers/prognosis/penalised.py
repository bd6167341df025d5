"""Firth's penalised Cox model, which has a finite maximum also where a covariate separates.

firthmodels fits it; lifelines' penalties are ridge and lasso. This module asks it for tight
convergence and puts its answers into one table. firthmodels takes tied deaths by Breslow's
approximation, as R's coxphf and SAS do, where lifelines and R's `coxph` take Efron's: with many
ties part of the distance to an unpenalised fit is that.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import LinAlgError

if TYPE_CHECKING:
    from firthmodels import FirthCoxPH

_TIGHT, _ROUGH = (1e-6, 1e-8), (1e-4, 1e-6)
"""Tolerances of gradient and step; the rough ones are firthmodels' own, for flat likelihoods."""


class FirthError(ValueError):
    """A penalised model that cannot be fitted; the message says why."""


def firth(
    covariates: pd.DataFrame, durations: ArrayLike, event_observed: ArrayLike, alpha: float = 0.05
) -> pd.DataFrame:
    """Firth's penalised Cox regression with profile likelihood intervals and tests.

    Parameters
    ----------
    covariates : DataFrame, shape (n, p)
    durations, event_observed : array-like, shape (n,)
    alpha : float
        One minus the confidence level.

    Returns
    -------
    DataFrame
        A row a covariate: `term`, `coef`, `se`, `hazard_ratio`, `lower` and `upper` (of the hazard
        ratio, by profile likelihood), `p` (penalised likelihood ratio test). NaN for a bound or p
        that the search does not find.

    Raises
    ------
    FirthError
        Without events or covariates, when covariates determine each other, when no maximum is
        found, or when the patients are too few for the profiles to be followed.

    References
    ----------
    Heinze and Schemper 2001, doi 10.1111/j.0006-341X.2001.00114.x. Checked against the same
    penalty built on R's package survival, and against the worked example of that paper.
    """
    event = np.asarray(event_observed, dtype=float) == 1
    time = np.asarray(durations, dtype=float)
    if covariates.shape[1] == 0:
        raise FirthError("no covariates")
    if not event.any():
        raise FirthError("no events")
    values = covariates.to_numpy(float)
    spread = values.std(axis=0)
    if (spread == 0).any():
        raise FirthError(f"{covariates.columns[spread == 0][0]} does not vary")
    # Centred and in standard deviations, so that one tolerance serves all.
    scaled = (values - values.mean(axis=0)) / spread
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # not converged; what came out is looked at
        model = _fitted(scaled, event, time)
        try:
            bounds = model.conf_int(alpha=alpha, method="pl", max_iter=200, tol=1e-6)
            rough = model.conf_int(alpha=alpha, method="pl", max_iter=200, tol=1e-4)
            bounds = np.where(np.isnan(bounds), rough, bounds)
            model.lrt()
            model.set_params(gtol=_ROUGH[0], xtol=_ROUGH[1]).lrt()  # only where the first gave none
        except LinAlgError:
            raise FirthError("too few patients for the intervals of so many covariates") from None
    coef = model.coef_ / spread
    return pd.DataFrame(
        {
            "term": list(covariates.columns),
            "coef": coef,
            "se": model.bse_ / spread,
            "hazard_ratio": np.exp(coef),
            "lower": np.exp(bounds[:, 0] / spread),
            "upper": np.exp(bounds[:, 1] / spread),
            "p": model.lrt_pvalues_,
        }
    )


def _fitted(
    x: NDArray[np.float64], event: NDArray[np.bool_], time: NDArray[np.float64]
) -> FirthCoxPH:
    from firthmodels import FirthCoxPH

    for gtol, xtol in (_TIGHT, _ROUGH):
        # Its compiled backend costs half a minute in every new environment and saves none here.
        model = FirthCoxPH(backend="numpy", max_iter=200, max_halfstep=25, gtol=gtol, xtol=xtol)
        try:
            model.fit(x, (event, time))
        except LinAlgError:
            raise FirthError("at the deaths, covariates determine each other") from None
        if model.converged_:
            return model
    raise FirthError("the penalised likelihood has no maximum that can be found")
