"""Entry, scans, states that change, and censoring that tells something: against R, and against theory.

`tests/reference/timing.R` wrote the values. `tests/analyses/test_against_r.py` holds the other statistics.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from math import inf
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, KaplanMeierFitter
from lifelines.datasets import load_stanford_heart_transplants

mpl.use("Agg")

from helpers import figures, survival
from helpers.exercises import ch23

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
MOMENT = 1e-6
TIGHT = {"precision": 1e-14, "r_precision": 1e-14}
MONTHS = [6, 12, 18, 24]


@cache
def reference():
    return json.loads((FOLDER / "timing.json").read_text(encoding="utf-8"))


@cache
def patients():
    return pd.read_csv(FOLDER / "timing.csv")


def close(values, rel=1e-9):
    return pytest.approx(np.asarray(values, dtype=float), rel=rel, abs=1e-12)


def test_the_reference_belongs_to_these_bytes():
    provenance = reference()["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed timing.json: make reference"


def test_delayed_entry():
    rows, theirs = patients(), reference()["delayed"]
    fit = KaplanMeierFitter().fit(rows["stop"], rows["event"], entry=rows["entry"] + MOMENT)
    table = fit.event_table[fit.event_table["observed"] > 0]
    assert table.index.to_list() == theirs["time"]
    assert table["at_risk"].to_list() == theirs["at_risk"]
    assert fit.predict(theirs["time"]).to_numpy() == close(theirs["survival"])


def test_without_the_moment_lifelines_counts_those_who_only_just_enter():
    rows, theirs = patients(), reference()["delayed"]
    fit = KaplanMeierFitter().fit(rows["stop"], rows["event"], entry=rows["entry"])
    at_risk = fit.event_table.loc[fit.event_table["observed"] > 0, "at_risk"]
    entering = [int((rows["entry"] == month).sum()) for month in theirs["time"]]
    assert sum(entering) > 0
    assert at_risk.to_list() == list(np.add(theirs["at_risk"], entering))


@pytest.mark.parametrize("place", [0, 1])
def test_survival_given_survival(place):
    rows, theirs = patients(), reference()["given"][place]
    start, until = theirs["start"], theirs["until"]
    left = rows[rows["months"] > start]
    mine = survival.survival_at(left["months"] - start, left["event"], until - start)
    assert [mine.estimate, mine.lower, mine.upper] == close(
        [theirs["survival"], theirs["lower"], theirs["upper"]]
    )
    whole = KaplanMeierFitter().fit(rows["months"], rows["event"])
    assert whole.predict(until) / whole.predict(start) == close(theirs["survival"])


@pytest.mark.parametrize(
    ("name", "terms"),
    [("heart", ["transplant"]), ("heart_adjusted", ["age", "year", "surgery", "transplant"])],
)
def test_a_state_that_changes(name, terms):
    rows, theirs = load_stanford_heart_transplants(), reference()[name]
    fit = CoxTimeVaryingFitter().fit(
        rows[["id", "start", "stop", "event", *terms]],
        id_col="id",
        start_col="start",
        stop_col="stop",
        event_col="event",
        fit_options=TIGHT,
    )
    assert fit.params_.to_numpy() == close(theirs["coef"], 1e-7)
    assert fit.standard_errors_.to_numpy() == close(theirs["se"], 1e-7)
    assert fit.log_likelihood_ == close(theirs["loglik"])


def test_the_published_model_of_the_hearts():
    """As in the help page of R's `heart`: age 0.0272, year −0.1463, surgery −0.6372, transplant −0.0103."""
    assert np.round(reference()["heart_adjusted"]["coef"], 4).tolist() == [
        0.0272,
        -0.1463,
        -0.6372,
        -0.0103,
    ]


def test_the_hearts_by_name_and_by_a_landmark():
    rows = load_stanford_heart_transplants()
    whole = rows.groupby("id", as_index=False).agg(
        days=("stop", "max"), died=("event", "max"), transplant=("transplant", "max")
    )
    there = rows[(rows["start"] <= 30) & (rows["stop"] > 30)][["id", "transplant"]]
    landmark = there.merge(whole[["id", "days", "died"]], on="id")
    for table, name in ((whole, "heart_by_name"), (landmark, "heart_landmark")):
        fit = CoxPHFitter().fit(
            table[["days", "died", "transplant"]],
            "days",
            "died",
            fit_options=TIGHT,
        )
        assert fit.params_.to_numpy() == close(reference()[name]["coef"], 1e-7), name
        assert fit.standard_errors_.to_numpy() == close(reference()[name]["se"], 1e-7), name


