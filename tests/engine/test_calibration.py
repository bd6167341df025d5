"""Calibration: abstracts of known cohorts, coverage that is known, runs that go on."""

import os
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fixtures_core import invoke
from lifelines import KaplanMeierFitter
from scipy.stats import norm

from helpers import cohort as cohorts
from helpers import estimates, published, scorecard
from helpers.calibration import coverage, public, simulated, truths
from helpers.calibration.against import Size
from helpers.calibration.printing import Unprintable, abstract
from helpers.calibration.quantities import NAMES, QUANTITIES, quantities_of
from helpers.cohort import Cohort
from helpers.published import Hazard
from helpers.reconstruct import UnsatisfiedError


@pytest.fixture(scope="module")
def study():
    return published.load()


@pytest.fixture(scope="module")
def shipped():
    return cohorts.load(published.DATA / "cohort")


def with_patients(cohort, **columns):
    """The same cohort with other columns of its patients."""
    tables = {name: frame.copy() for name, frame in cohort.tables.items()}
    for name, values in columns.items():
        tables["patients"][name] = values
    return Cohort(cohorts.derive(cohort.study, tables), cohort.study, "tampered", True)


def values(study):
    return {entry.id: (entry.relation, entry.value) for entry in study.targets}


def test_the_shipped_cohort_prints_the_published_abstract(study, shipped):
    found = abstract(shipped)
    assert found.left_out == ()
    assert values(found.study) == values(study)


def test_a_cohort_with_one_death_less_prints_another_abstract(study, shipped):
    patients = shipped.patients
    small = shipped.members("small") & (patients["died"] == 1) & (patients["follow_up_months"] < 36)
    died = patients["died"].where(~(small & (small.cumsum() == 1)), 0)
    found = abstract(with_patients(shipped, died=died))
    changed = {id for id, value in values(found.study).items() if value != values(study)[id]}
    assert {"os-36-small"} <= changed
    assert not changed & {"n-patients", "follow-up-median", "lrf-36-other", "os-36-large"}


def test_p_values_are_printed_as_such_an_abstract_would(shipped):
    rng = np.random.default_rng(1)
    for _ in range(4):  # shuffled exits know nothing of size and site
        order = rng.permutation(len(shipped.patients))
        exits = shipped.patients[["follow_up_months", "died"]].iloc[order].reset_index(drop=True)
        shuffled = with_patients(shipped, **exits, progression_months=np.nan)
        tables = shuffled.tables
        tables["patients"]["progression_months"] = shipped.patients["progression_months"]
        try:
            found = abstract(shuffled)
        except Unprintable:
            continue
        entry = found.study.requirements["log-rank-size"]
        row = next(row for row in scorecard.rows(shuffled) if row.entry.id == "log-rank-size")
        assert entry.relation == "=", "a shuffled cohort would not print p < 0.001"
        assert entry.decimals == (2 if row.reproduced >= 0.005 else 3)
        assert abs(entry.value - row.reproduced) <= 0.5000001 * 10.0**-entry.decimals
        only = found.study.entries.get("size-only")
        assert (only is None) == ("size-only" in found.left_out)
        assert only is None or only.value == only.estimand.term


def test_what_cannot_be_printed_is_said(shipped):
    short = shipped.patients["follow_up_months"].clip(upper=35)
    with pytest.raises(
        Unprintable, match=r"^lrf-36-scf: supraclavicular: nobody was followed for 36"
    ):
        abstract(with_patients(shipped, follow_up_months=short))


def test_a_known_cohort_prints_its_own_abstract(study):
    for number, measure in enumerate(study.measures):
        truth = truths.draw(study, measure, np.random.default_rng(4))
        rows = scorecard.rows(truth.cohort)
        assert [row.entry.id for row in rows if row.agrees is False] == []
        assert set(truth.study.entries) == set(study.entries)
        assert set(truth.log_ratios) == ({"large", "supraclavicular"} if number == 1 else set())
    again = truths.draw(study, measure, np.random.default_rng(4))
    assert again.cohort.patients.equals(truth.cohort.patients)


