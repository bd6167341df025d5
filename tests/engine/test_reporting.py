"""The value of one more printed number, where it is known."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.calibration import reporting, truths
from helpers.ensemble import store, unprinted
from helpers.ensemble.cohorts import of_flat

N = 1500


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, N))


def closed(found, number):
    return found.set_index("number").loc[number, "closed"]


def test_a_number_that_is_the_quantity_closes_all(drawn):
    found = reporting.worth(drawn[0], {"itself": drawn[0]})
    assert closed(found, "itself") > 0.995  # neighbours in the tails are not quite equal
    assert found.set_index("number").loc["itself", "sd_left"] < 0.1 * found["sd_left"][0]


def test_a_number_that_tells_nothing_closes_nothing_even_with_as_many_values_as_members(drawn):
    whole = np.arange(N) % 7
    found = reporting.worth(drawn[0], {"noise": drawn[1], "classes": whole, "both": drawn[1:3].T})
    for row in found.iloc[1:].itertuples():
        assert abs(row.closed) < 4 * row.closed_se, row
        assert row.closed_se < 0.05
        assert row.sd_left == pytest.approx(found["sd_left"][0], rel=0.1)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_noisy_copy_closes_its_share_of_the_variance(drawn, share):
    outcome = np.sqrt(share) * drawn[0] + np.sqrt(1 - share) * drawn[1]
    row = reporting.worth(outcome, {"copy": drawn[0]}).iloc[1]
    assert row["closed"] == pytest.approx(share, abs=4 * row["closed_se"])
    assert row["sd_left"] == pytest.approx(np.sqrt(1 - share), rel=0.1)


def test_classes_close_the_variance_between_them(drawn):
    classes = np.arange(N) % 3
    outcome = classes * 2.0 + drawn[0]
    between = 4 * np.var([0, 1, 2])
    row = reporting.worth(outcome, {"class": classes}).iloc[1]
    assert row["closed"] == pytest.approx(between / (between + 1), abs=4 * row["closed_se"])


def test_two_numbers_together_close_what_neither_does_alone(drawn):
    signs = np.sign(drawn[:2])
    found = reporting.worth(
        signs[0] * signs[1] + 0.1 * drawn[2],
        {"one": signs[0], "other": signs[1], "together": signs.T},
    )
    assert closed(found, "together") > 0.95
    assert abs(closed(found, "one")) < 0.1
    assert list(found["number"])[:2] == ["nothing more", "together"]


def test_not_reached_is_a_number_of_its_own(drawn):
    never = np.arange(N) % 2 == 0
    median = np.where(never, np.inf, np.abs(drawn[1]))
    assert closed(reporting.worth(never + 0.01 * drawn[0], {"median": median}), "median") > 0.99


def test_chains_that_do_not_mix_are_not_taken_for_information():
    """Number and quantity both tell which chain a member is from, and nothing else of each other."""
    errors, fooled = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        chains = np.repeat(np.arange(30), 20)
        of_chain, of_member = rng.normal(size=(2, 30)), rng.normal(size=(2, 600))
        outcome, number = 10 * of_chain[:, chains] + of_member
        fooled.append(reporting.worth(outcome, {"number": number}).iloc[1]["closed"])
        aware = reporting.worth(outcome, {"number": number}, chains).iloc[1]
        errors.append(aware["closed"] / aware["closed_se"])
    assert np.mean(fooled) > 0.2, "unaware of chains, it should be fooled"
    assert abs(np.mean(errors)) < 1
    assert np.std(errors) < 2


def test_the_same_seed_gives_the_same_table(drawn):
    classes = {"class": np.arange(N) % 5}
    one, other = (reporting.worth(drawn[0], classes, seed=3) for _ in range(2))
    assert one.equals(other)


def test_too_few_members_and_what_is_fixed_are_refused(drawn):
    with pytest.raises(ValueError, match="at least 50 members were expected, found 49"):
        reporting.worth(drawn[0][:49], {})
    with pytest.raises(ValueError, match="that varies"):
        reporting.worth(np.ones(N), {})
    with pytest.raises(ValueError, match="at least 2 were expected, found 1"):
        reporting.worth(drawn[0], {}, np.zeros(N))


@pytest.fixture(scope="module")
def ensemble():
    """Cohorts of a measure, some from each of its chains, whatever they print."""
    study = published.load()
    rng = np.random.default_rng(1)
    members = [truths._cohort(study, study.measures["exchangeable"], rng)[0] for _ in range(60)]
    for tables in members:  # nothing that comes after the end of follow-up
        patients = tables["patients"]
        before = patients["progression_months"] <= patients["follow_up_months"]
        patients["progression_months"] = patients["progression_months"].where(before)
        tables["lesions"]["local_recurrence_months"] = np.nan
    record = pd.DataFrame({"measure": "exchangeable", "shard": np.arange(len(members)) // 6})
    flat = store.flatten(study, store.stacked(study, members), record)
    return of_flat(flat, study, "drawn")


def test_what_could_have_been_printed_is_what_the_cohorts_have(ensemble):
    found = reporting.candidates(ensemble, unprinted(ensemble))
    patients = ensemble.first
    small = patients["max_diameter_mm"] <= 15
    died = patients["died"] == 1
    of_each = [
        (small, "Patients, ≤15 mm and >15 mm"),
        (small & died, "Deaths, ≤15 mm and >15 mm"),
        (small & died & (patients["follow_up_months"] <= 36), "Deaths by 36 months, ≤15 mm and >15 mm"),
        (small & (patients["follow_up_months"] >= 36), "Number at risk at 36 months, ≤15 mm and >15 mm"),
    ]  # fmt: skip
    for inside, words in of_each:
        assert found[words][:, 0].tolist() == inside.groupby(patients["cohort"]).sum().tolist()
    assert found["Deaths in all"].tolist() == died.groupby(patients["cohort"]).sum().tolist()
    p = 10 ** found["Exact p value"]
    assert np.isnan(p).sum() < 5, "few models have no maximum"
    p = p[~np.isnan(p)]
    assert p == pytest.approx([float(f"{x:.1e}") for x in p], rel=1e-9), "two digits"
    ratios = np.exp(found["Hazard ratio and its interval"])
    ratios = ratios[~np.isnan(ratios).any(axis=1)]
    assert (ratios[:, 1] <= ratios[:, 0]).all()
    assert (ratios[:, 0] <= ratios[:, 2]).all()
    assert not any(np.ptp(values, axis=0).max() == 0 for values in found.values())


def test_the_worth_is_found_for_each_measure_apart(ensemble):
    open_before = unprinted(ensemble)
    numbers = {"deaths": open_before["overall-survival.events"].to_numpy()}
    found = reporting.by_measure(ensemble, open_before["overall-survival.events"], numbers)
    assert list(found["measure"].unique()) == ["Exits unrelated to site and size"]
    assert list(found["number"]) == ["nothing more", "deaths"]
    assert found["closed"].iloc[1] > 0.9
    assert (found["lower"] <= found["closed"]).all()
