"""An ensemble as data: its file, its cohorts, what they print and what they leave open."""

from __future__ import annotations

import datetime
import functools
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from fixtures_core import INVENTED
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.utils import concordance_index
from scipy.spatial.distance import cdist
from selection import ALL, some

from helpers import cohort as contract
from helpers import ensemble, estimates, known, published, scorecard
from helpers.ensemble import cohorts, diagnostics, store
from helpers.ensemble.verification import verify

SHIPPED = [published.DATA / "cohort", *sorted((published.DATA / "alternatives").iterdir())]


def _tables(folder):
    """A cohort's tables as the search writes them."""
    study = published.load()
    found = contract.load(folder, study).tables
    return {name: store.as_written(study, name, frame) for name, frame in found.items()}


def _ensemble(members, study=None):
    """An ensemble of made-up provenance."""
    study = study or published.load()
    count = len(members)
    record = pd.DataFrame(
        {"measure": ["one", "two"] * (count // 2) + ["one"] * (count % 2), "shard": range(count)}
    )
    flat = store.flatten(study, store.stacked(study, members), record)
    return cohorts.of_flat(flat, study, "made up")


@functools.cache
def shipped():
    return _ensemble([_tables(folder) for folder in SHIPPED])


# The file


def test_a_cohort_comes_back_as_it_went_in():
    study = published.load()
    for number, folder in enumerate(SHIPPED):
        found, wanted = shipped().cohort(number), contract.load(folder, study)
        for name in study.tables:
            pd.testing.assert_frame_equal(found.tables[name], wanted.tables[name])


def test_the_same_ensemble_gives_the_same_bytes_here_and_in_another_process(tmp_path):
    content = shipped().to_bytes()
    assert content == shipped().to_bytes()
    path = tmp_path / "few.parquet"
    path.write_bytes(content)
    code = (
        "import sys; from helpers import ensemble; "
        "sys.stdout.buffer.write(ensemble.load(sys.argv[1]).to_bytes())"
    )
    again = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True)
    assert again.stdout == content


def test_the_file_is_plain_for_pandas(tmp_path):
    path = tmp_path / "few.parquet"
    path.write_bytes(shipped().to_bytes())
    frame = pd.read_parquet(path)
    one = frame[frame["cohort"] == 1].drop_duplicates("patients.patient_id")
    wanted = contract.load(SHIPPED[1]).patients
    assert one["patients.follow_up_months"].tolist() == wanted["follow_up_months"].tolist()
    assert one["patients.site"].tolist() == wanted["site"].tolist()
    assert one["patients.treatment_date"].tolist() == wanted["treatment_date"].tolist()


def test_a_study_of_one_table_has_a_file_too():
    study = published.load(INVENTED)
    hips = pd.DataFrame(
        {
            "hip": ["H1", "H2"], "prosthesis": ["cemented", "uncemented"], "bmi": [27.1, 30.0],
            "smoker": [0, 1], "operated": ["1990-01-01", "1991-02-03"],
            "observed_weeks": [200, 90], "revised_weeks": [np.nan, 60],
        }
    )  # fmt: skip
    found = _ensemble([{"hips": hips}, {"hips": hips.iloc[:1]}], study)
    assert found.included.tolist() == [[True, True], [True, False]]
    assert found.grid("revision_time_weeks").tolist() == [[200, 60], [200, 0]]
    assert found.cohort(1).tables["hips"]["hip"].tolist() == ["H1"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.drop(columns="patients.site"), "a column 'patients.site' was expected"),
        (lambda f: f.assign(cohort=f["cohort"] + 1), "cohorts numbered from 0 on"),
        (lambda f: f.assign(**{"patients.age_years": 7}), "a whole number from 18 to 110"),
        (lambda f: f.assign(**{"lesions.lesion_id": "L01"}), "an identifier that stands once"),
        (lambda f: f.assign(**{"patients.follow_up_months": 0.1}), "at most follow_up_months"),
    ],
)
def test_a_file_that_breaks_the_contract_is_refused(tmp_path, spoil, message):
    study = published.load()
    flat = store.flatten(study, shipped().tables, shipped().record)
    path = tmp_path / "spoilt.parquet"
    path.write_bytes(store.to_bytes(study, spoil(flat)))
    with pytest.raises(ensemble.EnsembleError, match=message) as refused:
        ensemble.load(path, study)
    assert str(path) in str(refused.value)


