"""What one printed rate forces, bounds and leaves free, by exact enumeration."""

from __future__ import annotations

from .exact import PrintedRate, rate, smallest_size
from .one_time import SCALES, AtOneTime, greenwood, least_greenwood, smallest_p
from .percentage import ForcedError, Percentage

__all__ = [
    "SCALES",
    "AtOneTime",
    "ForcedError",
    "Percentage",
    "PrintedRate",
    "greenwood",
    "least_greenwood",
    "rate",
    "smallest_p",
    "smallest_size",
]
