"""Many cohorts that each print a study's numbers: drawn, kept in one file, verified, compared."""

from __future__ import annotations

from . import further  # what it knows is known once it is imported
from .assumptions import effects, without_assumptions
from .cohorts import Ensemble, load
from .diagnostics import worst
from .leeway import quantities, unprinted
from .quantiles import intervals, quantile
from .run import Plan, draw
from .store import EnsembleError
from .traces import trace
from .typical import medoid, remoteness
from .values import estimates
from .verification import Verdict, verify

__all__ = [
    "Ensemble",
    "EnsembleError",
    "Plan",
    "Verdict",
    "draw",
    "effects",
    "estimates",
    "further",
    "intervals",
    "load",
    "medoid",
    "quantile",
    "quantities",
    "remoteness",
    "trace",
    "unprinted",
    "verify",
    "without_assumptions",
    "worst",
]
