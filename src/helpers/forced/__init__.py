"""What printed rates force, bound and leave free: exact bounds, and sets counted one and all."""

from __future__ import annotations

from .bounds import Bounds, DeathBounds, SizeBounds, bounds, smallest_size
from .exact import PrintedRate, countable, rate
from .interval import TYPES, Interval, TypeFit, sets_that_fit, type_fits
from .one_time import SCALES, AtOneTime, greenwood, least_greenwood, smallest_p
from .percentage import ForcedError, Percentage, percentage
from .together import TimedRate, Together

__all__ = [
    "SCALES",
    "TYPES",
    "AtOneTime",
    "Bounds",
    "DeathBounds",
    "ForcedError",
    "Interval",
    "Percentage",
    "PrintedRate",
    "SizeBounds",
    "TimedRate",
    "Together",
    "TypeFit",
    "bounds",
    "countable",
    "greenwood",
    "least_greenwood",
    "percentage",
    "rate",
    "sets_that_fit",
    "smallest_p",
    "smallest_size",
    "type_fits",
]
