"""A relation that is printed means the same to scorecard, ensemble, search and proofs."""

from __future__ import annotations

from fractions import Fraction
from math import inf, isfinite, log10

import numpy as np
import pandas as pd
import pytest
from fixtures_core import INVENTED, dump, raw
from hypothesis import given
from hypothesis import strategies as st

from helpers import ensemble, published, scorecard
from helpers.proofs import abstract, witness
from helpers.published import rounding
from helpers.reconstruct import accepted, codes, constraints, evaluation

# An entry of the invented study, what is printed in its place, decimals, and values around it:
# below, at both halves and next to them, on it, and above.
ENTRIES = {
    "median": ("observed-median", 171.0, 0, np.array([-0.5, -0.4999, 0, 0.4999, 0.5])),
    "median of 0": ("observed-median", 0.0, 1, np.array([-0.05, -0.0499, 0, 0.0499, 0.05])),
    "median below 0": ("observed-median", -7.5, 1, np.array([-0.05, -0.0499, 0, 0.0499, 0.05])),
    "rate": ("free-104-uncemented", 76.2, 1, np.array([-0.05, -0.0499, 0, 0.0499, 0.05])),
    "p": ("revision-p", 0.31, 2, np.array([-0.005, -0.00499, 0, 0.00499, 0.005])),
    "p of 1": ("revision-p", 1.0, 2, np.array([-0.005, -0.00499, 0])),
    "count": ("n-revised", 9.0, 0, np.array([-1, 0, 1])),
}
FAR = {"median": 40, "median of 0": 3, "median below 0": 3, "rate": 20, "p": 0.2, "p of 1": 0.5, "count": 4}  # fmt: skip
SHARES = ("free-104-uncemented", "revision-p")  # what proofs take, by any relation
IMPOSSIBLE = {("p of 1", ">")}
CASES = [
    (case, relation)
    for case in ENTRIES
    for relation in rounding.RELATIONS
    if (case, relation) not in IMPOSSIBLE
]


def _study(case, relation, folder):
    id, value, decimals, _ = ENTRIES[case]
    data = raw(INVENTED)
    data["entries"][id] |= {"value": value, "decimals": decimals, "relation": relation}
    return published.load(dump(folder / "study.yaml", data))


def _values(case):
    _, printed, _, around = ENTRIES[case]
    far = [printed - FAR[case], printed + FAR[case]]
    return [value for value in (printed + around).tolist() + far if case != "p of 1" or value <= 1]


def _expected(case, relation, value):
    """By the words of the relation: of the value itself, or with = of what is printed of it."""
    _, printed, decimals, _ = ENTRIES[case]
    number, exact = Fraction(f"{value:.12g}"), Fraction(str(printed))
    return {
        "<": number < exact,
        "<=": number <= exact,
        "=": rounding.text(value, decimals) == rounding.text(printed, decimals),
        ">=": number >= exact,
        ">": number > exact,
    }[relation]


@pytest.mark.parametrize(("case", "relation"), CASES)
class TestOneMeaning:
    def test_of_the_scorecard(self, case, relation, tmp_path, monkeypatch):
        study = _study(case, relation, tmp_path)
        entry = study[ENTRIES[case][0]]
        for value in _values(case):
            monkeypatch.setattr(scorecard, "estimate", lambda *_, value=value: value)
            row = scorecard._row(None, entry)
            assert (row.verdict == "agrees") is _expected(case, relation, value), value

    def test_of_the_ensemble(self, case, relation, tmp_path, monkeypatch):
        study, values = _study(case, relation, tmp_path), _values(case)
        cohorts = ensemble.Ensemble(study, {}, pd.DataFrame({"cohort": range(len(values))}), "x")
        monkeypatch.setattr(ensemble.verification, "estimates", lambda *_: np.array(values))
        agrees = ensemble.verify(cohorts).agrees[ENTRIES[case][0]]
        assert agrees.tolist() == [_expected(case, relation, value) for value in values]

    def test_of_the_search(self, case, relation, tmp_path):
        id, printed, _, _ = ENTRIES[case]
        layout = constraints.Layout(_study(case, relation, tmp_path))
        row = layout.labels.index(id)
        accepted = []
        for value in _values(case):
            number = log10(value) if case.startswith("p") and value > 0 else value
            if evaluation.violation_of(layout.programme.number, row, number) == 0:
                accepted.append(value)
                assert _expected(case, relation, value), f"{value} counts in the search alone"
        outermost = {"=": printed, "<": min(_values(case)), ">": max(_values(case))}
        assert outermost[relation[0]] in accepted


