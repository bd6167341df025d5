"""How long the chains of a measure go on: until what is kept of them is worth enough.

The chains are drawn in segments. After each one the effective size of every main quantity is
estimated, of all draws so far. The least of them says how many draws are needed for the cohorts that
are to be kept to be nearly independent, and so how long the next segment is: the first is a pilot,
short, whose estimate is rough; a segment can be three times as long as all before it, so that a pilot
that saw too little is corrected by what follows. When draws become many, every other is dropped, and
the chains are looked at half as often from then on. At the end the cohorts that are kept are taken
evenly from the draws of each chain.

Nothing here depends on who draws a segment, or when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .mixing import effective_size, r_hat, tail_effective_size
from .shards import Segment, Shard

PILOT = 100
"""Draws of each chain in the first segment."""
GAP = 25
"""Looks at which everything holds, from one of its draws to the next."""
BURN_IN = 16
"""One draw in so many, from the first on, is not used."""
WORTH = 0.8
"""Independent draws that chains are to be worth, for each cohort that is taken from them. Draws whose
correlation falls off evenly are then worth two thirds of their number, after tanh(0.8)."""
KEPT = 0.62
"""Independent draws that each of those taken is worth, at least."""
TOLD = 5
"""Independent draws in each half of a chain without which their number cannot be told."""
AGREE, FINELY = 1.02, 600
"""R-hat that so many cohorts of a measure have at most."""
RESOLUTION = 4
"""Draws for each cohort that is taken, at most."""
LONGEST = 1_000
"""Lengths of the pilot after which chains end, whatever they are worth."""


def least_size(values: Sequence[pd.DataFrame]) -> float:
    """The least effective size, of bulk and of tails, of what varies.

    Parameters
    ----------
    values : sequence of DataFrames
        Of each chain: a row a draw, a column a quantity; all of the same length.

    Returns
    -------
    float
        The number of draws where nothing varies, and at most that.
    """
    sizes = [float(sum(map(len, values)))]
    for name in values[0]:
        draws = np.stack([chain[name].to_numpy(float) for chain in values])
        sizes += [effective_size(draws), tail_effective_size(draws)]
    return float(np.nanmin(sizes))


def largest_r_hat(values: Sequence[pd.DataFrame]) -> float:
    """The largest R-hat of what varies; 1 where nothing does."""
    found = [r_hat(np.stack([chain[name] for chain in values])) for name in values[0]]
    return float(np.nanmax([1.0, *found]))


@dataclass
class Series:
    """The draws of the chains of one measure, and what is to be drawn next.

    Attributes
    ----------
    shards : list of Shard
        The chains.
    gap : int
        Looks at which everything holds, from one draw to the next.
    values : list of DataFrames
        Of each chain: the main quantities, a row a draw.
    places : list of int arrays
        Of each chain: the number of each draw among all that were drawn.
    drawn : int
        Draws of each chain, those among them that were dropped.
    segments : int
        Segments of each chain.
    done : bool
    share : float
        How much of what is wanted is there.
    """

    shards: list[Shard]
    gap: int = field(default_factory=lambda: GAP)
    values: list[pd.DataFrame] = field(default_factory=list)
    places: list[NDArray[np.int64]] = field(default_factory=list)
    after: list[bytes] = field(default_factory=list)
    drawn: int = 0
    segments: int = 0
    more: int = field(default_factory=lambda: PILOT)
    length: int = 0  # in looks
    done: bool = False
    share: float = 0.0

    @property
    def members(self) -> int:
        """Cohorts to take from all chains."""
        return sum(shard.members for shard in self.shards)

    def next(self) -> list[Segment]:
        """The segments to draw, one of each chain."""
        return [
            Segment(
                shard, self.segments, self.more, self.gap, self.after[k] if self.after else None
            )
            for k, shard in enumerate(self.shards)
        ]

    def take(self, values: list[pd.DataFrame], after: list[bytes]) -> None:
        """Add the segments that were drawn, in the order of the chains, and decide how to go on."""
        new = np.arange(self.drawn, self.drawn + self.more)
        if self.segments:
            values = [
                pd.concat(pair, ignore_index=True) for pair in zip(self.values, values, strict=True)
            ]
            self.places = [np.concatenate([places, new]) for places in self.places]
        else:
            self.places = [new] * len(self.shards)
        self.values, self.after = values, after
        self.drawn += self.more
        self.segments += 1
        self.length += self.more * self.gap
        self._decide()

    def _decide(self) -> None:
        used = [chain.iloc[len(chain) // BURN_IN :] for chain in self.values]
        have, most = len(used[0]), max(shard.members for shard in self.shards)
        least = least_size(used)
        wanted = max(WORTH * self.members, 2 * TOLD * len(self.shards))
        self.share = min(1.0, least / wanted, have / most)
        enough = least >= wanted and have >= most
        self.done = (enough and self._good()) or self.length >= LONGEST * PILOT * GAP
        if self.done:
            self.share = 1.0
            return
        need = max(most, have * wanted / least) - have
        self.more = int(np.ceil(min(max(need, have / 8), 3 * have)))
        while have + self.more > RESOLUTION * max(most, PILOT):
            self.gap *= 2
            other = slice((len(self.values[0]) + 1) % 2, None, 2)  # the last one stays
            self.values = [chain.iloc[other].reset_index(drop=True) for chain in self.values]
            self.places = [places[other] for places in self.places]
            have, self.more = have // 2, (self.more + 1) // 2

    def _good(self) -> bool:
        """Whether the cohorts that would be taken are worth enough, where that can be told."""
        taken = [chain.iloc[at] for chain, at in zip(self.values, self.taken(), strict=True)]
        even = min(map(len, taken))
        taken = [chain.iloc[:even] for chain in taken]
        number = even * len(taken)
        if KEPT * number < 2 * TOLD * len(taken):
            return True
        if number >= FINELY and largest_r_hat(taken) >= AGREE:
            return False
        return least_size(taken) >= KEPT * number

    def taken(self) -> list[NDArray[np.int64]]:
        """Of each chain, which of its draws are taken."""
        found = []
        for shard, chain in zip(self.shards, self.values, strict=True):
            burn_in = len(chain) // BURN_IN
            even = np.arange(1, shard.members + 1) * (len(chain) - burn_in) // shard.members
            found.append(burn_in + even - 1)
        return found

    def chosen(self) -> list[NDArray[np.int64]]:
        """Of each chain, the numbers of those that are taken among all that were drawn."""
        return [places[at] for places, at in zip(self.places, self.taken(), strict=True)]
