"""`python -m helpers forced` as a newcomer runs it: answers, JSON, refusals."""

from __future__ import annotations

import json

import pytest
from fixtures_core import invoke, run

from helpers import forced


def refused(*words: object) -> str:
    done = invoke("forced", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_one_group_in_words():
    done = run("forced", "--rate", "93.5", "--n", 37)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "93.5% of 37 patients: exactly 2 deaths."
    assert lines[1] == "The smallest group that prints it has 31 patients."
    assert lines[-2].split() == [
        "deaths",
        "sets",
        "at",
        "risk",
        "at",
        "the",
        "last",
        "still",
        "followed",
        "such",
        "as",
    ]
    assert lines[-1].split() == ["2", "6", "26", "to", "30", "1", "to", "29", "31,", "30"]
    assert lines[-2].index("such as") == lines[-1].index("31, 30"), "the columns are aligned"
    assert "halves" not in done.stdout, "both habits of rounding agree"


def test_many_sets_fit_the_width_of_a_terminal():
    done = run("forced", "--rate", "55.2%", "--n", 37)
    assert done.returncode == 0
    found = forced.rate("55.2", 37)
    lines = done.stdout.splitlines()
    assert lines[0] == "55.2% of 37 patients: 3 to 16 deaths."
    up, even = (int(found.by_size[habit].item()) for habit in ("half_up", "half_even"))
    assert up != even
    assert f"halves rounded up: {up:,} sets; to even: {even:,}." in done.stdout
    assert sum(int(line.split()[1].replace(",", "")) for line in lines[-14:]) == found.n_sets
    assert all(len(line) < 80 for line in lines)


def test_a_range_of_sizes():
    done = run("forced", "--rate", "91.7", "--n", "10:26")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()[-17:]]
    assert rows[0] == ["10", "0", "none", "fits", "-"]
    assert rows[2] == ["12", "1", "1", "1", "to", "11"]
    assert rows[-1][0] == "26"
    assert "12 patients" in done.stdout


def test_a_rate_that_no_group_prints_is_an_answer():
    done = run("forced", "--rate", "93.5", "--n", 5)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "No group of 5 patients prints 93.5%. The smallest that does has 31 patients.\n"
    )
    many = invoke("forced", "--rate", "93.5", "--n", "5:8")
    assert many.stdout.startswith("No group of 5 to 8 patients prints 93.5%.")
    far = invoke("forced", "--rate", "99.95", "--n", 5)
    assert (far.exit_code, far.stdout) == (
        0,
        "No group of 5 patients prints 99.95%. The smallest that does has 1819 patients.\n",
    )


@pytest.mark.parametrize(
    ("rate", "n", "answer"),
    [
        ("100", 3, "100% of 3 patients: no death."),
        ("0", 1, "0% of 1 patient: exactly 1 death."),
        ("0", 3, "0% of 3 patients: 1 to 3 deaths."),
        ("50", "2:2", "50% of 2 patients: exactly 1 death."),
    ],
)
def test_the_ends(rate, n, answer):
    done = invoke("forced", "--rate", rate, "--n", n)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == answer


def test_json_has_everything():
    done = run("forced", "--rate", "93.5", "--n", "30:37", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout, parse_constant=pytest.fail)
    found = forced.rate("93.5", range(30, 38))
    assert list(told) == [
        *("rate", "followed", "smallest_n", "deaths", "by_size", "by_deaths", "by_position")
    ]
    assert (told["rate"], told["smallest_n"], told["deaths"]) == ("93.5", 31, [2])
    assert told["by_size"][0] == {
        "n": 30, "sets": 0, "half_up": 0, "half_even": 0,
        "deaths_min": None, "deaths_max": None, "followed_min": None, "followed_max": None,
    }  # fmt: skip
    assert [row["sets"] for row in told["by_size"]] == found.by_size["sets"].tolist()
    assert told["by_deaths"][-1]["witness_max"] == [31, 30]
    assert len(told["by_position"]) == len(found.by_position)
    nothing = json.loads(invoke("forced", "--rate", "99.95", "--n", 5, "--json").stdout)
    assert (nothing["smallest_n"], nothing["deaths"]) == (1819, [])


