"""Several rates of one group, against all cohorts of a few patients and histories of many."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selection import examples

from helpers import forced
from helpers.forced.stages import Search, Stage
from helpers.forced.walk import UndecidedError
from helpers.published import rounding

Cohort = tuple[tuple[int, int], ...]  # a time and an event for each patient


def known(rates, at_risk=(), **more):
    return forced.Together(
        tuple(forced.TimedRate(Fraction(t), forced.percentage(text)) for t, text in rates),
        {Fraction(t): number for t, number in at_risk},
        **more,
    )


def estimate(cohort: Cohort, at: int) -> Fraction:
    """Kaplan and Meier's estimate, by its definition."""
    share = Fraction(1)
    for now in sorted({t for t, event in cohort if event and t <= at}):
        at_risk = sum(t >= now for t, _ in cohort)
        share *= Fraction(at_risk - sum(t == now and event for t, event in cohort), at_risk)
    return share


def cohorts(n: int, last: int) -> Iterator[Cohort]:
    yield from combinations_with_replacement(
        [(t, event) for t in range(1, last + 1) for event in (0, 1)], n
    )


def printed(n, times, last, risks) -> set[tuple[tuple[str, ...], tuple[int, ...]]]:
    """What cohorts print at these times and have at risk at those, halves up or to even."""
    found = set()
    for cohort in cohorts(n, last):
        shares = [estimate(cohort, at) for at in times]
        if shares[-1] > 0 and not any(t >= times[-1] for t, _ in cohort):
            continue
        numbers = tuple(sum(t >= at for t, _ in cohort) for at in risks)
        for habit in rounding.HABITS:
            found.add((tuple(rounding.text(100 * s, 0, habit) for s in shares), numbers))
    return found


SMALL = [
    (2, (2, 4), 5, (2,)),
    (3, (3, 6), 7, (6,)),
    (3, (4, 8), 9, (3,)),
    (3, (3, 7), 8, (6,)),
    (3, (4, 8), 8, (4, 7)),
    (3, (2, 4, 6), 7, (4,)),
    (4, (3, 6), 7, (3,)),
]


@pytest.mark.parametrize(("n", "times", "last", "risks"), SMALL)
def test_what_can_be_is_what_some_cohort_prints(n, times, last, risks):
    there = printed(n, times, last, risks)
    texts = sorted({text for rates, _ in there for text in rates} | {"55"})
    for rates in product(texts, repeat=len(times)):
        for numbers in product(range(n + 1), repeat=len(risks)):
            one = known(zip(times, rates, strict=True), zip(risks, numbers, strict=True))
            assert (one.history(n) is not None) == ((rates, numbers) in there), (rates, numbers)


@pytest.mark.full
@pytest.mark.parametrize(
    ("n", "times", "last", "risks"),
    [(4, (2, 4, 6), 7, ()), (4, (4, 8), 8, (7,)), (5, (4, 7), 8, ()), (5, (4, 7), 8, (4,))],
)
def test_what_can_be_is_what_some_cohort_prints_with_more_patients(n, times, last, risks):
    test_what_can_be_is_what_some_cohort_prints(n, times, last, risks)


@st.composite
def histories(draw, most=150):
    """A group that shrinks by deaths and losses: what it prints at some times, and who is there."""
    n = draw(st.integers(3, most))
    decimals = draw(st.integers(0, 2))
    habit = draw(st.sampled_from(rounding.HABITS))
    dies = draw(st.integers(0, 10))
    share, rates, left = Fraction(1), [], [n]
    for cut in sorted(draw(st.sets(st.integers(1, n - 1), min_size=1, max_size=4)), reverse=True):
        for size in range(left[-1], cut, -1):
            if draw(st.integers(1, 10)) <= dies:
                share *= Fraction(size - 1, size)
        left.append(cut)
        rates.append(rounding.text(100 * share, decimals, habit))
    return n, rates, left[1:]


@settings(max_examples=examples(60), deadline=None)
@given(histories())
def test_nothing_that_has_a_history_is_called_impossible(case):
    n, rates, left = case
    for at_risk in ([], [(2 * i + 1, number) for i, number in enumerate(left)]):
        one = known([(2 * i, text) for i, text in enumerate(rates)], at_risk)
        try:
            found = one.history(n)
        except forced.ForcedError:
            continue
        assert found is not None
        sizes = [size for stage in found for size in stage]
        assert sizes == sorted(set(sizes), reverse=True)
        for i, text in enumerate(rates):
            by_then = [size for stage in found[: i + 1] for size in stage]
            share = prod((Fraction(a - 1, a) for a in by_then), start=Fraction(1))
            assert forced.percentage(text).prints(share)
            if at_risk:
                assert min(by_then, default=n + 1) > left[i]
                assert all(size <= left[i] for stage in found[i + 2 :] for size in stage)
        assert one.conflict(n) == ()


