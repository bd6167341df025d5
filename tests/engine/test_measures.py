"""Reference measures: probabilities that add up, the priors of the columns, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures_core import INVENTED, dump, raw
from hypothesis import given, settings
from hypothesis import strategies as st
from selection import examples

from helpers import published
from helpers.published import PublishedError
from helpers.reconstruct import measures, priors
from helpers.reconstruct.constraints import Layout


def _compiled(name, study=None):
    study = study or published.load()
    return measures.compiled(study, name, Layout(study))


def _parameters(exits, theta):
    parameters = measures.room(exits)
    measures.hazards(exits, theta, parameters)
    return parameters


@settings(max_examples=examples(20), deadline=None)
@given(
    st.sampled_from(["exchangeable", "proportional-hazards", "piecewise"]),
    st.integers(0, 2**32 - 1),
)
def test_probabilities_of_all_exits_add_up_to_one(name, seed):
    exits, _ = _compiled(name)
    theta = np.random.default_rng(seed).normal(exits.centre, exits.spread)
    parameters = _parameters(exits, theta)
    for cell in range(parameters.shape[1]):
        assert measures.grid(exits, parameters, cell).sum() == pytest.approx(1, abs=1e-9)


def test_without_parameters_it_is_the_prior_of_the_columns():
    study = published.load()
    exits, names = _compiled("exchangeable")
    assert (exits.spread == 0).all()
    assert len(names) == 4, "median and shape of two times"
    expected = measures.grid(exits, _parameters(exits, exits.centre), 0)
    drawn = priors.draw(study, "patients", 400_000, np.random.default_rng(1))
    step = np.round(drawn["follow_up_months"] * 10).astype(int) - exits.first
    for event in (0, 1):
        share = np.array([part.mean() for part in np.array_split(expected[:, event], 20)])
        seen = np.bincount(step[drawn["died"] == event], minlength=exits.steps) / 400_000
        found = np.array([part.mean() for part in np.array_split(seen, 20)])
        size = np.array([len(part) for part in np.array_split(seen, 20)])
        error = np.sqrt(share * size * (1 - share * size) / 400_000) / size
        np.testing.assert_array_less(np.abs(found - share), 4.5 * error)


def test_groups_shift_the_hazard_by_their_ratio():
    study = published.load()
    exits, names = _compiled("proportional-hazards", study)
    theta = exits.centre.copy()
    theta[names.index("log hazard ratio of large")] = np.log(2)
    theta[names.index("log hazard ratio of supraclavicular")] = np.log(3)
    parameters = _parameters(exits, theta)
    step = 400
    times = (exits.first + step - 0.5) / exits.per_unit
    baseline = np.log(2) * (times / 34) ** 1.2
    for cell, ratio in enumerate((1, 2, 3, 6)):
        censored = np.log(2) * (times / 34) ** 1.3
        survived = measures.grid(exits, parameters, cell)[step:].sum()
        assert survived == pytest.approx(np.exp(-ratio * baseline - censored), rel=1e-9)


def test_a_piecewise_hazard_is_constant_between_its_cuts_and_apart_in_every_cell():
    exits, names = _compiled("piecewise")
    assert sum(name.startswith("log rate of event") for name in names) == 16
    theta = np.random.default_rng(0).normal(exits.centre, exits.spread)
    parameters = _parameters(exits, theta)
    times = np.array([6.0, 12.0, 24.0, 30.0, 40.0])
    for cell in range(4):
        rates = parameters[0, cell, :4]
        for time in times:
            spent = np.clip(time - np.array([0, 12, 24, 36]), 0, [12, 12, 12, np.inf])
            found = measures._cumulative(exits, parameters, 0, cell, time, np.log(time))
            assert found == pytest.approx((spent * rates).sum(), rel=1e-12)
    assert len(np.unique(parameters[0, :, :4])) == 16


def test_a_study_without_measures_has_that_of_its_priors():
    study = published.load(INVENTED)
    assert list(study.measures) == ["priors"]
    exits, names = _compiled("priors", study)
    assert exits.time == -1
    assert names == []


def test_an_unknown_measure_is_refused():
    with pytest.raises(PublishedError, match=r"measures: one of exchangeable, .* found 'flat'"):
        _compiled("flat")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda m: m.update(endpoint="nothing"), "no endpoint is named 'nothing'"),
        (lambda m: m.update(groups=["nobody"]), "no group is named 'nobody'"),
        (lambda m: m.update(endpoint="local-recurrence"), "an event whose prior is that it happened"),
        (lambda m: m.update(groups=["recent-ct"]), "a group of patients was expected"),
        (lambda m: m.pop("censoring"), "endpoint, event and censoring go together"),
        (lambda m: m.update(groups=[]), "event.log_ratio'?: groups were expected with it"),
        (lambda m: m["event"].update(piecewise={"cuts": [3], "rate": 1}), "one of weibull and piecewise"),
        (lambda m: m["event"]["weibull"].update(median=-3), "greater than 0"),
        (lambda m: m["event"]["weibull"].update(scale=3), "no field of that name is known"),
        (lambda m: m["censoring"].update(log_ratio={"mean": 0, "sd": 1}), "does not depend on groups"),
    ],
)  # fmt: skip
def test_an_impossible_measure_is_refused(spoil, message, tmp_path):
    data = raw()
    spoil(data["measures"]["proportional-hazards"])
    with pytest.raises(PublishedError, match=message):
        published.load(dump(tmp_path / "study.yaml", data))


def test_a_group_that_depends_on_the_exit_is_refused(tmp_path):
    data = raw()
    data["groups"]["late"] = {
        "table": "patients",
        "label": "late",
        "where": [{"column": "follow_up_months", "above": 36}],
    }
    data["measures"]["piecewise"]["groups"] = ["late"]
    with pytest.raises(PublishedError, match="'late' depends on follow_up_months"):
        published.load(dump(tmp_path / "study.yaml", data))


def test_falling_cuts_are_refused(tmp_path):
    data = raw()
    data["measures"]["piecewise"]["event"]["piecewise"]["cuts"] = [24, 12]
    with pytest.raises(PublishedError, match="rising times were expected"):
        published.load(dump(tmp_path / "study.yaml", data))
