"""Calibration: abstracts of known cohorts, coverage that is known, runs that go on."""

import os
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fixtures_core import invoke
from lifelines import KaplanMeierFitter
from scipy import stats

from helpers import cohort as cohorts
from helpers import estimates, published, scorecard
from helpers.calibration import against, public, ranks, simulated, truths
from helpers.calibration.against import Size
from helpers.calibration.departures import departures
from helpers.calibration.printing import Unprintable, abstract
from helpers.calibration.public_sets import LIFELINES, SURVIVAL
from helpers.calibration.quantities import PARAMETER, QUANTITIES, quantities_of
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
        rows = {row.entry.id: row.reproduced for row in scorecard.rows(shuffled)}
        exact = found.study.entries["os-site-p"]
        assert exact.relation == "="
        assert exact.decimals == (2 if rows["os-site-p"] >= 0.005 else 3)
        assert abs(exact.value - rows["os-site-p"]) <= 0.5000001 * 10.0**-exact.decimals
        side = found.study.requirements["log-rank-size"]
        bounds = [bound for bound in (0.001, 0.01, 0.05) if rows["log-rank-size"] < bound]
        expected = ("<", bounds[0]) if bounds else (">=", 0.05)
        assert (side.relation, side.value) == expected, "on which side of a bound it is"
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


# ---------------------------------------------------------------- ranks


BY = ["assumed", "replicate"]


def toy(seed, truths=60, spread=1.0, members=39):
    """Known cohorts among members that are as they should be, or more or less spread out."""
    rng = np.random.default_rng(seed)
    found = []
    for replicate in range(truths):
        common = rng.normal(size=members + 1)
        values = pd.DataFrame(
            {name: common + 0.5 * rng.normal(size=members + 1) for name in QUANTITIES}
        )
        values.iloc[1:] *= spread
        values["deaths"] = (10 + 2 * values["deaths"]).round()
        values.insert(0, "member", range(members + 1))
        found.append(values.assign(assumed="toy", replicate=replicate))
    return ranks.ranks(pd.concat(found), BY)


def test_ranks_are_places_in_the_order_and_ties_are_broken_at_random():
    values = pd.DataFrame({"member": range(5), "assumed": "a", "deaths": [7, 9, np.inf, 7, 2]})
    found = {
        seed: ranks.ranks(values.assign(replicate=0), BY, seed).set_index("member")["rank"]
        for seed in range(60)
    }
    assert {tuple(one[[1, 2, 4]]) for one in found.values()} == {(3, 4, 0)}
    assert {one[0] for one in found.values()} == {1, 2}
    assert 15 < sum(one[0] == 1 for one in found.values()) < 45
    alone = values.iloc[:1].assign(replicate=1)
    assert ranks.ranks(alone, BY).empty, "without members there is no rank"


def test_a_truth_outside_all_members_is_counted_and_expected_in_two_of_m_plus_one():
    ranked = toy(1)
    known = ranked[ranked["member"] == 0]
    found = ranks.outside(ranked, ["quantity"]).set_index("quantity")
    for words, row in found.iterrows():
        mine = known.loc[known["quantity"] == words, "rank"]
        assert row["outside"] == mine.isin([0, 39]).sum()
        assert row["truths"] == 60
        assert row["expected"] == pytest.approx(2 / 40)
        assert row["lower"] <= row["share"] <= row["upper"]


def test_the_test_by_exchange_keeps_its_level_though_quantities_hang_together():
    p = np.array([ranks.exchanged(toy(seed, 15), BY)[0]["p"] for seed in range(60)])
    assert (p < 0.05).mean(axis=0) == pytest.approx([0.05, 0.05], abs=0.09)
    assert (p < 0.5).mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.2)
    one = toy(1)
    tests, _ = ranks.exchanged(one, BY)
    last_first = one.sort_values("member", ascending=False, kind="stable")
    again, _ = ranks.exchanged(last_first, BY)
    assert again["found"].equals(tests["found"]), "the known one, wherever it stands"
    outside = tests.set_index("statistic").loc["outside"]
    assert outside["comparisons"] == 60 * len(QUANTITIES)
    assert 60 < outside["worth"] < 0.75 * outside["comparisons"], "they are not independent"


