"""R-hat and effective size against arviz-stats (see `reference/mixing.py`), and where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.ensemble.mixing import effective_size, r_hat

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "mixing.json").read_text())


@pytest.mark.parametrize(
    "case", REFERENCE, ids=lambda case: "{}x{}".format(*np.shape(case["draws"]))
)
def test_the_values_are_those_of_arviz(case):
    assert r_hat(case["draws"]) == pytest.approx(case["r_hat"], rel=1e-12)
    assert effective_size(case["draws"]) == pytest.approx(case["effective_size"], rel=1e-12)


def test_only_ranks_matter_so_that_infinite_values_do_no_harm():
    draws = np.random.default_rng(1).normal(size=(4, 30))
    top = np.where(draws == draws.max(), np.inf, draws)
    assert effective_size(top) == effective_size(draws) == effective_size(np.exp(draws))
    assert np.isfinite(r_hat(top))


def test_chains_in_different_places_or_of_different_spread_do_not_agree():
    draws = np.random.default_rng(2).normal(size=(4, 200))
    assert r_hat(draws) < 1.02
    assert r_hat(draws + np.arange(4)[:, None]) > 1.5
    assert r_hat(draws * np.array([1, 1, 1, 9])[:, None]) > 1.2


def test_draws_said_five_times_are_worth_no_more():
    draws = np.random.default_rng(2).normal(size=(4, 200))
    assert effective_size(np.repeat(draws, 5, axis=1)) == pytest.approx(
        effective_size(draws), rel=0.1
    )


@pytest.mark.parametrize(
    "draws",
    [np.zeros((4, 10)), np.full((2, 10), np.inf), [[1.0, 2, 3]] * 4, [[1.0, 2, 3, np.nan]] * 4],
)
def test_without_spread_or_draws_there_is_no_answer(draws):
    assert np.isnan(r_hat(draws))
    assert np.isnan(effective_size(draws))


def test_chains_that_stand_still_apart_are_infinitely_far():
    assert r_hat(np.repeat([[1.0], [2.0]], 10, axis=1)) == np.inf
    assert effective_size(np.repeat([[1.0], [2.0]], 10, axis=1)) < 10
