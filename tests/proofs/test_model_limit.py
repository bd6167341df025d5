"""The hazard ratio that a Wald p value and the deaths force, in whatever model: |beta| >= 2 z / sqrt(d)."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ties", [False, True], ids=["untied", "tied"])
def test_no_fit_has_a_smaller_log_ratio_than_its_deaths_allow(seed, ties):
    """A factor that is 0 or 1, beside covariates that go with it; attained only in the limit."""
    rng = np.random.default_rng(seed)
    n = 60
    factor = rng.integers(0, 2, n)
    beside = 0.8 * factor + rng.normal(size=n)
    months = rng.exponential(np.exp(-1.5 * factor + 0.5 * beside))
    frame = pd.DataFrame(
        {
            "months": np.ceil(4 * months) if ties else months,
            "died": rng.integers(0, 3, n) > 0,
            "factor": factor,
            "beside": beside,
        }
    )
    row = CoxPHFitter().fit(frame, "months", "died").summary.loc["factor"]
    least = 2 * abs(row["z"]) / sqrt(frame["died"].sum())
    assert least <= abs(row["coef"])
    assert least > 0.3 * abs(row["coef"])  # it is no empty limit
