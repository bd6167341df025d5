"""`python -m helpers plan` as who plans a study runs it: answers, JSON, sentences, refusals."""

from __future__ import annotations

import json
import re
from math import ceil

import pytest
from fixtures_core import invoke, run

from helpers import planning

QUESTIONS = ("size", "rate", "cut", "schedule")


def said(*words: object) -> str:
    done = invoke("plan", *words)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def refused(*words: object) -> str:
    done = invoke("plan", *words)
    assert (done.exit_code, done.stdout) == (2, ""), done
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_an_answer_without_a_word(question):
    """Everything comes from the study."""
    done = run("plan", question)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nFor a protocol:\n  " in done.stdout
    assert all(len(line) <= 76 for line in done.stdout.splitlines())
    sentence = done.stdout.partition("For a protocol:\n")[2]
    assert sentence.rstrip().endswith(".")
    assert "nan" not in done.stdout


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_is_there_for_a_machine(question):
    done = run("plan", question, "--json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert rows
    assert all(isinstance(row, dict) for row in rows)


def test_a_protocol_says_which_ranges_are_no_estimates():
    own = ("--ratio", 2, "--larger", 50, "--survival", 50, "--lost", 0)
    synthetic = "are no estimates from patients."
    assert said("size").rstrip().endswith(synthetic)
    assert said("size", *own[:-2]).rstrip().endswith(synthetic)
    assert synthetic not in said("size", *own)


def test_a_ratio_of_one_s_own():
    words = ("size", "--ratio", 2, "--larger", 50, "--survival", 50)
    (row,) = json.loads(said(*words, "--json"))
    assert row["schoenfeld"] == pytest.approx([planning.schoenfeld(2, 0.5)] * 2)
    assert planning.schoenfeld(2, 0.5) < row["events"][0] < ceil(planning.freedman(2, 0.5))
    text = said(*words)
    assert text.startswith(f"A hazard ratio of 2: {row['events'][0]} deaths, ")
    assert "80% power at a two-sided level of 5%" in " ".join(text.split())
    assert "such as" not in text


def test_ranges_and_what_they_come_from_are_told():
    text = said("size")
    study = planning.told()
    assert "limit, low" in text
    assert f"{study.a_year:.1f} patients a year" in text
    low, high = (f"{100 * end:.3g}%" for end in study.larger)
    assert f"{low} to {high} of the patients" in " ".join(text.split())


def test_more_is_needed_for_more_power_a_smaller_ratio_and_other_covariates():
    def events(*words: object) -> int:
        return json.loads(said("size", "--json", *words))[0]["events"][1]

    plain = events("--ratio", 2)
    assert plain < events("--ratio", 2, "--power", 90)
    assert plain < events("--ratio", 2, "--alpha", 1)
    assert plain < events("--ratio", 1.8)
    assert plain < events("--ratio", 2, "--explained", 20)
    assert 3 * plain < events("--ratio", 2, "--until", 12)
    assert plain < events("--ratio", 2, "--since", 12)
    assert "in the first 12 months only" in said("size", "--ratio", 2, "--until", 12)


def test_an_interaction_takes_four_times_the_events_where_groups_are_equal():
    words = ("--interaction", 2, "--ratio", 1, "--larger", 50)
    (row,) = json.loads(said("size", *words, "--json"))
    assert row["events"][1] == pytest.approx(4 * row["main"])
    assert "randomised 1:1" in " ".join(said("size", *words).split())


def test_a_plan_can_be_tried():
    words = ("size", "--ratio", 2, "--larger", 60, "--survival", 50, "--simulate")
    rows = json.loads(said(*words, "--json"))
    always, first_year, later = rows[1:]
    assert always["power"] == pytest.approx(0.8, abs=0.06)
    assert max(first_year["power"], later["power"]) < always["power"]
    assert "simulated studies" in said(*words)


def test_the_plan_that_was_asked_for_is_the_one_that_is_tried():
    """Where it takes the most patients, and with the ratio for as long as was said."""
    plan, tried = json.loads(said("size", "--ratio", 3, "--until", 12, "--simulate", "--json"))
    assert plan["patients"][1] == tried["patients"]
    assert plan["hardest"][2]["lost"] in planning.told().lost
    assert tried["power"] == pytest.approx(0.8, abs=0.05)
    assert tried["events"] == pytest.approx(plan["events"][1], rel=0.03)
    text = said("size", "--ratio", 3, "--since", 12)
    assert "present from 12 months on only, with 80% power" in " ".join(text.split())
    assert "Schoenfeld" not in text


def test_a_protocol_has_a_number_and_the_range_as_its_reason():
    words = ("--ratio", 2, "--larger", "50:70")
    (row,) = json.loads(said("size", *words, "--json"))
    text = " ".join(said("size", *words).split())
    assert f"This takes {row['patients'][1]} patients and up to {row['events'][1]} deaths" in text
    assert "designed to detect" in text
    assert "randomised 1:1 to two treatments" in " ".join(said("size", "--interaction", 2).split())


def test_size_and_cut_and_rate_lose_the_same_when_nothing_is_said():
    lost = " ".join(f"{100 * one:.3g}%" for one in planning.told().lost).replace(" ", " to ")
    for question in ("size", "cut", "rate"):
        assert f"{lost} " in " ".join(said(question).split())
    (none,) = json.loads(said("size", "--ratio", 2, "--lost", 0, "--json"))
    (some,) = json.loads(said("size", "--ratio", 2, "--json"))
    assert none["patients"][1] < some["patients"][1]


def test_shares_of_a_comparison_of_schedules_are_suppositions():
    text = " ".join(said("schedule").split())
    assert "65.1% to 97.1%" in text
    assert "another population" in text
    assert "suppositions" not in said("schedule", "--small", 80)


def test_a_rate_without_censoring():
    (row,) = json.loads(said("rate", "--survival", 50, "--lost", 0, "--json"))
    assert row["inflation"] == pytest.approx([1, 1])
    assert row["exact"] == planning.exact_precision(0.5, 0.1).patients
    assert row["plain"] == [97, 97]
    assert said("rate", "--survival", 50).startswith("To 10 points at 36 months: 104 patients")


def test_who_stands_beside_the_cut_can_be_given():
    rows = json.loads(said("cut", "--ratio", 2, "--below", 10, "--above", 10, "--json"))
    (beside,) = [row for row in rows if "beside the cut" in row["question"]]
    (step,) = [row for row in rows if "slope" in row["question"]]
    r2 = planning.told_by_diameter(15, 5)
    assert step["patients"][1] == pytest.approx(beside["patients"][1] / (1 - r2), rel=0.01)
    assert beside["events"][0] == pytest.approx(5 * planning.schoenfeld(2, 0.5), rel=0.1)
    (fixed,) = [row for row in rows if "beforehand" in row["question"]]
    (again,) = [row for row in rows if "again" in row["question"]]
    assert again["events"][0] > 1.5 * fixed["events"][0]


def test_a_schedule_in_lesions_women_and_clusters():
    words = ("schedule", "--small", 80, "--other", 60, "--found", 20, "--dead", 0, "--icc", "0.05")
    (row,) = json.loads(said(*words, "--json"))
    assert row["lesions"] == 2 * ceil(planning.two_shares(0.8, 0.6))
    assert row["women"] == 5 * row["lesions"]
    assert row["composed"] == row["drawn"]
    assert row["clusters"][0]["design_effect"] == pytest.approx(1 + 19 * 0.05)
    (diluted,) = json.loads(said(*words[:-4], "--dead", 50, "--json"))
    assert diluted["composed"] > row["drawn"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("size", "--ratio", 1), "--ratio: a ratio of 1 is no difference"),
        (("size", "--ratio", -2), "--ratio: a hazard ratio above 0 was expected, found -2"),
        (("size", "--ratio", "two"), "--ratio: a number such as 40"),
        (("size", "--ratio", "5:2"), "--ratio: the smaller number first"),
        (("size", "--larger", 0), "--larger: more than 0% and less than 100%"),
        (("size", "--larger", 100), "--larger: more than 0% and less than 100%"),
        (("size", "--larger", 140), "--larger: a percentage from 0 to 100 was expected, found 140"),
        (("size", "--survival", 0), "--survival: more than 0%"),
        (("size", "--power", 5), "--power: more than the level of 5%"),
        (("size", "--power", 180), "--power: a percentage from 0 to 100"),
        (("size", "--alpha", 0), "--alpha: more than 0%"),
        (("size", "--explained", 100), "--explained: less than 100%"),
        (("size", "--accrual", -3), "--accrual: at least 0 was expected, found -3"),
        (("size", "--follow-up", -3), "--follow-up: at least 0 was expected, found -3"),
        (("size", "--accrual", 0, "--follow-up", 0), "--follow-up: a study of at least some time"),
        (("size", "--months", 0), "--months: more than 0"),
        (("size", "--months", "nan"), "--months: more than 0"),
        (("size", "--ratio", "0.5:2"), "--ratio: a range on one side of 1"),
        (
            ("size", "--interaction", 2, "--explained", 10),
            "--interaction: it was expected without --explained",
        ),
        (
            ("size", "--interaction", 2, "--until", 12),
            "--interaction: it was expected without --until",
        ),
        (
            ("size", "--interaction", 2, "--since", 12),
            "--interaction: it was expected without --since",
        ),
        (
            ("size", "--interaction", 2, "--simulate"),
            "--interaction: it was expected without --simulate",
        ),
        (
            ("size", "--simulate", "--explained", 10),
            "--simulate: it was expected without --explained",
        ),
        (("cut", "--ratio", 1), "--ratio: a ratio of 1 is no difference"),
        (("cut", "--ratio", "0.5:2"), "--ratio: a range on one side of 1"),
        (
            ("cut", "--larger", 10, "--above", 20, "--below", 5),
            "--larger: at least the 20% just above",
        ),
        (("schedule", "--other", "80:90"), "--other: a range without 86.36%"),
        (
            ("schedule", "--small", 30, "--other", "30.00000000001"),
            "--other: another share than 30%",
        ),
        (("size", "--lost", 100), "--lost: more than 0% and less than 100%"),
        (("size", "--until", 6, "--since", 12), "--since: it was expected without until"),
        (("size", "--since", 0), "--since: more than 0"),
        (("size", "--interaction", 1), "--interaction: a ratio of 1 is no difference"),
        (("rate", "--points", 0), "--points: more than 0%"),
        (("rate", "--points", 1), "--points: at least 2 points"),
        (("rate", "--level", 100), "--level: more than 0% and less than 100%"),
        (("rate", "--follow-up", 12), "--follow-up: a study of more than 36 months"),
        (("cut", "--band", 0), "--band: at least 0.5"),
        (("cut", "--below", 0, "--above", 10), "--below: more than 0%"),
        (("cut", "--below", 60, "--above", 60), "--above: together at most 100%"),
        (("cut", "--factor", 1), "--factor: more than 1"),
        (("schedule", "--small", 60, "--other", 60), "--other: another share than 60%"),
        (("schedule", "--small", 100), "--small: more than 0% and less than 100%"),
        (("schedule", "--found", 0), "--found: more than 0%"),
        (("schedule", "--dead", 100), "--dead: from 0% to less than 100%"),
        (("schedule", "--cluster", 0), "--cluster: at least 1"),
        (("schedule", "--icc", "-0.5"), "--icc: 0 to 1 was expected"),
        (("size", "--ratio", 0), "--ratio: a hazard ratio above 0 was expected, found 0"),
        (("size", "--power", 100), "--power: more than 0% and less than 100%"),
        (("rate", "--survival", 0), "--survival: more than 0% and less than 100%"),
        (("rate", "--survival", 100), "--survival: more than 0% and less than 100%"),
        (("rate", "--months", "inf"), "--months: more than 0 was expected, found inf"),
        (("schedule", "--icc", "text"), "--icc: a number such as 40"),
        (
            ("size", "--ratio", 1000, "--larger", 1, "--survival", 50, "--simulate"),
            "--simulate: some patients in each group were expected, found ",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused(words, says):
    assert says in refused(*words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("size", "--power", "high"), "Invalid value for '--power': 'high' is not a valid float."),
        (("sizes",), "No such command 'sizes'. Did you mean 'size'?"),
        (("size", "--hazard", 2), "No such option '--hazard'."),
        (("size", "2"), "Got unexpected extra argument (2)"),
    ],
)
def test_words_that_are_no_command_are_refused_as_everywhere(words, says):
    """By click, which shows the usage before its sentence; `test_command_line.py` has the others."""
    done = invoke("plan", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith(f"Error: {says}")


def test_a_ratio_near_one_is_not_written_as_one():
    text = said("size", "--ratio", "1.0004", "--larger", 50, "--survival", 50)
    assert text.startswith("A hazard ratio of 1.0004: ")
    assert "hazard ratio of death of 1.0004 between" in " ".join(text.split())


def test_a_refusal_is_one_sentence_in_a_process_of_its_own():
    done = run("plan", "size", "--ratio", 1, process=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"Error: --ratio: [^\n]*\n", done.stderr)
