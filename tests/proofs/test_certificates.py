"""Certified intervals: the programme against all cohorts, witnesses against lifelines, the file."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import erfc, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from selection import examples, some
from statsmodels.duration.hazard_regression import PHReg

from helpers import cohort, forced, published
from helpers.commands.certificates import shipped_orders as orders_of_shipped
from helpers.proofs import annealing, certificates, counting, proving, starts, verifying, witness
from helpers.proofs.abstract import Abstract, Interval, ProofError
from helpers.proofs.questions import VARIANTS, questions
from helpers.proofs.witness import Exit, Witness

STUDY = published.load()
SITES = (2, 3)
EFFORT = 30.0


def exits(first, small, died):
    return tuple(Exit(*map(bool, one)) for one in zip(first, small, died, strict=True))


def random_witness(rng, n=None):
    n = n or int(rng.integers(2, 40))
    columns = rng.integers(0, 2, (3, n))
    return Witness(exits(*columns), int(rng.integers(1, n)))


@pytest.fixture(scope="module")
def stored():
    return certificates.load(study=STUDY)


# The programme against all cohorts


@pytest.fixture(scope="module")
def all_cohorts():
    """Every cohort of five patients, two of them in the first group, that somebody survives."""
    found = []
    for first in product((0, 1), repeat=5):
        if sum(first) != SITES[0]:
            continue
        for small, died in product(product((0, 1), repeat=5), repeat=2):
            if not 0 < sum(small) < 5:
                continue
            for cut in range(1, 5):
                one = Witness(exits(first, small, died), cut)
                after = one.exits[cut:]
                if all(
                    any(witness.member(other, group) for other in after)
                    for group in ("first", "second", "small", "large")
                ):
                    found.append((one, rates_of(one)))
    return found


def rates_of(one):
    groups = ("first", "second", "small", "large")
    return tuple(witness.kaplan_meier(one, group) for group in groups)


def printed_by(one, tests, reading):
    """The abstract that a cohort would print, with rates to whole percents and p to one decimal."""

    def around(value, unit):
        low = Fraction(round(value / unit)) * unit - unit / 2
        return Interval(max(Fraction(0), low), low + unit)

    def p(group):
        chi_square = float(witness.log_rank(one, group).chi_square)
        return around(Fraction(erfc(sqrt(chi_square / 2))), Fraction(1, 10))

    rates = tuple(around(rate, Fraction(1, 100)) for rate in rates_of(one))
    return Abstract(SITES, rates, p("first"), p("small"), "log-rank" if tests else None, reading)


@pytest.mark.parametrize(
    ("seed", "reading"),
    [
        (0, None),
        *(
            pytest.param(*one, marks=pytest.mark.full)
            for one in ((1, "plain"), (2, "reverse"), (3, "alive"))
        ),
    ],
)
def test_every_end_agrees_with_all_cohorts_of_five(all_cohorts, seed, reading):
    """Of an abstract printed by one of them, drawn so that several cohorts print it."""
    rng = np.random.default_rng(seed)
    fitting = []
    while len(fitting) < 3:
        facts = printed_by(all_cohorts[rng.integers(len(all_cohorts))][0], seed % 2 == 0, reading)
        fitting = [
            one
            for one, rates in all_cohorts
            if all(i.low <= rate <= i.high for i, rate in zip(facts.rates, rates, strict=True))
            and not witness.faults(one, facts)
        ]
    for asked in questions(facts):
        if asked.id.startswith("log-hazard") and not all(
            any(e.died for e in one.exits) for one in fitting
        ):
            continue
        values = [witness.exact_value(one, asked.id) for one in fitting]
        beyond = asked.step if asked.discrete else Fraction(1, 1000)
        for sign, end in ((-1, min(values)), (1, max(values))):
            place = f"{asked.id}, {end}, {facts}"
            if end > 0 or not asked.id.startswith("survival"):
                reached = proving.ask(facts, asked.id, sign, end, EFFORT)
                assert reached.outcome == "possible", place
            if 0 < end + sign * beyond < 1 or not asked.id.startswith("survival"):
                passed = proving.ask(facts, asked.id, sign, end + sign * beyond, EFFORT)
                assert passed.outcome == "impossible", f"{place}: {passed.line}"


def test_an_abstract_that_nobody_can_print_is_impossible():
    rates = (Interval(Fraction(2, 5), Fraction(9, 20)),) * 4  # two patients: 1/2 or 1
    facts = Abstract(SITES, rates, rates[0], rates[0], None, None)
    assert proving.ask(facts, None, 1, Fraction(0), EFFORT).outcome == "impossible"


@pytest.mark.parametrize("folder", ["cohort", "alternatives/2", "alternatives/1"])
def test_a_shipped_cohort_as_an_order_of_exits_has_the_rates_that_it_prints(folder):
    found = cohort.load(published.DATA / folder, STUDY)
    one = witness.parse(starts.order_of_exits(found))
    facts = VARIANTS[1].abstract(STUDY)  # ties are broken, which the tests may notice
    assert not witness.faults(one, facts)
    assert witness.exact_value(one, "deaths") == found.patients["died"].sum()
    assert witness.exact_value(one, "patients:small") == found.members("small").sum()


@pytest.mark.parametrize("reading", VARIANTS, ids=lambda one: one.id)
def test_annealing_finds_cohorts_in_every_reading(reading):
    """Or leaves it at an empty line; what it returns meets the abstract exactly."""
    facts = reading.abstract(STUDY)
    line = starts.shipped(STUDY, VARIANTS[1].abstract(STUDY))
    asked = questions(facts)[1]
    found = starts.climbed(facts, asked, 1, line, 1, moves=300_000)
    assert not found or not witness.faults(witness.parse(found), facts)


# The exact check against floating point and lifelines


@pytest.mark.parametrize("seed", range(8))
def test_the_exact_check_agrees_with_lifelines(seed):
    rng = np.random.default_rng(seed)
    one = random_witness(rng, int(rng.integers(6, 40)))
    compare_with_lifelines(one)


def compare_with_lifelines(one):
    frame = pd.DataFrame([vars(e) for e in one.exits]).assign(time=np.arange(1, len(one.exits) + 1))
    for group, inside in (("first", frame["first"]), ("small", frame["small"])):
        for name, rows in (
            (group, inside),
            ({"first": "second", "small": "large"}[group], ~inside),
        ):
            if rows.any():
                fitted = KaplanMeierFitter().fit(frame["time"][rows], frame["died"][rows])
                assert fitted.predict(one.cut) == pytest.approx(
                    float(witness.kaplan_meier(one, name)), abs=1e-12
                ), name
        found = witness.log_rank(one, group)
        if inside.any() and not inside.all() and found.variance:
            test = logrank_test(
                frame["time"][inside], frame["time"][~inside],
                frame["died"][inside], frame["died"][~inside],
            )  # fmt: skip
            assert test.test_statistic == pytest.approx(float(found.chi_square), abs=1e-9), group
            p = witness.log_rank_p(one, group)
            assert float(p.low) == pytest.approx(test.p_value, abs=1e-12), group
            weighted = logrank_test(
                frame["time"][inside],
                frame["time"][~inside],
                frame["died"][inside],
                frame["died"][~inside],
                weightings="peto",
            )
            p = witness.peto_peto_p(one, group)
            assert float(p.low) == pytest.approx(weighted.p_value, abs=1e-9), group
            compare_wald(frame, group, witness.wald_p(one, group))


def compare_wald(frame, group, p):
    """Of Cox's model by statsmodels, for lifelines stops earlier; 1 without a finite estimate."""
    assert p.high - p.low < Fraction(1, 10**9), group
    if p.low < 1:
        model = PHReg(frame["time"], frame[group].astype(float), status=frame["died"].astype(int))
        assert float(p.low) == pytest.approx(model.fit().pvalues[0], abs=1e-9), group


