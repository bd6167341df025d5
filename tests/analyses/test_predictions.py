"""Predictions of a Cox model, its concordance, interactions, and states that change, against R.

`tests/reference/prognosis.R` wrote the JSON file.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, KaplanMeierFitter
from scipy.stats import chi2

from helpers import prognosis, survival

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
COLUMNS = {"rossi": ("week", "arrest"), "lung": ("time", "died"), "aml": ("time", "relapsed")}
TIGHT = {"precision": 1e-16, "r_precision": 1e-16}


@cache
def frozen():
    return json.loads((FOLDER / "prognosis.json").read_text(encoding="utf-8"))


@cache
def rows(name):
    return pd.read_csv(FOLDER / f"{name}.csv")


def fit(data, terms, time, event):
    return CoxPHFitter().fit(data[[*terms, time, event]], time, event, fit_options=TIGHT)


def test_reference_belongs_to_these_bytes():
    provenance = frozen()["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed prognosis.json"


class TestPredictedSurvival:
    @pytest.mark.parametrize("name", COLUMNS)
    def test_agrees_with_r(self, name):
        case, (time, event) = frozen()["predicted"][name], COLUMNS[name]
        fitter = fit(rows(name), case["terms"], time, event)
        profiles = pd.DataFrame(case["profiles"])
        found = prognosis.predicted_survival(fitter, rows(name), profiles, case["times"])
        for column in ("survival", "lower", "upper", "se"):
            theirs = np.ravel(case[column])
            np.testing.assert_allclose(found[column], theirs, rtol=2e-6, err_msg=column)

    @pytest.mark.parametrize("name", ["rossi", "lung"])
    def test_the_mean_over_everybody_is_r_s_adjusted_curve(self, name):
        case, (time, event) = frozen()["predicted"][name], COLUMNS[name]
        fitter = fit(rows(name), case["terms"], time, event)
        factor = case["terms"][0]
        at = [10, 26, 52] if name == "rossi" else [100, 365, 800]
        for one in frozen()["adjusted"][name]:
            everyone = rows(name).assign(**{factor: one["value"]})
            found = prognosis.predicted_survival(fitter, rows(name), everyone, at)
            mean = found.groupby("time")["survival"].mean()
            np.testing.assert_allclose(mean, one["survival"], rtol=1e-7)

    def test_without_ties_lifelines_has_the_same_curve(self):
        data = rows("lung").assign(time=lambda f: f["time"] + np.arange(len(f)) * 1e-4)
        terms = ["male", "age"]
        fitter = fit(data, terms, "time", "died")
        them = data.loc[[3, 60], terms]
        at = np.sort(data.loc[data["died"] == 1, "time"])[[30, 90]]
        theirs = fitter.predict_survival_function(them, times=at).to_numpy().T.ravel()
        mine = prognosis.predicted_survival(fitter, data, them, at)
        np.testing.assert_allclose(mine["survival"], theirs, rtol=1e-6)
        assert mine["patient"].tolist() == [3, 3, 60, 60]

    def test_spread_over_resamples_is_about_the_standard_error(self):
        data, who = rows("lung"), pd.DataFrame({"male": [1.0], "age": [62.0]})
        columns = ["male", "age", "time", "died"]
        found = prognosis.predicted_survival(
            fit(data, columns[:2], "time", "died"), data, who, [300]
        )
        rng = np.random.default_rng(3)
        hazards = []
        for _ in range(60):
            again = data.iloc[rng.integers(0, len(data), len(data))]
            fitter = CoxPHFitter().fit(again[columns], "time", "died")
            hazards.append(
                prognosis.predicted_survival(fitter, again, who, [300])["cumulative_hazard"][0]
            )
        assert np.std(hazards) == pytest.approx(found["se"][0], rel=0.3)

    def test_before_the_first_death_and_after_the_last_patient(self):
        data = rows("aml")
        fitter = fit(data, ["maintained"], "time", "relapsed")
        them = pd.DataFrame({"maintained": [0, 1]})
        found = prognosis.predicted_survival(fitter, data, them, [0, 4, 161, 162])
        assert found.loc[found["time"] < 5, "survival"].eq(1).all()
        assert found.loc[found["time"] < 5, "lower"].isna().all()
        assert found.loc[found["time"] == 161, "survival"].notna().all()
        after = found.loc[found["time"] == 162, ["survival", "lower", "upper", "se"]]
        assert after.isna().all(axis=None)

    def test_what_is_not_covered_is_refused(self):
        data, them = rows("aml"), pd.DataFrame({"maintained": [0]})
        with pytest.raises(ValueError, match="not fitted"):
            prognosis.predicted_survival(CoxPHFitter(), data, them, [1])
        ridge = CoxPHFitter(penalizer=0.1).fit(data, "time", "relapsed")
        with pytest.raises(ValueError, match="not covered"):
            prognosis.predicted_survival(ridge, data, them, [1])
        fitter = fit(data, ["maintained"], "time", "relapsed")
        with pytest.raises(ValueError, match="at least 0"):
            prognosis.predicted_survival(fitter, data, them, [-1])


@pytest.mark.parametrize("name", ["rossi", "lung"])
def test_interaction_of_lifelines_agrees_with_r(name):
    case, (time, event) = frozen()["interaction"][name], COLUMNS[name]
    data = rows(name)
    first, second = (
        (data["fin"], data["wexp"])
        if name == "rossi"
        else (data["male"], (data["ecog"] > 1).astype(int))
    )
    table = pd.DataFrame(
        {"a": first, "b": second, "a:b": first * second, time: data[time], event: data[event]}
    )
    main, both = fit(table, ["a", "b"], time, event), fit(table, ["a", "b", "a:b"], time, event)
    np.testing.assert_allclose(both.params_, case["coef"], rtol=1e-6)
    np.testing.assert_allclose(both.standard_errors_, case["se"], rtol=1e-6)
    distance = 2 * (both.log_likelihood_ - main.log_likelihood_)
    assert distance == pytest.approx(case["chisq"], rel=1e-6)
    assert chi2.sf(distance, 1) == pytest.approx(case["p"], rel=1e-6)
    for value, theirs in enumerate(case["subgroups"]):
        alone = fit(table[table["b"] == value], ["a"], time, event)
        assert alone.params_["a"] == pytest.approx(theirs["coef"], rel=1e-6)
        assert alone.standard_errors_["a"] == pytest.approx(theirs["se"], rel=1e-6)


class TestConcordance:
    @pytest.mark.parametrize("name", COLUMNS)
    def test_index_and_its_error_agree_with_r(self, name):
        case = frozen()["concordance"][name]
        data = rows(name)
        found = prognosis.concordance(
            data[case["terms"]], data[case["time"]], data[case["event"]], 0
        )
        assert found.apparent == pytest.approx(case["index"], rel=1e-9)
        assert found.se == pytest.approx(case["se"], rel=1e-6)

    def test_interval_surrounds_the_corrected_index(self):
        data = rows("aml")
        found = prognosis.concordance(data[["maintained"]], data["time"], data["relapsed"], 20)
        half = 1.959963984540054 * found.se
        assert [found.lower, found.upper] == pytest.approx(
            [found.corrected - half, found.corrected + half]
        )

    def test_a_covariate_made_anew_of_the_same_rows_changes_nothing(self):
        data = rows("aml")
        given = (data["time"], data["relapsed"], 15)
        as_a_table = prognosis.concordance(data[["maintained"]], *given)
        assert prognosis.concordance(lambda drawn: data[["maintained"]], *given) == as_a_table

    def test_a_choice_made_anew_has_more_optimism(self):
        rng = np.random.default_rng(8)
        noise = pd.DataFrame(rng.normal(size=(60, 12)))
        time, event = rng.exponential(size=60), np.ones(60)

        def likeliest(drawn):
            """Of all the covariates the one that goes best with the order of the times."""
            best = noise.iloc[drawn].corrwith(pd.Series(time[drawn], noise.index[drawn])).abs()
            return noise[[best.idxmax()]]

        everyone = np.arange(60)
        taken = prognosis.concordance(likeliest(everyone), time, event, 30)
        anew = prognosis.concordance(likeliest, time, event, 30)
        assert anew.apparent == taken.apparent
        assert anew.optimism > taken.optimism + 0.02


def changing():
    """The invented patients, and their rows before and after progression."""
    case = frozen()["changing"]
    data = pd.DataFrame(
        {
            "id": np.arange(1, len(case["months"]) + 1),
            "months": case["months"],
            "died": case["died"],
            "progression": pd.Series(case["progression"], dtype=float),
        }
    )
    columns = {"changes_col": "progression", "duration_col": "months", "event_col": "died"}
    return data, prognosis.changing_state(data, id_col="id", **columns)


class TestChangingState:
    def test_rows_and_model_agree_with_r(self):
        case, (data, found) = frozen()["changing"], changing()
        together = (data["progression"] == data["months"]) & (data["died"] == 1)
        assert together.any()  # the rows hold a death in the month of a progression
        assert found["id"].tolist() == case["id"]
        assert found["start"].tolist() == case["start"]
        assert found["stop"].tolist() == case["stop"]
        assert found["died"].tolist() == case["death"]
        assert found["state"].tolist() == [int(state or 0) for state in case["state"]]
        fitter = CoxTimeVaryingFitter().fit(
            found, "died", "start", "stop", id_col="id", fit_options={"precision": 1e-14}
        )
        assert fitter.params_["state"] == pytest.approx(case["coef"], rel=1e-6)
        assert fitter.standard_errors_["state"] == pytest.approx(case["se"], rel=1e-6)

    def test_no_death_is_lost(self):
        data, found = changing()
        assert found["died"].sum() == data["died"].sum()
        assert (found["stop"] - found["start"]).sum() == data["months"].sum()

    def test_a_change_outside_of_the_follow_up_is_refused(self):
        data = pd.DataFrame({"id": [1], "months": [5], "died": [1], "progression": [6.0]})
        with pytest.raises(ValueError, match="progression: times from 0 to months"):
            prognosis.changing_state(
                data,
                id_col="id",
                changes_col="progression",
                duration_col="months",
                event_col="died",
            )


def test_survival_free_of_progression_is_that_of_r():
    case, patients = frozen()["composite"], frozen()["changing"]
    months = np.array(patients["months"], float)
    progression = np.array(patients["progression"], float)
    end = np.fmin(progression, months)
    bad = (~np.isnan(progression) | (np.array(patients["died"]) == 1)).astype(int)
    for place, at in enumerate(case["at"]):
        found = survival.survival_at(end, bad, at)
        for column, theirs in (("estimate", "survival"), ("lower", "lower"), ("upper", "upper")):
            assert getattr(found, column) == pytest.approx(case[theirs][place], rel=1e-9)
    assert KaplanMeierFitter().fit(end, bad).median_survival_time_ == case["median"]
