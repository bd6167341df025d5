"""`template` and `fill`: empty tables with a codebook, a mapping of one's own, and tables made by it."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path

import click

from .contract import tell_understood
from .shared import Refused, check_folder, load_cohort, load_study, published_option, refusing


@click.command(short_help="Empty tables with every column explained, or a mapping for your own.")
@click.argument("out", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "tables",
    metavar="TABLE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Your table: CSV in any dialect, xlsx, REDCap, SPSS or Stata; more than once for several",
)
@published_option
def template(out: Path, tables: tuple[Path, ...], file: Path | None) -> None:
    """Write into DIR the tables of the contract, empty, and a codebook of their columns.

    With a table of your own, a mapping is written instead of empty tables: a guess of which column of
    yours is which, to be looked at and completed. `fill` then makes the tables. Nothing is overwritten.
    Levels are those that a datapackage.json in DIR declares.
    """
    study = load_study(file)
    check_folder(out)
    from .. import package
    from ..contract.faults import CohortError
    from ..mapping import codebook, declaration, guesses, openings, suggestions, vocabulary

    with refusing(CohortError):
        opened = [one for table in tables for one in openings.opened(table)]
        own = declaration.to_meet(study, out, {}, whole=True)
        if tables and own is not study:  # levels as found are known by the columns that are likely
            likely = guesses.likely_sources(
                guesses.guessed(study, opened), out / vocabulary.MAPPING
            )
            own = declaration.to_meet(study, out, likely, whole=True)
    contents = {codebook.CODEBOOK: codebook.codebook(own)}
    if tables:
        found = guesses.guessed(own, opened)
        text = suggestions.written(own, found, out)
        contents[vocabulary.MAPPING] = text.encode("utf-8")
    else:
        contents |= codebook.empty_tables(own)
    if there := [name for name in contents if (out / name).exists()]:
        raise Refused(f"{out}: {', '.join(there)} would be overwritten; name another folder")
    with refusing(out=out):
        package.write(out, contents)
    click.echo(f"{out}: {', '.join(contents)}")
    if tables:
        click.echo(
            f"Look at {out / vocabulary.MAPPING}, then: python -m helpers fill {shlex.quote(str(out))}"
        )


@click.command(short_help="The tables of the contract from your own, by a mapping.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace tables that are in DIR already")
@published_option
def fill(folder: Path, replace: bool, file: Path | None) -> None:
    """Write the tables of the contract into DIR, as the mapping there makes them of your own.

    Levels are those that a datapackage.json in DIR declares, and columns may be missing as in any
    cohort of yours. What was done with each column is told. Whatever is ambiguous is refused, all of it at once, and
    nothing is written then.
    """
    study = load_study(file)
    from .. import package
    from ..contract import files
    from ..contract.faults import CohortError
    from ..mapping import making

    with refusing(CohortError):
        made = making.make(study, folder)
    if not replace and (there := [name for name in made.files if (folder / name).exists()]):
        raise Refused(f"{folder}: {', '.join(there)} would be overwritten; --replace does it")
    check_folder(folder)
    with tempfile.TemporaryDirectory() as name:
        about = folder / files.ABOUT
        declared = {files.ABOUT: about.read_bytes()} if about.exists() else {}
        package.write(Path(name), made.files | declared)
        load_cohort(Path(name), study)
    with refusing(out=folder):
        package.write(folder, made.files)
    click.echo("\n".join(made.account))
    tell_understood(folder, study)
