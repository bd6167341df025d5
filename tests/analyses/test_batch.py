"""Statistics of many cohorts at once against lifelines, firthmodels and scipy, on random cohorts."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import fields
from itertools import permutations
from math import inf, isnan, nan

import numpy as np
import pandas as pd
import pytest
from firthmodels import FirthCoxPH
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import concordance_index
from scipy.optimize import linprog
from selection import examples

from helpers import batch

QUICK = settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
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


@settings(QUICK, max_examples=examples(20))
@given(drawn(fewest=2))
def test_firth_is_that_of_firthmodels(many):
    found = batch.firth(many.batch, many.x, ties="breslow")
    unpenalised = batch.cox(many.batch, many.x, ties="breslow")
    for c, time, event, _, x in many.each():
        finite = unpenalised.status[c] in (batch.Status.CONVERGED, batch.Status.INFINITE)
        assert (found.status[c] == batch.Status.CONVERGED) == finite
        if not finite:
            assert found.status[c] == unpenalised.status[c]
            continue
        assert np.isfinite(found.coef[c]).all()
        spread = x.std(axis=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = FirthCoxPH(backend="numpy", max_iter=100, max_halfstep=25, gtol=1e-7, xtol=1e-9)
            theirs = model.fit((x - x.mean(axis=0)) / spread, (event, time))
            theirs.lrt()
        if not theirs.converged_:
            continue
        assert found.coef[c] * spread == pytest.approx(theirs.coef_, rel=1e-5, abs=1e-5)
        assert found.se[c] * spread == pytest.approx(theirs.bse_, rel=1e-5)
        known = np.isfinite(theirs.lrt_pvalues_)
        assert found.p[c][known] == pytest.approx(theirs.lrt_pvalues_[known], abs=1e-5)


@QUICK
@given(drawn())
def test_concordance_is_that_of_lifelines_and_scikit_survival(many):
    metrics = pytest.importorskip("sksurv.metrics", reason="not ready-made everywhere")
    risk = many.x[..., 0]
    found = batch.concordance(many.batch, risk)
    for c, time, event, _, x in many.each():
        mine = x[:, 0]
        try:
            theirs = concordance_index(time, -mine, event)
        except ZeroDivisionError:
            assert isnan(found.index[c])
            continue
        assert found.index[c] == pytest.approx(theirs, abs=1e-12)
        counts = metrics.concordance_index_censored(event, time, mine)[1:4]
        assert (found.concordant[c], found.discordant[c], found.tied[c]) == counts


def plain_scores(time, event):
    """Log-rank scores from their definition: Hothorn and Lausen 2003, section 2."""
    until = np.array([(time <= t).sum() for t in time])
    rate = event / (len(time) - until + 1)
    return np.array([e - rate[time <= t].sum() for t, e in zip(time, event, strict=True)])


def plain_statistic(scores, x, cut, least=0.1, most=0.9):
    n, m = len(x), (x <= cut).sum()
    if not max(1, int(n * least)) <= m <= int(n * most):
        return -inf
    spread = m * (n - m) / (n * (n - 1)) * (scores**2 - scores.mean() ** 2).sum()
    return abs(scores[x <= cut].sum() - m * scores.mean()) / spread**0.5 if spread > 1e-12 else -inf


def plain_maximum(scores, x):
    return max((plain_statistic(scores, x, cut) for cut in np.unique(x)[:-1]), default=-inf)


@QUICK
@given(drawn())
def test_maximally_selected_log_rank_is_the_best_of_all_cuts(many):
    found = batch.maximally_selected(many.batch, many.x[..., 0])
    for c, time, event, _, x in many.each():
        best = plain_maximum(plain_scores(time, event), x[:, 0]) if len(time) > 1 else -inf
        if best == -inf:
            assert isnan(found.statistic[c])
            assert isnan(found.cut[c])
            assert isnan(found.p_1992[c])
            continue
        assert found.statistic[c] == pytest.approx(best, abs=1e-9)
        # Where several cuts are best but for rounding, the kernel's is one of them.
        there = plain_statistic(plain_scores(time, event), x[:, 0], found.cut[c])
        assert there == pytest.approx(best, abs=1e-9)
        assert 0 <= found.p_uncorrected[c] <= found.p_1994[c] <= 1
        assert 0 <= found.p_1992[c] <= 1


def test_permutation_tends_to_all_exchanges():
    time, event = np.array([2.0, 3, 3, 5, 8, 9, 12]), np.array([1, 1, 0, 1, 1, 0, 1])
    x = np.array([1.0, 1, 2, 3, 3, 5, 8])
    scores = plain_scores(time, event)
    observed = plain_maximum(scores, x)
    exact = np.mean(
        [plain_maximum(scores[list(o)], x) >= observed - 1e-9 for o in permutations(range(7))]
    )
    many = batch.cohorts(time, event)
    found = batch.maximally_selected(many, x, permutations=20_000).p_permutation[0]
    assert found == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5)
    # In wider arrays, beside another cohort, the same.
    wide = [np.tile(np.append(a, [1, 1]), (2, 1)) for a in (time, event, x)]
    both = batch.cohorts(wide[0], wide[1], np.arange(9) < np.array([[9], [7]]))
    again = batch.maximally_selected(both, wide[2], permutations=20_000).p_permutation
    assert again[1] == found


def every_statistic(many, group, x):
    """All arrays that the package computes, by name."""
    statistics = {
        "survival": batch.survival_at(many, 3.0),
        "log-rank": batch.log_rank(many, group),
        "cox": batch.cox(many, x),
        "breslow": batch.cox(many, x, ties="breslow"),
        "firth": batch.firth(many, x),
        "concordance": batch.concordance(many, x[..., 0]),
        "cut": batch.maximally_selected(many, x[..., 0], permutations=20),
    }
    found = {
        f"{name}, {one.name}": getattr(value, one.name)
        for name, value in statistics.items()
        for one in fields(value)
    }
    return {**found, "median": batch.median(many)}


@QUICK
@given(drawn())
def test_a_cohort_is_analysed_as_if_alone(many):
    together = every_statistic(many.batch, many.group, many.x)
    for c, time, event, group, x in many.each():
        if not len(time):
            continue
        alone = every_statistic(batch.cohorts(time, event), group, x)
        picked = every_statistic(many.batch[c], many.group[c], many.x[c])
        for name, values in alone.items():
            np.testing.assert_array_equal(together[name][c], values[0], err_msg=name)
            np.testing.assert_array_equal(together[name][c], picked[name][0], err_msg=name)


@QUICK
@given(drawn())
def test_a_subset_is_a_cohort_of_its_own(many):
    part = many.batch.subset(many.group)
    whole = batch.cohorts(many.time, many.event, many.included & many.group)
    for one, other in zip(
        every_statistic(part, many.group, many.x).values(),
        every_statistic(whole, many.group, many.x).values(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_some_cohorts_are_a_batch():
    many = batch.cohorts([[1, 2], [3, 4], [5, 6]], np.ones((3, 2)))
    assert batch.median(many[[2, 0]]).tolist() == [5.5, 1.5]
    assert batch.median(many[np.array([False, True, False])]).tolist() == [3.5]
    assert batch.median(many[1:]).tolist() == [3.5, 5.5]
    with pytest.raises(IndexError):
        many[3]


EDGES = {  # time, event, group
    "all censored": ([1, 2, 3], [0, 0, 0], [0, 1, 1]),
    "everyone at once": ([2, 2, 2], [1, 1, 1], [0, 1, 0]),
    "a group of one": ([1, 2, 3, 4], [1, 1, 1, 0], [0, 1, 0, 0]),
    "one patient": ([5], [1], [1]),
    "one group": ([1, 2, 3], [1, 1, 0], [1, 1, 1]),
    "separated": ([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0]),
}


@pytest.mark.parametrize(
    ("case", "p", "one_step", "cox", "firth", "c"),
    [
        ("all censored", None, None, "NO_EVENTS", "NO_EVENTS", None),
        ("everyone at once", None, None, "CONVERGED", "CONVERGED", None),
        # O − E = 1 − (1/4 + 1/3), V = 3/16 + 2/9
        ("a group of one", 0.5151, 1.0169, "CONVERGED", "CONVERGED", 3.5 / 6),
        ("one patient", None, None, "SINGULAR", "SINGULAR", None),
        ("one group", None, None, "SINGULAR", "SINGULAR", 0.5),
        ("separated", 0.0896, 2.4706, "INFINITE", "CONVERGED", 0.9),
    ],
)
def test_edges(case, p, one_step, cox, firth, c):
    time, event, group = map(np.array, EDGES[case])
    many, x = batch.cohorts(time, event), group[:, None]
    test = batch.log_rank(many, group)
    for value, expected in ((test.p[0], p), (test.log_hazard_ratio[0], one_step)):
        assert isnan(value) if expected is None else value == pytest.approx(expected, abs=1e-4)
    model, penalised = batch.cox(many, x), batch.firth(many, x)
    assert batch.Status(model.status[0]).name == cox
    assert batch.Status(penalised.status[0]).name == firth
    assert np.isfinite(penalised.coef[0, 0]) == (firth == "CONVERGED")
    found = batch.concordance(many, group).index[0]
    assert isnan(found) if c is None else found == pytest.approx(c)
    if cox == "INFINITE":
        assert model.hazard_ratio[0, 0] == inf
        assert model.log_likelihood[0] == pytest.approx(-np.log(2))  # the order of the two
        assert np.isnan(model.risk(x)).all()


def test_cohorts_without_a_separation_in_one_direction_are_fitted_in_the_other():
    """Covariates that separate only together, and only one of two."""
    time, event = np.arange(1.0, 9), np.array([1, 1, 1, 1, 0, 1, 0, 0])
    first, second = np.array([3, 3, 3, 3, 0, 3, 0, 0]), np.array([0, 1, 1, 0, 1, 0, 0, 1])
    only = batch.cox(batch.cohorts(time, event), np.column_stack([first, second]))
    assert only.coef[0, 0] == inf
    # What is left when only those with the highest value count.
    rest = first == 3
    alone = batch.cox(batch.cohorts(time[rest], event[rest]), second[rest][:, None])
    assert only.coef[0, 1] == pytest.approx(alone.coef[0, 0], abs=1e-4)
    assert only.log_likelihood[0] == pytest.approx(alone.log_likelihood[0], abs=1e-6)
    turned = np.column_stack([first - second, first + second])
    assert np.isinf(batch.cox(batch.cohorts(time, event), turned).coef).all()


GOOD = {"durations": [[1.0, 2.0]], "event_observed": [[1, 0]]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"durations": [[1.0, -2.0]]}, "durations: numbers of at least 0 were expected"),
        ({"durations": [[1.0, np.nan]]}, "durations: numbers of at least 0 were expected"),
        (
            {"durations": [[[1.0]]]},
            "durations: shape (cohorts, patients) was expected, found (1, 1, 1)",
        ),
        ({"durations": [[]]}, "durations: shape (cohorts, patients) was expected"),
        ({"event_observed": [[1, 2]]}, "event_observed: 0 and 1 were expected"),
        ({"event_observed": [[1, np.nan]]}, "event_observed: 0 and 1 were expected"),
        ({"event_observed": [[1, 0, 1]]}, "event_observed: shape (1, 2) or (2,) was expected"),
        ({"included": [[1, 0, 1]]}, "member: shape (1, 2) or (2,) was expected"),
    ],
)
def test_what_is_no_cohort_is_refused(change, sentence):
    with pytest.raises(ValueError) as refused:
        batch.cohorts(**{**GOOD, **change})
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda m: batch.cox(m, [[1.0], [2.0], [3.0]]),
            "covariates: shape (1, 2) or (2,) and a last",
        ),
        (lambda m: batch.cox(m, np.empty((1, 2, 0))), "covariates: at least one was expected"),
        (lambda m: batch.firth(m, [[1.0], [inf]]), "covariates: finite numbers were expected"),
        (
            lambda m: batch.cox(m, [[1.0], [2.0]], ties="exact"),
            "ties: efron or breslow was expected",
        ),
        (lambda m: batch.log_rank(m, [1, 2]), "group: 0 and 1 were expected"),
        (lambda m: batch.concordance(m, [1]), "risk: shape (1, 2) or (2,) was expected"),
        (
            lambda m: batch.maximally_selected(m, [1, nan]),
            "covariate: finite numbers were expected",
        ),
        (
            lambda m: batch.maximally_selected(m, [1, 2], least=0.9),
            "0 < least < most < 1 was expected",
        ),
        (
            lambda m: batch.maximally_selected(m, [1, 2], permutations=-1),
            "permutations: at least 0",
        ),
    ],
)
def test_what_cannot_be_analysed_is_refused(call, sentence):
    with pytest.raises(ValueError) as refused:
        call(batch.cohorts(**GOOD))
    assert str(refused.value).startswith(sentence)


POISONED = """
import sys
import numpy as np
empty = np.empty
def poisoned(*shape, **kind):
    made = empty(*shape, **kind)
    if made.dtype.kind in "fi":
        made.fill(np.nan if made.dtype.kind == "f" else -7)
    return made
