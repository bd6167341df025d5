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

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..published import PublishedError, Study
from . import moves, priors
from .constraints import Layout, evaluate
from .measures import compiled, room
from .search import UnsatisfiedError
from .state import State, empty, plan
from .writing import written_out

HOT = 3.0
COLD = 0.2
COOLING = 200_000
"""Moves from the hot temperature to the one at which the chain works."""
BURN_IN = 5_000
"""States meeting every constraint that are let pass."""
GAP = 2_000
"""States meeting every constraint from one kept to the next."""
PATIENCE = 1_000_000
"""Moves without any such state after which a chain starts afresh."""
STARTS = 20


@dataclass(frozen=True)
class Chain:
    """Cohorts that a chain kept.

    Attributes
    ----------
    members : list of dicts of DataFrames
        The complete tables of each, every column of the contract.
    record : DataFrame
        A row a member: `moves` since the one before, the `accepted` share of them, the share `met`
        of them after which every constraint held, how often the chain was started (`starts`), and
        the parameters of the measure.
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
    rng = np.random.default_rng(seed)
    sampler = Sampler(study, measure, rng)
    starts = sampler.start()
    kept, record = [], []
    for number in range(members):
        row = sampler.advance(GAP)
        kept.append(sampler.tables())
        record.append({**row, "starts": starts, **sampler.theta()})
        if progress is not None:
            progress(number + 1)
    return Chain(kept, pd.DataFrame(record))


class Sampler:
    """A chain that can be advanced and looked at."""

    def __init__(
        self,
        study: Study,
        measure: str,
        rng: np.random.Generator,
        drawn: dict[str, dict[str, NDArray[np.float64]]] | None = None,
    ) -> None:
        self.study, self.rng = study, rng
        self.layout = Layout(study)
        size = study.entries[study.tables[self.layout.root].rows or ""].value
        if not isinstance(size, int) or size < 1:
            raise PublishedError(
                f"entry {study.tables[self.layout.root].rows!r}: a count was expected"
            )
        self.measure = compiled(study, measure, self.layout)
        self.drawn = drawn if drawn is not None else moves.pools(study, rng)
        self.blocks = moves.blocks(study, self.layout, self.drawn, self.measure.exits)
        self.plan = plan(self.layout)
        self.state: State = empty(self.layout, self.plan, size)
        self.total = inf

    def begin(self) -> None:
        """Draw rows, exits and parameters from the measure."""
        exits = self.measure.exits
        self.position, self.total = moves.begin(
            self.layout.programme, self.plan, self.state, self.blocks, exits,
            np.zeros(len(exits.centre)), room(exits), self.rng,
        )  # fmt: skip

    def run(self, count: int, hot: float, cold: float, gap: int = 0, kept: int = 0):
        """Take moves; see `moves.run`."""
        result = moves.run(
            self.layout.programme, self.plan, self.state, self.blocks, self.measure.exits,
            self.position, self.rng, count, hot, cold, self.total, gap, kept,
        )  # fmt: skip
        self.total = result[0]
        return result

    def start(self) -> int:
        """Cool down and burn in; how many starts that took."""
        for number in range(1, STARTS + 1):
            self.begin()
            self.run(COOLING, HOT, COLD)
            _, taken, _, _ = self.run(PATIENCE, COLD, COLD, gap=1)
            if self.total == 0.0:
                self.advance(BURN_IN)
                return number
        raise UnsatisfiedError("no cohort was found")

    def advance(self, gap: int) -> dict[str, float]:
        """Go on until that many states have met every constraint."""
        taken = accepted = kept = 0
        while True:
            _, more, kept, good = self.run(PATIENCE, COLD, COLD, gap, kept)
            taken += more
            accepted += good
            if kept == 0 and self.total == 0.0 :
                break
        return {"moves": taken, "accepted": accepted / taken, "met": gap / taken}

    def theta(self) -> dict[str, float]:
        """The parameters of the measure."""
        return dict(zip(self.measure.names, self.position.theta, strict=True))

    def searched(self) -> tuple[dict[str, pd.DataFrame], NDArray[np.int64]]:
        """The searched columns of each table, and whose the rows of the second are."""
        state, layout = self.state, self.layout
        tables = {layout.root: self._frame(layout.root, state.root)}
        owner = np.zeros(0, np.int64)
        if layout.child is not None:
            slots = np.arange(len(state.child)) % self.plan.slots
            owners = np.arange(len(state.child)) // self.plan.slots
            used = slots < state.count[owners]
            owner = owners[used]
            tables[layout.child] = self._frame(layout.child, state.child[used])
        return tables, owner

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
        tables, owner = self.searched()
        return written_out(self.study, tables, owner, self.rng)

    def evaluated(self) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Violation, values and violations of all constraints, computed from the rows alone."""
        layout = self.layout
        count = len(layout.labels)
        values, violations = np.zeros(count), np.zeros(count)
        slots = np.arange(len(self.state.child)) % max(1, self.plan.slots)
        owners = np.arange(len(self.state.child)) // max(1, self.plan.slots)
        used = slots < self.state.count[owners] if len(owners) else np.zeros(0, bool)
        child = self.state.child[used] if layout.child else np.zeros((1, 1))
        total = evaluate(
            layout.programme, self.state.root.copy(), child, owners[used], inf, values, violations
        )
        return total, values, violations
