"""Statistics of many cohorts at once against lifelines, firthmodels and scipy, on random cohorts."""

from __future__ import annotations

import warnings
from math import inf, isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy.optimize import linprog

from helpers import batch

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TIGHT = {"precision": 1e-16, "r_precision": 1e-16}
TIMES = (0.0, 0.4, 0.5, 1.0, 3.2, 6.0, 12.5, 99.0)


class Drawn:
    """A few cohorts of one width, some of whose patients do not count."""

    def __init__(self, rng, width, ties, events, covariates):
        shape = (3, width)
        self.time = rng.integers(0, ties + 1, shape) / 2
        self.event = rng.random(shape) < events
        self.included = rng.random(shape) < rng.choice([0.3, 0.9, 1.0], (3, 1))
        self.group = rng.random(shape) < rng.choice([0.0, 0.2, 0.5, 1.0], (3, 1))
        self.x = rng.integers(0, 4, (*shape, covariates)) * rng.choice([1.0, 0.01, 100.0])
        self.batch = batch.cohorts(self.time, self.event, self.included)

    def each(self):
        """Cohorts one by one, without those who do not count."""
        for c in range(len(self.batch)):
            one = self.included[c]
            yield c, self.time[c][one], self.event[c][one], self.group[c][one], self.x[c][one]


@st.composite
def drawn(draw, fewest=1):
    return Drawn(
        np.random.default_rng(draw(st.integers(0, 2**32 - 1))),
        draw(st.integers(fewest, 40)),
        draw(st.sampled_from([1, 5, 20, 1000])),
        draw(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])),
        draw(st.integers(1, 3)),
    )


@QUICK
@given(drawn(), st.sampled_from(TIMES))
def test_kaplan_meier_is_that_of_lifelines(many, at):
    found = batch.survival_at(many.batch, at)
    for c, time, event, _, _ in many.each():
        assert found.at_risk[c] == (time >= at).sum()
        assert found.events[c] == (event & (time <= at)).sum()
        if not len(time):
            assert isnan(found.survival[c])
            continue
        theirs = KaplanMeierFitter().fit(time, event).predict(at)
        if time.max() < at and theirs > 0:
            assert isnan(found.survival[c])
        else:
            assert found.survival[c] == pytest.approx(theirs, abs=1e-12)


@QUICK
@given(drawn())
def test_log_rank_is_that_of_lifelines(many):
    found = batch.log_rank(many.batch, many.group)
    for c, time, event, group, _ in many.each():
        assert found.observed[c] == event[group].sum()
        if found.variance[c] == 0:
            assert isnan(found.p[c])
            assert isnan(found.log_hazard_ratio[c])
            continue
        theirs = logrank_test(time[group], time[~group], event[group], event[~group])
        assert found.chi2[c] == pytest.approx(theirs.test_statistic, rel=1e-9, abs=1e-12)
        assert found.p[c] == pytest.approx(theirs.p_value, rel=1e-9)
        assert found.log_hazard_ratio[c] / found.se[c] == pytest.approx(
            np.sign(found.log_hazard_ratio[c]) * found.chi2[c] ** 0.5
        )


def lifelines_cox(time, event, x):
    rows = pd.DataFrame(x).assign(time=time, event=event)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CoxPHFitter().fit(rows, "time", "event", fit_options=TIGHT)


def separable(time, event, x):
    """Whether a direction exists along which the likelihood rises without end, by linear programming."""
    gaps = [x[j] - x[i] for i in np.flatnonzero(event) for j in np.flatnonzero(time >= time[i])]
    gaps = np.array(gaps)
    best = linprog(gaps.sum(axis=0), gaps, np.zeros(len(gaps)), bounds=[(-1, 1)] * x.shape[1])
    return best.fun < -1e-9


@QUICK
@given(drawn(fewest=2))
def test_cox_is_that_of_lifelines_or_says_why_not(many):
    found = batch.cox(many.batch, many.x)
    for c, time, event, _, x in many.each():
        status = found.status[c]
        if status == batch.Status.NO_EVENTS:
            assert not event.any()
            continue
        scaled = x / max(x.max(), 1e-9)
        if status == batch.Status.SINGULAR:
            assert information_rank(time, event, scaled) < x.shape[1]
            continue
        assert information_rank(time, event, scaled) == x.shape[1]
        assert separable(time, event, scaled) == (status == batch.Status.INFINITE)
        if status == batch.Status.INFINITE:
            assert np.isinf(found.coef[c]).any()
            continue
        assert status == batch.Status.CONVERGED
        theirs = lifelines_cox(time, event, x)
        assert found.coef[c] == pytest.approx(theirs.params_.to_numpy(), rel=1e-6, abs=1e-9)
        assert found.se[c] == pytest.approx(theirs.standard_errors_.to_numpy(), rel=1e-6)
        assert found.log_likelihood[c] == pytest.approx(theirs.log_likelihood_, rel=1e-9)


def information_rank(time, event, x):
    """Directions in which those at risk at some event differ from who has it."""
    rows = [x[time >= time[i]] - x[i] for i in np.flatnonzero(event)]
    return np.linalg.matrix_rank(np.vstack(rows), tol=1e-9)


def test_the_median_is_the_middle_of_a_stretch_at_one_half():
    times = [[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [1, 1, 1, 1]]
    events = [[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert batch.median(batch.cohorts(times, events)).tolist() == [2.5, 2, inf, inf]
