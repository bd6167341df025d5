"""Who is counted: patients, and the lesions that each of them has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .lines import Line
from .names import one_of_many

_ROWS = re.compile(r"(?P<count>\d+)\s*(?P<unit>[^\W\d][^()]*?)?\s*(?:\((?P<range>[^)]*)\))?")
_RANGE = re.compile(r"(?P<low>\d+)\s*(?:-|–|—|to)\s*(?P<high>\d+)")
_MOST_OFTEN = 10
"""More lesions than a patient has, where nothing else is printed."""


@dataclass(frozen=True)
class Counted:
    """So many of a kind.

    Attributes
    ----------
    count : int
    unit : str
        What they are called, such as `nodes`.
    low, high : int or None
        Fewest and most of a patient, where they are printed.
    """

    count: int
    unit: str
    low: int | None = None
    high: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What stands behind `per` where one of them is meant."""
        return tuple(dict.fromkeys(("lesion", one_of_many(self.unit.lower()))))

    def per_row(self, patients: int) -> dict[int, float]:
        """How many patients have one, two and more of them, so that there are as many on average.

        The shares fall, or rise, by one factor; of all such they are the least informative.
        """
        mean = self.count / patients
        low = self.low or 1
        high = self.high or max(3, min(round(3 * mean), _MOST_OFTEN), low, round(mean + 1))
        numbers = range(low, high + 1)
        small, large = 1e-6, 1e6
        for _ in range(200):
            factor = (small * large) ** 0.5
            weights = [factor ** (k - low) for k in numbers]
            found = sum(k * w for k, w in zip(numbers, weights, strict=True)) / sum(weights)
            small, large = (factor, large) if found < mean else (small, factor)
        total = sum(weights)
        shares = {k: float(f"{w / total:.3g}") for k, w in zip(numbers, weights, strict=True)}
        return {k: max(share, 0.001) for k, share in shares.items()}


def rows(line: Line) -> Counted:
    """How many patients a study has: `18 patients`.

    Raises
    ------
    ShortError
    """
    found = _ROWS.fullmatch(line.text)
    if found is None or int(found["count"]) < 1 or found["range"] is not None:
        raise line.refused(f"a count such as `18 patients` was expected, found {line.text!r}")
    return Counted(int(found["count"]), found["unit"] or "patients")


def lesions(line: Line, patients: int) -> Counted:
    """How many lesions the patients have: `29 nodes`, `29 nodes (1-4)` with fewest and most of one.

    Raises
    ------
    ShortError
    """
    found = _ROWS.fullmatch(line.text)
    between = _RANGE.fullmatch((found["range"] or "1-1").strip()) if found is not None else None
    if found is None or between is None or int(found["count"]) < 1:
        raise line.refused(
            f"a count such as `29 nodes` or `29 nodes (1-4)` was expected, found {line.text!r}"
        )
    count, unit = int(found["count"]), found["unit"] or "lesions"
    if count < patients:
        raise line.refused(
            f"at least one for each of {patients} patients was expected, found {count}; "
            "patients without any need another group"
        )
    if found["range"] is None:
        return Counted(count, unit)
    low, high = int(between["low"]), int(between["high"])
    if not 1 <= low <= high or not low * patients <= count <= high * patients:
        raise line.refused(f"{count} of {patients} patients cannot be {low} to {high} of each")
    return Counted(count, unit, low, high)
