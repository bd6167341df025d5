"""The page of another abstract: each command that it prints runs as it stands, on an abstract of a reader's own.

That each is one that there is, is tested daily in `test_commands.py`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import limits
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "book" / "another-abstract.md"
BLOCKS = re.findall(r"^```shell\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
RUN = [block for block in BLOCKS if not block.startswith("make ")]
"""Those of `make` are run where the short book is tested."""
ABSTRACT = """\
name: a-reader's-own
rows: 30 patients
groups:
  drug: {one: 18, other: 12}
summaries:
  follow-up: 24 (2-60)
  age: 61 (40-80)
rates:
  os 24 in one: 60%
  local control 24: 88%
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an abstract, in which every block has run after those before it."""
    found = tmp_path_factory.mktemp("another")
    python = found / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (found / "my.yaml").write_text(ABSTRACT, encoding="utf-8")
    return found


@pytest.mark.full
def test_every_command_of_the_page_runs_on_an_abstract_of_a_readers_own(folder: Path):
    assert len(RUN) >= 4
    for block in RUN:
        done = subprocess.run(
            ["sh", "-e", "-c", block], cwd=folder, capture_output=True, text=True,
            timeout=limits.HANGING,
        )  # fmt: skip
        assert done.returncode == 0, (block, done.stderr)
    table = pd.read_csv(folder / "unprinted.csv")
    assert list(table) == [
        "quantity",
        "words",
        "unit",
        "measure",
        "cohorts",
        "lower",
        "median",
        "upper",
    ]
    ids = set(table["quantity"])
    assert {"overall-survival.events", "overall-survival.median", "local-control.events"} <= ids
    assert "local-control.survival-24" not in ids, "it is printed"
    assert "overall-survival.survival-24" in ids, "it is printed of one group alone"
    rows = table[table["quantity"] == "overall-survival.events"]
    assert rows["lower"].between(1, 30).all()
    assert (rows["lower"] < rows["upper"]).all(), "cohorts that print the same differ in deaths"
