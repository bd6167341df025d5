"""What a question about a printed rate may ask for: sizes of a group, and patients still followed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index

from .percentage import ForcedError

MOST_PATIENTS = 10_000
"""Largest group that is asked about."""


def sizes_of(n: int | Sequence[int], most: int = MOST_PATIENTS) -> tuple[int, ...]:
    """The sizes that a number or several of them mean, rising.

    Raises
    ------
    ForcedError
        When one is no whole number, below 1, or above `most`.
    """
    try:
        sizes = tuple(sorted({index(size) for size in (n if isinstance(n, Iterable) else [n])}))
    except TypeError:
        raise ForcedError(f"n: one or more whole numbers were expected, found {n!r}") from None
    if not sizes or sizes[0] < 1:
        raise ForcedError(f"n: at least 1 patient was expected, found {sizes[0] if sizes else n!r}")
    if sizes[-1] > most:
        raise ForcedError(f"n: at most {most} patients were expected, found {sizes[-1]}")
    return sizes


def check_followed(followed: int, sizes: tuple[int, ...] = ()) -> None:
    """Refuse a number of patients still followed that no group can have.

    Raises
    ------
    ForcedError
    """
    if followed < 0:
        raise ForcedError(f"followed: no fewer than 0 were expected, found {followed}")
    if sizes and followed > sizes[-1]:
        raise ForcedError(
            f"followed: at most {sizes[-1]}, all patients, were expected, found {followed}"
        )
