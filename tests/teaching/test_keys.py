"""Keys of quizzes and named judgements that can be computed are computed here, one function a key."""

from __future__ import annotations

from math import exp, log, sqrt

import books
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test
from scipy.integrate import quad
from scipy.stats import gamma, norm, ttest_ind, weibull_min

from helpers import (
    batch,
    estimates,
    exercises,
    forced,
    growth,
    planning,
    published,
    scorecard,
    surveillance,
    survival,
)
from helpers import cohort as cohorts
from helpers.calibration import ranks
from helpers.calibration.quantities import QUANTITIES

TIGHT = {"precision": 1e-12}
STUDY = published.load()
COHORT = cohorts.load()
RECURRENT = {12: "95.8", 24: "87.6", 36: "85.8"}
"""Local control of sixty patients by month, doi 10.1016/j.ijrobp.2011.10.035."""


def key(chapter: str, asks: str) -> str:
    """The right choice of the one question of a chapter that has these words."""
    return _choices(chapter, asks)[True]


def wrong(chapter: str, asks: str) -> str:
    """All wrong choices of a question."""
    return _choices(chapter, asks)[False]


def _choices(chapter: str, asks: str) -> dict[bool, str]:
    (question,) = [one for one in exercises.read(books.chapter(chapter)) if asks in one.asks]
    return {
        right: " ".join(one.says for one in question.choices if one.right is right)
        for right in (True, False)
    }


# When oligometastases appear


def _share_within(months: float, seen) -> float:  # type: ignore[no-untyped-def]
    """The share of times up to some months among those that a study sees with some weight."""
    prior = STUDY.tables["patients"].columns["months_to_oligometastasis"].kind
    law = weibull_min(prior.shape, scale=prior.median / np.log(2) ** (1 / prior.shape))
    found = [quad(lambda x: law.pdf(x) * seen(x), 1e-9, end)[0] for end in (months, 180)]
    return found[0] / found[1]


def test_times_seen_only_within_the_years_of_a_study_look_shorter():
    """Cancers come evenly. Both ends within the study, or, as it was, the later one alone."""
    years = 15.4 * 12
    truth = _share_within(12, lambda x: 1.0)
    both_within = _share_within(12, lambda x: max(years - x, 0))
    later_within = _share_within(12, lambda x: years)
    growing = _share_within(12, lambda x: np.exp(-0.1 * x / 12))
    assert np.isclose(truth, later_within)
    assert truth < both_within
    assert truth < growing
    assert "shorter" in key("when-oligometastases-appear", "both her cervical cancer")


# Overall survival


def test_a_median_can_be_reached_although_fewer_than_half_have_died():
    patients = COHORT.patients[COHORT.patients["site_group"] == "other sites"]
    median = survival.median_survival(patients["follow_up_months"], patients["died"])
    assert patients["died"].mean() < 0.5
    assert np.isfinite(median.estimate)
    assert np.isinf(median.upper)
    asks = ("overall-survival", 'a group "not reached"')
    assert "fewer than half" in wrong(*asks)
    assert "no upper end" in wrong(*asks)
    assert "above one half where it ends" in key(*asks)


def test_no_comparison_of_the_two_rates_can_be_significant():
    sizes = {"os-36-scf": 19, "os-36-other": 37}
    assert list(sizes.values()) == [
        STUDY["n-supraclavicular"].value, STUDY["n-lung"].value + STUDY["n-other"].value,
    ]  # fmt: skip
    rates = [
        forced.rate(STUDY[name].value, size, decimals=STUDY[name].decimals)
        for name, size in sizes.items()
    ]
    assert forced.SCALES
    assert all(forced.smallest_p(*rates, scale).p > 0.25 for scale in forced.SCALES)
    assert exercises.exercise("significant-at-three-years").right == "contradicted"


def test_a_log_rank_test_may_say_anything_of_curves_that_meet():
    """Two pairs of groups, each with the same survival at month 10, and p values far apart."""
    early, late = np.full(20, 1.0), np.full(20, 9.0)
    rest, died, lived = np.full(20, 12.0), np.ones(20), np.zeros(20)
    times = [np.r_[early, rest], np.r_[late, rest]]
    events = np.r_[died, lived]
    same = survival.compare_at(times[0], events, times[1], events, time=10)
    assert same.difference == 0
    assert _log_rank(times[0], events, times[1], events) > 0.2
    assert _log_rank(times[0], events, times[1], np.r_[died, died]) < 0.05
    assert "all deaths" in key("overall-survival", "same survival at three years")


def _log_rank(one, one_died, other, other_died) -> float:  # type: ignore[no-untyped-def]
    return float(logrank_test(one, other, one_died, other_died).p_value)


# Local control


def test_two_rates_rule_out_that_deaths_were_failures_and_nothing_else():
    """Nobody has a recurrence, and six of ten die."""
    months = np.arange(1.0, 11.0)
    died = np.r_[np.ones(6), np.zeros(4)].astype(int)
    none = np.zeros(10, dtype=int)
    censored = survival.survival_at(months, none, 9).estimate
    curves = survival.cumulative_incidence(months, np.where(died == 1, 2, 0), of=(1, 2))
    competing = 1 - survival.incidence_at(curves, 9)["estimate"].iloc[0]
    failures = survival.survival_at(months, died, 9).estimate
    assert censored == competing == 1
    assert failures < 0.5
    asks = ("local-control", "Which way of counting deaths")
    assert "failures" in key(*asks)
    assert "censored" in wrong(*asks)
    assert "competing" in wrong(*asks)


