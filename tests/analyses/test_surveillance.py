"""Scans simulated woman by woman: against closed forms, against themselves by other means, at the edges."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from math import inf, log, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest, lognorm
from selection import examples

from helpers import published, surveillance
from helpers.surveillance import detected, watching

ROOT = Path(__file__).parents[2]
FROZEN = json.loads((ROOT / "tests" / "reference" / "scanning.json").read_text(encoding="utf-8"))
PRINTED = pd.DataFrame(
    {
        "lower": [0.0, 12, 24, 36, 48],
        "upper": [12.0, 24, 36, 48, inf],
        "patients": [30, 11, 6, 5, 4],
    }
)
EVEN = pd.DataFrame({"lower": [12.0, 24], "upper": [24.0, inf], "patients": [1, 0]})
"""Any day of the second year alike."""
LONG = pd.DataFrame({"lower": [60.0, 360], "upper": [360.0, inf], "patients": [1, 0]})
"""Any day of many years alike, so that no interval begins with the first scan."""
PATH = surveillance.Path(5.0)
SHARP = surveillance.Sensitivity(5.0)
SMOOTH = surveillance.Sensitivity(5.0, 6.0, 0.9)
every = surveillance.every


def even(count=40_000, window=5.8, cells=EVEN, **how):
    return surveillance.draw_courses(count, cells, PATH, window, **{"felt_spread": 0.0} | how)


def near(estimate, truth, error, times=4):
    assert abs(estimate - truth) <= times * error + 1e-12, (estimate, truth, error)


def test_references_belong_to_these_scripts():
    scripts = FROZEN["provenance"]["scripts"]
    assert scripts
    for path, recorded in scripts.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed scanning.json"


# The simplest case has a closed form.


@pytest.mark.parametrize("case", FROZEN["steady"])
def test_the_closed_form_against_days_counted_in_r(case):
    felt = case["felt"] if case["felt"] is not None else inf
    found = surveillance.steady(case["gap"], case["window"], felt, seen=case["seen"])
    assert found.share_small == pytest.approx(case["small"], abs=3e-6)
    assert found.share_by_scan == pytest.approx(case["by_scan"], abs=3e-6)
    if case["lead"] is not None:
        assert found.lead_months == pytest.approx(case["lead"], abs=2e-5)


@pytest.mark.parametrize("case", FROZEN["even"])
def test_intervals_that_differ_against_days_counted_in_r(case):
    """The two formulas that chapter 29 has by hand, and the same by the closed form at many intervals."""
    w = case["months"] / case["window"]
    of_lesions, between_scans = w * (1 - log(w)), 2 * w - w**2
    if w < 1:
        assert of_lesions == pytest.approx(case["of_lesions"], abs=1e-5)
        assert between_scans == pytest.approx(case["between_scans"], abs=1e-5)
    gaps = (np.arange(100_000) + 0.5) / 100_000 * case["window"]
    shares = surveillance.steady(gaps, case["months"]).share_small
    assert shares.mean() == pytest.approx(case["of_lesions"], abs=1e-5)
    assert np.average(shares, weights=gaps) == pytest.approx(case["between_scans"], abs=1e-5)


@pytest.mark.parametrize("gap", [3.0, 4.0, 6.0, 12.0])
@pytest.mark.parametrize(("most", "adherence"), [(1.0, 1.0), (0.7, 1.0), (0.9, 0.8)])
def test_the_simulation_has_the_shares_of_the_closed_form(gap, most, adherence):
    women = even()
    felt_after = 5.8 * log(30 / 5) / log(3)
    found = surveillance.outcome(
        surveillance.watch(
            women, every(gap, 240), replace(SHARP, most=most), adherence=adherence, seed=7
        )
    )
    truth = surveillance.steady(gap, 5.8, felt_after, seen=most * adherence)
    near(found.share_small, truth.share_small, found.se.share_small)
    near(1 - found.share_felt, truth.share_by_scan, found.se.share_felt)
    near(found.lead_months, truth.lead_months, found.se.lead_months)


def test_the_diameter_at_finding_is_uniform_in_its_logarithm():
    seen = surveillance.watch(even(felt_mm=1e9), every(6, 240), SHARP)
    grown = 6 * log(3) / 5.8
    assert kstest(np.log(seen.diameter_mm / 5) / grown, "uniform").pvalue > 0.01


def test_paces_that_differ_have_the_mean_of_the_closed_form():
    women = even(spread=0.9, felt_mm=1e9)
    found = surveillance.outcome(surveillance.watch(women, every(6, 2000), SHARP))
    many = surveillance.lognormal_points(5.8, 0.9)
    near(found.share_small, surveillance.steady(6, many).share_small.mean(), found.se.share_small)
    truth = quad(lambda w: min(w / 6, 1) * lognorm.pdf(w, 0.9, scale=5.8), 0, 200, limit=200)[0]
    assert surveillance.steady(6, many).share_small.mean() == pytest.approx(truth, abs=2e-4)


def test_scans_that_miss_are_found_by_hand():
    """Half seen, a window of two gaps and a half: 1/2 + 1/4 + 1/8 of the half that is left."""
    truth = surveillance.steady(2.0, 5.0, seen=0.5)
    assert truth.share_small == pytest.approx(1 / 2 + 1 / 4 + 1 / 8 / 2)
    assert truth.share_by_scan == pytest.approx(1.0)
    one = surveillance.steady(6.0, 4.0, 4.0)  # of chapter 23's exercise
    assert one.share_by_scan == pytest.approx(2 / 3)
    assert one.lead_months == pytest.approx(2 / 3 * 2)


# What compiled code gives, numpy gives.


@settings(max_examples=examples(25), deadline=None)
@given(
    law=st.sampled_from(surveillance.LAWS_OF_PATHS),
    sensitivity=st.sampled_from([SHARP, SMOOTH, surveillance.Sensitivity(2.6, 6, 0.0)]),
    gap=st.sampled_from([1.0, 2.5, 6.0]),
    adherence=st.sampled_from([0.0, 0.6, 1.0]),
    seed=st.integers(0, 99),
)
def test_compiled_or_not_the_same_is_found(law, sensitivity, gap, adherence, seed):
    path = surveillance.Path(5.0, law=law)
    women = surveillance.draw_courses(500, PRINTED, path, 6.0, spread=0.9, seed=seed)
    how = {"adherence": adherence, "seed": seed}
    one = surveillance.watch(women, every(gap), sensitivity, **how)
    other = surveillance.watch(women, every(gap), sensitivity, **how, plain=True)
    for name in ("found_months", "by_scan", "scans", "clear_months"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    np.testing.assert_allclose(one.diameter_mm, other.diameter_mm, rtol=1e-12)


def test_the_same_seed_gives_the_same_and_another_another():
    women = surveillance.draw_courses(200, PRINTED, PATH, 6.0, spread=0.5, seed=3)
    again = surveillance.draw_courses(200, PRINTED, PATH, 6.0, spread=0.5, seed=3)
    np.testing.assert_array_equal(women.felt_months, again.felt_months)
    found = [surveillance.watch(women, every(6), SMOOTH, seed=s).found_months for s in (1, 1, 2)]
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_random_numbers_are_even_and_unrelated():
    women = np.arange(20_000, dtype=np.uint64)
    one, other = (watching.drawn_for(women, salt) for salt in (1, 2))
    assert kstest(one, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 0.03


# What is proved of schedules holds in every woman.


@settings(max_examples=examples(25), deadline=None)
@given(
    law=st.sampled_from(surveillance.LAWS_OF_PATHS),
    sensitivity=st.sampled_from([SHARP, SMOOTH, surveillance.Sensitivity(9.0, 2.0, 0.6)]),
    adherence=st.sampled_from([0.5, 1.0]),
    pair=st.sampled_from(
        [
            (every(3), every(6)),
            (every(6), every(12)),
            (every(4), every(12)),
            (surveillance.denser(3, 24, 6), every(6)),
            (every(3), surveillance.denser(3, 24, 6)),
        ]
    ),
)
def test_more_scans_on_the_same_dates_find_nothing_later(law, sensitivity, adherence, pair):
    women = surveillance.draw_courses(
        800, PRINTED, surveillance.Path(5.0, law=law), 5.8, spread=0.9
    )
    one, other = (
        surveillance.watch(women, scans, sensitivity, adherence=adherence) for scans in pair
    )
    assert set(pair[1]) <= set(pair[0])
    assert (one.found_months <= other.found_months).all()
    assert (one.diameter_mm <= other.diameter_mm * (1 + 1e-12)).all()
    assert (one.lead_months >= other.lead_months - 1e-9).all()


@pytest.mark.parametrize(("first", "second"), [(3, 5), (4, 6), (6, 9)])
def test_other_pairs_find_some_lesion_later(first, second):
    women = surveillance.draw_courses(5000, PRINTED, PATH, 5.8)
    one, other = (surveillance.watch(women, every(gap), SHARP) for gap in (first, second))
    assert (one.found_months > other.found_months).any()


# Edges.


def woman(visible, window=6.0, felt=inf):
    number = np.zeros(1, np.uint64)
    return surveillance.Courses(
        PATH, np.array([visible]), np.array([window]), np.array([felt]), np.array([inf]), number
    )


@pytest.mark.parametrize("plain", [True, False])
def test_a_scan_on_the_day_of_becoming_visible_sees_it(plain):
    seen = surveillance.watch(woman(6.0), [6.0, 12.0], SHARP, plain=plain)
    assert (seen.found_months, seen.scans, seen.clear_months) == (6.0, 1, 0.0)
    assert seen.diameter_mm == pytest.approx(5.0)
    late = surveillance.watch(woman(6.0 + 1e-9), [6.0, 12.0], SHARP, plain=plain)
    assert (late.found_months, late.scans, late.clear_months) == (12.0, 2, 6.0)


@pytest.mark.parametrize("plain", [True, False])
def test_a_scan_on_the_day_of_feeling_comes_first(plain):
    assert surveillance.watch(woman(2.0, felt=6.0), [6.0], SHARP, plain=plain).by_scan.all()
    felt = surveillance.watch(woman(2.0, felt=5.0), [6.0], SHARP, plain=plain)
    assert not felt.by_scan.any()
    assert (felt.found_months, felt.scans, felt.lead_months) == (5.0, 0, 0.0)
    assert felt.diameter_mm == pytest.approx(5 * 3 ** (3 / 6))


@pytest.mark.parametrize("plain", [True, False])
def test_without_scans_or_with_blind_ones_all_are_felt(plain):
    women = surveillance.draw_courses(300, PRINTED, PATH, 5.8, spread=0.9)
    for scans, sensitivity, adherence in (
        ([], SHARP, 1.0),
        (every(3), replace(SHARP, most=0.0), 1.0),
        (every(3), SHARP, 0.0),
    ):
        seen = surveillance.watch(women, scans, sensitivity, adherence=adherence, plain=plain)
        found = surveillance.outcome(seen)
        assert found.share_felt == 1
        assert found.lead_months == 0
        np.testing.assert_array_equal(seen.found_months, women.felt_months)
        assert (found.scans_with == 0) == (adherence == 0 or not len(scans))


def test_nothing_is_scanned_after_the_horizon():
    assert every(6, 60)[-1] == 60
    assert every(7, 60)[-1] == 56
    assert len(every(61, 60)) == 0
    np.testing.assert_array_equal(surveillance.denser(3, 12, 6, 24), [3, 6, 9, 12, 18, 24])
    seen = surveillance.watch(woman(61.0, felt=90.0), every(6, 60), SHARP)
    assert (seen.found_months, seen.scans) == (90.0, 10)


def test_onset_follows_the_printed_cells():
    women = surveillance.draw_courses(40_000, PRINTED, PATH, 5.8)
    by_then = [(women.visible_months <= month).mean() for month in (12, 24, 36, 48)]
    error = 4 * 0.5 / sqrt(40_000)
    np.testing.assert_allclose(by_then, np.array([30, 41, 47, 52]) / 56, atol=error)
    tail = women.visible_months[women.visible_months > 48] - 48
    assert tail.mean() == pytest.approx(surveillance.tail_months(PRINTED), rel=0.1)
    assert surveillance.tail_months(PRINTED) == pytest.approx(12 / log(9 / 4))


def test_a_lesion_may_have_its_printed_month_at_the_second_diameter():
    women = surveillance.draw_courses(5000, PRINTED, PATH, 5.8, printed_mm=15.0)
    assert 3000 < len(women) < 5000
    assert (women.visible_months >= 0).all()


@pytest.mark.parametrize("law", surveillance.LAWS_OF_PATHS)
def test_a_path_leads_from_one_diameter_to_the_other(law):
    path = surveillance.Path(4.0, 15.0, law, 90.0, 2.0)
    np.testing.assert_allclose(path.diameter([0, 1]), [4, 15])
    np.testing.assert_allclose(path.clock(path.diameter([0.2, 1.7])), [0.2, 1.7])
    step = 1e-6
    slope = np.diff(np.log(path.diameter([1 - step, 1 + step])))[0] / (2 * step)
    assert path.pace(15.0) == pytest.approx(slope, rel=1e-6)
    if law in ("Gompertz", "logistic"):
        assert path.clock(90.0) == inf
    if law == "Gompertz":  # a double exponential, as chapter 9 writes it
        k = path.constants[2]
        assert path.diameter(0.4) == pytest.approx(90 * (4 / 90) ** np.exp(-k * 0.4))


@pytest.mark.parametrize("case", FROZEN["paths"])
def test_paths_against_their_differential_equations(case):
    path = surveillance.Path(
        case["from"], case["to"], case["law"], case["top"], float(case["exponent"])
    )
    np.testing.assert_allclose(path.diameter(case["clock"]), case["diameters"], rtol=1e-8)
    np.testing.assert_allclose(path.clock(case["diameters"]), case["clock"], rtol=1e-7)
    assert path.pace(case["to"]) == pytest.approx(case["pace"], rel=1e-8)
    days = surveillance.volume_doubling_days(
        case["from"], case["months"], case["to"], law=case["law"], top_mm=case["top"],
        exponent=float(case["exponent"]),
    )  # fmt: skip
    assert float(days) == pytest.approx(case["doubling_days"], rel=1e-8)


def test_small_formulas_against_r():
    one = FROZEN["lognormal"]
    points = surveillance.lognormal_points(one["median"], one["spread"], one["count"])
    np.testing.assert_allclose(points, one["points"])
    one = FROZEN["sensitivity"]
    seen = surveillance.Sensitivity(one["half"], one["steepness"], one["most"]).at(one["mm"])
    np.testing.assert_allclose(seen, one["seen"])
    for one in FROZEN["tail"]:
        cells = pd.DataFrame(
            {
                "lower": [0.0, one["width"]],
                "upper": [one["width"], inf],
                "patients": [one["inside"], one["later"]],
            }
        )
        assert surveillance.tail_months(cells) == pytest.approx(one["mean"], rel=1e-9)


def test_the_ridge_of_the_printed_months():
    months = float(published.load()["growth-interval"].value)
    days = surveillance.volume_doubling_days([2, 10], months)
    np.testing.assert_allclose(days, [20.24, 100.6], rtol=1e-3)
    grown = np.array([2, 10]) * 2 ** (months * 365.25 / 12 / days / 3)
    np.testing.assert_allclose(grown, 15)
    for law in surveillance.LAWS_OF_PATHS[1:]:
        assert (surveillance.volume_doubling_days([2, 10], months, law=law) > days).all()


# Growth as scans show it.


@pytest.mark.parametrize("sensitivity", [SHARP, surveillance.Sensitivity(5.0, 6.0)])
def test_the_diameter_that_a_scan_finds_has_its_closed_form(sensitivity):
    """Of lesions missed once, by the integral over the day on which they became visible."""
    k, gap = 0.19, 6.0

    def chance(x):
        return sensitivity.at(np.exp(x)) * (1 - sensitivity.at(np.exp(x - k * gap)))

    points = [log(5), log(5) + k * gap]
    whole = quad(chance, -6, 9, points=points, limit=400)[0]
    for mm in (4.0, 6.0, 9.0, 14.0, 25.0):
        below = quad(chance, -6, log(mm), points=[p for p in points if p < log(mm)], limit=400)[0]
        share = surveillance.share_below(mm, gap, k, sensitivity)
        assert share == pytest.approx(below / whole, abs=1e-6)


@pytest.mark.parametrize("case", FROZEN["below"])
def test_the_diameter_that_a_scan_finds_against_r(case):
    how = surveillance.Sensitivity(case["half"], case["steepness"])
    share = surveillance.share_below(case["mm"], case["gap"], case["rate"], how)
    assert float(share) == pytest.approx(case["share"], abs=1e-8)


@pytest.mark.parametrize("case", FROZEN["of_all"])
def test_rates_that_differ_against_r(case):
    how = surveillance.Sensitivity(case["half"])
    share = detected.share_of_all(case["mm"], case["gap"], case["rate"], case["spread"], how)
    assert float(share) == pytest.approx(case["share"], abs=1e-8)


@pytest.mark.parametrize("case", FROZEN["fitted"])
def test_growth_with_detection_against_optim(case):
    """R's likelihood, by quadrature over rates, and R's optimiser find the same rate and spread."""
    fit = surveillance.fit_detected(
        case["gap"], case["size"], surveillance.Sensitivity(case["half"]), felt_mm=case["felt"]
    )
    assert fit.log_likelihood == pytest.approx(case["log_likelihood"], abs=1e-5)
    assert fit.rate == pytest.approx(case["rate"], rel=2e-3)
    assert fit.spread == pytest.approx(case["spread"], rel=5e-3)


def test_the_simulation_finds_diameters_as_the_closed_form_has_them():
    smooth = surveillance.Sensitivity(5.0, 20.0)
    women = even(60_000, cells=LONG, felt_mm=1e9)
    seen = surveillance.watch(women, every(6, 600), smooth)
    inside = (seen.found_months > 100) & (seen.found_months < 320)
    k, size = log(3) / 5.8, seen.diameter_mm[inside]
    for mm in (5.0, 7.0, 11.0):
        share = surveillance.share_below(mm, 6.0, k, smooth)
        near((size <= mm).mean(), share, 0.5 / sqrt(len(size)), times=5)


@pytest.mark.parametrize("mm", [3.0, 5.5, 9.0, 20.0, inf])
def test_the_mean_over_rates_has_a_closed_form(mm):
    closed = detected.share_of_all(mm, 6.0, 0.19, 0.7, SHARP)
    rates = surveillance.lognormal_points(0.19, 0.7, 20_000)
    assert closed == pytest.approx(surveillance.share_below(mm, 6.0, rates, SHARP).mean(), abs=1e-4)


def simulated(spread, sensitivity=SHARP, count=9000):
    women = even(count, cells=LONG, spread=spread, felt_spread=0.3, seed=5)
    seen = surveillance.watch(women, every(1, 600), sensitivity, adherence=0.2)
    gap = (seen.found_months - seen.clear_months)[seen.by_scan]
    return gap, seen.diameter_mm[seen.by_scan].round()


def test_a_line_shows_half_the_rate():
    women = even(30_000, cells=LONG, felt_mm=1e9)
    seen = surveillance.watch(women, every(1, 600), SHARP, adherence=0.2)
    gap = seen.found_months - seen.clear_months
    slope = np.polyfit(gap, np.log(seen.diameter_mm), 1)[0]
    assert slope == pytest.approx(log(3) / 5.8 / 2, rel=0.02)


@pytest.mark.parametrize("spread", [0.0, 0.9])
def test_the_rate_is_got_back_where_detection_is_modelled(spread):
    gap, size = simulated(spread)
    fit = surveillance.fit_detected(gap, size, SHARP, felt_mm=30.0, felt_spread=0.3)
    truth = float(surveillance.volume_doubling_days(5.0, 5.8))
    assert fit.volume_doubling == pytest.approx(truth, rel=0.06)
    assert fit.spread == pytest.approx(spread, abs=0.12)
    assert fit.lesions == len(gap)


def test_with_all_alike_the_largest_that_is_allowed_decides():
    """Above a threshold the likelihood falls with the rate, down to the first that explains all."""
    gap, size = np.array([4.0, 6.0, 9.0]), np.array([6.0, 13.0, 14.0])
    fit = surveillance.fit_detected(gap, size, SHARP, alike=True, rounding_mm=1e-6)
    assert fit.rate == pytest.approx(np.max(np.log(size / 5) / gap), rel=1e-3)


def test_what_is_no_schedule_or_share_is_refused():
    women = woman(2.0)
    for call in (
        lambda: every(0),
        lambda: surveillance.watch(women, [6, 3], SHARP),
        lambda: surveillance.watch(women, [3], SHARP, adherence=1.1),
        lambda: surveillance.Sensitivity(0.0),
        lambda: surveillance.Sensitivity(5.0, most=2.0),
        lambda: surveillance.Path(15.0),
        lambda: surveillance.Path(5.0, law="linear"),
        lambda: surveillance.Path(5.0, top_mm=10.0),
        lambda: surveillance.Path(5.0, exponent=0.0),
        lambda: surveillance.draw_courses(9, PRINTED, PATH, 0.0),
        lambda: surveillance.draw_courses(9, PRINTED, PATH, 6.0, shares=[1, 1]),
        lambda: surveillance.steady(0, 3),
        lambda: surveillance.fit_detected([], [], SHARP),
        lambda: surveillance.fit_detected([0.0], [5.0], SHARP),
        lambda: surveillance.outcome(surveillance.watch(women.where([False]), [3], SHARP)),
    ):
        with pytest.raises(ValueError):
            call()


# Plans.


def test_by_risk_every_woman_has_one_schedule():
    women = surveillance.draw_courses(20_000, PRINTED, PATH, 5.8, spread=0.9)
    plan = surveillance.Plan("by risk", every(3), every(12))
    parts = plan.watch(women, SHARP)
    assert sum(len(part.found_months) for part in parts) == len(women)
    near(len(parts[0].found_months) / len(women), 2 / 3, 0.5 / sqrt(len(women)))
    assert plan.planned == pytest.approx(20 / 3 + 5 * 2 / 3)


def test_scans_of_women_without_a_metastasis_count():
    plans = [surveillance.Plan("every 6", every(6))]
    row = surveillance.compare_plans(plans, surveillance.Setting(), PRINTED, 2000).iloc[0]
    few = surveillance.compare_plans(
        plans, surveillance.Setting(), PRINTED, 2000, incidence=1e-6
    ).iloc[0]
    assert few["scans_a_woman"] == pytest.approx(10, abs=1e-3)
    assert row["scans_a_small_lesion"] == pytest.approx(
        row["scans_a_woman"] / (0.1 * row["share_small"])
    )
    assert (row.filter(like="se_") >= 0).all()


def test_scans_for_a_small_lesion_have_the_error_that_many_samples_have():
    plans = [surveillance.Plan("", every(6))]
    setting = surveillance.Setting(spread=0.9)
    found = pd.concat(
        surveillance.compare_plans(plans, setting, PRINTED, 500, seed=seed) for seed in range(80)
    )
    for name in ("scans_a_woman", "scans_a_small_lesion", "share_felt"):
        assert found[name].std() == pytest.approx(found[f"se_{name}"].mean(), rel=0.35), name


def test_a_median_has_the_error_that_many_samples_have():
    medians, errors = [], []
    for seed in range(60):
        women = surveillance.draw_courses(1500, PRINTED, PATH, 5.8, spread=0.9, seed=seed)
        found = surveillance.outcome(surveillance.watch(women, every(6), SHARP, seed=seed))
        medians.append(found.median_mm)
        errors.append(found.se.median_mm)
    assert np.std(medians) == pytest.approx(np.mean(errors), rel=0.35)