def test_a_file_that_was_checked_before_is_known_by_its_bytes(tmp_path, monkeypatch):
    file = tmp_path / "ensemble.parquet"
    file.write_bytes(shipped().to_bytes())
    found = ensemble.load(file)
    monkeypatch.setattr(known, "FILE", tmp_path / "known.json")
    known.FILE.write_text(json.dumps({known.digest(file): True}))
    for name in ("pandera", "pandera.pandas"):
        monkeypatch.setitem(sys.modules, name, None)  # as where it is not installed
    again = ensemble.load(file)
    for name in found.study.tables:
        pd.testing.assert_frame_equal(again.tables[name], found.tables[name])
    pd.testing.assert_frame_equal(again.record, found.record)
    known.FILE.write_text("{}")
    known._kept.cache_clear()
    with pytest.raises(ensemble.EnsembleError, match="only tables of this book"):
        ensemble.load(file)


def test_a_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / "e.parquet"
    with pytest.raises(ensemble.EnsembleError, match="not readable: No such file"):
        ensemble.load(path)
    for content in (b"", b"PAR1 and no more", shipped().to_bytes()[:-9]):
        path.write_bytes(content)
        with pytest.raises(ensemble.EnsembleError, match="not readable as Parquet"):
            ensemble.load(path)


def test_there_is_no_cohort_beyond_the_last():
    for number in (-1, len(shipped())):
        with pytest.raises(
            ensemble.EnsembleError, match=f"from 0 to 2 was expected, found {number}"
        ):
            shipped().cohort(number)


# What they print


def _tampered():
    """Cohorts that meet the contract and print other numbers, edge cases among them."""
    rng = np.random.default_rng(5)

    def change(patients=None, lesions=None, folder=SHIPPED[0]):
        tables = _tables(folder)
        if patients is not None:
            tables["patients"] = tables["patients"].assign(**patients(tables["patients"]))
        if lesions is not None:
            tables["lesions"] = tables["lesions"].assign(**lesions(tables["lesions"]))
        return tables

    def without(tables, id):
        return {name: frame[frame["patient_id"] != id] for name, frame in tables.items()}

    def separated(tables):
        largest = tables["lesions"].groupby("patient_id")["diameter_mm"].max()
        small = tables["patients"]["patient_id"].map(largest) <= 15
        died = tables["patients"]["died"].where(~small, 0)
        return tables | {"patients": tables["patients"].assign(died=died)}

    none = {"local_recurrence_months": np.nan}
    yield without(_tables(SHIPPED[0]), "P01")
    yield change(lambda p: {"site": "supraclavicular"}, lambda f: {"site": "supraclavicular"})
    yield change(lambda p: {"site": "other"}, lambda f: {"site": "other"})
    yield change(lambda p: {"months_to_oligometastasis": p["months_to_oligometastasis"] + 12.5})
    yield change(lambda p: {"months_to_oligometastasis": 0.0, "regional_recurrence": 1})
    yield change(lambda p: {"treatment_date": "2006-12-31"})
    yield change(lambda p: {"treatment_date": "2022-06-01", "progression_months": np.nan})
    yield change(lambda p: {"follow_up_months": p["follow_up_months"].clip(upper=35.9)},
                 lambda f: none)  # fmt: skip
    yield change(lambda p: {"follow_up_months": p["follow_up_months"] + 2})
    yield change(lambda p: {"follow_up_months": 90.0})
    yield change(lambda p: {"died": 1 - p["died"]})
    yield change(lambda p: {"died": 0})
    yield change(lambda p: {"died": 1})
    yield change(lambda p: {"progression_months": np.nan})
    yield change(lambda p: {"progression_months": p["follow_up_months"]})
    yield change(lesions=lambda f: {"diameter_mm": 10})
    yield change(lesions=lambda f: {"diameter_mm": 30})
    yield change(lesions=lambda f: {"diameter_mm": f["diameter_mm"] + 1})
    yield change(lesions=lambda f: {"months_since_negative_ct": np.nan})
    yield change(lesions=lambda f: {"months_since_negative_ct": 5.0})
    yield change(
        lesions=lambda f: {
            "months_since_negative_ct": f["months_since_negative_ct"][::-1].to_numpy()
        }
    )
    yield change(lesions=lambda f: {"local_recurrence_months": 0.5})
    yield change(lesions=lambda f: none)
    yield separated(_tables(SHIPPED[0]))
    for folder in [*SHIPPED] * 2:
        tables = _tables(folder)
        patients = tables["patients"]
        order = rng.permutation(len(patients))
        exits = patients[["follow_up_months", "died"]].to_numpy()[order]
        tables["lesions"] = tables["lesions"].assign(**none)
        tables["patients"] = patients.assign(
            follow_up_months=exits[:, 0].round(), died=exits[:, 1].astype(int),
            progression_months=np.nan,
        )  # fmt: skip
        yield tables


