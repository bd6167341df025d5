"""How good a model would be on new patients: Harrell's bootstrap of one cohort.

Every cohort is resampled by the same draws, as in the chapters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import batch

_Floats = NDArray[np.float64]
RESAMPLES = 300
_SEED = 2023
_DIVERGED = 30.0
"""A coefficient that tends to infinity is taken as this one."""


def on_new_patients(
    time: _Floats, event: NDArray[np.bool_], x: _Floats, horizon: float
) -> dict[str, float]:
    """C, Brier score, skill and calibration slope of Firth's model, without their optimism.

    Parameters
    ----------
    time, event : array, shape (patients,)
    x : array, shape (patients, p)
    horizon : float
        Months at which survival is predicted.

    Returns
    -------
    dict
        `c-index`, `brier`, `skill`, `slope`; NaN where the model has no fit. Resamples in which it has
        none, or in which nobody is followed to the horizon, are left out.

    References
    ----------
    Harrell, Lee and Mark 1996,
    doi 10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    everybody = batch.cohorts(time[None], event[None])
    own = batch.firth(everybody, x).coef @ x.T
    drawn = _drawn(len(time))
    again = batch.cohorts(time[drawn], event[drawn])
    coef = batch.firth(again, x[drawn]).coef
    inside = np.einsum("rnp,rp->rn", x[drawn], np.nan_to_num(coef))
    hazard = batch.baseline(again, inside, horizon)
    usable = np.isfinite(coef).all(axis=1) & np.isfinite(hazard)
    if not np.isfinite(own).all() or not usable.any():
        return dict.fromkeys(("c-index", "brier", "skill", "slope"), np.nan)
    hazard, same = hazard[usable], everybody[np.zeros(int(usable.sum()), int)]
    as_it_looks = _measures(everybody, own, batch.baseline(everybody, own, horizon), horizon)
    within = _measures(again[usable], inside[usable], hazard, horizon)
    outside = _measures(same, coef[usable] @ x.T, hazard, horizon)
    return {
        name: float(as_it_looks[name][0] - np.nanmean(within[name] - outside[name]))
        for name in as_it_looks
    }


def unpenalised_index(time: _Floats, event: NDArray[np.bool_], x: _Floats) -> float:
    """C of Cox's model without its optimism.

    Parameters
    ----------
    time, event, x
        See `on_new_patients`.

    Returns
    -------
    float
        NaN where the model has no fit. A resample in which a covariate separates the deaths counts
        by the order that the diverging coefficients give; one without a fit is left out.

    References
    ----------
    As `on_new_patients`.
    """
    everybody = batch.cohorts(time[None], event[None])
    drawn = _drawn(len(time))
    again = batch.cohorts(time[drawn], event[drawn])
    own, coef = (
        np.clip(batch.cox(of, z).coef, -_DIVERGED, _DIVERGED)
        for of, z in ((everybody, x), (again, x[drawn]))
    )
    usable = np.isfinite(coef).all(axis=1)
    if not np.isfinite(own).all() or not usable.any():
        return float(np.nan)
    coef, same = coef[usable], everybody[np.zeros(int(usable.sum()), int)]
    within = np.einsum("rnp,rp->rn", x[drawn[usable]], coef)
    gain = batch.concordance(again[usable], within).index
    gain = gain - batch.concordance(same, coef @ x.T).index
    return float(batch.concordance(everybody, own @ x.T).index[0] - np.nanmean(gain))


def _measures(
    on: batch.Batch, risk: _Floats, hazard: _Floats, horizon: float
) -> dict[str, _Floats]:
    score = batch.brier(on, np.exp(-hazard[:, None] * np.exp(risk)), horizon)
    found = {
        "c-index": batch.concordance(on, risk).index,
        "brier": score.score,
        "skill": score.skill,
        "slope": batch.cox(on, risk[..., None]).coef[:, 0],
    }
    return {name: np.where(np.isfinite(of), of, np.nan) for name, of in found.items()}


def _drawn(patients: int) -> NDArray[np.int64]:
    """The rows of each resample, with replacement."""
    return np.random.default_rng(_SEED).integers(0, patients, (RESAMPLES, patients))
