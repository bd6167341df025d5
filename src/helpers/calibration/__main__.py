"""The command line of the calibration: `python -m helpers.calibration`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pandas as pd
from tqdm import tqdm

from .. import package, published
from ..published import PublishedError
from .against import Size
from .form import MEASURES
from .public import SOURCES, compare
from .simulated import Plan, simulate
from .tiny import compare as compare_tiny
from .truths import UndrawableError


class _Refused(click.ClickException):
    """One clear sentence on standard error, and exit code 2."""

    exit_code = 2


def _common(
    out: str, chains: int, members: int
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Options that both commands have."""
    options = [
        click.option("--chains", type=click.IntRange(min=1), default=chains, show_default=True,
                     help="Chains an ensemble"),
        click.option("--members", type=click.IntRange(min=1), default=members, show_default=True,
                     help="Cohorts a chain"),
        click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True,
                     help="The same seed gives the same file"),
        click.option("--jobs", type=click.IntRange(min=1), help="Processes  [one a core]"),
        click.option("--out", type=click.Path(path_type=Path), default=Path(out), show_default=True,
                     help="CSV file to write"),
        click.option("--work", type=click.Path(path_type=Path), default=Path("_build/calibration"),
                     show_default=True, help="Where finished pieces are kept"),
        click.option("--quiet", is_flag=True, help="No progress bar"),
    ]  # fmt: skip

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Hold ensembles against cohorts that are known.

    A run that was stopped goes on where it was, with the same options.
    """


@main.command()
@click.option(
    "--published",
    "file",
    type=click.Path(path_type=Path),
    help="Printed numbers  [the shipped ones]",
)
@click.option("--measure", "measures", multiple=True, help="Reference measure, repeatable  [all]")
@click.option(
    "--replicates",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Known cohorts from each measure",
)
@click.option(
    "--crossed",
    type=click.IntRange(min=0),
    default=12,
    show_default=True,
    help="How many of these are reconstructed with the other measures too",
)
@_common("data/calibration.csv", chains=6, members=1)
def simulated(
    file: Path | None,
    measures: tuple[str, ...],
    replicates: int,
    crossed: int,
    chains: int,
    members: int,
    seed: int,
    jobs: int | None,
    out: Path,
    work: Path,
    quiet: bool,
) -> None:
    """Known cohorts drawn from the measures of a study."""
    try:
        study = published.load(file)
        size = Size(chains, members)
        plan = Plan(measures or tuple(study.measures), replicates, crossed, size, seed)
        _written(
            out,
            work,
            len(plan.pairs),
            quiet,
            lambda progress: simulate(study, plan, work, jobs or os.cpu_count() or 1, progress),
        )
    except (PublishedError, UndrawableError) as error:
        raise _Refused(str(error)) from None


@main.command()
@_common("data/real_cohorts.csv", chains=20, members=1)
def real(
    chains: int, members: int, seed: int, jobs: int | None, out: Path, work: Path, quiet: bool
) -> None:
    """Real cohorts whose patients are public."""
    total = len(SOURCES) * len(MEASURES)
    size = Size(chains, members)
    _written(
        out, work, total, quiet,
        lambda progress: compare(size, seed, work, jobs or os.cpu_count() or 1, progress),
    )  # fmt: skip


@main.command()
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=4000,
    show_default=True,
    help="Cohorts of the chain",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same seed gives the same file",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("data/tiny_cohorts.csv"),
    show_default=True,
    help="CSV file to write",
)
@click.option("--quiet", is_flag=True, help="No progress bar")
def tiny(draws: int, seed: int, out: Path, quiet: bool) -> None:
    """The sampler beside exact enumeration, on five patients."""
    _written(out, Path("_build"), 4, quiet, lambda progress: compare_tiny(draws, seed, progress))


def _written(
    out: Path,
    work: Path,
    total: int,
    quiet: bool,
    compute: Callable[[Callable[[int], None]], pd.DataFrame],
) -> None:
    """Compute a table with a progress bar and write it."""
    if out.is_dir():
        raise _Refused(f"{out}: a file was expected, found a folder")
    for folder in (out.absolute().parent, work.absolute()):
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            raise _Refused(f"{folder}: no folder that can be written to")
    bar = tqdm(total=total, unit=" ensemble", disable=quiet, file=sys.stderr)

    def progress(done: int) -> None:
        if bar.n == 0:
            bar.initial = bar.n = done  # what was kept earlier says nothing of the rate
        bar.update(done - bar.n)

    try:
        with bar:
            found = compute(progress)
        package.write(out.absolute().parent, {out.name: package.csv(found)})
    except OSError as error:
        reason = error.strerror or error
        raise _Refused(f"{error.filename or out}: cannot be written: {reason}") from None
    missed = int((found.loc[found["quantity"] == "deaths", "members"] == 0).sum())
    click.echo(f"{out}: {total:,} ensembles; for {missed:,} of them no cohort was found")


if __name__ == "__main__":
    main(prog_name="python -m helpers.calibration")
