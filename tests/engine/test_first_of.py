"""Endpoints that are the first of several: right by hand, nested, and the same in the search."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fixtures_core import INVENTED, dump, raw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from selection import examples

from helpers import cohort, published, scorecard
from helpers.published import PublishedError
from helpers.reconstruct import constraints, evaluation, reconstruct

NESTED = INVENTED.with_name("nested.yaml")
ENDPOINTS = ("here", "region", "disease-free", "survival")
QUICK = settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
TIME = st.sampled_from([0.0, 1.0, 2.0, 2.5, 3.0])
ROW = st.tuples(TIME, st.integers(0, 1), *[st.one_of(st.none(), TIME)] * 3)


def _table(rows):
    names = ["months", "died", "here_months", "near_months", "far_months"]
    frame = pd.DataFrame(rows, columns=names).astype(float)
    return frame.assign(patient=[f"P{k:02d}" for k in range(len(frame))])


def test_by_hand():
    """No relapse; one after the death of another; one on the day of death; one that comes too late."""
    rows = [
        (5, 1, None, None, None),
        (5, 0, None, 2, 3),
        (5, 1, None, None, 5),
        (5, 0, 6, None, None),
    ]
    found = cohort.derive(published.load(NESTED), {"patients": _table(rows)})["patients"]
    assert found["time_disease_free"].tolist() == [5, 2, 5, 5]
    assert found["relapsed_or_died"].tolist() == [1, 1, 1, 0]
    assert found["time_region"].tolist() == [5, 2, 5, 5]
    assert found["relapsed_region"].tolist() == [0, 1, 0, 0]


@QUICK
@given(st.lists(ROW, min_size=1, max_size=9))
def test_endpoints_are_nested_in_every_patient(rows):
    """Whoever has the part has the whole, and no later; followed no longer for it."""
    study = published.load(NESTED)
    found = cohort.derive(study, {"patients": _table(rows)})["patients"]
    for part, whole in (
        ("here", "region"),
        ("region", "disease-free"),
        ("survival", "disease-free"),
    ):
        one, other = study.endpoints[part], study.endpoints[whole]
        assert (found[other.time] <= found[one.time]).all()
        assert (found[other.event] >= found[one.event]).all()


@QUICK
@given(st.lists(ROW, min_size=1, max_size=9))
def test_disease_free_survival_lies_below_survival_where_nobody_is_censored(rows):
    """With censoring the curves may cross: an event before it is one of many at risk, after it of few."""
    study = published.load(NESTED)
    found = cohort.derive(study, {"patients": _table(rows).assign(died=1.0)})["patients"]
    heights = {}
    for name in ("disease-free", "survival"):
        spec = study.endpoints[name]
        curve = KaplanMeierFitter().fit(found[spec.time], found[spec.event])
        heights[name] = curve.survival_function_at_times([0, 0.5, 1, 2, 2.5, 3]).to_numpy()
    assert (heights["disease-free"] <= heights["survival"] + 1e-12).all()


@QUICK
@given(st.lists(ROW, min_size=1, max_size=9))
def test_the_search_derives_what_the_contract_derives(rows):
    study, table = published.load(NESTED), _table(rows)
    layout = constraints.Layout(study)
    columns = layout.columns["patients"]
    root = np.zeros((len(table), len(columns)))
    for place, name in enumerate(columns):
        if name in table:
            root[:, place] = table[name]
    evaluation._derive(layout.programme, root, np.zeros((1, 1)), np.zeros(0, np.int64))
    found = cohort.derive(study, {"patients": table})["patients"]
    for name in ENDPOINTS:
        spec = study.endpoints[name]
        for column in (spec.time, spec.event):
            assert root[:, columns.index(column)].tolist() == found[column].tolist(), column


def test_a_cohort_is_found_that_prints_all_of_them(tmp_path):
    study = published.load(NESTED)
    tables = reconstruct(study, 1).tables
    whole = cohort.Cohort(cohort.derive(study, tables), study, "found", synthetic=True)
    assert [row.reason for row in scorecard.rows(whole) if not row.agrees] == []


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ({"first_of": ["far_months"]}, "two names or more were expected, found one"),
        ({"first_of": ["far_months", "near_months"]}, "an end was expected, since no endpoint"),
        ({"first_of": ["far_months", "far_months"], "end": "months"}, "'far_months' stands twice"),
        ({"first_of": ["far_months", "last"]}, "'last' was expected above it"),
        ({"first_of": ["far_months", "death"]}, "no column of patients is named 'death'"),
        ({"first_of": ["far_months", "died"], "end": "months"}, "a column of times was expected, found 'died'"),
        ({"first_of": ["far_months", "survival"], "onset": "far_months", "end": "months"},
         "give either onset or first_of"),
    ],
)  # fmt: skip
def test_what_cannot_be_the_first_of_several_is_refused(endpoint, message, tmp_path):
    data = raw(NESTED)
    data["endpoints"]["mine"] = {"label": "mine", "time": "t", "event": "e", **endpoint}
    data["endpoints"]["last"] = {"label": "last", "time": "months", "event": "died"}
    with pytest.raises(PublishedError, match=message):
        published.load(dump(tmp_path / "study.yaml", data))


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        ("time", "far_months", "a number in every row was expected, found 'far_months'"),
        ("event", "far_months", "a flag in every row was expected, found 'far_months'"),
    ],
)
def test_a_time_that_some_lack_and_an_event_that_is_no_flag_are_refused(
    where, value, message, tmp_path
):
    data = raw(NESTED)
    data["endpoints"]["survival"][where] = value
    with pytest.raises(PublishedError, match=message):
        published.load(dump(tmp_path / "study.yaml", data))


def test_the_median_of_a_category_is_refused(tmp_path):
    data = raw(INVENTED)
    data["entries"]["observed-median"]["estimand"]["column"] = "prosthesis"
    with pytest.raises(
        PublishedError, match="a number or a date was expected, found 'prosthesis', a category"
    ):
        published.load(dump(tmp_path / "study.yaml", data))