def test_what_is_too_much_to_count_is_bounded_and_says_so():
    done = run("forced", "--rate", "54.7", "--n", 1000)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "54.7% of 1000 patients: 3 to 453 deaths."
    assert lines[2] == "The sets of 1000 patients are too many to count; the bounds are exact."
    assert "sets" not in lines[5].split()
    assert lines[-1].split() == ["453", "366", "to", "548", "1", "to", "547", "1000-548"]
    assert "..." in done.stdout, "the middle of a long table is left out"
    assert all(len(line) < 80 for line in lines)
    told = json.loads(invoke("forced", "--rate", "72", "--n", 120, "--json").stdout)
    assert told["deaths"] == [*range(2, 35)]
    assert told["by_size"] == [
        {"n": 120, "sets": None, "half_up": None, "half_even": None,
         "deaths_min": 2, "deaths_max": 34, "followed_min": 1, "followed_max": 87},
    ]  # fmt: skip
    assert [row["deaths"] for row in told["by_deaths"]] == told["deaths"]


def test_every_size_of_a_range_is_answered():
    done = invoke("forced", "--rate", "72", "--n", "40:120")
    assert (done.exit_code, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()[-81:]]
    assert [int(row[0]) for row in rows] == [*range(40, 121)]
    assert int(rows[0][1].replace(",", "")) == forced.rate("72", 40).n_sets
    assert rows[-1] == ["120", "-", "2", "to", "34", "1", "to", "87"]
    assert "more patients are too many to count; the bounds are exact." in done.stdout


@pytest.mark.full
def test_a_size_that_is_not_decided_does_not_hide_the_others():
    done = invoke("forced", "--rate", "54.7321", "--n", "14:60")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "none fits" in lines[-47]
    assert "not decided" in lines[-1]
    assert any("so many decimals has too many sets to try" in line for line in lines)


def test_with_nobody_lost_a_rate_is_a_share():
    done = invoke("forced", "--rate", "56.4", "--n", 39, "--complete")
    assert done.stdout.startswith("56.4% of 39 patients with nobody lost: exactly 17 deaths.\n")
    censored = invoke("forced", "--rate", "23.3", "--n", 39, "--complete")
    assert censored.stdout.startswith("No group of 39 patients prints 23.3% with nobody lost.")
    several = invoke("forced", "--rate", "56.4", "--n", "38:42", "--complete")
    assert [line.split()[1] for line in several.stdout.splitlines()[-5:]] == [
        "none", "17", "none", "none", "none",
    ]  # fmt: skip


def test_options_are_heeded():
    done = invoke("forced", "--rate", "93.5", "--n", 37, "--followed", 30)
    assert done.stdout.startswith("No group of 37 patients prints 93.5%.")
    zeros = invoke("forced", "--rate", "50", "--n", 12, "--decimals", 1)
    assert zeros.stdout.splitlines()[0].startswith("50.0% of 12 patients")


ZHANG = ["--rate", "12:95.8", "--rate", "24:87.6", "--rate", "36:85.8"]
"""Local control of recurrent tumours, doi 10.1016/j.ijrobp.2011.10.035."""


def test_several_rates_of_one_group():
    done = run("forced", *ZHANG, "--n", 60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "95.8% at 12, 87.6% at 24 and 85.8% at 36 cannot all be of 60 patients, though every two "
        "of them can. The smallest group for which all can has 71 patients.\n"
    )
    they_can = invoke("forced", *ZHANG, "--n", 80).stdout.splitlines()
    assert they_can[0] == "95.8% at 12, 87.6% at 24 and 85.8% at 36 of 80 patients can all be."
    assert they_can[-1].split()[:6] == ["36", "85.8%", "9", "2", "to", "11"]
    rows = invoke("forced", *ZHANG, "--n", "68:74").stdout.splitlines()[-7:]
    assert [row.split()[1] for row in rows] == ["no"] * 3 + ["yes"] * 4
    told = json.loads(invoke("forced", *ZHANG, "--n", "70:71", "--json").stdout)
    assert told["smallest_n"] == 71
    assert [row["possible"] for row in told["by_size"]] == [False, True]
    rising = invoke("forced", "--rate", "12:80", "--rate", "24:90", "--n", 30)
    assert (
        rising.stdout
        == "90% at 24 is above 80% at 12: no estimate ever rises, whatever the group.\n"
    )