@pytest.mark.parametrize("log_ratio", [0.0, 0.7])
def test_times_follow_the_hazard(log_ratio):
    n = 40_000
    shift, cells = np.full(n, log_ratio), np.zeros(n, int)
    weibull = Hazard.model_validate({"weibull": {"median": 20, "shape": 1.5}})
    cuts = {"cuts": [12, 24], "rate": 0.03}
    pieces = Hazard.model_validate({"piecewise": cuts})
    for hazard, cumulative in [
        (weibull, lambda t: np.log(2) * (t / 20) ** 1.5),
        (pieces, lambda t: 0.03 * t),
    ]:
        times = truths._times(hazard, cells, shift, np.random.default_rng(4))
        for t in (5.0, 12.0, 30.0):
            expected = np.exp(-cumulative(t) * np.exp(log_ratio))
            error = np.sqrt(expected * (1 - expected) / n)
            assert (times > t).mean() == pytest.approx(expected, abs=4 * error)


def test_pieces_and_cells_have_hazards_of_their_own():
    rates = {"median": 0.05, "sd_log": 1}
    hazard = Hazard.model_validate({"piecewise": {"cuts": [10, 20], "rate": rates}})
    cells = np.repeat([0, 1], 50_000)
    times = truths._times(hazard, cells, np.zeros(100_000), np.random.default_rng(2))
    found = set()
    for cell in (0, 1):
        here = times[cells == cell]
        for low, high in ((0, 5), (5, 10), (10, 15), (15, 20)):
            found.add(round(-np.log((here > high).mean() / (here > low).mean()) / 5, 2))
    assert 3 <= len(found) <= 6, f"the same within a piece, others beyond it: {found}"


# ---------------------------------------------------------------- coverage


def toy(rng, spread=1.0, ties=False, truths=2000, draws=19):
    """Places of truths among draws of an exact posterior, or of one too narrow or too wide."""
    places = []
    for _ in range(truths):
        centre = rng.normal()
        sample = centre + np.append(rng.normal(), spread * rng.normal(size=draws))
        if ties:
            sample = np.round(sample)
        places.append(coverage.place(sample[0], sample[1:], rng))
    return pd.DataFrame({"place": places, "model": "toy"})


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("draws", [3, 40])
def test_exact_draws_are_found_to_be_calibrated(ties, draws):
    places = toy(np.random.default_rng(7), ties=ties, draws=draws)
    for row in coverage.table(places, ["model"]).itertuples():
        assert row.lower < row.level < row.upper, row
        assert row.p > 0.001
        assert row.truths == len(places)


@pytest.mark.parametrize("spread", [0.5, 2.0])
def test_draws_that_are_too_narrow_or_too_wide_are_found_out(spread):
    places = toy(np.random.default_rng(8), spread=spread, draws=400)
    for row in coverage.table(places, ["model"]).itertuples():
        expected = 2 * norm.cdf(spread * norm.ppf(0.5 + row.level / 2)) - 1
        assert row.held == pytest.approx(expected, abs=0.03)
        assert not row.lower < row.level < row.upper
        assert row.p < 1e-6


def test_places_of_what_is_infinite_or_missing():
    rng = np.random.default_rng(0)
    assert coverage.place(np.inf, [1, 2, 3], rng) > 0.75
    many = [coverage.place(np.inf, [1, np.inf, np.inf], rng) for _ in range(400)]
    assert 0.25 < min(many) < 0.3
    assert max(many) > 0.95
    assert np.isnan(coverage.place(np.nan, [1, 2], rng))
    assert np.isnan(coverage.place(1, [np.nan], rng))
    assert 0.5 < coverage.place(2, [1, np.nan], rng) <= 1


# ---------------------------------------------------------------- public cohorts


@pytest.mark.parametrize("source", public.SOURCES, ids=lambda source: source.name)
def test_a_public_cohort_prints_its_abstract(source):
    cohort, found = public.summarised(source)
    assert set(found.left_out) <= {"only"}
    again = Cohort(cohort.tables, found.study, cohort.name, False)
    off = [row.entry.id for row in scorecard.rows(again) if row.agrees is False]
    assert off == []
    assert 40 <= len(cohort.patients) <= 60


# ---------------------------------------------------------------- command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["simulated", "--measure", "cox"],
            "one of exchangeable, proportional-hazards, piecewise was",
        ),
        (["simulated", "--published", "none.yaml"], "none.yaml: no such file"),
        (["simulated", "--replicates", "0"], "0 is not in the range x>=1"),
        (["real", "--out", "."], "a file was expected, found a folder"),
        (["real", "--work", os.path.join(os.devnull, "x")], "no folder that can be written to"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, message):
    found = invoke("calibration", *arguments, "--quiet")
    assert found.exit_code == 2
    assert message in found.output
    assert "Traceback" not in found.output


