"""Limits of time. They only guard against hanging: no test fails because a machine is slow."""

from __future__ import annotations

import time
from collections.abc import Callable

HANGING = 1800
"""Seconds after which what has not ended is taken to hang; the only limit that tests know."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Look at a condition again and again until it holds."""
    end = time.monotonic() + HANGING
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {HANGING} s")
        time.sleep(0.02)
