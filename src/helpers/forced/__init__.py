"""What one printed rate forces, bounds and leaves free, by exact enumeration."""

from __future__ import annotations

from .exact import PrintedRate, rate, smallest_size
from .percentage import ForcedError, Percentage

__all__ = ["ForcedError", "Percentage", "PrintedRate", "rate", "smallest_size"]
