"""The command line: every verb of `python -m helpers`, a module a subject.

Modules here import at their top what is quick to import; what computes is imported when a command
runs, so that help and refusals come at once.
"""

from __future__ import annotations

import io
import sys

import click

from .. import __version__
from .calibration import calibration
from .certificates import certificates
from .check import check
from .contract import scorecard, validate
from .ensemble import ensemble
from .new import new, schema
from .own_tables import fill, template
from .plan import plan
from .rate import forced
from .reconstruction import reconstruct

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="helpers")
def main() -> None:
    """Printed numbers of a study, cohorts that reproduce them, and the score."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ✓ is no reason to fail


for command in (
    new,
    schema,
    template,
    fill,
    validate,
    scorecard,
    check,
    reconstruct,
    forced,
    ensemble,
    certificates,
    calibration,
    plan,
):
    main.add_command(command)