@pytest.mark.parametrize(
    ("case", "relation"), [(c, r) for c, r in CASES if ENTRIES[c][0] in SHARES]
)
def test_one_meaning_of_the_proofs(case, relation, tmp_path):
    entry = _study(case, relation, tmp_path)[ENTRIES[case][0]]
    found = abstract.share(entry)
    unit = Fraction(1, 100) if entry.unit == "percent" else 1
    for value in _values(case):
        number = Fraction(f"{value:.12g}")
        either = number in rounding.limits(
            ENTRIES[case][1], ENTRIES[case][2], relation, rounding.HABITS
        )
        assert (number * unit in found) is either
        if relation != "=":
            assert either is _expected(case, relation, value)


@given(
    st.integers(-99_999, 99_999),
    st.integers(0, 6),
    st.sampled_from(rounding.RELATIONS),
    st.floats(0, 1),
    st.sampled_from([codes.MEDIAN, codes.HAZARD_RATIO]),
)
def test_what_the_search_accepts_agrees(units, decimals, relation, share, kind):
    on_log_scale = kind == codes.HAZARD_RATIO
    value = max(units, 1) / 10**decimals if on_log_scale else units / 10**decimals
    entry = published.Entry(
        id="x", value=value, decimals=decimals, relation=relation, unit="months", words="w",
        reading="r", estimand={"statistic": "median", "column": "c", "group": "g"},
    )  # fmt: skip
    low, high = accepted.accepted(entry, kind)
    assert low <= high
    nearest = low if high == inf else high
    inner = nearest + share * ((1 if high == inf else -1) if inf in (-low, high) else low - high)
    for number in (nearest, inner):
        reached = 10**number if on_log_scale else number
        if isfinite(number) and reached < 1e11:
            assert entry.agrees(reached), (number, reached)


def test_a_number_of_patients_that_is_no_number_is_refused_by_the_proofs(tmp_path):
    for relation in ("<", "<=", ">", ">="):
        data = raw()
        data["entries"]["n-lung"]["relation"] = relation
        study = published.load(dump(tmp_path / "study.yaml", data))
        with pytest.raises(abstract.ProofError, match="n-lung: a number of patients was expected"):
            abstract.abstract(study)


def test_a_follow_up_without_a_latest_median_is_refused_by_the_proofs(tmp_path):
    for relation in (">", ">="):
        data = raw()
        data["entries"]["follow-up-median"]["relation"] = relation
        study = published.load(dump(tmp_path / "study.yaml", data))
        with pytest.raises(abstract.ProofError, match="a median follow-up was expected"):
            abstract.abstract(study)


def test_a_cohort_at_an_end_that_does_not_count_is_no_witness():
    one = witness.parse("S s O o | S s O o")
    rate = witness.kaplan_meier(one, "first")
    for low_counts in (False, True):
        facts = abstract.Abstract(
            (4, 4),
            (abstract.Interval(rate, Fraction(1), low_counts), *[abstract.Interval(Fraction(0), Fraction(1))] * 3),
            *[abstract.Interval(Fraction(0), Fraction(1))] * 2, None, None,
        )  # fmt: skip
        assert witness.faults(one, facts) == (
            []
            if low_counts
            else [f"first: a rate of {float(rate):g} to 1 was expected, found {rate}"]
        )


@pytest.mark.parametrize(
    ("case", "relation", "value", "reason"),
    [
        ("rate", ">=", 76.16, "≥ 76.2% printed, 76.16% here"),
        ("rate", ">=", 76.1, "≥ 76.2% printed, 76.1% here"),
        ("rate", "<=", 76.200001, "≤ 76.2% printed, 76.200001% here"),
        ("rate", ">", 76.2, "> 76.2% printed, 76.2% here"),
        ("p", "<", 0.31, "< 0.31 printed, 0.31 here"),
        ("p", "<", 0.3125, "< 0.31 printed, 0.31 here"),
        ("count", ">", 9, "> 9 printed, 9 here"),
        ("median below 0", ">=", -7.54, "≥ -7.5 printed, -7.54 here"),
    ],
)
def test_a_reason_shows_on_which_side_of_a_limit_a_value_is(
    case, relation, value, reason, tmp_path, monkeypatch
):
    monkeypatch.setattr(scorecard, "estimate", lambda *_: value)
    entry = _study(case, relation, tmp_path)[ENTRIES[case][0]]
    row = scorecard._row(None, entry)
    assert (row.verdict, row.reason) == ("differs", reason)


def test_a_value_that_agrees_is_not_shown_as_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(scorecard, "estimate", lambda *_: 0.3097)
    row = scorecard._row(None, _study("p", "<", tmp_path)["revision-p"])
    assert (row.verdict, row.reproduced_text) == ("agrees", "0.3097")