def test_a_single_recurrence_prints_the_rate_only_as_a_cumulative_incidence():
    printed = STUDY["lrf-36-other"]
    alone = [100 * (1 - 1 / a) for a in range(1, 38)]
    assert not any(printed.agrees(rate) for rate in alone)
    # One of 37 dies, 21 are censored, and one of 15 has a recurrence.
    assert printed.agrees(100 * (1 - 36 / 37 / 15))


def test_one_minus_kaplan_meier_is_larger_when_patients_die_first():
    months, cause = np.arange(1.0, 9.0), np.array([2, 2, 1, 2, 1, 2, 1, 0])
    curve = survival.cumulative_incidence(months, cause)
    incidence = survival.incidence_at(curve, 8)["estimate"].iloc[0]
    assert 1 - survival.survival_at(months, cause == 1, 8).estimate > incidence
    assert "larger" in key("local-control", "one minus Kaplan–Meier")


def test_the_cautious_number_is_that_of_those_at_risk():
    months = np.array([5, 9, 14, 20, 28, 36, 40, 41, 50.0])
    limit = survival.exact_rate_at(months, np.zeros(9), 36)
    assert limit.lower_n == 4
    assert "at risk at three years" in key("local-control", "Which number of patients")


# Tumour growth


def lesions_that_wait(n: int = 3000, doubling: float = 6.0, visible_mm: float = 5.0):
    """Months since the negative scan, months visible, and diameters of lesions that all grow alike."""
    rng = np.random.default_rng(2023)
    between = 8 * rng.weibull(1.6, n)
    visible = between * rng.uniform(size=n)
    return between, visible, visible_mm * 2 ** (visible / doubling)


def doubling_of(months, diameter_mm) -> float:
    data = pd.DataFrame({"months_since_negative_ct": months, "diameter_mm": diameter_mm})
    return growth.doubling_time(growth.fit(data), resamples=0).diameter.estimate


class TestTumourGrowth:
    def test_what_was_not_yet_visible_makes_the_doubling_time_too_long(self):
        between, visible, diameter_mm = lesions_that_wait()
        assert doubling_of(between, diameter_mm) > 8
        assert doubling_of(visible, diameter_mm) == pytest.approx(6, rel=1e-6)

    def test_more_lesions_leave_it_as_long(self):
        few, many = (doubling_of(*lesions_that_wait(n)[::2]) for n in (1000, 2000))
        assert min(few, many) > 8
        assert few == pytest.approx(many, rel=0.15)

    def test_logarithms_have_the_same_fault(self):
        between, _, diameter_mm = lesions_that_wait()
        assert np.log(2) / np.polyfit(between, np.log(diameter_mm), 1)[0] > 8

    def test_it_does_not_raise_the_start_above_what_is_visible(self):
        between, _, diameter_mm = lesions_that_wait()
        data = pd.DataFrame({"months_since_negative_ct": between, "diameter_mm": diameter_mm})
        assert growth.fit(data).estimates["d0"] < 5.2

    def test_half_of_the_lesions_lie_above_the_curve_at_the_month_of_the_cut(self):
        rng = np.random.default_rng(7)
        months = rng.uniform(1, 14, 2000)
        diameter_mm = 8 * 2 ** (months / 6.4) * np.exp(rng.normal(0, 0.28, 2000))
        data = pd.DataFrame({"months_since_negative_ct": months, "diameter_mm": diameter_mm})
        passes = growth.months_to_diameter(data, "months_since_negative_ct", "diameter_mm", 15)
        near = diameter_mm[abs(months - passes) < 0.3]
        assert 0.35 < np.mean(near > 15) < 0.65
        within = diameter_mm[months <= passes]
        assert np.mean(within <= 15) > 0.7


class TestOneMoreNumber:
    def test_a_random_number_seems_to_close_when_its_groups_are_small_and_does_not_when_adjusted(
        self,
    ):
        rng = np.random.default_rng(15)
        value = rng.normal(size=600)
        groups = pd.Series(value).groupby(rng.integers(200, size=600))
        seems, adjusted = (
            1
            - np.average(
                groups.var(ddof=ddof).dropna(), weights=groups.size()[groups.size() > ddof]
            )
            / value.var(ddof=ddof)
            for ddof in (0, 1)
        )
        assert seems > 0.2
        assert abs(adjusted) < 0.1


class TestIsTheEnsembleRight:
    def test_one_truth_in_five_lies_outside_nine_members(self):
        assert ranks.outside_when(9) == pytest.approx(1 / 5, abs=1e-6)

    def test_quantities_that_hang_together_are_worth_fewer_comparisons_than_there_are(self):
        truths, members = 20, 39
        one = np.random.default_rng(16).normal(size=truths * (members + 1))
        cohorts = pd.DataFrame({name: one for name in QUANTITIES})
        cohorts["replicate"] = np.repeat(np.arange(truths), members + 1)
        cohorts["member"] = np.tile(np.arange(members + 1), truths)
        tests, _ = ranks.exchanged(ranks.ranks(cohorts, ["replicate"]), ["replicate"])
        outside = tests.set_index("statistic").loc["outside"]
        assert outside["comparisons"] == truths * len(QUANTITIES)
        assert outside["worth"] < 1.5 * truths