@pytest.mark.parametrize("spread", [0.5, 2.0])
def test_members_that_are_too_near_or_too_far_are_found_out(spread):
    tests, bars = ranks.exchanged(toy(2, spread=spread), BY)
    found = tests.set_index("statistic")
    assert found.loc["histogram", "p"] < 0.002
    assert (bars["ranks"] > bars["upper"]).any()
    assert (bars["ranks"] < bars["lower"]).any()
    share = found.loc["outside", "found"]
    assert share > 0.2 if spread < 1 else share < 0.03
    count = ranks.outside(toy(2, spread=spread), ["quantity"])
    expected = ranks.outside_when(39, spread)
    assert count["share"].mean() == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize("members", [9, 39])
def test_what_a_check_would_have_seen_is_what_is_seen_in_simulation(members):
    assert ranks.outside_when(members) == pytest.approx(2 / (members + 1))
    rng = np.random.default_rng(3)
    for spread, shift in ((0.7, 0.0), (1.0, 1.0)):
        truth = rng.normal(size=4000)
        draws = shift + spread * rng.normal(size=(4000, members))
        out = (truth < draws.min(axis=1)) | (truth > draws.max(axis=1))
        assert ranks.outside_when(members, spread, shift) == pytest.approx(out.mean(), abs=0.03)
    assert ranks.power(20, members, 2 / (members + 1)) <= 0.05
    assert ranks.power(100, members, 0.5) > 0.99
    assert ranks.power(0, members, 0.5) == 0


# ---------------------------------------------------------------- public cohorts


@pytest.mark.parametrize("source", public.SOURCES, ids=lambda source: source.name)
def test_a_public_cohort_prints_its_abstract(source):
    cohort, found = public.summarised(source)
    assert set(found.left_out) <= {"only"}
    again = Cohort(cohort.tables, found.study, cohort.name, False)
    off = [row.entry.id for row in scorecard.rows(again) if row.agrees is False]
    assert off == []
    assert 30 <= len(cohort.patients) <= 300
    assert source.package in (LIFELINES, SURVIVAL)


def test_there_are_twelve_public_cohorts_or_more():
    assert len({source.name for source in public.SOURCES}) >= 12


# ---------------------------------------------------------------- what is shipped, and said of it


@pytest.fixture(scope="module")
def drawn():
    return pd.read_csv(published.DATA / "calibration.csv")


@pytest.fixture(scope="module")
def real():
    return pd.read_csv(published.DATA / "real_cohorts.csv")


def test_no_truth_is_left_out(study, drawn, real):
    known = drawn[drawn["member"] == 0]
    number = known.groupby("assumed")["replicate"].agg(lambda of: sorted(of) == [*range(len(of))])
    assert set(number.index) == set(study.measures)
    assert number.all(), "replicates are numbered through"
    assert len(set(known["assumed"].value_counts())) == 1, "as many of each measure"
    assert real[real["member"] == 0]["cohort"].nunique() >= 12
    for table, each in ((drawn, ["assumed", "replicate"]), (real, ["assumed", "cohort"])):
        for _, ensemble in table.groupby(each):
            outcome = ensemble["outcome"].unique().item()
            size = 0 if outcome == against.NOT_FOUND else 39
            assert ensemble["member"].tolist() == list(range(size + 1))
            if outcome != against.NOT_FOUND:
                assert (outcome == against.FOUND) == (ensemble["r_hat"].iloc[0] <= ranks.MIXED)


def test_what_the_chapter_says_of_drawn_truths_can_be_said(drawn):
    tests, _ = ranks.exchanged(ranks.ranks(drawn, BY), BY)
    found = tests.set_index("statistic")
    assert (found["p"] > 0.05).all(), "no test rejects"
    half = ranks.outside_when(39, 0.5)
    assert ranks.power(found.loc["outside", "worth"], 39, half) > 0.9, "a gross misfit is seen"


def test_what_the_chapter_says_of_real_cohorts_can_be_said(real):
    reference = real[real["assumed"] == public.MEASURES[0]]
    ranked = ranks.ranks(reference, ["cohort"])
    tests, _ = ranks.exchanged(ranked, ["cohort"])
    outside = tests.set_index("statistic").loc["outside"]
    assert outside["found"] > 2 * outside["expected"]
    assert outside["p"] < 0.01
    known = ranked[ranked["member"] == 0].set_index("cohort")
    departs = reference[reference["member"] == 0].set_index("cohort")
    for name, quantity in (
        ("early_events", "Deaths in all"),
        ("late_events", "Deaths in all"),
        ("groups", "Patients in the group"),
    ):
        place = known.loc[known["quantity"] == quantity, "rank"]
        rho, p = stats.spearmanr(departs.loc[place.index, name], place)
        assert rho > 0.6, name
        assert p < 0.01, name


