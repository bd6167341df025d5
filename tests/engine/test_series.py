"""How long chains go on: as their autocorrelation asks for, and no longer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.ensemble import series
from helpers.ensemble.series import Series, largest_r_hat, least_size
from helpers.ensemble.shards import Shard


class Walks:
    """Chains whose draws at every look have a known correlation, the last of two quantities' worse."""

    def __init__(self, correlation: float, shards: int = 4, members: int = 150) -> None:
        self.rng = np.random.default_rng(7)
        self.correlations = np.array([correlation**3, correlation, 0.0])
        self.now = self.rng.normal(size=(shards, 3))
        self.series = Series([Shard(k, "m", members) for k in range(shards)])
        self.looks: list[int] = []

    def advance(self) -> None:
        segments = self.series.next()
        found = []
        begun = self.looks[-1] if self.looks else 0
        self.looks += [begun + segments[0].gap * (k + 1) for k in range(segments[0].draws)]
        for k, segment in enumerate(segments):
            rows = []
            for _ in range(segment.draws):
                kept = self.correlations**segment.gap
                noise = np.sqrt(1 - kept**2) * self.rng.normal(size=3)
                self.now[k] = kept * self.now[k] + noise
                rows.append(self.now[k] * [1, 1, 0])
            found.append(pd.DataFrame(rows, columns=["fast", "slow", "constant"]))
        self.series.take(found, [b""] * len(segments))

    def spacing(self) -> np.ndarray:
        """Looks from the first draw to the first that is taken, and from one taken to the next."""
        return np.diff(np.array(self.looks)[self.series.chosen()[0]], prepend=0)

    def run(self) -> Series:
        while not self.series.done:
            self.advance()
        return self.series


@pytest.mark.parametrize("time", [5, 100, 1_000, 6_000])
def test_chains_are_as_long_as_the_slowest_quantity_asks_for(time):
    done = Walks(np.exp(-2 / time)).run()  # integrated autocorrelation time, in looks
    independent = done.length * len(done.shards) / time
    looks_at_least = series.GAP * max(series.PILOT * len(done.shards), done.members)
    expected = max(looks_at_least / time, 0.8 * done.members)
    assert independent == pytest.approx(expected, rel=0.6)
    assert independent >= 0.6 * done.members
    assert done.share == 1.0


@pytest.mark.parametrize("time", [100, 1_000, 6_000])
def test_what_is_taken_is_worth_what_is_promised_and_spread_evenly(time):
    walks = Walks(np.exp(-2 / time))
    done = walks.run()
    taken = [chain.iloc[at] for chain, at in zip(done.values, done.taken(), strict=True)]
    assert [len(one) for one in taken] == [150] * 4
    assert least_size(taken) >= series.KEPT * 600
    assert largest_r_hat(taken) < series.AGREE
    first, *others = walks.spacing()
    assert max(others) - min(others) <= done.gap, "as even as draws allow"
    assert first >= 8 * min(others), "a burn-in is left out"
    assert walks.looks[-1] - walks.looks[done.chosen()[0][-1]] <= done.gap


def test_draws_do_not_pile_up():
    done = Walks(np.exp(-2 / 6_000)).run()
    assert done.gap > series.GAP
    (draws,) = {len(one) for one in done.places}
    assert 150 < draws <= series.RESOLUTION * 150 * series.BURN_IN / (series.BURN_IN - 1) + 1


def test_chains_that_never_mix_end():
    walks = Walks(1.0, members=3)
    walks.series.length = (series.LONGEST - 1) * series.PILOT * series.GAP
    walks.run()
    assert walks.series.segments == 1


@pytest.mark.parametrize(("shards", "members"), [(1, 1), (1, 39), (4, 2), (4, 7)])
def test_few_cohorts_are_independent_too(shards, members):
    walks = Walks(np.exp(-2 / 1_000), shards, members)
    done = walks.run()
    assert done.length * shards / 1_000 > 0.5 * max(0.8 * done.members, 10 * shards)
    assert (walks.spacing() > 500).all()


def test_a_quantity_that_cannot_be_computed_is_left_out():
    draws = np.random.default_rng(1).normal(size=(4, 50))
    values = [pd.DataFrame({"a": one, "b": np.nan}) for one in draws]
    assert 0 < least_size(values) <= 200
    assert least_size([one[["b"]] for one in values]) == 200
    assert largest_r_hat([one[["b"]] for one in values]) == 1.0
