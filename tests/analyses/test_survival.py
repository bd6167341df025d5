"""Survival statistics by definition, by other libraries, and at their edges; R is elsewhere."""

from __future__ import annotations

import warnings
from dataclasses import astuple
from math import inf, isnan, log, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from scipy.stats import norm
from selection import examples
from statsmodels.duration.survfunc import CumIncidenceRight

from helpers import survival

QUICK = settings(max_examples=examples(40), deadline=None)
NOBODY: list[float] = []


@st.composite
def follow_up(draw, causes=1):
    """Durations with many ties, and what ended them: 0 for censored, else a cause."""
    n = draw(st.integers(1, 25))
    time = draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    code = draw(st.lists(st.integers(0, causes), min_size=n, max_size=n))
    return np.array(time) / 2, np.array(code)


class TestAtRisk:
    def test_a_patient_who_leaves_is_at_risk_and_counted(self):
        found = survival.at_risk_table([1, 2, 2, 3], [1, 1, 0, 0], [0, 1, 2, 2.5, 3, 4])
        assert found.index.tolist() == [0, 1, 2, 2.5, 3, 4]
        assert found["at_risk"].tolist() == [4, 4, 3, 1, 1, 0]
        assert found["events"].tolist() == [0, 1, 2, 2, 2, 2]
        assert found["censored"].tolist() == [0, 0, 1, 1, 2, 2]

    def test_without_patients(self):
        found = survival.at_risk_table(NOBODY, NOBODY, [0, 12])
        assert found.to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]

    @QUICK
    @given(follow_up(), st.floats(0, 7))
    def test_everyone_is_somewhere(self, data, time):
        durations, events = data
        counts = survival.at_risk_table(durations, events, [time]).iloc[0]
        leaving_now = (durations == time).sum()
        assert counts.sum() == len(durations) + leaving_now


class TestSurvivalAt:
    def test_by_hand(self):
        found = survival.survival_at([1, 2, 2, 3, 4], [1, 1, 0, 0, 0], 2, interval="plain")
        assert found.estimate == pytest.approx(4 / 5 * 3 / 4)
        margin = 1.959963984540054 * found.estimate * sqrt(1 / (5 * 4) + 1 / (4 * 3))
        assert found.lower == pytest.approx(found.estimate - margin)
        assert found.upper == 1
        assert (found.at_risk, found.events) == (4, 2)

    @pytest.mark.parametrize("interval", ["log-log", "log", "plain"])
    def test_no_interval_at_zero(self, interval):
        found = survival.survival_at([1, 2], [1, 1], 5, interval)
        assert found.estimate == 0
        assert isnan(found.lower)
        assert isnan(found.upper)

    def test_at_one(self):
        everyone_censored = ([5, 6, 7], [0, 0, 0])
        assert astuple(survival.survival_at(*everyone_censored, 6, "log"))[:3] == (1, 1, 1)
        found = survival.survival_at(*everyone_censored, 6)
        assert found.estimate == 1
        assert isnan(found.lower)

    def test_beyond_follow_up_there_is_no_estimate(self):
        found = survival.survival_at([1, 2], [1, 0], 3)
        assert isnan(found.estimate)
        assert (found.at_risk, found.events) == (0, 1)
        assert survival.survival_at([1, 2], [1, 0], 2).estimate == 0.5

    def test_without_patients(self):
        found = survival.survival_at(NOBODY, NOBODY, 36)
        assert all(isnan(value) for value in (found.estimate, found.lower, found.upper))
        assert (found.at_risk, found.events) == (0, 0)

    @QUICK
    @given(follow_up(), st.floats(0, 7), st.sampled_from(["log-log", "log", "plain"]))
    def test_estimate_is_lifelines_and_lies_inside(self, data, time, interval):
        found = survival.survival_at(*data, time, interval)
        if isnan(found.estimate):
            assert time > data[0].max()
            return
        expected = float(KaplanMeierFitter().fit(*data).predict(time))
        assert found.estimate == pytest.approx(expected, rel=1e-12, abs=1e-12)
        if not isnan(found.lower):
            assert 0 <= found.lower <= found.estimate + 1e-12
            assert found.estimate - 1e-12 <= found.upper <= 1

    @pytest.mark.parametrize(
        ("durations", "events", "message"),
        [
            ([1, 2], [1], "one length"),
            ([1, -2], [1, 0], "at least 0"),
            ([1, float("nan")], [1, 0], "finite"),
            ([1, 2], [1, 2], "0 or 1"),
        ],
    )
    def test_refuses_bad_data(self, durations, events, message):
        with pytest.raises(ValueError, match=message):
            survival.survival_at(durations, events, 1)

    def test_refuses_bad_options(self):
        with pytest.raises(ValueError, match=r"log-log, log, plain or arcsin"):
            survival.survival_at([1], [1], 1, interval="logit")
        with pytest.raises(ValueError, match=r"between 0 and 1"):
            survival.survival_at([1], [1], 1, alpha=95)