@functools.cache
def tampered():
    return _ensemble([_tables(folder) for folder in SHIPPED] + list(_tampered()))


def _same(one, other):
    if isinstance(one, (str, datetime.date)):
        return one == other
    return np.isclose(float(one), float(other), rtol=1e-6, atol=1e-9)


def test_verification_says_of_every_number_what_the_scorecard_says():
    verdict = verify(tampered())
    told = set()
    for number in some(range(len(tampered())), 4):
        for row in scorecard.rows(tampered().cohort(number)):
            if row.agrees is None:
                assert row.entry.id not in verdict.reproduced
                continue
            found = verdict.reproduced.loc[number, row.entry.id]
            place = (number, row.entry.id, row.reproduced, row.reason, found)
            if row.reproduced is None:
                assert pd.isna(found), place
            else:
                assert _same(row.reproduced, found), place
            assert verdict.agrees.loc[number, row.entry.id] == row.agrees, place
            told |= {row.entry.id} if not row.agrees else set()
    # Every number is off in some of these cohorts, but for what the contract itself rules out.
    assert not ALL or set(verdict.reproduced) - told == {"lesions-min", "lesions-max"}


def test_shipped_cohorts_pass_and_tampered_ones_are_told_by_number():
    assert verify(shipped()).passed
    verdict = verify(tampered())
    assert not verdict.passed
    assert set(verdict.failures["cohort"]) == set(range(len(SHIPPED), len(tampered())))
    first = verdict.failures[verdict.failures["cohort"] == len(SHIPPED)]
    row = first.set_index("entry").loc["n-patients"]
    assert (row["printed"], row["reproduced"]) == ("56", 55)


@pytest.mark.skipif(
    not (published.DATA / "ensemble.parquet").exists(), reason="no ensemble is shipped yet"
)
def test_the_shipped_ensemble_passes_by_both_codes():
    found = ensemble.load()
    assert verify(found).passed
    for number in some(np.random.default_rng(1).integers(len(found), size=5), 3):
        assert all(row.agrees is not False for row in scorecard.rows(found.cohort(number)))


# What they leave open


def test_what_is_unprinted_is_that_of_lifelines():
    found = ensemble.unprinted(tampered())
    for number in (*range(len(SHIPPED)), 8, 20, len(tampered()) - 1):
        cohort, row = tampered().cohort(number), found.loc[number]
        patients = cohort.patients
        time, died = patients["follow_up_months"], patients["died"]
        curve = KaplanMeierFitter().fit(time, died)
        assert row["overall-survival.events"] == died.sum()
        assert row["overall-survival.events-36"] == (died == 1)[time <= 36].sum()
        assert (
            row["overall-survival.at-risk-36.large"]
            == ((time >= 36) & (patients["max_diameter_mm"] > 15)).sum()
        )
        assert np.isclose(row["overall-survival.survival-36"], 100 * curve.predict(36))
        assert row["rows.small"] == (patients["max_diameter_mm"] <= 15).sum()
        fitted = estimates.cox(cohort, "multivariable")
        for term, line in fitted.summary.iterrows():
            np.testing.assert_allclose(row[f"multivariable.{term}.cox"], line["coef"], atol=1e-6)
            np.testing.assert_allclose(
                row[f"multivariable.{term}.cox-se"], line["se(coef)"], rtol=1e-5
            )
        design = _design(cohort)
        risk = design[list(fitted.params_.index)] @ fitted.params_
        np.testing.assert_allclose(
            row["multivariable.c-index"], concordance_index(time, -risk, died), atol=1e-6
        )
        alone = design[["size"]].assign(time=time, died=died)
        single = CoxPHFitter().fit(alone, "time", "died", fit_options={"precision": 1e-12})
        np.testing.assert_allclose(
            row["multivariable.size.univariable"], single.params_["size"], atol=1e-6
        )


