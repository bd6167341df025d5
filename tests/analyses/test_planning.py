"""What the next study needs: against R, published tables and examples, lifelines, and simulation."""

from __future__ import annotations

import hashlib
import json
from math import ceil, exp, log
from pathlib import Path

import numpy as np
import pytest
from lifelines.statistics import power_under_cph, sample_size_necessary_under_cph
from scipy.integrate import quad
from scipy.stats import norm

from helpers import planning
from helpers.planning import Enrolment, PlanError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
FROZEN = json.loads((FOLDER / "planning.json").read_text(encoding="utf-8"))
THREE_YEARS = Enrolment(36, 36)


def close(expected, relative=1e-6):
    return pytest.approx(expected, rel=relative, abs=1e-9)


def test_references_belong_to_these_scripts():
    scripts = FROZEN["provenance"]["scripts"]
    assert scripts
    for path, recorded in scripts.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed planning.json"
    assert {"Hmisc", "rpact", "maxstat", "survival"} <= set(FROZEN["provenance"]["packages"])


# ---------------------------------------------------------------- events


@pytest.mark.parametrize(
    ("ratio", "events"),
    [(0.85, 938), (0.8, 498), (0.75, 300), (0.7, 196), (0.65, 134),
     (0.6, 96), (0.55, 70), (0.5, 52), (0.45, 40), (0.4, 30)],
)  # fmt: skip
def test_a_published_table_of_events(ratio, events):
    """Phadnis, Wetmore and Mayo 2017, doi 10.1002/sim.7421, Table 3, right half: 80% power, one-sided 5%,
    equal groups, no censoring, rounded up to an even number."""
    found = planning.schoenfeld(ratio, 0.5, 0.8, 0.1)
    assert 2 * ceil(found / 2) == events


@pytest.mark.parametrize(("ratio", "patients"), [(1.25, 1264), (1.5, 384), (1.75, 204), (2, 132)])
def test_a_published_table_of_patients(ratio, patients):
    """Trials 16, doi 10.1186/s13063-015-0727-9, Table 1: 80% power, two-sided 5%, half censored; in
    multiples of four, two groups of as many whole events."""
    assert 4 * ceil(planning.schoenfeld(ratio, 0.5) / 0.5 / 4) == patients


def test_a_published_example_with_another_covariate():
    """Latouche, Porcher and Chevret 2004, doi 10.1002/sim.1915, end of section 5.2, as the documentation of
    R's powerSurvEpi quotes it: 139 patients, half of whom have the event."""
    events = planning.schoenfeld(2, 0.39, 0.8, 0.05, explained=0.132**2)
    assert ceil(events / 0.505) == 139


def test_a_covariate_that_is_explained_costs_what_it_shares():
    alone = planning.schoenfeld(2, 0.4)
    assert planning.schoenfeld(2, 0.4, explained=0.5) == close(2 * alone)


@pytest.mark.parametrize(
    ("ratio", "odds", "p_exp", "p_con"),
    [(0.7, 1, 0.25, 0.35), (3, 1.5, 0.6, 0.3), (10, 0.8, 0.9, 0.2)],
)
def test_freedman_against_lifelines(ratio, odds, p_exp, p_con):
    """Its patients, and its power for as many events as ours needs; the first is its own example, 421 each."""
    share = odds / (1 + odds)
    n_exp, n_con = sample_size_necessary_under_cph(0.8, odds, p_exp, p_con, ratio)
    control = planning.freedman(ratio, share) / (odds * p_exp + p_con) * 1.0
    assert (n_exp, n_con) == (ceil(control * odds - 1e-9), ceil(control - 1e-9))
    if odds == 1:
        assert (n_exp, n_con) == (421, 421)
    events = planning.freedman(ratio, share)
    assert power_under_cph(events * share, events * (1 - share), 1, 1, ratio) == close(0.8, 1e-3)


def test_a_ratio_and_its_inverse_need_the_same():
    assert planning.schoenfeld(4, 0.3) == close(planning.schoenfeld(1 / 4, 0.3))
    assert planning.freedman(4, 0.3) == close(planning.freedman(1 / 4, 0.7))


