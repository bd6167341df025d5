"""Whether printed numbers contradict each other: each contradiction proved, and said in a sentence."""

from __future__ import annotations

from . import levels, medians, numbers, parts, rates, shares, times
from .found import Contradiction, checks, contradictions

__all__ = [
    "Contradiction",
    "checks",
    "contradictions",
    "levels",
    "medians",
    "numbers",
    "parts",
    "rates",
    "shares",
    "times",
]
