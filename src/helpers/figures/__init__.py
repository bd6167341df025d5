"""Every drawing of the book, in one style; nothing here computes a statistic.

Each function takes what the analysis modules or the libraries fitted and returns a `Figure`: the
drawing, its alternative text, and the numbers that it shows. Drawings are made without pyplot, so
no figure stays open.

Libraries looked at. lifelines' `add_at_risk_counts` counts T > t in one of its modes and, in the
other, those at risk at the last event before t; both differ from T ≥ t. forestplot and zepid's
`EffectMeasurePlot` draw no infinite bound (an axis limit fails), and forestplot asks for a
matplotlib-inline older than Jupyter's. For the KMunicate table there is R's KMunicate, but no
Python package.
"""

from __future__ import annotations

from .agreement import scorecard
from .calibration import against, outside, rank_histograms, worth
from .clocks import survival_curves, windows
from .cutpoint import cut_explorer, cuts_found, p_by_cut
from .distribution import interval_distribution, yearly_hazards
from .ensemble import FlipBook, flip_book, intervals
from .explorer import Explorer, State, explorer
from .forced import death_positions, group_sizes, sets_by_size
from .functional_form import functional_forms, residuals_by_covariate
from .hazards import along, log_log
from .incidence import cumulative_incidence
from .informative import informative_censoring
from .lesions import diameters, growth, residuals
from .likelihood import partial_likelihood
from .models import forest, schoenfeld
from .patients import Box, cohort_flow, swimmer
from .planned import power, power_by_events
from .reconstruction import search_trace
from .resampling import resampled
from .scales import interval_kinds
from .scanning import growth_ridge, small_share_explorer
from .schedule import growth_and_interval
from .small_samples import (
    exaggeration,
    log_likelihoods,
    permutation_tail,
    predicted_observed,
)
from .stepwise import kaplan_meier_by_exit
from .style import SMALLEST, Figure, called, look, style, svg, withheld
from .survival import kaplan_meier
from .traces import traces

__all__ = [
    "SMALLEST",
    "Box",
    "Explorer",
    "Figure",
    "FlipBook",
    "State",
    "against",
    "along",
    "called",
    "cohort_flow",
    "cumulative_incidence",
    "cut_explorer",
    "cuts_found",
    "death_positions",
    "diameters",
    "exaggeration",
    "explorer",
    "flip_book",
    "forest",
    "functional_forms",
    "group_sizes",
    "growth",
    "growth_and_interval",
    "growth_ridge",
    "informative_censoring",
    "interval_distribution",
    "interval_kinds",
    "intervals",
    "kaplan_meier",
    "kaplan_meier_by_exit",
    "log_likelihoods",
    "log_log",
    "look",
    "outside",
    "p_by_cut",
    "partial_likelihood",
    "permutation_tail",
    "power",
    "power_by_events",
    "predicted_observed",
    "rank_histograms",
    "resampled",
    "residuals",
    "residuals_by_covariate",
    "schoenfeld",
    "scorecard",
    "search_trace",
    "sets_by_size",
    "small_share_explorer",
    "style",
    "survival_curves",
    "svg",
    "swimmer",
    "traces",
    "windows",
    "withheld",
    "worth",
    "yearly_hazards",
]
