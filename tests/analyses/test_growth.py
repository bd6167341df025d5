"""Tumour growth: certified fits, intervals against their definition, and lesions that say nothing."""

from __future__ import annotations

import json
from math import inf, isnan, log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit, least_squares
from scipy.stats import f as fisher
from scipy.stats import t as student

from helpers import growth

REFERENCE = Path(__file__).parents[1] / "reference"
NIST_CURVES = {
    "misra1a": lambda months, b1, b2: b1 * (1 - np.exp(-b2 * months)),
    "chwirut2": lambda months, b1, b2, b3: np.exp(-b1 * months) / (b2 + b3 * months),
}


def lesions(seed: int = 3, n: int = 45, doubling: float = 6.2, noise: float = 0.28) -> pd.DataFrame:
    """Lesions that grow exponentially, in whole mm, two thirds of them with a negative CT."""
    rng = np.random.default_rng(seed)
    months = np.round(0.5 + rng.weibull(1.6, n) * 8, 1)
    diameter = np.round(7.5 * 2 ** (months / doubling) * np.exp(noise * rng.normal(size=n)))
    table = pd.DataFrame(
        {
            "lesion_id": [f"L{i}" for i in range(n)],
            "patient_id": [f"P{i}" for i in rng.integers(0, 30, n)],
            "diameter_mm": diameter.clip(3, 60),
            "months_since_negative_ct": months,
        }
    )
    table.loc[::3, "months_since_negative_ct"] = np.nan
    return table


def plateau(n: int = 60) -> pd.DataFrame:
    """Lesions on a logistic curve that levels off at 30 mm, with small errors."""
    rng = np.random.default_rng(5)
    months = np.linspace(0, 20, n)
    diameter = 30 / (1 + 9 * np.exp(-0.4 * months)) + 0.5 * rng.normal(size=n)
    return pd.DataFrame({"diameter_mm": diameter, "months_since_negative_ct": months})


@pytest.mark.parametrize("name", NIST_CURVES)
@pytest.mark.parametrize("start", [0, 1])
def test_certified_values_of_nist(name: str, start: int) -> None:
    case = json.loads((REFERENCE / f"nist_{name}.json").read_text())
    law = growth.Law(
        name=name,
        formula=case["model"],
        curve=NIST_CURVES[name],
        starts=lambda months, diameter_mm: [case["starts"][start]],
        parameters={parameter: ("", "") for parameter in case["estimate"]},
    )
    data = pd.DataFrame({"months_since_negative_ct": case["x"], "diameter_mm": case["y"]})
    fitted = growth.fit(data, law)
    for parameter, certified in case["estimate"].items():
        row = fitted.parameters.loc[parameter]
        assert row["estimate"] == pytest.approx(certified, rel=1e-7), parameter
        assert row["se"] == pytest.approx(case["standard_deviation"][parameter], rel=1e-6), (
            parameter
        )
    assert fitted.residual_sd == pytest.approx(case["residual_standard_deviation"], rel=1e-9)
    assert fitted.n - len(fitted.parameters) == case["degrees_of_freedom"]
    rss = float((fitted.lesions["residual_mm"] ** 2).sum())
    assert rss == pytest.approx(case["residual_sum_of_squares"], rel=1e-9)


def test_exponential_agrees_with_scipy() -> None:
    data = lesions().dropna()
    months, diameter = data["months_since_negative_ct"], data["diameter_mm"]
    best, covariance = curve_fit(
        lambda t, d0, k: d0 * np.exp(k * t), months, diameter, p0=(8, 0.1), xtol=1e-12, ftol=1e-12
    )
    fitted = growth.fit(lesions())
    assert fitted.n == len(data)
    assert fitted.parameters["estimate"].to_numpy() == pytest.approx(best, rel=1e-6)
    assert fitted.parameters["se"].to_numpy() == pytest.approx(np.diag(covariance) ** 0.5, rel=1e-4)
    d0, k = best
    found = growth.months_to_diameter(lesions(), "months_since_negative_ct", "diameter_mm", 15)
    assert found == pytest.approx(log(15 / d0) / k, rel=1e-6)


