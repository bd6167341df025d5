"""A cohort of another disease: levels of its own, and columns that are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import unusual

from helpers import cohort as cohorts
from helpers import published
from helpers.contract import declared
from helpers.estimates import NotEstimable, estimate

STUDY = published.load()
OPTIONAL = [
    (table, name)
    for table, spec in STUDY.tables.items()
    for name, column in spec.columns.items()
    if not column.needed
]


def without(folder: Path, table: str, *columns: str) -> Path:
    """A cohort of the book's own disease without some columns."""
    unusual.write(unusual.drawn(30, 5), folder)
    path = folder / f"{table}.csv"
    pd.read_csv(path).drop(columns=list(columns)).to_csv(path, index=False)
    return folder


def declaring(folder: Path, levels: object) -> Path:
    unusual.another_disease(folder)
    (folder / "datapackage.json").write_text(json.dumps({"levels": levels}))
    return folder


class TestLevels:
    def test_sites_are_those_that_the_cohort_declares_and_the_first_is_compared(
        self, tmp_path: Path
    ):
        cohort = cohorts.load(unusual.another_disease(tmp_path / "ward"))
        assert tuple(cohort.patients["site"].cat.categories) == unusual.DISEASE["site"]
        assert tuple(cohort.lesions["site"].cat.categories) == unusual.DISEASE["site"]
        assert list(cohort.patients["site_group"].cat.categories) == ["bone", "other sites"]
        of_bone = cohort.patients["site_group"] == "bone"
        assert (of_bone == (cohort.patients["site"] == "bone")).all()
        assert cohort.study.models["multivariable"].covariates["site"].label == "Bone"
        assert cohort.words == {"supraclavicular": "bone"}

    def test_of_two_sites_both_have_their_names(self, tmp_path: Path):
        folder = tmp_path / "ward"
        patients, lesions = unusual.drawn(20, 3)
        called = {"supraclavicular": "bone", "lung": "liver", "other": "liver"}
        unusual.write(
            (
                patients.assign(site=patients["site"].map(called)),
                lesions.assign(site=lesions["site"].map(called)),
            ),
            folder,
        )
        (folder / "datapackage.json").write_text('{"levels": {"site": "as found"}}')
        cohort = cohorts.load(folder)
        assert list(cohort.patients["site_group"].cat.categories) == ["bone", "liver"]
        assert cohort.words == {"supraclavicular": "bone", "other sites": "liver"}

    def test_of_one_site_all_are_of_it_and_nobody_of_others(self, tmp_path: Path):
        patients, lesions = unusual.drawn(20, 3)
        unusual.write((patients.assign(site="bone"), lesions.assign(site="bone")), tmp_path)
        (tmp_path / "datapackage.json").write_text('{"levels": {"site": "as found"}}')
        cohort = cohorts.load(tmp_path)
        assert list(cohort.patients["site_group"].cat.categories) == ["bone", "other sites"]
        assert (cohort.patients["site_group"] == "bone").all()

    def test_a_first_site_may_be_called_as_the_book_calls_the_others(self, tmp_path: Path):
        patients, lesions = unusual.drawn(20, 3)
        called = {"supraclavicular": "other sites", "lung": "bone", "other": "liver"}
        tables = [frame.assign(site=frame["site"].map(called)) for frame in (patients, lesions)]
        unusual.write((tables[0], tables[1]), tmp_path)
        about = {"levels": {"site": list(called.values())}}
        (tmp_path / "datapackage.json").write_text(json.dumps(about))
        groups = cohorts.load(tmp_path).patients["site_group"].cat.categories
        assert list(groups) == ["other sites", "all but other sites"]

    def test_of_levels_as_found_a_blank_cell_is_told_as_nothing(self, tmp_path: Path):
        patients, lesions = unusual.drawn(4, 3)
        unusual.write((patients.assign(site=""), lesions.drop(columns="site")), tmp_path)
        (tmp_path / "datapackage.json").write_text('{"levels": {"site": "as found"}}')
        with pytest.raises(cohorts.CohortError, match="a word was expected, found nothing"):
            cohorts.load(tmp_path)

    def test_levels_as_found_are_in_alphabetical_order(self, tmp_path: Path):
        cohort = cohorts.load(unusual.another_disease(tmp_path / "ward"))
        assert list(cohort.patients["histology"].cat.categories) == ["ductal", "lobular", "other"]

    def test_without_a_declaration_the_levels_of_the_book_hold(self, tmp_path: Path):
        folder = unusual.another_disease(tmp_path / "ward")
        (folder / "datapackage.json").unlink()
        with pytest.raises(cohorts.CohortError, match="one of supraclavicular, lung, other was"):
            cohorts.load(folder)

    def test_a_word_that_is_not_declared_is_refused(self, tmp_path: Path):
        with pytest.raises(cohorts.CohortError, match="one of bone, liver was expected, found"):
            cohorts.load(
                declaring(tmp_path / "ward", unusual.DISEASE | {"site": ["bone", "liver"]})
            )

    @pytest.mark.parametrize(
        ("levels", "said"),
        [
            (["bone"], "a list for each category was expected"),
            ({"died": ["no", "yes"]}, "one of figo_stage, histology, site, treatment was expected"),
            ({"site": []}, "a list of different texts or 'as found' was expected"),
            ({"site": ["bone", "bone"]}, "a list of different texts or 'as found' was expected"),
            ({"site": ["bone", 3]}, "a list of different texts or 'as found' was expected"),
            ({"site": "bone"}, "a list of different texts or 'as found' was expected"),
        ],
    )
    def test_a_declaration_of_another_form_is_refused(
        self, levels: object, said: str, tmp_path: Path
    ):
        with pytest.raises(cohorts.CohortError, match=r"datapackage\.json, levels") as refused:
            cohorts.load(declaring(tmp_path / "ward", levels))
        assert said in str(refused.value)

    def test_printed_numbers_of_sites_that_are_not_declared_have_no_value(self, tmp_path: Path):
        cohort = cohorts.load(unusual.another_disease(tmp_path / "ward"))
        with pytest.raises(NotEstimable, match="no site supraclavicular, lung, other"):
            estimate(cohort, STUDY["os-36-scf"].estimand)


