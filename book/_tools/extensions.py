"""The modules of the book's Sphinx extensions that the programs here use too.

Programs are run as scripts and see their own folder only; this is the one place that adds the other.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "_extensions"))

from report import (
    about,
    address,
    archives,
    disclosed,
    gates,
    gathered,
    pairing,
    short_book,
    wholebook,
)
from report.reader import writer

__all__ = [
    "about",
    "address",
    "archives",
    "disclosed",
    "gates",
    "gathered",
    "pairing",
    "short_book",
    "wholebook",
    "writer",
]
