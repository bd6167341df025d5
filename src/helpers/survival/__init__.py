"""Survival statistics that lifelines and statsmodels lack, or give differently from R.

Everything else the chapters call from the libraries themselves. Each module says which library it
looked at first. All of it is held against R's package survival in `tests/analyses/test_against_r.py`.
"""

from __future__ import annotations

from .bands import LeftSomewhere, left_somewhere, simultaneous_band
from .competing import cumulative_incidence, incidence_at
from .cure import cure_profile
from .curves import (
    ExactRate,
    PointComparison,
    SurvivalAt,
    at_risk_table,
    compare_at,
    exact_rate_at,
    survival_at,
)
from .fine_gray import fine_gray_rows
from .gray import GrayTest, gray_test
from .informative import if_censored_differ, weighted_by_censoring
from .medians import (
    MedianSurvival,
    follow_up_median,
    median_standard_error,
    median_survival,
)
from .onset import yearly_hazards
from .restricted_mean import (
    RestrictedMean,
    RestrictedMeanDifference,
    rmst,
    rmst_difference,
)
from .several_weights import FAMILY, MaxCombo, max_combo, max_combo_p

__all__ = [
    "FAMILY",
    "ExactRate",
    "GrayTest",
    "LeftSomewhere",
    "MaxCombo",
    "MedianSurvival",
    "PointComparison",
    "RestrictedMean",
    "RestrictedMeanDifference",
    "SurvivalAt",
    "at_risk_table",
    "compare_at",
    "cumulative_incidence",
    "cure_profile",
    "exact_rate_at",
    "fine_gray_rows",
    "follow_up_median",
    "gray_test",
    "if_censored_differ",
    "incidence_at",
    "left_somewhere",
    "max_combo",
    "max_combo_p",
    "median_standard_error",
    "median_survival",
    "rmst",
    "rmst_difference",
    "simultaneous_band",
    "survival_at",
    "weighted_by_censoring",
    "yearly_hazards",
]
