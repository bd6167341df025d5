"""`python -m helpers certificates`: prove what the printed rates force, or verify what was proved."""

from __future__ import annotations

from pathlib import Path

import click

from .. import published
from .shared import check_file, load_study, published_option, refusing

_SHIPPED = published.DATA / "certificates.json"


@click.group(short_help="Prove what all printed rates together force.")
def certificates() -> None:
    """Certified intervals of what the abstract does not print."""


@certificates.command(short_help="Seek the ends of all intervals.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_SHIPPED,
    show_default=False,
    help="File of the certificates  [data/certificates.json]",
)
@published_option
@click.option(
    "--effort",
    type=click.FloatRange(min=0.1),
    default=8.0,
    show_default=True,
    help="When the solver gives up a question: seconds of its own clock, whatever the load",
)
@click.option("--variant", "variants", multiple=True, help="Only this reading; may be repeated")
def prove(out: Path, file: Path | None, effort: float, variants: tuple[str, ...]) -> None:
    """Seek the ends of all intervals, and verify them.

    Goes on where an earlier run was stopped; every answer of the solver is stored at once.
    """
    study = load_study(file)
    check_file(out)
    from ..proofs.abstract import ProofError
    from ..proofs.proving import prove

    with refusing(ProofError, out=out):
        prove(study, out, effort, click.echo, variants)
    _verify(out, file)


@certificates.command("verify", short_help="Verify what was proved; needs no solver.")
@click.argument("certified", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@published_option
def verify_certificates(certified: Path | None, file: Path | None) -> None:
    """Verify the certificates in FILE, or the shipped ones; needs no solver."""
    _verify(certified or _SHIPPED, file)


def _verify(path: Path, file: Path | None) -> None:
    """Verify a file of certificates, and say what it holds."""
    study = load_study(file)
    from ..proofs import certificates
    from ..proofs.abstract import ProofError

    with refusing(ProofError):
        stored = certificates.load(path, study)
        certificates.verify(stored, study)
    ends = [
        (certificate.question, end)
        for certificate in stored
        for end in (certificate.low, certificate.high)
        if end is not None
    ]
    proved = sum(end.status(question) == "proved" for question, end in ends)
    click.echo(
        f"{path}: {len(ends)} ends, {proved} proved, {len(ends) - proved} witnessed; verified"
    )
