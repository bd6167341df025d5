"""Whether printed numbers contradict each other: each contradiction proved, and said in a sentence."""

from __future__ import annotations

from . import areas, around, halves, levels, numbers, parts, rates, shares, spread, times, watched
from .found import Contradiction, checks, contradictions

__all__ = [
    "Contradiction",
    "areas",
    "around",
    "checks",
    "contradictions",
    "halves",
    "levels",
    "numbers",
    "parts",
    "rates",
    "shares",
    "spread",
    "times",
    "watched",
]
