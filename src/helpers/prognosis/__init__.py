"""Prognostic factors: what a Cox model needs besides lifelines' `CoxPHFitter`.

The model itself the chapters fit in the open. Checked against R in `tests/analyses/test_against_r.py`.
"""

from __future__ import annotations

from .contrasts import relative_hazard
from .episodes import episodes
from .imputation import Pooled, pool
from .penalised import FirthError, firth
from .proportional_hazards import ProportionalHazardsTest, proportional_hazards_test
from .robust import robust_errors
from .validation import Concordance, concordance, events_per_variable

__all__ = [
    "Concordance",
    "FirthError",
    "Pooled",
    "ProportionalHazardsTest",
    "concordance",
    "episodes",
    "events_per_variable",
    "firth",
    "pool",
    "proportional_hazards_test",
    "relative_hazard",
    "robust_errors",
]
