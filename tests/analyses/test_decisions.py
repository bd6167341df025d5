"""What predicted chances at a time are worth, against R and by hand."""

from __future__ import annotations

import hashlib
import json
from math import isnan

import numpy as np
import pandas as pd
import pytest
from books import ROOT

from helpers import batch, prognosis

FOLDER = ROOT / "tests" / "reference"
FROZEN = json.loads((FOLDER / "decisions.json").read_text(encoding="utf-8"))
SETS = list(FROZEN["judged"])


def test_references_belong_to_these_bytes():
    provenance = FROZEN["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed decisions.json"
    assert provenance["inputs"]
    assert provenance["scripts"]


@pytest.mark.parametrize("name", SETS)
def test_against_redistribution_to_the_right(name: str):
    theirs = FROZEN["judged"][name]
    frame = pd.read_csv(FOLDER / f"{name}.csv")
    time, event, at = frame[theirs["time"]], frame[theirs["event"]], theirs["at"]
    weights = prognosis.watched_weights(time, event, at)
    assert weights / weights.sum() == pytest.approx(theirs["weight"], abs=1e-9)
    risk = theirs["sign"] * frame[theirs["covariate"]]
    assert prognosis.area_under_curve(time, event, risk, at) == pytest.approx(theirs["area"])
    found = [
        prognosis.net_benefit(time, event, theirs["chance"], threshold, at)
        for threshold in theirs["thresholds"]
    ]
    assert found == pytest.approx(theirs["net_benefit"])


def test_weights_are_those_of_the_brier_score():
    """Chances of one for all: its score is then the weighted share of the dead."""
    rng = np.random.default_rng(3)
    time, event = rng.integers(1, 9, 40), rng.random(40) < 0.5
    for at in (3, 4.5, 8):
        weights = prognosis.watched_weights(time, event, at)
        dead = event & (time <= at)
        score = batch.brier(batch.cohorts(time, event), np.ones(40), at).score[0]
        assert weights[dead].sum() / weights.sum() == pytest.approx(score)


def test_with_nobody_lost_it_is_counting():
    time, event = [1, 2, 3, 9, 9, 9], [1, 1, 1, 0, 0, 0]
    chance = np.array([0.9, 0.3, 0.6, 0.6, 0.2, 0.1])
    # Nine pairs: the second of the dead is below one who lived, the third is level with her.
    assert prognosis.area_under_curve(time, event, chance, 5) == pytest.approx(7.5 / 9)
    # At one half: two of the dead, and one in vain at odds of one.
    assert prognosis.net_benefit(time, event, chance, 0.5, 5) == pytest.approx((2 - 1) / 6)
    # At a quarter: three of the dead, one in vain at odds of one third.
    assert prognosis.net_benefit(time, event, chance, 0.25, 5) == pytest.approx((3 - 1 / 3) / 6)
    assert prognosis.net_benefit(time, event, np.ones(6), 0.25, 5) == pytest.approx((3 - 1) / 6)


def test_nobody_dead_or_all_is_no_area():
    assert isnan(prognosis.area_under_curve([1, 2], [0, 0], [0.1, 0.2], 1))
    assert isnan(prognosis.area_under_curve([1, 2], [1, 1], [0.1, 0.2], 3))
