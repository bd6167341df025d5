"""Tumour growth: diameter against months since the last negative CT, by non-linear least squares.

Fitting, standard errors and profiles are lmfit's. What no library has is inverse prediction: the
time at which a curve reaches a given diameter, with an interval (`intervals`). scipy's
`curve_fit` has no profiles, and statsmodels no non-linear regression for users.
"""

from __future__ import annotations

from .fitting import GrowthFit, compare, fit, months_to_diameter
from .intervals import Bounds, DoublingTime, Interval, doubling_time, interval_to
from .laws import LAWS, GrowthError, Law, with_top

__all__ = [
    "LAWS",
    "Bounds",
    "DoublingTime",
    "GrowthError",
    "GrowthFit",
    "Interval",
    "Law",
    "compare",
    "doubling_time",
    "fit",
    "interval_to",
    "months_to_diameter",
    "with_top",
]
