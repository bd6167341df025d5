"""Hazards that are not proportional: our own steps and lifelines' against R, from frozen results.

`tests/reference/hazards.R` wrote them.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines import (
    CoxPHFitter,
    CoxTimeVaryingFitter,
    LogLogisticAFTFitter,
    LogNormalAFTFitter,
    MixtureCureFitter,
    PiecewiseExponentialFitter,
    WeibullAFTFitter,
    WeibullFitter,
)
from lifelines.statistics import logrank_test
from scipy.stats import chi2, norm

from helpers import batch, prognosis, survival

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
COLUMNS = {
    "lung": ("time", "died", "male"),
    "rossi": ("week", "arrest", "fin"),
    "aml": ("time", "relapsed", "maintained"),
}
TIGHT = {"precision": 1e-14}


@cache
def frozen():
    return json.loads((FOLDER / "hazards.json").read_text(encoding="utf-8"))


@cache
def rows(name):
    return pd.read_csv(FOLDER / f"{name}.csv")


def arrays(name):
    time, event, group = (rows(name)[column].to_numpy() for column in COLUMNS[name])
    return time.astype(float), event, group == 1


def by_lifelines(name, **options):
    time, event, group = arrays(name)
    return logrank_test(
        time[group], time[~group], event[group], event[~group], **options
    ).test_statistic


def test_reference_belongs_to_these_bytes():
    provenance = frozen()["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed hazards.json"


@pytest.mark.parametrize("name", COLUMNS)
class TestWeightedLogRank:
    def test_lifelines_agrees_with_r(self, name):
        found = frozen()["tests"][name]
        assert by_lifelines(name) == pytest.approx(found["rho"][0], rel=1e-10)
        for rho, expected in zip((0.5, 1), found["rho"][1:], strict=True):
            mine = by_lifelines(name, weightings="fleming-harrington", p=rho, q=0)
            assert mine == pytest.approx(expected, rel=1e-10), f"rho {rho}"
        for one in found["fleming_harrington"]:
            mine = by_lifelines(name, weightings="fleming-harrington", p=one["p"], q=one["q"])
            assert mine == pytest.approx(one["chisq"], rel=1e-10), one
        for weights in ("wilcoxon", "tarone-ware", "peto"):
            expected = found[weights.replace("-", "_")]
            assert by_lifelines(name, weightings=weights) == pytest.approx(expected, rel=1e-10)

    def test_peto_of_lifelines_is_not_rho_one_of_r(self, name):
        mine, theirs = by_lifelines(name, weightings="peto"), frozen()["tests"][name]["rho"][2]
        assert 1e-4 < abs(mine / theirs - 1) < 0.05

    def test_weights_of_those_at_risk_are_gehan_s_pairs(self, name):
        found = frozen()["tests"][name]
        assert found["gehan_score"] == pytest.approx(-found["gehan"], rel=1e-12)

    def test_several_at_once(self, name):
        found = frozen()["tests"][name]
        mine = survival.max_combo(*arrays(name))
        np.testing.assert_allclose(mine.tests["z"], found["z"], rtol=1e-11)
        covariance = np.array(found["covariance"])
        spread = np.sqrt(np.diag(covariance))
        np.testing.assert_allclose(
            mine.correlation, covariance / np.outer(spread, spread), rtol=1e-11
        )
        assert mine.statistic == pytest.approx(found["statistic"], rel=1e-11)
        assert mine.p_value == pytest.approx(found["p"], rel=1e-9, abs=1e-10)

    def test_two_and_three_of_them(self, name):
        found = frozen()["tests"][name]
        two = survival.max_combo(*arrays(name), weights=survival.FAMILY[1:3])
        assert two.p_value == pytest.approx(found["p_two"], rel=1e-9)
        three = survival.max_combo(*arrays(name), weights=survival.FAMILY[1:])
        assert three.p_value == pytest.approx(found["p_three"], rel=1e-9)

    def test_in_a_batch(self, name):
        time, event, group = arrays(name)
        one = survival.max_combo(time, event, group)
        order = np.random.default_rng(4).permutation(len(time))
        many = batch.weighted_log_rank(
            batch.cohorts([time, time[order]], [event, event[order]]),
            [group, group[order]],
            survival.FAMILY,
        )
        np.testing.assert_allclose(many.z, [one.tests["z"]] * 2, rtol=1e-11)
        np.testing.assert_allclose(many.p, [one.tests["p"]] * 2, rtol=1e-9)
        np.testing.assert_allclose(many.correlation, [one.correlation] * 2, rtol=1e-11)


class TestMaxCombo:
    def test_one_test_is_its_own_p_value(self):
        assert survival.max_combo_p(1.7, [[1.0]]) == pytest.approx(2 * norm.sf(1.7), rel=1e-12)

    def test_the_same_test_twice_costs_nothing(self):
        found = survival.max_combo(*arrays("aml"), weights=[(0, 0), (0, 0)])
        assert found.p_value == pytest.approx(found.tests["p"][0], rel=1e-10)

    @pytest.mark.parametrize("k", [2, 3])
    def test_independent_tests_multiply(self, k):
        expected = 1 - chi2.cdf(1.9**2, 1) ** k
        assert survival.max_combo_p(1.9, np.eye(k)) == pytest.approx(expected, rel=1e-12)

    def test_it_keeps_the_level_in_small_groups(self):
        rng, cohorts, group = np.random.default_rng(5), 3000, np.arange(56) < 19
        time, seen = rng.exponential(40, (cohorts, 56)), rng.uniform(6, 60, (cohorts, 56))
        tests = batch.weighted_log_rank(
            batch.cohorts(np.minimum(time, seen), time <= seen), group, survival.FAMILY
        )
        smallest, correlation = tests.p.min(axis=1), tests.correlation
        largest = np.abs(tests.z).max(axis=1)
        unsure = np.flatnonzero((smallest < 0.05) & (4 * smallest >= 0.05))
        p = [survival.max_combo_p(largest[one], correlation[one]) for one in unsure]
        assert (np.array(p) > smallest[unsure]).all()
        assert (np.array(p) < 4 * smallest[unsure]).all()
        rejected = (4 * smallest < 0.05).mean() + sum(one < 0.05 for one in p) / cohorts
        assert rejected == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / cohorts))
        assert (smallest < 0.05).mean() > 0.07  # what it is there to mend

    def test_four_dimensions_are_refused(self):
        with pytest.raises(ValueError, match="at most 3 dimensions"):
            survival.max_combo_p(1.9, np.eye(4))

    @pytest.mark.parametrize(
        ("time", "event", "group"),
        [
            ([1, 2, 3, 4], [0, 0, 0, 0], [1, 1, 0, 0]),
            ([1, 2, 3, 4], [1, 1, 0, 1], [1, 1, 1, 1]),
            ([3, 3, 4, 5], [1, 1, 0, 0], [1, 0, 1, 0]),  # nobody had died before
        ],
        ids=["no event", "one group", "one time"],
    )
    def test_what_has_no_variance_is_not_computed(self, time, event, group):
        found = survival.max_combo(time, event, group)
        assert isnan(found.p_value)
        assert found.tests["z"].isna().all()
        many = batch.weighted_log_rank(batch.cohorts(time, event), group, survival.FAMILY)
        assert np.isnan(many.z[0, 1])

    def test_swapping_the_groups_turns_the_signs(self):
        time, event, group = arrays("aml")
        one, other = survival.max_combo(time, event, group), survival.max_combo(time, event, ~group)
        np.testing.assert_allclose(one.tests["z"], -other.tests["z"], rtol=1e-9)
        assert one.p_value == pytest.approx(other.p_value, rel=1e-9)

    @pytest.mark.parametrize("weights", [[(0, -1)], [(0, 0, 0)], [0, 1]])
    def test_weights_are_checked(self, weights):
        with pytest.raises(ValueError, match="rho and gamma"):
            survival.max_combo([1, 2], [1, 1], [0, 1], weights=weights)
        with pytest.raises(ValueError, match="rho and gamma"):
            batch.weighted_log_rank(batch.cohorts([1, 2], [1, 1]), [0, 1], weights)

    def test_groups_are_checked(self):
        with pytest.raises(ValueError, match="group: 2 values"):
            survival.max_combo([1, 2], [1, 1], [0, 1, 1])


class TestEpisodes:
    def split(self, cuts):
        return prognosis.episodes(rows("lung"), cuts, duration_col="time", event_col="died")

    def test_rows_events_and_time_are_those_of_r(self):
        found, pieces = frozen()["cox"], self.split([200, 400])
        assert len(pieces) == found["rows"]
        assert pieces["died"].sum() == found["events"]
        exposure = (pieces["stop"] - pieces["start"]).groupby(pieces["episode"]).sum()
        assert exposure.tolist() == found["person_time"]

    def test_an_event_at_a_cut_ends_there(self):
        data = pd.DataFrame({"time": [4, 9, 10], "died": [1, 1, 0], "x": [7, 8, 9]})
        found = prognosis.episodes(data, [4, 9], duration_col="time", event_col="died")
        assert found.to_dict("list") == {
            "id": [0, 1, 1, 2, 2, 2],
            "episode": [0, 0, 1, 0, 1, 2],
            "start": [0, 0, 4, 0, 4, 9],
            "stop": [4, 4, 9, 4, 9, 10],
            "died": [1, 0, 1, 0, 0, 0],
            "x": [7, 8, 8, 9, 9, 9],
        }

    def test_no_cut_and_nobody(self):
        assert len(self.split([])) == len(rows("lung"))
        nobody = rows("lung").iloc[:0]
        assert prognosis.episodes(nobody, [3], duration_col="time", event_col="died").empty

    @pytest.mark.parametrize(("time", "cut"), [(0, 3), (5, 0), (-1, 3)])
    def test_times_are_checked(self, time, cut):
        data = pd.DataFrame({"time": [time], "died": [1]})
        with pytest.raises(ValueError, match="above 0"):
            prognosis.episodes(data, [cut], duration_col="time", event_col="died")

    def cox(self, pieces, terms):
        return CoxTimeVaryingFitter().fit(
            pieces[["id", "start", "stop", "died", *terms]],
            id_col="id",
            event_col="died",
            fit_options=TIGHT,
        )

    def assert_is(self, fit, expected, names):
        for term, theirs in names.items():
            assert fit.params_[term] == pytest.approx(expected["coef"][theirs], rel=1e-8)
            assert fit.standard_errors_[term] == pytest.approx(expected["se"][theirs], rel=1e-8)
        assert fit.log_likelihood_ == pytest.approx(expected["loglik"], rel=1e-10)

    def test_an_effect_in_three_periods(self):
        pieces = self.split([200, 400])
        names = ("early", "middle", "late")
        for number, name in enumerate(names):
            pieces[name] = pieces["male"] * (pieces["episode"] == number)
        terms = (*names, "age")
        fit = self.cox(pieces, terms)
        self.assert_is(fit, frozen()["cox"]["split"], dict(zip(terms, terms, strict=True)))

    def test_an_effect_with_the_logarithm_of_time(self):
        lung = rows("lung")
        pieces = self.split(lung.loc[lung["died"] == 1, "time"].unique())
        pieces["male × log time"] = pieces["male"] * np.log(pieces["stop"])
        fit = self.cox(pieces, ["male", "age", "male × log time"])
        names = {"male": "male", "age": "age", "male × log time": "tt(male)"}
        self.assert_is(fit, frozen()["cox"]["log_time"], names)

    def test_hazards_in_pieces_are_a_poisson_model(self):
        pieces, expected = self.split([200, 400]), frozen()["cox"]["poisson"]
        x = pd.DataFrame(
            {f"factor(period){i + 1}": pieces["episode"] == i for i in range(3)}
            | {
                name: pieces["male"] * (pieces["episode"] == i)
                for i, name in enumerate(("early", "middle", "late"))
            },
            dtype=float,
        )
        fit = sm.GLM(
            pieces["died"],
            x,
            family=sm.families.Poisson(),
            offset=np.log(pieces["stop"] - pieces["start"]),
        ).fit(tol=1e-14)
        for term, value in expected["coef"].items():
            assert fit.params[term] == pytest.approx(value, rel=1e-8)
            assert fit.bse[term] == pytest.approx(expected["se"][term], rel=1e-8)
        men = rows("lung")[rows("lung")["male"] == 1]
        alone = PiecewiseExponentialFitter([200, 400]).fit(men["time"], men["died"])
        for i, term in enumerate(("early", "middle", "late")):
            rate = np.exp(fit.params[f"factor(period){i + 1}"] + fit.params[term])
            assert 1 / getattr(alone, f"lambda_{i}_") == pytest.approx(rate, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "columns", "stratum", "kept"),
    [
        ("lung", ["time", "died", "male", "age", "ecog"], "ecog", "strata"),
        ("rossi", ["week", "arrest", "fin", "age", "race"], "race", "strata_rossi"),
    ],
)
def test_strata(name, columns, stratum, kept):
    fit = CoxPHFitter().fit(
        rows(name)[columns].dropna(), columns[0], columns[1], strata=[stratum], fit_options=TIGHT
    )
    expected = frozen()["cox"][kept]
    for term, value in expected["coef"].items():
        assert fit.params_[term] == pytest.approx(value, rel=1e-8)
        assert fit.standard_errors_[term] == pytest.approx(expected["se"][term], rel=1e-8)
    assert fit.log_likelihood_ == pytest.approx(expected["loglik"], rel=1e-10)


@pytest.mark.parametrize(
    ("law", "fitter", "place", "shape", "sign"),
    [
        ("weibull", WeibullAFTFitter, "lambda_", "rho_", -1),
        ("lognormal", LogNormalAFTFitter, "mu_", "sigma_", 1),
        ("loglogistic", LogLogisticAFTFitter, "alpha_", "beta_", -1),
    ],
)
def test_ratios_of_times(law, fitter, place, shape, sign):
    fit = fitter().fit(
        rows("lung")[["time", "died", "male", "age"]],
        "time",
        "died",
        fit_options={"ftol": 1e-16, "gtol": 1e-10},
    )
    expected = frozen()["accelerated"][law]
    for term in ("male", "age"):
        assert fit.params_[(place, term)] == pytest.approx(expected["coef"][term], rel=1e-6)
        assert fit.standard_errors_[(place, term)] == pytest.approx(expected["se"][term], rel=1e-6)
    scale = np.exp(sign * fit.params_[(shape, "Intercept")])
    assert scale == pytest.approx(expected["scale"], rel=1e-6)
    assert fit.log_likelihood_ == pytest.approx(expected["loglik"], rel=1e-9)
    if law == "weibull":
        for term, value in expected["log_hazard_ratio"].items():
            assert -fit.params_[(place, term)] / scale == pytest.approx(value, rel=1e-6)


class TestCure:
    def test_profile_is_that_of_r(self):
        expected = frozen()["cured"]
        shares = [one["share"] for one in expected["profile"]]
        found = survival.cure_profile(expected["time"], expected["event"], shares)
        for mine, theirs in zip(found.to_dict("records"), expected["profile"], strict=True):
            for name in ("shape", "scale"):
                assert mine[name] == pytest.approx(theirs[name], rel=1e-6)
            assert mine["log_likelihood"] == pytest.approx(theirs["loglik"], rel=1e-11)

    def test_its_top_is_the_share_of_lifelines_and_of_r(self):
        expected = frozen()["cured"]
        fit = MixtureCureFitter(base_fitter=WeibullFitter()).fit(
            expected["time"], expected["event"], fit_options={"ftol": 1e-16, "gtol": 1e-10}
        )
        assert fit.cured_fraction_ == pytest.approx(expected["share"], rel=1e-6)
        assert fit.log_likelihood_ == pytest.approx(expected["loglik"], rel=1e-11)
        near = survival.cure_profile(
            expected["time"], expected["event"], expected["share"] + np.array([-0.01, 0, 0.01])
        )
        assert near["log_likelihood"].idxmax() == 1
        assert near["log_likelihood"][1] == pytest.approx(expected["loglik"], rel=1e-11)

    def test_nobody_cured_is_lifelines_weibull(self):
        expected = frozen()["cured"]
        found = survival.cure_profile(expected["time"], expected["event"], [0.0])
        fit = WeibullFitter().fit(
            expected["time"], expected["event"], fit_options={"ftol": 1e-16, "gtol": 1e-10}
        )
        assert found["scale"][0] == pytest.approx(fit.lambda_, rel=1e-6)
        assert found["log_likelihood"][0] == pytest.approx(fit.log_likelihood_, rel=1e-10)

    def test_without_an_event_there_is_none(self):
        assert survival.cure_profile([1, 2], [0, 0], [0, 0.5])["log_likelihood"].isna().all()

    def test_deaths_at_one_time_give_no_share_since_any_steeper_curve_is_likelier(self):
        found = survival.cure_profile([3, 3, 7], [1, 1, 0], [0, 0.5])
        assert found["log_likelihood"].isna().all()

    @pytest.mark.parametrize(("time", "share"), [(0, 0.5), (3, 1.0), (3, -0.1)])
    def test_ranges_are_checked(self, time, share):
        with pytest.raises(ValueError, match="were expected"):
            survival.cure_profile([time, 4], [1, 1], [share])


class TestWhatTheChapterSaysOfLifelines:
    """Should one of these fail, lifelines has changed, and the chapter's words have to follow."""

    def test_fleming_harrington_fails_at_time_zero(self):
        options = {"weightings": "fleming-harrington", "p": 0, "q": 1}
        with pytest.raises(ValueError, match="length must be"):
            logrank_test([0.0, 2, 3], [1.0, 4, 5], [1, 1, 1], [1, 1, 0], **options)

    def residuals(self, kind, apart=False, standardised=False):
        data = rows("lung")[["time", "died", "male", "age"]].astype(float)
        if apart:
            data["time"] += np.arange(1, len(data) + 1) / 1000
        fit = CoxPHFitter().fit(data, "time", "died", fit_options=TIGHT)
        if standardised:
            x = data[["male", "age"]]
            data[["male", "age"]] = (x - x.mean()) / x.std()
        found = fit.compute_residuals(data, kind)
        return found if kind == "schoenfeld" else found.sort_index()

    def test_schoenfeld_residuals_agree(self):
        found = self.residuals("schoenfeld")["age"]
        np.testing.assert_allclose(found, frozen()["residuals"]["schoenfeld"], atol=1e-8)

    @pytest.mark.parametrize("kind", ["martingale", "deviance"])
    def test_ties_move_martingale_and_deviance_residuals(self, kind):
        far = np.abs(self.residuals(kind)[kind].to_numpy() - frozen()["residuals"][kind]).max()
        assert 1e-3 < far < 0.2

    def test_score_residuals_do_not_add_up_to_zero(self):
        assert abs(self.residuals("score")["age"].sum()) > 100
        assert abs(sum(frozen()["residuals"]["score"])) < 1e-8

    @pytest.mark.parametrize("kind", ["martingale", "deviance"])
    def test_without_ties_they_agree(self, kind):
        found = self.residuals(kind, apart=True)[kind]
        np.testing.assert_allclose(found, frozen()["residuals_untied"][kind], atol=1e-8)

    def test_score_residuals_agree_without_ties_if_standardised_first(self):
        found = self.residuals("score", apart=True, standardised=True)["age"]
        expected = frozen()["residuals_untied"]["score"]
        np.testing.assert_allclose(found * rows("lung")["age"].std(), expected, atol=1e-7)


@pytest.mark.parametrize(
    ("times", "wanted"),
    [([0, 2, 0, 5], [1, 2, 1, 5]), ([1, 3], [1, 3]), ([0, 0], [1, 1]), ([], [])],
)
def test_times_of_0_come_first_and_above_0(times, wanted):
    assert prognosis.after_start(times).tolist() == wanted
