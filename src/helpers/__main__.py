"""The command line: `python -m helpers`."""

from __future__ import annotations

import datetime
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from . import __version__, package, published
from . import cohort as cohorts
from .cohort import CohortError
from .forced.command import forced
from .published import PublishedError, Study

if TYPE_CHECKING:
    from .scorecard import Row

_VERDICTS = {"agrees": "✓", "differs": "✗", "not computable": "✗", "definition": "·"}

_published_option = click.option(
    "--published",
    "file",
    type=click.Path(path_type=Path),
    help="Printed numbers  [the shipped ones]",
)


class _Refused(click.ClickException):
    """One clear sentence on standard error, and exit code 2."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="helpers")
def main() -> None:
    """Printed numbers of a study, cohorts that reproduce them, and the score."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ✓ is no reason to fail


main.add_command(forced)


@main.command("scorecard", short_help="Compare every printed number with a cohort's.")
@click.option(
    "--cohort", type=click.Path(path_type=Path), help="Folder of the cohort  [the shipped one]"
)
@_published_option
@click.option("--json", "as_json", is_flag=True, help="Rows as JSON")
def scorecard_command(cohort: Path | None, file: Path | None, as_json: bool) -> None:
    """Compare every printed number with a cohort's; exit 1 if any printed row disagrees."""
    from . import scorecard  # lifelines is slow to import

    study = _study(file)
    rows = scorecard.rows(_cohort(cohort, study))
    click.echo(_as_json(rows) if as_json else _as_text(rows))
    if any(row.agrees is False and row.entry.kind == "printed" for row in rows):
        sys.exit(1)


def _as_json(rows: list[Row]) -> str:
    """Rows of the scorecard for a machine; dates as ISO."""
    found = [
        {
            "id": row.entry.id,
            "printed": row.entry.text,
            "reproduced": row.reproduced,
            "agrees": row.agrees,
            "kind": row.entry.kind,
            "reason": row.reason,
        }
        for row in rows
    ]
    return json.dumps(found, indent=1, ensure_ascii=False, default=datetime.date.isoformat)


def _as_text(rows: list[Row]) -> str:
    """Rows of the scorecard as aligned lines, and how many agree."""
    from .scorecard import table_of

    frame = table_of(rows)
    widths = {name: max(map(len, [name, *frame[name]])) for name in ("id", "printed", "reproduced")}
    lines = [
        f"  {'id':<{widths['id']}}  {'printed':>{widths['printed']}}  "
        f"{'reproduced':>{widths['reproduced']}}  kind"
    ]
    for line in frame.itertuples():
        note = f"  {line.reason}" if line.verdict in ("differs", "not computable") else ""
        lines.append(
            f"{_VERDICTS[str(line.verdict)]} {line.id:<{widths['id']}}  "
            f"{line.printed:>{widths['printed']}}  "
            f"{line.reproduced:>{widths['reproduced']}}  {line.kind}{note}"
        )
    tested = [row for row in rows if row.agrees is not None]
    lines.append(f"{sum(row.agrees is True for row in tested)} of {len(tested)} numbers agree")
    return "\n".join(lines)


@main.command(short_help="Check a cohort against the data contract.")
@click.argument("folder", type=click.Path(path_type=Path))
@_published_option
def validate(folder: Path, file: Path | None) -> None:
    """Check the tables in FOLDER against the data contract."""
    found = _cohort(folder, _study(file))
    sizes = ", ".join(f"{len(frame)} {name}" for name, frame in found.tables.items())
    click.echo(f"{folder}: valid, {sizes}")