def test_the_wald_p_without_a_finite_estimate_is_1():
    one = Witness(exits([1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0]), 2)
    assert witness.wald_p(one, "first") == Interval(Fraction(1), Fraction(1))


@given(st.fractions(min_value=0, max_value=60, max_denominator=10**6))
@settings(deadline=None, max_examples=examples(60))
def test_the_p_value_lies_between_its_bounds(chi_square):
    found = witness.p_value(chi_square)
    assert 0 <= found.high - found.low < Fraction(1, 10**13)
    assert float(found.low) - 1e-13 <= erfc(sqrt(chi_square / 2)) <= float(found.high) + 1e-13


@pytest.mark.parametrize("seed", range(20))
def test_annealing_measures_what_the_exact_check_does(seed):
    one = random_witness(np.random.default_rng(seed))
    columns = [
        np.array([getattr(e, name) for e in one.exits], np.int64)
        for name in ("first", "small", "died")
    ]
    if not 0 < columns[0].sum() < len(one.exits):
        return
    quantities, rates, z = np.empty(14), np.empty(4), np.empty((2, 2))
    annealing.summarise(*columns, one.cut, quantities, rates, z)
    for name, found in zip(annealing.QUANTITIES, quantities, strict=True):
        try:
            exact = float(witness.exact_value(one, name))
        except ProofError:
            continue
        assert found == pytest.approx(exact, abs=1e-9), name


