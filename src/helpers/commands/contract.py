"""`python -m helpers validate` and `scorecard`: a cohort against the contract and the print."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .shared import load_cohort, load_study, published_option

if TYPE_CHECKING:
    from ..published import Study
    from ..scorecard import Row

_VERDICTS = {"agrees": "✓", "differs": "✗", "not computable": "✗", "definition": "·"}


@click.command(short_help="Check a cohort against the data contract.")
@click.argument("folder", type=click.Path(path_type=Path))
@published_option
def validate(folder: Path, file: Path | None) -> None:
    """Check the tables in FOLDER against the data contract, and say what was understood of them.

    What looks odd is valid all the same: an event may have 0 and 1 exchanged.
    """
    tell_understood(folder, load_study(file))


def tell_understood(folder: Path, study: Study) -> None:
    """Print what was understood of the tables in a folder, and what looks odd.

    Raises
    ------
    Refused
        When they break the contract.
    """
    cohort = load_cohort(folder, study)
    from .. import disclosure  # pandas is slow to import
    from ..contract import understood

    sizes = ", ".join(f"{len(frame)} {name}" for name, frame in cohort.tables.items())
    click.echo(f"{folder}: valid, {sizes}")
    for line in dict.fromkeys(cohort.lacking.values()):
        click.echo(f"  {line}")
    if disclosure.few(len(cohort.patients)):
        click.echo(
            f"  Fewer than {disclosure.SMALL} patients: a book needs ROWS=1, which shows them."
        )
    for line in understood.facts(cohort.study, cohort.tables):
        click.echo(f"  {line}")
    odd = understood.odd(cohort.study, cohort.tables)
    click.echo("Look at these:" if odd else "Nothing looks odd.")
    for line in odd:
        click.echo(f"  {line}")


@click.command(short_help="Compare every printed number with a cohort's.")
@click.option(
    "--cohort",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of the cohort  [the shipped one]",
)
@published_option
@click.option("--json", "as_json", is_flag=True, help="Rows as JSON")
def scorecard(folder: Path | None, file: Path | None, as_json: bool) -> None:
    """Compare every printed number with a cohort's; exit 1 if any printed row disagrees."""
    study = load_study(file)
    from .. import scorecard  # lifelines is slow to import

    rows = scorecard.rows(load_cohort(folder, study))
    click.echo(_as_json(rows) if as_json else _as_text(rows))
    if any(row.agrees is False and row.entry.kind == "printed" for row in rows):
        sys.exit(1)


def _as_json(rows: list[Row]) -> str:
    """Rows of the scorecard for a machine; dates as ISO."""
    records = [
        {
            "id": row.entry.id,
            "printed": row.entry.text,
            "reproduced": row.reproduced,
            "agrees": row.agrees,
            "kind": row.kind,
            "reason": row.reason,
        }
        for row in rows
    ]
    return json.dumps(records, indent=1, ensure_ascii=False, default=datetime.date.isoformat)


def _as_text(rows: list[Row]) -> str:
    """Rows of the scorecard as aligned lines, and how many agree."""
    from ..scorecard import table_of

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