@pytest.mark.parametrize(
    ("verb", "computing", "file"),
    [
        ("simulated", "simulated.simulate", "calibration.csv"),
        ("real", "public.compare_real", "real_cohorts.csv"),
        ("tiny", "tiny.compare_tiny", "tiny_cohorts.csv"),
    ],
)
def test_what_was_computed_is_written_and_told(verb, computing, file, monkeypatch, tmp_path):
    """Each command to its end, with the shipped table for what it would compute."""
    table = pd.read_csv(published.DATA / file)
    monkeypatch.setattr(f"helpers.calibration.{computing}", lambda *_: table)
    out = tmp_path / "new" / file
    work = [] if verb == "tiny" else ["--work", tmp_path / "work"]
    done = invoke("calibration", verb, "--out", out, *work, "--quiet")
    assert (done.exit_code, done.stderr) == (0, ""), done
    assert done.stdout.startswith(f"{out}: ")
    assert pd.read_csv(out).equals(table)


# ---------------------------------------------------------------- simulations, the sampler stood in for


def drawn_blindly(study, measure, seed, members):
    """In place of a chain: cohorts of the measure that know nothing of the abstract."""
    rng = np.random.default_rng(seed)
    if rng.random() < 0.2:
        raise UnsatisfiedError("none was found")
    blind = []
    while len(blind) < members:
        tables, _ = truths._cohort(study, study.measures[measure], rng)
        blind.append(tables)
    return SimpleNamespace(members=blind)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("helpers.calibration.against.chain", drawn_blindly)
    return public.summarised(next(s for s in public.SOURCES if s.name == "leukemia"))[1].study


@pytest.mark.full
def test_a_simulation_compares_every_quantity_of_every_truth(small, tmp_path):
    measures = ("proportional-hazards", "piecewise")
    plan = simulated.Plan(measures, 6, 2, Size(chains=2, members=3), seed=5)
    found = simulated.simulate(small, plan, tmp_path)
    counts = pd.crosstab(found["truth_from"], found["quantity"])
    assert (counts.loc["proportional-hazards", list(NAMES)] == 6 + 2).all()
    assert (counts.loc["piecewise", list(QUANTITIES)] == 6 + 2).all()
    first = found[(found["replicate"] == 0) & (found["quantity"] == "deaths")]
    assert len(first) == 4
    assert first.groupby("truth_from")["truth"].nunique().eq(1).all(), "the same known cohort"
    assert (counts.loc["piecewise"] == 0).sum() == 2, "hazards apart have no ratio in common"
    size = found.loc[found["quantity"] == "group_size", "members"]
    assert set(size) == {0, 6}, "an ensemble is whole, or said not to have been found"
    assert found.loc[found["members"] == 0, "place"].isna().all()
    assert found.loc[found["quantity"] == "deaths", "truth"].nunique() > 3
    more = simulated.Plan(measures, 7, 2, plan.size, plan.seed)
    again = simulated.simulate(small, more, tmp_path / "elsewhere")
    earlier = again[again["replicate"] < 6].reset_index(drop=True)
    assert earlier.equals(found), "more replicates change the earlier ones"


def test_what_is_measured_is_what_lifelines_finds(small):
    truth = truths.draw(small, "proportional-hazards", np.random.default_rng(3))
    found = quantities_of(truth.study, [truth.cohort.tables]).iloc[0]
    fitted = estimates.cox(truth.cohort, "multivariable").summary.loc["second"]
    rows = truth.cohort.patients
    curve = KaplanMeierFitter().fit(rows["time"], rows["event"])
    assert found["log_hazard_ratio"] == pytest.approx(fitted["coef"], abs=1e-7)
    assert found["standard_error"] == pytest.approx(fitted["se(coef)"], abs=1e-7)
    assert found["deaths"] == rows["event"].sum()
    assert found["group_size"] == (rows["second"] == "placebo").sum()
    assert found["survival"] == pytest.approx(100 * curve.predict(12))


def test_a_study_without_a_p_value_to_look_at_is_refused(study, tmp_path):
    entries = {id: entry for id, entry in study.entries.items() if id != "os-size-p"}
    plan = simulated.Plan(("piecewise",), 1, 0, Size(1, 1), 1)
    with pytest.raises(published.PublishedError, match="the p value of a group in a Cox model"):
        simulated.simulate(study.model_copy(update={"entries": entries}), plan, tmp_path)
