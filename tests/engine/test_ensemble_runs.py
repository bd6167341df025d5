"""Drawing an ensemble: the same file whoever draws it, whatever is killed; clear refusals.

Runs of a tiny study, whose shards take a second each: in this process where nothing is killed, and
as processes of their own where something is.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

import joblib
import limits
import psutil
import pytest
from distributed import Client
from fixtures_core import invoke

from helpers import ensemble, kept, published
from helpers.ensemble import EnsembleError, Plan, engines, load, series
from helpers.ensemble import run as runs

TINY = published.DATA / "tiny.yaml"
COMMAND = [sys.executable, "-m", "helpers", "ensemble", "--published", str(TINY)]
N = 95
CHAINS = len(Plan(published.load(TINY), N, 1, tuple(published.load(TINY).measures)).shards)


def _arguments(folder, *words):
    return ["--n", N, "--out", folder / "e.parquet", "--work", folder / "work", *words]


def _start(folder, *words):
    """A run in a group of its own, as a terminal has it."""
    with (folder / "said").open("w") as said:
        return subprocess.Popen(
            [*COMMAND, *map(str, _arguments(folder, *words))], stderr=said, start_new_session=True
        )


def _ended(folder, process):
    """What it said, once it has ended."""
    process.wait(limits.HANGING)
    return (folder / "said").read_text()


@pytest.mark.parametrize(
    ("told", "times"),
    [([0], 0), ([0, N // 2, N], 0), ([0, 5, 5, 9], 1), ([0, 0, N], 1)],
)
def test_chains_that_move_slowly_are_said_to_do_so_once(told, times, tmp_path, monkeypatch):
    def draw(plan, work, workers, scheduler, progress):
        for done in told:
            progress(done)
        raise EnsembleError("as far as this goes")

    monkeypatch.setattr(ensemble, "draw", draw)
    words = "ensemble", "draw", "--published", TINY, *_arguments(tmp_path)
    assert invoke(*words).stderr.count("The chains move slowly") == times
    assert "slowly" not in invoke(*words, "--quiet").stderr


def _shards(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "work").rglob("shard-*")}


def _draw(folder, *words):
    """A run in this process, with the bar left out."""
    done = invoke("ensemble", "--published", TINY, *_arguments(folder, "--quiet", *words))
    assert (done.exit_code, done.stderr) == (0, ""), done
    return (folder / "e.parquet").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The file of a run by one worker that nothing disturbed, and its shards beside it."""
    return _draw(tmp_path_factory.mktemp("whole"), "--workers", 1)


def test_what_was_done_is_said(whole, tmp_path):
    done = invoke("ensemble", "--published", TINY, "--n", 2, "--out", tmp_path / "e.parquet",
                  "--work", tmp_path, "--workers", 1)  # fmt: skip
    first, *others = done.stdout.splitlines()
    assert first == f"{tmp_path / 'e.parquet'}: 2 cohorts, each of which prints all 3 numbers"
    assert others
    assert all("cohorts are too few to tell R-hat and effective size" in line for line in others)
    assert "2/2" in done.stderr
    assert "cohorts/s" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.full
def test_a_stopped_run_loses_at_most_its_shards_and_goes_on(whole, tmp_path, how):
    stopped = _start(tmp_path, "--workers", 2)
    workers = []
    try:
        limits.wait_until(lambda: _shards(tmp_path), "a first shard")
        workers = psutil.Process(stopped.pid).children(recursive=True)
        if how == signal.SIGINT:
            os.killpg(stopped.pid, how)  # as Ctrl-C does
        else:
            stopped.kill()
        said = _ended(tmp_path, stopped)
    finally:
        stopped.kill()
    if how == signal.SIGINT:
        _, left = psutil.wait_procs(workers, timeout=limits.HANGING)
        assert not left, "workers outlive a run that was stopped in order"
    for worker in workers:  # those of a killed run end by themselves, within a minute
        with suppress(psutil.NoSuchProcess):
            worker.kill()
    kept = _shards(tmp_path)
    assert 1 <= len(kept) < CHAINS
    assert not (tmp_path / "e.parquet").exists()
    if how == signal.SIGINT:
        assert stopped.returncode == 2
        assert "Traceback" not in said
        assert re.search(rf"Error: stopped with \d+ of {N} cohorts in .*goes on from there", said)
    assert _draw(tmp_path, "--workers", 1) == whole
    again = _shards(tmp_path)
    assert {name: again[name] for name in kept} == kept, "a finished shard was drawn again"


