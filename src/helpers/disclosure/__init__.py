"""What a book on a reader's own cohort shows of it: aggregates, and single patients only where they are asked for."""

from __future__ import annotations

from .cells import LEFT_OUT, MASKED, Told, rounded, told
from .notebook import guard
from .sentences import NO_ROWS, quoted, words
from .setting import (
    AGGREGATES,
    ATTRIBUTE,
    HIDDEN,
    ROWS,
    SMALL,
    called,
    few,
    is_of_cohort,
    is_own,
    only_aggregates,
    setting,
)

__all__ = [
    "AGGREGATES",
    "ATTRIBUTE",
    "HIDDEN",
    "LEFT_OUT",
    "MASKED",
    "NO_ROWS",
    "ROWS",
    "SMALL",
    "Told",
    "called",
    "few",
    "guard",
    "is_of_cohort",
    "is_own",
    "only_aggregates",
    "quoted",
    "rounded",
    "setting",
    "told",
    "words",
]
