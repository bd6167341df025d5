"""What is assumed is marked, and what it changes is shown by cohorts drawn without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fixtures_core import dump, invoke, raw

from helpers import ensemble, published
from helpers.ensemble import EnsembleError, Plan, assumptions, effects, without_assumptions

TINY = published.DATA / "tiny.yaml"
N = 240


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The tiny study, in which somebody far away is assumed to have been followed for two years."""
    data = raw(TINY)
    data["requirements"] = {
        "at-risk-far": {
            "value": 1,
            "unit": "patients",
            "relation": ">=",
            "assumed": True,
            "words": "At risk, far",
            "reading": "Somebody.",
            "estimand": {"statistic": "at-risk", "endpoint": "survival", "group": "far", "time": 2},
        }
    }
    return dump(tmp_path_factory.mktemp("followed") / "study.yaml", data)


@pytest.fixture(scope="module")
def followed(path):
    return published.load(path)


def test_every_requirement_that_is_ours_is_marked():
    study = published.load()
    assert {entry.estimand.statistic for entry in study.requirements.values()} == {
        "log-rank",
        "hazard-ratio",
        "at-risk",
    }
    assert all(entry.assumed for entry in study.requirements.values())
    assert not any(entry.assumed for entry in study.entries.values())
    assert not without_assumptions(study).requirements
    assert without_assumptions(study).entries == study.entries


def test_cohorts_that_meet_an_assumption_are_draws_given_it(followed, tmp_path):
    free = ensemble.draw(Plan(without_assumptions(followed), N, 1, ("columns",)), tmp_path, 1)
    bound = ensemble.draw(Plan(followed, N, 2, ("columns",)), tmp_path, 1)
    table = effects(free, followed)
    assert list(table["assumed"].unique()) == ["all", "all but at-risk", "none"]
    by = table.set_index(["quantity", "assumed"])
    name = "survival.at-risk-2.far"
    values = ensemble.leeway.main(replace(free, study=followed))[name].to_numpy()
    kept = values[values >= 1]
    assert 0 < len(kept) < N, "an assumption that changes nothing shows nothing"
    assert by.loc[(name, "all"), "cohorts"] == len(kept)
    assert by.loc[(name, "none"), "cohorts"] == by.loc[(name, "all but at-risk"), "cohorts"] == N
    assert by.loc[(name, "none"), "lower"] == values.min() == 0
    assert by.loc[(name, "all"), "lower"] == kept.min() == 1
    assert by[["lower_error", "median_error", "upper_error"]].ge(0).all(axis=None)
    assert by["upper_error"].gt(0).any()
    given = ensemble.leeway.main(bound)[name].to_numpy()
    assert given.mean() == pytest.approx(
        kept.mean(), abs=4 * np.sqrt(2) * kept.std() / np.sqrt(150)
    )


def test_too_few_cohorts_have_no_interval(followed, tmp_path):
    free = ensemble.draw(Plan(without_assumptions(followed), 8, 1, ("columns",)), tmp_path, 1)
    table = effects(free, followed)
    assert (table["cohorts"] < assumptions.FEWEST).all()
    assert table[["lower", "median", "upper"]].isna().all(axis=None)


def test_a_study_that_assumes_nothing_is_refused(tmp_path):
    study = published.load(TINY)
    free = ensemble.draw(Plan(study, 8, 1, ("columns",)), tmp_path, 1)
    with pytest.raises(EnsembleError, match="no requirement of the study is marked as assumed"):
        effects(free, study)
    done = invoke("ensemble", "assumed", "--published", TINY, "--n", 8, "--work", tmp_path,
                  "--workers", 1, "--quiet")  # fmt: skip
    assert done.exit_code == 2
    assert "no requirement of the study is marked as assumed" in done.stderr


def test_the_table_is_printed_and_written(path, tmp_path):
    out = tmp_path / "effects.csv"
    done = invoke("ensemble", "assumed", "--published", path, "--n", 8, "--out", out,
                  "--work", tmp_path / "work", "--workers", 1, "--quiet")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "all but at-risk" in done.stdout
    told = ["quantity", "assumed", "measure", "cohorts", "lower", "median", "upper",
            "lower_error", "median_error", "upper_error"]  # fmt: skip
    assert list(pd.read_csv(out)) == told