@main.command(short_help="Search for a cohort that prints a study's numbers.")
@_published_option
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
@click.option("--quiet", is_flag=True, help="No progress bar")
def reconstruct(
    file: Path | None, out: Path, seed: int, trace: Path | None, evaluations: int, quiet: bool
) -> None:
    """Search for a cohort that prints the numbers of a study, and write it to a folder."""
    study = _study(file)
    if out.exists() and not out.is_dir():
        raise _Refused(f"{out}: a folder was expected, found a file")
    _check_writable(out)
    if trace is not None:
        _check_writable(trace.parent)
    from .reconstruct import UnsatisfiedError, reconstruct  # numba is slow to import

    bar = tqdm(unit=" cohorts", unit_scale=True, disable=quiet, desc="searching")

    def progress(done: int, violation: float) -> None:
        bar.set_postfix_str(f"violation {violation:.2f}")
        bar.update(done - bar.n)

    try:
        with bar:
            found = reconstruct(study, seed, evaluations, progress)
    except (UnsatisfiedError, PublishedError) as error:
        raise _Refused(str(error)) from None
    contents = package.files(
        study,
        found.tables,
        f"{study.study.name}-synthetic-{seed}",
        f"Synthetic cohort, seed {seed}",
    )
    _verify(study, contents)
    try:
        package.write(out, contents)
        if trace is not None:
            package.write(trace.parent, {trace.name: package.csv(found.trace.round(4))})
    except OSError as error:
        raise _Refused(
            f"{error.filename or out}: cannot be written: {error.strerror or error}"
        ) from None
    click.echo(f"{out}: a cohort that prints every number, after {found.evaluations:,} evaluations")


@main.command("ensemble", short_help="Draw many cohorts that each print a study's numbers.")
@_published_option
@click.option("--n", type=click.IntRange(min=1), default=2000, show_default=True, help="Cohorts")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write, or with --typical a folder"
)
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
@click.option("--verify", type=click.Path(path_type=Path), metavar="FILE", help="Only check a file")
@click.option(
    "--typical", type=click.Path(path_type=Path), metavar="FILE", help="Only write a file's medoid"
)
@click.option("--json", "as_json", is_flag=True, help="What was done as JSON")
@click.option("--quiet", is_flag=True, help="No progress bar")
def ensemble_command(file: Path | None, out: Path | None, **options: Any) -> None:
    """Draw many cohorts that each print every number of a study, verify them, and write one file.

    \b
    The same --seed gives the same file, on any number of workers. Press Ctrl-C to stop: what is
    finished stays in --work, and the same command goes on from there.
      python -m helpers ensemble --n 200 --seed 1 --out few.parquet
      python -m helpers ensemble --verify few.parquet
      python -m helpers ensemble --typical few.parquet --out cohort
    """
    study = _study(file)
    if out is None and options["verify"] is None:
        raise _Refused("--out: a place to write was expected, found none")
    if out is not None:
        if options["typical"] is None and out.is_dir():
            raise _Refused(f"{out}: a file was expected, found a folder")
        if options["typical"] is not None and out.exists() and not out.is_dir():
            raise _Refused(f"{out}: a folder was expected, found a file")
        _check_writable(out.parent if options["typical"] is None else out)
    if options["verify"] is None and options["typical"] is None:
        _check_writable(options["work"])
    from .ensemble import EnsembleError, command  # numba is slow to import

    try:
        passed = command.run(study, out, **options)
    except (EnsembleError, PublishedError) as error:
        raise _Refused(str(error)) from None
    except OSError as error:
        raise _Refused(
            f"{error.filename or out}: cannot be written: {error.strerror or error}"
        ) from None
    sys.exit(0 if passed else 1)


def _check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written before the search, not after it."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise _Refused(
            f"{folder}: cannot be written: {nearest} is no folder that can be written to"
        )


def _verify(study: Study, contents: dict[str, bytes]) -> None:
    """Read the files back and score them with the book's own analyses before anything is kept."""
    from . import scorecard

    with tempfile.TemporaryDirectory() as folder:
        package.write(Path(folder), contents)
        rows = scorecard.rows(_cohort(Path(folder), study))
    off = [f"  {row.entry.id}: {row.reason}" for row in rows if row.agrees is False]
    if off:
        raise _Refused("the cohort that was found does not print every number:\n" + "\n".join(off))


def _study(file: Path | None) -> Study:
    try:
        return published.load(file)
    except PublishedError as error:
        raise _Refused(str(error)) from None


def _cohort(folder: Path | None, study: Study) -> cohorts.Cohort:
    try:
        return cohorts.load(folder, study)
    except CohortError as error:
        raise _Refused(str(error)) from None


if __name__ == "__main__":
    main(prog_name="python -m helpers")