def test_a_model_with_late_entry():
    rows, theirs = patients(), reference()["late_entry"]
    table = rows[["entry", "stop", "event", "group"]].reset_index(names="id")
    fit = CoxTimeVaryingFitter().fit(
        table,
        id_col="id",
        start_col="entry",
        stop_col="stop",
        event_col="event",
        fit_options=TIGHT,
    )
    assert fit.params_.to_numpy() == close(theirs["coef"], 1e-7)
    assert fit.standard_errors_.to_numpy() == close(theirs["se"], 1e-7)


def known(rows, tol=1e-13):
    fit = KaplanMeierFitter().fit_interval_censoring(
        rows["left"] + MOMENT, rows["right"].fillna(inf) - MOMENT, tol=tol
    )
    return fit.survival_function_.min(axis=1)


def test_turnbull():
    theirs = reference()["turnbull"]
    mine = known(patients())
    at = [mine.loc[: month + 2 * MOMENT].iloc[-1] for month in theirs["time"]]
    assert at == pytest.approx(theirs["survival"], abs=1e-8)
    assert at == pytest.approx(theirs["shipped"], abs=1e-3)  # R stops at a change of 5e-5


def test_without_the_moment_lifelines_lets_neighbours_share_the_day_of_a_scan():
    """Half progress in (0, 3] and half in (3, 6]: one half is left at month 3, not all."""
    lower, upper = np.array([0.0, 3.0] * 50), np.array([3.0, 6.0] * 50)
    fit = KaplanMeierFitter()
    closed = fit.fit_interval_censoring(lower, upper, tol=1e-12).survival_function_.min(axis=1)
    assert closed.loc[3.0] == pytest.approx(1.0)  # all falls on the day of the scan, and after it
    fit = KaplanMeierFitter()
    fit.fit_interval_censoring(lower + MOMENT, upper - MOMENT, tol=1e-12)
    open_ = fit.survival_function_.min(axis=1)
    assert open_.loc[: 3.0 + 2 * MOMENT].iloc[-1] == pytest.approx(0.5, abs=1e-6)
    assert open_.iloc[-1] == pytest.approx(0.0, abs=1e-6)


def test_no_small_change_makes_the_intervals_more_probable():
    """At the maximum, the mean inverse probability of the intervals over a stretch is at most one."""
    rows, curve = patients(), known(patients())
    jumps = -np.diff(np.r_[1.0, curve.to_numpy()])
    lower, upper = rows["left"].to_numpy()[:, None], rows["right"].fillna(2e9).to_numpy()[:, None]
    at = np.minimum(curve.index.to_numpy(), 1e9)
    inside = (at > lower) & (at < upper)
    gradient = (inside / (inside @ jumps)[:, None]).mean(axis=0)
    assert (gradient <= 1 + 1e-4).all()
    assert gradient[jumps > 1e-4] == pytest.approx(1.0, abs=1e-4)


def test_if_the_censored_differ():
    rows = patients()
    for theirs in reference()["differ"]:
        mine = survival.if_censored_differ(rows["months"], rows["event"], MONTHS, theirs["factor"])
        assert mine == close(theirs["survival"]), theirs["factor"]


def test_the_same_hazard_is_kaplan_and_meier_and_the_ends_bound_it():
    rows = patients()
    everywhere = np.arange(rows["months"].max() + 1)
    best, same, worst = (
        survival.if_censored_differ(rows["months"], rows["event"], everywhere, factor)
        for factor in (0, 1, inf)
    )
    fit = KaplanMeierFitter().fit(rows["months"], rows["event"])
    assert same == close(fit.predict(everywhere))
    dead = [((rows["event"] == 1) & (rows["months"] <= month)).mean() for month in everywhere]
    assert best == close(1 - np.array(dead))
    gone = [
        ((rows["months"] < month) | ((rows["event"] == 1) & (rows["months"] == month))).mean()
        for month in everywhere
    ]
    assert worst == close(1 - np.array(gone))
    assert (worst <= same + 1e-12).all()
    assert (same <= best + 1e-12).all()


def test_if_the_censored_differ_finds_what_was_put_in():
    rng = np.random.default_rng(5)
    life, lost = rng.exponential(30, 60_000), rng.uniform(0, 60, 60_000)
    seen = np.minimum(life, lost)
    lived = seen + (life - seen) / 3
    mine = survival.if_censored_differ(seen, life <= lost, [36], 3)
    assert mine == pytest.approx((lived > 36).mean(), abs=0.006)


