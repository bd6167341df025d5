"""What the book says of greenwood: it agrees with R, and with the helpers that are older than it."""

from __future__ import annotations

import greenwood
import numpy as np
import pytest

from helpers import cohort as cohorts
from helpers import published, survival


@pytest.fixture(scope="module")
def patients():
    return cohorts.load(published.DATA / "cohort").patients


@pytest.fixture(scope="module")
def first_event(patients):
    came = [patients["progressed"] == 1, patients["died"] == 1]
    return np.select(came, [1, 2], default=0)


def test_grays_test_is_that_of_the_helper(patients, first_event):
    months = patients["progression_time_months"].to_numpy(float)
    neck = (patients["site"] == "supraclavicular").to_numpy(float)
    both = greenwood.Surv(months, event=first_event, type="mstate")
    ours = survival.gray_test(months, first_event, neck)
    theirs = greenwood.grays_test(both, neck)
    assert theirs.statistic == pytest.approx(ours.statistic, rel=1e-9)
    assert theirs.p_value == pytest.approx(ours.p_value, rel=1e-9)


def test_the_max_combo_test_is_that_of_the_helper_to_four_digits(patients):
    months, died = patients["follow_up_months"].to_numpy(float), patients["died"].to_numpy(int)
    for group in (patients["site"] == "supraclavicular", patients["n_lesions"] > 1):
        ours = survival.max_combo(months, died, group)
        theirs = greenwood.maxcombo_test(greenwood.Surv(months, event=died), group.to_numpy(float))
        assert abs(theirs.statistic) == pytest.approx(abs(ours.tests["z"]).max(), rel=1e-9)
        assert theirs.p_value == pytest.approx(ours.p_value, abs=1e-4)