def test_formulas_agree_near_one_and_part_far_from_it():
    near = planning.freedman(1.05, 0.5) / planning.schoenfeld(1.05, 0.5)
    assert near == close(1, 1e-3)
    assert planning.freedman(10, 0.6) > 2 * planning.schoenfeld(10, 0.6)


def test_the_detectable_ratio_needs_the_events_that_there_are():
    for events in (10, 27, 200):
        assert planning.schoenfeld(planning.detectable(events, 0.4), 0.4) == close(events)


@pytest.mark.parametrize("case", FROZEN["rpact"])
def test_events_and_patients_against_rpact(case):
    """Both formulas, unequal groups, accrual and losses."""
    formula = {"Schoenfeld": planning.schoenfeld, "Freedman": planning.freedman}[case["type"]]
    share = case["odds"] / (1 + case["odds"])
    events = formula(case["ratio"], share, case["power"])
    assert events == close(case["events"])
    plan = Enrolment(case["accrual"], case["follow_up"], case["lost"])
    seen = planning.Hazards(case["lambda"], case["lambda"] * case["ratio"], share)
    assert events / seen.event_probability(plan) == close(case["patients"])


def test_a_published_example_of_an_interaction():
    """Schmoor, Sauerbrei and Schumacher 2000, Statistics in Medicine 19, page 448 and end of section 4, as the
    documentation of R's powerSurvEpi quotes it: 184 patients with 139 events find a ratio of ratios of 3 with
    a power of 0.8227."""
    shares = np.array([50, 21, 78, 35]) / 184
    assert ceil(planning.interaction(3, shares, 0.8227) / (139 / 184)) == 184
    assert planning.power_of(log(3), 139 * shares) == pytest.approx(0.8227, abs=0.002)


@pytest.mark.parametrize("case", FROZEN["half_width"])
def test_an_interval_to_a_factor_is_as_wide_as_cox_has_it(case):
    factor, share = exp(case["mean"]), case["members"] / case["n"]
    assert planning.within_factor(factor, share) == pytest.approx(case["n"], rel=0.02)


def test_an_interval_to_a_factor():
    events = planning.within_factor(1.5, 0.3)
    se = np.sqrt(1 / (0.3 * events) + 1 / (0.7 * events))
    assert exp(norm.isf(0.025) * se) == close(1.5)


def test_four_times_the_events_for_an_interaction():
    even = planning.cells(0.5, 0.5)
    for ratio in (1.3, 2, 4):
        assert planning.interaction(ratio, even) == close(4 * planning.schoenfeld(ratio, 0.5))
    uneven = planning.interaction(2, planning.cells(0.5, 0.9))
    assert uneven > 10 * planning.schoenfeld(2, 0.5)


@pytest.mark.parametrize("case", FROZEN["two_groups"])
def test_power_of_two_groups_against_hmisc(case):
    control, other = (_hazard(case, case["mc"] * f) for f in (1, 1 - case["r"] / 100))
    plan = Enrolment(case["accrual"], case["tmin"])
    events = [
        case["nc"] * plan.event_probability(control),
        case["ni"] * plan.event_probability(other),
    ]
    assert planning.power_of(log(other / control), events, case["alpha"]) == close(case["power"])


@pytest.mark.parametrize("case", FROZEN["four_cells"])
def test_power_of_an_interaction_against_hmisc(case):
    plan = Enrolment(case["accrual"], case["tmin"])
    rates, events = [], []
    for n, mortality, reduction in (("n1", "m1c", "r1"), ("n2", "m2c", "r2")):
        for factor in (1, 1 - case[reduction] / 100):
            rates.append(_hazard(case, case[mortality] * factor))
            events.append(case[n] / 2 * plan.event_probability(rates[-1]))
    ratio = log(rates[3] / rates[2]) - log(rates[1] / rates[0])
    assert planning.power_of(ratio, events, case["alpha"]) == close(case["power"])


def _hazard(case, mortality):
    return -log(1 - mortality) / case["tref"]


