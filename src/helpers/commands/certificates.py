"""`python -m helpers certificates`: prove what the printed rates force, or verify what was proved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import published
from ..published import Study
from .shared import check_file, load_study, published_option, refusing

if TYPE_CHECKING:
    from ..cohort import Cohort

_SHIPPED = published.DATA / "certificates.json"
_out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_SHIPPED,
    show_default=False,
    help="File of the certificates  [data/certificates.json]",
)


@click.group(short_help="Prove what all printed rates together force.")
def certificates() -> None:
    """Certified intervals of what the abstract does not print."""


@certificates.command(short_help="Seek the ends of all intervals.")
@_out_option
@published_option
@click.option(
    "--effort",
    type=click.FloatRange(min=0.1),
    default=8.0,
    show_default=True,
    help="When the solver gives up a question: seconds of its own clock, whatever the load",
)
@click.option(
    "--offer",
    "offered",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An ensemble whose cohorts may attain an end, besides the shipped one; may be repeated",
)
@click.option("--variant", "variants", multiple=True, help="Only this reading; may be repeated")
def prove(
    out: Path,
    file: Path | None,
    effort: float,
    offered: tuple[Path, ...],
    variants: tuple[str, ...],
) -> None:
    """Seek the ends of all intervals, and verify them.

    Goes on where an earlier run was stopped; every answer of the solver is stored at once.
    """
    study = load_study(file)
    check_file(out)
    from ..ensemble import EnsembleError
    from ..proofs import model
    from ..proofs.abstract import ProofError
    from ..proofs.proving import prove

    with refusing(ProofError, EnsembleError, out=out):
        model.solver()
        lines = [line for path in offered for line in _orders(path, study)]
        if file is None:
            lines += shipped_orders(study)
        prove(study, out, effort, click.echo, variants, lines)
    _verify(out, file)


@certificates.command(short_help="Seek cohorts at the ends that print all of the abstract.")
@_out_option
@click.option(
    "--tries",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="In how many ways the free columns of a cohort are dealt",
)
def complete(out: Path, tries: int) -> None:
    """Seek, at the ends in the book's own reading, cohorts that print the model's sentence too.

    Begins with the ends where none is known, and stores every find at once.
    """
    study = load_study(None)
    check_file(out)
    from dataclasses import replace

    from .. import cohort
    from ..proofs import certificates, completion
    from ..proofs.abstract import ProofError
    from ..proofs.questions import VARIANTS

    like = cohort.load(study=study)
    with refusing(ProofError, out=out):
        stored = certificates.load(out, study)
        found: dict[str, int | None] = {}
        for key, one in list(stored.items.items()):
            for sign in (-1, 1):
                end = stored.items[key].end(sign)
                if end is None or end.whole is not None or key[0] != VARIANTS[0].id:
                    continue
                if end.cohort not in found:
                    found[end.cohort] = completion.whole(end.cohort, like, _prints_model, tries)
                seed = found[end.cohort]
                if seed is not None:
                    changed = stored.items[key].with_end(sign, replace(end, whole=seed))
                    stored.items[key] = changed
                    certificates.write(stored, out)
                where = f"{one.question.id}  {'high' if sign > 0 else 'low'}"
                click.echo(f"{where}  {'none found' if seed is None else 'prints all'}")


def _prints_model(found: Cohort) -> bool:
    """Whether a cohort prints what the study says of its Cox model."""
    from ..estimates import NotEstimable, estimate
    from ..published import CoxOnly, CoxTerm

    asked = [one for one in found.study.targets if isinstance(one.estimand, (CoxOnly, CoxTerm))]
    try:
        return all(one.agrees(estimate(found, one.estimand)) for one in asked)
    except NotEstimable:
        return False


def shipped_orders(study: Study) -> list[str]:
    """Every shipped cohort of the study as an order of exits."""
    from .. import cohort
    from ..proofs import starts

    folders = (published.DATA / "cohort", *sorted((published.DATA / "alternatives").glob("*")))
    ones = [starts.order_of_exits(cohort.load(folder, study)) for folder in folders]
    return ones + _orders(None, study)


def _orders(path: Path | None, study: Study) -> list[str]:
    """The cohorts of an ensemble as orders of exits."""
    from .. import ensemble
    from ..proofs import starts
    from ..proofs.abstract import GROUPS

    found = ensemble.load(path, study)
    return starts.orders_of_exits(
        found.first, found.members(GROUPS[0]), found.members(GROUPS[2]), study
    )


@certificates.command("verify", short_help="Verify what was proved; needs no solver.")
@click.argument("certified", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@published_option
def verify_certificates(certified: Path | None, file: Path | None) -> None:
    """Verify the certificates in FILE, or the shipped ones; needs no solver."""
    _verify(certified or _SHIPPED, file)


def _verify(path: Path, file: Path | None) -> None:
    """Verify a file of certificates, and say what it holds."""
    study = load_study(file)
    from ..proofs import certificates, verifying
    from ..proofs.abstract import ProofError

    with refusing(ProofError):
        stored = certificates.load(path, study)
        verifying.verify(stored, study)
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
