"""How the statistics of this package are compiled, and their step over one time."""

from __future__ import annotations

from ..compiled import njit

kernel = njit(cache=True, nogil=True, error_model="numpy")
"""Compiled once and kept; other threads go on meanwhile; a division by zero gives what IEEE 754 says."""


@kernel
def past_a_time(durations, event_observed, k, n):
    """The first of the n patients, in order of time, after all that are tied with patient k; their events."""
    now, events = durations[k], 0
    while k < n and durations[k] == now:
        events += event_observed[k]
        k += 1
    return k, events