def test_planned_events_have_the_power_that_was_planned():
    events = planning.schoenfeld(2, 0.4, 0.9)
    assert planning.power_of(log(2), [0.4 * events, 0.6 * events]) == close(0.9, 1e-4)
    cells = planning.cells(0.5, 0.3)
    events = planning.interaction(2.5, cells, 0.9)
    assert planning.power_of(log(2.5), [one * events for one in cells]) == close(0.9, 1e-4)


# ---------------------------------------------------------------- patients


def test_events_seen_are_those_of_simulated_patients():
    rng = np.random.default_rng(1)
    plan = Enrolment(24, 6, lost=0.2)
    n = 400_000
    event = rng.exponential(1 / 0.03, n)
    leaves = np.minimum(6 + 24 * rng.random(n), rng.exponential(1 / plan.hazard_of_loss, n))
    assert plan.event_probability(0.03) == pytest.approx(np.mean(event <= leaves), abs=0.003)
    assert plan.followed(15) == pytest.approx(np.mean(leaves >= 15), abs=0.003)


@pytest.mark.parametrize(("accrual", "follow_up", "lost"), [(24, 6, 0.2), (0, 36, 0.1), (36, 0, 0)])
def test_events_seen_are_the_integral_over_who_is_followed(accrual, follow_up, lost):
    plan, hazard = Enrolment(accrual, follow_up, lost), 0.03
    bends = [follow_up] if 0 < follow_up < accrual + follow_up else None
    seen = quad(
        lambda t: hazard * exp(-hazard * t) * plan.followed(t), 0, accrual + follow_up, points=bends
    )[0]
    assert plan.event_probability(hazard) == close(seen)


def test_half_of_those_who_stay_alive_are_lost_by_the_median_follow_up():
    found = planning.told()
    for lost, follow_up in zip(found.lost, reversed(found.follow_up), strict=True):
        plan = Enrolment(0, 2 * follow_up, lost)
        assert plan.followed(follow_up) == close(0.5)


def test_the_hazards_give_the_survival_and_the_ratio():
    found = planning.hazards(0.5, 36, 8, 0.6)
    alive = 0.4 * exp(-36 * found.lower) + 0.6 * exp(-36 * found.higher)
    assert (alive, found.higher / found.lower) == (close(0.5), close(8))
    assert found.event_probability(Enrolment(0, 36)) == close(0.5)
    assert found.share_of_events(THREE_YEARS) > 0.6


# ---------------------------------------------------------------- a rate


@pytest.mark.parametrize("case", FROZEN["censored"])
def test_greenwood_with_censoring_against_survfit_of_a_million(case):
    plan = Enrolment(case["accrual"], case["follow_up"], case["lost"])
    assert case["estimate"] == pytest.approx(case["survival"], abs=0.002)
    found = planning.inflation(case["survival"], case["months"], plan)
    assert found == pytest.approx(case["inflation"], rel=0.005)


@pytest.mark.parametrize("case", FROZEN["exact"])
def test_exact_patients_against_binom_test(case):
    assert planning.exact_precision(case["survival"], case["points"]).patients == case["patients"]


@pytest.mark.parametrize("case", FROZEN["limits"])
def test_limits_of_a_rate_against_survfit(case):
    """So many patients have these limits, and no fewer would do."""
    survival, everybody = case["alive"] / case["n"], Enrolment(0, 36)
    far = max(survival - case["lower"], case["upper"] - survival)
    found = planning.precision(
        survival, far + 1e-9, 36, everybody, case["level"], scale=case["scale"]
    )
    assert found.patients == case["n"]
    assert (found.lower, found.upper) == (close(case["lower"]), close(case["upper"]))


@pytest.mark.parametrize("scale", ["log-log", "plain"])
@pytest.mark.parametrize("survival", [0.2, 0.5, 0.92])
def test_a_rate_is_as_precise_as_asked_and_no_patient_too_many(survival, scale):
    plan = Enrolment(0, 36, 0.15)
    found = planning.precision(survival, 0.1, 36, plan, scale=scale)
    far = max(survival - found.lower, found.upper - survival)
    assert far <= 0.1
    fewer = planning.precision(survival, far + 1e-9, 36, plan, scale=scale)
    assert fewer.patients == found.patients
    assert planning.precision(survival, far - 1e-4, 36, plan, scale=scale).patients > found.patients