def _design(cohort):
    spec = cohort.study.models["multivariable"].covariates
    return pd.DataFrame(
        {
            term: cohort.members(one.group).astype(float)
            if one.group is not None
            else cohort.patients[one.column].astype(float) / one.per
            for term, one in spec.items()
        }
    )


def test_quantities_are_in_words_and_in_the_same_order():
    words = ensemble.quantities(shipped())
    assert list(words.index) == list(ensemble.unprinted(shipped()))
    assert words["words"].is_unique
    assert words.loc["overall-survival.median", "unit"] == "months"
    assert not words.loc["multivariable.size.firth", "main"]


def test_separated_cohorts_have_a_penalised_estimate_alone():
    row = ensemble.unprinted(tampered()).loc[len(SHIPPED) + 23]
    assert np.isnan(row["multivariable.size.cox"])
    assert np.isfinite(row["multivariable.size.firth"])
    assert np.isfinite(row["multivariable.size.one-step"])


# The most typical


def test_remoteness_is_the_mean_distance_of_ranks():
    rng = np.random.default_rng(3)
    values = pd.DataFrame(rng.integers(0, 6, (30, 4)).astype(float))
    values.loc[3, 1], values.loc[5, 2] = np.inf, np.nan
    ranks = values.rank(na_option="bottom")
    wanted = cdist(ranks, ranks, "cityblock").mean(axis=1) / (4 * 30)
    np.testing.assert_allclose(ensemble.remoteness(values), wanted, rtol=1e-12)


def test_what_is_said_twice_or_does_not_vary_counts_once_or_never():
    values = pd.DataFrame(np.random.default_rng(4).normal(size=(25, 3)))
    more = values.assign(same=np.exp(values[0]), mirrored=-values[1], constant=7.0)
    np.testing.assert_allclose(ensemble.remoteness(more), ensemble.remoteness(values))


def test_among_equals_the_medoid_is_the_first():
    one, other = _tables(SHIPPED[1]), _tables(SHIPPED[2])
    tables = [other, one, one, next(iter(_tampered()))]
    found = _ensemble(tables)
    assert ensemble.medoid(found) == 1
    assert ensemble.medoid(_ensemble(tables[:1])) == 0


# Diagnostics


def test_a_copy_is_not_distinct():
    found = diagnostics.distinctness(_ensemble([_tables(SHIPPED[i]) for i in (1, 2, 1)]))
    assert found["distance"].tolist()[::2] == [0, 0]
    assert found["nearest"].tolist()[::2] == [2, 0]
    assert found["distance"][1] > 0
    assert np.isnan(diagnostics.distinctness(_ensemble([_tables(SHIPPED[0])]))["distance"][0])


def test_the_order_of_exits_by_hand():
    order = diagnostics.exits(shipped())[0]
    patients = shipped().cohort(0).patients
    scf, small = patients["site"] == "supraclavicular", patients["max_diameter_mm"] <= 15
    code = patients["died"] + 2 * scf + 4 * ~scf + 8 * small + 16 * ~small
    wanted = sorted(zip(patients["follow_up_months"], code, strict=True))
    assert order.tolist() == [code for _, code in wanted]


def test_agreement_uses_whole_chains_only():
    members = [_tables(SHIPPED[i % 3]) for i in range(14)]
    study = published.load()
    record = pd.DataFrame({"measure": "one", "shard": [0] * 6 + [1] * 6 + [2] * 2, "moves": 5.0})
    flat = store.flatten(study, store.stacked(study, members), record)
    found = cohorts.of_flat(flat, study, "made up")
    table = diagnostics.agreement(found).set_index("quantity")
    assert set(table["chains"]) == {2}
    assert set(table["draws"]) == {6}
    assert np.isfinite(table.loc["multivariable.size.cox", "r_hat"])
    assert np.isnan(table.loc["rows.other-sites", "r_hat"])
    assert diagnostics.acceptance(found).loc["one"].tolist() == [3, 14, 5.0]


def test_agreement_leaves_out_the_cohort_that_some_chains_have_more():
    study = published.load()
    members = [_tables(SHIPPED[i % 3]) for i in range(13)]
    record = pd.DataFrame({"measure": "one", "shard": [0] * 7 + [1] * 6, "moves": 5.0})
    flat = store.flatten(study, store.stacked(study, members), record)
    table = diagnostics.agreement(cohorts.of_flat(flat, study, "made up"))
    assert set(table["chains"]) == {2}
    assert set(table["draws"]) == {6}