class TestMedian:
    def test_middle_of_a_flat_stretch_at_one_half(self):
        assert survival.median_survival([1, 2, 3, 4], [1, 1, 1, 0]).estimate == 2.5

    def test_left_end_when_the_curve_stays_at_one_half(self):
        assert survival.median_survival([1, 2, 3, 4], [1, 1, 0, 0]).estimate == 2

    def test_rounding_does_not_hide_one_half(self):
        # 9/10 · 8/9 · ... · 5/6 is one half, but not in floating point.
        found = survival.median_survival(range(1, 11), [1] * 10)
        assert found.estimate == 5.5

    def test_not_reached(self):
        found = survival.median_survival([1, 5, 5, 5], [1, 0, 0, 0])
        assert found.estimate == inf
        assert found.upper == inf
        assert isnan(found.lower) or found.lower == 1

    def test_everyone_censored(self):
        found = survival.median_survival([1, 2], [0, 0])
        assert (found.estimate, found.upper) == (inf, inf)
        assert isnan(found.lower)

    def test_without_patients(self):
        assert all(isnan(v) for v in astuple(survival.median_survival(NOBODY, NOBODY)))

    @QUICK
    @given(follow_up())
    def test_half_or_less_survive_it(self, data):
        found = survival.median_survival(*data)
        if found.estimate == inf:
            assert KaplanMeierFitter().fit(*data).survival_function_.iloc[-1, 0] > 0.5 - 1e-9
        else:
            assert survival.survival_at(*data, found.estimate).estimate <= 0.5 + 1e-9
            assert not found.lower > found.estimate
            assert found.upper >= found.estimate

    def test_follow_up_turns_deaths_into_censoring(self):
        time, died = [2, 4, 6, 8, 10], [1, 0, 1, 0, 0]
        by_hand = survival.median_survival(time, [0, 1, 0, 1, 1])
        assert survival.follow_up_median(time, died) == by_hand
        assert by_hand.estimate == 8  # 3/4 at 4, then half of it at 8


