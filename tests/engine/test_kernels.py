"""The search's compiled statistics against lifelines, scipy and pandas on random cohorts."""

from __future__ import annotations

import warnings
from math import inf

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy.optimize import curve_fit, linprog
from selection import examples

from helpers import batch, growth
from helpers.reconstruct import cox, summaries, survival
from helpers.reconstruct import growth as of_growth

QUICK = settings(
    max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def cohorts(draw, most=30, fewest=1):
    """Times with heavy ties, events and two groups; any of them may be empty."""
    n = draw(st.integers(fewest, most))
    seed = draw(st.integers(0, 2**32 - 1))
    distinct = draw(st.integers(1, 25))
    events = draw(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
    rng = np.random.default_rng(seed)
    return (
        rng.integers(1, distinct + 1, n) / 2,
        (rng.random(n) < events).astype(float),
        rng.random(n) < draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])),
        rng,
    )


@QUICK
@given(cohorts(), st.sampled_from([0.4, 0.5, 1.0, 3.0, 3.2, 6.0, 12.5, 99.0]))
def test_kaplan_meier_is_that_of_lifelines(cohort, at):
    time, event, rows, _ = cohort
    found = survival.kaplan_meier_at(time, event, rows, at)
    if not rows.any():
        assert np.isnan(found)
        return
    curve = KaplanMeierFitter().fit(time[rows], event[rows])
    expected = 100 * float(curve.predict(at))
    if expected > 0 and time[rows].max() < at:
        assert np.isnan(found), "nobody was followed so long"
    else:
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_kaplan_meier_by_hand():
    time = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
    event = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    everyone = np.ones(5, bool)
    assert survival.kaplan_meier_at(time, event, everyone, 0.5) == 100
    assert survival.kaplan_meier_at(time, event, everyone, 2.0) == pytest.approx(
        100 * 4 / 5 * 3 / 4
    )
    one = np.array([False, False, False, False, True])
    assert survival.kaplan_meier_at(time, event, one, 4.0) == 100
    assert np.isnan(survival.kaplan_meier_at(time, event, one, 4.1))
    died = np.array([True, False, False, False, False])
    assert survival.kaplan_meier_at(time, event, died, 36.0) == 0, "nobody is left to be followed"


@QUICK
@given(cohorts(), st.sampled_from([1, 2, 3.5, 8, inf]), st.sampled_from([0, 1e-7, -1e-7]))
def test_a_median_is_where_two_heights_say(cohort, at, beside):
    """Above one half until a time, and at most one half by another, is where lifelines has it."""
    time, event, rows, _ = cohort
    for until, by in ((-inf, at + beside), (at + beside, inf), (at - beside, at + beside)):
        off = survival.median_off(time, event, rows, until, by)
        order = np.argsort(time, kind="stable")
        size = int(rows.sum())
        kept = survival.ordered_median_off(time, event, rows, size, order, until, by)
        assert kept == pytest.approx(off, nan_ok=True, abs=1e-9)
        if not rows.any():
            assert np.isnan(off)
            continue
        curve = KaplanMeierFitter().fit(time[rows], event[rows]).survival_function_.iloc[:, 0]
        below = curve.index[curve <= 0.5 + 1e-12]
        median = below[0] if len(below) else inf
        late = median > until or median == until == inf  # not reached
        assert (off == 0) == (late and (by == inf or median <= by))


@QUICK
@given(cohorts())
def test_log_rank_is_that_of_lifelines(cohort):
    time, event, first, rng = cohort
    second = ~first & (rng.random(time.size) < 0.8)
    found = survival.logrank_p(time, event, first, second)
    either = first | second
    if not first.any() or not second.any() or not event[either].any():
        assert np.isnan(found)
        return
    expected = logrank_test(time[first], time[second], event[first], event[second]).p_value
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_log_rank_of_a_group_never_at_risk_is_one():
    found = survival.logrank_p(
        np.array([1.0, 5.0]), np.array([0.0, 1.0]), np.array([True, False]), np.array([False, True])
    )
    assert found == 1.0


@QUICK
@given(cohorts(), st.floats(0, 1))
def test_median_and_extremes_are_those_of_pandas(cohort, missing):
    time, _, rows, rng = cohort
    values = np.where(rng.random(time.size) < missing, np.nan, time)
    kept = pd.Series(values[rows])
    for found, expected in (
        (summaries.median(values, rows), kept.dropna().median() if kept.notna().any() else np.nan),
        (summaries.extreme(values, rows, 1.0), kept.max()),
        (summaries.extreme(values, rows, -1.0), kept.min()),
    ):
        assert found == pytest.approx(expected, nan_ok=True)


