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
        click.option("--chains", type=click.IntRange(min=1), default=chains, show_default=True,
                     help="Chains an ensemble"),
        click.option("--members", type=click.IntRange(min=1), default=members, show_default=True,
                     help="Cohorts a chain"),
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
@_of_ensembles("data/calibration.csv", chains=6, members=1)
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
    study = load_study(file)
    check_file(out)
    check_folder(work)
    from ..calibration.against import Size
    from ..calibration.simulated import Plan, simulate
    from ..calibration.truths import UndrawableError
    from ..kept import KeptError

    plan = Plan(measures or tuple(study.measures), replicates, crossed, Size(chains, members), seed)
    with refusing(UndrawableError, KeptError, out=out):
        found = _written(
            out,
            len(plan.pairs),
            quiet,
            lambda progress: simulate(study, plan, work, jobs or os.cpu_count() or 1, progress),
        )
    _tell_missed(out, found)


@calibration.command(short_help="Real cohorts whose patients are public.")
@_of_ensembles("data/real_cohorts.csv", chains=20, members=1)
def real(
    chains: int, members: int, seed: int, jobs: int | None, out: Path, work: Path, quiet: bool
) -> None:
    """Real cohorts whose patients are public."""
    check_file(out)
    check_folder(work)
    from ..calibration.against import Size
    from ..calibration.public import SOURCES, compare_real
    from ..calibration.public_study import MEASURES
    from ..kept import KeptError

    size = Size(chains, members)
    with refusing(KeptError, out=out):
        found = _written(
            out,
            len(SOURCES) * len(MEASURES),
            quiet,
            lambda progress: compare_real(size, seed, work, jobs or os.cpu_count() or 1, progress),
        )
    _tell_missed(out, found)


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


def _tell_missed(out: Path, found: pd.DataFrame) -> None:
    """Say how many ensembles were sought, and for how many no cohort was found."""
    members = found.loc[found["quantity"] == "deaths", "members"]
    missed = int((members == 0).sum())
    click.echo(f"{out}: {len(members):,} ensembles; for {missed:,} of them no cohort was found")