class TestSixAbstracts:
    def test_no_smaller_group_prints_what_as_many_rows_as_nodes_print(self):
        fits = [n for n in range(1, 30) if forced.bounds("96.6", n).fits]
        assert fits == [29]
        assert "no Kaplan–Meier estimate of 22" in key("six-abstracts", "29 treated nodes")
        assert exercises.exercise("not-to-be-trusted").right == "unsupported"

    def test_rates_that_can_be_two_by_two_have_to_be_asked_together(self):
        three = [forced.TimedRate(m, forced.percentage(r)) for m, r in RECURRENT.items()]
        for left_out in three:
            two = tuple(rate for rate in three if rate is not left_out)
            assert forced.Together(two).history(60) is not None
        assert [forced.Together(tuple(three)).history(n) is None for n in (60, 61, 71)] == [
            True, True, False,
        ]  # fmt: skip
        asks = ("six-abstracts", "each two of them")
        assert "all three together" in key(*asks)
        assert "any larger group" in wrong(*asks)

    def test_losses_make_a_standard_error_larger_than_that_of_a_share(self):
        """Ten patients: two die at once, or after five were lost; one, with half as many at risk."""
        share = float(forced.greenwood([10, 9]))
        lost = float(forced.greenwood([5]))
        assert 0.8 * sqrt(share) == pytest.approx(sqrt(0.8 * 0.2 / 10))
        assert 0.8 * sqrt(lost) > sqrt(0.8 * 0.2 / 10)
        assert "lost before" in key("six-abstracts", "standard error")

    def test_a_censored_rate_and_a_later_lower_share_can_both_be_right(self):
        then = forced.bounds("17.5", 39).deaths
        (later,) = forced.bounds("12.8", 39, complete=True).deaths
        assert max(then) < later
        assert "Neither" in key("six-abstracts", "17.5% with censoring")

    def test_the_numbers_of_its_exercises(self):
        """Each by a way that shares nothing with `forced.bounds`: one event, or shares."""
        one = [a for a in range(1, 69) if f"{100 * (a - 1) / a:.1f}" == "98.5"]
        assert exercises.exercise("at-risk-at-the-failure").right == min(one)
        events = {
            rate: [k for k in range(19) if f"{100 * (18 - k) / 18:.0f}" == rate]
            for rate in ("94", "89", "39")
        }
        (local,), (died,), (either,) = events.values()
        assert exercises.exercise("elsewhere-at-least").right == either - local - died


class TestNewProgression:
    def test_equal_rates_in_a_small_trial_neither_show_prevention_nor_exclude_it(self):
        """30 and 20 of a hundred, deaths without one 15 and 60, by two years."""
        lived = [100 * (1 - exp(-2 * (0.2 + deaths))) / (0.2 + deaths) for deaths in (0.1, 0.6)]
        shares = [metastases / 100 for metastases in (30, 20)]
        assert [0.2 * years / 100 for years in lived] == pytest.approx(shares, abs=0.005)
        ratio = (20 / lived[1]) / (30 / lived[0])
        margin = exp(norm.isf(0.025) * sqrt(1 / 30 + 1 / 20))
        assert ratio / margin < 0.6 < 1 < ratio * margin
        assert exercises.exercise("fewer-metastases").right == "unsupported"

    def test_the_same_free_survival_comes_from_progressions_or_from_deaths(self):
        months = np.arange(1.0, 9)
        rates = [
            survival.survival_at(months, np.isin(codes, [1, 2]).astype(int), 6).estimate
            for codes in ([1, 0, 1, 1, 0, 1, 0, 0], [2, 0, 2, 2, 0, 2, 0, 0])
        ]
        assert rates[0] == rates[1]

    def test_it_is_what_the_incidences_leave(self):
        patients = cohorts.load().patients
        first = np.select([patients["progressed"] == 1, patients["died"] == 1], [1, 2], 0)
        months = patients["progression_time_months"]
        both = survival.incidence_at(survival.cumulative_incidence(months, first), 12)["estimate"]
        free = survival.survival_at(months, (first > 0).astype(int), 12).estimate
        assert 1 - both.sum() == pytest.approx(free)

    def test_one_minus_kaplan_meier_is_larger_once_somebody_has_died(self):
        months, first = np.array([2.0, 4, 6, 8]), np.array([1, 2, 1, 0])
        incidence = survival.incidence_at(
            survival.cumulative_incidence(months, first, of=[1]), [3, 7]
        )
        alone = [1 - survival.survival_at(months, first == 1, at).estimate for at in (3, 7)]
        assert alone[0] == pytest.approx(incidence["estimate"][0])
        assert alone[1] > incidence["estimate"][1] + 0.1


