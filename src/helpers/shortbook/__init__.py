"""What a short book on another study asks: what its numbers force, a cohort that prints them, and many."""

from __future__ import annotations

from .one_more import one_more
from .opening import STUDY, WORK, Opened, cite, notice_of, reference, show, start
from .tabulated import (
    Drawn,
    agreement_in_words,
    curves,
    forced_alone,
    forced_together,
    left_open,
    measures,
    printed,
    source,
)
from .work import Outcome, ShortBookError, prepare, read

__all__ = [
    "STUDY",
    "WORK",
    "Drawn",
    "Opened",
    "Outcome",
    "ShortBookError",
    "agreement_in_words",
    "cite",
    "curves",
    "forced_alone",
    "forced_together",
    "left_open",
    "measures",
    "notice_of",
    "one_more",
    "prepare",
    "printed",
    "read",
    "reference",
    "show",
    "source",
    "start",
]
