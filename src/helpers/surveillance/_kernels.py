"""How the simulation is compiled."""

from __future__ import annotations

from ..compiled import njit

compiled = njit(cache=True, nogil=True, error_model="numpy")
"""Compiled once and kept. Without numba, as in a browser, the function is left as it is."""
