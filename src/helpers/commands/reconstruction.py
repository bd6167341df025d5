"""`python -m helpers reconstruct`: the search for one cohort."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from ..published import Study
from .check import refuse_contradictions
from .shared import (
    Refused,
    check_file,
    check_folder,
    load_cohort,
    load_study,
    published_option,
    quiet_option,
    refusing,
)

_MAY_BE = "That proves nothing: with another --seed, or more --evaluations, one may be found."


@click.command(short_help="Search for a cohort that prints a study's numbers.")
@published_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="Seed of the search")
@click.option("--trace", type=click.Path(path_type=Path), help="Write how the search went, as CSV")
@click.option(
    "--evaluations",
    type=click.IntRange(min=1),
    default=2_000_000,
    show_default=True,
    help="Cohorts to evaluate at most",
)
@quiet_option
def reconstruct(
    file: Path | None, out: Path, seed: int, trace: Path | None, evaluations: int, quiet: bool
) -> None:
    """Search for a cohort that prints the numbers of a study, and write it to a folder."""
    study = load_study(file)
    check_folder(out)
    if trace is not None:
        check_file(trace)
    refuse_contradictions(study)
    from tqdm import tqdm

    from .. import package
    from ..reconstruct import UnsatisfiedError, reconstruct  # numba is slow to import

    bar = tqdm(unit=" cohorts", unit_scale=True, disable=quiet, desc="searching")

    def progress(evaluated: int, violation: float) -> None:
        bar.set_postfix_str(f"violation {violation:.2f}")
        bar.update(evaluated - bar.n)

    try:
        with bar:
            found = reconstruct(study, seed, evaluations, progress)
    except UnsatisfiedError as error:
        raise Refused(f"{error}\n{_MAY_BE}") from None
    contents = package.files(
        study,
        found.tables,
        f"{study.study.name}-synthetic-{seed}",
        f"Synthetic cohort, seed {seed}",
    )
    _verify(study, contents)
    with refusing(out=out):
        package.write(out, contents)
        if trace is not None:
            package.write(trace.parent, {trace.name: package.csv(found.trace.round(4))})
    click.echo(f"{out}: a cohort that prints every number, after {found.evaluations:,} evaluations")


def _verify(study: Study, contents: dict[str, bytes]) -> None:
    """Read the files back and score them with the book's own analyses before anything is kept."""
    from .. import package, scorecard

    with tempfile.TemporaryDirectory() as folder:
        package.write(Path(folder), contents)
        rows = scorecard.rows(load_cohort(Path(folder), study))
    off = [f"  {row.entry.id}: {row.reason}" for row in rows if row.agrees is False]
    if off:
        raise Refused("the cohort that was found does not print every number:\n" + "\n".join(off))