def test_aic_counts_the_variance_as_r_does() -> None:
    fitted = growth.fit(lesions())
    n, rss = fitted.n, float((fitted.lesions["residual_mm"] ** 2).sum())
    variance = rss / n
    likelihood = -n / 2 * log(2 * np.pi * variance) - rss / (2 * variance)
    assert fitted.aic == pytest.approx(2 * 3 - 2 * likelihood)


def test_prediction_band_is_that_of_the_delta_method() -> None:
    fitted = growth.fit(lesions())
    months = np.array([0.0, 6.0, 15.0])
    band = fitted.prediction_band(months, level=0.9)
    t = fitted.lesions["months"].to_numpy()
    d0, k = fitted.estimates["d0"], fitted.estimates["k"]

    def slopes(at: np.ndarray) -> np.ndarray:
        return np.column_stack([np.exp(k * at), d0 * at * np.exp(k * at)])

    covariance = fitted.residual_sd**2 * np.linalg.inv(slopes(t).T @ slopes(t))
    variance = np.einsum("ij,jk,ik->i", slopes(months), covariance, slopes(months))
    quantile = student.ppf(0.95, fitted.n - 2)
    middle = d0 * np.exp(k * months)
    assert band["diameter_mm"].to_numpy() == pytest.approx(middle)
    assert band["mean_upper"].to_numpy() == pytest.approx(
        middle + quantile * np.sqrt(variance), rel=1e-4
    )
    assert band["lower"].to_numpy() == pytest.approx(
        middle - quantile * np.sqrt(variance + fitted.residual_sd**2), rel=1e-4
    )


def test_delta_interval_is_the_chain_rule_on_the_other_parameters() -> None:
    fitted = growth.fit(lesions())
    t = fitted.lesions["months"].to_numpy()
    d0, k = fitted.estimates["d0"], fitted.estimates["k"]
    slopes = np.column_stack([np.exp(k * t), d0 * t * np.exp(k * t)])
    covariance = fitted.residual_sd**2 * np.linalg.inv(slopes.T @ slopes)
    gradient = np.array([-1 / (k * d0), -log(15 / d0) / k**2])
    se = float(np.sqrt(gradient @ covariance @ gradient))
    interval = growth.interval_to(fitted, 15, resamples=0)
    assert interval.estimate == pytest.approx(log(15 / d0) / k)
    assert interval.se == pytest.approx(se, rel=1e-4)
    assert interval.delta.upper == pytest.approx(
        interval.estimate + student.ppf(0.975, fitted.n - 2) * se, rel=1e-4
    )
    assert isnan(interval.bootstrap.lower)


@pytest.mark.parametrize("model", ["exponential", "logistic", "power law"])
def test_profile_ends_raise_the_residual_sum_of_squares_to_the_f_bound(model: str) -> None:
    data = plateau() if model == "logistic" else lesions()
    fitted = growth.fit(data, model)
    interval = growth.interval_to(fitted, 15, resamples=0)
    t = fitted.lesions["months"].to_numpy()
    d = fitted.lesions["observed_mm"].to_numpy()
    curves = {
        "exponential": (lambda p, T: 15 * np.exp(p[0] * (t - T)), [0.1]),
        "logistic": (
            lambda p, T: p[0] / (1 + (p[0] / 15 - 1) * np.exp(-p[1] * (t - T))),
            [30.0, 0.4],
        ),
        "power law": (lambda p, T: 15 * (t / T) ** p[0], [0.9]),
    }
    curve, start = curves[model]
    rss = float((fitted.lesions["residual_mm"] ** 2).sum())
    df = fitted.n - len(fitted.parameters)
    for end in (interval.profile.lower, interval.profile.upper):
        best = least_squares(lambda p, end=end: curve(p, end) - d, start, xtol=1e-12)
        excess = (2 * best.cost - rss) / (rss / df)
        assert fisher.cdf(excess, 1, df) == pytest.approx(0.95, abs=5e-4), (model, end)
    assert interval.profile.lower < interval.estimate < interval.profile.upper


