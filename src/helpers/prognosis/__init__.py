"""Prognostic factors: what a Cox model needs besides lifelines' `CoxPHFitter`.

The model itself the chapters fit in the open. Checked against R in `tests/analyses/test_against_r.py`.
"""

from __future__ import annotations

from .changing import changing_state
from .contrasts import relative_hazard
from .decisions import area_under_curve, net_benefit, watched_weights
from .episodes import after_start, episodes
from .imputation import Pooled, pool
from .penalised import FirthError, firth
from .predicted import predicted_survival
from .proportional_hazards import ProportionalHazardsTest, proportional_hazards_test
from .robust import robust_errors
from .validation import Concordance, concordance, events_per_variable

__all__ = [
    "Concordance",
    "FirthError",
    "Pooled",
    "ProportionalHazardsTest",
    "after_start",
    "area_under_curve",
    "changing_state",
    "concordance",
    "episodes",
    "events_per_variable",
    "firth",
    "net_benefit",
    "pool",
    "predicted_survival",
    "proportional_hazards_test",
    "relative_hazard",
    "robust_errors",
    "watched_weights",
]