class TestRestrictedMean:
    def test_by_hand(self):
        found = survival.rmst([1, 3], [1, 0], 2)
        assert found.estimate == pytest.approx(1 + 0.5)
        assert found.se == pytest.approx(sqrt(0.5**2 / (2 * 1)))

    @QUICK
    @given(st.lists(st.integers(1, 20), min_size=1, max_size=20), st.integers(1, 25))
    def test_without_censoring_it_is_a_plain_mean(self, time, horizon):
        found = survival.rmst(time, [1] * len(time), horizon)
        restricted = np.minimum(time, horizon)
        assert found.estimate == pytest.approx(restricted.mean())
        assert found.se == pytest.approx(restricted.std() / sqrt(len(time)), abs=1e-9)

    @QUICK
    @given(follow_up(), st.floats(0.5, 6))
    def test_area_is_that_of_lifelines(self, data, horizon):
        found = survival.rmst(*data, horizon)
        curve = KaplanMeierFitter().fit(*data)
        if isnan(found.estimate):
            assert data[0].max() < horizon
            assert curve.survival_function_.iloc[-1, 0] > 0
        else:
            expected = restricted_mean_survival_time(curve, t=horizon)
            assert found.estimate == pytest.approx(expected, rel=1e-9, abs=1e-9)

    def test_horizon_beyond_follow_up(self):
        assert isnan(survival.rmst([1, 2], [1, 0], 3).estimate)
        assert survival.rmst([1, 2], [1, 1], 3).estimate == 1.5

    def test_refuses_no_horizon(self):
        with pytest.raises(ValueError, match="horizon"):
            survival.rmst([1], [1], 0)

    def test_difference(self):
        one, other = ([1, 3, 5, 6], [1, 0, 1, 0]), ([2, 2, 6, 6], [1, 1, 0, 0])
        found = survival.rmst_difference(*one, *other, horizon=5)
        parts = survival.rmst(*one, 5), survival.rmst(*other, 5)
        assert found.estimate == pytest.approx(parts[0].estimate - parts[1].estimate)
        assert found.se == pytest.approx(sqrt(parts[0].se ** 2 + parts[1].se ** 2))
        assert found.upper - found.lower == pytest.approx(2 * 1.959963984540054 * found.se)
        back = survival.rmst_difference(*other, *one, horizon=5)
        assert (back.estimate, back.p_value) == pytest.approx((-found.estimate, found.p_value))

    def test_difference_without_events_or_patients(self):
        nothing_happened = survival.rmst_difference([9, 9], [0, 0], [9], [0], horizon=5)
        assert nothing_happened.estimate == 0
        assert isnan(nothing_happened.p_value)
        assert isnan(survival.rmst_difference([9], [1], NOBODY, NOBODY, horizon=5).estimate)


class TestComparison:
    def test_by_hand(self):
        one, other = ([1, 2, 3, 4], [1, 0, 0, 0]), ([1, 1, 3, 4], [1, 1, 0, 0])
        found = survival.compare_at(*one, *other, time=2)
        assert (found.first, found.second, found.difference) == pytest.approx((0.75, 0.5, 0.25))
        distance = log(-log(0.75)) - log(-log(0.5))
        variance = 1 / 12 / log(0.75) ** 2 + 2 / 8 / log(0.5) ** 2
        assert found.statistic == pytest.approx(distance**2 / variance)
        margin = norm.ppf(0.975) * (0.75**2 / 12 + 0.5**2 * 2 / 8) ** 0.5
        assert (found.lower, found.upper) == pytest.approx((0.25 - margin, 0.25 + margin))

    @QUICK
    @given(follow_up(), follow_up(), st.floats(0, 7))
    def test_order_does_not_matter(self, one, other, time):
        forth = survival.compare_at(*one, *other, time=time)
        back = survival.compare_at(*other, *one, time=time)
        assert back.p_value == pytest.approx(forth.p_value, nan_ok=True)
        assert back.difference == pytest.approx(-forth.difference, nan_ok=True)
        outside = {forth.first, forth.second} & {0.0, 1.0}
        if outside or isnan(forth.difference):
            assert isnan(forth.p_value)
        else:
            assert 0 <= forth.p_value <= 1

    def test_a_rate_of_one_has_no_comparison(self):
        found = survival.compare_at([9, 9], [0, 0], [1, 9], [1, 0], time=5)
        assert (found.first, found.second) == (1, 0.5)
        assert all(map(isnan, (found.p_value, found.lower, found.upper)))


