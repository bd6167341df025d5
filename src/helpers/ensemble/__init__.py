"""Many cohorts that each print a study's numbers: drawn, kept in one file, verified, compared."""

from __future__ import annotations

from .cohorts import Ensemble, load
from .leeway import quantities, unprinted
from .run import Plan, draw
from .store import EnsembleError
from .typical import medoid, remoteness
from .values import estimates
from .verification import Verdict, verify

__all__ = [
    "Ensemble",
    "EnsembleError",
    "Plan",
    "Verdict",
    "draw",
    "estimates",
    "load",
    "medoid",
    "quantities",
    "remoteness",
    "unprinted",
    "verify",
]
