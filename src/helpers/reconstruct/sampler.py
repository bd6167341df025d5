"""A chain that can be advanced, looked at, left and gone on with; what it draws from is said in `chain`."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..published import PublishedError, Study
from . import moves, position, priors, temperature
from .blocks import pools, steering_blocks
from .constraints import Layout
from .evaluation import evaluate
from .fresh import fresh_blocks, redraw, settled
from .measures import compiled, room
from .misses import UnsatisfiedError, unsatisfied
from .position import Position
from .settling import rebuild
from .state import State, empty, plan
from .writing import all_written_out

HOT, COLD = 5.0, 0.75
"""Temperatures, in units of violation: a printed number that is off costs at least 2.6."""
COOLING = 300_000
"""Moves from the hot temperature to the one at which the chain works."""
LOST = 16.0
"""Violation after cooling that is not mended at the temperature at which the chain works."""
LOOK = 20
"""Moves from one look to the next."""
BURN_IN = 150
"""Looks at which every constraint holds that are let pass."""
PATIENCE = 500_000
"""Moves without any such state after which a chain starts afresh."""
AS_USUAL = 2
"""Starts at the temperature of `COLD`; from the next on one is sought, from a cohort that is found."""
STARTS = 6
"""Starts after which the search is given up."""


class Snapshot(NamedTuple):
    """The searched rows of a cohort: of both tables, and the owner of each of the second."""

    root: NDArray[np.float64]
    child: NDArray[np.float64]
    owner: NDArray[np.int64]


class Sampler:
    """A chain that can be advanced and looked at.

    Parameters
    ----------
    study : Study
    measure : str, optional
        Left out, the one that the columns' own priors give.
    rng : numpy.random.Generator

    Attributes
    ----------
    starts : int
        How often it was begun.
    burn_in : int
        Moves until it had cooled down and burnt in, failed starts included.
    cold : float
        The temperature at which it works.
    """

    def __init__(
        self,
        study: Study,
        measure: str | None,
        rng: np.random.Generator,
    ) -> None:
        self.study, self.rng, self.writer = study, rng, rng.spawn(1)[0]
        self.layout = Layout(study)
        size = study.entries[study.tables[self.layout.root].rows or ""].value
        if not isinstance(size, int) or size < 1:
            raise PublishedError(
                f"entry {study.tables[self.layout.root].rows!r}: a count was expected"
            )
        self.measure = compiled(study, measure, self.layout)
        self.drawn = pools(study, rng)
        self.blocks = steering_blocks(study, self.layout, self.drawn, self.measure.exits)
        if not self.layout.used:
            raise PublishedError("entries: none of them concerns a column that can be searched")
        self.plan = plan(self.layout, size)
        self.fresh = fresh_blocks(
            self.layout.programme, self.plan, self.blocks, self.measure.exits, size
        )
        self.blocks = settled(self.layout.programme, self.blocks, self.fresh, self.measure.exits)
        self.state: State = empty(self.layout, self.plan, size)
        self.total = inf
        self.starts = self.burn_in = 0
        self.cold = COLD

    def begin(self) -> None:
        """Draw rows, exits and parameters from the measure."""
        exits = self.measure.exits
        self.position, self.total = position.begin(
            self.layout.programme, self.plan, self.state, self.blocks, exits,
            np.zeros(len(exits.centre)), room(exits), self.rng,
        )  # fmt: skip
        programme = self.layout.programme
        redraw(
            programme,
            self.plan,
            self.state,
            self.blocks,
            self.fresh,
            self.position,
            self.rng,
            False,
        )
        self.total = rebuild(programme, self.plan, self.state)

    def run(
        self, count: int, hot: float, cold: float, gap: int = 0, kept: int = 0
    ) -> tuple[int, int, int]:
        """Take moves; `moves.run` says what is returned, the violation apart."""
        self.total, taken, kept, accepted = moves.run(
            self.layout.programme, self.plan, self.state, self.blocks, self.measure.exits,
            self.fresh, self.position, self.rng, count, hot, cold, self.total,
            LOOK if gap else 0, gap, kept,
        )  # fmt: skip
        return taken, kept, accepted

    def start(self) -> None:
        """Begin, cool down and burn in; begin again where no state meets every constraint.

        Where the usual temperature leads to none, the chain begins from a cohort that is found as
        `reconstruct` finds it, at the highest temperature at which it still meets enough.

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
            if self.starts > AS_USUAL:
                moves, found = temperature.warmest(self, COOLING, HOT, COLD, LOOK)
                self.burn_in += moves
                if found > 0.0:
                    self.cold = found
                    self.burn_in += int(self.advance(BURN_IN)["moves"])
                    return
            else:
                self.burn_in += self.run(COOLING, HOT, COLD)[0]
                if self.total <= LOST:
                    taken, kept, _ = self.run(PATIENCE, COLD, COLD, gap=1)
                    self.burn_in += taken
                    if kept:
                        self.burn_in += int(self.advance(BURN_IN)["moves"])
                        return
            total, values, violations = self.evaluated()
            if total < nearest:
                nearest = total
                message = unsatisfied(self.study, self.layout, values, violations, self.burn_in)
        raise UnsatisfiedError(message)

    def advance(self, gap: int) -> dict[str, float]:
        """Go on until every constraint has held at that many looks."""
        taken = accepted = kept = 0
        while kept < gap:
            more, kept, good = self.run(PATIENCE, self.cold, self.cold, gap, kept)
            taken += more
            accepted += good
        return {"moves": taken, "accepted": accepted / taken, "met": gap * LOOK / taken}

    def theta(self) -> dict[str, float]:
        """The parameters of the measure."""
        return dict(zip(self.measure.names, self.position.theta, strict=True))

    def checkpoint(self) -> bytes:
        """Where the chain stands, for `resume`: arrays alone, the same bytes for the same state."""
        generators = [one.bit_generator.state for one in (self.rng, self.writer)]
        found = [] if self.cold == COLD else [self.cold]
        about = json.dumps([self.total, self.starts, self.burn_in, generators, *found])
        arrays = {f"state {name}": values for name, values in self.state._asdict().items()}
        arrays |= {f"position {name}": values for name, values in self.position._asdict().items()}
        file = io.BytesIO()
        np.savez_compressed(file, about=np.array(about), **arrays)
        return file.getvalue()

    def resume(self, checkpoint: bytes) -> None:
        """Go to where a chain of the same study, measure and seed stood."""
        with np.load(io.BytesIO(checkpoint)) as file:
            self.state = State(*(file[f"state {name}"] for name in State._fields))
            self.position = Position(*(file[f"position {name}"] for name in Position._fields))
            about = json.loads(str(file["about"]))
            self.total, self.starts, self.burn_in, generators, self.cold = [*about, COLD][:5]
        for one, state in zip((self.rng, self.writer), generators, strict=True):
            one.bit_generator.state = state

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
            places = self.writer.integers(len(self.drawn[table][block[0]]), size=len(frame))
            for name in block:
                frame[name] = self.drawn[table][name][places]
        return frame

    def snapshot(self) -> Snapshot:
        """The cohort at which the chain is."""
        used = self._used()
        child = self.state.child[used] if self.layout.child else np.zeros((1, 1))
        return Snapshot(self.state.root.copy(), child, used // max(1, self.plan.slots))

    def written(self, cohorts: Sequence[Snapshot]) -> dict[str, pd.DataFrame]:
        """The complete tables of cohorts, one below the other, and the number of each from 0."""
        layout, size = self.layout, len(self.state.root)
        found = {layout.root: self._frame(layout.root, np.concatenate([c.root for c in cohorts]))}
        if layout.child is not None:
            child = np.concatenate([c.child for c in cohorts])
            found[layout.child] = self._frame(layout.child, child)
        owner = np.concatenate([c.owner + number * size for number, c in enumerate(cohorts)])
        number = np.repeat(np.arange(len(cohorts)), size)
        order = np.lexsort((self.writer.random(len(number)), number))
        return all_written_out(self.study, found, owner, number, order, self.writer)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The complete tables of the cohort at which the chain is."""
        tables = self.written([self.snapshot()])
        return {name: frame.drop(columns="cohort") for name, frame in tables.items()}

    def evaluated(self) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Violation, values and violations of all constraints, computed from the rows alone."""
        root, child, owner = self.snapshot()
        count = len(self.layout.labels)
        values, violations = np.zeros(count), np.zeros(count)
        total = evaluate(
            self.layout.programme, root, child, owner, inf, values, violations
        )  # fmt: skip
        return total, values, violations