def test_an_end_that_nothing_rejects_is_infinite() -> None:
    rng = np.random.default_rng(1)
    flat = pd.DataFrame(
        {
            "months_since_negative_ct": rng.uniform(1, 12, 30),
            "diameter_mm": rng.normal(10, 1.5, 30),
        }
    )
    flat["diameter_mm"] += 0.02 * flat["months_since_negative_ct"]
    fitted = growth.fit(flat)
    assert fitted.estimates["k"] > 0 > fitted.parameters.loc["k", "lower"]
    interval = growth.interval_to(fitted, 15, resamples=200)
    assert interval.profile.upper == inf
    assert interval.bootstrap.upper == inf
    assert 0 < interval.profile.lower < interval.estimate
    assert growth.doubling_time(fitted, resamples=0).volume.profile.upper == inf


def test_bootstrap_repeats_with_its_seed_and_draws_patients_whole() -> None:
    fitted = growth.fit(lesions())
    one = growth.interval_to(fitted, resamples=150, seed=4)
    assert one == growth.interval_to(fitted, resamples=150, seed=4)
    assert one.bootstrap != growth.interval_to(fitted, resamples=150, seed=5).bootstrap
    twins = pd.concat([lesions(), lesions()], ignore_index=True)
    alone = growth.interval_to(growth.fit(twins), resamples=400)
    twins["twin"] = list(range(45)) * 2
    whole = growth.interval_to(growth.fit(twins), resamples=400, cluster="twin")

    def width(bounds: growth.Bounds) -> float:
        return bounds.upper - bounds.lower

    assert width(whole.bootstrap) > 1.2 * width(alone.bootstrap)
    with pytest.raises(growth.GrowthError, match="no column 'nobody'"):
        growth.interval_to(fitted, resamples=2, cluster="nobody")


def test_doubling_time_of_the_volume_is_a_third() -> None:
    fitted = growth.fit(lesions())
    times = growth.doubling_time(fitted, resamples=100)
    k = fitted.parameters.loc["k"]
    assert times.diameter.estimate == pytest.approx(log(2) / k["estimate"])
    assert times.diameter.se == pytest.approx(log(2) / k["estimate"] ** 2 * k["se"], rel=1e-5)
    assert times.volume.estimate == pytest.approx(times.diameter.estimate / 3)
    assert times.volume.table.to_numpy() * 3 == pytest.approx(times.diameter.table.to_numpy())
    with pytest.raises(growth.GrowthError, match="no constant doubling time"):
        growth.doubling_time(growth.fit(lesions(), "power law"))


@pytest.mark.parametrize("model", growth.LAWS)
def test_every_law_reads_back_the_time_at_which_it_reaches_a_diameter(model: str) -> None:
    fitted = growth.fit(plateau(), model)
    interval = growth.interval_to(fitted, 15, resamples=20)
    assert fitted.predict(interval.estimate) == pytest.approx(15)
    assert interval.delta.lower < interval.estimate < interval.delta.upper
    assert interval.failed < 20


def test_compare_ranks_laws_and_says_what_is_missing() -> None:
    table = growth.compare(plateau(), target_mm=15)
    assert table["delta_aic"].idxmin() == "logistic"
    assert table["delta_aic"].min() == 0
    assert (table["note"] == "").all()
    high = growth.compare(plateau(), target_mm=40)
    assert "never reaches 40 mm" in high.loc["logistic", "note"]
    assert isnan(high.loc["logistic", "months_to_target"])
    assert high.loc["exponential", "months_to_target"] > 20
    empty = growth.compare(lesions().iloc[:0])
    assert empty["note"].str.contains("needed, found 0").all()
    assert empty["delta_aic"].isna().all()