def test_without_censoring_the_plain_interval_is_that_of_a_share():
    found = planning.precision(0.5, 0.1, 36, Enrolment(12, 36), scale="plain")
    assert found.inflation == close(1)
    assert found.patients == ceil((norm.isf(0.025) / 0.1) ** 2 * 0.25)


# ---------------------------------------------------------------- cut-point, schedules


def test_the_critical_value_of_a_search_gives_its_level():
    from helpers import batch

    for alpha, least in ((0.05, 0.1), (0.01, 0.25)):
        z = planning.critical_value(alpha, least)
        assert batch.p_of_a_search(z, least, 1 - least) == close(alpha)
        assert z > norm.isf(alpha / 2)
    assert 1.5 < planning.price_of_a_search() < 2.5


@pytest.mark.parametrize("case", FROZEN["of_search"]["cases"])
def test_the_critical_value_of_a_search_against_maxstat(case):
    assert planning.critical_value(case["alpha"], case["least"]) == close(case["value"], 1e-4)


def test_the_published_table_of_critical_values():
    """Lausen and Schumacher 1992, Table 2, as R's maxstat carries it."""
    columns = {"A2575": 0.25, "A46": 0.4, "A19": 0.1}
    for row in FROZEN["of_search"]["printed"]:
        for column, least in columns.items():
            found = planning.critical_value(row["alpha"], least)
            assert found == pytest.approx(row[column], abs=0.0011)


def test_a_search_with_the_price_paid_finds_its_cut():
    """Simulated: so many times the deaths give the searched test its power, or a little more."""
    from helpers import batch

    rng = np.random.default_rng(8)
    ratio, studies = 2.0, 400
    n = ceil(planning.price_of_a_search() * planning.schoenfeld(ratio, 0.5))
    value = np.linspace(0, 1, n)
    times = rng.exponential(np.where(value > 0.5, 1 / ratio, 1.0), (studies, n))
    found = batch.maximally_selected(batch.cohorts(times, np.ones_like(times)), value, 0.1, 0.9)
    exceeds = found.statistic > planning.critical_value()
    assert 0.77 < exceeds.mean() < 0.92


def test_only_who_stands_beside_the_cut_counts():
    setting = planning.Setting((0.5, 0.5), (0.5, 0.5), 36, THREE_YEARS)
    (whole, step), (part, _) = (
        planning.cut_plan(2, setting, near, near)[-2:] for near in (0.5, 0.1)
    )
    assert part.patients[0] == pytest.approx(5 * whole.patients[0], rel=0.01)
    fixed = planning.cut_plan(2, setting, 0.5, 0.5)[0]
    assert (whole.events, whole.patients) == (fixed.events, fixed.patients)
    assert step.patients[0] == pytest.approx(4 * whole.patients[0], rel=0.01)


def test_the_diameter_explains_three_quarters_of_the_side_when_spread_evenly():
    even = np.linspace(10.001, 20, 10_000)
    assert np.corrcoef(even, even > 15)[0, 1] ** 2 == pytest.approx(0.75, abs=1e-3)
    assert planning.told_by_diameter(15, 5) == pytest.approx(0.75, abs=0.15)


def test_those_beside_the_cut_differ_under_a_steady_rise_too():
    """So that test shows no step: a hazard log-linear in the diameter, with no step, is found as well."""
    from helpers import batch

    rng = np.random.default_rng(5)
    n, studies = 300, 400
    diameter = np.linspace(10.01, 20, n)
    hazard = 0.02 * np.exp(np.log(2) / 5 * (diameter - 15))
    times = rng.exponential(1 / hazard, (studies, n))
    until = 36 + 36 * rng.random((studies, n))
    cohorts = batch.cohorts(np.minimum(times, until), times <= until)
    found = np.nan_to_num(batch.log_rank(cohorts, diameter > 15).p, nan=1.0) < 0.05
    assert found.mean() > 0.8


