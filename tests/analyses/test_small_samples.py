"""What "Small samples" computes: exact log-rank, Brier score, baseline, Firth's intervals, imputation."""

from __future__ import annotations

import hashlib
import json
from itertools import combinations
from math import comb, inf, isnan, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test
from scipy.stats import chi2, permutation_test

from helpers import batch, prognosis

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
FROZEN = json.loads((FOLDER / "small_samples.json").read_text(encoding="utf-8"))
SETS = list(FROZEN["scores"])


def close(expected, relative=1e-9):
    return pytest.approx(expected, rel=relative, abs=1e-12)


def test_references_belong_to_these_bytes():
    provenance = FROZEN["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed small_samples.json"
    assert provenance["inputs"]
    assert provenance["scripts"]


class TestExactLogRank:
    """As the chapter does it: scipy enumerates, and the kernel gives the statistic."""

    @staticmethod
    def of(time, event, group, resamples=10_000):
        everybody = batch.cohorts(time, event)
        group = np.asarray(group)

        def statistic(one, other, axis=-1):
            member = np.zeros((len(np.atleast_2d(one)), len(group)), bool)
            np.put_along_axis(member, np.atleast_2d(one), True, axis=1)
            return batch.log_rank(everybody[np.zeros(len(member), int)], member).chi2

        return permutation_test(
            (np.flatnonzero(group == 1), np.flatnonzero(group == 0)),
            statistic,
            vectorized=True,
            n_resamples=resamples,
            alternative="greater",
            rng=np.random.default_rng(1),
        )

    @pytest.mark.parametrize("case", ["ties", "separate"])
    def test_against_survdiff_of_all_ways(self, case):
        theirs = FROZEN["exact"][case]
        found = self.of(theirs["time"], theirs["event"], theirs["group"])
        assert np.ravel(found.statistic)[0] == close(theirs["chisq"])
        assert len(found.null_distribution) == theirs["ways"]
        assert np.ravel(found.pvalue)[0] == close(theirs["exact"])
        assert chi2.sf(theirs["chisq"], 1) == close(theirs["asymptotic"])

    def test_against_lifelines_of_all_ways(self):
        time, event = np.array([2.0, 3, 3, 5, 7, 8]), np.array([1, 1, 0, 1, 0, 1])
        group = np.array([1, 1, 0, 0, 0, 1])

        def theirs(member):
            out = ~member
            test = logrank_test(time[member], time[out], event[member], event[out])
            return test.test_statistic

        ways = []
        for chosen in combinations(range(6), 3):
            member = np.isin(np.arange(6), chosen)
            ways.append(theirs(member))
        seen = theirs(group == 1)
        found = self.of(time, event, group)
        assert np.ravel(found.pvalue)[0] == close(np.mean(np.array(ways) >= seen - 1e-9))
        assert len(ways) == comb(6, 3)

    def test_a_group_of_one(self):
        # scipy refuses it; all ten ways of being the one are soon told.
        theirs = FROZEN["exact"]["alone"]
        everybody = batch.cohorts(theirs["time"], theirs["event"])
        ways = batch.log_rank(everybody[np.zeros(10, int)], np.eye(10, dtype=bool)).chi2
        assert ways[0] == close(theirs["chisq"])
        assert np.mean(ways >= ways[0] * (1 - 1e-9)) == close(theirs["exact"])

    def test_drawn_ways_come_near(self):
        theirs = FROZEN["exact"]["ties"]
        found = self.of(theirs["time"], theirs["event"], theirs["group"], resamples=200)
        spread = sqrt(theirs["exact"] * (1 - theirs["exact"]) / 200)
        assert abs(np.ravel(found.pvalue)[0] - theirs["exact"]) < 4 * spread


class TestFirthAtOtherValues:
    @pytest.mark.parametrize("name", ["lung", "rossi", "aml"])
    def test_ends_of_r_intervals_are_just_rejected(self, name):
        (theirs,) = json.loads((FOLDER / f"{name}.json").read_text())["analyses"].values()
        spec, frame = theirs["spec"], pd.read_csv(FOLDER / f"{name}.csv")
        many = batch.cohorts(frame[spec["time"]], frame[spec["event"]])
        x = frame[spec["covariates"]].to_numpy()
        for end in ("lower", "upper"):
            found = batch.firth(many, x, ties="breslow", null=theirs["firth"][end])
            # R's bounds come from a penalty whose gradient is by differences.
            assert found.p[0].tolist() == close([0.05] * x.shape[1], 1e-6), end

    def test_the_estimate_itself_is_not_rejected(self):
        rng = np.random.default_rng(4)
        many = batch.cohorts(rng.exponential(size=(3, 40)), np.ones((3, 40)))
        x = rng.normal(size=(40, 2))
        estimates = batch.firth(many, x)
        for c in range(3):
            again = batch.firth(many[[c]], x, null=estimates.coef[c])
            assert again.lr_chi2[0].tolist() == pytest.approx([0, 0], abs=1e-9)

    def test_two_patients(self):
        # One dies with x = 1 while one with x = 0 is at risk: l(b) = b - log(1 + e^b), its
        # information e^b / (1 + e^b)^2, so the penalised likelihood is e^(3b/2) / (1 + e^b)^2.
        def penalised(b):
            return 1.5 * b - 2 * np.log1p(np.exp(b))

        found = batch.firth(batch.cohorts([1, 2], [1, 0]), [[1.0], [0.0]], null=-1.0)
        assert found.coef[0, 0] == close(np.log(3))
        assert found.lr_chi2[0, 0] == close(2 * (penalised(np.log(3)) - penalised(-1)), 1e-8)


class TestPrediction:
    @pytest.mark.parametrize("name", SETS)
    def test_against_brier_and_basehaz(self, name):
        theirs = FROZEN["scores"][name]
        frame = pd.read_csv(FOLDER / f"{name}.csv")
        (time,), (event,) = theirs["time"], theirs["event"]
        many = batch.cohorts(frame[time], frame[event])
        risk = frame[theirs["covariates"]].to_numpy(float) @ np.array(theirs["coef"])
        for at in theirs["at"]:
            hazard = batch.baseline(many, risk, at["time"])
            assert hazard[0] == close(at["baseline"])
            predicted = np.exp(-hazard[0] * np.exp(risk))
            found = batch.brier(many, predicted, at["time"])
            assert found.score[0] == close(at["score"]), at["time"]
            assert found.reference[0] == close(at["reference"]), at["time"]
            if at["reference"]:
                assert found.skill[0] == close(1 - at["score"] / at["reference"], 1e-7)

    def test_prediction_of_lifelines(self):
        frame = pd.read_csv(FOLDER / "rossi.csv")[["week", "arrest", "age", "prio"]]
        fit = CoxPHFitter().fit(frame, "week", "arrest", fit_options={"precision": 1e-12})
        theirs = fit.predict_survival_function(frame, times=[30]).iloc[0].to_numpy()
        risk = frame[["age", "prio"]].to_numpy() @ fit.params_.to_numpy()
        hazard = batch.baseline(batch.cohorts(frame["week"], frame["arrest"]), risk, 30)
        assert np.exp(-hazard[0] * np.exp(risk)) == close(theirs, 1e-7)

    def test_by_hand(self):
        # Dead at 1 and at 4, lost at 2, alive at 5 and at 6; at 4.5 the one lost is stood in for by
        # the three seen later: weights 1, 4/3, 0, 4/3, 4/3.
        many = batch.cohorts([1, 4, 2, 5, 6], [1, 1, 0, 0, 0])
        given = np.array([0.2, 0.4, 0.9, 0.7, 1.0])
        expected = (0.2**2 + 4 / 3 * (0.4**2 + 0.3**2 + 0)) / 5
        found = batch.brier(many, given, 4.5)
        assert found.score[0] == close(expected)

    def test_nobody_lost_is_the_mean_square(self):
        rng = np.random.default_rng(2)
        time, given = rng.exponential(size=30), rng.random(30)
        found = batch.brier(batch.cohorts(time, np.ones(30)), given, 0.8)
        assert found.score[0] == close(np.mean(((time > 0.8) - given) ** 2))
        share = np.mean(time > 0.8)
        assert found.reference[0] == close(share * (1 - share))

    def test_what_is_known_at_the_time_itself(self):
        # Dead at 3, censored at 3, seen longer: the second is alive at 3.
        many = batch.cohorts([3, 3, 5], [1, 0, 0])
        assert batch.brier(many, [0.0, 1.0, 1.0], 3).score[0] == 0
        assert batch.brier(many, [0.0, 0.0, 1.0], 3).score[0] == close(1 / 3)

    def test_without_follow_up_there_is_none(self):
        lost = batch.cohorts([[1, 2], [1, 2]], [[1, 0], [1, 1]])
        found = batch.brier(lost, [0.5, 0.5], 3)
        assert isnan(found.score[0])
        assert found.score[1] == close(0.25)
        assert isnan(batch.baseline(lost, [0, 0], 3)[0])
        assert batch.baseline(lost, [0, 0], 3)[1] == close(1.5)
        assert isnan(found.skill[1])  # the Kaplan–Meier estimate is perfect there

    def test_a_cohort_does_not_reach_another(self):
        rng = np.random.default_rng(3)
        time, event = rng.exponential(10, (4, 20)), rng.integers(0, 2, (4, 20))
        included = np.arange(20) < np.array([[20], [12], [5], [20]])
        given = rng.random((4, 20))
        together = batch.brier(batch.cohorts(time, event, included), given, 4)
        hazards = batch.baseline(batch.cohorts(time, event, included), given, 4)
        for c, n in enumerate(included.sum(axis=1)):
            alone = batch.cohorts(time[c, :n], event[c, :n])
            assert together.score[c] == close(batch.brier(alone, given[c, :n], 4).score[0])
            assert hazards[c] == close(batch.baseline(alone, given[c, :n], 4)[0])

    def test_nobody_dies_and_nobody_is_there(self):
        many = batch.cohorts([[5, 6], [5, 6]], [[0, 0], [0, 0]], [[1, 1], [0, 0]])
        found = batch.brier(many, [1.0, 0.5], 4)
        assert found.score[0] == close(0.125)
        assert found.reference[0] == 0
        assert isnan(found.score[1])
        assert batch.baseline(many, [0, 0], 4)[0] == 0


class TestPooling:
    @pytest.mark.parametrize("case", list(FROZEN["pooled"]))
    def test_against_r(self, case):
        theirs = FROZEN["pooled"][case]
        found = prognosis.pool(theirs["estimates"], theirs["variances"])
        for name in ("estimate", "se", "df", "missing"):
            assert getattr(found, name) == close(theirs[name]), name
        assert [found.lower, found.upper] == close(theirs["limits"])

    def test_imputations_that_agree(self):
        found = prognosis.pool([0.5, 0.5, 0.5], [0.04, 0.04, 0.04])
        assert found.se == close(0.2)
        assert found.df == inf
        assert found.missing == 0
        assert found.upper == close(0.5 + 1.959963984540054 * 0.2)

    def test_level(self):
        wide = prognosis.pool([1, 2, 1.5], [0.1, 0.1, 0.1], alpha=0.01)
        narrow = prognosis.pool([1, 2, 1.5], [0.1, 0.1, 0.1], alpha=0.2)
        assert wide.lower < narrow.lower < narrow.upper < wide.upper

    def test_what_is_refused(self):
        with pytest.raises(ValueError, match="two or more"):
            prognosis.pool([1.0], [0.1])
        with pytest.raises(ValueError, match="two or more"):
            prognosis.pool([1.0, 2.0], [0.1])
        with pytest.raises(ValueError, match="at least 0"):
            prognosis.pool([1.0, 2.0], [0.1, -0.1])
        assert isnan(prognosis.pool([1.0, inf], [0.1, 0.1]).estimate)
