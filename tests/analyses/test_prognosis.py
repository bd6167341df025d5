"""Prognostic factors: design, proportional hazards, Firth's penalty, concordance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from selection import examples

from helpers import prognosis

TIGHT = {"precision": 1e-16, "r_precision": 1e-16}


def trial(seed=1, n=60, effect=1.0):
    """Survival with ties and censoring; `x` matters, `noise` does not."""
    rng = np.random.default_rng(seed)
    x, noise = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    time = np.ceil(rng.exponential(20 * np.exp(-effect * x)) * 2) / 2
    last_seen = rng.integers(5, 40, n)
    return pd.DataFrame(
        {
            "x": x,
            "noise": noise,
            "time": np.minimum(time, last_seen),
            "event": (time <= last_seen).astype(int),
        }
    )


def fit(rows, terms=("x", "noise"), **options):
    columns = [*terms, "time", "event"]
    return CoxPHFitter(**options).fit(rows[columns], "time", "event", fit_options=TIGHT)


class TestEventsPerVariable:
    def test_events_per_variable(self):
        assert prognosis.events_per_variable([1, 0, 1, 1], pd.DataFrame(columns=["a", "b"])) == 1.5
        assert np.isnan(prognosis.events_per_variable([1], pd.DataFrame()))


class TestProportionalHazards:
    @settings(max_examples=examples(20), deadline=None)
    @given(st.integers(0, 10_000), st.sampled_from(["km", "identity", "rank", "log"]))
    def test_units_and_origin_of_covariates_do_not_matter(self, seed, transform):
        rows = trial(seed)
        changed = rows.assign(noise=1000 * rows["noise"] - 7, x=1 - rows["x"])
        one = prognosis.proportional_hazards_test(fit(rows), rows, transform).table
        two = prognosis.proportional_hazards_test(fit(changed), changed, transform).table
        assert one["chisq"].to_numpy() == pytest.approx(two["chisq"].to_numpy(), rel=1e-6, abs=1e-9)
        assert one["p"].between(0, 1).all()

    def test_order_of_rows_does_not_matter(self):
        rows = trial()
        shuffled = rows.sample(frac=1, random_state=0)
        one = prognosis.proportional_hazards_test(fit(rows), rows)
        two = prognosis.proportional_hazards_test(fit(shuffled), shuffled)
        assert one.table["chisq"].to_numpy() == pytest.approx(two.table["chisq"].to_numpy())

    def test_residuals_average_to_the_coefficients(self):
        rows = trial()
        model = fit(rows)
        residuals = prognosis.proportional_hazards_test(model, rows).residuals
        assert len(residuals) == rows["event"].sum()
        assert residuals["time"].is_monotonic_increasing
        found = residuals[["x", "noise"]].mean().to_numpy()
        assert found == pytest.approx(model.params_.to_numpy(), abs=1e-9)

    def test_crossing_hazards_are_found(self):
        rng = np.random.default_rng(3)
        x = np.repeat([0.0, 1.0], 200)
        time = np.where(x == 1, rng.weibull(3, 400), rng.weibull(0.7, 400))
        rows = pd.DataFrame({"x": x, "time": time, "event": 1})
        table = prognosis.proportional_hazards_test(fit(rows, ["x"]), rows).table
        assert table["p"].max() < 1e-6

    def test_one_covariate_is_the_global_test(self):
        rows = trial()
        table = prognosis.proportional_hazards_test(fit(rows, ["x"]), rows).table
        assert table["term"].tolist() == ["x", "GLOBAL"]
        assert table["chisq"][0] == pytest.approx(table["chisq"][1])
        assert table["df"].tolist() == [1, 1]

    def test_too_few_events_to_tell(self):
        # At the second event all who are at risk have the same x: nothing is learnt from it.
        rows = pd.DataFrame(
            {"x": [1.0, 0, 2, 1, 1], "time": [1.0, 2, 3, 5, 6], "event": [1, 0, 0, 1, 0]}
        )
        table = prognosis.proportional_hazards_test(fit(rows, ["x"]), rows).table
        assert table["chisq"].isna().all()

    def test_transforms_it_refuses(self):
        rows = trial()
        with pytest.raises(ValueError, match="km, identity, rank or log"):
            prognosis.proportional_hazards_test(fit(rows), rows, "square")
        zero = rows.assign(time=rows["time"].where(rows.index > 0, 0.0))
        model = fit(zero)
        with pytest.raises(ValueError, match="above 0"):
            prognosis.proportional_hazards_test(model, zero, "log")

    def test_models_it_refuses(self):
        rows = trial()
        with pytest.raises(ValueError, match="not fitted"):
            prognosis.proportional_hazards_test(CoxPHFitter(), rows)
        with pytest.raises(ValueError, match="penalties"):
            prognosis.proportional_hazards_test(fit(rows, penalizer=0.1), rows)
        strata = CoxPHFitter().fit(rows, "time", "event", strata=["x"])
        with pytest.raises(ValueError, match="strata"):
            prognosis.proportional_hazards_test(strata, rows)
        once = rows.assign(time=5.0, event=(rows.index % 3 == 0).astype(int))
        model = fit(once)
        with pytest.raises(ValueError, match="one time"):
            prognosis.proportional_hazards_test(model, once)


class TestFirth:
    def test_two_patients(self):
        # Heinze and Schemper 2001, section 2: the one with the covariate dies, the hazard ratio is 3.
        found = prognosis.firth(pd.DataFrame({"x": [1.0, 0.0]}), [1, 2], [1, 0])
        assert found["hazard_ratio"][0] == pytest.approx(3, rel=1e-6)

    def test_separation_gives_a_finite_ratio(self):
        rows = trial()
        rows["event"] = rows["event"].where(rows["x"] == 1, 0)
        found = prognosis.firth(rows[["x", "noise"]], rows["time"], rows["event"])
        assert np.isfinite(found["hazard_ratio"]).all()
        assert found["lower"][0] > 1
        assert found["p"][0] < 0.05

    def test_unit_of_a_covariate_does_not_matter(self):
        rows = trial()
        one = prognosis.firth(rows[["x", "noise"]], rows["time"], rows["event"])
        ten = prognosis.firth(
            rows[["x"]].assign(noise=10 * rows["noise"] + 3), rows["time"], rows["event"]
        )
        assert ten["coef"][1] * 10 == pytest.approx(one["coef"][1], rel=1e-6)
        assert ten["p"].to_numpy() == pytest.approx(one["p"].to_numpy(), rel=1e-6)
        assert ten["upper"][0] == pytest.approx(one["upper"][0], rel=1e-6)

    def test_level_of_the_interval(self):
        rows = trial()
        wide = prognosis.firth(rows[["x"]], rows["time"], rows["event"], alpha=0.01)
        narrow = prognosis.firth(rows[["x"]], rows["time"], rows["event"], alpha=0.2)
        assert wide["lower"][0] < narrow["lower"][0] < narrow["upper"][0] < wide["upper"][0]

    @pytest.mark.parametrize(
        ("covariates", "events", "message"),
        [
            ({}, [1, 0, 1], "no covariates"),
            ({"x": [1, 0, 1]}, [0, 0, 0], "no events"),
            ({"x": [1, 1, 1]}, [1, 0, 1], "x does not vary"),
            ({"x": [1, 0, 2], "y": [2, 0, 4]}, [1, 1, 1], "determine each other"),
        ],
    )
    def test_what_cannot_be_fitted(self, covariates, events, message):
        with pytest.raises(prognosis.FirthError, match=message):
            prognosis.firth(pd.DataFrame(covariates, index=range(3)), [1, 2, 3], events)

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_nine_patients_are_too_few_for_six_covariates(self, seed: int):
        rng = np.random.default_rng(seed)
        x = pd.DataFrame(
            {
                "size": rng.integers(0, 2, 9),
                "site": rng.integers(0, 2, 9),
                "lesions": rng.integers(1, 4, 9),
                "regional": rng.integers(0, 2, 9),
                "interval": rng.exponential(1.5, 9).round(2),
                "age": rng.integers(31, 82, 9) / 10,
            }
        )
        months = (1 + 34 * rng.weibull(1.4, 9)).round(1)
        with pytest.raises(prognosis.FirthError, match="too few patients"):
            prognosis.firth(x, months, rng.integers(0, 2, 9))


class TestConcordance:
    def test_seed_decides(self):
        rows = trial()
        given = (rows[["x", "noise"]], rows["time"], rows["event"], 10)
        assert prognosis.concordance(*given, seed=1) == prognosis.concordance(*given, seed=1)
        assert prognosis.concordance(*given, seed=1) != prognosis.concordance(*given, seed=2)

    def test_apparent_is_that_of_lifelines(self):
        rows = trial()
        found = prognosis.concordance(rows[["x", "noise"]], rows["time"], rows["event"], 2)
        assert found.apparent == pytest.approx(fit(rows).concordance_index_)
        assert found.corrected == pytest.approx(found.apparent - found.optimism)

    def test_noise_is_seen_through(self):
        rng = np.random.default_rng(5)
        rows = pd.DataFrame(rng.normal(size=(40, 8))).add_prefix("noise ")
        found = prognosis.concordance(rows, rng.exponential(size=40), [1] * 40, 40)
        assert found.apparent > 0.6
        assert abs(found.corrected - 0.5) < 0.1
        assert found.resamples == 40

    def test_separation_is_counted_and_keeps_its_ranking(self):
        rows = trial()
        rows["event"] = rows["event"].where(rows["x"] == 1, 0)
        found = prognosis.concordance(rows[["x"]], rows["time"], rows["event"], 5)
        assert found.separated == found.resamples == 5
        assert found.apparent > 0.6

    def test_nothing_to_rank(self):
        rows = trial()
        without_events = prognosis.concordance(rows[["x"]], rows["time"], 0 * rows["event"], 3)
        assert np.isnan(without_events.apparent)
        constant = prognosis.concordance(rows[["x"]] * 0, rows["time"], rows["event"], 3)
        assert np.isnan(constant.corrected)
        nobody = prognosis.concordance(rows[["x"]].iloc[:0], [], [], 3)
        assert nobody.resamples == 0