def test_what_else_a_reader_knows():
    at_risk = invoke("forced", "--rate", "24:76.4", "--at-risk", "24:14", "--n", 33).stdout
    assert at_risk.startswith("76.4% at 24 of 33 patients can be with 14 at risk at 24.\n")
    assert at_risk.splitlines()[-1].split()[2:5] == ["4", "to", "7"]
    median = invoke("forced", "--rate", "12:40", "--median-follow-up", "24", "--n", 22).stdout
    assert median == ("No group of 22 patients prints 40% at 12 with a median follow-up of 24.\n")
    two = invoke("forced", "--rate", "12:56.4", "--rate", "24:23.3", "--n", 39, "--complete")
    assert two.stdout.startswith("No group of 39 patients prints 23.3% at 24 with nobody lost.")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--rate", "120", "--n", 5],
            "--rate: a percentage from 0 to 100 such as 93.5 was expected",
        ),
        (
            ["--rate", "-5", "--n", 5],
            "--rate: a percentage from 0 to 100 such as 93.5 was expected",
        ),
        (["--rate", "many", "--n", 5], "found 'many'"),
        (["--rate", "93.5", "--n", 0], "--n: at least 1 patient was expected, found '0'"),
        (["--rate", "93.5", "--n", -3], "--n: at least 1 patient was expected, found '-3'"),
        (["--rate", "93.5", "--n", "0:5"], "--n: at least 1 patient was expected, found '0:5'"),
        (["--rate", "93.5", "--n", "40:12"], "--n: the smaller number first was expected"),
        (["--rate", "93.5", "--n", "3.5"], "--n: a number such as 37, or a range such as 12:40"),
        (["--rate", "93.5", "--n", "12:"], "--n: a number such as 37, or a range such as 12:40"),
        (["--rate", "93.5", "--n", "1:99999999999"], "--n: at most 10000 patients were expected"),
        (
            ["--rate", "12:80", "--rate", "70", "--n", 9],
            "--rate: its time was expected too, such as",
        ),
        (["--rate", "x:80", "--n", 9], "--rate: a time and a percentage such as 12:95.8"),
        (["--rate", "12:80", "--rate", "12:70", "--n", 9], "--rate: the time 12 stands twice"),
        (
            ["--rate", "12:80", "--at-risk", "14", "--n", 9],
            "--at-risk: a time and a number such as",
        ),
        (["--rate", "80", "--at-risk", "24:14", "--n", 9], "--rate: its time was expected too"),
        (
            ["--rate", "12:80", "--median-follow-up", "x", "--n", 9],
            "--median-follow-up: a time such",
        ),
        (["--rate", "0.72", "--n", 39], "--rate: is 72% meant by 0.72? Write 72, or 0.72% for"),
        (["--rate", ".547", "--n", 39], "--rate: is 54.7% meant by .547? Write 54.7, or 0.547%"),
        (["--rate", "93.5", "--n", 5, "--decimals", 0], "--rate: 93.5 has more than 0 decimals"),
        (
            ["--rate", "93.5", "--n", 5, "--decimals", 9],
            "--decimals: 0 to 6 were expected, found 9",
        ),
        (["--rate", "93.5", "--n", 5, "--followed", 6], "--followed: at most 5, all patients,"),
        (["--rate", "93.5", "--n", 5, "--followed", -1], "--followed: no fewer than 0"),
    ],
)
def test_refusals_are_one_sentence(words, message):
    said = refused(*words)
    assert said.startswith("Error: ")
    assert message in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "words", [[], ["--n", 5], ["--rate", 5], ["--rate", 5, "--n", 5, "--followed", "x"]]
)
def test_what_is_missing_is_named(words):
    said = refused(*words)
    assert said.startswith("Usage: ")
    assert "--rate" in said or "--n" in said or "--followed" in said


def test_help_reads_well():
    done = invoke("forced", "--help")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "--rate 91.7 --n 12:40" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "forced" in invoke("--help").stdout
