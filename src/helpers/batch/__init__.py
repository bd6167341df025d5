"""Survival statistics of many cohorts at once, compiled.

`cohorts` checks and sorts them; every statistic takes what it gives. Nothing is shared with
`helpers.reconstruct`, whose search these statistics verify. Checked against lifelines and R in
`tests/analyses/test_batch.py` and `tests/analyses/test_batch_against_r.py`.
"""

from __future__ import annotations

from .cohorts import Batch, cohorts
from .concordance import Concordance, concordance
from .cox import Cox, Status, cox
from .curves import SurvivalAt, median, quantile, survival_at
from .cutpoint import Cutpoint, maximally_selected, p_of_a_search
from .firth import Firth, firth
from .fourfold import chi_square, fisher
from .incidence import incidence_at
from .limits import Limits, limits_at, median_limits, standard_error_at
from .means import WithError, mean, median_with_error
from .prediction import Brier, baseline, brier
from .ranks import LogRank, log_rank, stratified_log_rank
from .weighted import WeightedLogRank, weighted_log_rank

__all__ = [
    "Batch",
    "Brier",
    "Concordance",
    "Cox",
    "Cutpoint",
    "Firth",
    "Limits",
    "LogRank",
    "Status",
    "SurvivalAt",
    "WeightedLogRank",
    "WithError",
    "baseline",
    "brier",
    "chi_square",
    "cohorts",
    "concordance",
    "cox",
    "firth",
    "fisher",
    "incidence_at",
    "limits_at",
    "log_rank",
    "maximally_selected",
    "mean",
    "median",
    "median_limits",
    "median_with_error",
    "p_of_a_search",
    "quantile",
    "standard_error_at",
    "stratified_log_rank",
    "survival_at",
    "weighted_log_rank",
]
