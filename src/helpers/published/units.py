"""How a unit of time is written behind a number."""

from __future__ import annotations


def so_long(number: str, unit: str) -> str:
    """A time in words: `1 year`, `2 years`; a unit in the singular stays as it is.

    Parameters
    ----------
    number : str
        As it is written, such as `1.0`.
    unit : str
        In the plural, such as `years`.
    """
    return f"{number} {unit.removesuffix('s') if float(number) == 1 else unit}"