def test_no_plateau_is_said() -> None:
    months = np.linspace(0.5, 24, 40)
    rng = np.random.default_rng(2)
    data = pd.DataFrame(
        {
            "months_since_negative_ct": months,
            "diameter_mm": 5 * np.exp(0.1 * months + 0.004 * months**2) + 0.2 * rng.normal(size=40),
        }
    )
    with pytest.raises(growth.GrowthError, match="no plateau"):
        growth.fit(data, "logistic")


def broken(change: str) -> pd.DataFrame:
    data = lesions()
    if change == "no negative CT":
        data["months_since_negative_ct"] = np.nan
    elif change == "two lesions":
        data = data.dropna().iloc[:2]
    elif change == "one time":
        data["months_since_negative_ct"] = 3.0
    elif change == "no diameter":
        data["diameter_mm"] = 0.0
    elif change == "no column":
        data = data.drop(columns="diameter_mm")
    return data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no negative CT", "3 lesions with an earlier negative CT are needed, found 0"),
        ("two lesions", "found 2"),
        ("one time", "equally long"),
        ("no diameter", "above 0 mm"),
        ("no column", "no column 'diameter_mm'"),
    ],
)
def test_lesions_that_cannot_be_fitted_are_refused(change: str, message: str) -> None:
    with pytest.raises(growth.GrowthError, match=message):
        growth.fit(broken(change))


@pytest.mark.parametrize("diameters", [[20, 15, 11, 9], [12, 12, 12, 12]])
def test_lesions_that_do_not_grow_have_no_time_to_a_diameter(diameters: list[float]) -> None:
    data = pd.DataFrame(
        {"months_since_negative_ct": [1.0, 4, 8, 12], "diameter_mm": map(float, diameters)}
    )
    fitted = growth.fit(data)
    assert fitted.predict([1.0, 12.0])[1] <= diameters[0]
    with pytest.raises(growth.GrowthError, match="does not grow"):
        growth.interval_to(fitted, 15)
    with pytest.raises(growth.GrowthError, match="does not grow"):
        growth.doubling_time(fitted)


def test_lesions_that_are_all_alike_do_not_grow_but_by_rounding() -> None:
    rates = []
    for diameter in np.linspace(5.1, 24.7, 40):
        months = np.random.default_rng(1).uniform(1, 20, 12)
        data = pd.DataFrame({"months_since_negative_ct": months, "diameter_mm": diameter})
        fitted = growth.fit(data)
        rates.append(fitted.estimates["k"])
        assert not fitted.grows
        with pytest.raises(growth.GrowthError, match="does not grow"):
            growth.interval_to(fitted, 15)
    assert max(rates) > 0, "no rate is above zero by rounding, so nothing was tried"


def test_lesions_exactly_on_a_curve_have_a_time_without_spread() -> None:
    months = np.array([1.0, 3, 5, 8])
    data = pd.DataFrame({"months_since_negative_ct": months, "diameter_mm": 8 * 2 ** (months / 6)})
    interval = growth.interval_to(growth.fit(data), 16, resamples=20)
    assert interval.estimate == pytest.approx(6)
    assert not interval.delta.upper > 6.001
    assert interval.bootstrap.upper == pytest.approx(6)


def test_a_curve_above_the_diameter_from_the_start_gives_negative_months() -> None:
    months = np.array([1.0, 3, 5, 8])
    data = pd.DataFrame(
        {"months_since_negative_ct": months, "diameter_mm": 30 * 2 ** (months / 6) + [1, -1, 1, -1]}
    )
    assert growth.months_to_diameter(data, "months_since_negative_ct", "diameter_mm", 15) < 0


