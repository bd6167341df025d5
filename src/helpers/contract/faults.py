"""What is wrong with the tables of a cohort: one sentence a kind, the most frequent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """What is wrong in one way, in one place or in many.

    Attributes
    ----------
    first : str
        A sentence on the first place in reading order: file, column, row, expected, found.
    times : int
        In how many places.
    unit : str
        What a place is; without one, the sentence tells of all of them.
    """

    first: str
    times: int = 1
    unit: str = "cell"

    def __str__(self) -> str:
        more = self.times - 1
        if not more or not self.unit:
            return self.first
        return f"{self.first} (and {more} more {self.unit}{'s' * (more > 1)})"


class CohortError(ValueError):
    """Tables that do not meet the data contract.

    The message is a sentence that names file, column and row, or where there are several faults,
    a line each.

    Parameters
    ----------
    *faults : Fault or str
    where : Path, optional
        The folder of the cohort, with which the message of several faults begins.
    """

    def __init__(self, *faults: Fault | str, where: Path | None = None) -> None:
        kinds = [Fault(fault) if isinstance(fault, str) else fault for fault in faults]
        self.faults = tuple(sorted(kinds, key=lambda fault: -fault.times))
        lines = [str(fault) for fault in self.faults]
        if len(lines) > 1:
            head = f"{where or 'tables'}: {len(lines)} kinds of fault, the most frequent first"
            lines = [head, *(f"- {line}" for line in lines)]
        super().__init__("\n".join(lines))


def place(path: Path, column: str, line: int) -> str:
    """A place in a file, its lines counted as an editor does: the header is line 1."""
    return f"{path}, column {column}, row {line}"


def collected(errors: Iterable[CohortError]) -> list[Fault]:
    """The faults of several errors."""
    return [fault for error in errors for fault in error.faults]