def test_a_line_gives_the_same_cohort_back():
    line = "o O+ s | S s+"
    assert str(witness.parse(line)) == line


@pytest.mark.parametrize(
    ("line", "words"),
    [("o O", "one | at the cut"), ("o | O | S", "one | at the cut"), ("o x | S", "found 'x'")],
)
def test_a_line_that_is_no_cohort_is_refused(line, words):
    with pytest.raises(ProofError, match=words.replace("|", r"\|")):
        witness.parse(line)


# The file


def test_every_stored_witness_and_status_stands(stored):
    verifying.verify(stored, STUDY)
    for line in some(stored.cohorts()[::5], 5):  # all of them would take lifelines a minute
        compare_with_lifelines(witness.parse(line))


@pytest.fixture(scope="module")
def shipped_orders():
    return orders_of_shipped(STUDY)


def test_no_shipped_cohort_lies_beyond_an_end(stored, shipped_orders):
    """In no reading that it meets, whether the end is proved or witnessed."""
    assert len(shipped_orders) > 2000
    assert not list(verifying.beyond(stored, shipped_orders, STUDY))


def test_a_cohort_beyond_an_end_is_seen(stored):
    """Each end that has not the value that its own cohort attains, but the one before."""
    for one in stored:
        for sign, end in ((-1, one.low), (1, one.high)):
            nearer = replace(end, value=end.value - sign * one.question.step)
            key = one.variant.id, one.question.id
            changed = certificates.Certificates("", {key: one.with_end(sign, nearer)})
            (sentence,) = verifying.beyond(changed, [end.cohort], STUDY)
            assert sentence.startswith(f"{key[0]}, {key[1]}, {'low' if sign < 0 else 'high'}: ")


def test_offered_cohorts_move_an_end_before_anything_is_asked(tmp_path, stored):
    """An offered line that does not meet the reading, or goes less far, moves nothing."""
    one = stored.items["log-rank", "deaths-by-cut"]
    far = one.high.cohort
    near = starts.shipped(STUDY, one.variant.abstract(STUDY))
    reports = []
    search = proving._Search(
        STUDY, certificates.Certificates("", {}), one.variant, one.question, 1,
        tmp_path / "certificates.json", 1.0, reports.append,
    )  # fmt: skip
    other = "o O+ s | S"
    search.offer([other, near])
    search.offer([far, other, near])
    assert search.stored.high.cohort == far
    search.offer([near])
    assert len(reports) == 2


def test_what_the_log_rank_test_proves_holds_with_tied_deaths_too(stored):
    """Its variance knows no ties here; but each such end is proved without any test as well."""
    proved = 0
    for (reading, asked), one in stored.items.items():
        for sign in (-1, 1):
            if reading == "log-rank" and one.end(sign).status(one.question) == "proved":
                without = stored.items["any-test", asked].end(sign)
                assert sign * without.excluded <= sign * one.end(sign).excluded, asked
                proved += 1
    assert proved > 10


def test_every_proved_end_of_the_books_reading_follows_from_rates_and_sizes(stored):
    """No p value has a part in it, nor the follow-up: by the rates half have left by the cut."""
    grounds = {
        stored.ground(one, sign)
        for (reading, _), one in stored.items.items()
        for sign in (-1, 1)
        if reading == "log-rank"
    }
    assert grounds == {"requirement", "limit", "counting", ""}
    assert 2 * stored.counted["followed:everyone", 1] <= sum(VARIANTS[0].abstract(STUDY).sites)


