"""What printed numbers force, bound and leave free, by exact enumeration and proof."""

from __future__ import annotations

from .exact import PrintedRate, rate, smallest_size
from .rounding import ForcedError, Percentage

__all__ = ["ForcedError", "Percentage", "PrintedRate", "rate", "smallest_size"]