def _differences(design, time, event):
    """Covariates of each death less those of everyone at risk then."""
    rows = [
        design[i] - design[j]
        for i in np.flatnonzero(event)
        for j in range(time.size)
        if time[j] >= time[i] and j != i
    ]
    return np.array(rows).reshape(-1, design.shape[1])


def _has_maximum(design, time, event):
    """Whether Efron's likelihood has one finite maximum: no direction only ever gains from it.

    Covariates that do not vary are left out.
    An independent criterion, by linear programming: Bryson and Johnson, Technometrics 1981;23:381.
    """
    design = design[:, _varies(design)]
    if design.shape[1] == 0:
        return False
    differences = _differences(design, time, event)
    if differences.size == 0 or np.linalg.matrix_rank(differences) < design.shape[1]:
        return False
    best = linprog(
        -differences.sum(axis=0), -differences, np.zeros(len(differences)), bounds=(-1, 1)
    )
    assert best.status == 0
    return -best.fun < 1e-7


def _varies(design):
    return design.max(axis=0) > design.min(axis=0)


def _fit(design, time, event):
    beta, error = np.empty(design.shape[1]), np.empty(design.shape[1])
    return cox.cox_fit(design, time, event, beta, error), beta, error


EXACT = {"precision": 1e-14, "r_precision": 1e-16}
"""lifelines stops at the first of the two; the second is relative, of the likelihood."""


