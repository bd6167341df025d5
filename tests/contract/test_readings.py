"""Every other reading of a published number is analysed, or it is said why not; what is given is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fixtures_core import INVENTED

from helpers import cohort, estimates, published, readings
from helpers.cohort import Cohort


@pytest.fixture(scope="module")
def ours() -> Cohort:
    return cohort.load(published.DATA / "cohort", published.load())


@pytest.fixture(scope="module")
def reread(ours: Cohort) -> list[readings.Reread]:
    return readings.reread(ours)


def _gives(reread: list[readings.Reread], words: str) -> tuple[str, ...]:
    (found,) = [row.gives for row in reread if row.words.startswith(words)]
    return found


def _rate(months: np.ndarray, event: np.ndarray, at: float = 36.0) -> float:
    """Kaplan–Meier by one division for each time."""
    product = 100.0
    for month in np.unique(months[(event == 1) & (months <= at)]):
        product *= 1 - event[months == month].sum() / (months >= month).sum()
    return product


def test_every_other_reading_is_analysed_or_it_is_said_why_not():
    entries = published.load().entries.values()
    listed = {words for entry in entries for words in entry.other_readings}
    assert len(listed) > 20
    assert not set(readings.ANALYSES) & set(readings.NO_ANALYSIS)
    assert listed == {*readings.ANALYSES, *readings.NO_ANALYSIS}


def test_what_two_readings_of_the_abstract_have_in_common_is_listed_as_one():
    """Whose rate it is, from when, and that a lesion was measured once: ours, and said to be ours."""
    entries = published.load().entries
    for id in ("os-36-scf", "os-36-other"):
        assert any("names no groups" in words for words in entries[id].other_readings)
    for id in ("os-36-scf", "progression-median", "progression-min", "progression-max"):
        assert "Counted from the diagnosis of the oligometastasis." in entries[id].other_readings
    assert any(
        "several measurements" in words for words in entries["growth-interval"].other_readings
    )


def test_rates_under_other_readings_are_those_by_hand(ours, reread):
    patients, lesions = ours.patients, ours.lesions
    neck = patients["site"] == "supraclavicular"
    later = (patients["follow_up_months"] + patients["months_to_oligometastasis"]).to_numpy()
    died = patients["died"].to_numpy()
    by_hand = [f"{_rate(later[rows], died[rows]):.1f}%" for rows in (neck, ~neck)]
    assert list(_gives(reread, "Counted from the diagnosis of the cervical")) == by_hand

    owner = patients.set_index("patient_id")
    of_the_rest = lesions[lesions["patient_id"].map(owner["site"]) != "supraclavicular"]
    back = of_the_rest["local_recurrence_months"].to_numpy(float)
    followed = of_the_rest["patient_id"].map(owner["follow_up_months"]).to_numpy(float)
    times, event = np.where(np.isnan(back), followed, back), (~np.isnan(back)).astype(int)
    assert _gives(reread, "Lesions as units") == ("100%", f"{_rate(times, event):.1f}%")

    sums = lesions.groupby("patient_id")["diameter_mm"].sum()
    large = (patients["patient_id"].map(sums) > 15).to_numpy()
    months = patients["follow_up_months"].to_numpy()
    by_hand = [f"{_rate(months[rows], died[rows]):.1f}%" for rows in (~large, large)]
    assert list(_gives(reread, "The sum of the diameters")) == by_hand


def test_groups_that_are_swapped_change_places(ours, reread):
    of = ours.study.entries
    swapped = _gives(reread, "The rate of the other group")
    assert swapped == (of["os-36-other"].text, of["os-36-scf"].text)


def test_a_death_that_counts_as_a_failure_leaves_no_more_free_than_alive(ours, reread):
    found = _gives(reread, "Death counted as an event")
    alive = [ours.study["os-36-scf"].value, ours.study["os-36-other"].value]
    for text, most in zip(found, alive, strict=True):
        assert float(text.rstrip("%")) <= most + 0.5


def test_medians_of_follow_up_are_those_by_hand(ours, reread):
    months, died = ours.patients["follow_up_months"].to_numpy(), ours.patients["died"].to_numpy()
    assert _gives(reread, "The median among")[0] == f"{np.median(months[died == 0]):.0f} months"
    kept = np.array([_rate(months, 1 - died, at) for at in np.sort(months)])
    half = np.sort(months)[(kept <= 50).argmax()]
    assert _gives(reread, "The reverse")[0] == f"{half:.0f} months"


SCORE = "The score test of a Cox model, which is the log-rank test but for ties."


def test_the_score_test_is_the_log_rank_test_where_no_two_months_are_equal(ours, reread):
    """With ties the two differ a little; on the cohort of the book both print the published value."""
    entry = ours.study["os-site-p"]
    assert _gives(reread, "The score test") == (entry.text,)
    apart = ours.patients["follow_up_months"] + 1e-6 * np.arange(len(ours.patients))
    tables = ours.tables | {"patients": ours.patients.assign(follow_up_months=apart)}
    untied = replace(ours, tables=tables)
    score = readings.ANALYSES[SCORE](untied, entry)
    assert score == pytest.approx(estimates.estimate(untied, entry.estimand), rel=1e-9)
    assert score != readings.ANALYSES[SCORE](ours, entry)


def test_of_several_analyses_each_is_held_against_the_published_number(ours, monkeypatch):
    words = "The Peto–Peto or Gehan test."
    for found, said in ((0.051, 0.044), True), ((0.051, 0.046), False):
        pair = dict(zip(("one", "other"), found, strict=True))
        monkeypatch.setitem(readings.ANALYSES, words, lambda *_, pair=pair: pair)
        (row,) = [row for row in readings.reread(ours) if row.words == words]
        assert row.agrees is said
        assert row.gives[0].endswith("(other)")


def test_what_is_called_ruled_out_is_listed_and_numbers_alone_rule_it_out(ours, reread):
    rows = {row.words: row for row in reread}
    assert {words for words, row in rows.items() if not row.possible} == readings.RULED_OUT
    of = ours.study.entries
    assert of["within-2y"].value > of["within-1y"].value  # and so cannot be later than
    assert of["lrf-36-scf"].value > of["os-36-scf"].value  # free of death and recurrence, and alive
    # Half of all are watched for longer than the last progression took: at most ten of them leave by it.
    watched = of["n-patients"].value // 2
    assert of["progression-max"].value < of["follow-up-median"].value
    assert np.prod([1 - 1 / (watched - k) for k in range(of["n-progression"].value)]) > 0.5


def test_a_reading_that_a_cohort_cannot_follow_says_why(ours):
    tables = ours.tables | {"patients": ours.patients.assign(site="lung", site_group="other sites")}
    nobody = replace(ours, tables=cohort.derive(ours.study, tables))
    found = {row.words: row for row in readings.reread(nobody)}
    assert "nobody is in this group" in found["Lesions as units."].gives[0]
    assert (
        "nobody is in this group"
        in found["A comparison at 3 years only, which the two rates rule out."].gives[0]
    )
    assert found["A comparison at 3 years only, which the two rates rule out."].agrees is None


def test_another_study_has_its_own_readings():
    study = published.load(INVENTED)
    expected = {words for entry in study.entries.values() for words in entry.other_readings}
    empty = Cohort({name: None for name in study.tables}, study, "nobody", True)  # type: ignore[misc]
    found = readings.reread(empty)
    assert {row.words for row in found} == expected
    assert all(row.gives == ("Not analysed here.",) for row in found)
