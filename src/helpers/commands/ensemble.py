"""`python -m helpers ensemble`: draw many cohorts, verify a file of them, take its medoid."""

from __future__ import annotations

import json
import sys
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .check import refuse_contradictions
from .shared import (
    Progress,
    check_file,
    check_folder,
    load_study,
    published_option,
    quiet_option,
    refusing,
)

if TYPE_CHECKING:
    from ..ensemble import Ensemble, Plan, Verdict

_SHOWN = 10
"""Failures that are told one by one."""
_SLOWLY = (
    "The chains move slowly: their first round is worth {:,} of {:,} independent cohorts. A further "
    "round is up to three times as long as all before it; the bar moves when one ends, and the "
    "time that it says is left is no estimate."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="What was done as JSON")


class _DrawsByDefault(click.Group):
    """A group that draws where options follow and no verb; click-default-group is one package more."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in self.get_help_option_names(ctx):
            args = ["draw", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_DrawsByDefault, short_help="Draw many cohorts that each print a study's numbers.")
def ensemble() -> None:
    """Draw many cohorts that each print every number of a study, and use them.

    \b
    Without a verb it draws:
      python -m helpers ensemble --n 200 --seed 1 --out few.parquet
      python -m helpers ensemble verify few.parquet
      python -m helpers ensemble typical few.parquet --out cohort
      python -m helpers ensemble unprinted few.parquet --out few.csv
    """


@ensemble.command(short_help="Draw cohorts, verify them, and write one file.")
@published_option
@click.option("--n", type=click.IntRange(min=1), default=2000, show_default=True, help="Cohorts")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write")
@click.option("--measure", "measures", multiple=True, help="Reference measure, repeatable  [all]")
@click.option("--workers", type=click.IntRange(min=1), help="Processes  [one a core]")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Dask scheduler to draw on, as tcp://host:8786"
)
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path("_build/ensemble"),
    show_default=True,
    help="Folder for what is finished, from which an interrupted run goes on",
)
@_json_option
@quiet_option
def draw(
    file: Path | None,
    n: int,
    seed: int,
    out: Path,
    measures: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    work: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Draw many cohorts that each print every number of a study, verify them, and write one file.

    The same --seed gives the same file, on any number of workers. Press Ctrl-C to stop: what is
    finished stays in --work, and the same command goes on from there.
    """
    study = load_study(file)
    check_file(out)
    check_folder(work)
    refuse_contradictions(study)
    from .. import package
    from ..ensemble import EnsembleError, Plan, worst  # numba is slow to import
    from ..ensemble import verify as verified

    with refusing(EnsembleError, out=out):
        plan = Plan(study, n, seed, measures or tuple(study.measures))
        began = time.monotonic()
        drawn = _drawn(plan, work, workers, scheduler, quiet)
        verdict = verified(drawn)
        if not verdict.passed:
            _tell(drawn, verdict, f"{out}, which was not written", as_json)
            sys.exit(1)
        package.write(out.parent, {out.name: drawn.to_bytes()})
    _tell(drawn, verdict, str(out), as_json, seconds=time.monotonic() - began)
    if not as_json:
        for one in worst(drawn):
            click.echo(one.sentence)


@ensemble.command("verify", short_help="Check that every cohort of a file prints every number.")
@click.argument("drawn", metavar="FILE", type=click.Path(path_type=Path))
@published_option
@_json_option
def verify_ensemble(drawn: Path, file: Path | None, as_json: bool) -> None:
    """Check that every cohort in FILE prints every number; exit 1 if one does not."""
    study = load_study(file)
    from ..ensemble import EnsembleError, load
    from ..ensemble import verify as verified

    with refusing(EnsembleError):
        cohorts = load(drawn, study)
    verdict = verified(cohorts)
    _tell(cohorts, verdict, str(drawn), as_json)
    sys.exit(0 if verdict.passed else 1)