def test_losses_are_a_range_as_well():
    none = planning.Setting((0.6, 0.6), (0.5, 0.5), 36, THREE_YEARS)
    some = planning.Setting((0.6, 0.6), (0.5, 0.5), 36, THREE_YEARS, lost=(0, 0.2))
    one, both = planning.size_plan(2, none), planning.size_plan(2, some)
    assert both.patients[0] == one.patients[0]
    assert both.patients[1] > one.patients[1]
    assert both.hardest[2].lost == 0.2


@pytest.mark.parametrize("case", FROZEN["proportions"])
def test_two_shares_against_r(case):
    found = planning.two_shares(case["p1"], case["p2"], case["power"], case["alpha"])
    assert found == close(case["each"], 1e-4)
    assert found == close(case["hmisc"], 1e-3)


def test_clusters():
    assert planning.design_effect(20, 0.05) == close(1.95)
    assert planning.design_effect(20, 0.05, 0.65) == close(1 + (1.4225 * 20 - 1) * 0.05)
    alone = planning.clustered(100, 1, 0)
    assert alone.design_effect == 1
    assert 100 < alone.clusters < 104, "Student's quantiles take a few more"
    few = planning.clustered(100, 50, 0.02)
    assert few.clusters > 100 * 1.98 / 50
    assert few.women == 2 * few.clusters * 50


@pytest.mark.parametrize("case", FROZEN["of_clusters"])
def test_the_design_effect_against_hmisc(case):
    sizes = np.array(case["sizes"])
    variation = sizes.std() / sizes.mean()
    found = planning.design_effect(sizes.mean(), case["icc"], variation)
    assert found == close(case["design_effect"])


@pytest.mark.parametrize("case", FROZEN["by_means"])
def test_clusters_against_the_test_of_their_means(case):
    """R's `power.t.test` has the non-central distribution, Student's quantiles are a bound of it."""
    found = planning.clustered(
        case["each"], case["size"], case["icc"], case["power"], case["alpha"]
    )
    assert found.clusters - ceil(case["clusters"]) in (0, 1)


def test_a_composite():
    assert planning.composite(0.1, 0.2) == close(0.28)
    assert planning.composite() == 0


# ---------------------------------------------------------------- simulation


@pytest.mark.parametrize(
    ("before", "after"), [(1.6, 1.6), (3, 3), (5, 5), (2, 1), (1, 2), (2, 1.4), (1, 4)]
)
def test_a_study_as_planned_has_the_power_that_was_planned(before, after):
    """Also where hazards are not proportional; the further from one, the more is on the safe side."""
    truth = planning.world(0.5, 36, 0.6, before, after)
    one = planning.expected_test(truth, 0.6, THREE_YEARS)
    patients = ceil(one.patients())
    found = planning.simulated_power(truth, 0.6, patients, THREE_YEARS, studies=1500)
    assert found.studies == 1500
    assert found.events == pytest.approx(one.events * patients, rel=0.03)
    assert 0.77 < found.power < 0.88
    assert found.error == close(np.sqrt(found.power * (1 - found.power) / 1500))


def test_the_expected_test_is_schoenfelds_near_one_and_lies_between_the_formulas():
    for ratio in (1.02, 2, 5, 20):
        one = planning.expected_test(planning.world(0.5, 36, 0.6, ratio), 0.6, THREE_YEARS)
        events = one.patients() * one.events
        low, high = planning.schoenfeld(ratio, 0.6), planning.freedman(ratio, 0.6)
        assert low * 0.999 < events < high * 1.001
        if ratio == 1.02:
            assert events == close(low, 0.03)


@pytest.mark.parametrize("ratio", [3, 5, 20])
def test_the_formulas_err_the_other_way_where_the_smaller_group_has_the_higher_hazard(ratio):
    one = planning.expected_test(planning.world(0.5, 36, 0.2, ratio), 0.2, THREE_YEARS)
    events = one.patients() * one.events
    assert planning.freedman(ratio, 0.2) < events < planning.schoenfeld(ratio, 0.2)