def test_which_ends_prove_no_more_than_our_own_requirement(stored):
    """Somebody followed in each group, hence two in all: nothing that was printed."""
    for (reading, asked), one in stored.items.items():
        required = asked.startswith("followed:")
        assert (stored.ground(one, -1) == "requirement") == required, (reading, asked)
        assert stored.ground(one, 1) != "requirement"


def test_a_proved_end_beyond_which_no_cohort_of_that_size_goes_says_so(stored):
    assert stored.ground(stored.items["log-rank", "large-share:first"], 1) == "limit"


@pytest.mark.full
def test_counting_gives_what_is_stored(stored):
    assert counting.bounds(STUDY) == stored.counted


def test_most_proved_ends_have_a_second_proof(stored):
    """Of those that no requirement and no limit gives, all but those that are named."""
    by_solver = {
        (asked, sign)
        for (_, asked), one in stored.items.items()
        for sign in (-1, 1)
        if stored.ground(one, sign) == "solver"
    }
    assert by_solver == {("followed:small", 1)}


@pytest.mark.parametrize(
    ("entry", "n", "asked"),
    [("os-36-scf", 19, "followed:first"), ("os-36-other", 37, "followed:second")],
)
def test_a_group_wise_end_follows_from_its_rate_alone(stored, entry, n, asked):
    followed = forced.rate(STUDY[entry].text, n=n).by_deaths["followed_max"].max()
    assert stored.counted[asked, 1] == followed == stored.items["any-test", asked].high.value


def test_every_shipped_cohort_is_judged_at_least_without_tests(shipped_orders):
    """Ties change no rate; where they are broken, the tests may come out otherwise than printed."""
    facts = VARIANTS[1].abstract(STUDY)
    assert facts.test is None
    assert not [line for line in shipped_orders if witness.faults(witness.parse(line), facts)]


def test_tied_deaths_follow_each_other_and_come_before_the_censored():
    patients = pd.DataFrame(
        {
            "cohort": [0, 0, 0, 1, 1, 1],
            "follow_up_months": [5.0, 5.0, 36.0, 36.0, 40.0, 2.0],
            "died": [0, 1, 0, 1, 1, 0],
        }
    )
    first = np.array([True, False, True, False, True, True])
    small = np.array([False, True, True, False, False, True])
    assert starts.orders_of_exits(patients, first, small, STUDY) == ["o S+ | s+", "s+ O | S"]


def test_what_the_quiz_and_an_exercise_say_of_the_fewest_deaths(stored):
    """Proved without p values; with them larger, and not proved."""
    without, own = (stored.items[one, "deaths"].low for one in ("any-test", "log-rank"))
    asked = stored.items["log-rank", "deaths"].question
    assert (without.status(asked), own.status(asked)) == ("proved", "witnessed")
    assert without.value < own.value
    assert own.bound(asked) < own.value - 1


def test_no_shipped_cohort_lies_beyond_what_was_counted(stored, shipped_orders):
    for line in shipped_orders:
        one = witness.parse(line)
        for (asked, sign), bound in stored.counted.items():
            assert sign * witness.exact_value(one, asked) <= sign * bound, (asked, line)


def test_every_question_of_the_book_has_both_ends(stored):
    facts = VARIANTS[0].abstract(STUDY)
    for asked in questions(facts):
        one = stored.items[VARIANTS[0].id, asked.id]
        assert one.low is not None, asked.id
        assert one.high is not None, asked.id


def edited(tmp_path, change):
    """The stored file with its first finished end changed."""
    raw = json.loads(certificates.FILE.read_text())
    change(raw["certificates"][0], raw["certificates"][0]["low"])
    if raw["certificates"][0]["low"].pop("narrow", False):
        raw["counted"]["deaths"] = ["30", "31"]
    path = tmp_path / "certificates.json"
    path.write_text(json.dumps(raw))
    return path


def _other_status(one, end):
    end["status"] = {"proved": "witnessed", "witnessed": "proved"}[end["status"]]


