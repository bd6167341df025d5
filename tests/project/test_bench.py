"""The bench in short: it agrees with everybody, and writes what the book shows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import bench
import books
import numpy as np
import pytest
from report import measurements

BENCH = books.ROOT / "book" / "_tools" / "bench.py"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory):
    target = tmp_path_factory.mktemp("bench") / "new" / "bench.json"
    done = subprocess.run(
        [sys.executable, str(BENCH), "--quick", "--out", str(target)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done, json.loads(target.read_text(encoding="utf-8"))


@pytest.mark.full
def test_everybody_is_compared(quick):
    done, found = quick
    rows = {row["statistic"]: row["peers"] for row in found["statistics"]}
    assert list(rows) == list(bench.STATISTICS.values())
    everywhere, left_out = {"lifelines", "scikit-survival", "greenwood"}, ""
    if find_spec("sksurv") is None:
        everywhere.remove("scikit-survival")
        left_out += "scikit-survival is not installed: it is left out.\n"
    if shutil.which("Rscript"):
        everywhere.add("R")
        assert "R package survival" in found["machine"]
    else:
        left_out += "Rscript is not installed: R is left out.\n"
    assert done.stderr == left_out
    for name in ("kaplan_meier", "log_rank", "cox", "concordance"):
        assert set(rows[bench.STATISTICS[name]]) == everywhere
    for peers in rows.values():
        for peer in peers.values():
            assert peer["ratio"] > 0
            assert peer["difference"] <= bench.AGREED
    assert [row["patients"] for row in found["by_patients"]] == [50, 100]
    assert {"Processor", "Cores", "Python", "numba", "Date"} <= set(found["machine"])


@pytest.mark.full
def test_it_is_told_in_the_terminal(quick):
    done, found = quick
    for row in found["statistics"]:
        assert row["statistic"] in done.stdout
    assert "times as long" in done.stdout


@pytest.mark.full
def test_the_book_shows_it(quick, tmp_path: Path):
    _, found = quick
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "bench.json").write_text(json.dumps(found), encoding="utf-8")
    app = SimpleNamespace(srcdir=tmp_path)
    for name in ("speed", "growth", "constraints", "moves", "surveillance", "bench-machine"):
        table = measurements.TABLES[name](app)
        assert table.rows
        assert all(len(row) == len(table.head) for row in table.rows)
        assert all(isinstance(cell, str) for row in table.rows for cell in row)
        shown = measurements._written(table, "book/how-it-was-built").astext()
        assert all(cell in shown for row in table.rows for cell in row)
    assert measurements.TABLES["machine"](app).rows == []


def test_the_book_has_a_whole_run():
    """The file that is shown comes from a run that was not in short, on all sizes."""
    found = json.loads(bench.TARGET.read_text(encoding="utf-8"))
    assert found["cohorts"] == 200
    assert [row["patients"] for row in found["by_patients"]] == [50, 100, 200, 500, 1000, 2000]
    cox = next(r for r in found["statistics"] if r["statistic"] == bench.STATISTICS["cox"])
    assert set(cox["peers"]) == {"lifelines", "scikit-survival", "R"}


def test_a_difference_is_refused():
    ours = np.array([[1.0, 2.0], [1.1, np.nan]])
    assert bench.difference(ours, ours * (1 + 1e-6), "x") < bench.AGREED
    for theirs in (ours * 1.01, np.nan_to_num(ours)):
        with pytest.raises(bench.DisagreementError, match="x differs by"):
            bench.difference(ours, theirs, "x")


def test_a_missing_peer_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert bench.main(["--quick"]) == 2
    assert capsys.readouterr().err == "threadpoolctl is not installed; it is in the group bench.\n"


def test_a_disagreement_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def wrong(quick: bool):
        raise bench.DisagreementError("Log-rank test by R differs by 0.1")

    monkeypatch.setattr(bench, "bench", wrong)
    assert bench.main(["--quick"]) == 1
    assert capsys.readouterr().err == "Log-rank test by R differs by 0.1\n"


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(bench, "bench", lambda quick: {})
    monkeypatch.setattr(bench, "table", lambda found: "")
    (tmp_path / "file").write_text("")
    assert bench.main(["--out", str(tmp_path / "file" / "bench.json")]) == 2
    assert "cannot be written" in capsys.readouterr().err
