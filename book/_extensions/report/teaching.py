"""The directive `{misconceptions}`: what wrong answers are told, chapter by chapter.

It is made from the exercises themselves, so that the guide for instructors never lags behind them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers import exercises

from .gates import CHECK, EXERCISE

_ROOT = Path(__file__).resolve().parents[3]


def told() -> str:
    """A definition list as Markdown: a chapter, and for each exercise what a wrong answer is told."""
    lines = []
    for path in sorted((_ROOT / "notebooks").glob("[0-9]*.md")):
        labels = {
            id: f"{exercise['title']} <{exercise['label']}>"
            for exercise in EXERCISE.finditer(path.read_text(encoding="utf-8"))
            for id in CHECK.findall(exercise["text"])
        }
        known = [
            one for one in exercises.chapters().get(int(path.stem[:2]), ()) if one.id in labels
        ]
        if not known:
            continue
        lines.append(f"[](../notebooks/{path.stem}.ipynb)")
        for one in known:
            says = " ".join(f"“{mistake.says}”" for mistake in one.mistakes)
            lines.append(f": {{ref}}`{labels[one.id]}`: {says}\n")
    return "\n".join(lines)


class Misconceptions(SphinxDirective):
    """What wrong answers are told."""

    def run(self) -> list[nodes.Node]:
        for path in sorted((_ROOT / "src" / "helpers" / "exercises").glob("ch*.py")):
            self.env.note_dependency(str(path))
        place = nodes.container()
        self.state.nested_parse(StringList(told().splitlines(), "exercises"), 0, place)
        return place.children


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("misconceptions", Misconceptions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