@pytest.mark.full
def test_a_killed_worker_costs_its_shard_alone(whole, tmp_path):
    running = _start(tmp_path, "--workers", 2)
    try:
        limits.wait_until(lambda: _shards(tmp_path), "a first shard")
        kept = _shards(tmp_path)
        children = psutil.Process(running.pid).children(recursive=True)
        workers = [child for child in children if "loky" in " ".join(child.cmdline())
                   and "resource_tracker" not in " ".join(child.cmdline())]  # fmt: skip
        workers[0].kill()
        said = _ended(tmp_path, running)
    finally:
        running.kill()
    assert running.returncode == 0, said
    assert (tmp_path / "e.parquet").read_bytes() == whole
    assert kept.items() <= _shards(tmp_path).items()


def test_a_damaged_shard_is_drawn_again_and_no_other(whole, tmp_path):
    assert _draw(tmp_path, "--workers", 1) == whole
    before = _shards(tmp_path)
    first = min((tmp_path / "work").rglob("shard-*"))
    first.write_bytes(first.read_bytes()[:100])
    assert _draw(tmp_path, "--workers", 1) == whole
    after = _shards(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {first.name}


# Chains of several segments


@pytest.fixture
def short(monkeypatch):
    """Segments so short that a chain of the tiny study needs several."""
    monkeypatch.setattr(series, "PILOT", 8)
    monkeypatch.setattr(series, "GAP", 1)


def _drawn(folder, workers=1, scheduler=None):
    study = published.load(TINY)
    plan = Plan(study, N, 1, ("columns", "free"))
    return runs.draw(plan, folder / "work", workers, scheduler).to_bytes()


def test_chains_in_segments_are_the_same_whoever_draws_them_and_whatever_is_lost(short, tmp_path):
    one = _drawn(tmp_path / "one")
    names = [name.split("-") for name in _shards(tmp_path / "one")]
    segments = Counter(shard for _, shard, *_ in names)
    assert min(segments.values()) > 2, "a chain of one segment shows nothing"
    assert len({gap for *_, gap in names}) > 1, "nor does one that is never looked at less often"
    assert _drawn(tmp_path / "two", workers=2) == one
    before = _shards(tmp_path / "one")
    for path in (tmp_path / "one").rglob("shard-0003-02-*"):
        path.unlink()
    assert _drawn(tmp_path / "one") == one
    after = _shards(tmp_path / "one")
    assert [name[:13] for name in after if after[name] != before[name]] == ["shard-0003-02"]


@pytest.mark.full
def test_on_dask_chains_in_segments_are_the_same(short, tmp_path, cluster):
    one = _drawn(tmp_path / "one")
    assert _drawn(tmp_path / "dask", scheduler=cluster.address) == one


# On a Dask cluster: a real# On a Dask cluster: a real scheduler and workers, processes of their own.


class Cluster(NamedTuple):
    address: str
    scheduler: subprocess.Popen
    workers: list[subprocess.Popen]


@pytest.fixture
def cluster(tmp_path):
    """A scheduler with two workers."""
    place = tmp_path / "scheduler.json"
    started = []

    def start(kind, *words):
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=tmp_path,
            )
        )
        return started[-1]

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
              "--scheduler-file", str(place))  # fmt: skip
        limits.wait_until(place.exists, "a scheduler")
        workers = [
            start("worker", "--scheduler-file", str(place), "--nthreads", "1", "--no-nanny",
                  "--no-dashboard", "--local-directory", str(tmp_path))
            for _ in range(2)
        ]  # fmt: skip
        address = json.loads(place.read_text())["address"]
        with Client(address, timeout=limits.HANGING, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=limits.HANGING)
        yield Cluster(address, started[0], workers)
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.full
def test_on_dask_a_killed_worker_changes_nothing(whole, tmp_path, cluster):
    address, workers = cluster.address, cluster.workers
    running = _start(tmp_path, "--scheduler", address)
    try:
        limits.wait_until(lambda: _shards(tmp_path), "a first shard")
        workers[0].kill()
        said = _ended(tmp_path, running)
    finally:
        running.kill()
    assert running.returncode == 0, said
    assert (tmp_path / "e.parquet").read_bytes() == whole
    workers[1].kill()
    workers[1].wait()
    said = _refused(tmp_path / "again", "--scheduler", address)
    assert f"Error: scheduler {address}: it has no workers" in said


@pytest.mark.full
def test_a_scheduler_that_is_lost_leaves_what_is_finished(tmp_path, cluster):
    address = cluster.address
    running = _start(tmp_path, "--scheduler", address, "--n", "5000")
    try:
        limits.wait_until(lambda: _shards(tmp_path), "a first shard")
        cluster.scheduler.kill()
        said = _ended(tmp_path, running)
    finally:
        running.kill()
    assert running.returncode == 2
    assert said.splitlines()[-1].startswith(f"Error: scheduler {address}: it was lost")
    assert "Traceback" not in said
    assert _shards(tmp_path)


