"""Competing events and clustered rows, against R and by hand; `make reference` computes R's again."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter
from lifelines.statistics import multivariate_logrank_test

from helpers import prognosis, survival

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
TIGHT = {"precision": 1e-16, "r_precision": 1e-16}
CASES = ("few", "fine", "mgus2", "three causes", "tied")


@cache
def frozen():
    return json.loads((FOLDER / "competing.json").read_text(encoding="utf-8"))


def frame(case):
    """Columns time, cause, group and the covariates of a case."""
    if case == "mgus2":
        rows = pd.read_csv(FOLDER / "mgus2.csv").rename(columns={"months": "time"})
        return rows.assign(group=rows["male"])
    rows = pd.read_csv(FOLDER / "competing.csv").query("case == @case").reset_index(drop=True)
    return rows.assign(group=rows["arm"])


def eyes():
    rows = pd.read_csv(FOLDER / "retinopathy.csv")
    return rows.assign(years=np.ceil(rows["months"] / 12))


def weighted(data, covariates, cause=1):
    rows = survival.fine_gray_rows(data["time"], data["cause"], cause)
    return rows.join(data[covariates], on="patient")


def fit_varying(rows, covariates):
    return CoxTimeVaryingFitter().fit(
        rows[["patient", "start", "stop", "event", "weight", *covariates]],
        id_col="patient",
        start_col="start",
        stop_col="stop",
        event_col="event",
        weights_col="weight",
        fit_options=TIGHT,
    )


def test_references_belong_to_these_bytes():
    provenance = frozen()["provenance"]
    files = {**provenance["inputs"], **provenance["scripts"]}
    assert len(files) == 5
    for path, recorded in files.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed competing.json: make reference"


@pytest.mark.parametrize("case", CASES)
def test_rows_are_those_of_finegray(case):
    data = frame(case)
    for reference in frozen()["cases"][case]["fine_gray"]:
        rows = survival.fine_gray_rows(data["time"], data["cause"], reference["cause"])
        assert len(rows) == reference["n_rows"]
        assert rows["weight"].sum() == pytest.approx(reference["total_weight"], rel=1e-12)
        for column, expected in (reference["rows"] or {}).items():
            assert rows[column].to_numpy() == pytest.approx(np.array(expected), rel=1e-12), column


@pytest.mark.parametrize("case", CASES)
def test_fine_gray_model(case):
    data = frame(case)
    for reference in frozen()["cases"][case]["fine_gray"]:
        covariates, expected = reference["covariates"], reference["fit"]
        rows = weighted(data, covariates, reference["cause"])
        fit = fit_varying(rows, covariates)
        found = prognosis.robust_errors(fit, rows, rows["patient"])
        where = f"{case}, cause {reference['cause']}"
        assert list(found["term"]) == expected["terms"]
        for column, name in [
            ("coefficient", "coef"),
            ("robust_se", "robust_se"),
            ("model_se", "model_se"),
        ]:
            close = pytest.approx(np.array(expected[name]), rel=1e-6, abs=1e-9)
            assert found[column].to_numpy() == close, f"{where}: {column}"


@pytest.mark.parametrize("case", CASES)
def test_gray(case):
    data = frame(case)
    for reference in frozen()["cases"][case]["gray"]:
        for place, cause in enumerate(reference["causes"]):
            found = survival.gray_test(
                data["time"], data["cause"], data["group"], cause=cause, rho=reference["rho"]
            )
            assert found.df == reference["df"][place]
            assert found.statistic == pytest.approx(reference["statistic"][place], rel=1e-9)
            assert found.p_value == pytest.approx(reference["p"][place], rel=1e-6)


@pytest.mark.parametrize("place", [0, 1], ids=["months", "whole years"])
def test_clustered_cox_and_kaplan_meier(place):
    reference, rows = frozen()["clustered"][place], eyes()
    time, covariates = reference["time"], reference["covariates"]
    data = rows[[time, "status", *covariates]]
    fit = CoxPHFitter().fit(data, time, "status", fit_options=TIGHT)
    found = prognosis.robust_errors(fit, data, rows["id"])
    for column, name in [
        ("coefficient", "coef"),
        ("robust_se", "robust_se"),
        ("model_se", "model_se"),
    ]:
        expected = np.array(reference["cox"][name])
        assert found[column].to_numpy() == pytest.approx(expected, rel=1e-6), column
    curve = survival.cumulative_incidence(rows[time], rows["status"], clusters=rows["id"])
    at = survival.incidence_at(curve, reference["at"])
    assert 1 - at["estimate"].to_numpy() == pytest.approx(np.array(reference["survival"]))
    assert at["se"].to_numpy() == pytest.approx(np.array(reference["std_err"]), rel=1e-9)


def test_lifelines_sums_within_clusters_but_only_roughly_with_ties():
    """Within a thousandth of R without ties, more than a hundredth off with whole years."""
    off = []
    for reference in frozen()["clustered"]:
        columns = ["id", reference["time"], "status", *reference["covariates"]]
        fit = CoxPHFitter().fit(
            eyes()[columns], reference["time"], "status", cluster_col="id", fit_options=TIGHT
        )
        expected = np.array(reference["cox"]["robust_se"])
        off.append(np.abs(fit.standard_errors_.to_numpy() / expected - 1).max())
    assert off[0] < 1e-3
    assert off[1] > 1e-2


def test_lifelines_forgets_entry_times_in_robust_errors():
    """When this fails lifelines has learnt it, and `robust_errors` may go."""
    data = frame("fine")
    rows = weighted(data, ["x", "z"])
    fit = CoxPHFitter().fit(
        rows,
        "stop",
        "event",
        entry_col="start",
        weights_col="weight",
        cluster_col="patient",
        robust=True,
        fit_options=TIGHT,
    )
    expected = frozen()["cases"]["fine"]["fine_gray"][0]["fit"]
    assert fit.params_.to_numpy() == pytest.approx(np.array(expected["coef"]), rel=1e-6)
    assert (fit.standard_errors_ > 1.2 * np.array(expected["robust_se"])).all()
    found = prognosis.robust_errors(fit, rows, rows["patient"])
    assert found["robust_se"].to_numpy() == pytest.approx(np.array(expected["robust_se"]), rel=1e-6)


def test_weights_by_hand():
    """Death at 2; one censored at 3 of four left, one at 5 of two left; events at 1, 4 and 6."""
    rows = survival.fine_gray_rows([1, 2, 3, 4, 5, 6], [1, 2, 0, 1, 0, 1])
    dead = rows[rows["patient"] == 1]
    assert dead[["start", "stop"]].to_numpy().tolist() == [[0, 3], [3, 5], [5, 6]]
    assert dead["weight"].to_numpy() == pytest.approx([1, 3 / 4, 3 / 8])
    assert (rows.loc[rows["patient"] != 1, "weight"] == 1).all()
    assert rows.loc[rows["event"] == 1, "patient"].tolist() == [0, 3, 5]


def test_without_censoring_the_dead_stay_in_whole():
    time, cause = [1, 2, 3, 4, 5], [2, 1, 2, 1, 1]
    rows = survival.fine_gray_rows(time, cause)
    assert (rows["weight"] == 1).all()
    assert rows.groupby("patient")["stop"].max().tolist() == [5, 2, 5, 4, 5]


def test_everybody_with_the_event_is_an_ordinary_cox_model():
    time, x = [1.0, 2.0, 3.0, 4.0, 5.0], [1, 0, 1, 1, 0]
    rows = survival.fine_gray_rows(time, [1, 1, 0, 1, 0])
    assert rows["stop"].tolist() == time
    assert rows["event"].tolist() == [1, 1, 0, 1, 0]
    rows["x"] = x
    varying = fit_varying(rows, ["x"])
    plain = CoxPHFitter().fit(rows[["stop", "event", "x"]], "stop", "event", fit_options=TIGHT)
    assert varying.params_["x"] == pytest.approx(plain.params_["x"], rel=1e-9)


@pytest.mark.parametrize("cause", [[0, 0, 0], [2, 2, 0]], ids=["censored", "competing only"])
def test_nobody_with_the_event(cause):
    assert survival.fine_gray_rows([1, 2, 3], cause).empty
    assert np.isnan(survival.gray_test([1, 2, 3], cause, ["a", "b", "b"]).p_value)


def test_nobody_at_all():
    assert survival.fine_gray_rows([], []).empty
    assert survival.gray_test([], [], []).df == 0


def test_gray_of_one_group_is_no_test():
    found = survival.gray_test([1, 2, 3], [1, 2, 1], ["a", "a", "a"])
    assert found.df == 0
    assert np.isnan(found.statistic)


def test_gray_with_a_group_of_one():
    found = survival.gray_test([1, 2, 3, 4, 5], [1, 1, 2, 1, 0], ["a", "b", "b", "b", "b"])
    assert 0 < found.p_value < 1


def test_gray_without_competing_events_and_ties_scores_as_the_log_rank_test():
    """The scores are the same; the variances are close."""
    data = frame("fine")
    cause = (data["cause"] == 1).astype(int)
    gray = survival.gray_test(data["time"], cause, data["group"])
    log_rank = multivariate_logrank_test(data["time"], data["group"], cause)
    assert gray.statistic == pytest.approx(log_rank.test_statistic, rel=0.02)


@pytest.mark.parametrize(
    ("time", "cause", "told"),
    [
        ([1, 2], [1, -1], "whole numbers"),
        ([1, 2], [1, 0.5], "whole numbers"),
        ([1, 2], [1], "one length"),
    ],
)
def test_wrong_causes_are_refused(time, cause, told):
    with pytest.raises(ValueError, match=told):
        survival.fine_gray_rows(time, cause)
    with pytest.raises(ValueError, match=told):
        survival.gray_test(time, cause, ["a", "b"])


def test_an_event_at_time_zero_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        survival.fine_gray_rows([0, 1], [1, 0])


def test_labels_one_a_row():
    rows = eyes()
    with pytest.raises(ValueError, match="groups: 2 labels"):
        survival.gray_test([1, 2], [1, 0], ["a"])
    with pytest.raises(ValueError, match=f"clusters: {len(rows)} labels"):
        survival.cumulative_incidence(rows["months"], rows["status"], clusters=[1])
    fit = CoxPHFitter().fit(rows[["months", "status", "treated"]], "months", "status")
    with pytest.raises(ValueError, match=f"clusters: {len(rows)} labels"):
        prognosis.robust_errors(fit, rows, [1])


@pytest.mark.parametrize("options", [{"strata": "juvenile"}, {}], ids=["strata", "penalty"])
def test_models_that_are_not_covered_are_refused(options):
    rows = eyes()[["months", "status", "treated", "juvenile"]]
    fit = CoxPHFitter(penalizer=0.0 if options else 0.1).fit(rows, "months", "status", **options)
    with pytest.raises(ValueError, match="without strata and penalty"):
        prognosis.robust_errors(fit, rows, range(len(rows)))


def test_each_row_once_more_in_its_cluster_changes_no_robust_error():
    """Copies bring no news: the model's own error falls by the root of two, the robust one stays."""
    rows = eyes().sort_values("months")
    rows = rows.assign(months=rows["months"] + np.arange(len(rows)) * 1e-7)
    twice = pd.concat([rows, rows.assign(months=rows["months"] + 1e-9)])
    curves = [
        survival.incidence_at(
            survival.cumulative_incidence(table["months"], table["status"], clusters=table["id"]),
            36,
        )
        for table in (rows, twice)
    ]
    assert curves[0]["se"][0] == pytest.approx(curves[1]["se"][0], rel=0.01)
    alone = survival.incidence_at(
        survival.cumulative_incidence(twice["months"], twice["status"]), 36
    )
    assert alone["se"][0] < 0.8 * curves[1]["se"][0]
