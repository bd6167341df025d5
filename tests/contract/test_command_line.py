"""`python -m helpers` as a reader runs it: output, exit codes, one clear sentence, no traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import limits
import pytest
from fixtures_core import (
    INVENTED,
    SEED,
    dump,
    invented,
    invoke,
    patients,
    raw,
    reconstruction,
    run,
    write,
)

from helpers import package, published
from helpers.published.estimands import Definition


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ours")
    study = published.load()
    name = f"{study.study.name}-synthetic-{SEED}"
    files = package.files(study, reconstruction().tables, name, f"Synthetic cohort, seed {SEED}")
    package.write(folder, files)
    return folder


COUNTED = sum(not isinstance(entry.estimand, Definition) for entry in published.load().targets)
"""Numbers that a cohort can contradict."""


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _refused(done):
    code = done.returncode if isinstance(done, subprocess.CompletedProcess) else done.exit_code
    assert code == 2, done
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(("Error: ", "Usage: ")), done.stderr
    return done.stderr


def test_scorecard_in_words(ours):
    done = run("scorecard", "--cohort", ours, process=True)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["id", "printed", "reproduced", "kind"]
    assert lines[-1] == f"{COUNTED} of {COUNTED} numbers agree"
    assert "✓ os-36-scf" in done.stdout
    assert "✗" not in done.stdout
    assert all(len(line) < 80 for line in lines)


def test_scorecard_as_json(ours):
    done = invoke("scorecard", "--cohort", ours, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    rows = json.loads(done.stdout, parse_constant=pytest.fail)
    assert [row["id"] for row in rows] == [entry.id for entry in published.load().targets]
    for row in rows:
        assert list(row) == ["id", "printed", "reproduced", "agrees", "kind", "reason"]
        assert isinstance(row["printed"], str)
        assert row["agrees"] in (True, None)
        assert row["kind"] in ("printed", "assumed")
        assert row["reproduced"] is not None or row["agrees"] is None


def test_scorecard_of_a_cohort_that_prints_other_numbers(tmp_path):
    folder = write(tmp_path / "c", patients(20))
    done = invoke("scorecard", "--cohort", folder)
    assert done.exit_code == 1
    assert "✗ n-patients" in done.stdout
    assert "56 printed, 20 here" in done.stdout
    assert "Traceback" not in done.stderr
    as_json = invoke("scorecard", "--cohort", folder, "--json")
    assert as_json.exit_code == 1
    rows = {row["id"]: row for row in json.loads(as_json.stdout)}
    assert rows["n-patients"]["agrees"] is False
    assert rows["n-patients"]["reason"] == "56 printed, 20 here"


def test_a_derived_row_that_disagrees_is_no_failure(ours, tmp_path):
    data = raw()
    data["requirements"]["at-risk-scf"]["value"] = 19
    path = tmp_path / "s.yaml"
    dump(path, data)
    done = invoke("scorecard", "--cohort", ours, "--published", path)
    assert "✗ at-risk-scf" in done.stdout
    assert f"{COUNTED - 1} of {COUNTED} numbers agree" in done.stdout
    assert done.exit_code == 0


def test_a_terminal_without_unicode_is_served(ours):
    done = run("scorecard", "--cohort", ours, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "? os-36-scf" in done.stdout, "the tick is replaced"


def test_validate(ours, tmp_path):
    done = invoke("validate", ours)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{ours}: valid, 56 patients, ")
    first = patients()
    first.loc[3, "died"] = "maybe"
    folder = write(tmp_path / "c", first)
    assert _refused(invoke("validate", folder)) == (
        f"Error: {folder / 'patients.csv'}, column died, row 5: 0 or 1 was expected, "
        "found 'maybe'\n"
    )
    assert "was expected, found nothing of that name" in _refused(
        invoke("validate", tmp_path / "x")
    )


@pytest.mark.parametrize(
    "words",
    [
        ["scorecard", "--cohort", "none"],
        ["scorecard", "--published", "none.yaml"],
        ["validate"],
        ["validate", "none"],
        ["validate", os.devnull],
        ["reconstruct"],
        ["reconstruct", "--seed", "1"],
        ["reconstruct", "--out", "x", "--seed", "one"],
        ["reconstruct", "--out", "x", "--seed", "-1"],
        ["reconstruct", "--out", "x", "--seed", "1", "--evaluations", "0"],
        ["reconstruct", "--out", "x", "--seed", "1", "--published", "none.yaml"],
        ["scoreboard"],
    ],
)
def test_bad_words_are_refused(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = invoke(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith(("Error: ", "Usage: "))
    assert not list(tmp_path.iterdir())


def test_reconstruct_is_the_same_byte_for_byte(ours, tmp_path):
    out = tmp_path / "new" / "cohort"
    done = run("reconstruct", "--out", out, "--seed", SEED, "--trace", tmp_path / "trace.csv")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert _bytes(out) == _bytes(ours)
    assert (tmp_path / "trace.csv").read_text().startswith("evaluations,temperature,violation,")


@pytest.mark.full
def test_reconstruct_serves_another_study(tmp_path):
    words = ["--published", INVENTED, "--seed", SEED, "--quiet"]
    for name in ("one", "two"):
        done = run("reconstruct", *words, "--out", tmp_path / name)
        assert (done.returncode, done.stderr) == (0, "")
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")
    assert set(_bytes(tmp_path / "one")) == {"hips.csv", "datapackage.json"}
    expected = package.csv(invented().tables["hips"])
    assert (tmp_path / "one" / "hips.csv").read_bytes() == expected
    done = run("scorecard", "--published", INVENTED, "--cohort", tmp_path / "one")
    numbers = len(published.load(INVENTED).targets)
    assert done.stdout.endswith(f"{numbers} of {numbers} numbers agree\n")


def _unsatisfiable(tmp_path):
    data = raw(INVENTED)
    # So few hips never differ so much; no check knows that, and only the search finds out.
    data["entries"]["revision-p"] |= {"value": 0, "decimals": 6}
    path = tmp_path / "impossible.yaml"
    dump(path, data)
    return path


def test_a_study_that_cannot_be_satisfied_writes_nothing(tmp_path):
    words = ["--published", _unsatisfiable(tmp_path), "--seed", 1, "--evaluations", 50_000]
    out = tmp_path / "out"
    done = run("reconstruct", *words, "--out", out, "--quiet")
    message = _refused(done)
    one_of_both = (
        r"(revision-p: expected = 0\.0+|free-104-uncemented: expected = 76\.2%), found \S+, off by"
    )
    assert re.search(one_of_both, message), message
    assert not out.exists()
    out.mkdir()
    (out / "hips.csv").write_text("earlier")
    _refused(run("reconstruct", *words, "--out", out, "--quiet"))
    assert _bytes(out) == {"hips.csv": b"earlier"}


@pytest.mark.parametrize(
    "sent",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.full),
        pytest.param(signal.SIGKILL, marks=pytest.mark.full),
    ],
)
def test_an_interrupted_run_leaves_the_earlier_files_whole(sent, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "hips.csv").write_text("earlier")
    words = ["--published", _unsatisfiable(tmp_path), "--seed", "1", "--evaluations", "99000000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "helpers", "reconstruct", *words, "--out", out],
        stderr=subprocess.PIPE,
        text=True,
    )
    seen = ""
    while "violation" not in seen:  # the bar: the search is under way
        seen += process.stderr.read(1)
    process.send_signal(sent)
    _, rest = process.communicate(timeout=limits.HANGING)
    assert process.returncode != 0
    assert "Traceback" not in rest
    assert _bytes(out) == {"hips.csv": b"earlier"}


@pytest.mark.parametrize("place", ["file", "file/below", "file/below/deeper"])
def test_a_place_that_cannot_be_written_is_refused_before_the_search(place, tmp_path):
    (tmp_path / "file").write_text("x")
    words = ["--published", INVENTED, "--seed", SEED, "--out", tmp_path / place]
    message = _refused(invoke("reconstruct", *words))
    assert str(tmp_path / "file") in message
    assert len(message.splitlines()) == 1
    assert _bytes(tmp_path) == {"file": b"x"}


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no folder that nobody can write")
def test_a_folder_that_nobody_can_write_is_refused():
    words = ["--published", INVENTED, "--seed", SEED, "--quiet", "--out", "/proc/self/cohort"]
    message = _refused(invoke("reconstruct", *words))
    assert "cannot be written" in message
    assert len(message.splitlines()) == 1


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "hips.csv").mkdir()
    words = ["--published", INVENTED, "--seed", SEED, "--quiet", "--out", tmp_path]
    assert "hips.csv is a folder" in _refused(invoke("reconstruct", *words))
    assert [path.name for path in tmp_path.iterdir()] == ["hips.csv"]
