"""The value of an estimand in a cohort, by lifelines, statsmodels, scipy, pandas and the growth fit.

One function a statistic of `published.Estimand`. The search has its own, compiled; these are the
ones that count.
"""

from __future__ import annotations

from . import of_curves, of_models, one_cohort  # all of them know some
from .of_models import cox
from .one_cohort import NotEstimable, estimate, value

__all__ = ["NotEstimable", "cox", "estimate", "of_curves", "of_models", "one_cohort", "value"]
