"""What `make cohort` would write is what is committed, byte for byte; the ensemble holds what it says."""

import subprocess
import sys

import pytest
from fixtures_core import SEED, reconstruction
from selection import some

from helpers import cohort, ensemble, package, published, scorecard
from helpers.reconstruct import reconstruct

FOLDERS = ["cohort", "alternatives/1", "alternatives/2"]


@pytest.mark.parametrize("seed", [1, SEED])
def test_a_search_gives_the_shipped_alternative(seed):
    study = published.load()
    found = reconstruction() if seed == SEED else reconstruct(study, seed)
    title = f"Synthetic cohort, seed {seed}"
    files = package.files(study, found.tables, f"{study.study.name}-synthetic-{seed}", title)
    for name, content in files.items():
        shipped = (published.DATA / "alternatives" / str(seed) / name).read_bytes()
        assert content == shipped, f"alternatives/{seed}/{name} is not what `make cohort` writes"
    if seed == 1:
        trace = package.csv(found.trace.round(4))
        assert trace == (published.DATA / "search.csv").read_bytes(), "search.csv differs"


@pytest.mark.full
def test_the_cohort_of_the_book_is_the_medoid_of_the_ensemble(tmp_path):
    command = [sys.executable, "-m", "helpers", "ensemble", "typical"]
    command += [str(published.DATA / "ensemble.parquet"), "--out", str(tmp_path / "cohort")]
    subprocess.run(command, check=True, capture_output=True, text=True)
    files = sorted((published.DATA / "cohort").iterdir())
    assert len(files) == 3
    for path in files:
        written = (tmp_path / "cohort" / path.name).read_bytes()
        assert written == path.read_bytes(), f"cohort/{path.name} is not what `make cohort` writes"


def test_every_cohort_of_the_shipped_ensemble_prints_every_number():
    verdict = ensemble.verify(ensemble.load())
    assert verdict.failures.empty, verdict.failures.head()
    assert len(verdict.agrees) == 2000


@pytest.mark.parametrize("number", some([999, 0, 1999], 3))
def test_the_libraries_agree_that_a_cohort_of_the_ensemble_prints_every_number(number):
    rows = scorecard.rows(ensemble.load().cohort(number))
    off = [f"{row.entry.id}: {row.reason}" for row in rows if row.agrees is False]
    assert not off


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_shipped_cohort_prints_every_number(folder):
    rows = scorecard.rows(cohort.load(published.DATA / folder))
    off = [f"{row.entry.id}: {row.reason}" for row in rows if row.agrees is False]
    assert not off
    assert sum(row.agrees is True for row in rows) == len(rows) - 4  # four are definitions
