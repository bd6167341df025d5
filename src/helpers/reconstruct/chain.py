"""Cohorts from a reference measure, given every printed number: one annealed Markov chain.

The chain starts from an independent draw of the measure and is cooled to the temperature at which it
works. There its distribution is the measure times exp(-V / T), with V the total violation. Where V
is 0 that is the measure itself, whatever T: the states that meet every constraint, taken alone,
are again a Markov chain (the chain watched on a set), and its stationary distribution is the
measure conditioned on every constraint. Every so many of these states one is kept, after as many
have been let pass as a burn-in. To keep the first that turns up after so many moves would not be
the same: it favours states on the border of the set.

A chain that meets no state in which every constraint holds starts afresh from a new draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..compiled import forget_stale
from ..published import PublishedError, Study
from . import moves, position, priors
from .blocks import pools, steering_blocks
from .constraints import Layout
from .evaluation import evaluate
from .measures import compiled, room
from .search import UnsatisfiedError, unsatisfied
from .state import State, empty, plan
from .writing import written_out

HOT, COLD = 5.0, 0.7
"""Temperatures, in units of violation: a printed number that is off costs at least 2.6."""
COOLING = 150_000
"""Moves from the hot temperature to the one at which the chain works."""
BURN_IN = 15_000
"""States meeting every constraint that are let pass."""
GAP = 600
"""States meeting every constraint from one kept to the next."""
PATIENCE = 500_000
"""Moves without any such state after which a chain starts afresh."""
STARTS = 6
"""Starts after which the search is given up."""


@dataclass(frozen=True)
class Chain:
    """Cohorts that a chain kept.

    Attributes
    ----------
    members : list of dicts of DataFrames
        The complete tables of each, every column of the contract.
    record : DataFrame
        A row a member: the `moves` since the one before, each the evaluation of a cohort; the
        share `accepted` of them; the share `met` of them after which every constraint held;
        `burn_in`, the moves before the first of all, and `starts`, how often the chain was begun;
        and the parameters of the measure.
    """

    members: list[dict[str, pd.DataFrame]]
    record: pd.DataFrame


def chain(
    study: Study,
    measure: str,
    seed: int | Sequence[int],
    members: int,
    progress: Callable[[int], None] | None = None,
) -> Chain:
    """Draw cohorts from a reference measure, given every printed number.

    Parameters
    ----------
    study : Study
    measure : str
        One of the measures that the study declares.
    seed : int or sequence of int
        The same seed gives the same cohorts.
    members : int
        Cohorts to keep.
    progress : callable, optional
        Called with the cohorts kept so far.

    Returns
    -------
    Chain

    Raises
    ------
    UnsatisfiedError
        When no start leads to a cohort that meets every constraint.
    PublishedError
        When the study cannot be searched, or has no measure of that name.
    """
    forget_stale(Path(__file__).parent)
    sampler = Sampler(study, measure, np.random.default_rng(seed))
    sampler.start()
    kept: list[dict[str, pd.DataFrame]] = []
    record = []
    while len(kept) < members:
        row = sampler.advance(GAP)
        if sampler.evaluated()[0] > 0.0:
            continue  # beyond a border by less than the precision of the chain's own fits
        kept.append(sampler.tables())
        burn_in = {"burn_in": sampler.burn_in, "starts": sampler.starts}
        record.append({**row, **burn_in, **sampler.theta()})
        if progress is not None:
            progress(len(kept))
    return Chain(kept, pd.DataFrame(record))


class Sampler:
    """A chain that can be advanced and looked at.

    Parameters
    ----------
    study : Study
    measure : str
    rng : numpy.random.Generator

    Attributes
    ----------
    starts : int
        How often it was begun.
    burn_in : int
        Moves until it had cooled down and burnt in, failed starts included.
    """

    def __init__(
        self,
        study: Study,
        measure: str,
        rng: np.random.Generator,
    ) -> None:
        self.study, self.rng = study, rng
        self.layout = Layout(study)
        size = study.entries[study.tables[self.layout.root].rows or ""].value
        if not isinstance(size, int) or size < 1:
            raise PublishedError(
                f"entry {study.tables[self.layout.root].rows!r}: a count was expected"
            )
        self.measure = compiled(study, measure, self.layout)
        self.drawn = pools(study, rng)
        self.blocks = steering_blocks(study, self.layout, self.drawn, self.measure.exits)
        if self.blocks.columns.size == 0 and self.measure.exits.time < 0:
            raise PublishedError("entries: none of them concerns a column that can be searched")
        self.plan = plan(self.layout)
        self.state: State = empty(self.layout, self.plan, size)
        self.total = inf
        self.starts = self.burn_in = 0

    def begin(self) -> None:
        """Draw rows, exits and parameters from the measure."""
        exits = self.measure.exits
        self.position, self.total = position.begin(
            self.layout.programme, self.plan, self.state, self.blocks, exits,
            np.zeros(len(exits.centre)), room(exits), self.rng,
        )  # fmt: skip

    def run(
        self, count: int, hot: float, cold: float, gap: int = 0, kept: int = 0
    ) -> tuple[int, int, int]:
        """Take moves; `moves.run` says what is returned, the violation apart."""
        self.total, taken, kept, accepted = moves.run(
            self.layout.programme, self.plan, self.state, self.blocks, self.measure.exits,
            self.position, self.rng, count, hot, cold, self.total, gap, kept,
        )  # fmt: skip
        return taken, kept, accepted

    def start(self) -> None:
        """Begin, cool down and burn in; begin again where no state meets every constraint.

        Raises
        ------
        UnsatisfiedError
            When several starts led to no such state; the message says what is left.
        """
        nearest = inf
        message = ""
        while self.starts < STARTS:
            self.starts += 1
            self.begin()
            self.burn_in += self.run(COOLING, HOT, COLD)[0]
            self.burn_in += self.run(PATIENCE, COLD, COLD, gap=1)[0]
            if self.total == 0.0:
                self.burn_in += int(self.advance(BURN_IN)["moves"])
                return
            total, values, violations = self.evaluated()
            if total < nearest:
                nearest = total
                message = unsatisfied(self.study, self.layout, values, violations, self.burn_in)
        raise UnsatisfiedError(message)

    def advance(self, gap: int) -> dict[str, float]:
        """Go on until that many states have met every constraint."""
        taken = accepted = kept = 0
        while taken == 0 or kept > 0 or self.total > 0.0:
            more, kept, good = self.run(PATIENCE, COLD, COLD, gap, kept)
            taken += more
            accepted += good
        return {"moves": taken, "accepted": accepted / taken, "met": gap / taken}

    def theta(self) -> dict[str, float]:
        """The parameters of the measure."""
        return dict(zip(self.measure.names, self.position.theta, strict=True))

    def _used(self) -> NDArray[np.int64]:
        """Slots of the second table that are in use."""
        slots = np.arange(len(self.state.child))
        width = max(1, self.plan.slots)
        return slots[slots % width < self.state.used[slots // width]]

    def _frame(self, table: str, array: NDArray[np.float64]) -> pd.DataFrame:
        """Searched columns; those that steer no constraint are drawn now."""
        layout = self.layout
        width = layout.width[table]
        frame = pd.DataFrame(array[:, :width].copy(), columns=layout.columns[table][:width])
        exits = self.measure.exits
        time = layout.columns[layout.root][exits.time] if exits.time >= 0 else None
        for block in priors.blocks(self.study, table):
            steers = any((table, name) in layout.used for name in block)
            if steers or (table == layout.root and time in block):
                continue
            places = self.rng.integers(len(self.drawn[table][block[0]]), size=len(frame))
            for name in block:
                frame[name] = self.drawn[table][name][places]
        return frame

    def tables(self) -> dict[str, pd.DataFrame]:
        """The complete tables of the cohort at which the chain is."""
        state, layout, used = self.state, self.layout, self._used()
        found = {layout.root: self._frame(layout.root, state.root)}
        if layout.child is not None:
            found[layout.child] = self._frame(layout.child, state.child[used])
        return written_out(self.study, found, used // max(1, self.plan.slots), self.rng)

    def evaluated(self) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Violation, values and violations of all constraints, computed from the rows alone."""
        used = self._used()
        child = self.state.child[used] if self.layout.child else np.zeros((1, 1))
        count = len(self.layout.labels)
        values, violations = np.zeros(count), np.zeros(count)
        total = evaluate(
            self.layout.programme, self.state.root.copy(), child, used // max(1, self.plan.slots),
            inf, values, violations,
        )  # fmt: skip
        return total, values, violations
