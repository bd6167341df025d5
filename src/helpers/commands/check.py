"""`python -m helpers check`: whether the printed numbers of a study contradict each other."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .shared import Refused, load_study

if TYPE_CHECKING:
    from ..published import Study


@click.command(short_help="Say which printed numbers contradict each other.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Contradictions as JSON")
def check(file: Path, as_json: bool) -> None:
    """Say which printed numbers of the study in FILE contradict each other; exit 1 if any do.

    Each contradiction is a proof, whatever the habit of rounding; that none is found is no proof
    that a cohort exists. Where it is known, the nearest reading under which it could be is told.
    """
    study = load_study(file)
    from ..checks import contradictions

    found = contradictions(study)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
    elif found:
        click.echo("\n".join(one.text for one in found))
    else:
        click.echo(f"{file}: no contradiction was found among {len(study.targets)} numbers")
    if found:
        sys.exit(1)


def refuse_contradictions(study: Study) -> None:
    """Refuse to look for a cohort that cannot be.

    Raises
    ------
    Refused
        With every contradiction.
    """
    from ..checks import contradictions

    if found := contradictions(study):
        lines = "\n".join(f"  {one.text}" for one in found)
        raise Refused(f"no cohort prints these numbers:\n{lines}")
