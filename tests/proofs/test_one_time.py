"""The p value of two printed rates at their own time, against all cohorts and against lifelines."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from scipy.stats import norm

from helpers import ensemble, forced, published, survival
from helpers.forced import ForcedError, one_time


def cohort(sizes, n):
    """Months and deaths of n patients: deaths with so many at risk, the others censored in between."""
    return np.arange(n) + 1.0, np.isin(n - np.arange(n), sizes)


def followed_to(months, deaths, horizon):
    """The same, with everybody alive at the horizon watched beyond it."""
    return np.where((months == len(months)) & ~deaths, horizon + 1.0, months), deaths


def test_greenwoods_sum_is_that_of_lifelines_with_and_without_ties():
    for times, events in (
        (np.arange(8) + 1.0, np.array([1, 0, 1, 1, 0, 1, 0, 0])),
        (np.array([1, 1, 1, 2, 3, 3, 4, 5.0]), np.array([1, 1, 0, 1, 1, 1, 0, 0])),
    ):
        fitted = KaplanMeierFitter().fit(times, events)
        table = fitted.event_table
        sizes = [
            int(row.at_risk - k)
            for row in table.itertuples()
            for k in range(int(row.observed))
        ]  # fmt: skip
        told = fitted._cumulative_sq_.iloc[-1]
        assert float(forced.greenwood(sizes)) == pytest.approx(float(np.squeeze(told)), rel=1e-12)


@pytest.mark.parametrize("n", [5, 8, 11])
def test_no_set_has_a_sum_below_the_bound(n, monkeypatch):
    seen = 0
    for percent in (30, 47, 62, 80):
        rate = forced.rate(str(percent), n)
        if not rate.n_sets:
            continue
        least = forced.least_greenwood(rate)
        sums = [
            forced.greenwood(sizes)
            for k in range(1, n)
            for sizes in combinations(range(n, 1, -1), k)
            if rate.percentage.prints(_product(sizes))
        ]
        assert least == min(sums)
        monkeypatch.setattr(one_time, "MOST_LISTED", 0)
        bound = forced.least_greenwood(rate)
        monkeypatch.undo()
        assert 0 < bound <= least
        seen += 1
    assert seen


def test_the_bound_is_reached_without_censoring():
    """Two of four dead and nobody censored: the sum is (1/S - 1)/n."""
    assert forced.greenwood([4, 3]) == (Fraction(2) - 1) / 4


def _product(sizes):
    found = Fraction(1)
    for a in sizes:
        found *= Fraction(a - 1, a)
    return found


def test_no_pair_of_small_groups_has_a_smaller_p():
    one, other = forced.rate("40", 5), forced.rate("75", 8)
    assert one.n_sets
    assert other.n_sets
    bound = forced.smallest_p(one, other)
    found = []
    for first, second in product(one.sets(), other.sets()):
        parts = [followed_to(*cohort(sizes, n), 20) for sizes, n in ((first, 5), (second, 8))]
        found.append(survival.compare_at(*parts[0], *parts[1], time=15).p_value)
    assert len(found) == one.n_sets * other.n_sets
    assert bound.p <= min(found)
    assert bound.p > min(found) / 2, "a bound that says nothing"
    assert bound.p == pytest.approx(2 * norm.sf(bound.z))


def by_hand(scale, first, second):
    """p of two estimates (survival, standard error) after a change of scale, by small differences."""
    of, step = one_time.SCALES[scale].of, 1e-6
    slopes = [(of(s + step) - of(s - step)) / (2 * step) for s, _ in (first, second)]
    variance = sum(
        (slope * se) ** 2 for slope, (_, se) in zip(slopes, (first, second), strict=True)
    )
    return 2 * norm.sf(abs(of(first[0]) - of(second[0])) / np.sqrt(variance))


@pytest.mark.parametrize("scale", one_time.SCALES)
def test_on_no_scale_has_a_pair_of_small_groups_a_smaller_p(scale):
    one, other = forced.rate("40", 5), forced.rate("75", 8)
    estimates = [
        [(float(s), float(s) * np.sqrt(float(forced.greenwood(sizes))))
         for sizes in rate.sets() for s in [_product(sizes)]]
        for rate in (one, other)
    ]  # fmt: skip
    found = [by_hand(scale, *pair) for pair in product(*estimates)]
    assert len(found) == one.n_sets * other.n_sets
    bound = forced.smallest_p(one, other, scale)
    assert bound.p <= min(found)
    assert bound.p > min(found) / 2, "a bound that says nothing"
    of, spread = one_time.SCALES[scale]
    survivals = [Fraction(k, 200) for k in range(1, 200)]
    assert (np.diff([spread(s) for s in survivals]) >= 0).all()
    changes = np.diff([of(s) for s in survivals])
    assert (changes > 0).all() or (changes < 0).all()


def test_the_printed_rates_differ_by_chance_on_every_scale():
    study = published.load()
    scf = forced.rate(study["os-36-scf"].text, study["n-supraclavicular"].value)
    n = study["n-patients"].value - study["n-supraclavicular"].value
    other = forced.rate(study["os-36-other"].text, n)
    least = [round(forced.smallest_p(scf, other, scale).p, 3) for scale in one_time.SCALES]
    assert least[1:] == [0.286, 0.325, 0.296, 0.291]
    assert least[0] == min(least)
    with pytest.raises(ForcedError, match="scale"):
        forced.smallest_p(scf, other, "log")


def test_the_printed_rates_differ_by_chance_in_every_cohort():
    """Greenwood's sum is at least 0.0851 and 0.0219, so that p is at least 0.28: the referee's."""
    study = published.load()
    scf = forced.rate(study["os-36-scf"].text, study["n-supraclavicular"].value)
    n = study["n-patients"].value - study["n-supraclavicular"].value
    other = forced.rate(study["os-36-other"].text, n)
    assert scf.n_sets < one_time.MOST_LISTED < other.n_sets
    assert float(forced.least_greenwood(scf)) == pytest.approx(0.08507, abs=1e-5)
    assert float(forced.least_greenwood(other)) == pytest.approx(0.02189, abs=1e-5)
    bound = forced.smallest_p(scf, other)
    assert bound.z < 1.08
    assert bound.p > 0.28
    assert forced.smallest_p(other, scf) == bound
    cohorts = ensemble.load()
    p = []
    for number in range(0, len(cohorts), 200):
        patients = cohorts.cohort(number).patients
        groups = [
            patients[patients["site_group"] == name] for name in sorted(set(patients["site_group"]))
        ]
        parts = [part[column] for part in groups for column in ("follow_up_months", "died")]
        p.append(survival.compare_at(*parts, time=36).p_value)
    assert len(p) == 10
    assert min(p) >= bound.p


@pytest.mark.parametrize(("percent", "n"), [("0", 5), ("100", 5), ("99", 4)])
def test_rates_that_it_cannot_tell_of_are_refused(percent, n):
    with pytest.raises(ForcedError, match=r"expected|cannot print"):
        forced.smallest_p(forced.rate(percent, n), forced.rate("50", 6))
    with pytest.raises(ForcedError):
        forced.least_greenwood(forced.rate(percent, n))
