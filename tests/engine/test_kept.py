"""Long work in pieces: runs that go on, and what makes a kept piece out of date."""

import shutil
from functools import partial
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest
from selection import some

from helpers import imports, kept
from helpers.calibration import public, simulated
from helpers.ensemble import shards

COMPUTING = {
    "a shard": shards.draw_segment,
    "a simulated cohort": simulated._compared,
    "a public cohort": public._compared,
}


def piece(number, log):
    with log.open("a") as file:
        file.write(f"{number}\n")
    return pd.DataFrame({"number": [number], "drawn": np.random.default_rng(number).normal(size=1)})


def broken(number, log):
    raise OSError(f"killed at {number}")


def test_a_run_goes_on_where_it_was_and_gives_what_another_number_of_workers_gives(tmp_path):
    log = tmp_path / "log"
    pieces = {f"p{number}": partial(piece, number, log) for number in range(5)}
    stopped = {**pieces, "p3": partial(broken, 3, log)}
    with pytest.raises(OSError, match="killed at 3"):
        kept.tables(stopped, piece, "x", tmp_path / "one")
    assert log.read_text().split() == ["0", "1", "2"]
    seen = []
    one = kept.tables(pieces, piece, "x", tmp_path / "one", progress=seen.append)
    assert log.read_text().split() == ["0", "1", "2", "3", "4"]
    assert seen == [3, 4, 5]
    other = kept.tables(pieces, piece, "x", tmp_path / "other", jobs=2)
    assert one.equals(other)
    kept.tables(pieces, piece, "another seed", tmp_path / "one")
    assert len(log.read_text().split()) == 15, "what depends on another seed was taken over"


def test_a_piece_that_cannot_be_read_is_computed_again_and_no_other(tmp_path):
    log = tmp_path / "log"
    pieces = {f"p{number}": partial(piece, number, log) for number in range(3)}
    whole = kept.tables(pieces, piece, "x", tmp_path / "work")
    (damaged,) = (tmp_path / "work").rglob("p1.csv")
    damaged.write_bytes(b"")
    assert kept.tables(pieces, piece, "x", tmp_path / "work").equals(whole)
    assert log.read_text().split() == ["0", "1", "2", "1"]


def test_a_worker_of_another_version_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "_sources_here", lambda function: "older")
    with pytest.raises(kept.KeptError, match="a worker has another version"):
        kept.tables({"p": partial(piece, 1, tmp_path / "log")}, piece, "x", tmp_path / "work")
    assert not (tmp_path / "log").exists()


def test_workers_that_are_killed_again_and_again_end_the_work(tmp_path):
    tries = []

    class Killing:
        def __enter__(self):
            tries.append(1)
            raise joblib.externals.loky.process_executor.TerminatedWorkerError("killed")

        def __exit__(self, *_):
            pass

    with pytest.raises(kept.KeptError, match="killed 3 times before any finished"):
        kept.together({"p": bytes}, piece, tmp_path / "work", pd.read_csv, Killing)
    assert len(tries) == 3


# ---------------------------------------------------------------- what pieces depend on


@pytest.fixture
def copy(tmp_path):
    """The package, to be edited."""
    folder = tmp_path / "helpers"
    shutil.copytree(imports.ROOT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize("function", COMPUTING.values(), ids=COMPUTING)
def test_one_byte_of_any_module_that_computes_makes_pieces_out_of_date(function, copy):
    found = imports.imported_modules(f"import {function.__module__}", copy).modules
    assert {
        "helpers.compiled", "helpers.contract", "helpers.published.study",
        "helpers.reconstruct.chain", "helpers.reconstruct.writing", function.__module__,
    } <= set(found)  # fmt: skip
    before = kept.sources(function, copy)
    for name, path in some(found.items(), 12):
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        assert kept.sources(function, copy) != before, name
        path.write_bytes(whole)
    assert kept.sources(function, copy) == before


def test_the_growth_of_tumours_is_among_what_calibration_depends_on():
    found = imports.imported_modules(f"import {simulated.__name__}").modules
    assert {"helpers.growth.fitting", "helpers.estimates", "helpers.batch.cox"} <= set(found)


@pytest.mark.parametrize("function", COMPUTING.values(), ids=COMPUTING)
def test_no_other_module_does(function, copy):
    found = set(imports.imported_modules(f"import {function.__module__}", copy).modules.values())
    others = set(copy.rglob("*.py")) - found
    assert {"page.py", "scorecard.py"} <= {path.name for path in others}
    before = kept.sources(function, copy)
    for path in others:
        path.write_bytes(path.read_bytes() + b"\n")
    assert kept.sources(function, copy) == before


@pytest.mark.parametrize(
    ("function", "package"),
    [(shards.draw_segment, name) for name in ("numpy", "numba", "pandas", "pyarrow")]
    + [(public._compared, name) for name in ("lifelines", "scipy", "lmfit")],
)
def test_another_version_of_a_package_makes_pieces_out_of_date(function, package, monkeypatch):
    before = kept.sources(function)
    version = kept.metadata.version
    monkeypatch.setattr(
        kept.metadata, "version", lambda name: "0" if name == package else version(name)
    )
    assert kept.sources(function) != before


def test_another_python_makes_pieces_out_of_date(monkeypatch):
    before = kept.sources(shards.draw_segment)
    older = SimpleNamespace(version_info=(3, 99, 0), modules=kept.sys.modules)
    monkeypatch.setattr(kept, "sys", older)
    assert kept.sources(shards.draw_segment) != before
