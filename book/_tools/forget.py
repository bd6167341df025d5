"""Remove all that was built on a reader's own cohort, and say what was removed; `make forget` calls it.

The cohort's folder itself is left alone, and need not be there any more: its books are found by its path.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from build import Refused, place_of
from waiting import alone

ROOT = Path(__file__).resolve().parents[2]


def places(root: Path, cohort: Path) -> list[Path]:
    """The folders of the books on a cohort, with single patients and without."""
    # Books of versions before this one, which all show single patients, have the same name or begin so.
    name = place_of(cohort)
    return sorted(
        place
        for place in (root / "_build" / "cohorts").glob("*")
        if place.name == name or place.name.startswith(f"{name}-")
    )


def forget(place: Path) -> str:
    """Remove a folder; gives what it held, in words."""
    files = [path for path in place.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    inside = [
        path.relative_to(place / "_build") for path in files if place / "_build" in path.parents
    ]
    kinds = sorted({path.parts[0] for path in inside})
    if place.is_symlink():
        place.unlink()
    else:
        shutil.rmtree(place)
    held = f" ({', '.join(kinds)})" if kinds else ""
    return f"Removed {place}: {len(files):,} files, {size / 1e6:.1f} MB{held}."


def main(settings: Mapping[str, str], root: Path = ROOT) -> int:
    """Forget the cohort that the settings name; gives the exit code."""
    named = settings.get("COHORT", "")
    if not named:
        print("make forget COHORT=folder: the folder of a cohort is expected", file=sys.stderr)
        return Refused.code
    cohort = (root / named).resolve()
    (root / "_build").mkdir(exist_ok=True)
    with alone(root / "_build", "A build runs in this folder; this waits for its end."):
        found = places(root, cohort)
        for place in found:
            print(forget(place))
    if not found:
        print(f"Nothing was built on {cohort}.")
    print(f"{cohort} itself is as it was." if cohort.exists() else f"{cohort} is not there.")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
