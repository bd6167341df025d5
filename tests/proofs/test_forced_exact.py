"""What one printed rate forces, against trying every subset, another way of rounding, and R's habit."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from selection import examples

from helpers import forced, published
from helpers.forced import products

LONG = Context(prec=60)
HABITS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


def product(sizes) -> Fraction:
    return prod((Fraction(a - 1, a) for a in sizes), start=Fraction(1))


def prints(share: Fraction, habit: str, decimals: int) -> str:
    """A share as a percentage, by the decimals of the standard library.

    Sixty digits tell every share from a half: their denominators have at most fifteen.
    """
    exact = LONG.divide(Decimal(100 * share.numerator), Decimal(share.denominator))
    return str(exact.quantize(Decimal(1).scaleb(-decimals), HABITS[habit], LONG))


@cache
def subsets(n: int) -> list[tuple[tuple[int, ...], Fraction]]:
    """Every set of risk-set sizes of n patients, with its estimate."""
    every = (sizes for k in range(n + 1) for sizes in combinations(range(n, 0, -1), k))
    return [(sizes, product(sizes)) for sizes in every]


@cache
def printed_by(n: int, decimals: int) -> dict[str, list[tuple[tuple[int, ...], bool, bool]]]:
    """By what they print: sets, and whether they do with halves rounded up, and to even."""
    found: dict[str, list[tuple[tuple[int, ...], bool, bool]]] = {}
    for sizes, share in subsets(n):
        up, even = (prints(share, habit, decimals) for habit in HABITS)
        for text in {up, even}:
            found.setdefault(text, []).append((sizes, text == up, text == even))
    return found


def by_hand(n: int, text: str, decimals: int, followed: int) -> dict[int, dict[str, object]]:
    """A row for each number of deaths, by looking at all sets."""
    rows: dict[int, dict[str, object]] = {}
    for sizes, up, even in printed_by(n, decimals).get(text, []):
        left = min(sizes, default=n + 1) - 1
        if left < followed and 1 not in sizes:
            continue
        row = rows.setdefault(
            len(sizes), {"sets": 0, "half_up": 0, "half_even": 0, "last": [], "ends": []}
        )
        row["sets"] += 1
        row["half_up"] += up
        row["half_even"] += even
        row["last"].append(left + 1)
        row["ends"] += [0, 0] if 1 in sizes else [followed, left]
    return rows


EDGES = ["0", "100", "62", "63", "12", "13", "37", "38", "87", "88", "50", "33", "67", "1", "99"]


def rates(n: int, decimals: int) -> list[str]:
    """What groups of n print with these decimals, thinned out, and what few or none do."""
    known = sorted(printed_by(n, decimals), key=float)
    quantum = Decimal(1).scaleb(-decimals)
    some = [
        str(Decimal(text).quantize(quantum)) for text in (EDGES if decimals == 0 else EDGES[:2])
    ]
    return list(dict.fromkeys([*known[:: max(1, len(known) // 8)], known[-1], *some]))


@pytest.mark.parametrize("decimals", [0, 1, 2])
@pytest.mark.parametrize("n", range(1, 13))
def test_the_count_is_that_of_trying_every_subset(n, decimals):
    for text in rates(n, decimals):
        for followed in {0, 1, 2, n} if n in (1, 2, 5, 9) else {1}:
            if followed > n:
                continue
            found = forced.rate(text, n, followed=followed)
            expected = by_hand(n, text, decimals, followed)
            where = f"{text}% of {n}, {followed} followed"
            assert list(found.by_deaths["deaths"]) == sorted(expected), where
            for row in found.by_deaths.itertuples():
                one = expected[row.deaths]
                assert (row.sets, row.half_up, row.half_even) == (
                    one["sets"], one["half_up"], one["half_even"],
                ), where  # fmt: skip
                assert (row.last_min, row.last_max) == (min(one["last"]), max(one["last"])), where
                assert (row.followed_min, row.followed_max) == (
                    min(one["ends"]), max(one["ends"]),
                ), where  # fmt: skip
            every = list(found.sets())
            assert len(every) == len(set(every)) == found.n_sets, where
            assert Counter(map(len, every)) == {k: one["sets"] for k, one in expected.items()}
            inside = Counter(a for sizes in every for a in sizes)
            for row in found.by_position.itertuples():
                assert row.sets == inside[row.at_risk], where


def test_the_edges_are_met_in_these_tests():
    # 5/8 is 62.5%, and 1/8 is 12.5%: halves when no decimal is printed.
    up, even = forced.rate("63", 8), forced.rate("62", 8)
    assert up.by_size["half_up"].item() > up.by_size["half_even"].item()
    assert even.by_size["half_even"].item() > even.by_size["half_up"].item()
    assert up.depends_on_rounding
    assert even.depends_on_rounding
    low = forced.rate("12", 8, followed=0)
    assert (8, 7, 6, 5, 4, 3, 2) in set(low.sets())
    assert (8, 7, 6, 5, 4, 3, 2) in set(forced.rate("13", 8).sets())
    assert not forced.rate("93.5", 37).depends_on_rounding


@settings(max_examples=examples(40), deadline=None)
@given(
    st.sets(st.integers(2, 34), max_size=25),
    st.integers(0, 3),
    st.sampled_from(["half_up", "half_even"]),
)
def test_every_history_is_among_the_sets_of_what_it_prints(sizes, decimals, habit):
    text = prints(product(sizes), habit, decimals)
    found = forced.rate(text, 34)
    row = found.by_deaths.set_index("deaths").loc[len(sizes)]
    assert row["sets"] >= row[habit] >= 1
    assert row["last_min"] <= min(sizes, default=35) <= row["last_max"]
    for size in sizes:
        assert found.by_position.set_index("at_risk").loc[size, "sets"] >= 1
    for row in found.by_deaths.itertuples():
        for witness, last in ((row.witness_min, row.last_min), (row.witness_max, row.last_max)):
            assert len(set(witness)) == row.deaths
            assert min(witness, default=35) == last
            assert text in {prints(product(witness), habit, decimals) for habit in HABITS}
    assert found.by_deaths["sets"].sum() == found.n_sets
    assert (found.by_position["sets"].sum()) == (
        found.by_deaths["sets"] * found.by_deaths["deaths"]
    ).sum(), "each set counts once for each of its deaths"


@settings(max_examples=examples(15), deadline=None)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_what_fits_a_group_fits_every_larger_one(units, followed):
    text = f"{units / 10:.1f}"
    found = forced.rate(text, range(1, 26), followed=followed)
    assert found.by_size["sets"].is_monotonic_increasing
    assert found.by_size["deaths_max"].dropna().is_monotonic_increasing
    least = forced.smallest_size(text, followed=followed)
    there = found.by_size.loc[found.by_size["sets"] > 0, "n"]
    if len(there):
        assert least == there.iloc[0]
    else:
        assert least is None or least > 25


@pytest.mark.parametrize("n", [16, 23])
def test_all_rates_together_share_out_all_sets(n):
    # Without a decimal every set prints as one rate by one habit; that of nobody left is 0%.
    total = sum(
        int(forced.rate(str(rate), n, followed=0).by_size["half_up"].item()) for rate in range(101)
    )
    assert total == 2**n


def test_93_5_of_37_means_exactly_two():
    study = published.load()
    n = study["n-lung"].value + study["n-other"].value
    found = forced.rate(study["lrf-36-other"].text, n)
    assert n == 37
    assert found.deaths == (2,)
    every = {(36, 26), (35, 27), (34, 27), (33, 28), (32, 29), (31, 30)}
    assert set(found.sets()) == every
    assert every == {
        pair for pair in combinations(range(37, 0, -1), 2)
        if study["lrf-36-other"].agrees(100 * float(product(pair)))
    }  # fmt: skip
    row = found.by_deaths.iloc[0]
    assert (row.sets, row.last_min, row.last_max) == (6, 26, 30)
    assert (row.followed_min, row.followed_max) == (1, 29)
    assert forced.smallest_size("93.5") == 31


def test_91_7_needs_twelve_patients_and_one_death():
    assert forced.smallest_size("91.7") == 12
    assert forced.rate("91.7", 12).deaths == (1,)
    assert forced.rate("91.7", 11).deaths == ()
    assert list(forced.rate("91.7", 12).sets()) == [(12,)]


@pytest.mark.parametrize(("text", "n"), [("40.1", 19), ("93.5", 60), ("55.2", 22), ("95.0", 45)])
def test_counting_agrees_with_listing(text, n):
    """Two programs: one lists with fractions, one counts with exponents."""
    found = forced.rate(text, n)
    every = list(found.sets())
    assert len(every) == found.n_sets
    assert Counter(map(len, every)) == dict(
        zip(found.by_deaths["deaths"], found.by_deaths["sets"], strict=True)
    )
    lasts = {k: [min(s) for s in every if len(s) == k] for k in found.deaths}
    assert list(found.by_deaths["last_min"]) == [min(lasts[k]) for k in found.deaths]
    assert list(found.by_deaths["last_max"]) == [max(lasts[k]) for k in found.deaths]


def test_floats_by_brute_force_agree_away_from_the_limits():
    """All 2^21 subsets by numpy, which sees no exact limit; 27 · 31 and 839 are beyond it."""
    logs = np.zeros(1)
    for a in range(2, 23):
        logs = np.concatenate([logs, logs + np.log1p(-1 / a)])
    shares = 100 * np.exp(logs)
    assert np.abs(shares - 41.85).min() > 1e-9
    assert np.abs(shares - 41.95).min() > 1e-9
    assert forced.rate("41.9", 22).n_sets == ((shares > 41.85) & (shares < 41.95)).sum()


@pytest.mark.parametrize(("text", "n"), [("55.2", 37), ("40.1", 36), ("62", 38)])
def test_large_groups_agree_with_a_plain_search_in_two_sorted_halves(text, n):
    """No exponents, no merging, no pruning: floats, and a band around each limit that they fill."""
    halves = []
    for sizes in (range(2, n // 2 + 3), range(n // 2 + 3, n + 1)):
        logs = np.zeros(1)
        for a in sizes:
            logs = np.concatenate([logs, logs + np.log1p(-1 / a)])
        halves.append(np.sort(logs))
    found = forced.rate(text, n)

    def below(limit: Fraction, shift: float) -> int:
        return int(np.searchsorted(halves[0], np.log(float(limit)) + shift - halves[1]).sum())

    lower, upper = (
        [below(limit, shift) for shift in (-1e-12, 1e-12)]
        for limit in (found.percentage.lower, found.percentage.upper)
    )
    row = found.by_size.iloc[0]
    assert row["half_up"] == upper[0] - lower[0]
    assert found.percentage.is_even == (text in ("55.2", "62"))
    even = upper[1] - lower[0] if found.percentage.is_even else upper[0] - lower[1]
    assert row["half_even"] == even


def test_a_set_is_a_cohort_that_prints_the_rate():
    """The reading of the docstring, by lifelines: one by one, and with all deaths of a run tied."""
    for sizes in list(forced.rate("40.1", 19).sets())[::9]:
        died = [int(a in sizes) for a in range(19, 0, -1)]
        months = np.arange(1.0, 20)
        after = min(sizes) - 1
        months[19 - after :] = 40  # those after the last death are watched beyond the horizon
        died[19 - after :] = [0] * after
        one_by_one = KaplanMeierFitter().fit(months, died).predict(36)
        assert f"{100 * one_by_one:.1f}" == "40.1"
        tied = months.copy()
        for i in range(1, 19 - after):
            if died[i] and died[i - 1]:
                tied[i] = tied[i - 1]
        together = KaplanMeierFitter().fit(tied, died).predict(36)
        assert together == pytest.approx(one_by_one, abs=1e-12)


def test_no_death_and_nobody_left():
    every = forced.rate("100", 5)
    assert every.by_deaths.iloc[0][["deaths", "last_min", "followed_max"]].tolist() == [0, 6, 5]
    assert list(every.sets()) == [()]
    dead = forced.rate("0", 6)
    assert dead.by_deaths["sets"].tolist() == [comb(5, k) for k in range(6)]
    assert (dead.by_deaths["followed_max"] == 0).all()
    assert forced.rate("0", 1).deaths == (1,)
    assert forced.rate("100", 1).deaths == (0,)
    assert forced.rate("50", 1).by_deaths.empty


def test_less_than_half_a_percent_prints_as_nothing_too():
    # Of 201 all but one can die and be counted, 1/201; 1/200 is a half, and goes to the even 0.
    found = forced.rate("0", 201)
    rows = found.by_deaths.set_index("deaths")
    assert rows.loc[200, "sets"] == comb(200, 199) + 1
    assert rows.loc[200, ["followed_min", "followed_max"]].tolist() == [0, 1]
    assert rows.loc[199, "half_up"] == comb(200, 198)
    assert rows.loc[199, "half_even"] == comb(200, 198) + 1


@pytest.mark.parametrize(
    ("rate", "n", "more", "message"),
    [
        ("100.1", 5, {}, "from 0 to 100 such as 93.5 was expected, found '100.1'"),
        ("-1", 5, {}, "from 0 to 100 such as 93.5 was expected, found '-1'"),
        ("most", 5, {}, "found 'most'"),
        ("nan", 5, {}, "found 'nan'"),
        ("93,5", 5, {}, "found '93,5'"),
        ("", 5, {}, "found ''"),
        ("1.1234567", 5, {}, "at most 6 decimals were expected"),
        ("93.5", 5, {"decimals": 0}, "93.5 has more than 0 decimals"),
        ("93.5", 5, {"decimals": 7}, "decimals: 0 to 6 were expected, found 7"),
        (93.5, 5, {}, "or a number with its decimals, found 93.5"),
        (float("nan"), 5, {"decimals": 1}, "found 'nan'"),
        ("93.5", 0, {}, "n: at least 1 patient was expected, found 0"),
        ("93.5", range(0, 3), {}, "n: at least 1 patient was expected, found 0"),
        ("93.5", [], {}, "n: at least 1 patient was expected"),
        ("93.5", 37.0, {}, "n: one or more whole numbers were expected, found 37.0"),
        ("93.5", "37", {}, "n: one or more whole numbers were expected, found '37'"),
        ("93.5", 5, {"followed": 6}, "followed: at most 5, all patients, were expected, found 6"),
        ("93.5", 5, {"followed": -1}, "followed: no fewer than 0 were expected, found -1"),
        ("50", 300, {}, "n: 300 patients have too many sets to count for this rate"),
        ("93.5", 1001, {}, "n: at most 1000 patients were expected, found 1001"),
    ],
)
def test_what_cannot_be_asked_is_refused(rate, n, more, message):
    with pytest.raises(forced.ForcedError) as refused:
        forced.rate(rate, n, **more)
    assert message in str(refused.value)


def test_the_text_tells_the_decimals():
    assert forced.rate("93.50", 37).n_sets <= forced.rate("93.5", 37).n_sets
    assert forced.rate("93.5%", 37).n_sets == forced.rate(93.5, 37, decimals=1).n_sets
    assert forced.rate("93.5", 37, decimals=2).n_sets == forced.rate("93.50", 37).n_sets
    assert forced.rate("93", 37, decimals=1).percentage.text == "93.0"
    assert forced.rate("99.95", 37).by_deaths.empty
    assert forced.smallest_size("99.9") == 667
    assert forced.smallest_size("99.95") == 1819


@pytest.mark.parametrize(("shift", "expected"), [(0, True), (-1, True), (1, False)])
def test_what_floats_cannot_tell_is_told(shift, expected):
    """A limit 1e-18 beside a product, on either side and on it."""
    share = product((31, 30, 17, 5))
    limit = share + Fraction(shift, 10**18)
    found = products.count(range(2, 32), limit, share + Fraction(1, 1000), upper_counts=False)
    deaths = found.tallies[4]
    from_it = products.count(
        range(2, 32),
        share - Fraction(1, 1000),
        share + Fraction(shift + 1, 10**18),
        upper_counts=True,
    )
    same = sum(product(sizes) == share for sizes in combinations(range(31, 1, -1), 4))
    near = sum(
        share < product(sizes) < share + Fraction(1, 1000)
        for sizes in combinations(range(31, 1, -1), 4)
    )
    assert same >= 1
    assert deaths.inside + deaths.at_lower == near + same * expected
    below = sum(
        share - Fraction(1, 1000) <= product(sizes) < share
        for sizes in combinations(range(31, 1, -1), 4)
    )
    there = from_it.tallies[4]
    assert there.inside + there.at_lower + there.at_upper == below + same