@pytest.mark.parametrize(("share", "ratio"), [(0.02, 1e6), (0.95, 1e-6), (0.3, 1e9)])
def test_a_group_that_dies_at_once_is_still_compared(share, ratio):
    """In the limit its share s falls to 0 before another dies: observed less expected is −(1 − s) log(1 − s)."""
    truth = planning.world(0.5, 36, share, ratio)
    one = planning.expected_test(truth, share, THREE_YEARS)
    dying = share if ratio > 1 else 1 - share
    assert abs(one.difference) == pytest.approx((dying - 1) * np.log1p(-dying), rel=1e-3)
    assert one.patients() > 1


def test_chances_of_an_event_are_those_in_closed_form():
    plan = Enrolment(20, 10, lost=0.1)
    truth = planning.world(0.5, 36, 0.6, 3)
    found = planning.expected_test(truth, 0.6, plan)
    both = planning.hazards(0.5, 36, 3, 0.6)
    assert found.events == close(both.event_probability(plan), 1e-4)


def test_expected_counts_are_those_of_simulated_patients():
    """Observed less expected, and its variance, of batch.log_rank in one study of many patients."""
    from helpers import batch

    n, plan = 40_000, Enrolment(24, 12, lost=0.2)
    truth = planning.world(0.5, 36, 0.6, 4, 1.5, change=15)
    rng = np.random.default_rng(3)
    group = np.arange(n) < 0.6 * n
    times = truth.times(rng.exponential(size=(1, n)), group)
    until = np.minimum(
        12 + 24 * rng.random((1, n)), rng.exponential(1 / plan.hazard_of_loss, (1, n))
    )
    test = batch.log_rank(batch.cohorts(np.minimum(times, until), times <= until), group)
    one = planning.expected_test(truth, 0.6, plan)
    assert (test.observed - test.expected)[0] / n == pytest.approx(one.difference, rel=0.03)
    assert test.variance[0] / n == pytest.approx(one.variance, rel=0.03)


@pytest.mark.parametrize("case", FROZEN["expected"])
def test_the_expected_test_against_r(case):
    """Its three integrals by quadrature to all digits, and by `survdiff` in simulated studies; the power of
    studies of a size by both. Hazards are proportional in the first case alone."""
    truth = planning.World(case["hazard"], case["before"], case["after"], case["change"])
    plan = Enrolment(case["accrual"], case["follow_up"], case["lost"])
    one = planning.expected_test(truth, case["share"], plan)
    found = (one.events, one.difference, one.variance)
    for name, value in zip(("events", "difference", "variance"), found, strict=True):
        assert value == close(case["by_quadrature"][name], 1e-5)
    np.testing.assert_array_less(
        np.abs(found - np.array(case["by_survdiff"])), 4 * np.array(case["errors"])
    )
    expected = norm.cdf(
        abs(one.difference) * np.sqrt(case["patients"] / one.variance) - norm.isf(0.025)
    )
    error = np.sqrt(case["power"] * (1 - case["power"]) / case["studies"])
    assert case["events"] / case["patients"] == pytest.approx(one.events, rel=0.01)
    assert expected == pytest.approx(case["power"], abs=3 * error + 0.03)
    ours = planning.simulated_power(truth, case["share"], case["patients"], plan)
    assert ours.power == pytest.approx(case["power"], abs=4 * np.hypot(error, ours.error))


def test_worlds_keep_the_survival_that_is_known():
    for before, after in ((4, 4), (4, 1), (1, 4), (0.5, 3)):
        truth = planning.world(0.5, 36, 0.6, before, after)
        assert truth.alive(36, 0.6) == close(0.5)
    rng = np.random.default_rng(2)
    group = np.arange(1000) < 600
    times = truth.times(rng.exponential(size=(300, 1000)), group)
    assert np.mean(times > 36) == pytest.approx(0.5, abs=0.005)


def test_the_same_seed_gives_the_same_studies():
    truth = planning.world(0.5, 36, 0.6, 3)
    one, other = (planning.simulated_power(truth, 0.6, 60, THREE_YEARS, 50) for _ in range(2))
    assert one == other