class TestExactRate:
    def test_without_events_those_watched_so_long_count(self):
        found = survival.exact_rate_at([10, 40, 50, 60], [0, 0, 0, 0], 36)
        assert (found.estimate, found.upper, found.lower_n) == (1, 1, 3)
        assert found.lower == pytest.approx(0.025 ** (1 / 3))
        assert found.failure_upper == pytest.approx(1 - 0.05 ** (1 / 3))

    @QUICK
    @given(st.integers(1, 20), st.integers(0, 20))
    def test_without_censoring_it_is_binomial(self, alive, dead):
        found = survival.exact_rate_at([9] * alive + [2] * dead, [0] * alive + [1] * dead, 5)
        assert (found.lower_n, found.upper_n) == pytest.approx((alive + dead, alive + dead))

    def test_where_nobody_is_left(self):
        assert survival.exact_rate_at([1, 2], [1, 1], 5).estimate == 0
        assert isnan(survival.exact_rate_at([1, 2], [1, 1], 5).lower)
        assert isnan(survival.exact_rate_at([1, 2], [1, 0], 5).estimate)
        assert isnan(survival.exact_rate_at(NOBODY, NOBODY, 5).estimate)

    def test_a_death_at_the_time_itself_is_not_watched_through(self):
        found = survival.exact_rate_at([5, 5, 7, 7], [1, 1, 0, 0], 5)
        assert (found.estimate, found.lower_n) == pytest.approx((0.5, 4))


class TestCumulativeIncidence:
    def test_by_hand(self):
        found = survival.cumulative_incidence([1, 2, 2, 3, 4], [1, 1, 2, 0, 2])
        first = found[found["cause"] == 1]
        assert first["time"].tolist() == [0, 1, 2, 3, 4]
        assert first["estimate"].tolist() == pytest.approx([0, 0.2, 0.4, 0.4, 0.4])
        second = found[found["cause"] == 2]
        assert second["estimate"].tolist() == pytest.approx([0, 0, 0.2, 0.2, 0.6])

    @QUICK
    @given(follow_up(causes=3))
    def test_shares_add_up(self, data):
        found = survival.cumulative_incidence(*data, of=[1, 2, 3])
        total = found.groupby("time")["estimate"].sum()
        free = KaplanMeierFitter().fit(data[0], data[1] > 0).predict(total.index)
        assert total.to_numpy() == pytest.approx(1 - np.asarray(free), abs=1e-12)
        assert (found["lower"].dropna() <= found["estimate"][found["lower"].notna()] + 1e-12).all()

    @QUICK
    @given(follow_up(causes=2))
    def test_agrees_with_statsmodels_where_it_has_a_value(self, data):
        time, code = data
        found = survival.cumulative_incidence(time, code, of=[1, 2])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            other = CumIncidenceRight(time, np.append(code, 2)[:-1])
        for cause, (estimate, se) in enumerate(
            zip(other.cinc, other.cinc_se, strict=True), start=1
        ):
            mine = found[(found["cause"] == cause) & found["time"].isin(other.times)]
            assert mine["estimate"].to_numpy() == pytest.approx(estimate, abs=1e-12)
            known = np.isfinite(se) & (se > 1e-6)  # below, their variance is rounding
            assert mine["se"].to_numpy()[known] == pytest.approx(se[known], rel=1e-6)

    @settings(max_examples=examples(15), deadline=None)
    @given(follow_up())
    def test_one_cause_is_kaplan_meier(self, data):
        found = survival.cumulative_incidence(*data, of=[1])
        for row in found.itertuples():
            mine = survival.survival_at(*data, row.time, "plain")
            assert row.estimate == pytest.approx(1 - mine.estimate, abs=1e-12)
            if mine.lower > 0 and mine.upper < 1:
                width = 2 * 1.959963984540054 * row.se
                assert mine.upper - mine.lower == pytest.approx(width, abs=1e-12)

    def test_a_cause_that_never_came(self):
        found = survival.cumulative_incidence([1, 2], [0, 2], of=[1])
        assert found["estimate"].eq(0).all()
        assert found["se"].eq(0).all()
        assert found[["lower", "upper"]].isna().all(axis=None)

    def test_nothing_to_estimate(self):
        assert survival.cumulative_incidence(NOBODY, NOBODY, of=[1]).empty
        assert survival.cumulative_incidence([1, 2], [0, 0]).empty

    def test_refuses_codes_that_are_none(self):
        with pytest.raises(ValueError, match="whole numbers"):
            survival.cumulative_incidence([1, 2], [0, 0.5])
        with pytest.raises(ValueError, match="whole numbers"):
            survival.cumulative_incidence([1, 2], [0, -1])

    def test_at_times(self):
        curves = survival.cumulative_incidence([1, 2, 2, 3, 4], [1, 1, 2, 0, 0])
        found = survival.incidence_at(curves, [0.5, 2, 2.5, 4, 5])
        first = found[found["cause"] == 1]
        assert first["time"].tolist() == [0.5, 2, 2.5, 4, 5]
        assert first["estimate"].tolist() == pytest.approx(
            [0, 0.4, 0.4, 0.4, float("nan")], nan_ok=True
        )

    def test_at_times_after_everybody_had_an_event(self):
        curves = survival.cumulative_incidence([1, 2], [1, 2])
        assert survival.incidence_at(curves, 9)["estimate"].tolist() == pytest.approx([0.5, 0.5])

    @pytest.mark.parametrize("of", [[1], [2], [2, 1], [3, 1]])
    def test_at_times_after_everybody_had_an_event_of_whatever_cause(self, of):
        curves = survival.cumulative_incidence([1, 2, 3], [1, 2, 1], of=of)
        found = survival.incidence_at(curves, [4]).set_index("cause")["estimate"]
        for cause in of:
            assert found[cause] == pytest.approx({1: 2 / 3, 2: 1 / 3, 3: 0}[cause])
        censored = survival.cumulative_incidence([1, 2, 3], [1, 2, 0], of=of)
        assert survival.incidence_at(censored, [4])["estimate"].isna().all()


