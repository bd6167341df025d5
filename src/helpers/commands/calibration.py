"""`python -m helpers calibration`: ensembles held against cohorts that are known."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

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
    import pandas as pd

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

_seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same seed gives the same file",
)


def _out_option(default: str) -> Decorator:
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=Path(default),
        show_default=True,
        help="CSV file to write",
    )


def _of_ensembles(out: str, chains: int, members: int) -> Decorator:
    """Options of the commands that draw ensembles."""
    options: list[Decorator] = [
        click.option("--measure", "measures", multiple=True,
                     help="Reference measure, repeatable  [all]"),
        click.option("--chains", type=click.IntRange(min=1), default=chains, show_default=True,
                     help="Chains an ensemble"),
        click.option("--members", type=click.IntRange(min=1), default=members, show_default=True,
                     help="Cohorts taken of a chain"),
        _seed_option,
        click.option("--jobs", type=click.IntRange(min=1), help="Processes  [one a core]"),
        _out_option(out),
        click.option("--work", type=click.Path(path_type=Path), default=Path("_build/calibration"),
                     show_default=True, help="Where finished pieces are kept"),
        quiet_option,
    ]  # fmt: skip

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group(short_help="Hold ensembles against cohorts that are known.")
def calibration() -> None:
    """Hold ensembles against cohorts that are known.

    A run that was stopped goes on where it was, with the same options.
    """


@calibration.command(short_help="Known cohorts drawn from the measures of a study.")
@published_option
@click.option(
    "--replicates",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Known cohorts from each measure",
)
@_of_ensembles("data/calibration.csv", chains=1, members=39)
def simulated(
    file: Path | None,
    replicates: int,
    measures: tuple[str, ...],
    chains: int,
    members: int,
    seed: int,
    jobs: int | None,
    out: Path,
    work: Path,
    quiet: bool,
) -> None:
    """Known cohorts drawn from the measures of a study."""
    study = load_study(file)
    check_file(out)
    check_folder(work)
    from ..calibration.against import Size
    from ..calibration.simulated import Plan, simulate
    from ..calibration.truths import UndrawableError
    from ..kept import KeptError

    plan = Plan(measures or tuple(study.measures), replicates, Size(chains, members), seed)
    with refusing(UndrawableError, KeptError, out=out):
        found = _written(
            out,
            len(plan.truths),
            quiet,
            lambda progress: simulate(study, plan, work, jobs or os.cpu_count() or 1, progress),
        )
    _tell_outcomes(out, found)


@calibration.command(short_help="Real cohorts whose patients are public.")
@_of_ensembles("data/real_cohorts.csv", chains=3, members=13)
def real(
    measures: tuple[str, ...],
    chains: int,
    members: int,
    seed: int,
    jobs: int | None,
    out: Path,
    work: Path,
    quiet: bool,
) -> None:
    """Real cohorts whose patients are public."""
    check_file(out)
    check_folder(work)
    from ..calibration.against import Size
    from ..calibration.public import compare_real
    from ..calibration.public_sets import SOURCES
    from ..calibration.public_study import MEASURES
    from ..kept import KeptError
    from ..published import PublishedError

    size, chosen = Size(chains, members), measures or MEASURES
    with refusing(KeptError, out=out):
        if unknown := [name for name in chosen if name not in MEASURES]:
            known = ", ".join(MEASURES)
            raise PublishedError(f"measures: one of {known} was expected, found {unknown[0]!r}")
        found = _written(
            out,
            len(SOURCES) * len(chosen),
            quiet,
            lambda progress: compare_real(
                size, seed, work, chosen, jobs or os.cpu_count() or 1, progress
            ),
        )
    _tell_outcomes(out, found)


@calibration.command(short_help="The sampler beside exact enumeration, on five patients.")
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=4000,
    show_default=True,
    help="Cohorts of the chain",
)
@_seed_option
@_out_option("data/tiny_cohorts.csv")
@quiet_option
def tiny(draws: int, seed: int, out: Path, quiet: bool) -> None:
    """The sampler beside exact enumeration, on five patients."""
    check_file(out)
    from ..calibration import tiny

    study = load_study(tiny.FILE)
    with refusing(out=out):
        found = _written(
            out,
            len(study.measures),
            quiet,
            lambda progress: tiny.compare_tiny(draws, seed, progress),
        )
    click.echo(f"{out}: {len(found)} measures; the least p value is {found['p'].min():g}")


def _written(
    out: Path, total: int, quiet: bool, compute: Callable[[Callable[[int], None]], pd.DataFrame]
) -> pd.DataFrame:
    """Compute a table with a progress bar, and write it."""
    from .. import package

    with Progress(total, " ensemble", quiet) as progress:
        found = compute(progress)
    package.write(out.absolute().parent, {out.name: package.csv(found)})
    return found


def _tell_outcomes(out: Path, found: pd.DataFrame) -> None:
    """Say what became of the ensembles that were sought."""
    outcomes = found.loc[found["member"] == 0, "outcome"].value_counts()
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())
    click.echo(f"{out}: {outcomes.sum():,} ensembles: {told}")
