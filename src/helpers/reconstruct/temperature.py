"""The temperature at which a chain works, found by the share of its states that meet everything.

What a chain keeps has the same distribution at any temperature, see `chain`; the temperature says how
often it keeps, and how far it moves between. A warm chain that hardly ever meets every constraint
keeps nothing, a cold one hardly moves. So a cohort is searched for first, by cooling down until one
turns up. From there, temperatures are tried from cold to warm, for a while each: the warmest at which
enough of the looks meet everything is taken.
"""

from __future__ import annotations

from typing import Protocol

COLDEST = 0.15
"""Where the search ends, and the trial begins."""
WARMER = 1.25
"""From one temperature that is tried to the next."""
PILOT = 60_000
"""Moves at each."""
ENOUGH = 0.015
"""Share of the looks that meet everything; that of a chain of the shipped study, about."""


class Cooled(Protocol):
    """What is asked of a sampler."""

    def run(
        self, count: int, hot: float, cold: float, gap: int = 0, kept: int = 0
    ) -> tuple[int, int, int]:
        """Take moves, and count the looks that meet everything."""

    def checkpoint(self) -> bytes:
        """Where it stands."""

    def resume(self, checkpoint: bytes) -> None:
        """Go back there."""


def warmest(chain: Cooled, cooling: int, hot: float, usual: float, look: int) -> tuple[int, float]:
    """Find a cohort that meets everything, and the temperature at which to go on from it.

    Parameters
    ----------
    chain : Chain
        At an independent draw of its measure.
    cooling : int
        Moves in which it is cooled down from `hot` to `usual`; half of those to the coldest.
    hot, usual : float
        Temperatures.
    look : int
        Moves from one look to the next.

    Returns
    -------
    (int, float)
        Moves, and the temperature; 0 where no cohort was found.
    """
    moves, found, _ = chain.run(cooling, hot, usual, gap=1)
    if not found:
        more, found, _ = chain.run(2 * cooling, usual, COLDEST, gap=1)
        moves += more
    if not found:
        return moves, 0.0
    chosen, at = COLDEST, COLDEST
    stands = chain.checkpoint()
    while True:
        taken, met, _ = chain.run(PILOT, at, at, gap=PILOT)
        moves += taken
        if met * look < ENOUGH * taken:
            break
        chosen, stands = at, chain.checkpoint()
        if at == usual:
            break
        at = min(at * WARMER, usual)
    chain.resume(stands)
    return moves, chosen