class TestPrognosticFactors:
    def test_the_ratio_of_site_needs_more_deaths_than_there_are_patients(self):
        study = published.load()
        n, share = study["n-patients"].value, study["n-supraclavicular"].value
        rates = [study[name].value / 100 for name in ("os-36-scf", "os-36-other")]
        ratio, share = log(rates[0]) / log(rates[1]), share / n
        z = norm.isf(0.045 / 2)  # the largest p value that is given as 0.04
        assert (z / log(ratio)) ** 2 / (share * (1 - share)) > 1.5 * n
        assert exp(z / sqrt(n * share * (1 - share))) > ratio + 0.2

    def test_months_doubled_change_no_coefficient_but_the_survival_of_a_patient(self):
        """The partial likelihood knows the order; without the baseline a ratio gives no survival."""
        patients = cohorts.load().patients
        data = patients[["follow_up_months", "died"]].assign(
            large=(patients["max_diameter_mm"] > 15).astype(float)
        )
        slower = data.assign(follow_up_months=2 * data["follow_up_months"])
        fits = [
            CoxPHFitter().fit(rows, "follow_up_months", "died", fit_options=TIGHT)
            for rows in (data, slower)
        ]
        assert fits[0].params_["large"] == pytest.approx(fits[1].params_["large"])
        at_36 = [
            fit.predict_survival_function(pd.DataFrame({"large": [1.0]}), times=[36]).iloc[0, 0]
            for fit in fits
        ]
        assert at_36[1] - at_36[0] > 0.2

    def test_where_all_who_died_had_large_tumours_the_likelihood_only_grows(self):
        large, died = np.array([1, 0, 1, 1, 0]), np.array([1, 0, 1, 0, 0])
        chances = []
        for ratio in 10.0 ** np.arange(6):
            tickets = ratio**large
            chances.append(np.prod((tickets / tickets[::-1].cumsum()[::-1])[died == 1]))
        assert (np.diff(chances) > 0).all()

    def test_the_difference_between_the_sites_is_open(self):
        """Significant outside of the neck and not in it, and the ratio of the two may be one."""
        cohort = cohorts.load()
        patients = cohort.patients
        data = patients[["follow_up_months", "died"]].assign(
            size=(patients["max_diameter_mm"] > 15).astype(float),
            site=(patients["site_group"] == "supraclavicular").astype(float),
        )
        data["product"] = data["size"] * data["site"]

        def row(rows, *terms):
            columns = [*terms, "follow_up_months", "died"]
            return (
                CoxPHFitter().fit(rows[columns], "follow_up_months", "died").summary.loc[terms[-1]]
            )

        assert row(data[data["site"] == 0], "size")["p"] < 0.05
        assert row(data[data["site"] == 1], "size")["p"] > 0.05
        between = row(data, "size", "site", "product")
        assert between["exp(coef) lower 95%"] < 1 / 30
        assert between["exp(coef) upper 95%"] > 5
        assert exercises.exercise("subgroup-claim").right == "unsupported"

    def test_the_cut_fits_better_than_the_logarithm_here(self):
        patients = cohorts.load().patients
        mm = patients["max_diameter_mm"]
        heights = [
            CoxPHFitter()
            .fit(
                patients[["follow_up_months", "died"]].assign(x=x),
                "follow_up_months",
                "died",
            )
            .log_likelihood_
            for x in ((mm > 15).astype(float), np.log2(mm))
        ]
        assert heights[0] > heights[1] + 2

    def test_only_the_model_of_size_has_an_interval_clear_of_one(self):
        summary = estimates.cox(cohorts.load(), "multivariable").summary
        clear = (summary["exp(coef) lower 95%"] > 1) | (summary["exp(coef) upper 95%"] < 1)
        assert list(summary.index[clear]) == ["size"]


TIMES = ["follow_up_months", "died"]


