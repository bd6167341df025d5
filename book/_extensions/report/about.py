"""What the book says of itself on a title page and in the metadata of a file."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import make_id

_ROOT = Path(__file__).resolve().parents[3]
_LICENCES = {"MIT": "code under the MIT licence", "CC-BY-4.0": "text and figures under CC BY 4.0"}


@dataclass(frozen=True)
class About:
    """The book: what `_config.yml` and `CITATION.cff` say, and the date."""

    title: str
    subtitle: str
    author: str
    language: str
    version: str
    licence: str
    licences: tuple[str, ...]
    subjects: tuple[str, ...]
    date: datetime

    @property
    def day(self) -> str:
        """The date in words."""
        return f"{self.date.day} {self.date:%B %Y}"

    @property
    def file(self) -> str:
        """A name for a file of the whole book, without an ending."""
        return make_id(self.title)


@functools.cache
def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((_ROOT / name).read_text(encoding="utf-8"))


def book() -> About:
    """What this book says of itself; dated by `SOURCE_DATE_EPOCH`, or else today."""
    config, cited = _read("_config.yml"), _read("CITATION.cff")
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    date = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC)
    licence = "; ".join(_LICENCES[name] for name in cited["license"])
    return About(
        title=config["title"],
        subtitle=cited["title"].partition(": ")[2],
        author=config["author"],
        language=config["sphinx"]["config"].get("language", "en"),
        version=cited["version"],
        licence=f"{licence[0].upper()}{licence[1:]}",
        licences=tuple(cited["license"]),
        subjects=tuple(cited["keywords"]),
        date=date.replace(microsecond=0),
    )
