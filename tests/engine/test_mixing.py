"""R-hat and effective size against arviz-stats (see `reference/mixing.py`), and where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.ensemble.mixing import effective_size, quantile_error, r_hat, tail_effective_size

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "mixing.json").read_text())


@pytest.mark.parametrize(
    "case", REFERENCE, ids=lambda case: "{}x{}".format(*np.shape(case["draws"]))
)
def test_the_values_are_those_of_arviz(case):
    assert r_hat(case["draws"]) == pytest.approx(case["r_hat"], rel=1e-12)
    assert effective_size(case["draws"]) == pytest.approx(case["effective_size"], rel=1e-12)
    tail = tail_effective_size(case["draws"])
    assert tail == pytest.approx(case["tail_effective_size"], rel=1e-12)


def test_only_ranks_matter_so_that_infinite_values_do_no_harm():
    draws = np.random.default_rng(1).normal(size=(4, 30))
    top = np.where(draws == draws.max(), np.inf, draws)
    assert effective_size(top) == effective_size(draws) == effective_size(np.exp(draws))
    assert np.isfinite(r_hat(top))
    assert tail_effective_size(top) == tail_effective_size(draws)


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
    assert np.isnan(tail_effective_size(draws))


def test_a_draw_that_is_left_out_in_the_middle_is_no_spread():
    draws = np.ones((4, 15))
    draws[2, 7] = 5.0
    assert np.isnan(r_hat(draws))
    assert np.isnan(effective_size(draws))


def test_a_tail_that_one_chain_alone_visits_is_known_by_few():
    draws = np.random.default_rng(3).normal(size=(4, 200))
    draws[0, :30] += 6.0
    assert tail_effective_size(draws) < effective_size(draws) / 2


def test_chains_that_stand_still_apart_are_infinitely_far():
    assert r_hat(np.repeat([[1.0], [2.0]], 10, axis=1)) == np.inf
    assert effective_size(np.repeat([[1.0], [2.0]], 10, axis=1)) < 10


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_error_of_a_quantile_is_how_much_it_varies_from_run_to_run(correlation):
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(150, 4, 200))
    draws = np.empty_like(noise)
    draws[..., 0] = noise[..., 0]
    for k in range(1, 200):
        fresh = np.sqrt(1 - correlation**2) * noise[..., k]
        draws[..., k] = correlation * draws[..., k - 1] + fresh
    for probability in (0.5, 0.9):
        varied = np.quantile(draws.reshape(150, -1), probability, axis=1).std()
        told = np.mean([quantile_error(run, probability) for run in draws])
        assert told == pytest.approx(varied, rel=0.2)


def test_a_quantile_among_equal_or_infinite_values():
    counts = np.repeat([[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]], 4, axis=0)
    assert quantile_error(np.tile(counts, 20), 0.3) == 0.0
    assert quantile_error(np.where(counts == 2, np.inf, counts), 0.975) in (0.0, np.inf)
    assert np.isnan(quantile_error(np.full((4, 20), np.nan), 0.5))
