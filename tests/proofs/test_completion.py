"""What the programme leaves out can be added to any cohort of the certificates, but for the model."""

from dataclasses import replace

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from helpers import cohort, published, scorecard
from helpers.proofs import certificates, completion, starts, witness
from helpers.proofs.abstract import ProofError

STUDY = published.load()
LIKE = cohort.load(study=STUDY)
OF_THE_MODEL = {"size-only", "os-size-p", "hazard-ratio-size"}
LINES = list(
    dict.fromkeys(
        end.cohort
        for one in certificates.load(study=STUDY)
        if one.variant.reading == "plain"
        for end in (one.low, one.high)
    )
)


def compare(line):
    """Every printed number but those of the model; the order of exits is the one asked for."""
    found = completion.completed(line, LIKE)
    cohort.of_tables(found.tables, STUDY, "meets the contract")
    rows = scorecard.table(found)
    wrong = rows[~rows["verdict"].isin(["agrees", "definition"]) & ~rows["id"].isin(OF_THE_MODEL)]
    tests = {"os-site-p", "log-rank-size"}  # of other tests in other readings
    meets = witness.faults(witness.parse(line), certificates.VARIANTS[0].abstract(STUDY)) == []
    assert set(wrong["id"]) <= (set() if meets else tests), line
    assert (rows["verdict"] == "agrees").sum() > 30
    assert starts.order_of_exits(found) == line


@pytest.mark.parametrize("line", LINES[::12])
def test_a_completed_cohort_prints_all_but_the_model(line):
    compare(line)


@pytest.mark.full
@pytest.mark.parametrize("line", LINES)
def test_every_completed_cohort_prints_all_but_the_model(line):
    compare(line)


WHOLE = list(
    dict.fromkeys(
        (end.cohort, end.whole)
        for one in certificates.load(study=STUDY)
        for end in (one.low, one.high)
        if end.whole is not None
    )
)


@pytest.mark.parametrize(
    ("line", "seed"),
    [
        pytest.param(*one, marks=() if place % 9 == 0 else pytest.mark.full)
        for place, one in enumerate(WHOLE)
    ],
)
def test_a_cohort_that_prints_the_whole_abstract_does(line, seed):
    rows = scorecard.table(completion.completed(line, LIKE, seed))
    assert set(rows["verdict"]) == {"agrees", "definition"}
    assert set(rows["id"]) >= OF_THE_MODEL


def test_of_the_cohort_with_the_fewest_deaths_the_model_lacks_its_p_value():
    """And nothing else, as its columns are first permuted, as two chapters say."""
    end = certificates.load(study=STUDY).items["log-rank", "deaths"].low
    assert end.whole is None
    rows = scorecard.table(completion.completed(end.cohort, LIKE))
    wrong = rows[~rows["verdict"].isin(["agrees", "definition"])]
    assert wrong["id"].to_list() == ["os-size-p"]


def test_those_at_risk_of_recurrence_are_alive_watched_and_without_one():
    """Of every cohort in the file; the rates once more by lifelines, with recurrence as the event."""
    assert len(LINES) > 30
    for line in LINES[::4]:
        patients = completion.completed(line, LIKE).patients
        recurred = patients["local_recurrence_months"]
        assert (recurred.isna() | (recurred < patients["follow_up_months"])).all()
        time = recurred.fillna(patients["follow_up_months"])
        first = patients["site"] == "supraclavicular"
        for rows, printed in ((first, "lrf-36-scf"), (~first, "lrf-36-other")):
            fitted = KaplanMeierFitter().fit(time[rows], recurred.notna()[rows])
            assert STUDY[printed].agrees(100 * fitted.predict(36)), line
            assert (time[rows] > 36).any()


def test_what_cannot_be_added_is_said():
    exits = witness.parse(LINES[0])
    early = str(replace(exits, cut=len(exits.exits) // 2 - 1))
    with pytest.raises(ProofError, match="half of 56 exits by the cut"):
        completion.completed(early, LIKE)
    tables = LIKE.tables["lesions"].assign(months_since_negative_ct=3.0)
    crowded = replace(
        LIKE, tables={**LIKE.tables, "lesions": tables.loc[np.repeat(tables.index, 4)]}
    )
    with pytest.raises(ProofError, match="to find room"):
        completion.completed(LINES[0], crowded)