def near_zero() -> pd.DataFrame:
    """Lesions whose curve starts at about 15 mm, so that the time to it may be on either side of 0."""
    return pd.DataFrame(
        {
            "months_since_negative_ct": np.arange(6.0),
            "diameter_mm": [15.0, 17, 18, 20, 23, 25],
        }
    )


def test_a_time_near_zero_has_a_profile_on_both_sides_of_it() -> None:
    data = near_zero()
    fitted = growth.fit(data)
    interval = growth.interval_to(fitted, 15, resamples=0)
    t, d = fitted.lesions["months"].to_numpy(), fitted.lesions["observed_mm"].to_numpy()
    df, rss = fitted.n - 2, float((fitted.lesions["residual_mm"] ** 2).sum())
    assert interval.profile.lower < 0 < interval.profile.upper
    for end in (interval.profile.lower, interval.profile.upper):
        best = least_squares(lambda p, at=end: 15 * np.exp(p[0] * (t - at)) - d, [0.1], xtol=1e-12)
        excess = (2 * best.cost - rss) / (rss / df)
        assert fisher.cdf(excess, 1, df) == pytest.approx(0.95, abs=5e-4)


@pytest.mark.parametrize("model", ["exponential", "logistic", "Gompertz"])
def test_a_diameter_at_the_scan_itself_has_an_interval(model: str) -> None:
    fitted = growth.fit(plateau(), model)
    for target in fitted.predict([0.0, 0.05, 2.0]):
        profile = growth.interval_to(fitted, float(target), resamples=0).profile
        assert profile.lower < profile.upper
        assert np.isfinite([profile.lower, profile.upper]).all()


def test_lesions_exactly_on_a_curve_have_a_profile_without_width() -> None:
    months = np.array([1.0, 3, 5, 8])
    data = pd.DataFrame({"months_since_negative_ct": months, "diameter_mm": 8 * 2 ** (months / 6)})
    profile = growth.interval_to(growth.fit(data), 16, resamples=0).profile
    assert [profile.lower, profile.upper] == pytest.approx([6, 6])


@pytest.mark.parametrize("model", ["Gompertz", "logistic"])
def test_lesions_that_do_not_slow_down_show_no_plateau(model: str) -> None:
    for seed in range(4):
        with pytest.raises(growth.GrowthError, match=f"{model} growth: .* no plateau"):
            growth.fit(accelerating(seed), model)


def accelerating(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    months = np.linspace(0.5, 18, 40)
    diameter = 8 * np.exp(0.07 * months + 0.003 * months**2) + 3 * rng.normal(size=40)
    return pd.DataFrame({"months_since_negative_ct": months, "diameter_mm": diameter.clip(2)})


@pytest.mark.parametrize(
    "case", json.loads((REFERENCE / "scanning.json").read_text(encoding="utf-8"))["with_top"]
)
def test_a_given_final_diameter_against_nls(case: dict[str, Any]) -> None:
    """Rate, time, its standard error and its profile, as R's `nls` and `confint` have them."""
    rows = pd.DataFrame(
        {"diameter_mm": case["mm"], "months_since_negative_ct": case["months"]}, dtype=float
    )
    fitted = growth.fit(rows, growth.with_top(case["law"], case["top"]))
    assert list(fitted.parameters.index) == ["d0", "k"]
    assert fitted.estimates["k"] == pytest.approx(case["rate"], rel=1e-5)
    time = growth.interval_to(fitted, case["to"], resamples=0)
    assert (time.estimate, time.se) == pytest.approx((case["time"], case["se"]), rel=1e-4)
    ends = (time.profile.lower, time.profile.upper)
    assert ends == pytest.approx((case["lower"], case["upper"]), rel=2e-3)


def test_a_law_without_a_final_diameter_stays_what_it_is() -> None:
    assert growth.with_top("exponential", 60) is growth.LAWS["exponential"]
    with pytest.raises(growth.GrowthError, match="above 0 mm"):
        growth.with_top("Gompertz", 0)
