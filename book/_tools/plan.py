"""The plan of the house: the floors of the package `helpers`, as the tests guard them.

Run as a script, this writes the plan into CONTRIBUTING.md, each room by the first sentence of its own
docstring; a test holds the two together. Import-linter has layers too, and no words for them.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
_SECTION = re.compile(r"(?<=<!-- plan -->\n).*(?=<!-- /plan -->)", re.DOTALL)


class Floor(NamedTuple):
    """Rooms that import from floors below theirs, and not from each other."""

    subject: str
    rooms: tuple[str, ...]


FLOORS = (
    Floor("what files are checked with, or known by", ("forms", "known")),
    Floor(
        "printed numbers, and analyses by libraries",
        (
            "published",
            "survival",
            "prognosis",
            "growth",
            "compiled",
            "headings",
            "imports",
            "markup",
            "verdicts",
        ),
    ),
    Floor(
        "what needs printed numbers or compiled code alone",
        (
            "batch",
            "disclosure",
            "forced",
            "package",
            "short",
            "side_by_side",
            "surveillance",
        ),
    ),
    Floor("tables in, how they look, and what cannot be", ("checks", "contract", "tables")),
    Floor("a cohort, and drawings", ("cohort", "figures", "mapping")),
    Floor(
        "what is made of one cohort",
        ("reconstruct", "estimates", "kept", "lacking", "notice", "proofs", "ranges"),
    ),
    Floor("what readers answer, and what the next study needs", ("exercises", "planning")),
    Floor("many cohorts, and printed against reproduced", ("ensemble", "scorecard", "page")),
    Floor("whether it is true, and how else it could be read", ("calibration", "readings")),
    Floor("the book on another study", ("shortbook",)),
    Floor("the command line", ("commands",)),
    Floor("its entry", ("__main__",)),
)
"""From the ground up."""


def sentence(room: str, package: Path = ROOT / "src" / "helpers") -> str:
    """What a room says of itself first."""
    path = package / room / "__init__.py"
    path = path if path.exists() else package / f"{room}.py"
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(re.split(r"(?<=\.)\s", words, maxsplit=1)[0].split())


def section() -> str:
    """The plan as Markdown, the top floor first."""
    lines = ["| Floor | Room | What it is |", "|---|---|---|"]
    for number, floor in reversed(list(enumerate(FLOORS))):
        for position, room in enumerate(sorted(floor.rooms)):
            name = f"{number}: {floor.subject}" if position == 0 else ""
            lines.append(f"| {name} | `{room}` | {sentence(room)} |")
    return "\n".join(lines) + "\n"


def with_plan(page: str) -> str:
    """A page whose plan is that of today."""
    return _SECTION.sub(lambda _: section(), page)


if __name__ == "__main__":
    PAGE.write_text(with_plan(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
