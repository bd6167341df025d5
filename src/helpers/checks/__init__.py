"""Whether printed numbers contradict each other: each contradiction proved, and said in a sentence."""

from __future__ import annotations

from . import halves, levels, numbers, parts, rates, shares, times
from .found import Contradiction, checks, contradictions

__all__ = [
    "Contradiction",
    "checks",
    "contradictions",
    "halves",
    "levels",
    "numbers",
    "parts",
    "rates",
    "shares",
    "times",
]
