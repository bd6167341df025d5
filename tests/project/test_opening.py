"""What a chapter waits for before its first result: the modules that its opening cell brings in."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys

import books

HEAVY = {"firthmodels", "hypothesis", "lmfit", "numba", "pandera", "seaborn", "statsmodels"}
HEAVY |= {"distributed", "frictionless", "myst_nb", "ortools", "sklearn", "sphinx", "tableone"}
COMPILED = {"batch", "calibration", "ensemble", "planning", "surveillance"}
"""Doors to statistics that numba compiles."""
_REPORT = f"import json, sys; print(json.dumps(sorted({HEAVY!r} & set(sys.modules))))"


def openings() -> dict[str, list[ast.ImportFrom]]:
    """What each chapter's opening cell imports from the helpers."""
    found = {}
    for chapter in sorted((books.ROOT / "notebooks").glob("*.md")):
        cells = re.findall(r"```\{code-cell\}[^\n]*\n(.*?)```", chapter.read_text("utf-8"), re.S)
        (cell,) = (cell for cell in cells if "page.start()" in cell)
        code = re.sub(r"(?m)^:.*\n", "", cell)
        found[chapter.name] = [
            node
            for node in ast.parse(code).body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers")
        ]
    return found


def doors(node: ast.ImportFrom) -> set[str]:
    """The parts of the package that an import opens."""
    below = (node.module or "").split(".")[1:]
    return set(below[:1]) or {alias.name for alias in node.names}


def loaded(lines: list[str]) -> set[str]:
    """The heavy modules that a fresh interpreter has after some lines and the start of a page."""
    code = "\n".join([*lines, "from helpers import page", "page.start()", _REPORT])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=books.settings_for(books.ROOT),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_every_chapter_opens_with_the_helpers():
    assert len(openings()) >= 20
    for chapter, imports in openings().items():
        assert "page" in set().union(*map(doors, imports)), chapter


def test_what_chapters_open_with_brings_no_library_that_only_some_cells_use():
    lines = {
        f"import helpers.{door}"
        for imports in openings().values()
        for node in imports
        for door in doors(node) - COMPILED
    }
    assert {f"import helpers.{door}" for door in ("figures", "growth", "prognosis")} <= lines
    assert loaded(sorted(lines)) == set()


def test_compiled_statistics_bring_their_compiler_and_nothing_else():
    nodes = [ast.unparse(node) for imports in openings().values() for node in imports]
    assert loaded(sorted(set(nodes))) == {"numba"}
