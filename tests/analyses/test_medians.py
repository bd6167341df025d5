"""Medians of survival curves against R, by the rule that each of our places states."""

from __future__ import annotations

import hashlib
import json
from math import inf

import numpy as np
import pytest
from books import ROOT

from helpers import batch
from helpers.reconstruct import survival as of_search

FROZEN = json.loads((ROOT / "tests" / "reference" / "medians.json").read_text(encoding="utf-8"))
GROUPS = FROZEN["groups"]


def _curve(name):
    group = GROUPS[name]
    return np.array(group["time"], float), np.array(group["event"], float)


def _number(value):
    return inf if value in (None, "NA") else value


@pytest.mark.parametrize("name", GROUPS)
def test_both_rules_are_those_of_r(name):
    time, event = _curve(name)
    of = batch.cohorts(time, event)
    assert batch.median(of, at_half="first")[0] == _number(GROUPS[name]["first"])
    assert batch.median(of)[0] == _number(GROUPS[name]["middle"])


@pytest.mark.parametrize("name", GROUPS)
def test_the_search_has_the_first_time(name):
    time, event = _curve(name)
    rows, first = np.ones(len(time), bool), _number(GROUPS[name]["first"])
    if first == inf:
        assert of_search.median_off(time, event, rows, inf, inf) == 0
        assert of_search.median_off(time, event, rows, -inf, 1e9) > 0
        return
    assert of_search.median_off(time, event, rows, first - 1e-7, first + 1e-7) == 0
    assert of_search.median_off(time, event, rows, first + 1e-7, inf) > 0
    assert of_search.median_off(time, event, rows, -inf, first - 1e-7) > 0


def test_the_rules_differ_where_a_curve_stands_at_one_half():
    assert any(group["first"] != group["middle"] for group in GROUPS.values())


def test_the_values_belong_to_these_scripts_and_inputs():
    recorded = FROZEN["provenance"]["scripts"] | FROZEN["provenance"]["inputs"]
    for path, digest in recorded.items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == digest, path
