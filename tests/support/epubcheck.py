"""The checker of EPUBs that shops and libraries use: a program in Java, in Debian and Ubuntu."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import limits

MISSING = "no epubcheck on the path; install it (Debian, Ubuntu: apt install epubcheck)"


def find() -> list[str] | None:
    """How it is called; Debian's is an archive, which not every system can run by its name."""
    path = shutil.which("epubcheck")
    if path is None:
        return None
    with Path(path).open("rb") as program:
        return ["java", "-jar", path] if program.read(2) == b"PK" else [path]


def complaints(epub: Path, report: Path, called: list[str]) -> list[str]:
    """What it says of a file: errors, warnings and remarks, each with its first place."""
    subprocess.run(
        [*called, str(epub), "--usage", "--json", str(report)],
        capture_output=True,
        check=False,
        timeout=limits.HANGING,
    )
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["publication"]["nSpines"], "it has read no page"
    return [
        f"{one['severity']} {one['message']} {place.get('path')}:{place.get('line')}"
        for one in told["messages"]
        if one["severity"] not in ("INFO", "USAGE")
        for place in one["locations"][:1]
    ]
