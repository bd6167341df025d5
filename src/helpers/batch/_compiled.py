"""How the statistics of this package are compiled."""

from __future__ import annotations

from ..compiled import njit

kernel = njit(cache=True, nogil=True, error_model="numpy")
"""Compiled once and kept; other threads go on meanwhile; a division by zero gives what IEEE 754 says."""