@pytest.mark.full
def test_an_unreachable_scheduler_is_refused_soon(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    said = _refused(tmp_path, "--scheduler", address)
    assert f"Error: scheduler {address}: it cannot be reached" in said
    assert engines._CONNECT_SECONDS <= 10, "somebody waits for this in front of a terminal"


def _refused(folder, *words):
    done = invoke("ensemble", "--published", TINY, *_arguments(folder, *words))
    assert done.exit_code == 2, done
    assert "Traceback" not in done.stderr
    return done.stderr


# Refusals


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--n", 0, "--out", "e"], "--n"),
        (["--seed", -1, "--out", "e"], "--seed"),
        (["--workers", 0, "--out", "e"], "--workers"),
        (["--n", 5], "Missing option '--out'"),
        (["--out", "."], ".: a file was expected, found a folder"),
        (["typical", "e.parquet", "--out", "file"], "file: a folder was expected, found a file"),
        (["--out", "file/e.parquet"], "cannot be written"),
        (["--out", "e", "--work", "file"], "file: a folder was expected, found a file"),
        (
            ["--out", "e", "--measure", "guess"],
            "measure 'guess': one of columns, proportional, free, apart was expected",
        ),
        (["--out", "e", "--scheduler", "somewhere"], "scheduler somewhere: it cannot be reached"),
        (["verify", "none.parquet"], "none.parquet: not readable: No such file"),
        (["verify", "file"], "file: not readable as Parquet"),
        (["typical", "file", "--out", "c"], "file: not readable as Parquet"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no ensemble")
    done = invoke("ensemble", *words, "--published", TINY)
    assert done.exit_code == 2, done
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"file"}, "it worked before it refused"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o555)
    done = invoke("ensemble", "--published", TINY, "--out", tmp_path / "e.parquet")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_a_file_is_verified_and_its_medoid_written(whole, tmp_path):
    path = tmp_path / "e.parquet"
    path.write_bytes(whole)
    done = invoke("ensemble", "verify", path, "--published", TINY, "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert (said["cohorts"], said["failing"], said["numbers"]) == (N, 0, 3)
    done = invoke("ensemble", "typical", path, "--published", TINY, "--out", tmp_path / "c")
    assert done.exit_code == 0, done.stderr
    number = int(re.search(r"cohort (\d+), the medoid", done.stdout)[1])
    assert f"(number {number})" in (tmp_path / "c" / "datapackage.json").read_text()
    done = invoke("scorecard", "--published", TINY, "--cohort", tmp_path / "c")
    assert done.stdout.splitlines()[-1] == "3 of 3 numbers agree"


def test_a_file_that_does_not_print_the_numbers_is_told(whole, tmp_path):
    study = published.load(TINY)
    (tmp_path / "e.parquet").write_bytes(whole)
    found = load(tmp_path / "e.parquet", study)
    rows = found.tables["patients"]["cohort"] == 7
    found.tables["patients"].loc[rows, "years"] = 3
    (tmp_path / "e.parquet").write_bytes(found.to_bytes())
    done = invoke("ensemble", "verify", tmp_path / "e.parquet", "--published", TINY)
    assert done.exit_code == 1
    assert f"1 of {N} cohorts do not print every number" in done.stdout
    assert "  cohort 7: median 2 printed, 3.0 here" in done.stdout


# Plans


@pytest.mark.parametrize("n", [1, 2, 11, 12, 13, 2000])
def test_measures_are_dealt_in_turn_and_shards_add_up(n):
    study = published.load()
    shards = Plan(study, n, 1, tuple(study.measures)).shards
    assert len(shards) == min(n, 4 * len(study.measures))
    sizes = [one.members for one in shards]
    assert sum(sizes) == n
    assert max(sizes) - min(sizes) <= 1
    for number, one in enumerate(shards):
        assert one.measure == list(study.measures)[number % len(study.measures)]


def test_whatever_changes_a_shard_changes_the_digest():
    study, other = published.load(), published.load(TINY)
    plans = [
        Plan(study, 50, 1, tuple(study.measures)),
        Plan(study, 50, 2, tuple(study.measures)),
        Plan(study, 50, 1, tuple(study.measures)[:1]),
        Plan(other, 50, 1, tuple(other.measures)),
    ]
    assert len({plan.digest for plan in plans}) == len(plans)
    other_length = Plan(study, 70, 1, tuple(study.measures))
    assert other_length.digest != plans[0].digest, "how long chains are goes by how many are kept"
    assert Plan(study, 50, 1, tuple(study.measures)).digest == plans[0].digest


def test_a_worker_of_another_version_is_refused(monkeypatch, tmp_path):
    study = published.load(TINY)
    monkeypatch.setattr(kept, "_sources_here", lambda function: "older")
    plan = Plan(study, 1, 1, ("proportional",))
    monkeypatch.setattr(runs, "engine", lambda *_: joblib.parallel_config("sequential"))
    with pytest.raises(EnsembleError, match="another version"):
        runs.draw(plan, tmp_path)
    assert not list(tmp_path.iterdir())