class TestMissingColumns:
    @pytest.mark.parametrize(("table", "column"), OPTIONAL)
    def test_a_cohort_may_be_without_each_that_is_not_needed(
        self, table: str, column: str, tmp_path: Path
    ):
        cohort = cohorts.load(without(tmp_path / "ward", table, column))
        assert cohort.lacking[column] == f"This cohort has no column {column} in {table}.csv."
        assert column not in cohort.study.tables[table].columns
        for name, frame in cohort.tables.items():
            of_another = set(STUDY.tables[name].columns) if name != table else set()
            assert not (cohort.lacking.keys() - of_another) & set(frame)

    def test_a_column_that_is_needed_is_missed(self, tmp_path: Path):
        folder = without(tmp_path / "ward", "patients", "died", "histology")
        with pytest.raises(cohorts.CohortError, match="column died: it is missing"):
            cohorts.load(folder)

    def test_what_is_made_of_a_missing_column_is_missing_too(self, tmp_path: Path):
        cohort = cohorts.load(without(tmp_path / "ward", "lesions", "local_recurrence_months"))
        gone = {"local_recurrence_months", "local_time_months", "local_recurrence"}
        assert cohort.lacking.keys() == gone
        assert not gone & set(cohort.patients)

    def test_a_model_is_fitted_without_a_covariate_that_is_missing(self, tmp_path: Path):
        cohort = cohorts.load(without(tmp_path / "ward", "patients", "age_years"))
        assert "age" not in cohort.study.models["multivariable"].covariates
        assert set(cohort.lacking) == {"age_years", "age"}

    def test_an_estimate_that_needs_one_says_so(self, tmp_path: Path):
        cohort = cohorts.load(without(tmp_path / "ward", "patients", "progression_months"))
        with pytest.raises(NotEstimable, match=r"no column progression_months in patients\.csv"):
            estimate(cohort, STUDY["progression-median"].estimand)

    def test_a_cohort_that_has_all_is_held_to_the_study_itself(self):
        cohort = cohorts.load(published.DATA / "cohort")
        assert cohort.study is published.load()
        assert not cohort.lacking
        assert not cohort.words


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyError("histology"), "none"),
        (KeyError("['histology'] not in index"), "none"),
        (AttributeError("'DataFrame' object has no attribute 'histology'"), "none"),
        (KeyError("Column not found: histology"), "none"),
        (KeyError("histology_of_another"), None),
        (ValueError("histology"), None),
    ],
)
def test_an_error_is_told_by_the_column_that_it_names(error: Exception, why: str | None):
    assert declared.reason(error, {"histology": "none"}) == why
