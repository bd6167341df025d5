"""Rates of lesions: three computations say the same, and a search finds what a short form asks for."""

from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from helpers import cohort, ensemble, estimates, scorecard, short
from helpers.published import checking
from helpers.reconstruct import constraints, evaluation, reconstruct, settling, state

TEXT = """
name: a
rows: 20 patients
lesions: 33 nodes (1-3)
groups:
  site per node: {lung: 20, liver: 13}
counts:
  men: 12 (60%)
  treated twice per lesion: 5 (15%)
summaries:
  follow-up: 21 (3-60)
  size mm per node: 14 (4-38)
rates:
  os 12: 75%
  os 12 per node: 73%
  local control 24 per node: 88%
  local control 24 in lung per node: 90%
"""


def _study(text):
    whole = short.written(short.expanded(short.read(text, "a.yaml")), "a.yaml")
    return checking.parse(whole, Path("a.yaml"))


STUDY = _study(TEXT)


def _tables(rng, n=12):
    time = rng.integers(1, 40, n).astype(float)
    patients = pd.DataFrame(
        {"patient_id": [f"P{i:02d}" for i in range(n)], "men": rng.integers(0, 2, n),
         "follow_up": time, "died": rng.integers(0, 2, n)}
    )  # fmt: skip
    number = rng.integers(1, 4, n)
    owner = np.repeat(np.arange(n), number)
    k = len(owner)
    onset = rng.integers(1, 40, k).astype(float)
    onset[(rng.random(k) < 0.5) | (onset > time[owner])] = np.nan
    lesions = pd.DataFrame(
        {"lesion_id": [f"L{i:02d}" for i in range(k)], "patient_id": patients["patient_id"].to_numpy()[owner],
         "site": rng.choice(["lung", "liver"], k), "treated_twice": rng.integers(0, 2, k),
         "size": rng.integers(4, 38, k), "local_control_onset": onset}
    )  # fmt: skip
    return {"patients": patients, "lesions": lesions}, owner


def _by_hand(tables, asked):
    rows = tables["lesions"].merge(tables["patients"], on="patient_id")
    if asked.group != "all-lesions":
        rows = rows[rows["site"] == "lung"]
    if rows.empty:
        return None
    time, event = rows["follow_up"], rows["died"]
    if asked.onset:
        event = rows[asked.onset].notna() & (rows[asked.onset] <= time)
        time = rows[asked.onset].where(event, time)
    rate = KaplanMeierFitter().fit(time, event).predict(asked.time)
    return 100 * rate if rate <= 0 or (time >= asked.time).any() else None


@pytest.mark.parametrize("seed", range(12))
def test_rates_of_lesions_are_one_by_every_computation(seed):
    raw, owner = _tables(np.random.default_rng(seed))
    tables = cohort.derive(STUDY, raw)
    of = cohort.Cohort(tables, STUDY, "one", synthetic=True)
    twice = {
        name: pd.concat([frame.assign(cohort=k) for k in (0, 1, 2)], ignore_index=True)
        for name, frame in tables.items()
    }
    many = ensemble.Ensemble(STUDY, twice, pd.DataFrame({"cohort": [0, 1, 2]}), "three")
    layout = constraints.Layout(STUDY)
    coded = {**tables, "lesions": tables["lesions"].assign(
        site=tables["lesions"]["site"].map({"lung": 0, "liver": 1})
    )}  # fmt: skip
    root, child = (
        coded[name].reindex(columns=layout.columns[name]).to_numpy(float)
        for name in ("patients", "lesions")
    )
    count = len(layout.labels)
    values, violations = np.zeros(count), np.zeros(count)
    evaluation.evaluate(layout.programme, root.copy(), child, owner, inf, values, violations)
    plan = state.plan(layout, len(root))
    kept = state.empty(layout, plan, len(root))
    kept.root[:] = root
    for i in range(len(root)):
        mine = np.flatnonzero(owner == i)
        kept.used[i] = len(mine)
        kept.child[i * plan.slots : i * plan.slots + len(mine)] = child[mine]
    settling.rebuild(layout.programme, plan, kept)
    expected = np.where(violations > 0, plan.weight * (violations + settling._MISS), 0.0)
    np.testing.assert_allclose(kept.violations, expected, atol=2e-3, err_msg=str(layout.labels))
    found = dict(zip(layout.labels, values, strict=True))
    asked = {
        id: e.estimand
        for id, e in STUDY.entries.items()
        if e.estimand.statistic.endswith("of-rows")
    }
    assert len(asked) == 3
    for id, one in asked.items():
        by_hand = _by_hand(tables, one)
        if by_hand is None:
            with pytest.raises(estimates.NotEstimable):
                estimates.estimate(of, one)
            assert np.isnan(found[id])
            assert np.isnan(ensemble.estimates(many, one)).all()
            continue
        assert estimates.estimate(of, one) == pytest.approx(by_hand)
        assert found[id] == pytest.approx(by_hand)
        assert ensemble.estimates(many, one) == pytest.approx([by_hand] * 3)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "name: b\nrows: 22 patients\nlesions: 29\nrates: {os 12: 86%, os 12 per lesion: 83%}\n",
    ],
)
def test_a_cohort_is_found_with_its_lesions(text):
    of = _study(text)
    tables = reconstruct(of, 1).tables
    rows = scorecard.rows(cohort.of_tables(tables, of, "one"))
    assert len(rows) == len(of.targets)
    assert all(row.agrees for row in rows), [row.reason for row in rows if not row.agrees]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rates: {lc 12 per lesion: 90%}", "say how many there are, such as `lesions: 29`"),
        ("lesions: 9", "at least one for each of 18 patients was expected, found 9"),
        ("lesions: 40 (1-2)", "40 of 18 patients cannot be 1 to 2 of each"),
        ("lesions: many", "a count such as `29 nodes` or `29 nodes (1-4)` was expected"),
        ("lesions: 20 nodes\nrates: {pfs 12 per node: 90%}", "an endpoint of which a death is no event"),
        ("lesions: 20 nodes\nrates: {lc 12 per node: 90 ± 3}", "a rate alone was expected per node"),
    ],
)  # fmt: skip
def test_what_cannot_be_of_lesions_is_refused(text, sentence):
    with pytest.raises(short.ShortError, match=sentence.replace("(", r"\(").replace(")", r"\)")):
        _study(f"name: a\nrows: 18 patients\n{text}\n")