@QUICK
@given(cohorts(most=40), st.integers(1, 3), st.booleans())
def test_cox_converges_when_there_is_a_maximum_and_then_as_lifelines(cohort, terms, binary):
    time, event, _, rng = cohort
    if binary:
        design = rng.integers(0, 2, (time.size, terms)).astype(float)
    else:
        design = rng.normal(size=(time.size, terms))
    converged, beta, error = _fit(design, time, event)
    assert converged == _has_maximum(design, time, event)
    if not converged:
        return
    varies = _varies(design)
    assert np.isinf(error[~varies]).all()
    design, beta, error = design[:, varies], beta[varies], error[varies]
    frame = pd.DataFrame(design).add_prefix("x").assign(time=time, event=event)
    assume(np.abs(beta).max() < 8)  # beyond that lifelines itself stops short
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = CoxPHFitter().fit(frame, "time", "event", fit_options=EXACT)
    np.testing.assert_allclose(beta, fitted.params_, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(error, fitted.standard_errors_, rtol=1e-5)
    p = [cox.p_of_wald(b, s) for b, s in zip(beta, error, strict=True)]
    np.testing.assert_allclose(p, fitted.summary["p"], rtol=1e-4, atol=1e-12)


_TIME = np.arange(1.0, 13.0)
_ALTERNATING = np.tile([0.0, 1.0], 6)
_X = np.array([0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0.0])


@pytest.mark.parametrize(
    ("design", "event"),
    [
        (np.c_[_X], np.zeros(12)),
        (np.c_[_ALTERNATING], _ALTERNATING),
        (np.c_[_X, _X], _ALTERNATING),
        (np.c_[_X, 1 - _X], _ALTERNATING),
        (np.c_[_TIME], np.ones(12)),
        (np.c_[_TIME * 1e6], np.ones(12)),
        (np.ones((12, 1)), np.ones(12)),
    ],
    ids=[
        "no events",
        "separated",
        "twice the same",
        "complement",
        "ordered",
        "huge",
        "no variation",
    ],
)
def test_cox_without_a_maximum_says_so(design, event):
    assert not _fit(design.astype(float), _TIME, event)[0]


def test_cox_leaves_out_a_covariate_that_does_not_vary():
    with_constant = np.c_[np.full(12, 0.1), _X, np.full(12, 7.0)]
    converged, beta, error = _fit(with_constant, _TIME, _ALTERNATING)
    alone, slope, its_error = _fit(np.c_[_X], _TIME, _ALTERNATING)
    assert converged
    assert alone
    assert beta.tolist() == [0, slope[0], 0]
    assert error.tolist() == [np.inf, its_error[0], np.inf]


POWERS = st.integers(-6, 6)


@QUICK
@given(cohorts(most=40), st.lists(POWERS, min_size=1, max_size=3), st.booleans())
def test_cox_does_not_depend_on_the_units_of_covariates(cohort, powers, binary):
    time, event, _, rng = cohort
    if binary:
        design = rng.integers(0, 2, (time.size, len(powers))).astype(float)
    else:
        design = rng.normal(size=(time.size, len(powers)))
    scale = 10.0 ** np.array(powers)
    converged, beta, error = _fit(design, time, event)
    scaled, beta_scaled, error_scaled = _fit(design * scale, time, event)
    assert scaled == converged == _has_maximum(design, time, event)
    if not _varies(design).all():
        return
    together = batch.cox(batch.cohorts(time, event.astype(bool)), design * scale)
    assert (together.status[0] == batch.Status.CONVERGED) == converged
    if not converged:
        return
    np.testing.assert_allclose(beta_scaled * scale, beta, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(error_scaled * scale, error, rtol=1e-6)
    p = [cox.p_of_wald(b, s) for b, s in zip(beta_scaled, error_scaled, strict=True)]
    np.testing.assert_allclose(p, together.p[0], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(beta_scaled * scale, together.coef[0] * scale, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("power", range(-6, 7))
def test_a_covariate_in_any_unit_has_its_hazard_ratio_and_lifelines_the_same(power):
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 0.01, 60)
    time, event = rng.exponential(np.exp(-150 * x)), np.ones(60)
    scale = 10.0**power
    converged, beta, error = _fit(np.c_[x * scale], time, event)
    assert converged
    frame = pd.DataFrame({"x": x * 1000, "time": time, "event": event})
    fitted = CoxPHFitter().fit(frame, "time", "event", fit_options=EXACT)
    assert beta[0] * scale == pytest.approx(fitted.params_["x"] * 1000, rel=1e-6)
    assert cox.p_of_wald(beta[0], error[0]) == pytest.approx(fitted.summary["p"]["x"], rel=1e-6)


@pytest.mark.parametrize("power", range(-6, 7))
@pytest.mark.parametrize("design", [_ALTERNATING, _TIME], ids=["separated", "ordered"])
def test_separation_is_refused_in_any_unit(design, power):
    event = _ALTERNATING if design is _ALTERNATING else np.ones(12)
    assert not _fit(np.c_[design * 10.0**power], _TIME, event)[0]


def test_a_range_from_1_to_16_stays_as_it_is_and_others_come_near_to_it():
    for width in (1.0, 2.0, 15.9, 16.0, 0.99, 1e-6, 1e6, 1e300, 1e-300):
        column = np.array([0.0, 0.25, 1.0]) * width
        unit = cox.into_units(column)
        assert (unit == 1.0) == (1 <= width < 16)
        assert 1 <= column.max() < 16
        assert column.max() * unit == width
    for column in (np.ones(3), np.array([np.nan, 1.0, 1.0])):
        assert cox.into_units(column) == 0.0
    assert np.isnan(cox.into_units(np.array([1.0, np.nan, 2.0])))


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e12])
def test_growth_does_not_depend_on_the_units_of_time_and_size(unit):
    rng = np.random.default_rng(4)
    months = rng.uniform(0.5, 20, 30)
    size = 8 * np.exp(0.08 * months + rng.normal(0, 0.2, 30))
    rows = np.ones(30, bool)
    plain = of_growth.months_to_size(months, size, rows, 15.0)
    for start in (np.zeros(2), np.array([8.0, 0.08 / unit])):
        found = of_growth.months_to_size_from(
            months * unit, size, rows, 15.0, start, 1e-10, np.empty((3, 30))
        )
        assert found / unit == pytest.approx(plain, rel=1e-9)
    assert of_growth.months_to_size(months, size * unit, rows, 15 * unit) == pytest.approx(
        plain, rel=1e-9
    )


def test_growth_is_not_fitted_to_one_time():
    rng = np.random.default_rng(0)
    for _ in range(3000):
        size = rng.integers(5, 40, rng.integers(3, 30)).astype(float)
        months = np.full(size.size, round(rng.uniform(0.1, 30), 1))
        assert np.isnan(of_growth.months_to_size(months, size, np.ones(size.size, bool), 15.0))


@QUICK
@given(
    st.integers(4, 40),
    st.floats(2, 20),
    st.floats(0.02, 0.2),
    st.floats(0, 0.3),
    st.integers(0, 999),
)
def test_growth_is_that_of_scipy_and_of_the_book(n, start, rate, noise, seed):
    rng = np.random.default_rng(seed)
    months = rng.uniform(0.5, 20, n).round(1)
    size = np.maximum(1, np.round(start * np.exp(rate * months + rng.normal(0, noise, n))))
    assume(np.unique(months).size > 2)
    found = of_growth.months_to_size(months, size, np.ones(n, bool), 15.0)
    assume(np.isfinite(found) and abs(found) < 1e4)
    (a, b), _ = curve_fit(
        lambda t, a, b: a * np.exp(b * t), months, size, p0=(start, rate), xtol=1e-14, ftol=1e-14
    )
    assert found == pytest.approx(np.log(15 / a) / b, rel=1e-4, abs=1e-4)
    book = growth.months_to_diameter(
        pd.DataFrame({"months": months, "size": size}), "months", "size", 15.0
    )
    assert found == pytest.approx(book, rel=1e-4, abs=1e-4)


def test_growth_leaves_out_missing_values_and_other_rows():
    months = np.array([1.0, 2.0, 4.0, np.nan, 9.0])
    size = np.array([8 * 1.1, 8 * 1.21, 8 * 1.4641, 7.0, 99.0])
    rows = np.array([True, True, True, True, False])
    expected = np.log(15 / 8) / np.log(1.1)
    assert of_growth.months_to_size(months, size, rows, 15.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("months", "size"),
    [([1, 2], [8, 9]), ([3, 3, 3], [8, 9, 10]), ([1, 2, 3], [9, 8, 7]), ([1, 2, 3], [0, 8, 9])],
    ids=["two points", "one time", "shrinking", "size 0"],
)
def test_growth_that_cannot_be_fitted_is_missing(months, size):
    found = of_growth.months_to_size(
        np.array(months, float), np.array(size, float), np.ones(len(months), bool), 15.0
    )
    assert np.isnan(found)


@QUICK
@given(cohorts(), st.sampled_from([0.4, 0.5, 1.0, 3.0, 6.0, 12.5, 99.0]))
def test_statistics_of_sorted_rows_are_those_of_any_rows(cohort, at):
    time, event, first, rng = cohort
    second = ~first & (rng.random(time.size) < 0.8)
    order = np.argsort(time, kind="stable")
    same = {"rel": 1e-12, "nan_ok": True}
    assert survival.ordered_kaplan_meier_at(
        time, event, first, first.sum(), order, at
    ) == pytest.approx(survival.kaplan_meier_at(time, event, first, at), **same)
    assert survival.ordered_logrank_p(time, event, first, second, order) == pytest.approx(
        survival.logrank_p(time, event, first, second), **same
    )
    gaps = np.where(rng.random(time.size) < 0.3, np.nan, time)
    assert summaries.ordered_median(
        gaps, first, first.sum(), np.argsort(gaps, kind="stable")
    ) == pytest.approx(summaries.median(gaps, first), **same)


def test_growth_fitted_from_a_start_is_that_fitted_from_nothing():
    rng = np.random.default_rng(5)
    start, room = np.zeros(2), np.empty((3, 30))
    months = rng.uniform(1, 20, 30)
    for _ in range(30):
        i = rng.integers(30)
        months[i] = rng.uniform(1, 20)
        size = 7 * np.exp(0.1 * months) * np.exp(rng.normal(0, 0.2, 30))
        rows = rng.random(30) < 0.9
        warm = of_growth.months_to_size_from(months, size, rows, 15.0, start, 1e-7, room)
        assert warm == pytest.approx(of_growth.months_to_size(months, size, rows, 15.0), abs=1e-5)


def test_a_cox_model_fitted_from_near_by_is_that_fitted_from_nothing():
    rng = np.random.default_rng(6)
    design = rng.normal(size=(50, 3))
    time, event = rng.integers(1, 40, 50).astype(float), (rng.random(50) < 0.6).astype(float)
    cold, cold_error = np.zeros(3), np.zeros(3)
    assert cox.cox_fit(design, time, event, cold, cold_error)
    order = np.argsort(-time)
    warm, warm_error = cold + 0.1, np.zeros(3)
    centred = (design - design.mean(axis=0))[order]
    assert cox.newton(centred, time[order], event[order], warm, warm_error, 3e-3)
    np.testing.assert_allclose(warm, cold, atol=1e-5)
    np.testing.assert_allclose(warm_error, cold_error, rtol=1e-5)