np.empty = poisoned
from test_batch import every_statistic, hard
np.savez(sys.argv[1], **every_statistic(*hard()))
"""


def hard():
    rng = np.random.default_rng(7)
    one = Drawn(rng, 25, 12, 0.6, 3)
    one.x[2, :, 1] = ~one.event[2]  # separates
    return one.batch, one.group, one.x


EACH_WAY = """
import sys
import numpy as np
from helpers import batch
from numba.core.dispatcher import Dispatcher
rng = np.random.default_rng(1)
for n, lent in ((1, False), (1, True), (3, False), (3, True)):
    time, event = rng.exponential(1.0, (n, 12)), rng.random((n, 12)) < 0.7
    x, group = rng.normal(size=(n, 12, 2)), rng.random((n, 12)) < 0.5
    for array in (time, event, x, group):
        array.setflags(write=not lent)
    those = batch.cohorts(time, event)
    batch.cox(those, x)
    batch.firth(those, x)
    batch.firth(those, x[0, :, :1], null=0.5)
    batch.log_rank(those, group)
    batch.concordance(those, x[..., 0])
kernels = [
    found
    for name, module in sorted(sys.modules.items())
    if name.startswith("helpers.batch")
    for found in vars(module).values()
    if isinstance(found, Dispatcher) and found.py_func.__module__ == name
]
assert sum(bool(kernel.signatures) for kernel in kernels) > 10
print([kernel.py_func.__qualname__ for kernel in kernels if len(kernel.signatures) > 1])
"""


@pytest.mark.full
def test_a_kernel_is_compiled_for_one_kind_of_arrays(tmp_path):
    """One cohort or many, lent or owned: compiling takes longer than most that is computed."""
    done = subprocess.run(
        [sys.executable, "-c", EACH_WAY],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},  # what is kept is not compiled
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_nothing_is_read_before_it_is_written(tmp_path):
    """The same numbers without compilation, and with every fresh array full of nonsense."""
    target = tmp_path / "found.npz"
    here = os.path.dirname(__file__)
    places = [here, os.path.join(os.path.dirname(here), "support")]
    subprocess.run(
        [sys.executable, "-c", POISONED, str(target)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(places)},
        check=True,
    )
    compiled, interpreted = every_statistic(*hard()), np.load(target)
    assert batch.Status.INFINITE in compiled["cox, status"]
    for name, values in compiled.items():
        np.testing.assert_allclose(interpreted[name], values, rtol=1e-7, atol=1e-12, err_msg=name)