class TestYearlyHazards:
    def test_constant_hazard_is_found(self):
        years = np.array([0, 1, 2, 3])
        share = np.exp(-0.5 * years)
        counts = np.round(1e6 * np.append(-np.diff(share), share[-1]))
        found = survival.yearly_hazards(12 * years, [12, 24, 36, inf], counts)
        assert found["hazard"][:3].tolist() == pytest.approx([0.5] * 3, rel=1e-4)
        assert (found["lower"][:3] < 0.5).all()
        assert (found["upper"][:3] > 0.5).all()
        assert found[["hazard", "lower", "upper"]].iloc[3].isna().all()

    def test_width_is_in_years(self):
        one = survival.yearly_hazards([0, 12], [12, inf], [3, 7])
        two = survival.yearly_hazards([0, 24], [24, inf], [3, 7])
        assert one["hazard"][0] == pytest.approx(2 * two["hazard"][0])

    def test_cells_with_nobody(self):
        found = survival.yearly_hazards([0, 12, 24], [12, 24, 36], [0, 4, 0])
        assert (found["hazard"][0], found["lower"][0]) == (0, 0)
        assert found["hazard"][1] == inf  # all who were at risk
        assert found["upper"][1] == inf
        assert isnan(found["hazard"][2])

    @pytest.mark.parametrize(
        ("lower", "upper", "counts", "message"),
        [
            ([0, 13], [12, 24], [1, 1], "adjoining"),
            ([0, 12], [12, 12], [1, 1], "ascending"),
            ([0, 12], [12, 24], [1, 1.5], "whole numbers"),
            ([0, 12], [12, 24], [1], "one length"),
        ],
    )
    def test_refuses_bad_cells(self, lower, upper, counts, message):
        with pytest.raises(ValueError, match=message):
            survival.yearly_hazards(lower, upper, counts)


def test_frames_work_as_columns():
    patients = pd.DataFrame({"months": [1.0, 2.0], "died": [1, 0]}, index=["P07", "P03"])
    found = survival.survival_at(patients["months"], patients["died"], 1)
    assert found.estimate == 0.5
