"""Made-up cohorts and one reconstruction a session, for the tests of the core."""

from __future__ import annotations

import copy
import functools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import limits
import numpy as np
import pandas as pd
import yaml
from click.testing import CliRunner, Result
from selection import ALL

from helpers import published
from helpers.commands import main
from helpers.reconstruct import Reconstruction, reconstruct

INVENTED = Path(__file__).parents[1] / "data" / "invented.yaml"
SEED = 2


@functools.cache
def reconstruction() -> Reconstruction:
    """The shipped study's cohort of one seed."""
    return reconstruct(published.load(), SEED)


@functools.cache
def invented() -> Reconstruction:
    """A cohort of the invented study."""
    return reconstruct(published.load(INVENTED), SEED)


@functools.cache
def _raw(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def raw(path: Path = published.DATA / "published.yaml") -> dict[str, Any]:
    """A study's YAML as plain objects, to spoil."""
    return copy.deepcopy(_raw(path))


def dump(path: Path, data: dict[str, Any]) -> Path:
    """Write a spoilt study."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(data, Dumper=dumper, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


def patients(n: int = 12, seed: int = 0) -> pd.DataFrame:
    """Made-up patients that meet the contract."""
    rng = np.random.default_rng(seed)
    follow_up = rng.uniform(20, 60, n).round(1)
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{i:03d}" for i in range(1, n + 1)],
            "site": rng.choice(["supraclavicular", "lung", "other"], n),
            "months_to_oligometastasis": rng.uniform(0, 60, n).round(1),
            "regional_recurrence": rng.integers(0, 2, n),
            "treatment_date": "2012-03-04",
            "treatment": rng.choice(["radiotherapy", "surgery", "ablation"], n),
            "systemic_therapy": rng.integers(0, 2, n),
            "age_years": rng.integers(30, 80, n),
            "histology": "squamous",
            "figo_stage": "II",
            "follow_up_months": follow_up,
            "died": rng.integers(0, 2, n),
            "progression_months": "",
        }
    ).astype(str)
    frame.loc[0, "progression_months"] = str(follow_up[0])  # on the last day: allowed
    return frame


def lesions(n: int = 12, seed: int = 0) -> pd.DataFrame:
    """Made-up lesions, one or two a patient."""
    rng = np.random.default_rng(seed)
    owners = [f"P{i:03d}" for i in range(1, n + 1)] + [f"P{i:03d}" for i in range(1, n + 1, 3)]
    months = rng.uniform(1, 20, len(owners)).round(1)
    frame = pd.DataFrame(
        {
            "lesion_id": [f"L{i:03d}" for i in range(1, len(owners) + 1)],
            "patient_id": owners,
            "site": "lung",
            "diameter_mm": np.round(8 * np.exp(months / 10) + rng.uniform(0, 4)).astype(int),
            "months_since_negative_ct": months,
            "local_recurrence_months": "",
        }
    ).astype(str)
    frame.loc[1, ["months_since_negative_ct"]] = ""
    return frame


def write(
    folder: Path, patients_: pd.DataFrame | None = None, lesions_: pd.DataFrame | None = None
) -> Path:
    """Write a made-up cohort; left-out tables are valid ones."""
    folder.mkdir(exist_ok=True)
    first = patients() if patients_ is None else patients_
    second = lesions(len(first)) if lesions_ is None else lesions_
    first.to_csv(folder / "patients.csv", index=False)
    second.to_csv(folder / "lesions.csv", index=False)
    return folder


def invoke(*words: object) -> Result:
    """The command line in this process: quicker, for what needs no process of its own."""
    done = CliRunner().invoke(main, [str(word) for word in words], prog_name="python -m helpers")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done


def run(
    *words: object, process: bool = ALL, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command line, with ALL=1 in a process of its own; daily only where that is asked for."""
    if not (process or environment):
        done = invoke(*words)
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
    return subprocess.run(
        [sys.executable, "-m", "helpers", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=limits.HANGING,
        check=False,
        env={**os.environ, **environment},
    )