@ensemble.command(short_help="Write the most typical cohort of a file.")
@click.argument("drawn", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write")
@published_option
@_json_option
def typical(drawn: Path, out: Path, file: Path | None, as_json: bool) -> None:
    """Write the medoid of FILE as a cohort: the one nearest to all others."""
    study = load_study(file)
    check_folder(out)
    from .. import package
    from ..ensemble import EnsembleError, load, medoid, store

    with refusing(EnsembleError):
        cohorts = load(drawn, study)
    number, of = medoid(cohorts), len(cohorts)
    tables = {
        name: store.as_written(study, name, frame)
        for name, frame in cohorts.cohort(number).tables.items()
    }
    title = f"Synthetic cohort, the medoid of {of:,} (number {number})"
    with refusing(out=out):
        package.write(
            out, package.files(study, tables, f"{study.study.name}-synthetic-medoid", title)
        )
    if as_json:
        click.echo(json.dumps({"folder": str(out), "cohort": number, "of": of}))
    else:
        click.echo(f"{out}: cohort {number}, the medoid of {of:,}")


@ensemble.command("unprinted", short_help="Where numbers that are not printed lie over a file.")
@click.argument("drawn", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Table to write, as CSV"
)
@published_option
def unprinted_of(drawn: Path, out: Path, file: Path | None) -> None:
    """Write the 95% range over FILE of every number that the study leaves open.

    Of the shipped study these are the numbers that the chapters quote and nothing prints; of any
    other, those of its endpoints, groups and models: events, medians, who was at risk.
    """
    study = load_study(file)
    check_file(out)
    from .. import package
    from ..ensemble import EnsembleError, load
    from ..ensemble.open_ranges import open_ranges
    from ..ensemble.quoted import written

    with refusing(EnsembleError, out=out):
        table = open_ranges(load(drawn, study))
        package.write(out.parent, {out.name: package.csv(written(table))})
    click.echo(f"{out}: {table['quantity'].nunique()} quantities")


@ensemble.command("assumed", short_help="What each assumption does to what cohorts say.")
@published_option
@click.option("--n", type=click.IntRange(min=1), default=600, show_default=True, help="Cohorts")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed")
@click.option("--out", type=click.Path(path_type=Path), help="Table to write, as CSV")
@click.option("--workers", type=click.IntRange(min=1), help="Processes  [one a core]")
@click.option(
    "--work", type=click.Path(path_type=Path), default=Path("_build/ensemble"), show_default=True,
    help="Folder for what is finished, from which an interrupted run goes on",
)  # fmt: skip
@quiet_option
def assumed_of(
    file: Path | None, n: int, seed: int, out: Path | None, workers: int | None, work: Path,
    quiet: bool,
) -> None:  # fmt: skip
    """Draw cohorts without the requirements that are assumed, and say what each of these changes."""
    study = load_study(file)
    if out is not None:
        check_file(out)
    check_folder(work)
    from .. import package
    from ..ensemble import EnsembleError, Plan, effects, without_assumptions, worst

    with refusing(EnsembleError, out=out):
        plan = Plan(without_assumptions(study), n, seed, tuple(study.measures))
        drawn = _drawn(plan, work, workers, None, quiet)
        table = effects(drawn, study)
        if out is not None:
            package.write(out.parent, {out.name: package.csv(table.round(4))})
    click.echo(table.round(2).to_string(index=False))
    for one in worst(drawn):
        click.echo(one.sentence)


@ensemble.command("trace", short_help="Follow a quantity along chains that hardly move.")
@published_option
@click.option("--measure", required=True, help="Reference measure")
@click.option("--quantity", required=True, help="A main quantity, as helpers.ensemble names it")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Table to write, as CSV"
)
def trace_of(file: Path | None, measure: str, quantity: str, seed: int, out: Path) -> None:
    """Follow a quantity along the chains of a measure, looked at so often that they hardly move."""
    study = load_study(file)
    check_file(out)
    from .. import package
    from ..ensemble import EnsembleError, trace

    with refusing(EnsembleError, out=out):
        table = trace(study, measure, quantity, seed)
        package.write(out.parent, {out.name: package.csv(table)})
    click.echo(f"{out}: {table['chain'].nunique()} chains of {table['draw'].max()} draws")


def _drawn(
    plan: Plan, work: Path, workers: int | None, scheduler: str | None, quiet: bool
) -> Ensemble:
    """Draw with a bar; when it is interrupted, say where it stands."""
    from .. import ensemble

    with Progress(plan.n, " cohorts", quiet, "drawing") as progress:
        rounds = count()

        def tell(done: int) -> None:
            progress(done)
            if next(rounds) == 1 and 4 * done < plan.n and not quiet:
                click.echo("\n" + _SLOWLY.format(done, plan.n), err=True)

        try:
            return ensemble.draw(plan, work, workers or -1, scheduler, tell)
        except KeyboardInterrupt:
            raise ensemble.EnsembleError(
                f"stopped with {progress.done:,} of {plan.n:,} cohorts in {work / plan.digest}; "
                "the same command goes on from there"
            ) from None


def _tell(
    cohorts: Ensemble, verdict: Verdict, name: str, as_json: bool, seconds: float | None = None
) -> None:
    """Say what an ensemble holds and which of its cohorts fail."""
    from ..ensemble import worst

    failing = verdict.failures["cohort"].nunique()
    if as_json:
        about = {
            "file": name,
            "cohorts": len(cohorts),
            "measures": cohorts.record["measure"].value_counts(sort=False).to_dict(),
            "numbers": verdict.agrees.shape[1],
            "failing": failing,
            "failures": verdict.failures.to_dict("records"),
        }
        if seconds is not None:
            about["seconds"] = round(seconds, 1)
            about["agreement"] = [one._asdict() for one in worst(cohorts)]
        click.echo(json.dumps(about, indent=1, ensure_ascii=False, default=str))
        return
    size = f"{len(cohorts):,} cohorts"
    if failing == 0:
        click.echo(f"{name}: {size}, each of which prints all {verdict.agrees.shape[1]} numbers")
        return
    click.echo(f"{name}: {failing:,} of {size} do not print every number")
    for row in verdict.failures.head(_SHOWN).itertuples():
        click.echo(
            f"  cohort {row.cohort}: {row.entry} {row.printed} printed, {row.reproduced} here"
        )
    if (more := len(verdict.failures) - _SHOWN) > 0:
        click.echo(f"  and {more:,} more")
