"""How the statistics of this package are compiled."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from numba import njit

kernel = njit(cache=True, nogil=True, error_model="numpy")
"""Compiled once and kept; other threads go on meanwhile; a division by zero gives what IEEE 754 says."""


@cache
def forget_stale_kernels() -> None:
    """Delete compiled code older than any source: numba does not notice an edit of a callee."""
    folder = Path(__file__).parent
    newest = max(path.stat().st_mtime_ns for path in folder.glob("*.py"))
    for index in (folder / "__pycache__").glob("*.nbi"):
        if index.stat().st_mtime_ns < newest:
            index.unlink(missing_ok=True)