def test_nobody_left_and_nobody_censored():
    assert survival.if_censored_differ([1, 2], [1, 1], [1, 2], 5) == close([0.5, 0])
    assert survival.if_censored_differ([1, 2], [0, 0], [1, 2], 5) == close([1, 1])
    assert survival.if_censored_differ([1, 2], [0, 1], [2], 5) == close([0])


@pytest.mark.parametrize(
    ("durations", "events", "times", "factor", "said"),
    [
        ([1, 2], [0, 1], [2], -1, "factor: a number of at least 0"),
        ([1, 2], [0, 1], [2], float("nan"), "factor: a number of at least 0"),
        ([1, 2], [0, 1], [3], 1, "none beyond the longest"),
        ([], [], [3], 1, "none beyond the longest"),
        ([1, 2], [0, 2], [1], 1, "events: 0 or 1"),
    ],
)
def test_a_wrong_question_is_refused(durations, events, times, factor, said):
    with pytest.raises(ValueError, match=said):
        survival.if_censored_differ(durations, events, times, factor)


def test_weights_by_censoring():
    rows, theirs = patients(), reference()["weighted"]
    mine = survival.weighted_by_censoring(rows["months"], rows["event"], rows["group"])["survival"]
    assert [mine.loc[:month].iloc[-1] for month in MONTHS] == close(theirs["groups"])
    single = survival.weighted_by_censoring(rows["months"], rows["event"], np.zeros(len(rows)))
    fit = KaplanMeierFitter().fit(rows["months"], rows["event"])
    assert single["survival"].to_numpy() == close(fit.predict(single.index))
    assert [single["survival"].loc[:month].iloc[-1] for month in MONTHS] == close(theirs["one"])


def test_weights_without_a_death_and_with_too_few_strata():
    assert survival.weighted_by_censoring([1, 2], [0, 0], [0, 1]).empty
    with pytest.raises(ValueError, match="strata: 2 were expected, found 1"):
        survival.weighted_by_censoring([1, 2], [0, 1], [0])


def curve(times, heights):
    return pd.DataFrame({"time": times, "survival": heights})


def test_curves_are_read_where_they_are_known():
    band = pd.DataFrame({"time": [0, 6], "lower": [0.7, 0.4], "upper": [1.0, 0.7]})
    drawn = figures.survival_curves(
        {"truth": curve([0, 5, 12], [1, 0.8, 0.5]), "scans": band}, mark_months=5
    )
    table = drawn.table.set_index(["curve", "months"])
    assert table.loc[("truth", 5.0), "survival"] == 0.8
    assert table.loc[("truth", 4.0), "survival"] == 1
    assert table.loc[("scans", 6.0), "lower"] == 0.4
    assert np.isnan(table.loc[("scans", 8.0), "lower"])
    assert "At 5 months: truth 80.0% and scans 70.0% to 100.0%" in drawn.alt
    assert figures.survival_curves({}).alt.startswith("Empty figure")


def test_windows_say_by_what_a_tumour_was_found():
    tumours = pd.DataFrame(
        {"visible_month": [1, 2, 7], "felt_month": [3, 20, 9], "found_month": [3, 12, 9]}
    )
    drawn = figures.windows(tumours, [12])
    assert drawn.table["found_by"].to_list() == ["symptoms", "symptoms", "scan"]
    assert "1 tumour found by scan, visible for a median of 18.0 months" in drawn.alt
    assert figures.windows(tumours.head(0), [12]).alt.startswith("Empty figure")


def test_the_estimate_stays_and_the_truth_moves():
    months = [0, 36, 60]
    truths = [curve(months, [1, height, 0.1]) for height in (0.7, 0.5, 0.3)]
    made = figures.informative_censoring(
        curve(months, [1, 0.5, 0.2]), truths, [0.5, 1, 2], at_months=36, predict="Which?"
    )
    assert [state.at for state in made.states] == ["÷ 2", "unchanged", "× 2"]
    assert made.start == 1
    told = [list(state.readings.values()) for state in made.states]
    assert [one[0] for one in told] == ["50.0%"] * 3
    assert [one[2] for one in told] == ["−20.0", "0.0", "20.0"]
    with pytest.raises(ValueError, match="1 among them"):
        figures.informative_censoring(truths[0], truths, [2, 3, 4], at_months=36, predict="")


def test_the_answers_by_pencil():
    """Worked out apart from the registry: 1/2 · 3/4; and a window of four months in a gap of six."""
    answers = {one.id: one.right for one in ch23.EXERCISES}
    assert answers["delayed-entry-by-hand"] == pytest.approx(0.375)
    assert answers["scan-window"] == pytest.approx([2 / 3, 2.0])
