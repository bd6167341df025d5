"""`new`: the full form of a study from the short one."""

from __future__ import annotations

from pathlib import Path

import click

from .shared import Refused, refusing


@click.command(short_help="The full form of an abstract's numbers from twenty lines.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def new(file: Path) -> None:
    """Write the full form of a study, from FILE in the short form, to standard output.

    The page "Another abstract" of the book says how the short form is written.
    """
    from .. import short
    from ..published import checking

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Refused(f"{file}: byte {error.start} is not UTF-8") from None
    with refusing(short.ShortError):
        full = short.written(short.expanded(short.read(text, str(file))), file.name)
        checking.parse(full, file)
    click.echo(full, nl=False)
