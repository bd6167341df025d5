"""`new` and `schema`: the full form of a study from the short one, and what editors check it by."""

from __future__ import annotations

from pathlib import Path

import click

from .shared import Refused, refusing


@click.command(short_help="The full form of an abstract's numbers from twenty lines.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def new(file: Path) -> None:
    """Write the full form of a study, from FILE in the short form.

    It goes to standard output; what may have been meant otherwise is said on standard error. The page "Another abstract" of the book says how the short form is
    written.
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
        said: list[str] = []
        found = short.expanded(short.read(text, str(file)), said.append)
        full = short.written(found, file.name)
        checking.parse(full, file)
    for sentence in said:
        click.echo(f"{file}: {sentence}", err=True)
    click.echo(full, nl=False)


@click.command(short_help="The form of a study as JSON Schema, for editors.")
def schema() -> None:
    """Write the JSON Schema of the full form, by which editors complete and check it."""
    import json

    from ..published.schema import schema as made

    click.echo(json.dumps(made(), indent=2, ensure_ascii=False))
