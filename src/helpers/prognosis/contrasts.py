"""The log hazard of one patient against another's under a fitted model, with its interval.

lifelines predicts hazards without an interval, and by default against the mean of the covariates,
which with a spline is nobody's. R has this in rms' `contrast`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from scipy.stats import norm


def relative_hazard(
    fitter: CoxPHFitter, profiles: pd.DataFrame, reference: pd.DataFrame, alpha: float = 0.05
) -> pd.DataFrame:
    """Log hazard ratios of patients against a reference patient.

    Parameters
    ----------
    fitter : CoxPHFitter
        Fitted, with a formula or without.
    profiles : DataFrame
        A row a patient, with the columns that the model was fitted to; those that the model does
        not use may be left out.
    reference : DataFrame of one row
        The patient against whom the others are held.
    alpha : float
        One minus the confidence level of the point-wise intervals.

    Returns
    -------
    DataFrame
        The profiles, and beside them `log_hazard_ratio`, `se`, `lower` and `upper`, the last two
        of the log hazard ratio. At the reference all are 0.

    Raises
    ------
    ValueError
        When the model is not fitted, or the reference is not one patient.

    References
    ----------
    Therneau and Grambsch 2000, section 5.4, for splines in a Cox model. Checked against
    `splines::ns` and `coxph` of R.
    """
    if not hasattr(fitter, "params_"):
        raise ValueError("the Cox model is not fitted")
    if len(reference) != 1:
        raise ValueError(f"reference: one row was expected, found {len(reference)}")
    # Together, so that both are expressed in one basis.
    both = pd.concat([reference, profiles], ignore_index=True)
    design = fitter.regressors.transform_df(both)["beta_"][fitter.params_.index].to_numpy(float)
    difference = design[1:] - design[0]
    ratio = difference @ fitter.params_.to_numpy(float)
    variance = np.einsum(
        "ij,jk,ik->i", difference, fitter.variance_matrix_.to_numpy(float), difference
    )
    se = np.sqrt(np.maximum(variance, 0))
    reach = norm.isf(alpha / 2) * se
    return profiles.assign(log_hazard_ratio=ratio, se=se, lower=ratio - reach, upper=ratio + reach)
