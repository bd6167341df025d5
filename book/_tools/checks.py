"""What has to agree between files of the repository: `outputs`, `contents` and `versions`.

Each check returns a sentence for every fault. jupyter-book finds a missing page only in a build, and
says nothing of a page that is in no table of contents; nbstripout empties notebooks, which pairing
does here; of versions no tool knows that three files have to say the same.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_HEADING = re.compile(r"^## (?P<version>\d+\.\d+\.\d+)(?: \((?P<date>[^)]*)\))?$")


@dataclass(frozen=True)
class Release:
    """A section of CHANGELOG.md.

    Attributes
    ----------
    version : str
    date : str or None
        As YYYY-MM-DD, or None while it is unreleased.
    changes : str
        What changed, as Markdown.
    """

    version: str
    date: str | None
    changes: str


def newest(root: Path = ROOT) -> Release:
    """The first section of CHANGELOG.md.

    Raises
    ------
    ValueError
        When it has no section, or a heading is not of the form `## 1.2.3 (YYYY-MM-DD)` or
        `## 1.2.3 (unreleased)`.
    """
    parts = re.split(r"(?m)^(?=## )", (root / "CHANGELOG.md").read_text(encoding="utf-8"))[1:]
    found = []
    for part in parts:
        heading, _, changes = part.partition("\n")
        match = _HEADING.match(heading)
        date = match["date"] if match else None
        if date != "unreleased" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date or ""):
            raise ValueError(
                f"CHANGELOG.md: {heading!r} is neither `## 1.2.3 (YYYY-MM-DD)` nor "
                "`## 1.2.3 (unreleased)`"
            )
        assert match is not None
        found.append(
            Release(match["version"], None if date == "unreleased" else date, changes.strip())
        )
    if not found:
        raise ValueError("CHANGELOG.md has no version")
    return found[0]


def versions(root: Path = ROOT) -> list[str]:
    """pyproject.toml, CITATION.cff and the newest of CHANGELOG.md say one version and one date."""
    try:
        release = newest(root)
    except ValueError as error:
        return [str(error)]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    said = {"pyproject.toml": project["version"], "CITATION.cff": str(citation.get("version"))}
    faults = [
        f"{name} says version {version}, CHANGELOG.md {release.version}"
        for name, version in said.items()
        if version != release.version
    ]
    date = citation.get("date-released")
    if (None if date is None else str(date)) != release.date:
        faults.append(
            f"CITATION.cff: date-released is {date or 'not given'}, but CHANGELOG.md says that "
            f"{release.version} is {f'of {release.date}' if release.date else 'unreleased'}"
        )
    return faults


def contents(root: Path = ROOT) -> list[str]:
    """Every entry of _toc.yml is a page, every page is an entry once, and chapters are pairs."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    listed = _files(toc)
    faults = [
        f"_toc.yml lists {name} {listed.count(name)} times"
        for name in dict.fromkeys(listed)
        if listed.count(name) > 1
    ]
    pages = {path.relative_to(root).with_suffix("").as_posix() for path in root.glob("book/*.md")}
    chapters = {path.relative_to(root).as_posix() for path in root.glob("notebooks/*.ipynb")}
    for name in dict.fromkeys(listed):
        if name in pages | chapters:
            continue
        if f"{name}.ipynb" in chapters:
            faults.append(f"_toc.yml: {name} needs its extension: {name}.ipynb")
        else:
            faults.append(f"_toc.yml: {name} is no page")
    faults += [f"{name} is not in _toc.yml" for name in sorted((pages | chapters) - set(listed))]
    texts = {path.relative_to(root).as_posix() for path in root.glob("notebooks/*.md")}
    halves = {name.removesuffix(".ipynb") for name in chapters} ^ {
        name.removesuffix(".md") for name in texts
    }
    faults += [f"{name}: only one file of the pair is there" for name in sorted(halves)]
    return faults


def _files(entry: Any) -> list[str]:
    """All files that a part of _toc.yml names, in order."""
    if isinstance(entry, list):
        return [name for item in entry for name in _files(item)]
    if not isinstance(entry, dict):
        return []
    here = [entry[key] for key in ("root", "file") if key in entry]
    return here + [name for value in entry.values() for name in _files(value)]


def outputs(root: Path = ROOT) -> list[str]:
    """No notebook of the repository has an output or says in which order it was run."""
    faults = []
    for path in sorted(root.glob("notebooks/*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], 1):
            if cell.get("outputs") or cell.get("execution_count") is not None:
                faults.append(f"{path.name}: cell {number} has an output; run `make pair`")
    return faults


CHECKS = {check.__name__: check for check in (outputs, contents, versions)}


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the checks that are named; say what is wrong."""
    unknown = [name for name in arguments if name not in CHECKS]
    if unknown or not arguments:
        print(f"checks.py wants one or more of: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    faults = [fault for name in arguments for fault in CHECKS[name](root)]
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