def test_an_interaction_as_planned():
    rates = np.array([0.01, 0.01, 0.03, 0.03 / 2.5])
    shares = np.full(4, 0.25)
    seen = [THREE_YEARS.event_probability(rate) for rate in rates]
    patients = 300
    expected = planning.power_of(log(2.5), [one * patients / 4 for one in seen])
    found = planning.simulated_interaction(rates, shares, patients, THREE_YEARS, studies=600)
    assert found.power == pytest.approx(expected, abs=0.07)


# ---------------------------------------------------------------- what this study tells, and refusals


def test_defaults_come_from_the_study():
    from helpers import published

    found, study = planning.told(), published.load()
    assert found.cut_mm == study["cut-point"].value
    assert found.small == close(study["os-36-small"].value / 100)
    assert found.patients == study["n-patients"].value
    assert 3 < found.a_year < 5
    for ends in (found.ratio, found.ratio_lower, found.larger, found.survival, found.lost):
        assert ends[0] < ends[1]
    below, above = planning.beside(15, 5)
    assert found.ratio[0] > found.ratio_lower[0], "size alone, as a log-rank test compares it"
    assert found.found_small_limits == close((0.65088, 0.97094), 1e-4)
    assert found.centres(204, 36) == 19
    assert 0 < below < 1
    assert 0 < above < 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: planning.schoenfeld(1, 0.5), "ratio of 1 is no difference"),
        (lambda: planning.schoenfeld(-2, 0.5), "above 0 was expected, found -2"),
        (lambda: planning.schoenfeld(float("nan"), 0.5), "above 0 was expected, found nan"),
        (lambda: planning.schoenfeld(2, 0), "share: more than 0%"),
        (lambda: planning.freedman(2, 1), "found 100%"),
        (lambda: planning.schoenfeld(2, 0.5, 0.05, 0.05), "power: more than the level of 5%"),
        (lambda: planning.schoenfeld(2, 0.5, explained=1), "explained: less than 100%"),
        (lambda: planning.within_factor(1, 0.5), "factor: more than 1"),
        (lambda: planning.detectable(0, 0.5), "events: more than 0"),
        (lambda: planning.interaction(2, (0.5, 0.5)), "four shares"),
        (lambda: planning.power_of(1, [0, 3]), "events: more than 0 in each"),
        (lambda: Enrolment(-1, 3), "accrual: at least 0 was expected, found -1"),
        (lambda: Enrolment(0, 0), "at least some time"),
        (lambda: Enrolment(1, 1, 1), "lost: more than 0%"),
        (lambda: planning.inflation(0.5, 36, Enrolment(12, 12)), "nobody is followed to 36"),
        (lambda: planning.exact_precision(0.5, 0.001), "points: at least 2 points"),
        (lambda: planning.two_shares(0.5, 0.5), "difference of 0"),
        (lambda: planning.two_shares(0.1 + 0.2, 0.3), "difference of 0"),
        (lambda: planning.schoenfeld(1 + 1e-12, 0.5), "ratio of 1 is no difference"),
        (lambda: planning.told_by_diameter(15, 0), "band: at least 0.5"),
        (lambda: planning.design_effect(0.5, 0.1), "cluster: at least 1"),
        (lambda: planning.design_effect(5, 2), "icc: 0 to 1"),
        (lambda: planning.composite(2), "composite: 0 to 1"),
        (lambda: planning.cut_plan(2, planning.Setting((0.5, 0.5), (0.5, 0.5), 36, THREE_YEARS), 0.6, 0.6),
         "together at most 100%"),
        (lambda: planning.expected_test(planning.world(0.5, 36, 0.5, 1), 0.5, THREE_YEARS).patients(),
         "groups that differ"),
        (lambda: planning.critical_value(0.05, 0.5), "least: more than 0"),
        (lambda: planning.simulated_power(planning.world(0.5, 36, 0.6, 2), 0.6, 1, THREE_YEARS),
         "some in each group"),
        (lambda: planning.simulated_interaction([1] * 4, [0.25] * 4, 2, THREE_YEARS), "four cells"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_in_a_sentence(call, says):
    with pytest.raises(PlanError) as told:
        call()
    assert says in str(told.value)
    assert "\n" not in str(told.value)
