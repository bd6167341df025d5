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
    never = invoke("forced", "--rate", "99.95", "--n", 5)
    assert never.exit_code == 0
    assert "nor any of up to 1000" in never.stdout


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
    assert (nothing["smallest_n"], nothing["deaths"]) == (None, [])


def test_options_are_heeded():
    done = invoke("forced", "--rate", "93.5", "--n", 37, "--followed", 30)
    assert done.stdout.startswith("No group of 37 patients prints 93.5%.")
    zeros = invoke("forced", "--rate", "50", "--n", 12, "--decimals", 1)
    assert zeros.stdout.splitlines()[0].startswith("50.0% of 12 patients")


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
        (["--rate", "93.5", "--n", "1:99999999999"], "--n: at most 1000 patients were expected"),
        (["--rate", "50", "--n", 300], "--n: 300 patients have too many sets to count"),
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
