"""Bounds for groups of any size, against counting, every subset, and what a walk is proved to do."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selection import examples

from helpers import forced
from helpers.forced.walk import UndecidedError, Walk
from helpers.published import rounding
from helpers.published.rounding import Limits


def product(sizes) -> Fraction:
    return prod((Fraction(a - 1, a) for a in sizes), start=Fraction(1))


def shares(value, decimals, *habits) -> Limits:
    found = rounding.limits(value, decimals, habits=habits)
    return Limits(found.low / 100, found.high / 100, found.low_counts, found.high_counts)


@pytest.mark.parametrize("habits", [("up",), ("even",), ("up", "even")], ids="+".join)
@pytest.mark.parametrize("n", [1, 2, 5, 8, 11])
def test_a_set_exists_exactly_where_trying_all_finds_one(n, habits):
    values = {round(100 * float(product(some)), decimals)
              for k in range(4) for some in combinations(range(2, n + 1), k) for decimals in (0, 1)}  # fmt: skip
    for low in (2, 3, 5):
        products = {
            k: {product(some) for some in combinations(range(low, n + 1), k)} for k in range(n + 1)
        }
        for value in [0, 12, 13, 37, 62, 63, 87.5, 99, *sorted(values)[::3]]:
            limits = shares(value, 0 if value == int(value) else 1, *habits)
            walk = Walk(limits)
            for k, there in products.items():
                expected = any(one in limits for one in there)
                assert walk.exists(k, low, n) == expected, (value, low, k)
                found = walk.witness(k, low, n)
                assert (found is not None) == expected
                if found is not None:
                    assert len(set(found)) == k
                    assert all(low <= size <= n for size in found)
                    assert list(found) == sorted(found, reverse=True)
                    assert product(found) in limits
                assert not expected or k in walk.counts(low, n)
            expected = any(one in limits for there in products.values() for one in there)
            assert walk.any_exists(low, n) == expected


def test_edges_that_only_one_habit_counts():
    # 5/8 is a half: 62.5% prints as 63 with halves up and as 62 with halves to even.
    up, even = Walk(shares(62, 0, "up")), Walk(shares(62, 0, "even"))
    assert not up.exists(3, 6, 8)
    assert even.exists(3, 6, 8)
    assert Walk(shares(63, 0, "up")).exists(3, 6, 8)
    assert not Walk(shares(63, 0, "even")).exists(3, 6, 8)


@pytest.mark.parametrize(
    ("rate", "first"), [("55", 8), ("54.7", 24), ("97.3", 32), ("54.73", 74), ("100", 2), ("0", 2)]
)
def test_the_size_from_which_no_step_jumps(rate, first):
    limits = forced.percentage(rate).limits()
    assert Walk(limits).from_size == first
    if limits.low > 0 and limits.high <= 1:
        ratio = limits.high / limits.low
        assert Fraction(first**2, first**2 - 1) <= ratio < Fraction((first - 1) ** 2, first * (first - 2))  # fmt: skip


def test_a_step_from_edge_to_edge_is_not_enough_where_neither_counts():
    low, high = Fraction(3, 4), Fraction(3, 4) * Fraction(16, 15)  # size 4 moves to 5 in one step
    assert Walk(Limits(low, high, True, False)).from_size == 4
    assert Walk(Limits(low, high, False, False)).from_size == 5


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 1000), st.integers(0, 1), st.integers(0, 3), st.integers(3, 24))
def test_the_bounds_are_those_of_the_count(units, decimals, followed, n):
    text = f"{min(units, 1000) / 10:.{decimals}f}"
    counted = forced.rate(text, [n], followed=followed)
    found = forced.bounds(text, n, followed=followed)
    names = ["deaths_min", "deaths_max", "followed_min", "followed_max"]
    row = counted.by_size.astype(object).iloc[0]
    size = found.by_size[0]
    if counted.n_sets:
        assert [row[name] for name in names] == [getattr(size, name) for name in names]
    else:
        assert not found.fits
        assert size.deaths_min is None
    assert found.deaths == counted.deaths
    columns = ["deaths", "last_min", "last_max", "followed_min", "followed_max"]
    rows = found.by_deaths(n)
    assert counted.by_deaths[columns].to_numpy().tolist() == [
        [getattr(one, name) for name in columns] for one in rows
    ]
    for one in rows:
        for witness, last in ((one.witness_min, one.last_min), (one.witness_max, one.last_max)):
            assert len(set(witness)) == one.deaths
            assert min(witness, default=n + 1) == last
            assert forced.percentage(text).prints(product(witness))


@pytest.mark.full
@pytest.mark.parametrize("units", range(0, 1001, 7))
def test_the_bounds_are_those_of_the_count_up_to_25(units):
    text = f"{units / 10:.1f}"
    counted = forced.rate(text, range(1, 26))
    found = forced.bounds(text, range(1, 26))
    columns = ["n", "deaths", "last_min", "last_max", "followed_min", "followed_max"]
    assert counted.by_deaths[columns].to_numpy().tolist() == [
        [getattr(one, name) for name in columns] for n in range(1, 26) for one in found.by_deaths(n)
    ]


@settings(max_examples=examples(25), deadline=None)
@given(st.data(), st.integers(30, 400), st.integers(0, 2))
def test_a_large_group_contains_its_own_history(data, n, decimals):
    sizes = data.draw(st.sets(st.integers(2, n), max_size=60))
    text = rounding.text(100 * product(sizes), decimals)
    found = forced.bounds(text, n)
    assert len(sizes) in found.deaths
    row = next(one for one in found.by_deaths(n) if one.deaths == len(sizes))
    assert row.last_min <= min(sizes, default=n + 1) <= row.last_max
    for witness in (row.witness_min, row.witness_max):
        assert forced.percentage(text).prints(product(witness))
    assert forced.smallest_size(text) <= n


def test_examples_that_were_worked_out_apart():
    assert forced.bounds("72", 120).by_size == (forced.SizeBounds(120, 2, 34, 1, 87),)
    assert forced.bounds("54.7", 1000).by_size == (forced.SizeBounds(1000, 3, 453, 1, 547),)
    assert forced.bounds("98.5", 68).deaths == (1,)  # doi 10.1016/j.ijrobp.2011.10.035
    assert forced.bounds("95.2", 23).by_deaths(23)[0].last_max == 21  # 10.21873/invivo.11655
    assert forced.smallest_size("96.6") == 29  # 10.3390/jpm13020229: its lesions, not its patients


def test_too_many_to_try_is_said_and_not_guessed():
    with pytest.raises(UndecidedError):
        Walk(forced.percentage("54.7321").limits(), most=50).exists(12, 2, 40)
    found = forced.bounds("54.7321", [14, 60])
    assert [size.decided for size in found.by_size] == [True, False]
    with pytest.raises(forced.ForcedError, match="60 patients have too many sets to try"):
        found.by_deaths(60)
    assert forced.smallest_size("54.7321") is None


def test_with_nobody_lost_the_rate_is_a_plain_share():
    found = forced.bounds("56.4", range(36, 60), complete=True)
    assert {size.n: size.deaths_min for size in found.by_size if size.deaths_min is not None} == {
        n: n - k for n in range(36, 60) for k in range(n) if f"{100 * k / n:.1f}" == "56.4"
    }
    assert found.deaths == tuple(sorted({
        n - k for n in range(36, 60) for k in range(n) if f"{100 * k / n:.1f}" == "56.4"
    }))  # fmt: skip
    assert forced.smallest_size("56.4", complete=True) == 39
    assert forced.bounds("0", 5, complete=True).deaths == (5,)
    assert forced.bounds("80", 5, complete=True, followed=5).deaths == ()
