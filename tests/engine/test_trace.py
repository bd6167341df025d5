"""Chains that are looked at too often, and what assumptions change: what is shipped of either."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fixtures_core import invoke

from helpers import ensemble, package, published
from helpers.ensemble import EnsembleError, intervals, trace
from helpers.ensemble.mixing import r_hat
from helpers.ensemble.traces import DRAWS

TINY = published.load(published.DATA / "tiny.yaml")
FOLLOWED = "overall-survival.events-36"
SHIPPED = published.DATA / "trace.csv"


def chains(table):
    return table["value"].to_numpy().reshape(table["chain"].nunique(), -1)


def test_each_chain_is_followed_from_its_beginning():
    table = trace(TINY, "columns", "survival.events", 1)
    assert list(table) == ["chain", "draw", "moves", "value"]
    assert (table.groupby("chain")["draw"].max() == DRAWS).all()
    assert table["chain"].nunique() == 4
    assert table["value"].between(0, 5).all()
    assert not table["value"].eq(table["value"][0]).all()


@pytest.mark.parametrize(
    ("measure", "quantity"), [("column", "survival.events"), ("columns", "survival.event")]
)
def test_what_the_study_has_not_is_refused(measure, quantity):
    with pytest.raises(EnsembleError, match="was expected"):
        trace(TINY, measure, quantity, 1)


def test_the_table_is_written(tmp_path):
    out = tmp_path / "trace.csv"
    done = invoke("ensemble", "trace", "--published", published.DATA / "tiny.yaml", "--measure",
                  "columns", "--quantity", "survival.events", "--out", out)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert out.read_bytes() == package.csv(trace(TINY, "columns", "survival.events", 1))


@pytest.fixture(scope="module")
def shipped():
    """The ensemble, and its main quantities."""
    drawn = ensemble.load()
    return drawn.record, ensemble.leeway.main(drawn)


def test_the_shipped_chains_hardly_move_and_those_of_the_ensemble_do(shipped):
    """What the chapter teaches by the two of them."""
    record, values = shipped
    near = chains(pd.read_csv(SHIPPED))
    of = record[record["measure"] == "proportional-hazards"].groupby("shard")["cohort"]
    far = np.stack([values.loc[one[: near.shape[1]], FOLLOWED] for _, one in of])
    assert near.shape == far.shape
    assert r_hat(near) > 1.5
    assert r_hat(far) < 1.02
    assert (near[:, 1:] == near[:, :-1]).mean() > 0.9


def test_what_is_shipped_of_assumptions_is_of_this_ensemble(shipped):
    """Cohorts that meet all requirements, drawn with and without them, have the same quantiles."""
    record, values = shipped
    table = pd.read_csv(published.DATA / "assumed.csv")
    assert set(table["quantity"]) == set(values)
    kinds = {entry.estimand.statistic for entry in published.load().requirements.values()}
    assert set(table["assumed"]) == {"all", "none", *(f"all but {kind}" for kind in kinds)}
    none = table[table["assumed"] == "none"]
    assert (none.groupby("quantity")["cohorts"].sum() == 600).all()
    given = table[table["assumed"] == "all"].set_index(["quantity", "measure"])
    here = intervals(values, record).set_index(["quantity", "measure"]).loc[given.index]
    compared = 0
    for end in ("lower", "median", "upper"):
        one, other = given[end], here[end]
        known = np.isfinite(one) & np.isfinite(other)
        error = np.hypot(given[f"{end}_error"], here[f"{end}_error"])
        step = np.where(one.eq(one.round()) & other.eq(other.round()), 1.0, 0.0)  # a count
        assert ((one - other).abs() <= 4 * error + step + 1e-4)[known].all()
        compared += known.sum()
    assert compared > 150


@pytest.mark.full
def test_the_shipped_chains_are_what_make_assumed_writes():
    table = trace(published.load(), "proportional-hazards", FOLLOWED, 1)
    assert package.csv(table) == SHIPPED.read_bytes()
