"""`python -m helpers.proofs`: prove or verify the certificates."""

from __future__ import annotations

from pathlib import Path

import click

from .. import published
from ..published import PublishedError
from . import certificates
from .abstract import ProofError


class _Refused(click.ClickException):
    """One clear sentence on standard error, and exit code 2."""

    exit_code = 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--out", type=click.Path(path_type=Path), default=certificates.FILE, show_default=False,
    help="File of the certificates  [data/certificates.json]",
)  # fmt: skip
@click.option(
    "--published",
    "file",
    type=click.Path(path_type=Path),
    help="Printed numbers  [the shipped ones]",
)
@click.option(
    "--effort", type=click.FloatRange(min=0.1), default=8.0, show_default=True,
    help="When the solver gives up a question: seconds of its own clock, whatever the load",
)  # fmt: skip
@click.option("--variant", "only", multiple=True, help="Only this reading; may be repeated")
@click.option("--check", is_flag=True, help="Only verify what is stored; needs no solver")
def main(out: Path, file: Path | None, effort: float, only: tuple[str, ...], check: bool) -> None:
    """Certified intervals of what the abstract does not print.

    Goes on where an earlier run was stopped; every answer of the solver is stored at once.
    """
    try:
        study = published.load(file)
        if not check:
            from .proving import prove

            prove(study, out, effort, click.echo, only)
        found = certificates.load(out, study)
        certificates.verify(found, study)
    except (ProofError, PublishedError) as error:
        raise _Refused(str(error)) from None
    ends = [(one, end) for one in found for end in (one.low, one.high) if end is not None]
    proved = sum(end.status(one.question) == "proved" for one, end in ends)
    click.echo(
        f"{out}: {len(ends)} ends, {proved} proved, {len(ends) - proved} witnessed; verified"
    )


if __name__ == "__main__":
    main(prog_name="python -m helpers.proofs")
