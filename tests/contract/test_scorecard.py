"""The scorecard agrees with the libraries by hand, and survives cohorts of any shape."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from fixtures_core import (
    INVENTED,
    SEED,
    invented,
    lesions,
    patients,
    reconstruction,
    write,
)
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from statsmodels.duration.hazard_regression import PHReg

from helpers import cohort, estimates, package, published, scorecard


def _loaded(folder, study, found):
    package.write(folder, package.files(study, found.tables, "x", f"Seed {SEED}"))
    return cohort.load(folder, study)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return _loaded(tmp_path_factory.mktemp("ours"), published.load(), reconstruction())


def test_a_reconstructed_cohort_agrees_in_every_row(ours):
    rows = scorecard.rows(ours)
    off = {row.entry.id: row.reason for row in rows if row.agrees is False}
    assert not off
    assert [row.entry.id for row in rows if row.verdict == "definition"] == [
        "institutions",
        "cut-point",
        "horizon",
        "ct-window",
    ]
    assert {row.verdict for row in rows} == {"agrees", "definition"}


def test_the_table_takes_the_rows_asked_for(ours):
    table = scorecard.table(ours, ["os-36-large", "n-lung"])
    assert table["id"].tolist() == ["os-36-large", "n-lung"]
    assert table["printed"].tolist() == ["21.6%", "33"]
    assert list(table.columns) == [
        "id",
        "section",
        "what",
        "printed",
        "reproduced",
        "verdict",
        "kind",
        "reason",
    ]
    with pytest.raises(KeyError, match="nothing"):
        scorecard.table(ours, ["nothing"])


def test_a_row_says_that_it_rests_on_a_reading_of_ours(ours):
    rows = scorecard.rows(ours)
    assert [row.kind for row in rows if row.entry.place] == ["printed"] * len(ours.study.entries)
    of = ours.study.requirements
    assert of, "the study requires nothing that is not printed"
    told = {row.entry.id: row.kind for row in rows if row.entry.id in of}
    assert told == {id: "assumed" if of[id].assumed else "derived" for id in of}
    entry = dataclasses.replace(
        rows[-1], entry=of["at-risk-scf"].model_copy(update={"assumed": False})
    )
    assert entry.kind == "derived"


def _value(ours, id):
    return next(row for row in scorecard.rows(ours) if row.entry.id == id).reproduced


def test_rows_are_what_the_libraries_give_by_hand(ours):
    frame = ours.patients
    scf = frame[frame["site"] == "supraclavicular"]
    curve = KaplanMeierFitter().fit(scf["follow_up_months"], scf["died"])
    assert _value(ours, "os-36-scf") == pytest.approx(100 * curve.predict(36))
    p = multivariate_logrank_test(
        frame["follow_up_months"], frame["site"] == "supraclavicular", frame["died"]
    ).p_value
    assert _value(ours, "os-site-p") == pytest.approx(p, rel=1e-9)
    recent = ours.lesions.query("months_since_negative_ct <= 6")
    assert _value(ours, "ct-small-pct") == 100 * (recent["diameter_mm"] <= 15).mean()
    design = np.c_[
        frame["max_diameter_mm"] > 15,
        frame["site"] == "supraclavicular",
        frame["n_lesions"],
        frame["regional_recurrence"],
        frame["months_to_oligometastasis"] / 12,
        frame["age_years"] / 10,
    ].astype(float)
    fitted = PHReg(frame["follow_up_months"], design, status=frame["died"], ties="efron").fit()
    assert _value(ours, "os-size-p") == pytest.approx(fitted.pvalues[0], rel=1e-4)
    assert _value(ours, "hazard-ratio-size") == pytest.approx(math.exp(fitted.params[0]), rel=1e-5)
    assert (fitted.pvalues[1:] > 0.05).all()


def test_a_disagreeing_row_says_by_how_much(ours, tmp_path):
    first = patients(30, seed=4)
    rows = {row.entry.id: row for row in scorecard.rows(cohort.load(write(tmp_path / "c", first)))}
    row = rows["n-patients"]
    assert (row.agrees, row.verdict, row.reason) == (False, "differs", "56 printed, 30 here")


def _changed(**columns):
    first = patients(30, seed=4)
    for name, value in columns.items():
        first[name] = value
    return first


SHAPES = {
    "another size": (_changed(), None, {}),
    "one patient": (
        patients(1),
        lesions(1).iloc[:1],
        {
            "os-36-scf": "nobody is in this group|nobody was followed",
            "size-only": "no covariate varies",
        },
    ),
    "an empty site": (
        _changed(site="lung"),
        None,
        {
            "os-36-scf": "supraclavicular: nobody is in this group",
            "lrf-36-scf": "supraclavicular: nobody is in this group",
            "os-site-p": "supraclavicular: nobody is in this group",
            "at-risk-scf": "supraclavicular: nobody is in this group",
        },
    ),
    "all large": (
        _changed(),
        lesions(30).assign(diameter_mm="40"),
        {
            "os-36-small": "≤15 mm: nobody is in this group",
            "log-rank-size": "≤15 mm: nobody is in this group",
            "os-size-p": "size does not vary in this cohort",
            "hazard-ratio-size": "size does not vary in this cohort",
        },
    ),
    "nobody followed for 3 years": (
        _changed(follow_up_months="12.0", died="0", progression_months=""),
        None,
        {"os-36-scf": "nobody was followed for 36 months", "os-size-p": "no events"},
    ),
    "no deaths": (
        _changed(died="0"),
        None,
        {
            "os-site-p": "no event in supraclavicular or other sites",
            "log-rank-size": "no event in ≤15 mm or >15 mm",
            "os-size-p": "no events",
            "size-only": "no events",
            "hazard-ratio-size": "no events",
        },
    ),
    "everyone died at once": (
        _changed(died="1", follow_up_months="20.0", progression_months=""),
        None,
        {},
    ),
    "everyone died": (_changed(died="1"), None, {}),
    "no progression": (
        _changed(progression_months=""),
        None,
        {
            "progression-median": "progression_months: no value is there|nobody",
            "progression-min": "nobody|no value",
        },
    ),
    "no earlier CT": (
        _changed(),
        lesions(30).assign(months_since_negative_ct=""),
        {"ct-small-pct": "nobody|no row", "growth-interval": "an earlier negative CT: nobody"},
    ),
    "separated": (
        _changed(died=(patients(30, seed=4)["regional_recurrence"])),
        None,
        {"os-size-p": "no finite maximum", "size-only": "no finite maximum"},
    ),
    "constant covariates": (
        _changed(age_years="50", regional_recurrence="0", months_to_oligometastasis="3.0"),
        None,
        {},
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.filterwarnings("error")
def test_a_cohort_of_any_shape_is_scored(shape, tmp_path):
    first, second, reasons = SHAPES[shape]
    mine = cohort.load(write(tmp_path / "c", first, second))
    rows = {row.entry.id: row for row in scorecard.rows(mine)}
    assert set(rows) == {entry.id for entry in mine.study.targets}
    for row in rows.values():
        value = row.reproduced
        assert value is None or value == value, f"{row.entry.id}: NaN"
        assert row.reason or row.agrees, row.entry.id
        assert (row.verdict == "not computable") == (value is None and row.agrees is False)
    for id, reason in reasons.items():
        assert rows[id].reproduced is None, id
        assert any(part in rows[id].reason for part in reason.split("|")), (id, rows[id].reason)


def test_cox_is_lifelines_to_the_last_digits(ours):
    fitted = estimates.cox(ours, "multivariable")
    assert isinstance(fitted, CoxPHFitter)
    assert list(fitted.params_.index) == ["size", "site", "lesions", "regional", "interval", "age"]


def test_the_invented_study_is_scored_by_hand(tmp_path):
    study = published.load(INVENTED)
    mine = _loaded(tmp_path, study, invented())
    assert all(row.agrees for row in scorecard.rows(mine))
    frame = mine.tables["hips"]
    assert len(frame) == 24
    assert frame["prosthesis"].eq("cemented").sum() == 11
    assert frame["smoker"].sum() == 7
    assert frame["revised_weeks"].notna().sum() == 9
    assert 170.5 <= frame["observed_weeks"].median() < 171.5
    some = frame[frame["prosthesis"] == "uncemented"]
    time = some["revised_weeks"].astype(float).fillna(some["observed_weeks"].astype(float))
    curve = KaplanMeierFitter().fit(time, some["revised_weeks"].notna())
    assert round(100 * curve.predict(104), 1) == 76.2
    assert isinstance(frame["fixation"].dtype, pd.CategoricalDtype)


def test_a_chapter_shows_reasons_only_where_rows_differ(ours):
    ids = ["os-36-large", "n-lung"]
    assert list(scorecard.chapter(ours, ids)) == [
        "what",
        "printed",
        "reproduced",
        "verdict",
        "kind",
    ]
    fewer = dataclasses.replace(
        ours, tables=ours.tables | {"patients": ours.patients[ours.patients["site"] != "lung"]}
    )
    shown = scorecard.chapter(fewer, ids)
    assert "reason" in shown
    assert "33 printed, 0 here" in set(shown["reason"])


@pytest.mark.parametrize("separated", [True, False])
def test_whether_a_model_of_many_patients_has_a_maximum(separated):
    """Some are asked first; a covariate that separates all of them is found at last."""
    from helpers.estimates import of_models

    rng = np.random.default_rng(3)
    events = rng.integers(0, 2, 700).astype(float)
    factor = events if separated else rng.integers(0, 2, 700)
    design = np.column_stack([rng.normal(size=700), factor])
    assert of_models._has_maximum(design, rng.exponential(9, 700), events) is not separated
