"""Times that differ by rounding errors alone are one time, by R's rule."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from fixtures_core import lesions, patients, write

from helpers import cohort
from helpers.contract import ties

ROOT = Path(__file__).parents[2]
FROZEN = json.loads((ROOT / "tests" / "reference" / "ties.json").read_text(encoding="utf-8"))


def test_the_reference_belongs_to_these_bytes():
    for path, recorded in FROZEN["provenance"]["scripts"].items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed ties.json: make reference"


@pytest.mark.parametrize("case", FROZEN["cases"], ids=lambda case: case["name"])
def test_the_same_times_are_equal_as_in_r(case):
    given, wanted = (np.array([float.fromhex(t) for t in case[key]]) for key in ("given", "equal"))
    assert (ties.together(given) == wanted).all()


def test_missing_times_stay_missing():
    found = ties.together([0.1 + 0.2, np.nan, 0.3])
    assert found[0] == found[2] == 0.3
    assert np.isnan(found[1])


def test_times_are_made_equal_across_tables_before_they_are_held_against_each_other(tmp_path):
    first, second = patients(), lesions()
    first.loc[0, "follow_up_months"] = "0.3"
    first.loc[0, "progression_months"] = "0.30000000000000004"  # not after the end of follow-up
    first.loc[1, "follow_up_months"] = "0.30000000000000004"
    first.loc[1, "progression_months"] = ""
    second.loc[second["patient_id"] == "P001", "local_recurrence_months"] = "0.30000000000000004"
    found = cohort.load(write(tmp_path / "c", first, second))
    assert found.patients["follow_up_months"].iloc[0] == found.patients["follow_up_months"].iloc[1]
    assert found.patients["progressed"].iloc[0] == found.patients["local_recurrence"].iloc[0] == 1
