"""The chain: it draws from the measure given the printed numbers, and what it keeps is whole."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from fixtures_core import INVENTED, dump, raw
from selection import ALL

from helpers import cohort, package, published, scorecard
from helpers.calibration import enumeration
from helpers.published import PublishedError
from helpers.reconstruct import UnsatisfiedError, position, settling
from helpers.reconstruct import sampler as samplers
from helpers.reconstruct.chain import GAP, chain
from helpers.reconstruct.codes import COX_P
from helpers.reconstruct.sampler import Sampler

TINY = published.DATA / "tiny.yaml"
TINY_LESIONS = INVENTED.with_name("tiny-lesions.yaml")
TINY_COX = INVENTED.with_name("tiny-cox.yaml")
TINY_RARE = INVENTED.with_name("tiny-rare.yaml")
TINY_FIRST = INVENTED.with_name("tiny-first.yaml")
NESTED = INVENTED.with_name("nested.yaml")


@functools.cache
def _kept():
    return chain(published.load(), "proportional-hazards", [1, 2], 2)


@pytest.mark.parametrize(
    ("path", "measure", "gap"),
    [
        (TINY, "columns", 8),
        pytest.param(TINY, "proportional", 60, marks=pytest.mark.full),
        pytest.param(TINY, "free", 60, marks=pytest.mark.full),
        pytest.param(TINY, "apart", 60, marks=pytest.mark.full),
        (TINY_LESIONS, "columns", 10),
        pytest.param(TINY_LESIONS, "sized", 25, marks=pytest.mark.full),
        (TINY_COX, "columns", 10),
        pytest.param(TINY_COX, "proportional", 60, marks=pytest.mark.full),
        (TINY_RARE, "columns", 15),
        (TINY_FIRST, "columns", 10),
    ],
)
def test_a_chain_draws_what_exact_enumeration_gives(path, measure, gap):
    draws = 2_000 if ALL else 1_000
    found = enumeration.compare(published.load(path), measure, seed=1, draws=draws, gap=gap)
    assert found.cohorts > 200, "enough for an error to show"
    assert found.table["exact"].sum() == pytest.approx(1)
    assert found.p_value > 1e-3, found.table
    assert found.distance < 1.15 * found.expected_distance


def test_the_comparison_would_notice_another_measure(monkeypatch):
    study = published.load(TINY)
    other = enumeration.probabilities(Sampler(study, "columns", np.random.default_rng(1)))
    monkeypatch.setattr(enumeration, "probabilities", lambda sampler: other)
    found = enumeration.compare(study, "apart", seed=1, draws=2_000, gap=8)
    assert found.p_value < 1e-6
    assert found.distance > 1.5 * found.expected_distance


def test_a_study_with_too_many_cohorts_is_not_enumerated():
    sampler = Sampler(published.load(INVENTED), "priors", np.random.default_rng(1))
    with pytest.raises(PublishedError, match="at most 300,000 cohorts can be enumerated"):
        enumeration.probabilities(sampler)


@pytest.mark.parametrize(
    ("path", "measure"), [(None, "exchangeable"), (None, "piecewise"), (NESTED, "priors")]
)
def test_what_is_kept_up_to_date_is_what_is_computed_from_nothing(path, measure):
    sampler = Sampler(published.load(path), measure, np.random.default_rng(3))
    sampler.begin()
    for temperature in (20.0, 5.0, 1.0, 0.65):
        for _ in range(40):
            sampler.run(101, temperature, temperature)
            _, _, expected = sampler.evaluated()
            kept = sampler.state.violations
            expected = np.where(expected > 0, sampler.plan.weight * (expected + settling._MISS), 0)
            expected[sampler.layout.programme.what[:, 0] >= COX_P] = 0.0
            np.testing.assert_allclose(kept, expected, atol=1e-4)
            assert sampler.total == kept.sum(), "sums are exact in any order"
            for order, rank in zip(sampler.state.order, sampler.state.rank, strict=True):
                assert rank[order].tolist() == list(range(len(order)))


def test_at_a_look_every_constraint_holds_and_columns_that_nothing_else_reads_are_new():
    sampler = Sampler(published.load(TINY_COX), "columns", np.random.default_rng(2))
    sampler.start()
    columns = sampler.layout.columns["patients"]
    assert [columns[c] for c in sampler.blocks.columns[sampler.fresh.block]] == ["smoker"]
    assert sampler.fresh.alone.all()
    assert sampler.fresh.rows.tolist() == [3, 2], "of five, two smoke"
    seen = set()
    for _ in range(200):
        sampler.advance(1)
        assert sampler.evaluated()[0] == 0.0
        seen.add(tuple(sampler.state.root[:, columns.index("smoker")]))
    assert len(seen) == 10, "every choice of two from five"


def test_the_columns_of_a_study_that_printed_counts_settle_are_found():
    sampler = Sampler(published.load(), "proportional-hazards", np.random.default_rng(2))
    fresh, blocks = sampler.fresh, sampler.blocks
    names = [
        sampler.layout.columns["patients"][blocks.columns[blocks.start[b]]] for b in fresh.block
    ]
    alone = dict(zip(names, fresh.alone.tolist(), strict=True))
    assert alone == {
        "site": False,  # the survival by site reads it
        "months_to_oligometastasis": True,
        "regional_recurrence": True,
        "age_years": True,
        "progression_months": False,
    }
    assert not set(fresh.block[fresh.alone]) & set(blocks.moved)
    assert fresh.rows.sum() == len(sampler.state.root) * len(fresh.block)


@pytest.mark.parametrize("measure", ["proportional-hazards", "piecewise"])
def test_probabilities_of_exits_are_kept_up_to_date(measure):
    sampler = Sampler(published.load(), measure, np.random.default_rng(4))
    sampler.begin()
    sampler.run(20_000, 5.0, 1.0)
    exits, kept = sampler.measure.exits, sampler.position
    for i in range(len(sampler.state.root)):
        expected = position.exit_log_probability(exits, sampler.state, kept, i)
        assert kept.log_probability[i] == pytest.approx(expected, abs=1e-12)


def test_every_member_prints_every_number(tmp_path):
    study = published.load()
    for number, tables in enumerate(_kept().members):
        package.write(tmp_path / str(number), package.files(study, tables, "x", "x"))
        rows = scorecard.rows(cohort.load(tmp_path / str(number)))
        assert not [f"{row.entry.id}: {row.reason}" for row in rows if row.agrees is False]


def test_the_record_says_how_the_chain_went():
    record = _kept().record
    assert len(record) == 2
    assert record["moves"].between(GAP * samplers.LOOK, np.inf).all()
    assert record["accepted"].between(0.1, 1).all()
    assert record["met"].to_numpy() == pytest.approx(
        (GAP * samplers.LOOK / record["moves"]).to_numpy()
    )
    assert (record["starts"] >= 1).all()
    assert record["log hazard ratio of large"].notna().all()


def test_the_same_seed_gives_the_same_cohorts_and_another_seed_others(monkeypatch):
    monkeypatch.setattr(samplers, "BURN_IN", 20)
    study = published.load(INVENTED)
    told = []
    one = chain(study, "priors", [5, 1], 3, told.append)
    again, other = chain(study, "priors", [5, 1], 3), chain(study, "priors", [5, 2], 3)
    assert told == [1, 2, 3]
    pd.testing.assert_frame_equal(one.record, again.record)
    for left, right in zip(one.members, again.members, strict=True):
        pd.testing.assert_frame_equal(left["hips"], right["hips"])
    assert not one.members[0]["hips"].equals(one.members[1]["hips"])
    assert not one.members[0]["hips"].equals(other.members[0]["hips"])


def test_a_chain_goes_on_where_it_stood_by_the_same_moves():
    study = published.load(TINY_COX)
    whole = chain(study, "proportional", [4, 1], 6, gap=3)
    first = chain(study, "proportional", [4, 1], 2, gap=3)
    second = chain(study, "proportional", [4, 1], 4, gap=3, after=first.after)
    both = pd.concat([first.record, second.record], ignore_index=True)
    pd.testing.assert_frame_equal(both, whole.record)
    assert [len(part.members) for part in (whole, first, second)] == [6, 2, 4]
    rows = [
        sorted(map(tuple, tables["patients"].drop(columns="patient_id").to_numpy()))
        for part in (whole, first, second)
        for tables in part.members
    ]
    assert rows[:6] == rows[6:]
    assert len({str(one) for one in rows[:6]}) > 1


def test_columns_that_steer_nothing_are_drawn_anew_for_every_member():
    first, second = (tables["patients"] for tables in _kept().members)
    for column in ("histology", "figo_stage", "systemic_therapy"):
        assert (first[column].to_numpy() != second[column].to_numpy()).any(), column


def test_numbers_that_cannot_be_met_together_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(samplers, "PATIENCE", 20_000)
    monkeypatch.setattr(samplers, "COOLING", 20_000)
    data = raw(INVENTED)
    data["entries"]["n-cemented"]["value"] = 30
    study = published.load(dump(tmp_path / "study.yaml", data))
    with pytest.raises(UnsatisfiedError, match="n-cemented: expected = 30, found "):
        chain(study, "priors", 1, 1)


def test_where_the_usual_temperature_leads_to_nothing_one_is_found(monkeypatch):
    """As for studies of other sizes: too warm, no state meets everything; too cold, none moves."""
    monkeypatch.setattr(samplers, "PATIENCE", 20_000)
    monkeypatch.setattr(samplers, "COOLING", 100_000)
    monkeypatch.setattr(samplers, "COLD", 4.0)
    study = published.load(NESTED)
    sampler = Sampler(study, "priors", np.random.default_rng(1))
    sampler.start()
    assert sampler.starts > samplers.AS_USUAL
    assert 0.1 < sampler.cold < 4.0
    row = sampler.advance(GAP)
    assert row["met"] > 0.003
    assert sampler.evaluated()[0] == 0.0
    stands = sampler.checkpoint()
    other = Sampler(study, "priors", np.random.default_rng(1))
    other.resume(stands)
    assert other.cold == sampler.cold
    assert other.advance(3) == sampler.advance(3), "goes on as it would have"


def test_an_unknown_measure_is_refused():
    with pytest.raises(PublishedError, match="measures: one of priors was expected"):
        chain(published.load(INVENTED), "flat", 1, 1)