def test_three_rates_that_each_pair_can_be():
    # doi 10.1016/j.ijrobp.2011.10.035, recurrent group
    rates = [(12, "95.8"), (24, "87.6"), (36, "85.8")]
    three = known(rates)
    assert three.history(60) is None
    assert three.conflict(60) == (0, 1, 2)
    for left_out in range(3):
        two = known(rates[:left_out] + rates[left_out + 1 :])
        assert two.history(60) is not None
    assert three.smallest_size() == three.smallest_size(60) == 71
    assert three.history(70) is None
    assert [len(stage) for stage in three.history(71)] == [3, 5, 1]
    assert [three.deaths(80, i) for i in range(3)] == [
        forced.together.Within(3, 3, True),
        forced.together.Within(8, 8, True),
        forced.together.Within(9, 9, True),
    ]


def test_the_sets_of_the_last_rate_were_all_looked_at_for_sixty_patients():
    """The same by listing: every set that prints the last rate, cut anywhere."""
    reads = [forced.percentage(text) for text in ("95.8", "87.6", "85.8")]
    n, fits, seen = 25, False, 0
    for sizes in forced.rate("85.8", n).sets():
        seen += 1
        shares = [
            prod((Fraction(a - 1, a) for a in sizes[:k]), start=Fraction(1))
            for k in range(len(sizes) + 1)
        ]
        fits |= all(any(map(read.prints, shares)) for read in reads)
    assert seen > 0
    assert fits == (known([(1, "95.8"), (2, "87.6"), (3, "85.8")]).history(n) is not None)


def test_numbers_at_risk_narrow_what_a_rate_allows():
    alone = known([(24, "76.4")])
    with_14 = known([(24, "76.4")], [(24, 14)])
    assert alone.deaths(33, 0) == forced.together.Within(2, 7, True)
    assert with_14.deaths(33, 0) == forced.together.Within(4, 7, True)
    assert known([(24, "76.4")], [(36, 26)]).history(33) is None
    assert known([(24, "76.4")], [(12, 20), (18, 21)]).history(33) is None, "it never rises"
    assert known([(24, "76.4")], [(12, 34)]).history(33) is None


def test_a_median_follow_up_of_everybody_keeps_half_the_group():
    month = rounding.limits(24, 0, habits=rounding.HABITS)
    assert known([(12, "40")], median_follow_up=month).history(22) is None
    assert known([(22, "50")], median_follow_up=month).history(22) is not None
    assert known([(24, "40")], median_follow_up=month).history(22) is not None, "the same month"
    assert known([(36, "40")], median_follow_up=month).history(22) is not None
    assert known([(36, "40")], [(12, 10)], median_follow_up=month).history(22) is None
    assert known([(36, "40")], [(30, 12)], median_follow_up=month).history(22) is None


def test_with_nobody_lost_rates_are_shares():
    # PubMed 30253974: 22 and 5 of 39, but 23.3% is no share of 39
    assert known([(12, "56.4"), (36, "12.8")], complete=True).history(39) == (
        tuple(range(39, 22, -1)), tuple(range(22, 5, -1)),
    )  # fmt: skip
    assert known([(12, "56.4"), (24, "23.3")], complete=True).conflict(39) == (1,)
    assert known([(12, "56.4")], [(6, 21)], complete=True).history(39) is None
    assert known([(12, "56.4")], [(12, 30)], complete=True).history(39) is not None


def test_a_rate_of_nothing_and_groups_that_are_emptied():
    assert known([(12, "50"), (24, "0")]).history(2) == ((2,), (1,))
    assert known([(12, "0"), (24, "0")]).history(3) is not None
    assert known([(12, "0"), (24, "5")]).history(3) is None
    assert known([(12, "0")], [(24, 1)]).history(3) is None
    assert known([(12, "100"), (24, "100")], [(24, 3)]).history(3) == ((), ())


def test_too_many_histories_are_said_and_not_guessed():
    stages = [Stage(forced.percentage(text).limits()) for text in ("54.7", "31.5")]
    with pytest.raises(UndecidedError):
        Search(stages, 60, most=50).history({1: 5})
    assert not known([(36, "54.7"), (60, "31.5")]).deaths(60, 1).exact


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ([], "one for each of several times"),
        ([(12, "50"), (12, "40")], "the time 12 stands twice"),
    ],
)
def test_a_question_needs_a_rate_at_each_time(rates, message):
    with pytest.raises(forced.ForcedError, match=message):
        known(rates)
