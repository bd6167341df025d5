"""What `python -m helpers ensemble` does, once its words are understood."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
from tqdm import tqdm

from .. import package
from ..published import Study
from . import run as runs
from . import store
from .cohorts import Ensemble, load
from .store import EnsembleError
from .typical import medoid
from .verification import Verdict
from .verification import verify as verified

_SHOWN = 10
"""Failures that are told one by one."""


def run(
    study: Study,
    out: Path | None,
    *,
    n: int,
    seed: int,
    measures: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    work: Path,
    verify: Path | None,
    typical: Path | None,
    as_json: bool,
    quiet: bool,
) -> bool:
    """Draw and write an ensemble, or check or use one; whether all is as it should be."""
    if verify is not None:
        found = load(verify, study)
        return _tell(found, verified(found), str(verify), as_json)
    assert out is not None
    if typical is not None:
        return _write_typical(load(typical, study), out, as_json)
    plan = runs.Plan(study, n, seed, measures or tuple(study.measures))
    began = time.monotonic()
    drawn = _drawn(plan, work, workers, scheduler, quiet)
    verdict = verified(drawn)
    if not verdict.passed:
        _tell(drawn, verdict, f"{out}, which was not written", as_json)
        return False
    package.write(out.parent, {out.name: drawn.to_bytes()})
    return _tell(drawn, verdict, str(out), as_json, seconds=time.monotonic() - began)


def _drawn(
    plan: runs.Plan, work: Path, workers: int | None, scheduler: str | None, quiet: bool
) -> Ensemble:
    """Draw with a bar; when it is interrupted, say where it stands."""
    done = 0
    bar: tqdm[None] | None = None

    def progress(there: int) -> None:
        nonlocal done, bar
        if bar is None:
            bar = tqdm(total=plan.n, initial=there, unit=" cohorts", desc="drawing", disable=quiet)
        else:
            bar.update(there - done)
        done = there

    try:
        return runs.draw(plan, work, workers or -1, scheduler, progress)
    except KeyboardInterrupt:
        raise EnsembleError(
            f"stopped with {done:,} of {plan.n:,} cohorts in {work / plan.digest}; "
            "the same command goes on from there"
        ) from None
    finally:
        if bar is not None:
            bar.close()


def _tell(
    ensemble: Ensemble, verdict: Verdict, name: str, as_json: bool, seconds: float | None = None
) -> bool:
    """Say what an ensemble holds and which of its cohorts fail."""
    failing = verdict.failures["cohort"].nunique()
    if as_json:
        about = {
            "file": name,
            "cohorts": len(ensemble),
            "measures": ensemble.record["measure"].value_counts(sort=False).to_dict(),
            "numbers": verdict.agrees.shape[1],
            "failing": failing,
            "failures": verdict.failures.to_dict("records"),
        }
        if seconds is not None:
            about["seconds"] = round(seconds, 1)
        click.echo(json.dumps(about, indent=1, ensure_ascii=False, default=str))
        return failing == 0
    size = f"{len(ensemble):,} cohorts"
    if failing == 0:
        click.echo(f"{name}: {size}, each of which prints all {verdict.agrees.shape[1]} numbers")
        return True
    click.echo(f"{name}: {failing:,} of {size} do not print every number")
    for row in verdict.failures.head(_SHOWN).itertuples():
        click.echo(
            f"  cohort {row.cohort}: {row.entry} {row.printed} printed, {row.reproduced} here"
        )
    if (more := len(verdict.failures) - _SHOWN) > 0:
        click.echo(f"  and {more:,} more")
    return False


def _write_typical(ensemble: Ensemble, out: Path, as_json: bool) -> bool:
    """Write the medoid as a cohort."""
    number = medoid(ensemble)
    study = ensemble.study
    title = f"Synthetic cohort, the medoid of {len(ensemble):,} (number {number})"
    tables = {
        name: store.as_written(study, name, frame)
        for name, frame in ensemble.cohort(number).tables.items()
    }
    package.write(out, package.files(study, tables, f"{study.study.name}-synthetic-medoid", title))
    if as_json:
        click.echo(json.dumps({"folder": str(out), "cohort": number, "of": len(ensemble)}))
    else:
        click.echo(f"{out}: cohort {number}, the medoid of {len(ensemble):,}")
    return True