def followed(seed: int, n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Months and deaths of invented patients, some of whom leave alive before three years."""
    rng = np.random.default_rng(seed)
    death, leaving = rng.exponential(30, n), rng.uniform(6, 80, n)
    return np.minimum(death, leaving), (death <= leaving).astype(int)


def rate(months: np.ndarray, died: np.ndarray) -> float:
    return survival.survival_at(months, died, 36).estimate


class TestTheStudy:
    def test_without_censoring_a_rate_is_a_share_also_where_deaths_share_a_month(self):
        months = np.array([3, 3, 7, 12, 12, 12, 40, 50, 60, 70])
        assert rate(months, np.ones(10, int)) == pytest.approx(0.4)

    def test_who_leaves_alive_makes_it_no_share(self):
        months, died = followed(1)
        shares = np.arange(31) / 30
        assert min(abs(shares - rate(months, died))) > 0.001

    def test_years_in_which_nobody_can_die_raise_the_rate(self):
        months, died = followed(2)
        before = np.random.default_rng(2).exponential(12, len(months))
        assert rate(months + before, died) > rate(months, died)

    @pytest.mark.parametrize("seed", range(20))
    def test_censoring_only_makes_a_standard_error_larger_and_a_p_value_too(self, seed):
        months, died = followed(seed)
        found = survival.survival_at(months, died, 36, interval="plain")
        se = (found.upper - found.lower) / 2 / norm.ppf(0.975)
        assert se >= np.sqrt(found.estimate * (1 - found.estimate) / len(months)) - 1e-12

    def test_a_percentage_without_its_count_is_always_possible_from_a_thousand_patients_on(self):
        entry = STUDY["within-1y-pct"]
        can_be = [len({entry.format(100 * k / n) for k in range(n + 1)}) for n in (300, 1000, 2000)]
        assert can_be[0] < 1001
        assert can_be[1:] == [1001, 1001]

    def test_the_invented_rates_are_shares_and_their_plain_interval_just_misses_zero(self):
        rates, sizes = np.array([0.5, 0.8]), np.array([20, 20])
        assert np.allclose(rates * sizes, np.round(rates * sizes))
        lower = 0.3 - 1.96 * np.sqrt((rates * (1 - rates) / sizes).sum())
        assert 0 < lower < 0.03
        right = exercises.exercise("narrowest-interval").right
        assert right == pytest.approx(100 * lower, abs=0.01)


class TestFromAnAbstractToACohort:
    def test_other_months_in_the_same_order_leave_the_rate_as_it_is(self):
        months, died = followed(3)
        later = np.where(months <= 36, 36 * (months / 36) ** 3, months + 5)
        assert rate(later, died) == pytest.approx(rate(months, died))

    def test_what_is_printed_does_not_fix_the_hazard_ratio_of_size(self):
        ratio = published.load().requirements["hazard-ratio-size"].estimand
        folders = ("cohort", "alternatives/1", "alternatives/2")
        ratios = [
            estimates.estimate(cohorts.load(published.DATA / folder), ratio) for folder in folders
        ]
        assert max(ratios) > 1.5 * min(ratios)


class TestTheCohort:
    @pytest.mark.parametrize(("levels", "share"), [(2, 0.72), (3, 0.94), (4, 0.98)])
    def test_a_distance_over_more_levels_passes_a_tenth_more_often_by_chance(self, levels, share):
        """Two groups of 19 and 37 with equal chances of each level, 2,000 times."""
        rng = np.random.default_rng(levels)
        one, two = (rng.multinomial(n, [1 / levels] * levels, 2000) / n for n in (19, 37))
        beyond = []
        for p, q in zip(one[:, 1:], two[:, 1:], strict=True):
            spread = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
            beyond.append((p - q) @ np.linalg.pinv(spread) @ (p - q) > 0.01)
        assert np.mean(beyond) == pytest.approx(share, abs=0.05)

    def test_ten_of_each_age_make_the_p_value_more_than_a_thousand_times_smaller(self):
        one, two = np.array([44, 50, 52, 58]), np.array([47, 55, 57, 65])
        few, many = (ttest_ind(np.tile(one, n), np.tile(two, n)).pvalue for n in (1, 10))
        assert few > 1000 * many

    def test_the_largest_of_three_is_larger_where_all_lesions_are_alike(self):
        drawn = np.random.default_rng(4).lognormal(2.7, 0.5, (20_000, 3))
        assert drawn.max(axis=1).mean() > 1.2 * drawn[:, 0].mean()

    def test_ten_times_the_patients_leave_the_standardised_difference_and_shrink_p(self):
        rng = np.random.default_rng(5)
        one, two = rng.normal(50, 10, 20), rng.normal(54, 10, 20)
        tenfold = np.tile(one, 10), np.tile(two, 10)

        def standardised(a, b):
            return (b.mean() - a.mean()) / np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)

        assert standardised(*tenfold) == pytest.approx(standardised(one, two), rel=0.03)
        assert ttest_ind(*tenfold).pvalue < ttest_ind(one, two).pvalue / 5

    def test_a_deadlier_disease_shortens_the_simple_median_and_not_the_reverse_one(self):
        rng = np.random.default_rng(6)
        death, leaving = rng.exponential(40, 20_000), rng.uniform(0, 60, 20_000)
        simple, reverse = [], []
        for dies in (death, death / 2):
            months, died = np.minimum(dies, leaving), (dies <= leaving).astype(int)
            simple.append(np.median(months))
            reverse.append(survival.follow_up_median(months, died).estimate)
        assert simple[1] < 0.8 * simple[0]
        assert reverse[1] == pytest.approx(reverse[0], rel=0.03)

    def test_a_death_leaves_the_curve_of_follow_up_where_it_is(self):
        before = survival.follow_up_median([5, 10, 20, 30], [0, 0, 0, 0]).estimate
        after = survival.follow_up_median([2, 5, 10, 20, 30], [1, 0, 0, 0, 0]).estimate
        assert after == before


class TestScorecard:
    def test_those_who_move_the_rate_most_are_those_still_followed_at_three_years(self):
        large = COHORT.patients[COHORT.patients["size_group"] == STUDY.groups["large"].label]
        shifts = {
            one: abs(rate(*rest.to_numpy().T) - rate(*large[TIMES].to_numpy().T))
            for one in large.index
            for rest in [large.drop(index=one)[TIMES]]
        }
        most = {one for one, shift in shifts.items() if shift > max(shifts.values()) - 1e-9}
        assert most == set(large.index[large["follow_up_months"] >= 36])

    def test_what_rounds_to_the_printed_digits_agrees_and_what_is_near_does_not(self):
        entry = published.load()["os-36-scf"]
        assert entry.agrees(entry.value + 0.04)
        assert not entry.agrees(entry.value * 1.005)

    def test_a_count_and_its_percentage_are_one_fact(self):
        study = published.load()
        whole = study["n-patients"].value
        texts = [study["within-1y-pct"].format(100 * k / whole) for k in range(whole + 1)]
        assert len(set(texts)) == whole + 1

    def test_every_comparable_row_agrees_so_the_numbers_are_possible_together(self):
        rows = scorecard.rows(cohorts.load(published.DATA / "cohort"))
        assert {row.agrees for row in rows} == {True, None}


# A diameter without a limit, judging a prediction, missing values


def test_a_cut_at_the_median_keeps_two_thirds_of_the_information():
    """The squared correlation of a normal covariate with the side of its median."""
    covariance, _ = quad(lambda x: x * norm.pdf(x), 0, 9)
    kept = covariance**2 / 0.25
    assert kept == pytest.approx(2 / np.pi, abs=1e-9)
    assert key("a-diameter-without-a-limit", "above and below the median") == "Two thirds of it."
    assert abs(kept - 2 / 3) < min(abs(kept - 1), abs(kept - 1 / 2))


def test_a_searched_step_mostly_has_the_smaller_aic_where_the_hazard_rises_steadily():
    """Both models have one coefficient, so that the larger likelihood has the smaller AIC."""
    rng = np.random.default_rng(15)
    size_mm = rng.normal(20, 6, (200, 56))
    death = rng.exponential(36 / np.exp(0.05 * (size_mm - 20)))
    leaves = rng.uniform(6, 84, death.shape)
    sample = batch.cohorts(np.minimum(death, leaves), death <= leaves)
    larger = size_mm > batch.maximally_selected(sample, size_mm).cut[:, None]
    step = batch.cox(sample, larger[..., None].astype(float)).lr_chi2
    assert np.mean(step > batch.cox(sample, size_mm[..., None]).lr_chi2) > 0.8
    assert exercises.exercise("step-or-line").right == "unsupported"


def test_half_of_all_log_hazards_keeps_the_order_and_nothing_else():
    patients = COHORT.patients
    everybody = batch.cohorts(patients["follow_up_months"], patients["died"])
    risk = np.log2(patients["max_diameter_mm"].to_numpy(float))
    risk = batch.cox(everybody, risk[:, None]).coef[0, 0] * (risk - risk.mean())
    whole, half = (
        (
            batch.concordance(everybody, r).index[0],
            batch.brier(everybody, np.exp(-batch.baseline(everybody, r, 36) * np.exp(r)), 36).score[
                0
            ],
            batch.cox(everybody, r[:, None]).coef[0, 0],
        )
        for r in (risk, risk / 2)
    )
    assert half[0] == whole[0]
    assert half[1] != pytest.approx(whole[1], abs=1e-3)
    assert half[2] == pytest.approx(2 * whole[2])
    assert whole[2] == pytest.approx(1)  # on its own patients always
    assert key("judging-a-prediction", "are halved") == "The C-index."
    assert "always one" in key("judging-a-prediction", "calibration slope of one")
    assert exercises.exercise("order-or-chance").right == "unsupported"


def test_gaps_that_follow_the_outcome_bias_what_does_not_know_it():
    """Means draw the ratio towards one, and their interval covers no less than it is wide."""
    rng = np.random.default_rng(21)
    x = rng.normal(0, 1, (400, 200))
    death, leaves = rng.exponential(36 / np.exp(0.8 * x)), rng.uniform(6, 84, x.shape)
    died, time = death <= leaves, np.minimum(death, leaves)
    early = died & (time < np.median(time, axis=1, keepdims=True))
    lost = rng.random(x.shape) < np.where(early, 0.6, 0.2)
    means = np.nanmean(np.where(lost, np.nan, x), axis=1, keepdims=True)
    sample = batch.cohorts(time, died)
    filled = batch.cox(sample, np.where(lost, means, x)[..., None])
    complete = batch.cox(sample.subset(~lost), x[..., None])
    assert filled.coef.mean() < 0.7 < 0.8 < 0.84 < complete.coef.mean()
    assert filled.se.mean() > filled.coef.std()
    assert key("missing-values", "filled with the mean") == "It is drawn towards one."
    assert "nothing to do with the outcome" in key("missing-values", "of the complete cases right")
    assert "missing at random" in wrong("missing-values", "of the complete cases right")
    assert exercises.exercise("gaps-at-random").right == "unsupported"


def test_guesses_that_do_not_know_the_outcome_dilute_it():
    """A linear model, half of the covariate guessed: from itself alone, or from the outcome too."""
    rng = np.random.default_rng(22)
    x = rng.normal(0, 1, 40_000)
    y = x + rng.normal(0, 1, x.size)
    lost = rng.random(x.size) < 0.5
    alone = np.where(lost, rng.normal(0, 1, x.size), x)
    informed = np.where(lost, y / 2 + rng.normal(0, sqrt(1 / 2), x.size), x)
    slope = [np.cov(guess, y)[0, 1] / np.var(guess) for guess in (alone, informed)]
    assert slope == pytest.approx([0.5, 1.0], abs=0.03)
    assert "towards one" in key("missing-values", "belong in the model that guesses")


# When hazards are not proportional, and the two chapters after it


def test_a_late_weight_finds_a_late_difference_best():
    rng = np.random.default_rng(1)
    exposure = rng.exponential(size=(400, 56))
    mine = np.arange(56) < 19
    before, after = np.where(mine, 0.015, 0.02), np.where(mine, 0.07, 0.02)
    early = exposure / before
    months = np.where(early < 18, early, 18 + (exposure - before * 18) / after)
    seen = rng.uniform(6, 60, months.shape)
    many = batch.weighted_log_rank(
        batch.cohorts(np.minimum(months, seen), months <= seen), mine, survival.FAMILY
    )
    log_rank, late, early_weight, _ = (many.p < 0.05).mean(axis=0)
    assert late > log_rank > early_weight
    assert "late weight" in key("when-hazards-are-not-proportional", "only after a year")


def test_a_small_p_value_before_and_a_large_one_after_show_no_change():
    ratio, lower, upper = np.log([[2.4, 1.3], [1.2, 0.6], [4.8, 2.8]])
    errors = (upper - lower) / (2 * norm.ppf(0.975))
    assert ratio[0] / errors[0] > 1.96 > ratio[1] / errors[1]
    assert abs(ratio[0] - ratio[1]) / sqrt((errors**2).sum()) < 1.96
    assert exercises.exercise("nph-gone").right == "unsupported"


def _among_survivors(hazard: float, variance: float = 1.0, ratio: float = 0.5) -> float:
    """The hazard ratio among survivors, by integrating over a gamma frailty."""
    law = gamma(1 / variance, scale=variance)

    def mean_frailty(total: float) -> float:
        above, below = (
            quad(lambda z, k=k: z**k * exp(-z * total) * law.pdf(z), 0, np.inf)[0] for k in (1, 0)
        )
        return above / below

    return ratio * mean_frailty(ratio * hazard) / mean_frailty(hazard)


def test_selection_alone_makes_a_halved_hazard_look_like_an_effect_that_fades():
    assert _among_survivors(1e-9) == pytest.approx(0.5, abs=1e-6)
    assert _among_survivors(exercises.exercise("one-drift").right) == pytest.approx(0.75, abs=1e-6)
    assert exercises.exercise("one-wears-off").right == "unsupported"
    assert "selection" in key("what-one-ratio-estimates", "one half in the first year")


def test_the_ratio_among_those_left_of_a_half_that_is_cured():
    month = log(4)  # a quarter of the untreated who can die are alive, half of the treated
    hazards = [rate * exp(-rate * month) / (1 + exp(-rate * month)) for rate in (0.5, 1.0)]
    right = exercises.exercise("one-survivors").right
    assert hazards[0] / hazards[1] == pytest.approx(right)


def test_longer_follow_up_averages_a_changing_ratio_differently():
    rng = np.random.default_rng(2)
    mine = np.arange(2000) % 2
    exposure = rng.exponential(size=2000)
    before = np.where(mine == 1, 0.045, 0.012)
    early = exposure / before
    months = np.where(early < 18, early, 18 + (exposure - before * 18) / 0.03)
    short, long = (
        CoxPHFitter()
        .fit(
            pd.DataFrame({"months": np.minimum(months, end), "died": months <= end, "mine": mine}),
            "months",
            "died",
        )
        .hazard_ratios_["mine"]
        for end in (18, 90)
    )
    assert short > 1.3 * long
    assert "averages" in key("what-one-ratio-estimates", "longer follow-up a ratio nearer")


# Lesions of one patient


def test_rows_of_one_patient_make_p_values_between_patients_too_small():
    rng = np.random.default_rng(3)
    owner = np.repeat(np.arange(40), 3)
    frailty = rng.gamma(0.5, 2, (400, 40))[:, owner]
    months = rng.exponential(40 / frailty)
    found = batch.weighted_log_rank(
        batch.cohorts(np.minimum(months, 36), months <= 36), owner % 2 == 0, survival.FAMILY
    )
    assert (found.p[:, 0] < 0.05).mean() > 0.1
    assert exercises.exercise("rows-or-patients").right == "too-small"
    assert "too narrow" in key("lesions-of-one-patient", "rows taken as independent")


def test_a_rate_by_patient_lies_below_the_rate_by_lesion():
    rng = np.random.default_rng(4)
    alone = (rng.random((20_000, 3)) < 0.9).all(axis=1).mean()
    alike = (rng.random(20_000) < 0.9).mean()
    assert alone < 0.75 < alike < 0.92
    assert "at most nine in ten" in key("lesions-of-one-patient", "Nine in ten")


# How often to scan

_SHARP = surveillance.Sensitivity(5.0)
_CELLS = pd.DataFrame({"lower": [0.0, 48.0], "upper": [48.0, np.inf], "patients": [52, 4]})


def _women(cells=_CELLS, **how):  # type: ignore[no-untyped-def]
    return surveillance.draw_courses(20_000, cells, surveillance.Path(5.0), 5.8, **how)


def test_a_printed_time_leaves_a_doubling_time_to_each_beginning():
    days = surveillance.volume_doubling_days([2.0, 5.0, 10.0], 5.8)
    assert (np.diff(days) > 10).all()
    assert "A pair for each beginning" in key("how-often-to-scan", "What does this fix?")


def test_a_line_over_intervals_has_half_the_slope():
    evenly = pd.DataFrame({"lower": [60.0, 360], "upper": [360.0, np.inf], "patients": [1, 0]})
    women = _women(cells=evenly, felt_mm=1e9)
    seen = surveillance.watch(women, surveillance.every(1, 600), _SHARP, adherence=0.2)
    slope = np.polyfit(seen.found_months - seen.clear_months, np.log(seen.diameter_mm), 1)[0]
    assert slope / (log(3) / 5.8) == pytest.approx(0.5, abs=0.02)
    assert "Half the rate" in key("how-often-to-scan", "has which slope")
    assert exercises.exercise("doubling-behind-a-line").right == pytest.approx(
        30.4 * log(2) / (2 * 0.06) / 3
    )


def test_more_scans_on_the_same_dates_find_no_lesion_later():
    women = _women(spread=0.9)
    at = {gap: surveillance.watch(women, surveillance.every(gap), _SHARP) for gap in (3, 4, 6, 12)}
    assert (at[3].found_months <= at[6].found_months).all()
    assert "in every woman" in key("how-often-to-scan", "Whose lesions are found no later")
    assert (at[4].found_months <= at[12].found_months).all()
    assert (at[4].found_months > at[6].found_months).any()
    assert exercises.exercise("proved-ordering").right == "4-and-12"


def test_small_lesions_live_longer_where_nothing_helps_and_no_scan_sets_the_clock():
    women = _women(spread=0.9)
    seen = surveillance.watch(women, surveillance.every(6), _SHARP)
    lived = women.fatal_months - women.visible_months
    small = seen.diameter_mm <= 15
    assert np.median(lived[small]) > 1.5 * np.median(lived[~small])
    alike = _women()
    assert np.ptp(alike.fatal_months - alike.visible_months) < 1e-9
    assert "grow more slowly" in key("how-often-to-scan", "without any effect")
    assert exercises.exercise("small-and-alive").right == "unsupported"


# The cut-point, small samples


def test_a_steady_rise_gives_a_small_corrected_p_value_too():
    rng = np.random.default_rng(17)
    size_mm = rng.normal(20, 6, (200, 200))
    death, leaves = rng.exponential(36 / np.exp(0.05 * size_mm)), rng.uniform(6, 84, size_mm.shape)
    sample = batch.cohorts(np.minimum(death, leaves), death <= leaves)
    found = batch.maximally_selected(sample, size_mm)
    assert np.mean(found.p_1994 < 0.05) > 0.5
    assert np.ptp(found.cut) > 10  # so that other studies find another
    assert "goes with survival" in key("the-cut-point", "What has been shown")
    assert "same cut-point" in wrong("the-cut-point", "What has been shown")


def _studies(hazards: np.ndarray, deaths: int, rng: np.random.Generator) -> batch.Batch:
    """Studies, a row each, that end with a number of deaths."""
    months = rng.exponential(1 / hazards)
    end = np.sort(months, axis=1)[:, [deaths - 1]]
    return batch.cohorts(np.minimum(months, end), months <= end)


def test_few_deaths_take_ratios_away_from_one_or_leave_none():
    rng = np.random.default_rng(18)
    z = (rng.random((400, 56, 6)) < [0.4, 0.4, 0.4, 0.4, 0.2, 0.1]).astype(float)
    fit = batch.cox(_studies(np.exp(log(2) * z[..., :2].sum(axis=2)), 13, rng), z)
    assert (fit.status == batch.Status.INFINITE).any()
    assert fit.coef[fit.status == batch.Status.CONVERGED, 0].mean() > 1.1 * log(2)
    right = key("small-samples", "a dozen deaths")
    assert "too far from one" in right
    assert "none that is finite" in right


def test_significant_ratios_are_too_large_where_power_is_low():
    rng = np.random.default_rng(19)
    group = np.arange(56) < 28
    many = _studies(np.tile(np.where(group, 1.5, 1.0), (1000, 1)), 26, rng)
    found = np.exp(batch.cox(many, group[:, None].astype(float)).coef[:, 0])
    significant = batch.log_rank(many, group).p < 0.05
    assert significant.mean() < 0.4
    assert np.median(found) == pytest.approx(1.5, rel=0.1)
    assert np.mean(found[significant & (found > 1)] > 1.5) > 0.95
    assert "nearer to one" in key("small-samples", "best guess of the true one")
    assert exercises.exercise("planned-from-a-winner").right == "too-small"


# What the next study needs


def test_deaths_and_not_patients_make_the_power():
    full, half = (planning.power_of(log(2), [one, one]) for one in (33, 16.5))
    assert 0.79 < full < 0.82
    assert half > full / 2 + 0.05
    assert abs(half - 0.5) < 0.03
    asks = ("what-the-next-study-needs", "ends early with half of the deaths")
    assert "half of the deaths" in key(*asks)
    assert "half of what was planned" in wrong(*asks)


def test_deaths_are_right_before_rounding_and_wrong_rounded_down():
    asked = exercises.exercise("three-to-one")
    exact = planning.schoenfeld(3, 0.75)
    two_decimals = (1.96 + 0.84) ** 2 / (0.75 * 0.25 * log(3) ** 2)
    for deaths in (exact, two_decimals, 34.6, 35):
        assert asked.same(np.asarray(deaths), np.asarray(asked.right))
    assert not asked.same(np.asarray(34.0), np.asarray(asked.right))
    assert any(
        mistake.answer == 34 and "rounded down" in mistake.says for mistake in asked.mistakes
    )


def test_groups_of_one_and_four_fifths_need_half_as_many_deaths_again():
    times = planning.schoenfeld(1.2, 0.2) / planning.schoenfeld(1.2, 0.5)
    assert 1.5 < times < 1.6
    assert "more than half" in key("what-the-next-study-needs", "one fifth and four fifths")


def test_the_better_a_marker_predicts_the_more_deaths_its_interaction_needs():
    setting = planning.Setting((0.6, 0.6), (0.5, 0.5), 36, planning.Enrolment(36, 36))
    needed = [planning.interaction_plan(2, setting, ratio).events[0] for ratio in (1.01, 3, 10, 40)]
    assert sorted(needed) == needed
    assert needed[-1] > 4 * planning.schoenfeld(2, 0.5) * 2
    few = planning.Setting((0.2, 0.2), (0.5, 0.5), 36, planning.Enrolment(36, 36))
    alike, apart = (planning.interaction_plan(2, few, ratio).events[0] for ratio in (1.01, 3))
    assert apart < alike, "where few have larger tumours a ratio evens the deaths out"
    assert "more deaths" in key("what-the-next-study-needs", "helps women with larger tumours")
    assert exercises.exercise("unequal-cells").right > 4 * 66


def test_a_ratio_that_does_not_last_is_found_less_often():
    plan = planning.Enrolment(36, 36)
    power = [
        planning.simulated_power(planning.world(0.5, 36, 0.6, *ratios), 0.6, 110, plan, 400).power
        for ratios in ((2.0, 2.0), (2.0, 1.0))
    ]
    assert power[1] < power[0] - 0.3
    assert "falls far below" in key("what-the-next-study-needs", "in the first year alone")


def test_a_protocol_from_the_estimate_is_too_small_by_a_factor():
    found, lower = (planning.freedman(ratio, 0.5) for ratio in (12, 3))
    six = planning.schoenfeld(12, 0.5)
    assert six < 6 < found
    assert lower / six > 5
    assert planning.schoenfeld(12, 0.5, power=0.9) / six < 1.4
    assert planning.schoenfeld(12, 0.5, alpha=0.01) / six < 1.6
    assert planning.schoenfeld(12, 0.2) / six < 1.6
    assert exercises.exercise("six-deaths").right == "ratio"
