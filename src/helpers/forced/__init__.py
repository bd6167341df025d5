"""What printed rates force, bound and leave free: exact bounds, and sets counted one and all."""

from __future__ import annotations

from .bounds import Bounds, DeathBounds, SizeBounds, bounds, smallest_size
from .exact import PrintedRate, countable, rate
from .one_time import SCALES, AtOneTime, greenwood, least_greenwood, smallest_p
from .percentage import ForcedError, Percentage, percentage
from .together import TimedRate, Together

__all__ = [
    "SCALES",
    "AtOneTime",
    "Bounds",
    "DeathBounds",
    "ForcedError",
    "Percentage",
    "PrintedRate",
    "SizeBounds",
    "TimedRate",
    "Together",
    "bounds",
    "countable",
    "greenwood",
    "least_greenwood",
    "percentage",
    "rate",
    "smallest_p",
    "smallest_size",
]
