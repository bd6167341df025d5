"""Intervals by measure, with the error that chains leave in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import figures
from helpers.ensemble.mixing import quantile_error
from helpers.ensemble.quantiles import ENVELOPE, intervals, quantile


def made_up(length=300, chains=4):
    """Two measures, of which the second lies two further to the right; chains of one mix slowly."""
    rng = np.random.default_rng(7)
    steps = rng.normal(size=(2 * chains, length))
    for at in range(1, length):
        steps[chains:, at] = 0.9 * steps[chains:, at - 1] + np.sqrt(1 - 0.81) * steps[chains:, at]
    record = pd.DataFrame(
        {
            "measure": np.repeat(["one", "other"], chains * length),
            "shard": np.repeat(np.arange(2 * chains), length),
        }
    )
    values = steps.ravel() + 2 * (record["measure"] == "other")
    return pd.DataFrame({"x": values, "twice": 2 * values}), record, steps


def test_each_measure_has_its_own_interval_and_no_pooled_one():
    values, record, steps = made_up()
    by = intervals(values, record).set_index(["quantity", "measure"])
    assert list(by.loc["x"].index) == ["one", "other", ENVELOPE]
    one, other, envelope = (by.loc[("x", name)] for name in ("one", "other", ENVELOPE))
    assert one["lower"] == np.quantile(steps[:4], 0.025, method="inverted_cdf")
    assert (envelope["lower"], envelope["upper"]) == (one["lower"], other["upper"])
    assert (envelope["lower_error"], envelope["upper_error"]) == (
        one["lower_error"],
        other["upper_error"],
    )
    assert np.isnan(envelope["median"])
    assert one["cohorts"] + other["cohorts"] == envelope["cohorts"] == len(values)
    assert by.loc[("twice", "one"), "upper"] == pytest.approx(2 * one["upper"])


def test_chains_that_mix_slowly_know_the_ends_less_well():
    values, record, steps = made_up()
    by = intervals(values, record).set_index(["quantity", "measure"]).loc["x"]
    for end, probability in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        assert by.loc["one", f"{end}_error"] == quantile_error(steps[:4], probability)
    assert by.loc["other", "median_error"] > 2 * by.loc["one", "median_error"]


def test_a_figure_has_the_quantiles_that_the_text_beside_it_quotes():
    """One definition: of an even number of cohorts another one would give other ends."""
    values, record, _ = made_up()
    values.loc[:2, "x"] = np.nan
    by = intervals(values[["x"]], record).set_index("measure")
    of_measure = dict(list(values["x"].groupby(record["measure"])))
    drawn = figures.intervals({"x": of_measure}, x_label="x").table.set_index("row")
    for name, of in of_measure.items():
        told = by.loc[name, ["lower", "median", "upper"]].to_list()
        assert drawn.loc[name, ["2.5%", "median", "97.5%"]].to_list() == told
        assert quantile(of, (0.025, 0.5, 0.975)).tolist() == told
        assert told != np.nanquantile(of, [0.025, 0.5, 0.975]).tolist()


def test_chains_of_different_lengths_and_cohorts_without_the_quantity():
    values, record, _ = made_up()
    values.loc[:9, "x"] = np.nan
    some = np.ones(len(values), bool)
    some[[20, 21, 40]] = False
    by = intervals(values[some], record[some]).set_index(["quantity", "measure"])
    assert by.loc[("x", "one"), "cohorts"] == 4 * 300 - 13
    assert np.isfinite(by.loc[("x", "one"), "lower"])
    assert np.isnan(by.loc[("x", "one"), "lower_error"])
    assert by.loc[("x", "other"), "lower_error"] > 0
    gone = intervals(pd.DataFrame({"x": np.full(len(record), np.nan)}), record)
    assert gone[["lower", "median", "upper"]].isna().all(axis=None)
    assert (gone["cohorts"] == 0).all()