def test_departures_are_what_was_observed_less_what_a_law_lets_expect():
    source = next(one for one in public.SOURCES if one.name == "leukemia")
    cohort, _ = public.summarised(source)
    found = departures(cohort, source.horizon)
    rows = cohort.patients
    half = len(rows) / 2
    assert found["groups"] == pytest.approx(
        ((rows["second"] == "placebo").sum() - half) / np.sqrt(half / 2)
    )
    late = rows["time"][rows["time"] > 12]
    expected = (np.log(2) * ((late / 12) ** 1.2 - 1)).sum()
    events = rows.loc[rows["time"] > 12, "event"].sum()
    assert found["late_events"] == pytest.approx((events - expected) / np.sqrt(expected))


def test_a_public_cohort_names_its_package_and_nothing_of_it_is_shipped(real):
    shipped = {path.name for path in published.DATA.rglob("*") if path.is_file()}
    for source in public.SOURCES:
        assert not any(name.startswith(source.name) for name in shipped)
    assert real.groupby(["assumed", "cohort"])["deaths"].first().notna().all()


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


def drawn_blindly(study, measure, seed, draws, gap, after):
    """In place of a chain: cohorts of the measure that know nothing of the abstract."""
    rng = np.random.default_rng([*seed, len(after or b"")])
    if after is None and rng.random() < 0.2:
        raise UnsatisfiedError("none was found")
    members = [truths._cohort(study, study.measures[measure], rng)[0] for _ in range(draws)]
    record = pd.DataFrame({"moves": np.full(draws, 100 * gap)})
    if measure == "proportional-hazards":
        record["log hazard ratio of second-yes"] = rng.normal(size=draws)
    return SimpleNamespace(members=members, record=record, after=(after or b"") + b"x")


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("helpers.calibration.against.chain", drawn_blindly)
    return public.summarised(next(s for s in public.SOURCES if s.name == "leukemia"))[1].study


def test_every_truth_is_a_row_with_or_without_members(small, tmp_path):
    measures = ("proportional-hazards", "piecewise")
    plan = simulated.Plan(measures, 4, Size(chains=1, members=9), seed=5)
    found = simulated.simulate(small, plan, tmp_path)
    known = found[found["member"] == 0]
    assert list(zip(known["assumed"], known["replicate"], strict=True)) == plan.truths
    assert [name for name, _ in plan.truths[:2]] == list(measures), "measures in turn"
    members = found.groupby(["assumed", "replicate"])["member"].max()
    missed = known.set_index(["assumed", "replicate"])["outcome"] == against.NOT_FOUND
    assert set(members[missed]) == {0}
    assert set(members[~missed]) == {9}
    of_ratio = known.set_index("assumed")[PARAMETER].isna()
    assert not of_ratio["proportional-hazards"].any()
    assert of_ratio["piecewise"].all(), "hazards apart have no ratio in common"
    assert known["deaths"].nunique() > 3
    more = simulated.Plan(measures, 5, plan.size, plan.seed)
    again = simulated.simulate(small, more, tmp_path / "elsewhere")
    earlier = again[again["replicate"] < 4].reset_index(drop=True)
    assert earlier.equals(found), "more replicates change the earlier ones"


def test_chains_that_do_not_agree_are_said_not_to_have_mixed(small, monkeypatch):
    def apart(study, measure, seed, draws, gap, after):
        """Each chain stays with the cohort with which it begins."""
        drawn = drawn_blindly(study, measure, [7, seed[-1]], 1, gap, b"x")
        record = pd.DataFrame({"moves": np.full(draws, against.MOST // 10)})
        return SimpleNamespace(members=drawn.members * draws, record=record, after=b"x")

    monkeypatch.setattr("helpers.calibration.against.chain", apart)
    truth = truths.draw(small, "piecewise", np.random.default_rng(3))
    tables = truth.cohort.tables
    found = against.against(truth.study, tables, "piecewise", Size(3, 13), [1])
    assert set(found["outcome"]) == {against.NOT_MIXED}
    assert found["member"].tolist() == list(range(40)), "and is a row all the same"


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
    plan = simulated.Plan(("piecewise",), 1, Size(1, 1), 1)
    with pytest.raises(published.PublishedError, match="the p value of a group in a Cox model"):
        simulated.simulate(study.model_copy(update={"entries": entries}), plan, tmp_path)
