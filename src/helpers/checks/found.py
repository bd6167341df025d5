"""The checks of a study, and what they find.

A check is a function that gives a contradiction for every way in which the numbers of a study cannot
all be. It is a proof: what some cohort prints, by whichever habit of rounding, is never called
impossible. What would take too long to decide is left alone. A new one is marked by `registered`, in a
module that this package imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..published import Entry, Study
from .sizes import Sizes


@dataclass(frozen=True)
class Contradiction:
    """Numbers that cannot all be.

    Attributes
    ----------
    entries : tuple of str
        Ids of the entries.
    sentence : str
        What contradicts what.
    nearest : str
        The nearest reading under which it could be, as a sentence; empty where none is known.
    """

    entries: tuple[str, ...]
    sentence: str
    nearest: str = ""

    @property
    def text(self) -> str:
        """All of it on one line."""
        return f"{self.sentence} {self.nearest}".strip()


Check = Callable[[Study, Sizes], Iterator[Contradiction]]
_CHECKS: dict[Check, int] = {}


def registered(turn: int) -> Callable[[Check], Check]:
    """Register a check; those with a smaller turn are told before it."""

    def register(check: Check) -> Check:
        _CHECKS[check] = turn
        return check

    return register


def checks() -> tuple[Check, ...]:
    """Every check, in turn."""
    return tuple(sorted(_CHECKS, key=lambda check: _CHECKS[check]))


def contradictions(study: Study) -> tuple[Contradiction, ...]:
    """Everything that cannot be in a study.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Contradiction
        None that only adds numbers to another; empty if nothing was found, which proves nothing.
    """
    sizes = Sizes(study)
    found: list[Contradiction] = []
    for one in (one for check in checks() for one in check(study, sizes)):
        if not any(set(other.entries) <= set(one.entries) for other in found):
            found.append(one)
    return tuple(found)


def named(entry: Entry) -> str:
    """An entry by its id, with what it prints."""
    return f"{entry.id} ({entry.statement})"