def _other_value(one, end):
    end["value"] = str(Fraction(end["value"]) + 1)
    end["excluded"] = str(Fraction(end["excluded"]) + 1)


def _other_cohort(one, end):
    words = end["cohort"].split()
    place = next(k for k, word in enumerate(words) if word in ("O", "o"))
    end["cohort"] = " ".join([*words[:place], words[place] + "+", *words[place + 1 :]])


def _bound_within_reach(one, end):
    end["excluded"] = end["value"]
    end["status"] = "proved"


def _counted_too_narrowly(one, end):
    end["narrow"] = True


def _other_numbers(one, end):
    one["digest"] = "0" * 16


def _unknown_question(one, end):
    one["question"] = "age"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_status, "was expected, since"),
        (_other_value, "low: the value .* was expected"),
        (_other_cohort, "low: its cohort does not print|low: the value"),
        (_bound_within_reach, "was to be out of reach"),
        (_counted_too_narrowly, "deaths, low: counting excludes"),
        (_other_numbers, "made from other printed numbers"),
        (_unknown_question, "no question has the id 'age'"),
    ],
)
def test_a_changed_file_is_refused(tmp_path, change, words):
    with pytest.raises(ProofError, match=words):
        verifying.verify(certificates.load(edited(tmp_path, change), STUDY), STUDY)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"solver": "x"}', '{"solver": 1, "certificates": [3]}']
)
def test_a_file_of_another_form_is_refused(tmp_path, content):
    path = tmp_path / "certificates.json"
    path.write_text(content)
    with pytest.raises(ProofError, match="not the form of certificates"):
        certificates.load(path, STUDY)


def test_a_run_does_not_overwrite_what_it_cannot_read(tmp_path):
    path = tmp_path / "certificates.json"
    path.write_text("{}")
    with pytest.raises(ProofError, match="not the form of certificates"):
        proving.prove(STUDY, path, 1.0, print)
    assert path.read_text() == "{}"


def run(*arguments):
    return [sys.executable, "-u", "-m", "helpers", "certificates", *map(str, arguments)]


@pytest.mark.full
def test_verification_needs_no_solver(tmp_path):
    blocked = tmp_path / "ortools"
    blocked.mkdir()
    (blocked / "__init__.py").write_text("raise ImportError")
    paths = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(run("verify"), env=paths, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "c.json"
    refused = subprocess.run(run("prove", "--out", out), env=paths, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "OR-tools is not installed" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.full
def test_a_killed_run_goes_on_where_it_was(tmp_path):
    out = tmp_path / "certificates.json"
    command = run("prove", "--out", out, "--effort", 0.5, "--variant", "any-test")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    before = certificates.load(out, STUDY)
    verifying.verify(before, STUDY)
    (one,) = before
    assert first.startswith(f"{one.variant.id}  {one.question.id}  low  offered"), first
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        second = process.stdout.readline().split()
        os.kill(process.pid, signal.SIGKILL)
    # A process may have kept the high end, too, before it was ended.
    sought = "high" if one.high is None else "low"
    assert [second[0], *second[2:4]] == [one.variant.id, sought, "offered:"], second
    assert (second[1] == one.question.id) == (one.high is None), second
    after = certificates.load(out, STUDY).items[one.variant.id, one.question.id]
    assert after.high == one.high or one.high is None
    assert after.low == one.low


@pytest.mark.parametrize(
    ("excluded", "tried", "wanted"),
    [(20, {}, 11), (20, {11: 5}, 16), (20, {11: 5, 16: 5}, 18), (20, {11: 1}, 11), (11, {}, None)],
)
def test_what_is_asked_next(excluded, tried, wanted):
    """The next value beyond what is attained, then half way out; again only with more effort."""
    asked = questions(VARIANTS[0].abstract(STUDY))[0]
    for sign in (1, -1):
        opened = {Fraction(sign * limit): float(spent) for limit, spent in tried.items()}
        end = certificates.End(Fraction(sign * 10), "", Fraction(sign * excluded), "", opened, 0.0)
        found = proving.next_limit(asked, sign, end, 5.0)
        assert found == (None if wanted is None else sign * wanted), sign
